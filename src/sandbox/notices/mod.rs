//! Notices: Platform Notification Service 1.0, like Canvas's.
//!
//! [`NoticeOptions`] says whether the platform offers them, and how its service responds. A tool sets
//! handlers by the service (`handlers`), and [`NoticeChoice`] describes what is sent to them
//! (`delivery`), with [`NoticeSwitch`]es for everything that can differ from a good notice.

mod choice;
mod control;
mod delivery;
mod handlers;
mod page;

use std::collections::BTreeMap;

pub use self::choice::{CONTEXT_COPY, HELLO_WORLD, NoticeChoice, NoticeOptions, NoticeSwitch};
pub(super) use self::handlers::{after_set, carry_out, claim};
pub(super) use self::page::{NO_NOTICE, choice, report};

/// The state of the notices.
#[derive(Default)]
pub(super) struct Notices {
    pub(super) options: NoticeOptions,
    /// The URL of each type to which someone has subscribed.
    handlers: BTreeMap<String, String>,
}

impl Notices {
    pub(super) fn new(options: NoticeOptions) -> Self {
        Self { options, ..Self::default() }
    }
}
