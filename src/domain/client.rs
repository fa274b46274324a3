//! OpenID clients: apps that sign people in by OpenID Connect. A launch of their resource is the
//! sign-in.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use super::duration::{DAY, durations};
use super::words::words;
use super::{EndpointUrl, Invalid, Name, Random, Slug, is_loopback_host};

durations! {
    /// How long a client's previous secret is accepted after a rotation.
    ClientSecretOverlap, "overlap", (0..=90 * DAY), "1d";
}

/// Long enough for someone else to enter the new secret in the app.
impl Default for ClientSecretOverlap {
    fn default() -> Self {
        Self(DAY)
    }
}

/// An app that signs people in by OpenID Connect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// Key in the database.
    pub id: i64,
    /// How commands name it; it never changes.
    pub slug: Slug,
    /// Name, for administrators.
    pub name: Name,
    /// `client_id`; it never changes.
    pub client_id: ClientKey,
    /// Key of the resource whose launches are its sign-ins.
    pub resource_id: i64,
    /// Slug of this resource.
    pub resource: Slug,
    /// Whether people can sign in.
    pub enabled: bool,
    /// How it authenticates.
    pub auth_method: ClientAuthMethod,
    /// Where codes may be sent.
    pub redirect_uris: RedirectUris,
    /// Where people may be sent after they have signed out.
    pub post_logout_redirect_uris: RedirectUris,
    /// `initiate_login_uri`, where a launch begins the sign-in, if the app has one.
    pub login_url: Option<EndpointUrl>,
    /// The keys that it authenticates with, if they are stored here.
    pub keys: Option<ClientKeyset>,
    /// Where they are otherwise.
    pub keys_url: Option<EndpointUrl>,
    /// Which secrets are accepted.
    pub secrets: ClientSecrets,
    /// Whether each sign-in has to use PKCE. Those of public clients always have to.
    pub require_pkce: bool,
    /// What `sub` is.
    pub subject: ClientSubject,
    /// What `email` is.
    pub email: ClientEmail,
    /// What the ID token contains.
    pub id_token: IdTokenContent,
    /// Further names of claims.
    pub claims: ExtraClaims,
    /// Whether its access tokens may set grades.
    pub may_score: bool,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

impl Client {
    /// A client with the default settings, which has no key in the database yet.
    pub fn new(
        slug: Slug,
        name: Name,
        client_id: ClientKey,
        (resource_id, resource): (i64, Slug),
        now: Timestamp,
    ) -> Self {
        Self {
            id: 0,
            slug,
            name,
            client_id,
            resource_id,
            resource,
            enabled: true,
            auth_method: ClientAuthMethod::ClientSecretBasic,
            redirect_uris: RedirectUris::default(),
            post_logout_redirect_uris: RedirectUris::default(),
            login_url: None,
            keys: None,
            keys_url: None,
            secrets: ClientSecrets::default(),
            require_pkce: false,
            subject: ClientSubject::Pairwise,
            email: ClientEmail::Real,
            id_token: IdTokenContent::Short,
            claims: ExtraClaims::default(),
            may_score: false,
            created_at: now,
            updated_at: now,
        }
    }

    /// Whether it cannot keep a secret: it does not authenticate.
    pub fn is_public(&self) -> bool {
        self.auth_method == ClientAuthMethod::None
    }

    /// Whether a sign-in has to use PKCE.
    pub fn needs_pkce(&self) -> bool {
        self.require_pkce || self.is_public()
    }
}

/// The ID of a client, which the tool chooses: `app_` and 22 characters. It can equal neither an
/// origin, which is the audience of launch tokens, nor the tool's client ID on a platform.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub struct ClientKey(String);

impl ClientKey {
    const PREFIX: &'static str = "app_";

    /// A new ID: 128 random bits.
    pub fn generate(random: &Random) -> Self {
        Self(format!("{}{}", Self::PREFIX, URL_SAFE_NO_PAD.encode(random.bytes::<16>())))
    }

