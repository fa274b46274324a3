//! Sessions that launches open.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Launch, LaunchId, MemberFormat, NoticeOffer, PlatformUser, Random};

/// A session at a resource or for content selection, from the launch until it expires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Identifies the session in URLs and cookies; gives no access on its own.
    pub handle: SessionHandle,
    /// SHA-256 of the secret in the browser's cookie or in the session's URL.
    pub secret_digest: Vec<u8>,
    /// The launch that opened it.
    pub launch_id: LaunchId,
    /// Key of the registration.
    pub registration_id: i64,
    /// The purpose of the session.
    pub purpose: Purpose,
    /// The person's account; `None` for an anonymous launch.
    pub account_id: Option<i64>,
    /// The launch's data about the person, the course and the platform.
    pub details: LaunchDetails,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When it expires.
    pub expires_at: Timestamp,
}

/// What a session is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purpose {
    /// A resource, by its key in the database.
    Resource(i64),
    /// Selecting content for a course, with the platform's settings as JSON.
    Selection(String),
}

/// URLs of a link's grades and members, and the name of the person's grade, from the latest launch.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkServices {
    /// The link's own line item.
    pub lineitem_url: Option<String>,
    /// The course's line items.
    pub lineitems_url: Option<String>,
    /// The scopes that the platform offers for grades, space-separated.
    pub grade_scopes: Option<String>,
    /// The course's members.
    pub memberships_url: Option<String>,
    /// How they are requested.
    #[serde(default)]
    pub members_format: MemberFormat,
    /// Names the link in requests for members by the oldest service (`ext_ims_lis_memberships_id`).
    #[serde(default)]
    pub members_id: Option<String>,
    /// Names the person's grade of the link in requests to the outcome service (LTI 1.1,
    /// `lis_result_sourcedid`); never shortened.
    pub result_sourcedid: Option<String>,
    /// Where the tool can subscribe to notices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notices: Option<NoticeOffer>,
}

/// Identifies a session in URLs and cookies: 16 characters of `0-9a-f`.
///
/// It is a number that begins with the time of the launch, so sessions are stored in the order in
/// which they are opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionHandle(u64);

/// What a launch contained about the person, the course and the platform, for the pages and for the
/// app behind the resource.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaunchDetails {
    /// The platform's issuer, which `sub` belongs to. The registration's issuer may have changed
    /// since.
    #[serde(default)]
    pub issuer: String,
    /// The tool's client ID at the platform at the time of the launch.
    #[serde(default)]
    pub client_id: String,
    /// The platform's identifier of the person; `None` for an anonymous launch.
    pub sub: Option<String>,
    /// Full name.
    pub name: Option<String>,
    /// Given name.
    pub given_name: Option<String>,
    /// Family name.
    pub family_name: Option<String>,
    /// Email address, not verified.
    pub email: Option<String>,
    /// Language, as the platform sent it.
    pub locale: Option<String>,
    /// `admin`, `staff` or `learner`.
    pub role: String,
    /// The roles as the platform sent them.
    pub roles: Vec<String>,
    /// Deployment ID.
    pub deployment_id: String,
    /// The course's identifier within the deployment.
    pub context_id: Option<String>,
    /// The course's short name.
    pub context_label: Option<String>,
    /// The course's title.
    pub context_title: Option<String>,
    /// The types of the context, as the platform sent them.
    #[serde(default)]
    pub context_types: Vec<String>,
    /// The link's identifier within the deployment.
    pub resource_link_id: String,
    /// The link's title.
    pub resource_link_title: Option<String>,
    /// The platform's name.
    pub platform_name: Option<String>,
    /// The platform's product, such as `moodle`.
    pub platform_product: Option<String>,
    /// Custom parameters.
    pub custom: BTreeMap<String, String>,
    /// The URL of the person's picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
    /// The platform's identifiers of the people whom the person mentors.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentored: Vec<String>,
    /// The platform's identifier of the person whose work is reviewed, if that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub for_user: Option<String>,
    /// How the platform shows the launch.
    #[serde(default, skip_serializing_if = "is_default")]
    pub presentation: Presentation,
    /// Identifiers from the institution's student information system.
    #[serde(default, skip_serializing_if = "is_default")]
    pub lis: SourcedIds,
    /// The platform's customer if customers share its issuer; otherwise empty.
    #[serde(default)]
    pub tenant: String,
}

