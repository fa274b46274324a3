//! Isolation between the platforms of one tool: which registrations may coexist, and where their
//! access tokens may be sent.
//!
//! Platforms choose many values of their registrations; in a dynamic registration even the tool's
//! client ID and the audience of its assertions. Without these rules, a hostile platform could make
//! the tool authenticate at another platform's token service and obtain the tokens.
//!
//! 1. The audience of assertions has the origin of the token URL, or a data file names it for that
//!    token URL, or the admin entered it.
//! 2. Registrations with the same client ID (ignoring case) do not share a token service.
//! 3. A token is sent only to origins that were signed in a launch of its registration, and to no
//!    origin of another platform.
//! 4. Registrations whose users are identified by the issuer alone share the keyset URL; the issuer
//!    of a known product has its keyset on the product's hosts.
//!
//! 5. A consumer of LTI 1.1 has neither tokens nor URLs of its own before its first launch. Its grades
//!    and requests for its members are signed with its own secret, so a request reveals nothing to its
//!    platform but a signature that the platform could create itself, and another platform refuses
//!    it. They are sent only to
//!    origins that were signed in a launch of the same consumer, and never to an issuer, keyset, token
//!    or authentication URL of a registration of LTI 1.3. Other URLs of the same host are allowed:
//!    one LMS often has several keys, and a registration of LTI 1.3 beside them while it moves.
//!
//! Commands, manifests, dynamic registrations, `doctor` and synchronization all use these rules.

use std::borrow::Cow;
use std::cell::LazyCell;
use std::collections::{BTreeMap, HashMap};

use url::Url;

use crate::domain::{Identity, PlatformDetails, Protocol, Registration, canonical_origin};
use crate::failure::{Failure, Kind, shell_word};
use crate::lms;
use crate::platform::{ServiceError, TokenGuard};
use crate::rules::identity;
use crate::store::{self, OwnOrigin, Pool, Read};

#[cfg(test)]
mod tests;

/// How many registrations with another keyset URL are compared; one is enough for a conflict.
const OTHER_KEYSETS: u32 = 20;

/// A rule that a registration breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Stable code.
    pub code: &'static str,
    /// The violation as the failure of a command.
    pub failure: Box<Failure>,
    /// The part of the manifest's entry that breaks the rule.
    pub part: &'static str,
    /// How to fix it in a manifest.
    pub in_manifest: Cow<'static, str>,
}

impl Violation {
    /// The violation as the failure of a manifest.
    pub fn into_manifest_failure(self) -> Failure {
        let why = format!("{}; {}", self.failure.why, self.in_manifest);
        Failure { why, ..*self.failure }
    }
}

impl From<Violation> for Failure {
    fn from(violation: Violation) -> Self {
        *violation.failure
    }
}

/// How two registrations conflict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Conflict {
    /// Issuer and client ID are the same, so launches cannot be distinguished.
    SameClient,
    /// The client ID is the same, and they share a token service.
    SameTokenService,
    /// The issuer is the same and identifies the users, and keysets differ.
    OtherKeyset,
}

impl Conflict {
    /// The violation by `registration`, which has to change.
    fn violation(self, registration: &Registration, other: &Registration) -> Violation {
        match self {
            Self::SameClient => same_client(registration, other),
            Self::SameTokenService => same_token_service(registration, other),
            Self::OtherKeyset => other_keyset(registration, other),
        }
    }
}

/// Whether a change affects any value that the rules check.
pub fn affects_tenancy(before: Option<&Registration>, after: &Registration) -> bool {
    let concerns = |registration: &Registration| {
        let policy = &registration.policy;
        (
            registration.platform.clone(),
            policy.token_audience.clone(),
            policy.audience_confirmed,
            policy.identity,
            registration.product.clone(),
        )
    };
    before.is_none_or(|before| concerns(before) != concerns(after))
}