    /// Checks an ID, such as that of a client in a manifest.
    ///
    /// # Errors
    ///
    /// If it was not made by [`generate`](Self::generate).
    pub fn new(text: &str) -> Result<Self, Invalid> {
        let bytes =
            text.strip_prefix(Self::PREFIX).and_then(|rest| URL_SAFE_NO_PAD.decode(rest).ok());
        if bytes.is_none_or(|bytes| bytes.len() != 16) {
            let rule = "must be app_ and 22 characters, as the tool made it";
            return Err(Invalid::new("client ID", rule));
        }
        Ok(Self(text.to_owned()))
    }

    /// The ID as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ClientKey {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::new(text)
    }
}

impl fmt::Display for ClientKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

words! {
    /// How a client authenticates at the token endpoint (OpenID Connect Core 1.0, section 9).
    ClientAuthMethod, "auth_method", {
        /// By its secret, in the header Authorization.
        ClientSecretBasic = "client_secret_basic",
        /// By its secret, in the form.
        ClientSecretPost = "client_secret_post",
        /// By a JWT that it signs.
        PrivateKeyJwt = "private_key_jwt",
        /// Not at all: a public client, such as an app in a browser.
        None = "none",
    }
}

impl ClientAuthMethod {
    /// Whether the client authenticates by a secret. Such a client may use either way.
    pub fn uses_secret(self) -> bool {
        matches!(self, Self::ClientSecretBasic | Self::ClientSecretPost)
    }

    /// Parses what commands accept: the words, and `basic` and `post`.
    ///
    /// # Errors
    ///
    /// If it is another word.
    pub fn from_command(text: &str) -> Result<Self, Invalid> {
        match text {
            "basic" => Ok(Self::ClientSecretBasic),
            "post" => Ok(Self::ClientSecretPost),
            text => text.parse(),
        }
    }
}

words! {
    /// What identifies a person for a client.
    ClientSubject, "subject", {
        /// An identifier that only this app's clients get.
        Pairwise = "pairwise",
        /// The account's UUID, the same for all clients.
        Account = "account",
    }
}

words! {
    /// Which email address a client gets.
    ClientEmail, "email", {
        /// The one that the platform sends, if it sends one.
        Real = "real",
        /// One made of the username, for apps that must have one.
        MadeUp = "made-up",
        /// None.
        None = "none",
    }
}

words! {
    /// What an ID token contains.
    IdTokenContent, "id_token", {
        /// What most apps need. Apps often keep ID tokens in cookies, which have to be short.
        Short = "short",
        /// Also the claim `lti`.
        Full = "full",
    }
}

words! {
    /// A claim about a person that the tool sends.
    OpenIdClaim, "claim", {
        /// Full name.
        Name = "name",
        /// Given name.
        GivenName = "given_name",
        /// Family name.
        FamilyName = "family_name",
        /// Username of the account.
        PreferredUsername = "preferred_username",
        /// Email address.
        Email = "email",
        /// Language.
        Locale = "locale",
        /// The role in the app, by itself and at the resource, and the course.
        Groups = "groups",
        /// `learner`, `staff` or `admin`.
        Role = "role",
        /// The role in the app that the resource gives.
        ToolRole = "tool_role",
        /// The LTI roles.
        Roles = "roles",
        /// The launch.
        Lti = "lti",
    }
}

/// The scopes that clients may request.
pub const OPENID_SCOPES: [&str; 5] = ["openid", "profile", "email", "roles", "lti"];

/// Claims of the protocol (OpenID Connect Core 1.0, sections 2, 3.1.3.6 and 5.1; JWT).
const PROTOCOL_CLAIMS: [&str; 16] = [
    "iss",
    "sub",
    "aud",
    "exp",
    "iat",
    "nbf",
    "jti",
    "nonce",
    "auth_time",
    "acr",
    "amr",
    "azp",
    "sid",
    "at_hash",
    "c_hash",
    "email_verified",
];

/// Further names of claims, each with the claim whose value it has: for apps that expect, for
/// instance, `groups` under the name `memberOf`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub struct ExtraClaims(BTreeMap<String, OpenIdClaim>);

