//! The claims of an id_token.
//!
//! One pass over the JSON keeps the known claims and skips all others. A claim of the wrong type is
//! not an error: a required one is kept as it is, so that its own check refuses it with its own
//! code, and an optional one counts as absent. Only a repeated known claim is an error, because two
//! parsers could see two different tokens.

mod deep_linking;
mod field;
mod surrogates;

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;

pub(crate) use self::deep_linking::DeepLinkingSettings;
pub(crate) use self::field::{Audience, Field, Roles};
use self::field::{PayloadText, custom, id, object, place, places, scopes};

/// The version of the Platform Notification Service that is known.
const NOTICE_SERVICE_VERSION: &str = "1.0";

/// The claims of an id_token (LTI 1.3, section 5; core launch, section 7).
///
/// Claims returned by [`super::id_token`] are verified. The `Debug` output shows no personal data.
///
/// Texts that no check needs are not copied out of the payload: a launch has dozens of them, and
/// copying them would cost as much as parsing them.
pub struct Claims {
    payload: String,
    pub(crate) read: Box<Contents>,
}

/// The results of one pass over the payload.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Contents {
    pub(crate) iss: Field,
    pub(crate) aud: Audience,
    pub(crate) azp: Field,
    pub(crate) exp: Field,
    pub(crate) iat: Field,
    pub(crate) nbf: Field,
    pub(crate) nonce: Field,
    pub(crate) sub: Field,
    #[serde(rename = "https://purl.imsglobal.org/spec/lti/claim/version")]
    pub(crate) version: Field,
    #[serde(rename = "https://purl.imsglobal.org/spec/lti/claim/message_type")]
    pub(crate) message_type: Field,
    #[serde(rename = "https://purl.imsglobal.org/spec/lti/claim/deployment_id")]
    pub(crate) deployment_id: Field,
    #[serde(rename = "https://purl.imsglobal.org/spec/lti/claim/target_link_uri")]
    pub(crate) target_link_uri: Field,
    #[serde(rename = "https://purl.imsglobal.org/spec/lti/claim/roles")]
    pub(crate) roles: Roles,
    #[serde(
        rename = "https://purl.imsglobal.org/spec/lti/claim/resource_link",
        deserialize_with = "object"
    )]
    resource_link: Option<ResourceLinkPlaces>,
    #[serde(
        rename = "https://purl.imsglobal.org/spec/lti/claim/context",
        deserialize_with = "object"
    )]
    context: Option<ContextPlaces>,
    #[serde(
        rename = "https://purl.imsglobal.org/spec/lti/claim/tool_platform",
        deserialize_with = "object"
    )]
    tool_platform: Option<ToolPlatformPlaces>,
    #[serde(
        rename = "https://purl.imsglobal.org/spec/lti/claim/launch_presentation",
        deserialize_with = "object"
    )]
    launch_presentation: Option<LaunchPresentationPlaces>,
    #[serde(rename = "https://purl.imsglobal.org/spec/lti/claim/lis", deserialize_with = "object")]
    lis: Option<LisPlaces>,
    #[serde(
        rename = "https://purl.imsglobal.org/spec/lti/claim/role_scope_mentor",
        deserialize_with = "places"
    )]
    mentored: Vec<PayloadText>,
    #[serde(
        rename = "https://purl.imsglobal.org/spec/lti/claim/custom",
        deserialize_with = "custom"
    )]
    custom: BTreeMap<String, String>,
    #[serde(
        rename = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint",
        deserialize_with = "object"
    )]
    ags_endpoint: Option<AgsEndpointPlaces>,
    #[serde(
        rename = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice",
        deserialize_with = "object"
    )]
    names_and_roles: Option<NamesAndRolesPlaces>,
    #[serde(
        rename = "https://purl.imsglobal.org/spec/lti/claim/platformnotificationservice",
        deserialize_with = "object"
    )]
    notice_service: Option<Box<NoticeServicePlaces>>,
    #[serde(
        rename = "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings",
        deserialize_with = "object"
    )]
    pub(crate) deep_linking_settings: Option<Box<DeepLinkingSettings>>,
    #[serde(
        rename = "https://purl.imsglobal.org/spec/lti/claim/for_user",
        deserialize_with = "object"
    )]
    for_user: Option<ForUser>,
    #[serde(
        rename = "https://purl.imsglobal.org/spec/lti/claim/lti1p1",
        deserialize_with = "object"
    )]
    migration: Option<Box<MigrationPlaces>>,
    #[serde(rename = "http://www.brightspace.com", deserialize_with = "object")]
    brightspace: Option<Box<BrightspacePlaces>>,
    #[serde(deserialize_with = "place")]
    name: Option<PayloadText>,
    #[serde(deserialize_with = "place")]
    given_name: Option<PayloadText>,
    #[serde(deserialize_with = "place")]
    family_name: Option<PayloadText>,
    #[serde(deserialize_with = "place")]
    middle_name: Option<PayloadText>,
    #[serde(deserialize_with = "place")]
    email: Option<PayloadText>,
    #[serde(deserialize_with = "place")]
    locale: Option<PayloadText>,
    #[serde(deserialize_with = "place")]
    picture: Option<PayloadText>,
}