/// Records whether the admin entered an audience that rule 1 does not allow by itself. This stays
/// valid as long as audience and token URL are unchanged, or until a draft gets its token URL. An
/// audience that came with a previous token URL, was not entered and does not fit the new one is
/// cleared.
pub fn update_audience(before: &Registration, after: &mut Registration, is_typed: bool) {
    let token_url = |registration: &Registration| {
        registration.platform.as_ref().map(|platform| platform.access_token_url.clone())
    };
    let is_same_audience = before.policy.token_audience == after.policy.token_audience;
    let is_same_service = before.platform.is_none() || token_url(before) == token_url(after);
    let was_confirmed = before.policy.audience_confirmed;
    let is_needed = after.policy.token_audience.is_some()
        && (after.platform.is_none() || !has_own_audience(after));
    after.policy.audience_confirmed =
        (was_confirmed && is_same_audience && is_same_service) || (is_typed && is_needed);
    if is_needed && is_same_audience && !is_same_service && !was_confirmed && !is_typed {
        after.policy.token_audience = None;
    }
}

/// The warning about an audience that the admin entered and that has another origin than the token
/// URL.
pub fn audience_warning(registration: &Registration) -> Option<String> {
    let platform =
        registration.platform.as_ref().filter(|_| registration.policy.audience_confirmed)?;
    let audience = registration.assertion_audience().filter(|_| !has_own_audience(registration))?;
    Some(format!(
        "warning: {}: the token audience {audience} is not on the host of the token URL {}: anyone \
         who controls the token URL receives assertions that are valid at the audience",
        registration.slug, platform.access_token_url
    ))
}

/// Whether the audience follows from the token URL or from a data file.
pub fn has_own_audience(registration: &Registration) -> bool {
    let (Some(platform), Some(audience)) =
        (&registration.platform, registration.assertion_audience())
    else {
        return true;
    };
    let token_url = platform.access_token_url.as_str();
    let origin = canonical_origin(audience);
    (origin.is_some() && (audience == token_url || origin == canonical_origin(token_url)))
        || lms::names_audience(
            registration.product.as_ref().map(crate::domain::Product::as_str),
            token_url,
            audience,
        )
}

/// Checks a registration as it would be stored, by itself and against the stored ones except the
/// one with the same slug.
pub fn check(
    read: Read<'_>,
    registration: &Registration,
) -> Result<Result<(), Violation>, store::Error> {
    if let Err(violation) = check_alone(registration) {
        return Ok(Err(violation));
    }
    // The stored version of the registration would hide others with the same keyset URL.
    let neighbours = neighbours(read, registration)?;
    Ok(Neighbourhood::of(neighbours.iter().filter(|other| other.slug != registration.slug))
        .check(registration))
}

/// The stored registrations with which a registration may conflict, some perhaps twice, and its own
/// stored version.
pub fn neighbours(
    read: Read<'_>,
    registration: &Registration,
) -> Result<Vec<Registration>, store::Error> {
    let Some(platform) = &registration.platform else { return Ok(Vec::new()) };
    let mut neighbours = read.registrations_of_client(platform.client_id.as_str())?;
    if identity::effective(registration) == Identity::Issuer {
        let by_default = identity::known(registration) == Identity::Issuer;
        neighbours.extend(read.registrations_with_other_keyset(
            platform.issuer.as_str(),
            platform.keyset_url.as_str(),
            by_default,
            OTHER_KEYSETS,
        )?);
    }
    Ok(neighbours)
}

/// Checks a registration by itself.
pub fn check_alone(registration: &Registration) -> Result<(), Violation> {
    let Some(platform) = &registration.platform else { return Ok(()) };
    check_audience(registration, platform)?;
    check_keyset_host(registration, platform)?;
    check_client_id(registration, platform)
}

fn check_audience(
    registration: &Registration,
    platform: &PlatformDetails,
) -> Result<(), Violation> {
    if registration.policy.audience_confirmed || has_own_audience(registration) {
        return Ok(());
    }
    let (slug, token_url) = (&registration.slug, platform.access_token_url.as_str());
    let audience = registration.assertion_audience().unwrap_or_default();
    Err(Violation {
        code: "token_audience_foreign",
        failure: Box::new(Failure::new(
            Kind::Invalid,
            "invalid token audience",
            format!(
                "the token audience {audience} is not on the host of the token URL {token_url}, so \
                 the platform could use the tool's assertions elsewhere"
            ),
            format!(
                "if the platform's documentation names this audience: ltictl platform set {slug} \
                 --access-token-url {url} --token-audience {}; otherwise: ltictl platform set {slug} \
                 --access-token-url {url} --token-audience ''",
                shell_word(audience),
                url = shell_word(token_url)
            ),
        )),
        part: "policy.token_audience",
        in_manifest: "if the platform's documentation names this audience, list it as \
            policy.token_audience, otherwise set that to null"
            .into(),
    })
}