impl ExtraClaims {
    /// How many there may be.
    const MAX: usize = 50;

    /// Checks the names.
    ///
    /// # Errors
    ///
    /// If a name is that of a claim which the tool sends anyway, or cannot be one.
    pub fn new(claims: BTreeMap<String, OpenIdClaim>) -> Result<Self, Invalid> {
        if claims.len() > Self::MAX {
            let rule = format!("must be at most {} claims", Self::MAX);
            return Err(Invalid::new("claims", rule));
        }
        for name in claims.keys() {
            let is_plain = name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'=');
            if name.is_empty() || name.len() > 200 || !is_plain {
                let rule = "must have names of 1 to 200 visible ASCII characters without =";
                return Err(Invalid::new("claims", rule));
            }
            if PROTOCOL_CLAIMS.contains(&name.as_str()) || name.parse::<OpenIdClaim>().is_ok() {
                let rule = format!("must have new names, and {name} is a claim of the tool itself");
                return Err(Invalid::new("claims", rule));
            }
        }
        Ok(Self(claims))
    }

    /// The same from texts such as `memberOf=groups`.
    ///
    /// # Errors
    ///
    /// Also if a text has another form, or a name occurs twice.
    pub fn from_pairs(pairs: &[String]) -> Result<Self, Invalid> {
        let mut claims = BTreeMap::new();
        for pair in pairs {
            let rule = "must be a new name, = and the name of a claim, such as memberOf=groups";
            let (name, claim) =
                pair.trim().split_once('=').ok_or_else(|| Invalid::new("claims", rule))?;
            if claims.insert(name.to_owned(), claim.parse()?).is_some() {
                let rule = format!("must have each name once, and {name} occurs twice");
                return Err(Invalid::new("claims", rule));
            }
        }
        Self::new(claims)
    }

    /// The names with their claims, in alphabetical order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, OpenIdClaim)> {
        self.0.iter().map(|(name, claim)| (name.as_str(), *claim))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'de> Deserialize<'de> for ExtraClaims {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(BTreeMap::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// A URI to which a browser is sent with a code, or after it has signed out, byte for byte as it was
/// registered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub struct RedirectUri(String);

impl RedirectUri {
    /// The longest one, in characters.
    const MAX_CHARACTERS: usize = 2000;

    /// Checks a URI: absolute, https (http only for this machine), without fragment, user name or
    /// wildcard. A URI with a scheme of its own, such as `org.example.app:/signed-in`, opens an app
    /// on a device; its scheme contains a dot, as RFC 8252 (7.1) demands, so that it is none that
    /// browsers interpret themselves.
    ///
    /// # Errors
    ///
    /// The rule that is broken, with `field`.
    pub fn new(field: &str, text: &str) -> Result<Self, Invalid> {
        let invalid = |rule: &str| Err(Invalid::new(field, rule));
        if text.len() > Self::MAX_CHARACTERS {
            return invalid("must be at most 2000 characters long");
        }
        let is_plain =
            |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'\\' | b'"' | b'<' | b'>');
        if text.is_empty() || !text.bytes().all(is_plain) {
            return invalid(
                "must be a URL of visible ASCII characters, without spaces, quotes, backslashes or \
                 angle brackets",
            );
        }
        if text.contains('*') {
            return invalid("must not contain *: each URI is compared as a whole");
        }
        if text.contains('#') {
            return invalid("must not have a fragment (#…)");
        }
        let Ok(url) = Url::parse(text) else {
            return invalid("must be an absolute URL such as https://app.example.edu/callback");
        };
        if !url.username().is_empty() || url.password().is_some() {
            return invalid("must not contain a user name or password");
        }
        match url.scheme() {
            "https" | "http" => {
                // What browsers would read as another URL is not stored.
                let has_slashes = text
                    .split_once(':')
                    .is_some_and(|(_, rest)| rest.starts_with("//") && !rest.starts_with("///"));
                if url.host_str().is_none_or(str::is_empty) || !has_slashes {
                    return invalid(
                        "must be an absolute URL such as https://app.example.edu/callback",
                    );
                }
                if url.scheme() == "http" && !is_loopback_host(&url) {
                    return invalid("must start with https:// (http:// is for localhost)");
                }
            }
            scheme if scheme.contains('.') => {}
            _ => {
                return invalid(
                    "must start with https://, or with a scheme of your own that contains a dot, \
                     such as org.example.app:/callback",
                );
            }
        }
        Ok(Self(text.to_owned()))
    }

    /// The URI, unchanged.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The parsed URI.
    ///
    /// # Panics
    ///
    /// Never, because the text was parsed before.
    pub fn to_url(&self) -> Url {
        Url::parse(&self.0).expect("a redirect URI was parsed when it was created")
    }

    /// Whether it has a scheme of its own.
    pub fn is_of_own_scheme(&self) -> bool {
        !matches!(self.to_url().scheme(), "http" | "https")
    }

    /// Scheme, host and port, as browsers write an origin; `None` for a scheme of its own.
    pub fn origin(&self) -> Option<String> {
        (!self.is_of_own_scheme()).then(|| self.to_url().origin().ascii_serialization())
    }
}

/// URIs without duplicates, in the order in which they were given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub struct RedirectUris(Vec<RedirectUri>);

impl RedirectUris {
    /// How many there may be.
    pub const MAX: usize = 20;

    /// Checks URIs.
    ///
    /// # Errors
    ///
    /// The rule that is broken, with `field`.
    pub fn new<T: AsRef<str>>(field: &str, texts: &[T]) -> Result<Self, Invalid> {
        let mut uris: Vec<RedirectUri> = Vec::new();
        for text in texts {
            let uri = RedirectUri::new(field, text.as_ref())?;
            if !uris.contains(&uri) {
                uris.push(uri);
            }
        }
        if uris.len() > Self::MAX {
            let rule = format!("must be at most {} URIs, these are {}", Self::MAX, uris.len());
            return Err(Invalid::new(field, rule));
        }
        Ok(Self(uris))
    }

    /// Whether a URI is among them, byte for byte.
    pub fn has(&self, uri: &str) -> bool {
        self.0.iter().any(|known| known.as_str() == uri)
    }

    /// The URIs.
    pub fn iter(&self) -> std::slice::Iter<'_, RedirectUri> {
        self.0.iter()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Their texts.
    pub fn texts(&self) -> Vec<String> {
        self.0.iter().map(|uri| uri.0.clone()).collect()
    }
}

/// Reads what was stored, which was checked before.
impl<'de> Deserialize<'de> for RedirectUris {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let texts = Vec::<String>::deserialize(deserializer)?;
        Self::new("redirect URI", &texts).map_err(serde::de::Error::custom)
    }
}