impl Claims {
    /// Reads the payload of a token.
    ///
    /// # Errors
    ///
    /// If it is not JSON, or repeats a known name.
    pub(crate) fn read(payload: String) -> Result<Self, serde_json::Error> {
        match serde_json::from_str(&payload) {
            Ok(read) => Ok(Self { payload, read }),
            Err(error) => match surrogates::replaced(&payload).filter(|_| error.is_syntax()) {
                Some(payload) => Ok(Self { read: serde_json::from_str(&payload)?, payload }),
                None => Err(error),
            },
        }
    }

    /// The payload, for claims that are not those of a launch.
    pub(super) fn payload(&self) -> &str {
        &self.payload
    }

    fn text<'a>(&'a self, place: &'a Option<PayloadText>) -> Option<&'a str> {
        place.as_ref().map(|place| place.text(&self.payload))
    }

    fn texts<'a>(&'a self, places: &'a [PayloadText]) -> Vec<&'a str> {
        places.iter().map(|place| place.text(&self.payload)).collect()
    }

    /// `iss`: who issued the token.
    pub fn issuer(&self) -> Option<&str> {
        self.read.iss.text()
    }

    /// `exp` in seconds since 1970, without fractions.
    pub fn expires_at(&self) -> Option<i64> {
        self.read.exp.seconds()
    }

    /// `iat` in seconds since 1970, without fractions.
    pub fn issued_at(&self) -> Option<i64> {
        self.read.iat.seconds()
    }

    /// `sub`: the user's ID with this issuer; absent for an anonymous launch. Nothing else
    /// identifies a user.
    pub fn sub(&self) -> Option<&str> {
        self.read.sub.text()
    }

    /// `name`: the full name.
    pub fn name(&self) -> Option<&str> {
        self.text(&self.read.name)
    }

    /// `given_name`.
    pub fn given_name(&self) -> Option<&str> {
        self.text(&self.read.given_name)
    }

    /// `family_name`.
    pub fn family_name(&self) -> Option<&str> {
        self.text(&self.read.family_name)
    }

    /// `middle_name`.
    pub fn middle_name(&self) -> Option<&str> {
        self.text(&self.read.middle_name)
    }

    /// `email`, which is not verified.
    pub fn email(&self) -> Option<&str> {
        self.text(&self.read.email)
    }

    /// `locale`: the language that the user prefers (BCP 47).
    pub fn locale(&self) -> Option<&str> {
        self.text(&self.read.locale)
    }

    /// `picture`: the URL of a picture of the user.
    pub fn picture(&self) -> Option<&str> {
        self.text(&self.read.picture)
    }

    /// The roles as sent, without empty ones and what is not text.
    pub fn roles(&self) -> &[String] {
        match &self.read.roles {
            Roles::List(roles) => roles,
            Roles::Absent | Roles::Wrong => &[],
        }
    }

    /// The message type, such as `LtiResourceLinkRequest`.
    pub fn message_type(&self) -> Option<&str> {
        self.read.message_type.text()
    }

    /// The ID of the deployment.
    pub fn deployment_id(&self) -> Option<&str> {
        self.read.deployment_id.text()
    }

    /// `target_link_uri`: the URL to open.
    pub fn target_link_uri(&self) -> Option<&str> {
        self.read.target_link_uri.text()
    }

