//! Which token services are the same, which audience a registration may have, and which
//! registrations conflict.

use super::*;
use crate::admin::{connect, publish, register};
use crate::domain::{
    ClientId, Consumer, ConsumerKey, DeploymentId, EndpointUrl, Issuer, LaunchDetails,
    LinkServices, Name, PlatformPolicy, Product, Random, Slug,
};
use crate::rules::registration::PlatformChange;
use crate::rules::resource::ResourceChange;
use crate::store::{CreatedBy, Store};

fn url(text: &str) -> EndpointUrl {
    EndpointUrl::new("URL", text, true).unwrap()
}

/// A registration at this issuer; its URLs are below the issuer's host.
fn registration(slug: &str, issuer: &str, client_id: &str) -> Registration {
    let platform = PlatformDetails {
        issuer: Issuer::new(issuer, true).unwrap(),
        client_id: ClientId::new(client_id).unwrap(),
        keyset_url: url(&format!("{issuer}/keys")),
        access_token_url: url(&format!("{issuer}/token")),
        authentication_request_url: url(&format!("{issuer}/auth")),
    };
    let draft = Registration::draft(
        Slug::new(slug).unwrap(),
        Name::new(slug).unwrap(),
        jiff::Timestamp::UNIX_EPOCH,
    );
    Registration { platform: Some(platform), ..draft }
}

fn with_token_url(mut registration: Registration, token_url: &str) -> Registration {
    registration.platform.as_mut().unwrap().access_token_url = url(token_url);
    registration
}

fn with_keyset(mut registration: Registration, keyset_url: &str) -> Registration {
    registration.platform.as_mut().unwrap().keyset_url = url(keyset_url);
    registration
}

fn with_audience(mut registration: Registration, audience: &str) -> Registration {
    registration.policy.token_audience = Some(audience.to_owned());
    registration
}

fn with_identity(mut registration: Registration, identity: Identity) -> Registration {
    registration.policy.identity = Some(identity);
    registration
}

fn with_product(mut registration: Registration, product: &str) -> Registration {
    registration.product = Some(Product::new(product).unwrap());
    registration
}

fn code(outcome: Result<(), Violation>) -> &'static str {
    outcome.err().map_or("", |violation| violation.code)
}

#[test]
fn one_token_service_has_many_spellings() {
    let a = "https://lms-a.example.edu/mod/lti/token.php";
    for (other, is_same) in [
        (a, true),
        ("https://LMS-A.Example.EDU/mod/lti/token.php", true),
        ("https://lms-a.example.edu:443/mod/lti/token.php", true),
        ("http://lms-a.example.edu:80/mod/lti/token.php", true),
        ("https://lms-a.example.edu./mod/lti/token.php", true),
        ("https://lms-a.example.edu/mod/lti/token.php/", true),
        ("https://lms-a.example.edu//mod///lti/token.php", true),
        ("https://lms-a.example.edu/mod/./x/../lti/token.php", true),
        ("https://lms-a.example.edu/mod/x/%2e%2e/lti/token.php", true),
        ("https://lms-a.example.edu/mod/lti%2ftoken.php", true),
        ("https://lms-a.example.edu/mod/lti/%74oken%2Ephp", true),
        ("https://lms-a.example.edu/mod/lti/%2574oken.php", true),
        ("https://lms-a.example.edu/mod/lti/token.php?x=1", true),
        ("https://lms-a.example.edu/mod/lti/token.php#x", true),
        ("https://b@lms-a.example.edu/mod/lti/token.php", true),
        ("https://lms-a.example.edu/mod/lti/token.php/b", true),
        ("https://lms-a.example.edu/mod/lti/token.php;b=1", true),
        ("https://lms-a.example.edu/MOD/LTI/Token.PHP", true),
        ("https://lms-a.example.edu/mod/lti/token2.php", false),
        ("https://lms-a.example.edu/b/mod/lti/token.php", false),
        ("https://lms-a.example.edu", false),
        ("https://lms-a.example.edu:8443/mod/lti/token.php", false),
        ("https://lms-b.example.edu/mod/lti/token.php", false),
        ("https://lms-a.example.edu.example.net/mod/lti/token.php", false),
        ("lms-a.example.edu", false),
    ] {
        assert_eq!(TokenService::of(a).is_same(&TokenService::of(other)), is_same, "{other}");
        assert_eq!(TokenService::of(other).is_same(&TokenService::of(a)), is_same, "{other}");
    }
    let canvas = TokenService::of("https://sso.canvaslms.com/login/oauth2/token");
    for (other, is_same) in [
        ("https://canvas.instructure.com/login/oauth2/token", true),
        ("https://school.instructure.com/login/oauth2/token", true),
        ("https://sso.beta.canvaslms.com/login/oauth2/token", false),
        ("https://school.beta.instructure.com/login/oauth2/token", false),
        ("https://canvas.example.edu/login/oauth2/token", false),
    ] {
        assert_eq!(canvas.is_same(&TokenService::of(other)), is_same, "{other}");
    }
}