/// The public keys of a client, a JSON Web Key Set as it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientKeyset(String);

impl ClientKeyset {
    /// The longest one, in bytes.
    const MAX_BYTES: usize = 64 * 1024;

    /// Checks a keyset: an object with one or more keys, none of them private. Whether the keys can
    /// be used is checked with the algorithms of the protocol.
    ///
    /// # Errors
    ///
    /// The rule that is broken.
    pub fn new(text: &str) -> Result<Self, Invalid> {
        let invalid = |rule: &str| Err(Invalid::new("keys", rule));
        let text = text.trim();
        if text.len() > Self::MAX_BYTES {
            return invalid("must be at most 64 KiB");
        }
        let Ok(document) = serde_json::from_str::<Value>(text) else {
            return invalid("must be a JSON Web Key Set, which is JSON");
        };
        let keys = document.get("keys").and_then(Value::as_array);
        let Some(keys) = keys.filter(|keys| !keys.is_empty()) else {
            return invalid("must be a JSON Web Key Set: an object with one or more \"keys\"");
        };
        // RFC 7518, 6.2.2, 6.3.2 and 6.4.
        let is_private =
            |key: &Value| ["d", "p", "q", "k"].iter().any(|name| key.get(name).is_some());
        if keys.iter().any(is_private) {
            return invalid("must be public keys, and one of these is private or a shared secret");
        }
        Ok(Self(text.to_owned()))
    }