    /// The course or other context of the link, if it has an ID.
    pub fn context(&self) -> Option<Context<'_>> {
        let Some(ContextPlaces { id: Some(id), label, title, types }) = &self.read.context else {
            return None;
        };
        Some(Context {
            id: id.text(&self.payload),
            label: self.text(label),
            title: self.text(title),
            types: self.texts(types),
        })
    }

    /// The link that was launched, if it has an ID.
    pub fn resource_link(&self) -> Option<ResourceLink<'_>> {
        let Some(ResourceLinkPlaces { id: Some(id), title, description }) =
            &self.read.resource_link
        else {
            return None;
        };
        Some(ResourceLink {
            id: id.text(&self.payload),
            title: self.text(title),
            description: self.text(description),
        })
    }

    /// The platform's description of itself.
    pub fn tool_platform(&self) -> Option<ToolPlatform<'_>> {
        self.read.tool_platform.as_ref().map(|platform| ToolPlatform {
            guid: self.text(&platform.guid),
            name: self.text(&platform.name),
            product_family_code: self.text(&platform.product_family_code),
            version: self.text(&platform.version),
        })
    }

    /// How the platform shows the launch.
    pub fn launch_presentation(&self) -> Option<LaunchPresentation<'_>> {
        self.read.launch_presentation.as_ref().map(|presentation| LaunchPresentation {
            document_target: self.text(&presentation.document_target),
            return_url: self.text(&presentation.return_url),
            locale: self.text(&presentation.locale),
            width: self.text(&presentation.width),
            height: self.text(&presentation.height),
        })
    }

    /// Identifiers from the institution's student information system.
    pub fn lis(&self) -> Option<Lis<'_>> {
        self.read.lis.as_ref().map(|lis| Lis {
            person_sourcedid: self.text(&lis.person_sourcedid),
            course_offering_sourcedid: self.text(&lis.course_offering_sourcedid),
            course_section_sourcedid: self.text(&lis.course_section_sourcedid),
        })
    }

    /// `role_scope_mentor`: the IDs of the users whom the user mentors.
    pub fn mentored(&self) -> Vec<&str> {
        self.texts(&self.read.mentored)
    }

    /// `for_user.user_id`: the user whose work is reviewed (Submission Review 1.0). Some platforms
    /// send a number.
    pub fn for_user(&self) -> Option<String> {
        match &self.read.for_user.as_ref()?.user_id {
            Field::Text(id) if !id.is_empty() => Some(id.clone()),
            // Larger whole numbers are not exact.
            Field::Number(id) if id.fract() == 0.0 && (0.0..9e15).contains(id) => {
                Some(format!("{id:.0}"))
            }
            _ => None,
        }
    }

    /// The custom parameters. Numbers and booleans become text. A value that starts with `$` is a
    /// variable that the platform did not replace, and counts as absent.
    pub fn custom(&self) -> &BTreeMap<String, String> {
        &self.read.custom
    }

    /// The URLs of the grade service (Assignment and Grade Services 2.0).
    pub fn ags_endpoint(&self) -> Option<AgsEndpoint<'_>> {
        self.read.ags_endpoint.as_ref().map(|endpoint| AgsEndpoint {
            scope: self.texts(&endpoint.scope),
            lineitems: self.text(&endpoint.lineitems),
            lineitem: self.text(&endpoint.lineitem),
        })
    }

    /// The URL of the context's members (Names and Role Provisioning Services 2.0).
    pub fn names_and_roles(&self) -> Option<NamesAndRoles<'_>> {
        self.read.names_and_roles.as_ref().map(|service| NamesAndRoles {
            context_memberships_url: self.text(&service.context_memberships_url),
        })
    }

    /// Where the tool can subscribe to notices (Platform Notification Service 1.0), if the platform
    /// offers a version of the service that the tool knows.
    pub fn notice_service(&self) -> Option<NoticeService<'_>> {
        let service = self.read.notice_service.as_deref()?;
        let url = self.text(&service.url)?;
        let is_known = self.texts(&service.service_versions).contains(&NOTICE_SERVICE_VERSION);
        is_known.then(|| NoticeService {
            url,
            scope: self.texts(&service.scope),
            types: service.types.as_deref().map(|types| self.texts(types)),
        })
    }

    /// The values of Brightspace's own claim, named like the variables for the history of the
    /// course and of the link.
    pub(crate) fn brightspace_history(&self) -> (Option<&str>, Option<&str>) {
        match &self.read.brightspace {
            Some(places) => (self.text(&places.contexts), self.text(&places.links)),
            None => (None, None),
        }
    }

    /// Who the user was under LTI 1.1. Do not trust it before [`super::migration`] has checked its
    /// signature.
    pub(crate) fn migration(&self) -> Option<Migration<'_>> {
        self.read.migration.as_ref().map(|migration| Migration {
            consumer_key: self.text(&migration.oauth_consumer_key),
            sign: self.text(&migration.oauth_consumer_key_sign),
            user_id: self.text(&migration.user_id),
        })
    }
}