#[test]
fn an_audience_belongs_to_its_token_url() {
    let school = || registration("school", "https://lms.example.edu", "c");
    let brightspace =
        || with_token_url(school(), "https://auth.brightspace.com/core/connect/token");
    let own_canvas = |product: &str| {
        with_product(
            with_token_url(school(), "https://lms.example.edu:8443/login/oauth2/token"),
            product,
        )
    };
    for (registration, audience, is_allowed) in [
        (school(), "https://lms.example.edu/token", true),
        (school(), "https://lms.example.edu", true),
        (school(), "https://LMS.example.edu./other", true),
        (school(), "http://lms.example.edu/token", false),
        (school(), "https://lms.example.edu:8443/token", false),
        (school(), "https://lms-a.example.edu/token", false),
        (school(), "https://api.brightspace.com/auth/token", false),
        (school(), "a-name", false),
        (brightspace(), "https://api.brightspace.com/auth/token", true),
        (brightspace(), "https://api.brightspace.com/auth/other", false),
        (
            with_token_url(school(), "https://lms.example.edu/core/connect/token"),
            "https://api.brightspace.com/auth/token",
            false,
        ),
        (own_canvas("canvas-selfhosted"), "https://lms.example.edu/login/oauth2/token", true),
        (own_canvas("canvas-selfhosted"), "https://lms-a.example.edu/login/oauth2/token", false),
        (own_canvas("other"), "https://lms.example.edu/login/oauth2/token", false),
        // Canvas sends a bare host, which is not used.
        (with_product(school(), "canvas"), "canvas.instructure.com", true),
    ] {
        let mut registration = with_audience(registration, audience);
        let product = registration.product.clone();
        assert_eq!(
            code(check_alone(&registration)),
            if is_allowed { "" } else { "token_audience_foreign" },
            "{audience} {product:?}"
        );
        registration.policy.audience_confirmed = true;
        assert_eq!(code(check_alone(&registration)), "", "{audience}: the admin typed it");
    }
}

#[test]
fn entered_audience_is_valid_for_one_token_url() {
    let before = registration("school", "https://lms.example.edu", "c");
    let typed = |mut after: Registration, before: &Registration| {
        update_audience(before, &mut after, true);
        after
    };
    let foreign = typed(with_audience(before.clone(), "https://auth.example.net"), &before);
    assert!(
        foreign.policy.audience_confirmed
            && audience_warning(&foreign).unwrap().contains("https://auth.example.net")
    );
    let own = typed(with_audience(before.clone(), "https://lms.example.edu"), &before);
    assert!(
        !own.policy.audience_confirmed && audience_warning(&own).is_none(),
        "nothing to confirm"
    );
    let mut renamed = Registration { name: Name::new("Other").unwrap(), ..foreign.clone() };
    update_audience(&foreign, &mut renamed, false);
    assert!(renamed.policy.audience_confirmed);
    let mut moved = with_token_url(foreign.clone(), "https://lms-b.example.edu/token");
    update_audience(&foreign, &mut moved, false);
    assert_eq!(
        code(check_alone(&moved)),
        "token_audience_foreign",
        "it was typed for another token URL"
    );
    let named = with_token_url(
        with_audience(before.clone(), "https://api.brightspace.com/auth/token"),
        "https://auth.brightspace.com/core/connect/token",
    );
    let mut moved = with_token_url(named.clone(), "https://lms-b.example.edu/token");
    update_audience(&named, &mut moved, false);
    assert_eq!(moved.policy.token_audience, None, "it came with the former token URL");
    let mut other = with_audience(foreign.clone(), "https://auth-a.example.net");
    update_audience(&foreign, &mut other, false);
    assert_eq!(code(check_alone(&other)), "token_audience_foreign", "another one was typed");
    let draft = Registration { platform: None, ..before.clone() };
    let typed_draft = typed(with_audience(draft.clone(), "https://auth.example.net"), &draft);
    let mut connected = Registration { platform: before.platform, ..typed_draft.clone() };
    update_audience(&typed_draft, &mut connected, false);
    assert!(connected.policy.audience_confirmed, "it was typed before the token URL was known");
}

