//! What a verified message of LTI 1.1 or 2.0 says (LTI 1.1.1, section 3): a launch of a link, or a
//! request to select content. The counterpart in LTI 1.3 is [`crate::lti::claims`].

mod read;

use std::collections::BTreeMap;
use std::fmt;

use url::Url;

use crate::lti::deep_linking::Settings;
use crate::lti::roles::{self, Role};
use crate::lti::service_url::with_parameters;

/// The message type of a launch (LTI 1.1.1, 3).
pub const LAUNCH: &str = "basic-lti-launch-request";

/// The message type of a request to select content (Content-Item Message 1.0, 3.1).
pub const CONTENT_ITEM_REQUEST: &str = "ContentItemSelectionRequest";

/// The media type of a link to a tool (Content-Item Message 1.0, 2.2).
pub const LINK_MEDIA_TYPE: &str = "application/vnd.ims.lti.v1.ltilink";

/// Maximum length of the IDs of users, links, courses and instances, in characters, as for LTI 1.3.
pub const MAX_ID_CHARACTERS: usize = 255;

/// Maximum length of URLs, in characters, as for LTI 1.3.
pub const MAX_URL_CHARACTERS: usize = 2048;

/// Maximum length of `lis_result_sourcedid`, in characters: platforms put structured data into it.
pub const MAX_SOURCEDID_CHARACTERS: usize = 4096;

/// Maximum length of the `data` of a content selection, in characters, as for LTI 1.3.
pub const MAX_DATA_CHARACTERS: usize = 8192;

/// The version of a message, `lti_version`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// `LTI-1p0`: LTI 1.0, 1.1, 1.1.1 or 1.1.2.
    Lti1p0,
    /// `LTI-2p0`: the consumer key is the GUID of a tool proxy.
    Lti2p0,
}

impl Version {
    /// The value of `lti_version`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Lti1p0 => "LTI-1p0",
            Self::Lti2p0 => "LTI-2p0",
        }
    }
}

/// Why a message with a valid signature cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// A required parameter is missing or empty.
    #[error("{parameter} is missing")]
    Missing {
        /// Its name.
        parameter: &'static str,
    },
    /// The message is neither a launch nor a content selection.
    #[error("lti_message_type '{message_type}' is not supported")]
    MessageTypeUnsupported {
        /// What was sent, shortened.
        message_type: String,
    },
    /// The message has another version of LTI.
    #[error("lti_version '{version}' is not supported")]
    VersionUnsupported {
        /// What was sent, shortened.
        version: String,
    },
    /// A parameter is not UTF-8, which LTI requires (LTI 1.1.1, 4.2).
    #[error("{parameter} is not valid UTF-8")]
    NotUtf8 {
        /// Its name, shortened.
        parameter: String,
    },
    /// A parameter that is stored is too long.
    #[error("{parameter} is longer than {maximum} characters")]
    TooLong {
        /// Its name.
        parameter: &'static str,
        /// The maximum length in characters.
        maximum: usize,
    },
    /// An ID or a URL contains control characters.
    #[error("{parameter} contains control characters")]
    ControlCharacters {
        /// Its name.
        parameter: &'static str,
    },
    /// The selected content must not be sent to this URL.
    #[error("content_item_return_url {problem}")]
    ReturnUrlNotAllowed {
        /// The URL without its query.
        url: String,
        /// What is wrong with it, as a predicate.
        problem: &'static str,
    },
    /// The platform does not accept links to the tool.
    #[error("accept_media_types does not contain application/vnd.ims.lti.v1.ltilink")]
    LinkNotAccepted {
        /// What it accepts instead.
        accept_media_types: Vec<String>,
    },
}

