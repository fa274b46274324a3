//! The launch token: it describes a launch to the app behind a resource, and the app sends it with
//! its own requests ([`jws::read`]).

use std::collections::BTreeMap;
use std::fmt::Display;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use schemars::JsonSchema;
use serde::{Serialize, Serializer};
use serde_json::json;
use uuid::Uuid;

use crate::domain::{LaunchId, Slug, Username};
use crate::lti::jws::{self, UnusableKey};
use crate::lti::roles::Role;

/// How long a launch token is valid, in seconds.
pub const LIFETIME_SECONDS: i64 = 60;

/// An ID of a person that an app can store: the same at every launch from the same platform,
/// different between platforms, and not their ID there. If customers share an issuer, `tenant`
/// distinguishes them, and people of two customers have two IDs; otherwise it is empty.
///
/// It is the base64url of the SHA-256 of issuer, tenant if there is one, and the platform's `sub`,
/// separated by line feeds, which none of them contains.
pub fn person_id(issuer: &str, tenant: &str, sub: &str) -> String {
    let text = if tenant.is_empty() {
        format!("{issuer}\n{sub}")
    } else {
        format!("{issuer}\n{tenant}\n{sub}")
    };
    URL_SAFE_NO_PAD.encode(digest(&SHA256, text.as_bytes()))
}

/// The claims of a launch token. Unknown values are `null`, except that `sub` is omitted for an
/// anonymous launch.
#[derive(Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "Launch")]
pub struct LaunchToken {
    /// The tool's public URL.
    pub iss: String,
    /// The origin of the app.
    pub aud: String,
    /// When it was created, in seconds since 1970.
    pub iat: i64,
    /// When it expires, in seconds since 1970: [`LIFETIME_SECONDS`] after `iat`.
    pub exp: i64,
    /// Unique for every token, so that an app can accept each token only once.
    pub jti: String,
    /// The person as [`person_id`] names them; absent when the launch is anonymous.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub: Option<String>,
    /// Who launched; `null` when the launch is anonymous.
    pub user: Option<User>,
    /// The person's account on the tool; `null` when the launch is anonymous.
    pub account: Option<Account>,
    /// What they may do: `admin`, `staff` or `learner`.
    pub role: Role,
    /// The role that the resource gives them, such as `teacher` or `student`; `null` when they are
    /// not enrolled.
    pub tool_role: Option<String>,
    /// The launch.
    #[serde(flatten)]
    pub launched: Launched,
    /// How the platform shows the launch.
    pub launch_presentation: Option<LaunchPresentation>,
    /// The platform's IDs ([`User::sub`]) of the people whose work the person may see as a mentor;
    /// empty for other roles.
    pub mentor: Vec<String>,
    /// The person whose work is to be shown (submission review); `null` for other launches. Learners
    /// review their own work only.
    pub for_user: Option<ForUser>,
    /// Identifiers from the institution's student information system.
    pub lis: Option<Lis>,
}

/// The person whose work is reviewed.
#[derive(Clone, PartialEq, Serialize, JsonSchema)]
pub struct ForUser {
    /// Their ID on the platform, as in [`User::sub`].
    pub sub: String,
    /// Their account; `null` if they have not opened the resource from this course.
    pub account: Option<Account>,
}

/// A launch: what was launched, and where.
#[derive(Clone, PartialEq, Serialize, JsonSchema)]
pub struct Launched {
    /// The ID of the launch in the tool's launch log and on its error pages; the same in every
    /// token of one session.
    #[schemars(with = "String")]
    pub launch_id: LaunchId,
    /// The LTI roles as the platform sent them.
    pub roles: Vec<String>,
    /// What was launched.
    pub resource: Resource,
    /// The course or other context of the link.
    pub context: Option<Context>,
    /// The link on the platform.
    pub resource_link: Option<ResourceLink>,
    /// The platform from which the launch comes.
    pub platform: Platform,
    /// The custom parameters of the link.
    pub custom: BTreeMap<String, String>,
    /// The URL on the platform to which the person can return; http or https.
    pub return_url: Option<String>,
}