fn school_a() -> Registration {
    registration("a", "https://lms-a.example.edu", "c")
}

fn school_b() -> Registration {
    registration("b", "https://lms-b.example.edu", "c")
}

/// Another registration at the issuer of `school_a`, with its own keyset.
fn twin_of_a() -> Registration {
    with_keyset(
        registration("b", "https://lms-a.example.edu", "d"),
        "https://lms-b.example.edu/keys",
    )
}

const TOKEN_URL_A: &str = "https://lms-a.example.edu/token";
const TOKEN_URL_B: &str = "https://lms-b.example.edu/token";

/// Checks two registrations against each other, in both orders.
fn assert_neighbours(name: &str, one: &Registration, other: &Registration, expected: &str) {
    assert_eq!(code(Neighbourhood::of([one]).check(other)), expected, "{name}");
    assert_eq!(
        code(Neighbourhood::of([other, one]).check(one)),
        expected,
        "{name}, the other way round"
    );
}

#[test]
fn two_registrations_are_not_one_client() {
    let (a, b) = (school_a, school_b);
    for (name, one, other) in [
        (
            "a client twice",
            a(),
            with_token_url(registration("b", "https://lms-a.example.edu", "c"), TOKEN_URL_B),
        ),
        ("the token URL of another", a(), with_token_url(b(), TOKEN_URL_A)),
        (
            "the same, spelled in another way",
            a(),
            with_token_url(b(), "https://LMS-A.example.edu/x/../token?b"),
        ),
        ("the token URL of another as audience", a(), with_audience(b(), TOKEN_URL_A)),
        ("the audience of another", with_audience(a(), TOKEN_URL_B), b()),
        (
            "the same client ID in another case",
            registration("a", "https://lms-a.example.edu", "Xy"),
            with_token_url(registration("b", "https://lms-b.example.edu", "xY"), TOKEN_URL_A),
        ),
        (
            "both name one audience",
            with_audience(a(), "the-service"),
            with_audience(b(), "the-service"),
        ),
    ] {
        assert_neighbours(name, &one, &other, "registered_elsewhere");
    }
}

#[test]
fn two_registrations_do_not_conflict() {
    let a = school_a;
    let own_token_twin = || with_token_url(twin_of_a(), TOKEN_URL_B);
    for (name, one, other) in [
        ("two platforms", a(), school_b()),
        (
            "another client at one token service",
            a(),
            with_token_url(registration("b", "https://lms-b.example.edu", "d"), TOKEN_URL_A),
        ),
        ("one issuer, one keyset", a(), registration("b", "https://lms-a.example.edu", "d")),
        ("users kept apart by one", a(), with_identity(own_token_twin(), Identity::ClientId)),
        (
            "users kept apart by both",
            with_identity(a(), Identity::Deployment),
            with_identity(own_token_twin(), Identity::Deployment),
        ),
        (
            "one keyset, spelled in another way",
            a(),
            with_keyset(twin_of_a(), "https://LMS-A.example.edu:443/keys"),
        ),
    ] {
        assert_neighbours(name, &one, &other, "");
    }
}

#[test]
fn one_issuer_with_two_keysets_is_a_conflict() {
    let (a, twin) = (school_a(), with_token_url(twin_of_a(), TOKEN_URL_B));
    assert_neighbours("one issuer, two keysets", &a, &twin, "issuer_with_other_keys");
    let Err(violation) = Neighbourhood::of([&a]).check(&twin) else { panic!("two keysets") };
    let Failure { kind, why, hint, .. } = *violation.failure;
    assert_eq!(kind, Kind::Conflict);
    assert!(
        why.contains("registration a has issuer https://lms-a.example.edu")
            && why.contains("https://lms-b.example.edu/keys"),
        "{why}"
    );
    let command = "ltictl platform set b --issuer https://lms-a.example.edu --client-id d \
        --keyset-url https://lms-b.example.edu/keys --access-token-url https://lms-b.example.edu/token \
        --authentication-request-url https://lms-a.example.edu/auth --identity client-id";
    assert!(hint.contains(command), "{hint}");
}

