//! What an app behind a proxy learns about a person, as headers.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use super::Admitted;
use crate::domain::{LaunchDetails, PlatformEmail, Slug};
use crate::session::{ActiveSession, tool_role};
use crate::store::{self, Read};

/// The headers that say who a person is, in the order of the response. Every response has all of
/// them, empty if there is no value: proxies then remove what a browser sends under these names.
pub const NAMES: [&str; 24] = [
    "Remote-User",
    "Remote-Name",
    "Remote-Email",
    "Remote-Groups",
    "X-Auth-Request-User",
    "X-Auth-Request-Preferred-Username",
    "X-Auth-Request-Email",
    "X-Auth-Request-Groups",
    "X-Lti-Account",
    "X-Lti-Email",
    "X-Lti-Email-Verified",
    "X-Lti-Role",
    "X-Lti-Tool-Role",
    "X-Lti-Roles",
    "X-Lti-Resource",
    "X-Lti-Registration",
    "X-Lti-Deployment",
    "X-Lti-Context",
    "X-Lti-Context-Title",
    "X-Lti-Launch-Id",
    "X-Lti-Locale",
    "X-Lti-Expires",
    TOKEN,
    FRAME_ANCESTORS,
];

/// The header with the signed token.
pub const TOKEN: &str = "X-Lti-Token";

/// The header with the origins that may frame the app.
pub const FRAME_ANCESTORS: &str = "X-Lti-Frame-Ancestors";

/// How long a list or a text may be, in bytes: proxies accept a few kilobytes of headers.
const MAX_BYTES: usize = 1500;

/// What could end an element of a list, or be read in two ways.
const ITEM: &AsciiSet = &CONTROLS.add(b' ').add(b',').add(b'%').add(b'"').add(b'\\').add(b';');

/// The same for a part between colons.
const PART: &AsciiSet = &ITEM.add(b':');

/// The headers of a person, except for [`TOKEN`] and [`FRAME_ANCESTORS`]: values that no text from a
/// platform can break.
///
/// # Errors
///
/// If the database cannot be read.
pub fn headers(
    read: Read<'_>,
    admitted: &Admitted,
) -> Result<Vec<(&'static str, String)>, store::Error> {
    let tool_role = tool_role(read, &admitted.active, &admitted.resource)?.unwrap_or_default();
    Ok(NAMES
        .into_iter()
        .filter(|name| !matches!(*name, TOKEN | FRAME_ANCESTORS))
        .map(|name| (name, value(name, admitted, &tool_role)))
        .collect())
}

/// The value of one header; empty if there is none.
fn value(name: &str, admitted: &Admitted, tool_role: &str) -> String {
    let Admitted { active, resource } = admitted;
    let (details, account) = (&active.session.details, active.account.as_ref());
    let optional = |text: &Option<String>| text.as_deref().map(item).unwrap_or_default();
    match name {
        "Remote-User" | "X-Auth-Request-User" | "X-Auth-Request-Preferred-Username" => {
            account.map(|account| account.username.to_string()).unwrap_or_default()
        }
        "Remote-Name" => account.map(|_| name_of(&admitted.active)).unwrap_or_default(),
        "Remote-Groups" | "X-Auth-Request-Groups" => {
            let groups = groups(details, &active.registration.slug, &resource.slug, tool_role);
            joined(groups.into_iter())
        }
        "X-Lti-Account" => account.map(|account| account.uuid.to_string()).unwrap_or_default(),
        // Apps trust these.
        "Remote-Email" | "X-Auth-Request-Email" if is_verified(admitted) => {
            account.and(details.email.as_deref()).map(item).unwrap_or_default()
        }
        "X-Lti-Email" => account.and(details.email.as_deref()).map(item).unwrap_or_default(),
        "X-Lti-Email-Verified" => {
            let verified = is_verified(admitted).to_string();
            account.and(details.email.as_ref()).map(|_| verified).unwrap_or_default()
        }
        "X-Lti-Role" => item(&details.role),
        "X-Lti-Tool-Role" => item(tool_role),
        "X-Lti-Roles" => joined(details.roles.iter().map(|role| item(role))),
        "X-Lti-Resource" => resource.slug.to_string(),
        "X-Lti-Registration" => active.registration.slug.to_string(),
        "X-Lti-Deployment" => item(&details.deployment_id),
        "X-Lti-Context" => optional(&details.context_id),
        "X-Lti-Context-Title" => details.context_title.as_deref().map(text).unwrap_or_default(),
        "X-Lti-Launch-Id" => active.session.launch_id.to_string(),
        "X-Lti-Locale" => optional(&details.locale),
        "X-Lti-Expires" => active.session.expires_at.as_second().to_string(),
        _ => String::new(),
    }
}

/// Whether the platform's addresses count as verified.
fn is_verified(admitted: &Admitted) -> bool {
    admitted.active.registration.policy.email == PlatformEmail::Verified
}