    /// Accepts a keyset from the database, which contains only checked ones.
    pub(crate) fn stored(text: String) -> Self {
        Self(text)
    }

    /// The keyset as JSON.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The keyset as a value.
    pub fn to_json(&self) -> Value {
        serde_json::from_str(&self.0).unwrap_or_default()
    }
}

/// A text that identifies a client, which is shown once and never stored.
pub struct ClientSecret(String);

impl ClientSecret {
    /// The shortest one that an administrator may choose, in characters.
    pub const MIN_CHARACTERS: usize = 32;

    /// A new secret: 256 random bits.
    pub fn generate(random: &Random) -> Self {
        Self(URL_SAFE_NO_PAD.encode(random.bytes::<32>()))
    }

    /// Checks a secret that an administrator has chosen.
    ///
    /// # Errors
    ///
    /// If it is too short or too long, or has characters that apps may not send as they are.
    pub fn new(text: &str) -> Result<Self, Invalid> {
        let invalid = |rule: String| Err(Invalid::new("secret", rule));
        if text.len() < Self::MIN_CHARACTERS || text.len() > 500 {
            return invalid(format!(
                "must have {} to 500 characters: apps do not slow down guesses",
                Self::MIN_CHARACTERS
            ));
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return invalid("must consist of visible ASCII characters without spaces".to_owned());
        }
        Ok(Self(text.to_owned()))
    }

    /// The secret, to be shown or sent.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What is stored of it.
    pub fn digest(&self) -> SecretDigest {
        SecretDigest::of(&self.0)
    }
}

/// The SHA-256 of a secret of 256 random bits. It needs no slow hash, since it cannot be guessed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SecretDigest([u8; 32]);

impl SecretDigest {
    /// The digest of a secret.
    pub fn of(secret: &str) -> Self {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest(&SHA256, secret.as_bytes()).as_ref());
        Self(bytes)
    }

    /// Accepts a digest from the database.
    pub(crate) fn stored(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Compares it with another one in constant time.
    fn is(&self, other: &Self) -> bool {
        verify_slices_are_equal(&self.0, &other.0).is_ok()
    }
}

impl fmt::Debug for SecretDigest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SecretDigest(…)")
    }
}

/// Which secrets of a client are accepted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClientSecrets {
    /// The current one; none for a client that authenticates in another way, or that has not got
    /// one yet.
    pub digest: Option<SecretDigest>,
    /// When it was created.
    pub created_at: Option<Timestamp>,
    /// The previous one, unless it was revoked immediately.
    pub previous: Option<PreviousClientSecret>,
}

/// A replaced secret that is accepted for a while, so that the app can be updated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PreviousClientSecret {
    /// What is stored of it.
    pub digest: SecretDigest,
    /// From when it is no longer accepted.
    pub accepted_until: Timestamp,
}

impl ClientSecrets {
    /// Whether a client that sends this secret is accepted.
    pub fn accepts(&self, secret: &str, now: Timestamp) -> bool {
        let sent = SecretDigest::of(secret);
        let previous = self.previous_at(now).map(|previous| previous.digest);
        // Both comparisons are made, so that the time does not tell them apart.
        [self.digest, previous].into_iter().flatten().filter(|known| known.is(&sent)).count() > 0
    }

    /// The previous secret, if it is still accepted.
    pub fn previous_at(&self, now: Timestamp) -> Option<PreviousClientSecret> {
        self.previous.filter(|previous| now < previous.accepted_until)
    }

