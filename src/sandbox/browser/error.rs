//! Errors of the browser.

/// Why a request of the browser fails.
#[derive(Debug, thiserror::Error)]
pub enum BrowserError {
    /// The request failed.
    #[error("the request failed: {0}")]
    Request(#[from] reqwest::Error),
    /// A URL is invalid.
    #[error("{0:?} is not a URL")]
    Url(String),
    /// A page without a form was to be submitted.
    #[error("{url} returned status {status} and no form: {text}")]
    NoForm {
        /// The page's URL.
        url: String,
        /// Its HTTP status.
        status: u16,
        /// The beginning of its text.
        text: String,
    },
    /// Too many redirects.
    #[error("{0} redirects too often")]
    TooManyRedirects(String),
}
