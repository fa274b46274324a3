//! The members of a course (Names and Role Provisioning Services 2.0, section 2).
//!
//! A list of members is read page by page and is never completely in memory. A page is parsed
//! completely or not at all: a tool that unenrols missing members must not mistake a truncated page
//! for a short one.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use url::Url;

use super::roles::{self, Role};
use super::service_url::with_parameters;
use super::tolerant::{self, Object};

/// Maximum length of a user ID, in characters (LTI 1.3, 5.3.6); launches with a longer one are
/// refused, too.
const MAX_USER_ID_CHARACTERS: usize = 255;

/// The `Accept` of a page of members.
pub const MEDIA_TYPE: &str = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json";

/// The URL of the first page: of the members of a course, or with `resource_link_id` (`rlid`) of
/// those who may use one link. `limit` is the maximum number per page, which platforms treat as a
/// hint.
pub fn members_url(memberships: &Url, resource_link_id: Option<&str>, limit: Option<u32>) -> Url {
    let limit = limit.map(|limit| limit.to_string());
    with_parameters(memberships, &[("rlid", resource_link_id), ("limit", limit.as_deref())])
}

/// A member of a course. Everything except the ID and the roles is absent if the platform does not
/// share it.
#[derive(Clone, PartialEq, Eq, Deserialize)]
pub struct Member {
    /// The platform's user (`sub` of their launches).
    #[serde(deserialize_with = "required_text")]
    pub user_id: String,
    /// The roles as received: URIs, or short names as Moodle sends them.
    #[serde(default, deserialize_with = "tolerant::texts")]
    pub roles: Vec<String>,
    /// Whether they have access.
    #[serde(default)]
    pub status: MemberStatus,
    /// Full name.
    #[serde(default, deserialize_with = "tolerant::text")]
    pub name: Option<String>,
    /// Given name.
    #[serde(default, deserialize_with = "tolerant::text")]
    pub given_name: Option<String>,
    /// Family name.
    #[serde(default, deserialize_with = "tolerant::text")]
    pub family_name: Option<String>,
    /// Email address, which is not verified.
    #[serde(default, deserialize_with = "tolerant::text")]
    pub email: Option<String>,
    /// Preferred language (BCP 47); platforms need not send it.
    #[serde(default, deserialize_with = "tolerant::text")]
    pub locale: Option<String>,
    /// Their ID under LTI 1.1, if it differs (Migration 1.0, 6.1).
    #[serde(default, deserialize_with = "tolerant::text")]
    pub lti11_legacy_user_id: Option<String>,
}

impl Member {
    /// Their role in the tool, decided as for a launch; `staff` are the context roles of staff.
    pub fn role(&self, staff: &[&str]) -> Role {
        roles::decide(self.roles.iter().map(String::as_str), staff)
    }
}

impl std::fmt::Debug for Member {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Member")
            .field("user_id", &self.user_id)
            .field("roles", &self.roles)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

/// The status of a member (2.2). Absent or unknown values count as active.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum MemberStatus {
    /// In the course.
    #[default]
    Active,
    /// In the list, without access.
    Inactive,
    /// No longer in the course.
    Deleted,
}

impl<'de> Deserialize<'de> for MemberStatus {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = tolerant::text(deserializer)?.unwrap_or_default();
        // Some platforms send the older form, a URI that ends in the word.
        let word = text.trim().rsplit(['#', '/']).next().unwrap_or_default();
        Ok(match word.to_ascii_lowercase().as_str() {
            "inactive" => Self::Inactive,
            "deleted" => Self::Deleted,
            _ => Self::Active,
        })
    }
}

/// Parses one page of a list of members.
///
/// # Errors
///
/// If it is not a JSON object with `members`, is truncated, or contains a member without `user_id`
/// or with one of more than 255 characters.
pub fn read_page(body: &[u8]) -> Result<Vec<Member>, serde_json::Error> {
    #[derive(Deserialize)]
    struct Container {
        members: Vec<Object<Member>>,
    }
    serde_json::from_slice::<Object<Container>>(body)
        .map(|Object(container)| Object::unwrap_all(container.members))
}

pub(super) fn required_text<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<String, D::Error> {
    check_user_id(tolerant::text(deserializer)?).map_err(D::Error::custom)
}

