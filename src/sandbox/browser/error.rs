//! What goes wrong in a browser.

/// What goes wrong in a browser.
#[derive(Debug, thiserror::Error)]
pub enum BrowserError {
    /// The request did not get through.
    #[error("the request failed: {0}")]
    Request(#[from] reqwest::Error),
    /// Something is no URL.
    #[error("{0:?} is no URL")]
    Url(String),
    /// A page that should send a form has none.
    #[error("{url} answered with status {status} and no form: {text}")]
    NoForm {
        /// The page's URL.
        url: String,
        /// Its HTTP status.
        status: u16,
        /// The beginning of its text.
        text: String,
    },
    /// Redirects without end.
    #[error("{0} redirects without end")]
    Circle(String),
}
