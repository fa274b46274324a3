//! The table of misbehaviours of launches by LTI 1.1, one line each.

use super::oauth::{FormSignature, Signing};
use crate::sandbox::fields::Fields;
use crate::sandbox::words::UnknownWord;

/// What a misbehaviour depends on.
pub(super) struct Facts<'a> {
    pub(super) secret: &'a str,
    /// In seconds since 1970.
    pub(super) now: i64,
    /// The nonce of the launch before this one.
    pub(super) previous_nonce: Option<&'a str>,
}

/// The part of a launch that a misbehaviour changes.
pub(super) enum Effect {
    /// The fields, those of OAuth included, before they are signed.
    Fields(fn(&mut Fields, &Facts<'_>)),
    /// How they are signed.
    Signing(fn(&mut Signing)),
    /// The fields after they were signed.
    Sent(fn(&mut Fields)),
    /// The URL that the form is sent to, after it was signed.
    Url(fn(&mut String)),
    /// The form is sent by GET.
    ByGet,
}

/// Defines the enum from the table.
macro_rules! cases {
    ($($group:literal { $($variant:ident $name:literal $description:literal => $effect:expr;)+ })+) => {
        /// Something that the platform does wrong or in an unusual way in a launch of LTI 1.1.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum FormMisbehaviour { $($(#[doc = $description] $variant,)+)+ }

        impl FormMisbehaviour {
            /// All misbehaviours, in the order of the page.
            pub const ALL: &'static [Self] = &[$($(Self::$variant,)+)+];

            /// The name in forms and on command lines.
            pub fn name(self) -> &'static str {
                match self { $($(Self::$variant => $name,)+)+ }
            }

            /// A description of what is sent.
            pub fn description(self) -> &'static str {
                match self { $($(Self::$variant => $description,)+)+ }
            }

            /// The part of the launch that is affected, as a heading.
            pub fn group(self) -> &'static str {
                match self { $($(Self::$variant)|+ => $group,)+ }
            }

            pub(super) fn effect(self) -> Effect {
                match self { $($(Self::$variant => $effect,)+)+ }
            }
        }
    };
}

impl FormMisbehaviour {
    /// Whether a tool must accept the launch, because the specifications allow what is sent.
    pub fn is_valid(self) -> bool {
        matches!(
            self,
            Self::Sha256
                | Self::VersionMissing
                | Self::CallbackMissing
                | Self::AlmostOld
                | Self::QuerySigned
                | Self::QueryRepeated
                | Self::CustomTwice
                | Self::EmptyFields
                | Self::SpacesInFields
                | Self::LineBreaks
                | Self::ExtraFields
                | Self::HostileNames
                | Self::UnresolvedVariables
                | Self::RolesMissing
                | Self::ContextMissing
        )
    }
}

impl std::fmt::Display for FormMisbehaviour {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.pad(self.name())
    }
}

impl std::str::FromStr for FormMisbehaviour {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        Self::ALL.iter().copied().find(|one| one.name() == text).ok_or_else(|| UnknownWord {
            field: "misbehaviour",
            word: text.to_owned(),
            choices: Self::ALL.iter().map(|one| one.name()).collect::<Vec<_>>().join(", "),
        })
    }
}