/// The person's full name: the one of the account, or else the platform's.
pub fn name_of(active: &ActiveSession) -> String {
    let account = active.account.as_ref();
    let of_account = account.and_then(|account| account.profile.full_name());
    let of_platform = active.session.details.name.as_deref();
    of_account.as_deref().or(of_platform).map(text).unwrap_or_default()
}

/// The groups of a person: the role in the app, by itself and at the resource; the course, by itself
/// and with their role there.
pub fn groups(
    details: &LaunchDetails,
    registration: &Slug,
    resource: &Slug,
    tool_role: &str,
) -> Vec<String> {
    let mut groups = Vec::new();
    if !tool_role.is_empty() {
        groups.extend([item(tool_role), format!("{}:{}", resource, part(tool_role))]);
    }
    if let Some(context_id) = &details.context_id {
        let course = format!(
            "course:{}:{}:{}",
            registration,
            part(&details.deployment_id),
            part(context_id)
        );
        groups.extend([format!("{course}:{}", part(&details.role)), course]);
    }
    groups
}

/// Elements with commas between them; those that would make the list too long are left out.
fn joined(items: impl Iterator<Item = String>) -> String {
    let mut list = String::new();
    for item in items.filter(|item| !item.is_empty()) {
        if list.len() + 1 + item.len() > MAX_BYTES {
            continue;
        }
        if !list.is_empty() {
            list.push(',');
        }
        list.push_str(&item);
    }
    list
}

/// A value, or an element of a list: visible ASCII, the rest percent-encoded.
fn item(text: &str) -> String {
    utf8_percent_encode(text, ITEM).to_string()
}

/// A part between colons.
fn part(text: &str) -> String {
    utf8_percent_encode(text, PART).to_string()
}

/// A text for people, in UTF-8, in one line.
fn text(text: &str) -> String {
    let spaced: String = text
        .chars()
        .map(|character| if character.is_control() { ' ' } else { character })
        .collect();
    let trimmed = spaced.trim();
    trimmed[..trimmed.floor_char_boundary(MAX_BYTES)].trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_can_end_its_header_or_its_element() {
        for (value, as_item, as_part, as_text) in [
            ("plain-1.x@y", "plain-1.x@y", "plain-1.x@y", "plain-1.x@y"),
            ("a,b", "a%2Cb", "a%2Cb", "a,b"),
            ("a:b", "a:b", "a%3Ab", "a:b"),
            ("100%", "100%25", "100%25", "100%"),
            ("a b", "a%20b", "a%20b", "a b"),
            (
                "a\r\nX-Lti-Role: admin",
                "a%0D%0AX-Lti-Role:%20admin",
                "a%0D%0AX-Lti-Role%3A%20admin",
                "a  X-Lti-Role: admin",
            ),
            ("Zoë Š", "Zo%C3%AB%20%C5%A0", "Zo%C3%AB%20%C5%A0", "Zoë Š"),
            (" \u{85}x\u{7f}\0", "%20%C2%85x%7F%00", "%20%C2%85x%7F%00", "x"),
            ("\"\\;", "%22%5C%3B", "%22%5C%3B", "\"\\;"),
            ("", "", "", ""),
        ] {
            assert_eq!([item(value), part(value), text(value)], [as_item, as_part, as_text]);
        }
        assert_eq!(text(&"é".repeat(1000)).len(), MAX_BYTES);
    }

    #[test]
    fn lists_have_whole_elements() {
        let long = "r".repeat(1000);
        for (items, expected) in [
            (vec!["a", "", "b"], "a,b"),
            (vec![], ""),
            (vec![&*long, &long, "b"], &*format!("{long},b")),
        ] {
            assert_eq!(joined(items.into_iter().map(str::to_owned)), expected);
        }
    }

    #[test]
    fn groups_cannot_be_imitated_by_a_course() {
        let details = |deployment: &str, context: Option<&str>| LaunchDetails {
            deployment_id: deployment.to_owned(),
            context_id: context.map(str::to_owned),
            role: "staff".to_owned(),
            ..LaunchDetails::default()
        };
        for (details, tool_role, expected) in [
            (
                details("1", Some("2")),
                "teacher",
                "teacher,quiz:teacher,course:moodle:1:2:staff,course:moodle:1:2",
            ),
            (
                details("1:2", Some("3,admin")),
                "student",
                "student,quiz:student,course:moodle:1%3A2:3%2Cadmin:staff,course:moodle:1%3A2:3%2Cadmin",
            ),
            (details("1", None), "student", "student,quiz:student"),
            (details("1", Some("2")), "", "course:moodle:1:2:staff,course:moodle:1:2"),
        ] {
            let [moodle, quiz] = ["moodle", "quiz"].map(|slug| Slug::new(slug).unwrap());
            assert_eq!(groups(&details, &moodle, &quiz, tool_role).join(","), expected);
        }
    }
}