/// Two registrations that may share an issuer because they share the keyset; then one of them moves
/// its keyset.
#[test]
fn registration_with_a_moved_keyset_is_compared_only_with_others() {
    for slugs in [["a", "b"], ["b", "a"]] {
        let directory = tempfile::tempdir().unwrap();
        let mut store = Store::create(directory.path().join("ltictl.db")).unwrap();
        store
            .write(|write| {
                for slug in slugs {
                    write.add_registration(
                        &registration(slug, "https://lms.example.edu", &format!("client-{slug}")),
                        crate::store::CreatedBy::Hand,
                    )?;
                }
                let stored = write.registration(&Slug::new("b").unwrap())?.unwrap();
                let moved = with_keyset(stored.clone(), "https://lms-b.example.edu/keys");
                assert_eq!(code(check(**write, &stored)?), "");
                assert_eq!(code(check(**write, &moved)?), "issuer_with_other_keys", "{slugs:?}");
                Ok::<_, store::Error>(())
            })
            .unwrap();
    }
}

#[test]
fn a_stored_client_id_is_found_in_any_case() {
    let directory = tempfile::tempdir().unwrap();
    let mut store = Store::create(directory.path().join("ltictl.db")).unwrap();
    store
        .write(|write| {
            let a = registration("a", "https://lms-a.example.edu", "aBcDeF");
            let b = with_token_url(
                registration("b", "https://lms-b.example.edu", "AbCdEf"),
                "https://lms-a.example.edu/token",
            );
            write.add_registration(&a, crate::store::CreatedBy::Hand)?;
            assert_eq!(code(check(**write, &b)?), "registered_elsewhere");
            let id = write.add_registration(&b, crate::store::CreatedBy::Hand)?;
            let b = write.registration_by_id(id)?.unwrap();
            assert_eq!(
                code(may_request_tokens(**write, &b)?),
                "registered_elsewhere",
                "a pair that was stored before"
            );
            Ok::<_, store::Error>(())
        })
        .unwrap();
}

#[test]
fn conflict_names_the_shared_values_and_the_newer_registration_has_to_change() {
    let a = registration("a", "https://lms-a.example.edu", "c");
    let token_of_a = "https://lms-a.example.edu/token";
    let mut b = with_audience(registration("b", "https://lms-b.example.edu", "c"), token_of_a);
    b.created_at += jiff::SignedDuration::from_secs(1);
    let both = Neighbourhood::of([&a, &b]);
    for checked in [&a, &b] {
        let Failure { why, hint, .. } = *both.check_stored(checked).unwrap_err().failure;
        assert!(
            why.contains(&format!("a has client ID c with the token URL {token_of_a}")),
            "{why}"
        );
        assert!(
            why.contains(&format!("b has the same client ID with the token audience {token_of_a}")),
            "{why}"
        );
        assert!(
            hint.contains("ltictl platform set b --client-id")
                && hint.contains("ltictl registration delete b"),
            "{}: {hint}",
            checked.slug
        );
    }
}

#[test]
fn hints_are_commands_that_help() {
    let hint = |registration: &Registration| check_alone(registration).unwrap_err().failure.hint;
    let audience = hint(&with_audience(
        registration("school", "https://lms.example.edu", "c"),
        "https://other.example.net",
    ));
    for command in ["--token-audience https://other.example.net;", "--token-audience ''"] {
        assert!(
            audience.contains(&format!(
                "ltictl platform set school --access-token-url https://lms.example.edu/token {command}"
            )),
            "{audience}"
        );
    }
    for (issuer, command) in [
        (
            "https://canvas.instructure.com",
            "--preset canvas-selfhosted --host lms.example.edu --client-id c",
        ),
        ("https://blackboard.com", "--preset blackboard --client-id c"),
        ("https://schoology.schoology.com", "--preset schoology --client-id c"),
    ] {
        let hint =
            hint(&with_keyset(registration("school", issuer, "c"), "https://lms.example.edu/keys"));
        assert!(hint.contains(&format!("ltictl platform import school {command}")), "{hint}");
    }
}

