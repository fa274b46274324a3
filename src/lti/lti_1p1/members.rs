//! The members of a course under LTI 1.1 and 2.0, as [`Member`]s of LTI 1.3.
//!
//! Three services list them. That of LTI 2.0 and the one in the format of LTI 1.3 are requested
//! like [`crate::lti::members`], with [`crate::lti::members::members_url`], but signed with
//! [`super::oauth1::authorization`]; pages of the latter are read by
//! [`crate::lti::members::read_page`]. The older extension is requested by a signed form.
//!
//! A page is parsed completely or not at all: a tool that unenrols missing members must not mistake
//! a truncated page for a short one.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::excerpt::one_line;
use super::message::MAX_SOURCEDID_CHARACTERS;
use super::xml::{Element, XmlProblem};
use crate::lti::json_problem;
use crate::lti::members::{Member, MemberStatus, check_user_id, required_text};
use crate::lti::tolerant::{self, Object};

/// The `Accept` of a page of members under LTI 2.0 (Membership Service 1.0).
pub const MEDIA_TYPE: &str = "application/vnd.ims.lis.v2.membershipcontainer+json";

/// The message type of the older extension.
const EXTENSION_REQUEST: &str = "basic-lis-readmembershipsforcontext";

/// Maximum length of a platform's explanation, in characters.
const MAX_DESCRIPTION_CHARACTERS: usize = 500;

/// A page of members. `Debug` shows no personal data.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// The members.
    pub members: Vec<Member>,
    /// The `lis_result_sourcedid` of members by user ID, to send grades to people who have not
    /// launched the link yet. Only lists of a link's members have them.
    pub result_sourcedids: BTreeMap<String, String>,
    /// The next page, if there is one.
    pub next_page: Option<Url>,
}

/// Why a page cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PageError {
    /// It is not JSON, or not such a page.
    #[error("the list of members cannot be read: {problem}")]
    NotJson {
        /// What is wrong with it.
        problem: String,
    },
    /// There is a next page, but its URL cannot be read, so the list is incomplete.
    #[error("the list of members has a next page whose URL cannot be read")]
    NextPageUnusable,
    /// It is not XML.
    #[error("the list of members cannot be read: {problem}")]
    NotXml {
        /// What is wrong with it.
        problem: XmlProblem,
    },
    /// The platform refused the request.
    #[error("the platform refused to list members: {description}")]
    Refused {
        /// The platform's explanation, on one line.
        description: String,
    },
    /// It is XML, but not such a list.
    #[error("the response is not a list of members")]
    NoMembers,
    /// The ID of a member is missing or too long.
    #[error("{problem}")]
    UserIdUnusable {
        /// What is wrong with it.
        problem: String,
    },
}

/// Parses a page of the service of LTI 2.0 (Membership Service 1.0, 4). `url` is the requested one.
///
/// # Errors
///
/// [`PageError`].
pub fn read_page(url: &Url, body: &[u8]) -> Result<Page, PageError> {
    let Object(container) = serde_json::from_slice::<Object<Container>>(body)
        .map_err(|error| PageError::NotJson { problem: json_problem(&error) })?;
    let next_page = match container.next_page {
        Value::Null => None,
        Value::String(next) if next.trim().is_empty() => None,
        next => Some(next_url(url, &next).ok_or(PageError::NextPageUnusable)?),
    };
    let Object(PageOf { membership_subject: Object(subject) }) = container.page_of;
    let mut page = Page { next_page, ..Page::default() };
    for Membership { status, role, member: Object(person), message } in
        Object::unwrap_all(subject.membership)
    {
        let sourcedid = person.result_sourced_id.or_else(|| {
            Object::unwrap_all(message).into_iter().find_map(|message| message.lis_result_sourcedid)
        });
        if let Some(sourcedid) = sourcedid.filter(|sourcedid| is_usable(sourcedid)) {
            page.result_sourcedids.insert(person.user_id.clone(), sourcedid);
        }
        page.members.push(Member {
            user_id: person.user_id,
            roles: role,
            status,
            name: person.name,
            given_name: person.given_name,
            family_name: person.family_name,
            email: person.email,
            locale: None,
            lti11_legacy_user_id: None,
        });
    }
    Ok(page)
}

