//! Courses of platforms, as launches and notices describe them.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::{ContextOrigin, Slug, json};

/// A course of a platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CourseContext {
    /// Row ID in the database.
    #[serde(skip)]
    pub id: i64,
    /// Slug of the registration.
    pub registration: Slug,
    /// Deployment ID.
    pub deployment_id: String,
    /// The platform's ID of the course.
    pub context_id: String,
    /// Short name.
    pub label: Option<String>,
    /// Title.
    pub title: Option<String>,
    /// How many links in it have been launched.
    pub links: u32,
    /// From how many courses its content was copied, as far as the platform says so.
    pub origins: u32,
    /// When someone last opened a link in it, to the minute.
    #[serde(serialize_with = "json::time")]
    #[schemars(with = "Option<String>")]
    pub last_launch_at: Option<Timestamp>,
}

/// A link in a course.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ContextLink {
    /// The platform's ID of the link.
    pub resource_link_id: String,
    /// Its title.
    pub title: Option<String>,
    /// Slug of the resource that it opens.
    pub resource: Slug,
    /// The platform's ID of the link from which it was copied.
    pub copied_from: Option<String>,
    /// URL of its line item, the column in the grade book.
    pub lineitem_url: Option<String>,
    /// Whether the line item was copied with the course and found by the resource's UUID.
    pub lineitem_copied: bool,
    /// When someone last opened it, to the minute.
    #[serde(serialize_with = "json::time")]
    #[schemars(with = "Option<String>")]
    pub last_launch_at: Option<Timestamp>,
}

/// A course with its origins and links.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CourseContextDetails {
    /// The course.
    #[serde(flatten)]
    pub context: CourseContext,
    /// From which courses its content was copied, the newest first.
    pub copied_from: Vec<ContextOrigin>,
    /// Its links.
    pub course_links: Vec<ContextLink>,
}