#[test]
fn known_issuers_have_their_keysets_on_their_hosts() {
    let canvas = || registration("school", "https://canvas.instructure.com", "170000000000001");
    let with = |keyset_url| with_keyset(canvas(), keyset_url);
    for (registration, expected) in [
        (with("https://sso.canvaslms.com/api/lti/security/jwks"), ""),
        (with("https://canvas.instructure.com/api/lti/security/jwks"), ""),
        (with("https://sso.canvaslms.com:8443/api/lti/security/jwks"), "keyset_foreign"),
        (with("https://school.instructure.com/files/1"), "keyset_foreign"),
        (with("https://sso.canvaslms.com.example.net/jwks"), "keyset_foreign"),
        (with("https://lms-b.example.edu/keys"), "keyset_foreign"),
        (with_product(with("https://lms-b.example.edu/keys"), "canvas"), "keyset_foreign"),
        (with_product(with("https://lms-b.example.edu/keys"), "moodle"), "keyset_foreign"),
        (with_product(with("https://lms-b.example.edu/keys"), "canvas-selfhosted"), ""),
        (registration("school", "https://blackboard.com", "c"), "keyset_foreign"),
        (
            with_product(
                registration("school", "https://blackboard.com", "c"),
                "canvas-selfhosted",
            ),
            "keyset_foreign",
        ),
        (registration("school", "https://schoology.schoology.com", "c"), "keyset_foreign"),
        (registration("school", "https://lms.example.edu", "c"), ""),
    ] {
        assert_eq!(
            code(check_alone(&registration)),
            expected,
            "{:?} {:?}",
            registration.platform,
            registration.product
        );
    }
    let own = with_product(with("https://lms-b.example.edu/keys"), "canvas-selfhosted");
    let hosted = registration_of("canvas", "lms.example.edu", "10000000000001");
    assert_eq!(
        code(Neighbourhood::of([&hosted]).check(&own)),
        "",
        "client IDs keep their users apart"
    );
    let by_issuer = |registration| with_identity(registration, Identity::Issuer);
    assert_eq!(
        code(Neighbourhood::of([&by_issuer(hosted)]).check(&by_issuer(own))),
        "issuer_with_other_keys"
    );
}

#[test]
fn a_client_id_does_not_look_like_two() {
    for (client_id, identity, expected) in [
        ("1:a:7", Identity::ClientId, "client_id_ambiguous"),
        ("1:a:", Identity::ClientId, "client_id_ambiguous"),
        ("2:a:7", Identity::ClientId, ""),
        ("urn:a:7", Identity::ClientId, ""),
        ("1:a:7", Identity::Issuer, ""),
        ("1:a:7", Identity::Deployment, ""),
        ("clíent", Identity::Deployment, "client_id_ambiguous"),
    ] {
        let registration =
            with_identity(registration("school", "https://lms.example.edu", client_id), identity);
        assert_eq!(code(check_alone(&registration)), expected, "{client_id} {identity}");
    }
}

/// A school's registration from the preset of a product.
fn registration_of(product: &str, host: &str, client_id: &str) -> Registration {
    let preset = lms::find(product).unwrap().preset(host, client_id).unwrap();
    let mut registration = with_product(
        registration(
            &format!("{product}-{}", host.replace('.', "-")),
            "https://lms.example.edu",
            client_id,
        ),
        product,
    );
    registration.platform = Some(PlatformDetails {
        issuer: Issuer::new(&preset.issuer, false).unwrap(),
        client_id: ClientId::new(client_id).unwrap(),
        keyset_url: url(&preset.keyset_url),
        access_token_url: url(&preset.access_token_url),
        authentication_request_url: url(&preset.authentication_request_url),
    });
    registration.policy =
        PlatformPolicy { token_audience: preset.token_audience, ..PlatformPolicy::default() };
    registration
}

#[test]
fn two_schools_of_every_product_can_coexist() {
    for (product, lms) in lms::all().iter().filter(|(_, lms)| lms.has_preset()) {
        let one = registration_of(product, "lms-a.example.edu", "client-a");
        let host = if lms.preset_needs_host() { "lms-b.example.edu" } else { "lms-a.example.edu" };
        let mut other = registration_of(product, host, "client-b");
        other.slug = Slug::new("the-other").unwrap();
        for registration in [&one, &other] {
            assert_eq!(code(check_alone(registration)), "", "{product}");
        }
        assert_eq!(code(Neighbourhood::of([&one]).check(&other)), "", "{product}");
        if lms.preset_needs_host()
            && !lms::is_self_hosted(product, None)
            && *product != "brightspace"
        {
            let mut same_client = registration_of(product, host, "client-a");
            same_client.slug = other.slug.clone();
            assert_eq!(
                code(Neighbourhood::of([&one]).check(&same_client)),
                "",
                "{product}: each host has client IDs of its own"
            );
        }
    }
}