fn check_keyset_host(
    registration: &Registration,
    platform: &PlatformDetails,
) -> Result<(), Violation> {
    if has_known_keyset(registration, platform) != Some(false) {
        return Ok(());
    }
    let hosts = lms::keyset_hosts(platform.issuer.as_str()).unwrap_or_default().join(" or ");
    Err(Violation {
        code: "keyset_foreign",
        failure: Box::new(Failure::new(
            Kind::Invalid,
            "invalid keyset URL",
            format!(
                "the issuer {} has its keyset on {hosts}, and the keyset URL is {}",
                platform.issuer, platform.keyset_url
            ),
            keyset_hint(registration, platform),
        )),
        part: "platform.keyset_url",
        in_manifest: match lms::self_hosted(platform.issuer.as_str()) {
            Some((product, name)) => {
                format!("for a self-hosted {name}, set product: {product}").into()
            }
            None => "compare it with the LMS".into(),
        },
    })
}

fn keyset_hint(registration: &Registration, platform: &PlatformDetails) -> String {
    let (slug, client_id, issuer) =
        (&registration.slug, platform.client_id.as_str(), platform.issuer.as_str());
    let client_id = shell_word(client_id);
    if let Some((product, name)) = lms::self_hosted(issuer) {
        let host = platform.keyset_url.origin();
        return format!(
            "compare the keyset URL with the LMS; for a self-hosted {name}: ltictl platform import \
             {slug} --preset {product} --host {} --client-id {client_id}",
            shell_word(host.trim_start_matches("https://"))
        );
    }
    match lms::hosted_product(issuer) {
        Some(product) => format!(
            "to enter the product's own URLs: ltictl platform import {slug} --preset {product} \
             --client-id {client_id}"
        ),
        None => format!(
            "compare the keyset URL with the LMS, then: ltictl platform set {slug} --keyset-url \
             URL"
        ),
    }
}

/// Whether the keyset is on one of the product's hosts; `None` if the issuer belongs to no known
/// product, or the product is self-hosted.
fn has_known_keyset(registration: &Registration, platform: &PlatformDetails) -> Option<bool> {
    let hosts = lms::keyset_hosts(platform.issuer.as_str())?;
    if registration.product.as_ref().is_some_and(|product| {
        lms::is_self_hosted(product.as_str(), Some(platform.issuer.as_str()))
    }) {
        return None;
    }
    let url = platform.keyset_url.to_url();
    Some(url.port().is_none() && hosts.iter().any(|host| url.host_str() == Some(host)))
}

/// Tenants of users are client IDs, or client IDs with a length prefix and a deployment ID suffix,
/// so a client ID must not look like the latter. Client IDs are compared ignoring case only, so
/// they must not have accents, which many databases ignore.
fn check_client_id(
    registration: &Registration,
    platform: &PlatformDetails,
) -> Result<(), Violation> {
    let client_id = platform.client_id.as_str();
    if !client_id.is_ascii() {
        return Err(Violation {
            code: "client_id_ambiguous",
            failure: Box::new(Failure::new(
                Kind::Invalid,
                "invalid client ID",
                format!(
                    "the client ID {client_id} has characters beyond ASCII (RFC 6749, appendix \
                     A.1), and a platform that ignores accents could take it for the client ID of \
                     another registration"
                ),
                format!(
                    "compare with the LMS, then: ltictl platform set {} --client-id ID",
                    registration.slug
                ),
            )),
            part: "platform.client_id",
            in_manifest: "set it to the client ID that its platform shows".into(),
        });
    }
    let looks_like_both = client_id.split_once(':').is_some_and(|(length, rest)| {
        length
            .parse::<usize>()
            .ok()
            .and_then(|length| rest.get(length..))
            .is_some_and(|rest| rest.starts_with(':'))
    });
    if identity::effective(registration) != Identity::ClientId || !looks_like_both {
        return Ok(());
    }
    Err(Violation {
        code: "client_id_ambiguous",
        failure: Box::new(Failure::new(
            Kind::Invalid,
            "invalid client ID",
            format!(
                "the client ID {client_id} looks like a client ID and a deployment ID together, \
                 and its users could be taken for those of another registration"
            ),
            format!("ltictl platform set {} --identity deployment", registration.slug),
        )),
        part: "platform.client_id",
        in_manifest: "set policy.identity: deployment".into(),
    })
}

