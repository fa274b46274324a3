//! Why a launch form is rejected.

use super::words::UnknownWord;

/// A launch that cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadChoice {
    /// One of the words is unknown.
    #[error(transparent)]
    Word(#[from] UnknownWord),
    /// A field that the form does not have.
    #[error("the launch form has no field {0:?}")]
    Field(String),
    /// A line of custom parameters without an equals sign.
    #[error("custom parameters are lines of name=value, and {0:?} is none")]
    Custom(String),
    /// Neither true nor false.
    #[error("{field} is true, false or absent, and {word:?} is none of them")]
    Truth {
        /// The form's field.
        field: &'static str,
        /// What was asked for.
        word: String,
    },
    /// A patch that is not a JSON object.
    #[error("{field} must be a JSON object: {problem}")]
    Patch {
        /// The form's field.
        field: &'static str,
        /// What is wrong with it.
        problem: String,
    },
}