impl fmt::Debug for Claims {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Claims")
            .field("iss", &self.issuer())
            .field("message_type", &self.message_type())
            .field("deployment_id", &self.deployment_id())
            .finish_non_exhaustive()
    }
}

/// The course or other context of a link (LTI 1.3, 5.4.1). Unique within a deployment.
#[derive(Clone, PartialEq, Eq)]
pub struct Context<'a> {
    /// Its ID.
    pub id: &'a str,
    /// Its short name.
    pub label: Option<&'a str>,
    /// Its full name.
    pub title: Option<&'a str>,
    /// The types of the context, as sent.
    pub types: Vec<&'a str>,
}

/// A link to the tool on the platform (LTI 1.3, 5.3.5). Unique within a deployment.
#[derive(Clone, PartialEq, Eq)]
pub struct ResourceLink<'a> {
    /// Its ID.
    pub id: &'a str,
    /// Its title on the platform.
    pub title: Option<&'a str>,
    /// Its description on the platform.
    pub description: Option<&'a str>,
}

/// The platform's description of itself (LTI 1.3, 5.4.2).
#[derive(Clone, PartialEq, Eq)]
pub struct ToolPlatform<'a> {
    /// Identifies the instance if several share one issuer.
    pub guid: Option<&'a str>,
    /// Its name.
    pub name: Option<&'a str>,
    /// The product, such as `moodle` or `canvas`.
    pub product_family_code: Option<&'a str>,
    /// The version of the product.
    pub version: Option<&'a str>,
}

/// How the platform shows the launch (LTI 1.3, 5.4.4).
#[derive(Clone, PartialEq, Eq)]
pub struct LaunchPresentation<'a> {
    /// `frame`, `iframe` or `window`.
    pub document_target: Option<&'a str>,
    /// The URL to which the tool can send the browser back.
    pub return_url: Option<&'a str>,
    /// The language of the page around it (BCP 47).
    pub locale: Option<&'a str>,
    /// Its width in pixels, as digits.
    pub width: Option<&'a str>,
    /// Its height in pixels, as digits.
    pub height: Option<&'a str>,
}

/// Identifiers from a student information system (LTI 1.3, 5.4.5).
#[derive(Clone, PartialEq, Eq)]
pub struct Lis<'a> {
    /// Of the user.
    pub person_sourcedid: Option<&'a str>,
    /// Of the course as it is offered in a term.
    pub course_offering_sourcedid: Option<&'a str>,
    /// Of the section of the course.
    pub course_section_sourcedid: Option<&'a str>,
}

/// The URLs of the grade service (Assignment and Grade Services 2.0, 3.1).
#[derive(Clone, PartialEq, Eq)]
pub struct AgsEndpoint<'a> {
    /// The scopes that the tool may request.
    pub scope: Vec<&'a str>,
    /// The URL of the context's line items.
    pub lineitems: Option<&'a str>,
    /// The URL of this link's only line item.
    pub lineitem: Option<&'a str>,
}

/// The URL of the context's members (Names and Role Provisioning Services 2.0, 3.6).
#[derive(Clone, PartialEq, Eq)]
pub struct NamesAndRoles<'a> {
    /// The URL of the first page.
    pub context_memberships_url: Option<&'a str>,
}

/// Where the tool can subscribe to notices (Platform Notification Service 1.0).
#[derive(Clone, PartialEq, Eq)]
pub struct NoticeService<'a> {
    /// The URL of the service.
    pub url: &'a str,
    /// The scopes that the tool may request.
    pub scope: Vec<&'a str>,
    /// The types of the notices that the platform can send; `None` if it does not list them.
    pub types: Option<Vec<&'a str>>,
}

