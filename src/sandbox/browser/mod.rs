//! A small browser for scripts and tests: it stores cookies, submits the forms that pages submit
//! by themselves, and follows redirects one by one.

mod client;
mod cookies;
mod error;
mod page;

pub use self::client::{Browser, Exchange};
pub use self::error::BrowserError;
pub use self::page::{Form, Page};
