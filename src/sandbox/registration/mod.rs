//! Dynamic registration on the platform's side: its configuration, its registration endpoint and
//! the page that opens a tool's registration URL.

mod choice;
mod endpoint;
mod pending;

pub use self::choice::{LmsBehaviour, RegistrationChoice, RegistrationFault};
pub(super) use self::endpoint::{add_tool, configuration, link, register};
pub(super) use self::pending::PendingRegistration;