/// A verified message. `Debug` shows no personal data.
#[derive(Clone, PartialEq)]
pub struct Launch {
    /// The version of LTI.
    pub version: Version,
    /// What the platform asks for.
    pub request: Request,
    /// `user_id`: the user's ID with this consumer key; absent for an anonymous launch.
    pub user_id: Option<String>,
    /// The roles as URIs. Short names are context roles (LTI 1.1.1, A.1) and have got their prefix.
    pub roles: Vec<String>,
    /// `role_scope_mentor`: the IDs of the users whom the user mentors.
    pub mentored: Vec<String>,
    /// What the platform shares about the user.
    pub person: Person,
    /// The course or other context of the link, if it has an ID.
    pub context: Option<Context>,
    /// Identifiers from the institution's student information system.
    pub lis: Lis,
    /// The platform's description of itself.
    pub tool_platform: ToolPlatform,
    /// How the platform shows the launch.
    pub launch_presentation: LaunchPresentation,
    /// The service that accepts the user's grade, if the platform has one.
    pub outcome: Option<BasicOutcome>,
    /// The services that list the members of the course.
    pub memberships: Memberships,
    /// The custom parameters without `custom_`. A value that starts with `$` is a variable that the
    /// platform did not replace, and counts as absent. Of a repeated one, the form's first counts.
    /// Under LTI 2.0, they need not have `custom_` (LTI 2.0, custom parameters), so that all other names count,
    /// too.
    pub custom: BTreeMap<String, String>,
    /// The extensions of the platform without `ext_`.
    pub extensions: BTreeMap<String, String>,
}

/// What a message asks for.
#[derive(Clone, PartialEq)]
pub enum Request {
    /// To open a link.
    ResourceLink(ResourceLink),
    /// To select content. The return URL may be used; `accept_types` is that of LTI 1.3.
    ContentItemSelection(Settings),
}

/// A link to the tool on the platform (LTI 1.1.1, 3). Unique for a consumer key.
#[derive(Clone, PartialEq, Eq)]
pub struct ResourceLink {
    /// Its ID.
    pub id: String,
    /// Its title on the platform.
    pub title: Option<String>,
    /// Its description on the platform.
    pub description: Option<String>,
}

/// The course or other context of a link (LTI 1.1.1, 3). Unique for a consumer key.
#[derive(Clone, PartialEq, Eq)]
pub struct Context {
    /// Its ID.
    pub id: String,
    /// Its short name.
    pub label: Option<String>,
    /// Its full name.
    pub title: Option<String>,
    /// Its types, as sent: short names or URIs (LTI 1.1.1, A.3).
    pub types: Vec<String>,
}

/// What the platform shares about a user (LTI 1.1.1, 3); may be empty.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Person {
    /// Full name.
    pub name: Option<String>,
    /// Given name.
    pub given_name: Option<String>,
    /// Family name.
    pub family_name: Option<String>,
    /// Email address, which is not verified.
    pub email: Option<String>,
    /// The URL of a picture.
    pub picture: Option<String>,
}

/// Identifiers from a student information system (LTI 1.1.1, 3).
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Lis {
    /// Of the user.
    pub person_sourcedid: Option<String>,
    /// Of the course as it is offered in a term.
    pub course_offering_sourcedid: Option<String>,
    /// Of the section of the course.
    pub course_section_sourcedid: Option<String>,
}

/// The platform's description of itself (LTI 1.1.1, 3).
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ToolPlatform {
    /// Identifies the instance; usually its domain.
    pub guid: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// Its description.
    pub description: Option<String>,
    /// Its URL.
    pub url: Option<String>,
    /// The email address of its administrators.
    pub contact_email: Option<String>,
    /// The product, such as `moodle` or `canvas`.
    pub product_family_code: Option<String>,
    /// The version of the product.
    pub version: Option<String>,
}