cases! {
    "Key and secret" {
        SecretWrong "secret-wrong" "Another secret signed" => Effect::Signing(|s| s.secret.push('x'));
        SecretWithSpace "secret-with-space" "The secret was pasted with a space at the end" => Effect::Signing(|s| s.secret.push(' '));
        SecretEmpty "secret-empty" "No secret was entered" => Effect::Signing(|s| s.secret.clear());
        KeyUnknown "key-unknown" "The consumer key is unknown" => Effect::Fields(|f, _| set(f, "oauth_consumer_key", "no-such-key"));
        KeyMissing "key-missing" "No consumer key is sent" => Effect::Fields(|f, _| unset(f, "oauth_consumer_key"));
        KeyEmpty "key-empty" "The consumer key is empty" => Effect::Fields(|f, _| set(f, "oauth_consumer_key", ""));
        KeyWithSpace "key-with-space" "The consumer key was pasted with a space at the end" => Effect::Fields(|f, _| append(f, "oauth_consumer_key", " "));
    }
    "Signature" {
        SignatureMissing "signature-missing" "No signature is sent" => Effect::Sent(|f| unset(f, "oauth_signature"));
        SignatureEmpty "signature-empty" "The signature is empty" => Effect::Sent(|f| set(f, "oauth_signature", ""));
        SignatureNotBase64 "signature-not-base64" "The signature is not base64" => Effect::Sent(|f| set(f, "oauth_signature", "!"));
        SignatureCut "signature-cut" "The signature lacks its last characters" => Effect::Sent(|f| cut(f, "oauth_signature", 4));
        Sha256 "sha256" "HMAC-SHA256" => Effect::Fields(|f, _| set(f, "oauth_signature_method", "HMAC-SHA256"));
        MethodOther "method-other" "The method is HMAC-SHA256, but HMAC-SHA1 signed" => Effect::Sent(|f| set(f, "oauth_signature_method", "HMAC-SHA256"));
        MethodPlaintext "method-plaintext" "The method is PLAINTEXT, and the signature is the secret" => Effect::Fields(|f, s| {
            set(f, "oauth_signature_method", "PLAINTEXT");
            set(f, "oauth_signature", &format!("{}&", s.secret));
        });
        MethodRsa "method-rsa" "The method is RSA-SHA1" => Effect::Fields(|f, _| set(f, "oauth_signature_method", "RSA-SHA1"));
        MethodMissing "method-missing" "No method is sent" => Effect::Fields(|f, _| unset(f, "oauth_signature_method"));
        VersionMissing "oauth-version-missing" "No version of OAuth is sent" => Effect::Fields(|f, _| unset(f, "oauth_version"));
        VersionOther "oauth-version-other" "The version of OAuth is 2.0" => Effect::Fields(|f, _| set(f, "oauth_version", "2.0"));
        CallbackMissing "callback-missing" "No oauth_callback is sent" => Effect::Fields(|f, _| unset(f, "oauth_callback"));
        SignedOtherScheme "signed-other-scheme" "http:// was signed instead of https://, or the other way round" => Effect::Signing(|s| {
            s.url = match s.url.strip_prefix("https://") {
                Some(rest) => format!("http://{rest}"),
                None => s.url.replacen("http://", "https://", 1),
            };
        });
        SignedOtherPort "signed-other-port" "Another port was signed" => Effect::Signing(|s| edit(&mut s.url, |url| url.set_port(Some(4443)).is_ok()));
        SignedOtherHost "signed-other-host" "Another host was signed" => Effect::Signing(|s| edit(&mut s.url, |url| url.set_host(Some("www.tool.example")).is_ok()));
        SignedOtherPath "signed-other-path" "A slash at the end was signed" => Effect::Signing(|s| edit(&mut s.url, |url| {
            let path = format!("{}/", url.path());
            url.set_path(&path);
            true
        }));
        SignedGet "signed-get" "GET was signed instead of POST" => Effect::Signing(|s| s.http_method = "GET");
        ByGet "by-get" "The form is sent by GET" => Effect::ByGet;
        QuerySigned "query-signed" "The launch URL has a query, which is signed" => Effect::Signing(|s| add_query(&mut s.url));
        QueryUnsigned "query-unsigned" "The launch URL has a query, which was not signed" => Effect::Url(add_query);
        QueryRepeated "query-repeated" "The query is repeated in the form; it was signed twice" => Effect::Signing(|s| add_query(&mut s.url));
    }
    "Time and nonce" {
        Old "old" "Signed seven minutes ago" => Effect::Fields(|f, s| set(f, "oauth_timestamp", &(s.now - 420).to_string()));
        AlmostOld "almost-old" "Signed four minutes ago" => Effect::Fields(|f, s| set(f, "oauth_timestamp", &(s.now - 240).to_string()));
        Future "future" "Signed in seven minutes" => Effect::Fields(|f, s| set(f, "oauth_timestamp", &(s.now + 420).to_string()));
        TimestampMissing "timestamp-missing" "No time is sent" => Effect::Fields(|f, _| unset(f, "oauth_timestamp"));
        TimestampText "timestamp-text" "The time is not a number" => Effect::Fields(|f, _| set(f, "oauth_timestamp", "now"));
        TimestampFraction "timestamp-fraction" "The time has a fraction" => Effect::Fields(|f, _| append(f, "oauth_timestamp", ".5"));
        NonceMissing "nonce-missing" "No nonce is sent" => Effect::Fields(|f, _| unset(f, "oauth_nonce"));
        NonceReused "nonce-reused" "The nonce of the launch before this one" => Effect::Fields(|f, s| {
            if let Some(nonce) = s.previous_nonce {
                set(f, "oauth_nonce", nonce);
            }
        });
        NonceLong "nonce-long" "The nonce has 10,000 characters" => Effect::Fields(|f, _| set(f, "oauth_nonce", &"n".repeat(10_000)));
    }
    "Tampering" {
        UserChanged "user-changed" "Another user_id than was signed" => Effect::Sent(|f| set(f, "user_id", "2"));
        RolesChanged "roles-changed" "Another role than was signed" => Effect::Sent(|f| set(f, "roles", "Instructor,urn:lti:sysrole:ims/lis/Administrator"));
        FieldAdded "field-added" "A custom parameter that was not signed" => Effect::Sent(|f| f.push(("custom_more".to_owned(), "1".to_owned())));
        FieldRemoved "field-removed" "A field that was signed is missing" => Effect::Sent(|f| unset(f, "context_title"));
        LineBreaksChanged "line-breaks-changed" "LF was signed, and CR LF is sent, as browsers do" => Effect::Fields(|f, _| set(f, "resource_link_description", "one\ntwo"));
        PathChanged "path-changed" "The form is sent to another resource than was signed" => Effect::Url(|url| edit(url, |url| {
            url.path_segments_mut().is_ok_and(|mut path| { path.pop().push("other"); true })
        }));
    }
    "Duplicates" {
        NonceTwice "nonce-twice" "oauth_nonce is sent twice, and both are signed" => Effect::Fields(|f, _| f.push(("oauth_nonce".to_owned(), "other".to_owned())));
        SignatureTwice "signature-twice" "oauth_signature is sent twice" => Effect::Sent(|f| repeat(f, "oauth_signature"));
        KeyTwice "key-twice" "oauth_consumer_key is sent twice, and both are signed" => Effect::Fields(|f, _| f.push(("oauth_consumer_key".to_owned(), "other".to_owned())));
        UserTwice "user-twice" "user_id is sent twice, and both are signed" => Effect::Fields(|f, _| f.push(("user_id".to_owned(), "2".to_owned())));
        RolesTwice "roles-twice" "roles is sent twice, and both are signed" => Effect::Fields(|f, _| f.push(("roles".to_owned(), "Instructor".to_owned())));
        OauthInQuery "oauth-in-query" "oauth_nonce is also in the query" => Effect::Signing(|s| s.url.push_str("?oauth_nonce=other"));
        UserInQuery "user-in-query" "Another user_id is in the query, and signed" => Effect::Signing(|s| s.url.push_str("?user_id=2"));
        CustomTwice "custom-twice" "A custom parameter is sent twice, and both are signed" => Effect::Fields(|f, _| {
            for value in ["1", "2"] {
                f.push(("custom_twice".to_owned(), value.to_owned()));
            }
        });
    }
    "Message" {
        TypeMissing "type-missing" "No lti_message_type is sent" => Effect::Fields(|f, _| unset(f, "lti_message_type"));
        TypeUnknown "type-unknown" "An unknown lti_message_type" => Effect::Fields(|f, _| set(f, "lti_message_type", "basic-lti-launch"));
        LtiVersionMissing "version-missing" "No lti_version is sent" => Effect::Fields(|f, _| unset(f, "lti_version"));
        LtiVersionUnknown "version-unknown" "lti_version is 1.3.0" => Effect::Fields(|f, _| set(f, "lti_version", "1.3.0"));
        LtiVersion2 "version-2" "lti_version is LTI-2p0, without a tool proxy" => Effect::Fields(|f, _| set(f, "lti_version", "LTI-2p0"));
        LinkMissing "link-missing" "No resource_link_id is sent" => Effect::Fields(|f, _| unset(f, "resource_link_id"));
        LinkLong "link-long" "resource_link_id has 10,000 characters" => Effect::Fields(|f, _| set(f, "resource_link_id", &"l".repeat(10_000)));
        UserMissing "user-missing" "No user_id is sent; valid only for a tool that serves anonymous people" => Effect::Fields(|f, _| unset(f, "user_id"));
        UserControl "user-control" "user_id contains control characters" => Effect::Fields(|f, _| set(f, "user_id", "4\u{7}"));
        RolesMissing "roles-missing" "No roles are sent" => Effect::Fields(|f, _| unset(f, "roles"));
        ContextMissing "context-missing" "No course is sent" => Effect::Fields(|f, _| f.retain(|(name, _)| !name.starts_with("context_")));
        EmptyFields "empty-fields" "Some fields are empty" => Effect::Fields(|f, _| {
            for name in ["resource_link_description", "custom_empty", "lis_person_sourcedid"] {
                set(f, name, "");
            }
        });
        SpacesInFields "spaces-in-fields" "A field has spaces around and in it" => Effect::Fields(|f, _| set(f, "custom_spaces", " sp  ace "));
        LineBreaks "line-breaks" "A field has line breaks, which are signed as browsers send them" => Effect::Fields(|f, _| set(f, "resource_link_description", "one\r\ntwo"));
        ExtraFields "extra-fields" "Fields that no specification names, such as that of a button" => Effect::Fields(|f, _| {
            set(f, "ext_submit", "Press to continue to external tool");
            set(f, "a[b]", "c~d*e!'()");
        });
        HostileNames "hostile-names" "Names contain markup and control characters" => Effect::Fields(|f, _| {
            set(f, "lis_person_name_full", "<script>alert(1)</script>\u{202e}");
            set(f, "context_title", "\"><img src=x onerror=alert(1)>");
        });
        UnresolvedVariables "unresolved-variables" "Custom parameters are variables that the platform does not know" => Effect::Fields(|f, _| set(f, "custom_due", "$ResourceLink.submission.endDateTime"));
        Large "large" "The form has more than 1 MB" => Effect::Fields(|f, _| set(f, "resource_link_description", &"d".repeat(1_100_000)));
    }
}

