//! Links to resources, as launches describe them.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::{Slug, json};

/// A link of a platform to a resource: a place in a course from which the resource was launched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LaunchedLink {
    /// Row ID in the database.
    #[serde(skip)]
    pub id: i64,
    /// Slug of the registration.
    pub registration: Slug,
    /// Deployment ID.
    pub deployment_id: String,
    /// Slug of the resource.
    pub resource: Slug,
    /// The link's identifier within its deployment.
    pub resource_link_id: String,
    /// The link's title.
    pub title: Option<String>,
    /// Title or label of the course.
    pub course: Option<String>,
    /// How many people have opened it.
    pub people: u32,
    /// When someone last opened it, to the minute.
    #[serde(serialize_with = "json::time")]
    #[schemars(with = "Option<String>")]
    pub last_launch_at: Option<Timestamp>,
}
