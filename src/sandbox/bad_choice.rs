//! Why a launch form is rejected.

use super::words::UnknownWord;

/// Why a launch form is rejected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadChoice {
    /// One of the words is unknown.
    #[error(transparent)]
    Word(#[from] UnknownWord),
    /// A field that the form does not have.
    #[error("the launch form has no field {0:?}")]
    Field(String),
    /// A line of custom parameters without an equals sign.
    #[error("custom parameters must be lines of name=value, not {0:?}")]
    Custom(String),
    /// Not `true`, `false` or `absent`.
    #[error("{field} must be true, false or absent, not {word:?}")]
    Truth {
        /// The form's field.
        field: &'static str,
        /// The word that was sent.
        word: String,
    },
    /// A patch that is not a JSON object.
    #[error("{field} must be a JSON object: {problem}")]
    Patch {
        /// The form's field.
        field: &'static str,
        /// The problem with it.
        problem: String,
    },
}