/// Sets the first field with this name, or adds it.
fn set(fields: &mut Fields, name: &str, value: &str) {
    match fields.iter_mut().find(|(field, _)| field == name) {
        Some((_, old)) => value.clone_into(old),
        None => fields.push((name.to_owned(), value.to_owned())),
    }
}

fn unset(fields: &mut Fields, name: &str) {
    fields.retain(|(field, _)| field != name);
}

fn append(fields: &mut Fields, name: &str, more: &str) {
    for (_, value) in fields.iter_mut().filter(|(field, _)| field == name) {
        value.push_str(more);
    }
}

fn repeat(fields: &mut Fields, name: &str) {
    let found = fields.iter().find(|(field, _)| field == name).cloned();
    fields.extend(found);
}

fn cut(fields: &mut Fields, name: &str, characters: usize) {
    for (_, value) in fields.iter_mut().filter(|(field, _)| field == name) {
        value.truncate(value.len().saturating_sub(characters));
    }
}

/// Adds a parameter to the query.
fn add_query(url: &mut String) {
    let mark = if url.contains('?') { '&' } else { '?' };
    url.push(mark);
    url.push_str("unit=a%20b");
}

fn edit(text: &mut String, change: impl Fn(&mut url::Url) -> bool) {
    let changed = url::Url::parse(text).ok().and_then(|mut url| change(&mut url).then_some(url));
    *text = changed.map_or_else(|| "https://tool.example/".to_owned(), String::from);
}