/// The URLs of a product without a preset: issuer, keyset, token and authentication URL on a host.
fn without_preset(product: &str, host: &str) -> [String; 4] {
    let at = |path: &str| format!("https://{host}{path}");
    match product {
        "sakai" => [
            at(""),
            at("/imsblis/lti13/keyset"),
            at("/imsblis/lti13/token/7"),
            at("/imsoidc/lti13/oidc_auth"),
        ],
        "openedx" => [
            at(""),
            at("/api/lti_consumer/v1/public_keysets/7"),
            at("/api/lti_consumer/v1/token/7"),
            at("/api/lti_consumer/v1/launch/"),
        ],
        "saltire" => {
            let saltire = |path: &str| format!("https://saltire.lti.app/platform{path}");
            [
                saltire(""),
                saltire(&format!("/jwks/{host}")),
                saltire(&format!("/token/{host}")),
                saltire("/auth"),
            ]
        }
        "1edtech" => {
            let suite = |path: &str| format!("https://ltiadvantagevalidator.imsglobal.org{path}");
            [
                suite(""),
                "https://oauth2server.imsglobal.org/jwks".to_owned(),
                suite(&format!("/ltitool/authcodejwt.html?{host}")),
                suite("/ltitool/oidcauthurl.html"),
            ]
        }
        _ => [
            at(""),
            format!("https://keys.{host}/jwks"),
            format!("https://auth.{host}/token"),
            at("/auth"),
        ],
    }
}

/// A school's registration from the product's preset or form, and the host of its services.
fn school(product: &str, host: &str, client_id: &str) -> (PlatformChange, String) {
    let mut change = PlatformChange {
        client_id: Some(client_id.to_owned()),
        product: Some(product.to_owned()),
        ..PlatformChange::default()
    };
    let urls = match lms::find(product).unwrap().preset(host, client_id) {
        Some(preset) => {
            change.policy.token_audience =
                preset.token_audience.map(|audience| audience.parse().unwrap());
            [
                preset.issuer,
                preset.keyset_url,
                preset.access_token_url,
                preset.authentication_request_url,
            ]
        }
        None => without_preset(product, host),
    };
    let [issuer, keyset_url, access_token_url, authentication_request_url] = urls;
    // The keysets and tokens of hosted products are the vendor's, and the services are each
    // school's; saLTIre and the suite have theirs on their own hosts.
    let services = match product {
        "saltire" | "1edtech" => canonical_origin(&issuer).unwrap(),
        "canvas-selfhosted" | "other" => format!("https://grades.{host}"),
        "brightspace" => format!("https://{}.brightspace.com", host.replace('.', "-")),
        _ => format!("https://{host}"),
    };
    (change.issuer, change.keyset_url) = (Some(issuer), Some(keyset_url));
    (change.access_token_url, change.authentication_request_url) =
        (Some(access_token_url), Some(authentication_request_url));
    (change, services)
}

/// Stores a school and a launch with its services; returns the registration and the URL of its
/// members.
fn enrol(
    store: &mut Store,
    name: &str,
    (change, services): (PlatformChange, String),
) -> Result<(Registration, Url), Failure> {
    let now = jiff::Timestamp::UNIX_EPOCH;
    register::create(store, &Name::new(name)?, None, true, now)?;
    connect::import(store, &name.into(), &change, vec![(DeploymentId::new("1")?, None)], now)?;
    let resource = publish::publish(
        store,
        &Name::new("Quiz")?,
        None,
        &ResourceChange::default(),
        true,
        now,
        &Random::seeded(1),
    )?
    .0;
    let registration = store.read().registration(&Slug::new(name).unwrap())?.unwrap();
    let memberships = format!("{services}/api/lti/courses/7/members");
    let details = LaunchDetails {
        deployment_id: "1".to_owned(),
        resource_link_id: "21".to_owned(),
        ..LaunchDetails::default()
    };
    let link =
        LinkServices { memberships_url: Some(memberships.clone()), ..LinkServices::default() };
    store
        .write(|write| write.put_course_and_link(registration.id, resource.id, &details, &link))?;
    Ok((registration, Url::parse(&memberships).unwrap()))
}