/// How the platform shows a launch.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Presentation {
    /// The URL to which the person can return.
    pub return_url: Option<String>,
    /// `frame`, `iframe` or `window`.
    pub document_target: Option<String>,
    /// The language of the page around it.
    pub locale: Option<String>,
    /// Its width in pixels.
    pub width: Option<u16>,
    /// Its height in pixels.
    pub height: Option<u16>,
}

/// Identifiers from an institution's student information system.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourcedIds {
    /// Of the person.
    pub person: Option<String>,
    /// Of the course as it is offered in a term.
    pub course_offering: Option<String>,
    /// Of the section of the course.
    pub course_section: Option<String>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl LaunchDetails {
    /// Adds them to an entry of the launch log.
    pub fn add_to(&self, launch: &mut Launch) {
        launch.deployment_id = Some(self.deployment_id.clone()).filter(|id| !id.is_empty());
        launch.sub.clone_from(&self.sub);
        launch.user_name.clone_from(&self.name);
        launch.role = Some(self.role.clone());
        launch.context_title = self.context_title.as_ref().or(self.context_label.as_ref()).cloned();
        launch.resource_link_id = Some(self.resource_link_id.clone()).filter(|id| !id.is_empty());
        launch.resource_link_title.clone_from(&self.resource_link_title);
    }

    /// The platform user; `None` for an anonymous launch.
    pub fn platform_user(&self) -> Option<PlatformUser> {
        self.sub.clone().map(|sub| PlatformUser {
            issuer: self.issuer.clone(),
            tenant: self.tenant.clone(),
            sub,
        })
    }

    /// Whether the person teaches or administers here.
    pub fn teaches(&self) -> bool {
        matches!(self.role.as_str(), "admin" | "staff")
    }

    /// Whether the link requests the resource without navigation around it (custom parameter
    /// `force_embed`).
    pub fn is_embedded(&self) -> bool {
        self.custom
            .get("force_embed")
            .is_some_and(|value| value.trim() == "1" || value.trim().eq_ignore_ascii_case("true"))
    }
}

/// The random bits of a handle, after 42 bits of milliseconds. The first bit is 0.
const RANDOM_BITS: u32 = 21;

impl SessionHandle {
    /// Length of a handle, in characters.
    pub const LENGTH: usize = 16;

    /// A new handle for the session of a launch. Another launch of the same millisecond may get the
    /// same one.
    pub fn fresh(launch_id: &LaunchId, random: &Random) -> Self {
        let noise = u64::from(u32::from_be_bytes(random.bytes())) & ((1 << RANDOM_BITS) - 1);
        Self(first_of(launch_id) | noise)
    }

    /// The handles that the session of a launch may have.
    pub fn range_of(launch_id: &LaunchId) -> [Self; 2] {
        let first = first_of(launch_id);
        [Self(first), Self(first | ((1 << RANDOM_BITS) - 1))]
    }

    /// Parses a handle from a URL; `None` if it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let is_handle = text.len() == Self::LENGTH
            && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        if is_handle { u64::from_str_radix(text, 16).ok().map(Self) } else { None }
    }

    /// The handle as a number.
    pub fn number(self) -> u64 {
        self.0
    }

    /// The handle with this number.
    pub fn from_number(number: u64) -> Self {
        Self(number)
    }
}

/// The smallest number of a handle for a launch.
fn first_of(launch_id: &LaunchId) -> u64 {
    let milliseconds = launch_id.moment().as_millisecond().unsigned_abs();
    (milliseconds & ((1 << 42) - 1)) << RANDOM_BITS
}

impl fmt::Display for SessionHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}