/// A launch that is ready to be sent.
pub(super) struct SignedLaunch {
    pub(super) url: String,
    pub(super) by_get: bool,
    pub(super) fields: Fields,
}

/// Signs the fields of a launch, with what the platform does wrong.
pub(super) fn sign(
    facts: &Facts<'_>,
    mut fields: Fields,
    url: String,
    misbehaviour: Option<FormMisbehaviour>,
) -> SignedLaunch {
    let effect = misbehaviour.map(FormMisbehaviour::effect);
    if let Some(Effect::Fields(change)) = &effect {
        change(&mut fields, facts);
    }
    let named = fields.iter().find(|(name, _)| name == "oauth_signature_method");
    let method = named.and_then(|(_, name)| name.parse().ok()).unwrap_or(FormSignature::Sha1);
    let secret = facts.secret.to_owned();
    let mut signing = Signing { http_method: "POST", url: url.clone(), secret, method };
    let mut sent_to = url;
    if let Some(Effect::Signing(change)) = &effect {
        change(&mut signing);
        // A query belongs to the URL that the form is sent to; everything else was only signed.
        if let Some((_, query)) = signing.url.split_once('?').filter(|_| !sent_to.contains('?')) {
            sent_to = format!("{sent_to}?{query}");
        }
    }
    if misbehaviour == Some(FormMisbehaviour::QueryRepeated) {
        fields.push(("unit".to_owned(), "a b".to_owned()));
    }
    if !fields.iter().any(|(name, _)| name == "oauth_signature") {
        let signature = signing.signature(&fields);
        fields.push(("oauth_signature".to_owned(), signature));
    }
    match &effect {
        Some(Effect::Sent(change)) => change(&mut fields),
        Some(Effect::Url(change)) => change(&mut sent_to),
        _ => {}
    }
    if misbehaviour == Some(FormMisbehaviour::LineBreaksChanged) {
        set(&mut fields, "resource_link_description", "one\r\ntwo");
    }
    SignedLaunch { url: sent_to, by_get: matches!(effect, Some(Effect::ByGet)), fields }
}
