//! Grades and members: Assignment and Grade Services 2.0 and Names and Role Provisioning Services
//! 2.0, as Moodle has them.
//!
//! Every call below `/services/` comes through `serve`: it is noted in the log, spoilt or delayed
//! when a [`Fault`] was ordered, its access token is checked, and only then is it answered. What is
//! kept (the grade book, who is in which course, the tokens) is `Services`, behind the platform's
//! lock.

mod access;
mod answer;
mod call;
mod control;
mod endpoint;
mod fault;
mod grade_book;
mod line_items;
mod log;
mod member;
mod memberships;
mod options;
pub(super) mod page;
mod paging;
mod scores;
mod serve;
mod state;

pub use self::endpoint::Endpoint;
pub use self::fault::{Fault, FaultKind};
pub use self::grade_book::{Grade, GradeColumn};
pub use self::log::{AcceptedScore, ServiceCall, ServiceLog};
pub use self::member::{Member, MemberDetails, MemberStatus, RoleForm};
pub use self::options::ServiceOptions;
pub use self::paging::LinkStyle;
pub(super) use self::serve::{serve, watch_tokens};
pub(super) use self::state::Services;