/// Registrations, indexed by the values that may conflict, so that look-ups take constant time.
#[derive(Default)]
pub struct Neighbourhood<'r> {
    by_client: HashMap<(&'r str, &'r str), &'r Registration>,
    /// By client ID in lower case, and host: some token services ignore case in client IDs.
    by_token_service: HashMap<(String, String), Vec<&'r Registration>>,
    /// Registrations whose users are identified by the issuer alone.
    by_issuer: HashMap<&'r str, Keysets<'r>>,
}

/// One registration for each keyset URL.
#[derive(Default)]
struct Keysets<'r> {
    /// With keysets on hosts of the issuer's product, which do not conflict with each other.
    known: BTreeMap<&'r str, &'r Registration>,
    others: BTreeMap<&'r str, &'r Registration>,
}

impl<'r> Keysets<'r> {
    /// The first registration by its keyset URL whose keyset conflicts with that of `registration`.
    fn conflict(
        &self,
        registration: &Registration,
        platform: &PlatformDetails,
    ) -> Option<&'r Registration> {
        let own = LazyCell::new(|| platform.keyset_url.to_url());
        let has_other_keyset = |(_, other): &(&&'r str, &&'r Registration)| {
            other.slug != registration.slug
                && other.platform.as_ref().is_some_and(|other| other.keyset_url.to_url() != *own)
        };
        let other = self.others.iter().find(has_other_keyset);
        let known = self
            .known
            .iter()
            .find(has_other_keyset)
            .filter(|_| has_known_keyset(registration, platform) != Some(true));
        other.into_iter().chain(known).min_by_key(|(url, _)| **url).map(|(_, found)| *found)
    }
}

impl<'r> Neighbourhood<'r> {
    pub(crate) fn of(registrations: impl IntoIterator<Item = &'r Registration>) -> Self {
        let mut neighbourhood = Self::default();
        registrations.into_iter().for_each(|registration| neighbourhood.insert(registration));
        neighbourhood
    }

    pub(crate) fn insert(&mut self, registration: &'r Registration) {
        let Some(platform) = &registration.platform else { return };
        let (issuer, client_id) = (platform.issuer.as_str(), platform.client_id.as_str());
        self.by_client.entry((issuer, client_id)).or_insert(registration);
        let mut places: Vec<String> =
            token_services(registration).into_iter().map(|service| service.place).collect();
        places.dedup();
        for place in places {
            self.by_token_service
                .entry((client_id.to_ascii_lowercase(), place))
                .or_default()
                .push(registration);
        }
        if identity::effective(registration) == Identity::Issuer {
            let keysets = self.by_issuer.entry(issuer).or_default();
            let urls = match has_known_keyset(registration, platform) {
                Some(true) => &mut keysets.known,
                _ => &mut keysets.others,
            };
            urls.entry(platform.keyset_url.as_str()).or_insert(registration);
        }
    }

    /// Checks a registration against these.
    pub fn check(&self, registration: &Registration) -> Result<(), Violation> {
        self.conflict(registration)
            .map_or(Ok(()), |(conflict, other)| Err(conflict.violation(registration, other)))
    }

    /// Checks a stored registration against these. Of two that conflict, the newer one has to
    /// change, regardless of which is checked.
    pub fn check_stored(&self, registration: &Registration) -> Result<(), Violation> {
        self.conflict(registration).map_or(Ok(()), |(conflict, other)| {
            Err(if is_older(registration, other) {
                conflict.violation(other, registration)
            } else {
                conflict.violation(registration, other)
            })
        })
    }

    fn conflict(&self, registration: &Registration) -> Option<(Conflict, &'r Registration)> {
        let platform = registration.platform.as_ref()?;
        let (issuer, client_id) = (platform.issuer.as_str(), platform.client_id.as_str());
        let is_other = |other: &&&Registration| other.slug != registration.slug;
        if let Some(other) = self.by_client.get(&(issuer, client_id)).filter(is_other) {
            return Some((Conflict::SameClient, other));
        }
        let candidates = |service: &TokenService| {
            self.by_token_service
                .get(&(client_id.to_ascii_lowercase(), service.place.clone()))
                .into_iter()
                .flatten()
        };
        if let Some(other) = token_services(registration)
            .iter()
            .flat_map(candidates)
            .filter(is_other)
            .find(|other| share_token_service(registration, other))
        {
            return Some((Conflict::SameTokenService, other));
        }
        if identity::effective(registration) != Identity::Issuer {
            return None;
        }
        let other = self.by_issuer.get(issuer)?.conflict(registration, platform)?;
        Some((Conflict::OtherKeyset, other))
    }
}