/// How the platform shows the launch (LTI 1.1.1, 3).
#[derive(Clone, Default, PartialEq, Eq)]
pub struct LaunchPresentation {
    /// `embed`, `frame`, `iframe`, `window`, `popup` or `overlay`.
    pub document_target: Option<String>,
    /// The URL to which the tool can send the browser back; see [`ReturnTexts`].
    pub return_url: Option<String>,
    /// The language of the page around it (BCP 47).
    pub locale: Option<String>,
    /// Its width in pixels, as sent.
    pub width: Option<String>,
    /// Its height in pixels, as sent.
    pub height: Option<String>,
    /// The URL of the platform's style sheet.
    pub css_url: Option<String>,
}

/// The service that accepts the user's grade for the link (Basic Outcomes 1.0).
#[derive(Clone, PartialEq, Eq)]
pub struct BasicOutcome {
    /// `lis_outcome_service_url`.
    pub service_url: String,
    /// `lis_result_sourcedid`: names user and link. It may change from launch to launch, and be
    /// absent for users who get no grade; Moodle sends it for teachers, too.
    pub result_sourcedid: Option<String>,
    /// `ext_outcome_data_values_accepted`: what can be sent with a grade, such as `text` and `url`
    /// (Canvas).
    pub data_values_accepted: Vec<String>,
    /// `ext_outcome_result_total_score_accepted`: whether points can be sent with a grade (Canvas).
    pub total_score_accepted: bool,
}

/// The services that list the members of a course; see [`super::members`].
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Memberships {
    /// `custom_context_memberships_url`: the members of the course (LTI 2.0, Membership Service).
    pub context_url: Option<String>,
    /// `custom_link_memberships_url`: those who may use the link.
    pub link_url: Option<String>,
    /// `custom_context_memberships_v2_url`: the members in the format of LTI 1.3 (Names and Role
    /// Provisioning Services 2.0).
    pub context_v2_url: Option<String>,
    /// `ext_ims_lis_memberships_url` and `ext_ims_lis_memberships_id`: the older extension.
    pub extension: Option<MembershipsExtension>,
}

/// The older service that lists members, an extension of LTI 1.0.
#[derive(Clone, PartialEq, Eq)]
pub struct MembershipsExtension {
    /// Where to request them.
    pub url: String,
    /// Names the link.
    pub id: String,
}

impl Launch {
    /// The user's role in the tool, decided as for LTI 1.3; `staff` are the context roles of staff.
    pub fn role(&self, staff: &[&str]) -> Role {
        roles::decide(self.roles.iter().map(String::as_str), staff)
    }
}

impl fmt::Debug for Launch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let request = match &self.request {
            Request::ResourceLink(_) => LAUNCH,
            Request::ContentItemSelection(_) => CONTENT_ITEM_REQUEST,
        };
        formatter
            .debug_struct("Launch")
            .field("version", &self.version)
            .field("request", &request)
            .finish_non_exhaustive()
    }
}

/// What a tool may say when it sends the browser back to the platform (LTI 1.1.1, 3,
/// `launch_presentation_return_url`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReturnTexts<'a> {
    /// `lti_msg`: the platform may show it.
    pub message: Option<&'a str>,
    /// `lti_log`: the platform may log it.
    pub log: Option<&'a str>,
    /// `lti_errormsg`: an error that the platform may show.
    pub error_message: Option<&'a str>,
    /// `lti_errorlog`: an error that the platform may log.
    pub error_log: Option<&'a str>,
}

impl<'a> ReturnTexts<'a> {
    /// The return URL with these texts. Only for the URL of a verified message: otherwise the tool
    /// would redirect to any URL.
    pub fn added_to(&self, return_url: &Url) -> Url {
        with_parameters(return_url, &self.parameters())
    }

    /// The texts with the names of their parameters.
    pub(super) fn parameters(&self) -> [(&'static str, Option<&'a str>); 4] {
        [
            ("lti_msg", self.message),
            ("lti_log", self.log),
            ("lti_errormsg", self.error_message),
            ("lti_errorlog", self.error_log),
        ]
    }
}

#[cfg(test)]
mod tests;
