//! What an app behind a proxy learns about a person, as headers.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use super::Admitted;
use crate::domain::{IdentityHeader, LaunchDetails, PlatformEmail, Slug};
use crate::session::{ActiveSession, tool_role};
use crate::store::{self, Read};

/// The header with the signed token.
pub const TOKEN: &str = "X-Lti-Token";

/// The header with the origins that may frame the app.
pub const FRAME_ANCESTORS: &str = "X-Lti-Frame-Ancestors";

/// The names of all headers, in the order of the response. Every response has all of them, empty if
/// there is no value: proxies then remove what a browser sends under these names.
pub fn names() -> impl Iterator<Item = &'static str> {
    IdentityHeader::WORDS.iter().copied().chain([TOKEN, FRAME_ANCESTORS])
}

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
    let omitted = &admitted.resource.app.omit_headers;
    let value = |header| match omitted.has(header) {
        true => String::new(),
        false => value(header, admitted, &tool_role),
    };
    Ok(IdentityHeader::ALL.iter().map(|header| (header.as_str(), value(*header))).collect())
}

/// The value of one header; empty if there is none.
fn value(header: IdentityHeader, admitted: &Admitted, tool_role: &str) -> String {
    use IdentityHeader as H;
    let Admitted { active, resource } = admitted;
    let (details, account) = (&active.session.details, active.account.as_ref());
    let optional = |text: &Option<String>| text.as_deref().map(item).unwrap_or_default();
    match header {
        H::RemoteUser | H::AuthUser | H::AuthUsername => {
            account.map(|account| account.username.to_string()).unwrap_or_default()
        }
        H::RemoteName => account.map(|_| name_of(&admitted.active)).unwrap_or_default(),
        H::RemoteGroups | H::AuthGroups => {
            let groups = groups(details, &active.registration.slug, &resource.slug, tool_role);
            joined(groups.into_iter())
        }
        H::Account => account.map(|account| account.uuid.to_string()).unwrap_or_default(),
        // Apps trust these.
        H::RemoteEmail | H::AuthEmail if !is_verified(admitted) => String::new(),
        H::RemoteEmail | H::AuthEmail | H::Email => {
            account.and(details.email.as_deref()).map(item).unwrap_or_default()
        }
        H::EmailVerified => {
            let verified = is_verified(admitted).to_string();
            account.and(details.email.as_ref()).map(|_| verified).unwrap_or_default()
        }
        H::Role => item(&details.role),
        H::ToolRole => item(tool_role),
        H::Roles => joined(details.roles.iter().map(|role| item(role))),
        H::Resource => resource.slug.to_string(),
        H::Registration => active.registration.slug.to_string(),
        H::Deployment => item(&details.deployment_id),
        H::Context => optional(&details.context_id),
        H::ContextTitle => details.context_title.as_deref().map(text).unwrap_or_default(),
        H::LaunchId => active.session.launch_id.to_string(),
        H::Locale => optional(&details.locale),
        H::Expires => active.session.expires_at.as_second().to_string(),
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