fn same_client(registration: &Registration, other: &Registration) -> Violation {
    let [issuer, client_id, ..] = values(registration);
    let other = &other.slug;
    Violation {
        code: "registered_elsewhere",
        failure: Box::new(Failure::new(
            Kind::Conflict,
            "this client ID is already registered",
            format!("registration {other} has issuer {issuer} and client ID {client_id}"),
            format!("ltictl registration show {other}"),
        )),
        part: "platform.client_id",
        in_manifest: "remove one of them, or set it to the client ID that its platform shows"
            .into(),
    }
}

fn same_token_service(registration: &Registration, other: &Registration) -> Violation {
    let [_, client_id, ..] = values(registration);
    let [own, theirs] = shared_token_service(registration, other).unwrap_or_default();
    let (slug, other) = (&registration.slug, &other.slug);
    Violation {
        code: "registered_elsewhere",
        failure: Box::new(Failure::new(
            Kind::Conflict,
            "this client ID is already registered at this token service",
            format!(
                "registration {other} has client ID {client_id} with the {theirs}, and {slug} has \
                 the same client ID with the {own}: each could use the other's access tokens"
            ),
            format!(
                "compare with `ltictl registration show {other}`; then enter the client ID that \
                 this platform shows with `ltictl platform set {slug} --client-id ID`, or if it is \
                 the same platform: ltictl registration delete {slug}"
            ),
        )),
        part: "platform.access_token_url",
        in_manifest: "set each to the client ID and the token URL that its platform shows".into(),
    }
}

fn other_keyset(registration: &Registration, other: &Registration) -> Violation {
    let flags = [
        "--issuer",
        "--client-id",
        "--keyset-url",
        "--access-token-url",
        "--authentication-request-url",
    ];
    let (own, [_, _, others_keyset_url, ..]) = (values(registration), values(other));
    let [issuer, _, keyset_url, ..] = own;
    let (slug, other) = (&registration.slug, &other.slug);
    let flags: Vec<String> = flags
        .iter()
        .zip(own)
        .map(|(flag, value)| format!("{flag} {}", shell_word(value)))
        .collect();
    let flags = flags.join(" ");
    Violation {
        code: "issuer_with_other_keys",
        failure: Box::new(Failure::new(
            Kind::Conflict,
            "this issuer is registered with another keyset URL",
            format!(
                "registration {other} has issuer {issuer} with keyset URL {others_keyset_url}, and \
                 {slug} has it with {keyset_url}: each could sign launches for the other's users"
            ),
            format!(
                "to keep their users apart: ltictl platform set {slug} {flags} --identity client-id; if \
                 the platform has moved its keyset, change both at once with `ltictl apply --file \
                 FILE`"
            ),
        )),
        part: "platform.keyset_url",
        in_manifest: "to keep their users apart, set policy.identity: client-id".into(),
    }
}

/// The platform details, empty if they are missing.
fn values(registration: &Registration) -> [&str; 5] {
    registration.platform.as_ref().map_or([""; 5], PlatformDetails::values)
}

/// A token service, normalised so that different spellings compare equal.
#[derive(Debug, Clone, PartialEq, Eq)]
struct TokenService {
    /// Host and port, or the product whose token service is at the host; an audience that is not a
    /// URL as it is.
    place: String,
    /// Parts of the path, decoded and in lower case.
    path: Vec<String>,
}

impl TokenService {
    /// Parses a token URL or an audience. Scheme and query are ignored, as services do.
    fn of(text: &str) -> Self {
        let text = text.trim();
        let Some((url, host)) = Url::parse(text).ok().and_then(|url| {
            url.host_str().map(|host| host.trim_end_matches('.').to_owned()).map(|host| (url, host))
        }) else {
            return Self { place: text.to_lowercase(), path: Vec::new() };
        };
        if let Some(product) = lms::token_service_at(&host) {
            return Self { place: format!("the token service of {product}"), path: Vec::new() };
        }
        let place = url.port().map_or_else(|| host.clone(), |port| format!("{host}:{port}"));
        let mut path = Vec::new();
        for part in decoded(url.path()).to_lowercase().split(['/', '\\']) {
            match part.split(';').next().unwrap_or_default() {
                "" | "." => {}
                ".." => drop(path.pop()),
                part => path.push(part.to_owned()),
            }
        }
        Self { place, path }
    }

