//! A browser in miniature, for scripts and tests: it keeps cookies, sends the forms that pages send
//! by themselves, and follows redirects one by one.

mod client;
mod cookies;
mod error;
mod page;

pub use self::client::{Browser, Exchange};
pub use self::error::BrowserError;
pub use self::page::{Form, Page};