impl LaunchToken {
    /// Signs the token with one of the tool's keys.
    ///
    /// # Errors
    ///
    /// [`UnusableKey`].
    pub fn sign(&self, kid: &str, private_key_pkcs8_der: &[u8]) -> Result<String, UnusableKey> {
        jws::sign(jws::LAUNCH_TOKEN, &json!(self), kid, private_key_pkcs8_der)
    }
}

/// Who launched, according to the platform.
#[derive(Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct User {
    /// Their ID on the platform.
    pub sub: String,
    /// Full name.
    pub name: Option<String>,
    /// Given name.
    pub given_name: Option<String>,
    /// Family name.
    pub family_name: Option<String>,
    /// Email address, which is not verified.
    pub email: Option<String>,
    /// Preferred language (BCP 47).
    pub locale: Option<String>,
    /// The URL of a picture; http or https.
    pub picture: Option<String>,
}

/// The person's account on the tool.
#[derive(Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Account {
    /// Its UUID, which never changes.
    #[serde(serialize_with = "text")]
    #[schemars(with = "String")]
    pub id: Uuid,
    /// The person's username for signing in to the tool.
    pub username: Username,
    /// Full name.
    pub name: Option<String>,
}

/// What was launched.
#[derive(Clone, PartialEq, Serialize, JsonSchema)]
pub struct Resource {
    /// Its UUID, which never changes.
    #[serde(serialize_with = "text")]
    #[schemars(with = "String")]
    pub uuid: Uuid,
    /// Its slug.
    pub slug: Slug,
    /// Its name.
    pub name: String,
    /// `course` or `activity`.
    pub kind: String,
    /// Its highest grade; `null` for a resource without grades.
    pub max_grade: Option<f64>,
}

/// The course or other context of the link. Its ID is unique within a deployment.
#[derive(Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Context {
    /// Its ID on the platform.
    pub id: String,
    /// Its short name.
    pub label: Option<String>,
    /// Its full name.
    pub title: Option<String>,
    /// The types of the context, as sent.
    #[serde(rename = "type")]
    pub types: Vec<String>,
}

/// The link on the platform. Its ID is unique within a deployment.
#[derive(Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ResourceLink {
    /// Its ID on the platform.
    pub id: String,
    /// Its title on the platform.
    pub title: Option<String>,
}

/// The platform from which the launch comes.
#[derive(Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Platform {
    /// Its issuer.
    pub issuer: String,
    /// The client ID of the registration.
    pub client_id: String,
    /// The deployment of the launch.
    pub deployment_id: String,
    /// The slug of the registration.
    pub registration: Slug,
    /// The platform's name.
    pub name: Option<String>,
    /// The product, such as `moodle` or `canvas`.
    pub product_family_code: Option<String>,
}

/// How the platform shows the launch.
#[derive(Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LaunchPresentation {
    /// `frame`, `iframe` or `window`.
    pub document_target: Option<String>,
    /// Language of the page around the app (BCP 47).
    pub locale: Option<String>,
    /// Width in pixels.
    pub width: Option<u16>,
    /// Height in pixels.
    pub height: Option<u16>,
}

/// Identifiers from the institution's student information system.
#[derive(Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Lis {
    /// Of the person.
    pub person_sourcedid: Option<String>,
    /// Of the course as it is offered in a term.
    pub course_offering_sourcedid: Option<String>,
    /// Of the section of the course.
    pub course_section_sourcedid: Option<String>,
}

/// Writes a value as its text.
fn text<S: Serializer>(value: &impl Display, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_has_one_id_per_platform_and_customer() {
        let mut names = std::collections::BTreeSet::new();
        for (issuer, tenant, sub) in [
            ("https://lms.example", "", "4"),
            ("https://lms.example", "", "5"),
            ("https://other.example", "", "4"),
            ("https://lms.example", "one", "4"),
            ("https://lms.example", "two", "4"),
        ] {
            let name = person_id(issuer, tenant, sub);
            assert_eq!(
                (name.len(), &name),
                (43, &person_id(issuer, tenant, sub)),
                "{issuer} {tenant} {sub}"
            );
            assert!(names.insert(name), "{issuer} {tenant} {sub}");
        }
        // Apps store it, so it must never change.
        assert_eq!(
            person_id("https://lms.example", "", "4"),
            "XtYfs2dko6RjOy801xjp60B4g6a0qT_VvmdGWnUcMGA"
        );
    }
}