/// Whether the name of a grade can be stored: those of launches have the same limit.
fn is_usable(sourcedid: &str) -> bool {
    sourcedid.chars().nth(MAX_SOURCEDID_CHARACTERS).is_none()
        && !sourcedid.chars().any(char::is_control)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Container {
    page_of: Object<PageOf>,
    #[serde(default)]
    next_page: Value,
}

/// The URL of the next page: a text, or an object with it (JSON-LD 1.0, 6.4).
fn next_url(url: &Url, next: &Value) -> Option<Url> {
    let text = next.as_str().or_else(|| next["@id"].as_str())?.trim();
    url.join(text).ok().filter(|_| !text.is_empty())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PageOf {
    membership_subject: Object<Subject>,
}

#[derive(Deserialize)]
struct Subject {
    membership: Vec<Object<Membership>>,
}

#[derive(Deserialize)]
struct Membership {
    #[serde(default)]
    status: MemberStatus,
    #[serde(default, deserialize_with = "tolerant::texts")]
    role: Vec<String>,
    member: Object<LisPerson>,
    #[serde(default)]
    message: Vec<Object<Message>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LisPerson {
    #[serde(deserialize_with = "required_text")]
    user_id: String,
    #[serde(default, deserialize_with = "tolerant::text")]
    name: Option<String>,
    #[serde(default, deserialize_with = "tolerant::text")]
    given_name: Option<String>,
    #[serde(default, deserialize_with = "tolerant::text")]
    family_name: Option<String>,
    #[serde(default, deserialize_with = "tolerant::text")]
    email: Option<String>,
    #[serde(default, deserialize_with = "tolerant::text")]
    result_sourced_id: Option<String>,
}

#[derive(Deserialize)]
struct Message {
    #[serde(default, deserialize_with = "tolerant::text")]
    lis_result_sourcedid: Option<String>,
}

/// The form that requests members by the older extension, to be signed with
/// [`super::oauth1::sign_form`] and posted to its URL. `id` is `ext_ims_lis_memberships_id`.
pub fn extension_request(id: &str) -> Vec<(String, String)> {
    [("id", id), ("lti_message_type", EXTENSION_REQUEST), ("lti_version", "LTI-1p0")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
}

/// Parses the response of the older extension. It has only one page.
///
/// # Errors
///
/// [`PageError`].
pub fn read_extension_response(body: &[u8]) -> Result<Page, PageError> {
    let response = Element::parse(body).map_err(|problem| PageError::NotXml { problem })?;
    let status = response.text_at(&["statusinfo", "codemajor"]);
    if status.is_some_and(|code| !code.eq_ignore_ascii_case("success")) {
        let description = response.text_at(&["statusinfo", "description"]).or(status);
        let description = one_line(description.unwrap_or_default(), MAX_DESCRIPTION_CHARACTERS);
        return Err(PageError::Refused { description });
    }
    let members = response.child("members").ok_or(PageError::NoMembers)?;
    let mut page = Page::default();
    for member in members.children.iter().filter(|element| element.name == "member") {
        let text = |name| member.text_at(&[name]).map(str::to_owned);
        let user_id = check_user_id(text("user_id"))
            .map_err(|problem| PageError::UserIdUnusable { problem })?;
        if let Some(sourcedid) =
            text("lis_result_sourcedid").filter(|sourcedid| is_usable(sourcedid))
        {
            page.result_sourcedids.insert(user_id.clone(), sourcedid);
        }
        let roles = member.text_at(&["roles"]).or(member.text_at(&["role"])).unwrap_or_default();
        let roles = roles.split(',').map(str::trim).filter(|role| !role.is_empty());
        page.members.push(Member {
            user_id,
            roles: roles.map(str::to_owned).collect(),
            status: MemberStatus::Active,
            name: text("person_name_full"),
            given_name: text("person_name_given"),
            family_name: text("person_name_family"),
            email: text("person_contact_email_primary"),
            locale: None,
            lti11_legacy_user_id: None,
        });
    }
    Ok(page)
}

#[cfg(test)]
mod tests;