    /// The secrets after a rotation: the current one is accepted for `overlap` more, earlier ones no
    /// longer.
    pub fn rotated(&self, secret: &ClientSecret, now: Timestamp, overlap: SignedDuration) -> Self {
        let accepted_until = now.saturating_add(overlap).unwrap_or(Timestamp::MAX);
        Self {
            digest: Some(secret.digest()),
            created_at: Some(now),
            previous: self
                .digest
                .filter(|_| accepted_until > now)
                .map(|digest| PreviousClientSecret { digest, accepted_until }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn client_ids_are_those_of_the_tool() {
        let key = ClientKey::generate(&Random::seeded(1));
        assert_eq!(key.as_str().len(), 26);
        assert_eq!(ClientKey::new(key.as_str()), Ok(key.clone()));
        assert_ne!(key, ClientKey::generate(&Random::System));
        for text in ["", "app_", "app_short", "https://app.example.edu", &key.as_str()[4..]] {
            assert!(ClientKey::new(text).is_err(), "{text:?}");
        }
        assert!(ClientKey::new(&format!("{key}A")).is_err());
    }

    #[test]
    fn redirect_uris_are_absolute_and_unambiguous() {
        for (text, accepted) in [
            ("https://app.example.edu/callback", true),
            ("https://app.example.edu", true),
            ("https://APP.example.edu:8443/a/../b?x=%2F&y", true),
            ("http://localhost:3000/callback", true),
            ("http://127.0.0.1/callback", true),
            ("http://[::1]:9/", true),
            ("org.example.app:/callback", true),
            ("org.example.app://callback", true),
            ("", false),
            ("/callback", false),
            ("app.example.edu/callback", false),
            ("http://app.example.edu/callback", false),
            ("http://127.0.0.1.example.edu/", false),
            ("https://app.example.edu/#top", false),
            ("https://app.example.edu/#", false),
            ("https://user@app.example.edu/", false),
            ("https://:pass@app.example.edu/", false),
            ("https://*.example.edu/", false),
            ("https://app.example.edu/*", false),
            ("https:app.example.edu/callback", false),
            ("https:/app.example.edu/callback", false),
            ("https:///app.example.edu/callback", false),
            ("https:\\\\app.example.edu/", false),
            ("https://app.example.edu/a b", false),
            (" https://app.example.edu/", false),
            ("https://app.example.edu/\n", false),
            ("https://app.example.edu/é", false),
            ("https://", false),
            ("javascript:alert(1)", false),
            ("data:text/html,x", false),
            ("myapp:/callback", false),
            ("file:///etc/passwd", false),
        ] {
            let uri = RedirectUri::new("redirect URI", text);
            assert_eq!(uri.is_ok(), accepted, "{text:?}");
            if let Ok(uri) = uri {
                assert_eq!(uri.as_str(), text);
            }
        }
        let long = |length: usize| format!("https://a.example/{}", "x".repeat(length - 18));
        assert!(RedirectUri::new("u", &long(2000)).is_ok());
        assert!(RedirectUri::new("u", &long(2001)).is_err());
        let origin = |text| RedirectUri::new("u", text).unwrap().origin();
        assert_eq!(origin("https://A.example:443/x").as_deref(), Some("https://a.example"));
        assert_eq!(origin("org.example.app:/x"), None);
    }

    #[test]
    fn lists_of_uris_are_short_and_compared_as_a_whole() {
        let numbered = |count: usize| -> Vec<String> {
            (0..count).map(|number| format!("https://app.example.edu/{number}")).collect()
        };
        assert!(RedirectUris::new("u", &numbered(20)).is_ok());
        assert!(RedirectUris::new("u", &numbered(21)).is_err());
        let uri = "https://app.example.edu/a";
        let uris = RedirectUris::new("u", &[uri, uri]).unwrap();
        assert_eq!(uris.texts(), [uri]);
        for (text, expected) in [
            (uri, true),
            ("https://app.example.edu/a/", false),
            ("https://app.example.edu:443/a", false),
            ("https://app.example.edu/A", false),
            ("https://app.example.edu/a?", false),
        ] {
            assert_eq!(uris.has(text), expected, "{text}");
        }
    }

    #[test]
    fn claims_get_new_names_only() {
        let parsed = |pairs: &[&str]| {
            let pairs: Vec<String> = pairs.iter().map(|pair| (*pair).to_owned()).collect();
            ExtraClaims::from_pairs(&pairs).map(|claims| {
                claims.iter().map(|(name, claim)| format!("{name}={claim}")).collect::<Vec<_>>()
            })
        };
        assert_eq!(
            parsed(&["upn=preferred_username", "memberOf=groups"]).unwrap(),
            ["memberOf=groups", "upn=preferred_username"]
        );
        assert!(parsed(&["https://app.example.edu/role=role"]).is_ok());
        assert_eq!(parsed(&[]).unwrap(), [""; 0]);
        for pairs in [
            &["groups=role"][..],
            &["email_verified=email"],
            &["sub=preferred_username"],
            &["name"],
            &["=name"],
            &["a b=name"],
            &["x=phone"],
            &["x=name", "x=email"],
        ] {
            assert!(parsed(pairs).is_err(), "{pairs:?}");
        }
    }

    #[test]
    fn keysets_are_public() {
        for (text, accepted) in [
            (r#"{"keys":[{"kty":"RSA","n":"AQ","e":"AQAB","kid":"1"}]}"#, true),
            (r#"{"keys":[]}"#, false),
            (r#"{"keys":{}}"#, false),
            ("[]", false),
            ("", false),
            ("-----BEGIN PUBLIC KEY-----", false),
            (r#"{"keys":[{"kty":"RSA","n":"AQ","e":"AQAB","d":"AQ"}]}"#, false),
            (r#"{"keys":[{"kty":"oct","k":"AQ"}]}"#, false),
        ] {
            assert_eq!(ClientKeyset::new(text).is_ok(), accepted, "{text}");
        }
        assert!(
            ClientKeyset::new(&format!("{{\"keys\":[{{\"n\":\"{}\"}}]}}", "A".repeat(66_000)))
                .is_err()
        );
    }

    #[test]
    fn the_previous_secret_is_accepted_for_the_overlap_only() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let random = Random::seeded(1);
        let [first, second, third] = [(); 3].map(|()| ClientSecret::generate(&random));
        let accepted = |secrets: &ClientSecrets, now| {
            [&first, &second, &third].map(|secret| secrets.accepts(secret.expose(), at(now)))
        };
        let none = ClientSecrets::default();
        assert_eq!(accepted(&none, 0), [false; 3]);
        assert!(!none.accepts("", at(0)));
        let minute = SignedDuration::from_secs(60);
        let one = none.rotated(&first, at(0), minute);
        assert_eq!((accepted(&one, 0), one.previous), ([true, false, false], None));
        let two = one.rotated(&second, at(100), minute);
        assert_eq!(accepted(&two, 159), [true, true, false]);
        assert_eq!(accepted(&two, 160), [false, true, false]);
        let at_once = one.rotated(&second, at(100), SignedDuration::ZERO);
        assert_eq!(accepted(&at_once, 100), [false, true, false]);
        let three = two.rotated(&third, at(120), minute);
        assert_eq!(accepted(&three, 121), [false, true, true]);
        assert!(!format!("{two:?}").contains(&format!("{:?}", second.digest().as_bytes())));
    }

    #[test]
    fn chosen_secrets_are_long_and_plain() {
        for (text, accepted) in [
            ("a".repeat(32), true),
            ("a".repeat(31), false),
            ("a".repeat(500), true),
            ("a".repeat(501), false),
            (format!("{} ", "a".repeat(32)), false),
            (format!("%+:{}", "a".repeat(32)), true),
            (format!("é{}", "a".repeat(32)), false),
        ] {
            assert_eq!(ClientSecret::new(&text).is_ok(), accepted, "{text}");
        }
        assert_eq!(ClientSecret::generate(&Random::System).expose().len(), 43);
    }

    #[test]
    fn methods_have_short_names_in_commands() {
        for (text, expected) in [
            ("basic", Some(ClientAuthMethod::ClientSecretBasic)),
            ("post", Some(ClientAuthMethod::ClientSecretPost)),
            ("private_key_jwt", Some(ClientAuthMethod::PrivateKeyJwt)),
            ("none", Some(ClientAuthMethod::None)),
            ("tls_client_auth", None),
        ] {
            assert_eq!(ClientAuthMethod::from_command(text).ok(), expected, "{text}");
        }
    }
}
