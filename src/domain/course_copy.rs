//! Where courses and links were copied from.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::json;

/// The platform's IDs of the courses and links from which those of a launch were copied.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CourseOrigins {
    /// Of courses.
    pub contexts: Vec<String>,
    /// Of links.
    pub links: Vec<String>,
}

impl CourseOrigins {
    /// Whether nothing was copied.
    pub fn is_empty(&self) -> bool {
        self.contexts.is_empty() && self.links.is_empty()
    }
}

/// A course from which content was copied into another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ContextOrigin {
    /// The platform's ID of the course.
    pub context_id: String,
    /// Its title or label, if it is known.
    pub course: Option<String>,
    /// Deployment ID of the course, if it is known.
    pub deployment_id: Option<String>,
    /// ID of the notice that said so last.
    pub notice_id: Option<String>,
    /// ID of the launch that said so last.
    pub launch_id: Option<String>,
    /// When the tool first learned of the copy.
    #[serde(serialize_with = "json::time")]
    #[schemars(with = "String")]
    pub first_at: Timestamp,
    /// When it last did.
    #[serde(serialize_with = "json::time")]
    #[schemars(with = "String")]
    pub last_at: Timestamp,
}