/// A user ID, unless it is absent or too long.
pub(super) fn check_user_id(user_id: Option<String>) -> Result<String, String> {
    let user_id = user_id.ok_or("a member has no user_id")?;
    match user_id.chars().nth(MAX_USER_ID_CHARACTERS) {
        None => Ok(user_id),
        Some(_) => {
            Err(format!("a member has a user_id of more than {MAX_USER_ID_CHARACTERS} characters"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAFF: [&str; 1] = ["Instructor"];

    fn one(member: &str) -> Member {
        read_page(format!(r#"{{"id":"x","context":{{"id":"2"}},"members":[{member}]}}"#).as_bytes())
            .unwrap()
            .remove(0)
    }

    #[test]
    fn members_may_have_only_an_id() {
        let member = one(
            r#"{"status":"Active","roles":["Learner"],"user_id":"5","lis_person_sourcedid":"STU-002","name":"Zoë Núñez","given_name":"Zoë","family_name":"Núñez",
                "email":"zoe@a.example","ext_user_username":"student2","lti11_legacy_user_id":"u-5","locale":"es","message":[{"x":{"y":[1]}}]}"#,
        );
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        assert_eq!(
            (member.user_id.as_str(), member.role(&STAFF), member.status),
            ("5", Role::Learner, MemberStatus::Active)
        );
        assert_eq!(
            [&member.name, &member.given_name, &member.family_name].map(text),
            ["Zoë Núñez", "Zoë", "Núñez"]
        );
        assert_eq!(
            [&member.email, &member.locale, &member.lti11_legacy_user_id].map(text),
            ["zoe@a.example", "es", "u-5"]
        );
        assert!(!format!("{member:?}").contains("Zo"));
        let bare = one(r#"{"user_id":7,"name":"","email":null,"picture":{},"roles":null}"#);
        assert_eq!(
            (bare.user_id.as_str(), bare.roles.len(), &bare.name, &bare.email, bare.role(&STAFF)),
            ("7", 0, &None, &None, Role::Learner)
        );
    }

    #[test]
    fn roles_are_short_or_full() {
        for (roles, expected) in [
            (r#"["Instructor"]"#, Role::Staff),
            (
                r#"["http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor","Learner"]"#,
                Role::Staff,
            ),
            (
                r#"["Learner","http://purl.imsglobal.org/vocab/lis/v2/person#Administrator"]"#,
                Role::Admin,
            ),
            (r#"["Mentor",7,null]"#, Role::Learner),
            (r#""Instructor""#, Role::Staff),
            ("[]", Role::Learner),
        ] {
            assert_eq!(
                one(&format!(r#"{{"user_id":"1","roles":{roles}}}"#)).role(&STAFF),
                expected,
                "{roles}"
            );
        }
    }

    #[test]
    fn a_status_is_read_in_any_case() {
        for (status, expected) in [
            (r#""Active""#, MemberStatus::Active),
            (r#""inactive""#, MemberStatus::Inactive),
            (r#""INACTIVE ""#, MemberStatus::Inactive),
            (r#""Deleted""#, MemberStatus::Deleted),
            (r#""http://purl.imsglobal.org/vocab/lis/v2/status#Inactive""#, MemberStatus::Inactive),
            (r#""""#, MemberStatus::Active),
            ("null", MemberStatus::Active),
            ("[]", MemberStatus::Active),
        ] {
            assert_eq!(
                one(&format!(r#"{{"user_id":"1","status":{status}}}"#)).status,
                expected,
                "{status}"
            );
        }
        assert_eq!(one(r#"{"user_id":"1"}"#).status, MemberStatus::Active);
    }

    #[test]
    fn a_page_is_read_as_a_whole_or_not_at_all() {
        let whole = r#"{"id":"x","members":[{"user_id":"1"},{"user_id":"2"}]}"#;
        assert_eq!(read_page(whole.as_bytes()).unwrap().len(), 2);
        for end in 0..whole.len() {
            assert!(read_page(&whole.as_bytes()[..end]).is_err(), "{}", &whole[..end]);
        }
        for body in [
            "{}",
            "[]",
            "null",
            r#"{"members":null}"#,
            r#"{"members":{}}"#,
            r#"{"members":[{}]}"#,
            r#"{"members":[{"user_id":""}]}"#,
            r#"{"members":[{"user_id":null}]}"#,
            &format!(r#"{{"members":[{{"user_id":"{}"}}]}}"#, "x".repeat(256)),
            r#"{"members":["1"]}"#,
            r#"[[{"user_id":"1"}]]"#,
            "[[]]",
            r#"{"members":[["1",["Instructor"]]]}"#,
            r#"{"members":[],"members":[]}"#,
            r#"{"members":[]} x"#,
        ] {
            assert!(read_page(body.as_bytes()).is_err(), "{body}");
        }
        assert_eq!(read_page(br#"{"members":[]}"#).unwrap(), []);
        assert_eq!(
            one(&format!(r#"{{"user_id":"{}"}}"#, "学".repeat(255))).user_id.chars().count(),
            255
        );
    }

    #[test]
    fn first_page_keeps_the_parameters_of_its_url() {
        let memberships = Url::parse("https://m.example/m?group=1").unwrap();
        assert_eq!(members_url(&memberships, None, None).as_str(), "https://m.example/m?group=1");
        assert_eq!(
            members_url(&memberships, Some("a/b"), Some(100)).as_str(),
            "https://m.example/m?group=1&rlid=a%2Fb&limit=100"
        );
    }
}
