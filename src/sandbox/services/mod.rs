//! Grades and members: Assignment and Grade Services 2.0 and Names and Role Provisioning Services
//! 2.0, like Moodle's.
//!
//! Every call below `/services/` is handled by `serve`: it is logged, a [`Fault`] may change or
//! delay it, its access token is checked, and then it is carried out. Those of LTI 1.1 (`lti_1p1`) have
//! signatures instead of tokens. The stored data (grade book,
//! members and tokens) are `Services`, behind the platform's lock.

mod access;
mod call;
mod control;
mod endpoint;
mod fault;
mod grade_book;
mod line_items;
mod log;
mod lti_1p1;
mod lti_1p1_members;
mod member;
mod memberships;
mod options;
mod outcomes;
pub(super) mod page;
mod paging;
mod response;
mod scores;
mod serve;
mod state;

pub use self::endpoint::Endpoint;
pub use self::fault::{Fault, FaultKind};
pub use self::grade_book::{Grade, GradeColumn};
pub use self::log::{AcceptedScore, ServiceCall, ServiceLog};
pub use self::member::{Member, MemberDetails, MemberStatus, RoleForm};
pub use self::options::{ServiceOptions, UnfinishedScores};
pub use self::paging::LinkStyle;
pub(super) use self::response::{Outcome, ServiceResponse, refuse};
pub(super) use self::serve::{serve, watch_tokens};
pub(super) use self::state::Services;
