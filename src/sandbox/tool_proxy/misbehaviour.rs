//! The table of misbehaviours during a registration by LTI 2.0, one line each.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use serde_json::{Value, json};

use crate::sandbox::fields::Fields;
use crate::sandbox::words::words;

/// The part of a registration that a misbehaviour changes.
#[derive(Clone, Copy)]
pub(super) enum Effect {
    /// The form that is sent to the registration URL, before it is signed.
    Request(fn(&mut Fields)),
    /// What the form is signed with.
    Signature(fn(&mut Signature)),
    /// The form after it was signed.
    Sent(fn(&mut Fields)),
    /// The profile.
    Profile(fn(&mut Value)),
    /// The whole response with the profile.
    ProfileResponse(fn() -> Response),
    /// The response to an accepted tool proxy.
    Reply(fn(&mut Reply)),
    /// The URL at which the platform confirms or discards a tool proxy.
    ConfirmUrl(fn(&mut String)),
}

/// What a request to register again is signed with.
pub(super) struct Signature {
    pub(super) key: String,
    pub(super) secret: String,
    /// In seconds since 1970.
    pub(super) timestamp: i64,
    pub(super) nonce: String,
    /// The nonce of the message before this one.
    pub(super) previous_nonce: String,
}

/// The response to a tool proxy.
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) body: Value,
    /// The key of the tool that was launched before.
    pub(super) other_key: String,
}