    /// Whether both are the same service. Many servers ignore what follows a script's path, so one
    /// path may be the start of the other.
    fn is_same(&self, other: &Self) -> bool {
        let shared =
            self.path.iter().zip(&other.path).take_while(|(one, other)| one == other).count();
        let shorter = self.path.len().min(other.path.len());
        self.place == other.place
            && shared == shorter
            && (shorter > 0 || self.path.len() == other.path.len())
    }
}

/// A path without percent-encoding, even if it was encoded repeatedly.
fn decoded(path: &str) -> String {
    let mut bytes = path.as_bytes().to_vec();
    while let Some(place) = bytes
        .windows(3)
        .position(|part| part[0] == b'%' && part[1..].iter().all(u8::is_ascii_hexdigit))
    {
        let digit = |byte: u8| {
            char::from(byte)
                .to_digit(16)
                .and_then(|digit| u8::try_from(digit).ok())
                .unwrap_or_default()
        };
        bytes.splice(place..place + 3, [digit(bytes[place + 1]) << 4 | digit(bytes[place + 2])]);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The token URL and the audience if it differs, each with its name and spelling.
fn named_token_services(registration: &Registration) -> impl Iterator<Item = (&'static str, &str)> {
    let token_url = registration
        .platform
        .as_ref()
        .map(|platform| ("token URL", platform.access_token_url.as_str()));
    let audience = registration
        .assertion_audience()
        .filter(|audience| token_url.is_none_or(|(_, token_url)| token_url != *audience))
        .map(|audience| ("token audience", audience));
    token_url.into_iter().chain(audience)
}

/// The token URL and the audience.
fn token_services(registration: &Registration) -> Vec<TokenService> {
    named_token_services(registration).map(|(_, text)| TokenService::of(text)).collect()
}

/// The token URL or audience of each that identifies a shared token service, as text.
fn shared_token_service(one: &Registration, other: &Registration) -> Option<[String; 2]> {
    let others: Vec<_> = named_token_services(other)
        .map(|(what, text)| (format!("{what} {text}"), TokenService::of(text)))
        .collect();
    named_token_services(one).find_map(|(what, text)| {
        let service = TokenService::of(text);
        let (theirs, _) = others.iter().find(|(_, other)| service.is_same(other))?;
        Some([format!("{what} {text}"), theirs.clone()])
    })
}

fn share_token_service(one: &Registration, other: &Registration) -> bool {
    shared_token_service(one, other).is_some()
}

/// Whether a registration may request access tokens: its audience is allowed, and no older
/// registration has its client ID at its token service.
pub fn may_request_tokens(
    read: Read<'_>,
    registration: &Registration,
) -> Result<Result<(), Violation>, store::Error> {
    let Some(platform) = &registration.platform else { return Ok(Ok(())) };
    if let Err(violation) = check_audience(registration, platform) {
        return Ok(Err(violation));
    }
    let others = read.registrations_of_client(platform.client_id.as_str())?;
    let older = others
        .iter()
        .filter(|other| is_older(other, registration))
        .find(|other| share_token_service(registration, other));
    Ok(older.map_or(Ok(()), |other| Err(same_token_service(registration, other))))
}

/// Whether a registration was created before another one.
fn is_older(registration: &Registration, than: &Registration) -> bool {
    (registration.created_at, registration.id) < (than.created_at, than.id)
}

/// Whether a token of a registration may be sent to an origin, in the form of [`canonical_origin`];
/// otherwise the reason and the command that helps.
pub fn may_send_to(
    read: Read<'_>,
    registration: &Registration,
    origin: &str,
) -> Result<Result<(), (String, String)>, store::Error> {
    let own = read.own_origin(registration.id, origin)?;
    may_send_to_own(read, registration, origin, own)
}

/// [`may_send_to`] for an origin of which it is known how the registration uses it.
pub fn may_send_to_own(
    read: Read<'_>,
    registration: &Registration,
    origin: &str,
    own: OwnOrigin,
) -> Result<Result<(), (String, String)>, store::Error> {
    let (Some(platform), slug) = (&registration.platform, &registration.slug) else {
        return Ok(Ok(()));
    };
    let Some(signed) = own.signed else {
        let problem = format!("no launch of {slug} has named {origin} for its services");
        return Ok(Err((
            problem,
            format!("Launch a link of {slug} again, then run: ltictl doctor {slug}"),
        )));
    };
    if own.is_declared {
        return Ok(Ok(()));
    }
    let is_hosted = has_known_keyset(registration, platform) == Some(true);
    Ok(match read.foreign_origin(registration.id, platform, is_hosted, origin, signed)? {
        None => Ok(()),
        Some(foreign) => {
            let other = &foreign.registration;
            let use_of = match foreign.kind.as_str() {
                "issuer" => "issuer",
                "keyset" => "keyset URL",
                "token" => "token URL",
                _ => "service URLs",
            };
            Err((
                format!(
                    "launches of {slug} name {origin} for its services, but that is where the \
                     {use_of} of registration {other} is"
                ),
                format!(
                    "If {other} is no longer used: ltictl registration disable {other}. If {slug} \
                     should not name this host: ltictl registration disable {slug}"
                ),
            ))
        }
    })
}

/// Whether a request to a URL may be signed with the secret of a consumer (rule 5); otherwise the
/// reason and the command that helps.
pub fn may_sign_for(
    read: Read<'_>,
    consumer: &Registration,
    url: &Url,
) -> Result<Result<(), (String, String)>, store::Error> {
    let slug = &consumer.slug;
    let origin = canonical_origin(url.as_str()).unwrap_or_default();
    if read.own_origin(consumer.id, &origin)?.signed.is_none() {
        return Ok(Err((
            format!("no launch of {slug} has named {origin} for its services"),
            format!(
                "Open a link of {slug} again. Then `ltictl sync grades --registration {slug} --retry` \
                 sends grades, and `ltictl sync members --registration {slug}` reads members"
            ),
        )));
    }
    let place = |url: &Url| {
        let mut place = url.clone();
        place.set_query(None);
        place.set_fragment(None);
        place
    };
    let wanted = place(url);
    let is_same = |endpoint: &String| Url::parse(endpoint).is_ok_and(|url| place(&url) == wanted);
    let owner = read
        .declared_endpoints(&origin)?
        .into_iter()
        .find(|(_, endpoints)| endpoints.iter().any(is_same));
    Ok(owner.map_or(Ok(()), |(other, _)| {
        Err((
            format!(
                "launches of {slug} name {wanted} for its services, but that is a URL of registration \
                 {other}"
            ),
            format!(
                "If {other} is no longer used: ltictl registration disable {other}. If {slug} \
                 should not name this URL: ltictl consumer disable {slug}"
            ),
        ))
    }))
}

/// Checks the rules before every request to a service of one registration.
pub struct Guard {
    pool: Pool,
    registration: Registration,
}

impl Guard {
    pub(crate) fn new(pool: Pool, registration: Registration) -> Self {
        Self { pool, registration }
    }
}

impl TokenGuard for Guard {
    fn check(&self, url: &Url) -> Result<(), ServiceError> {
        let withheld = |problem: String, fix: String, is_whole| ServiceError::Withheld {
            problem,
            fix,
            is_whole,
        };
        let origin = canonical_origin(url.as_str()).unwrap_or_default();
        let checked = self.pool.look_up(|read| {
            if self.registration.protocol != Protocol::Lti1p3 {
                return Ok(may_sign_for(read, &self.registration, url)?
                    .map_err(|(problem, fix)| ServiceError::Unsigned { problem, fix }));
            }
            if let Err(violation) = may_request_tokens(read, &self.registration)? {
                return Ok::<_, store::Error>(Err(withheld(
                    violation.failure.why,
                    violation.failure.hint,
                    true,
                )));
            }
            Ok(may_send_to(read, &self.registration, &origin)?
                .map_err(|(problem, fix)| withheld(problem, fix, false)))
        });
        checked.unwrap_or_else(|error| {
            Err(withheld(
                error.to_string(),
                "No action is needed; it is tried again automatically.".to_owned(),
                true,
            ))
        })
    }
}