#[test]
fn every_products_set_up_registers_and_synchronizes_without_a_flag() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("ltictl.db");
    let mut store = Store::create(&path).unwrap();
    let mut schools = Vec::new();
    for (product, _) in lms::all() {
        // Two sessions of saLTIre have keysets of their own, and either could sign for the other's
        // users: the second one needs --identity.
        for place in ["a", "b"].into_iter().take(if *product == "saltire" { 1 } else { 2 }) {
            let host = format!("{product}-{place}.example.edu");
            let name = format!("{product}-{place}");
            // A self-hosted Canvas has the issuer of the hosted one, so that client IDs must
            // differ.
            let client = if lms::is_self_hosted(product, None) { "own" } else { "tool" };
            let enrolled =
                enrol(&mut store, &name, school(product, &host, &format!("{client}-{place}")));
            schools.push(enrolled.unwrap_or_else(|failure| panic!("{name}: {failure}")));
        }
    }
    // A school's Canvas with a second client ID names the same host.
    let second =
        enrol(&mut store, "canvas-second", school("canvas", "canvas-a.example.edu", "tool-c"))
            .unwrap();
    schools.push(second);
    let registrations: Vec<Registration> =
        schools.iter().map(|(registration, _)| registration.clone()).collect();
    let neighbourhood = Neighbourhood::of(&registrations);
    let pool = Pool::open(&path).unwrap();
    for (registration, memberships) in &schools {
        assert_eq!(code(neighbourhood.check(registration)), "", "{}", registration.slug);
        assert!(
            !registration.policy.audience_confirmed,
            "{}: nothing had to be confirmed",
            registration.slug
        );
        assert_eq!(
            Guard::new(pool.clone(), registration.clone()).check(memberships),
            Ok(()),
            "{}",
            registration.slug
        );
    }
}

#[test]
fn the_origin_of_a_host_that_cannot_exist_is_not_stored() {
    let directory = tempfile::tempdir().unwrap();
    let mut store = Store::create(directory.path().join("ltictl.db")).unwrap();
    let services = format!("https://{}.example.edu", "x".repeat(1_000));
    let (registration, _) = enrol(
        &mut store,
        "school",
        (school("moodle", "lms.example.edu", "tool").0, services.clone()),
    )
    .unwrap();
    assert_eq!(store.read().own_origin(registration.id, &services).unwrap().signed, None);
}

/// Platforms that name hosts for their services.
struct Platforms {
    _directory: tempfile::TempDir,
    store: Store,
    pool: Pool,
}

/// A Moodle at a host, with its services at this origin.
fn moodle(host: &str, services: &str) -> (PlatformChange, String) {
    (school("moodle", host, "tool").0, services.to_owned())
}

impl Platforms {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("ltictl.db");
        let store = Store::create(&path).unwrap();
        let pool = Pool::open(&path).unwrap();
        Self { _directory: directory, store, pool }
    }

    fn enrol(&mut self, name: &str, platform: (PlatformChange, String)) -> (Registration, Url) {
        enrol(&mut self.store, name, platform).unwrap()
    }

    fn check(&self, registration: &Registration, url: &Url) -> Result<(), ServiceError> {
        Guard::new(self.pool.clone(), registration.clone()).check(url)
    }

    /// The URL is withheld because its host is one that another registration names.
    fn assert_withheld(&self, (registration, url): &(Registration, Url), kind: &str, other: &str) {
        match self.check(registration, url) {
            Err(ServiceError::Withheld { problem, fix, is_whole: false }) => {
                assert!(
                    problem.contains(&format!("the {kind} of registration {other}")),
                    "{problem}"
                );
                assert!(fix.contains(&format!("ltictl registration disable {other}")), "{fix}");
            }
            outcome => panic!("{}: {outcome:?}", registration.slug),
        }
    }
}

#[test]
fn the_first_platform_to_name_a_host_keeps_it() {
    let mut platforms = Platforms::new();
    let (canvas, members) =
        platforms.enrol("canvas", school("canvas", "canvas.example.edu", "tool"));
    for (place, spelled) in [
        "https://canvas.example.edu",
        "https://CANVAS.example.edu.",
        "https://canvas.example.edu:443",
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("thief-{place}");
        let thief = platforms.enrol(&name, moodle(&format!("{name}.example.net"), spelled));
        platforms.assert_withheld(&thief, "service URLs", "canvas");
        assert_eq!(platforms.check(&canvas, &members), Ok(()), "the host stays the school's");
    }
    let thief = platforms.enrol("thief", moodle("thief.example.net", "https://sso.canvaslms.com"));
    platforms.assert_withheld(&thief, "keyset URL", "canvas");
    platforms.enrol("moodle", moodle("moodle.example.edu", "https://moodle.example.edu"));
    let thief = platforms.enrol("thief", moodle("thief.example.net", "https://moodle.example.edu"));
    platforms.assert_withheld(&thief, "issuer", "moodle");
}