/// Who the user was under LTI 1.1 (Migration 1.0, 6.1). The IDs of course, link and instance are
/// not read.
pub(crate) struct Migration<'a> {
    /// The consumer key.
    pub(crate) consumer_key: Option<&'a str>,
    /// The signature with the key's secret.
    pub(crate) sign: Option<&'a str>,
    /// The user's ID under LTI 1.1, if it differs from `sub`.
    pub(crate) user_id: Option<&'a str>,
}

// The same values by their positions in the payload.

#[derive(Default, Deserialize)]
#[serde(default)]
struct ForUser {
    user_id: Field,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ContextPlaces {
    #[serde(deserialize_with = "id")]
    id: Option<PayloadText>,
    #[serde(deserialize_with = "place")]
    label: Option<PayloadText>,
    #[serde(deserialize_with = "place")]
    title: Option<PayloadText>,
    #[serde(rename = "type", deserialize_with = "places")]
    types: Vec<PayloadText>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ResourceLinkPlaces {
    #[serde(deserialize_with = "place")]
    id: Option<PayloadText>,
    #[serde(deserialize_with = "place")]
    title: Option<PayloadText>,
    #[serde(deserialize_with = "place")]
    description: Option<PayloadText>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ToolPlatformPlaces {
    #[serde(deserialize_with = "place")]
    guid: Option<PayloadText>,
    #[serde(deserialize_with = "place")]
    name: Option<PayloadText>,
    #[serde(deserialize_with = "place")]
    product_family_code: Option<PayloadText>,
    #[serde(deserialize_with = "place")]
    version: Option<PayloadText>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct LaunchPresentationPlaces {
    #[serde(deserialize_with = "place")]
    document_target: Option<PayloadText>,
    #[serde(deserialize_with = "place")]
    return_url: Option<PayloadText>,
    #[serde(deserialize_with = "place")]
    locale: Option<PayloadText>,
    #[serde(deserialize_with = "id")]
    width: Option<PayloadText>,
    #[serde(deserialize_with = "id")]
    height: Option<PayloadText>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct LisPlaces {
    #[serde(deserialize_with = "place")]
    person_sourcedid: Option<PayloadText>,
    #[serde(deserialize_with = "place")]
    course_offering_sourcedid: Option<PayloadText>,
    #[serde(deserialize_with = "place")]
    course_section_sourcedid: Option<PayloadText>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct AgsEndpointPlaces {
    #[serde(deserialize_with = "scopes")]
    scope: Vec<PayloadText>,
    #[serde(deserialize_with = "place")]
    lineitems: Option<PayloadText>,
    #[serde(deserialize_with = "place")]
    lineitem: Option<PayloadText>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct NamesAndRolesPlaces {
    #[serde(deserialize_with = "place")]
    context_memberships_url: Option<PayloadText>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct NoticeServicePlaces {
    #[serde(deserialize_with = "places")]
    service_versions: Vec<PayloadText>,
    #[serde(rename = "platform_notification_service_url", deserialize_with = "place")]
    url: Option<PayloadText>,
    #[serde(deserialize_with = "scopes")]
    scope: Vec<PayloadText>,
    #[serde(rename = "notice_types_supported", deserialize_with = "listed")]
    types: Option<Vec<PayloadText>>,
}

/// A list that may be absent, which is not the same as an empty one.
fn listed<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Vec<PayloadText>>, D::Error> {
    places(deserializer).map(Some)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct MigrationPlaces {
    #[serde(deserialize_with = "place")]
    oauth_consumer_key: Option<PayloadText>,
    #[serde(deserialize_with = "place")]
    oauth_consumer_key_sign: Option<PayloadText>,
    #[serde(deserialize_with = "place")]
    user_id: Option<PayloadText>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct BrightspacePlaces {
    #[serde(rename = "Context.id.history", deserialize_with = "place")]
    contexts: Option<PayloadText>,
    #[serde(rename = "ResourceLink.id.history", deserialize_with = "place")]
    links: Option<PayloadText>,
}

#[cfg(test)]
mod tests;