/// Defines the enum from the table.
macro_rules! cases {
    ($(#[$documentation:meta])* $type:ident { $($variant:ident $name:literal $description:literal => $effect:expr;)+ }) => {
        words! {
            $(#[$documentation])*
            $type, "misbehaviour" { $($variant $name $description,)+ }
        }

        impl $type {
            pub(super) fn effect(self) -> Effect {
                match self { $(Self::$variant => $effect,)+ }
            }
        }
    };
}

cases! {
/// Something that the platform does wrong during a registration by LTI 2.0.
ProxyMisbehaviour {
    Reregistration "reregistration" "It asks to register again, without a signature" => Effect::Request(|f| set(f, "lti_message_type", CHANGE));
    VersionOther "version-other" "lti_version is LTI-1p0" => Effect::Request(|f| set(f, "lti_version", "LTI-1p0"));
    KeyMissing "key-missing" "No reg_key is sent" => Effect::Request(|f| unset(f, "reg_key"));
    PasswordMissing "password-missing" "No reg_password is sent" => Effect::Request(|f| unset(f, "reg_password"));
    PasswordWrong "password-wrong" "Another reg_password is sent, so that the signature does not match" => Effect::Request(|f| set(f, "reg_password", "wrong"));
    ReturnForeign "return-foreign" "The return URL is on another host" => Effect::Request(|f| set(f, RETURN_URL, "https://phishing.example/return"));
    ReturnScript "return-script" "The return URL is a script" => Effect::Request(|f| set(f, RETURN_URL, "javascript:alert(1)"));
    ProfileForeign "profile-foreign" "The profile is on another host" => Effect::Request(|f| set(f, "tc_profile_url", "https://profile.example/profile"));
    ProfileFile "profile-file" "The profile is a file" => Effect::Request(|f| set(f, "tc_profile_url", "file:///etc/passwd"));
    NoLaunches "no-launches" "The profile does not offer launches" => Effect::Profile(|p| withdraw(p, "basic-lti-launch-request"));
    NoUser "no-user" "The profile does not offer User.id" => Effect::Profile(|p| withdraw(p, "User.id"));
    NoRoles "no-roles" "The profile does not offer Membership.role" => Effect::Profile(|p| withdraw(p, "Membership.role"));
    NoGrades "no-grades" "The profile does not offer grades; valid" => Effect::Profile(|p| for name in ["Result.sourcedId", "Result.autocreate", "BasicOutcome.sourcedId", "BasicOutcome.url"] { withdraw(p, name) });
    NoService "no-service" "The profile has no service that accepts tool proxies" => Effect::Profile(|p| p["service_offered"] = json!([]));
    ServiceForeign "service-foreign" "The service that accepts tool proxies is on another host" => Effect::Profile(|p| p["service_offered"][0]["endpoint"] = json!("https://collector.example/proxy"));
    ProfileTooBig "profile-too-big" "The profile is larger than a megabyte" => Effect::Profile(|p| p["padding"] = json!("x".repeat(1_100_000)));
    ProfileList "profile-list" "The profile is a list" => Effect::Profile(|p| *p = json!([p.take()]));
    ProfileHtml "profile-html" "The profile is an HTML page" => Effect::ProfileResponse(|| Html("<!doctype html><title>Log in</title>").into_response());
    ProfileMissing "profile-missing" "The profile does not exist (404)" => Effect::ProfileResponse(|| (StatusCode::NOT_FOUND, "not found\n").into_response());
    ProfileRedirect "profile-redirect" "The profile redirects to a cloud's metadata address" => Effect::ProfileResponse(|| {
        let location = HeaderValue::from_static("http://169.254.169.254/latest/meta-data/");
        (StatusCode::FOUND, [(header::LOCATION, location)]).into_response()
    });
    Refused "refused" "It refuses the tool proxy without an explanation (400)" => Effect::Reply(|r| (r.status, r.body) = (StatusCode::BAD_REQUEST, Value::Null));
    GuidMissing "guid-missing" "It accepts the tool proxy, but sends no GUID" => Effect::Reply(|r| r.body["tool_proxy_guid"] = Value::Null);
    GuidTaken "guid-taken" "The GUID is the key of the tool that was entered or registered before" => Effect::Reply(|r| r.body["tool_proxy_guid"] = json!(r.other_key));
    HalfMissing "half-missing" "It sends no half of the secret" => Effect::Reply(|r| r.body["tc_half_shared_secret"] = Value::Null);
}
}

cases! {
/// Something that the platform does wrong when it registers again by LTI 2.0.
ChangeMisbehaviour {
    Unsigned "unsigned" "The request is not signed" => Effect::Sent(|f| f.retain(|(name, _)| !name.starts_with("oauth_")));
    SecretWrong "secret-wrong" "It is signed with another secret" => Effect::Signature(|s| s.secret = "wrong".to_owned());
    KeyUnknown "key-unknown" "Its consumer key is unknown" => Effect::Signature(|s| s.key = "unknown".to_owned());
    Old "old" "It is ten minutes old" => Effect::Signature(|s| s.timestamp -= 600);
    NonceRepeated "nonce-repeated" "It has the nonce of the message before it" => Effect::Signature(|s| s.nonce = s.previous_nonce.clone());
    Altered "altered" "The return URL was changed after the signature" => Effect::Sent(|f| set(f, RETURN_URL, "https://phishing.example/return"));
    VersionOther "version-other" "lti_version is LTI-1p0" => Effect::Request(|f| set(f, "lti_version", "LTI-1p0"));
    ReturnForeign "return-foreign" "The return URL is on another host" => Effect::Request(|f| set(f, RETURN_URL, "https://phishing.example/return"));
    ProfileForeign "profile-foreign" "The profile is on another host than at the registration" => Effect::Request(|f| {
        set(f, "tc_profile_url", "https://profile.example/profile");
        set(f, RETURN_URL, "https://profile.example/return");
    });
    NoUser "no-user" "The profile does not offer User.id" => Effect::Profile(|p| withdraw(p, "User.id"));
    ServiceForeign "service-foreign" "The service that accepts tool proxies is on another host" => Effect::Profile(|p| p["service_offered"][0]["endpoint"] = json!("https://collector.example/proxy"));
    Refused "refused" "It refuses the tool proxy without an explanation (400)" => Effect::Reply(|r| (r.status, r.body) = (StatusCode::BAD_REQUEST, Value::Null));
    GuidMissing "guid-missing" "It accepts the tool proxy, but sends no GUID" => Effect::Reply(|r| r.body["tool_proxy_guid"] = Value::Null);
    GuidOther "guid-other" "It accepts the tool proxy with another GUID" => Effect::Reply(|r| r.body["tool_proxy_guid"] = json!("another"));
    HalfMissing "half-missing" "It sends no half of the secret" => Effect::Reply(|r| r.body["tc_half_shared_secret"] = Value::Null);
    ConfirmUrlOther "confirm-url-other" "It confirms at a URL that the tool has not named" => Effect::ConfirmUrl(|url| url.push('x'));
}
}

/// The message with which the platform asks for another tool proxy, as a capability, too.
pub(super) const CHANGE: &str = "ToolProxyReregistrationRequest";

pub(super) const RETURN_URL: &str = "launch_presentation_return_url";

fn set(fields: &mut Fields, name: &str, value: &str) {
    unset(fields, name);
    fields.push((name.to_owned(), value.to_owned()));
}

fn unset(fields: &mut Fields, name: &str) {
    fields.retain(|(field, _)| field != name);
}

/// Removes a capability from those that are offered.
fn withdraw(profile: &mut Value, capability: &str) {
    if let Some(offered) = profile["capability_offered"].as_array_mut() {
        offered.retain(|name| name != capability);
    }
}