#[test]
fn a_later_platform_keeps_its_issuers_host() {
    let mut platforms = Platforms::new();
    let early = platforms.enrol("early", moodle("early.example.net", "https://late.example.edu"));
    assert_eq!(platforms.check(&early.0, &early.1), Ok(()));
    // Claiming the host for a token URL changes nothing.
    let mut claim = moodle("claimer.example.net", "https://claimer.example.net");
    claim.0.access_token_url = Some("https://late.example.edu/token".to_owned());
    platforms.enrol("claimer", claim);
    assert_eq!(platforms.check(&early.0, &early.1), Ok(()));
    platforms.enrol("late", moodle("late.example.edu", "https://late.example.edu"));
    platforms.assert_withheld(&early, "issuer", "late");
    // Disabled registrations do not conflict.
    register::set_enabled(&mut platforms.store, &"late".into(), false, jiff::Timestamp::UNIX_EPOCH)
        .unwrap();
    assert_eq!(platforms.check(&early.0, &early.1), Ok(()));
    let elsewhere = Url::parse("https://elsewhere.example.edu/members").unwrap();
    assert!(
        matches!(platforms.check(&early.0, &elsewhere), Err(ServiceError::Withheld { .. })),
        "no launch has named it"
    );
}

/// Stores a consumer whose launch has named this URL for grades.
fn consume(platforms: &mut Platforms, key: &str, outcome_service_url: &str) -> Registration {
    let now = jiff::Timestamp::UNIX_EPOCH;
    let checked = ConsumerKey::new(key).unwrap();
    let name = Name::new(key).unwrap();
    let consumer = Consumer::new(name, None, checked, key.to_owned(), now).unwrap();
    let services = LinkServices {
        lineitem_url: Some(outcome_service_url.to_owned()),
        ..LinkServices::default()
    };
    let details = LaunchDetails {
        deployment_id: key.to_owned(),
        resource_link_id: "21".to_owned(),
        ..LaunchDetails::default()
    };
    let resource = platforms.store.read().resources().unwrap().remove(0);
    platforms
        .store
        .write(|write| {
            let id = write.insert_consumer(&consumer, CreatedBy::Hand)?;
            write.put_course_and_link(id, resource.id, &details, &services)?;
            Ok::<_, store::Error>(())
        })
        .unwrap();
    let slug = consumer.registration.slug;
    platforms.store.read().consumer(&slug).unwrap().unwrap().registration
}

#[test]
fn grades_of_consumers_are_signed_only_for_hosts_that_their_own_launches_name() {
    let mut platforms = Platforms::new();
    // The same Moodle by LTI 1.3, and then two keys of it by LTI 1.1.
    let moodle = moodle("moodle.example.edu", "https://moodle.example.edu");
    let token_url = moodle.0.access_token_url.clone().unwrap();
    let (registration, members) = platforms.enrol("moodle", moodle);
    let outcomes = "https://moodle.example.edu/mod/lti/service.php";
    let first = consume(&mut platforms, "first", outcomes);
    let second = consume(&mut platforms, "second", &format!("{outcomes}?course=2"));
    let elsewhere = consume(&mut platforms, "elsewhere", "https://lms.example.net/outcomes");
    for (consumer, url, reason) in [
        (&first, outcomes, ""),
        (&second, outcomes, ""),
        (&elsewhere, "https://lms.example.net/others?a=1", ""),
        (&elsewhere, outcomes, "no launch of elsewhere has named https://moodle.example.edu"),
        (&first, "https://lms.example.net/outcomes", "no launch of first has named"),
        (&first, &token_url, "that is a URL of registration moodle"),
        (&first, &format!("{token_url}?a=1#b"), "that is a URL of registration moodle"),
    ] {
        match (platforms.check(consumer, &Url::parse(url).unwrap()), reason) {
            (outcome, "") => assert_eq!(outcome, Ok(()), "{url}"),
            (Err(ServiceError::Unsigned { problem, fix }), _) => {
                assert!(problem.contains(reason) && fix.contains("ltictl "), "{problem} {fix}");
            }
            (outcome, _) => panic!("{url}: {outcome:?}"),
        }
    }
    // Their launches take nothing from the registration of LTI 1.3.
    assert_eq!(platforms.check(&registration, &members), Ok(()));
}
