//! What we sign ourselves: any message as a compact JWS, and the launch token with which an app behind this tool learns who has launched what.

use std::collections::BTreeMap;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde_json::{Value, json};

use super::claims::Claims;
use super::roles::Role;

/// How long a launch token is valid, in seconds.
pub const LIFETIME_SECONDS: i64 = 60;

/// A private key that cannot be read or does not sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the private key is not an RSA key in PKCS #8, or it cannot sign")]
pub struct UnusableKey;

/// Signs claims with RS256 into a compact JWS (RFC 7515, section 3.1) whose header names the key.
///
/// # Errors
///
/// [`UnusableKey`].
pub fn sign(claims: &Value, kid: &str, private_key_pkcs8_der: &[u8]) -> Result<String, UnusableKey> {
    let pair = RsaKeyPair::from_pkcs8(private_key_pkcs8_der).map_err(|_| UnusableKey)?;
    let header = json!({ "typ": "JWT", "alg": "RS256", "kid": kid });
    let mut token = format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()));
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), token.as_bytes(), &mut signature).map_err(|_| UnusableKey)?;
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut token);
    Ok(token)
}

/// A name for a person that an app can keep: the same at every launch from the same platform, different between platforms, and not their ID there.
///
/// It is the base64url of the SHA-256 of issuer, line feed and the platform's `sub`.
pub fn person_id(issuer: &str, sub: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, format!("{issuer}\n{sub}").as_bytes()))
}

/// The claims of a launch token. What is unknown is `null`, except that `sub` is left out for a launch of nobody in particular.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct LaunchToken {
    /// The tool's public URL.
    pub iss: String,
    /// The origin of the app for which it is.
    pub aud: String,
    /// When it was made, in seconds since 1970.
    pub iat: i64,
    /// When it ends, in seconds since 1970: [`LIFETIME_SECONDS`] after `iat`.
    pub exp: i64,
    /// Different in every token, so that an app can refuse to take one twice.
    pub jti: String,
    /// The person as [`person_id`] names them; absent when the launch is anonymous.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub: Option<String>,
    /// Who launched; `null` when the launch is anonymous.
    pub user: Option<User>,
    /// What they may do: `admin`, `staff` or `learner`.
    pub role: Role,
    /// The LTI roles as the platform sent them.
    pub roles: Vec<String>,
    /// What was launched.
    pub resource: Resource,
    /// The course or whatever else the link stands in.
    pub context: Option<Context>,
    /// The link on the platform.
    pub resource_link: Option<ResourceLink>,
    /// The platform from which the launch comes.
    pub platform: Platform,
    /// The custom parameters of the link.
    pub custom: BTreeMap<String, String>,
}

/// Who hands the token to whom, and when.
pub struct Envelope {
    /// The tool's public URL.
    pub tool_url: String,
    /// The origin of the app.
    pub app_origin: String,
    /// Our clock, in seconds since 1970.
    pub now_seconds: i64,
    /// A fresh name for the token.
    pub jti: String,
}

impl LaunchToken {
    /// The claims for a verified launch.
    pub fn new(envelope: Envelope, launch: &Claims, role: Role, resource: Resource, platform: Platform) -> Self {
        Self {
            iss: envelope.tool_url,
            aud: envelope.app_origin,
            iat: envelope.now_seconds,
            exp: envelope.now_seconds.saturating_add(LIFETIME_SECONDS),
            jti: envelope.jti,
            sub: launch.sub().map(|sub| person_id(&platform.issuer, sub)),
            user: User::of(launch),
            role,
            roles: launch.roles().to_vec(),
            resource,
            context: launch.context().map(|context| Context {
                id: context.id.to_owned(),
                label: context.label.map(str::to_owned),
                title: context.title.map(str::to_owned),
                types: context.types.into_iter().map(str::to_owned).collect(),
            }),
            resource_link: launch.resource_link().map(|link| ResourceLink { id: link.id.to_owned(), title: link.title.map(str::to_owned) }),
            platform,
            custom: launch.custom().clone(),
        }
    }

    /// Signs the token with one of our keys.
    ///
    /// # Errors
    ///
    /// [`UnusableKey`].
    pub fn sign(&self, kid: &str, private_key_pkcs8_der: &[u8]) -> Result<String, UnusableKey> {
        sign(&json!(self), kid, private_key_pkcs8_der)
    }
}

/// Who launched, as far as the platform tells.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct User {
    /// Their ID on the platform.
    pub sub: String,
    /// Full name.
    pub name: Option<String>,
    /// Given name.
    pub given_name: Option<String>,
    /// Family name.
    pub family_name: Option<String>,
    /// E-mail address, which nobody has verified.
    pub email: Option<String>,
    /// Preferred language (BCP 47).
    pub locale: Option<String>,
}

impl User {
    /// The user of a verified launch, or nothing if it is anonymous.
    pub fn of(launch: &Claims) -> Option<Self> {
        let text = |value: Option<&str>| value.map(str::to_owned);
        Some(Self {
            sub: launch.sub()?.to_owned(),
            name: text(launch.name()),
            given_name: text(launch.given_name()),
            family_name: text(launch.family_name()),
            email: text(launch.email()),
            locale: text(launch.locale()),
        })
    }
}

/// What was launched.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Resource {
    /// Its UUID, which never changes.
    pub uuid: String,
    /// Its slug.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// `course` or `activity`.
    pub kind: String,
}

/// The course or whatever else the link stands in. Its ID is unique within a deployment.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Context {
    /// Its ID on the platform.
    pub id: String,
    /// Its short name.
    pub label: Option<String>,
    /// Its full name.
    pub title: Option<String>,
    /// What kind of context it is, as sent.
    #[serde(rename = "type")]
    pub types: Vec<String>,
}

/// The link on the platform. Its ID is unique within a deployment.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct ResourceLink {
    /// Its ID on the platform.
    pub id: String,
    /// What it is called there.
    pub title: Option<String>,
}

/// The platform from which the launch comes.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Platform {
    /// Its issuer.
    pub issuer: String,
    /// The client ID of the registration.
    pub client_id: String,
    /// The deployment of the launch.
    pub deployment_id: String,
    /// The slug of the registration.
    pub registration: String,
    /// What the platform calls itself.
    pub name: Option<String>,
    /// The product, such as `moodle` or `canvas`.
    pub product_family_code: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lti::test_support::{KID, key_pair, verification_key};

    fn claims(sub: Option<&str>) -> Claims {
        let mut payload = json!({
            "name": "Sam Student", "email": "sam@a.example",
            "https://purl.imsglobal.org/spec/lti/claim/roles": ["Learner"],
            "https://purl.imsglobal.org/spec/lti/claim/context": { "id": "2", "label": "BIO101", "title": "Biology 101", "type": ["CourseSection"] },
            "https://purl.imsglobal.org/spec/lti/claim/resource_link": { "id": "1", "title": "Essay on cells" },
            "https://purl.imsglobal.org/spec/lti/claim/custom": { "id": "u" },
        });
        if let Some(sub) = sub {
            payload["sub"] = json!(sub);
        }
        Claims::read(payload.to_string()).expect("claims")
    }

    fn token(sub: Option<&str>) -> LaunchToken {
        let resource = Resource { uuid: "u".into(), slug: "quiz".into(), name: "Quiz".into(), kind: "activity".into() };
        let platform = Platform {
            issuer: "https://lms.example".into(),
            client_id: "c".into(),
            deployment_id: "7".into(),
            registration: "moodle-prod".into(),
            name: Some("Moodle".into()),
            product_family_code: None,
        };
        let envelope =
            Envelope { tool_url: "https://tool.example.edu".into(), app_origin: "https://app.example.edu".into(), now_seconds: 1000, jti: "j".into() };
        LaunchToken::new(envelope, &claims(sub), Role::Learner, resource, platform)
    }

    #[test]
    fn the_token_says_what_the_documentation_says() {
        assert_eq!(
            json!(token(Some("4"))),
            json!({
                "iss": "https://tool.example.edu", "aud": "https://app.example.edu", "iat": 1000, "exp": 1060, "jti": "j",
                "sub": person_id("https://lms.example", "4"),
                "user": { "sub": "4", "name": "Sam Student", "given_name": null, "family_name": null, "email": "sam@a.example", "locale": null },
                "role": "learner", "roles": ["Learner"],
                "resource": { "uuid": "u", "slug": "quiz", "name": "Quiz", "kind": "activity" },
                "context": { "id": "2", "label": "BIO101", "title": "Biology 101", "type": ["CourseSection"] },
                "resource_link": { "id": "1", "title": "Essay on cells" },
                "platform": { "issuer": "https://lms.example", "client_id": "c", "deployment_id": "7", "registration": "moodle-prod", "name": "Moodle",
                              "product_family_code": null },
                "custom": { "id": "u" },
            })
        );
        let anonymous = json!(token(None));
        assert!(anonymous.get("sub").is_none());
        assert!(anonymous["user"].is_null());
    }

    #[test]
    fn a_person_has_one_id_per_platform() {
        assert_eq!(person_id("https://lms.example", "4"), person_id("https://lms.example", "4"));
        assert_ne!(person_id("https://lms.example", "4"), person_id("https://lms.example", "5"));
        assert_ne!(person_id("https://lms.example", "4"), person_id("https://other.example", "4"));
        assert_eq!(person_id("a", "b").len(), 43);
    }

    #[test]
    fn the_signature_holds() {
        let token = token(Some("4")).sign(KID, &key_pair().pkcs8_der).expect("signs");
        let (input, signature) = token.rsplit_once('.').expect("three segments");
        assert!(verification_key().verifies(crate::lti::algorithm::find("RS256").unwrap(), input.as_bytes(), signature));
        let header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(input.split('.').next().expect("a header")).expect("base64url")).expect("JSON");
        assert_eq!(header, json!({ "typ": "JWT", "alg": "RS256", "kid": KID }));
        assert_eq!(sign(&json!({}), KID, b"not a key"), Err(UnusableKey));
    }
}
