//! A row per check of discovery documents, responses and ID tokens.

use serde_json::{Value, json};
use url::Url;

use super::*;
use crate::lti::keyset::{Keyset, VerificationKeys};
use crate::lti::test_support::{KID, key_pair, signed, signed_text, verification_keys};

const NOW: i64 = 1_795_453_357;
const ISSUER: &str = "https://login.example.edu";
const TENANT_ISSUER: &str = "https://login.microsoftonline.com/{tenantid}/v2.0";
const OURS: &str = "1111111b-2222-4333-8444-555555555555";
const THEIRS: &str = "99999999-2222-4333-8444-555555555555";
const OBJECT: &str = "aaaaaaaa-2222-4333-8444-555555555555";

fn document() -> Value {
    json!({
        "issuer": ISSUER,
        "authorization_endpoint": "https://login.example.edu/authorize",
        "token_endpoint": "https://login.example.edu/token",
        "jwks_uri": "https://login.example.edu/keys",
        "id_token_signing_alg_values_supported": ["none", "HS256", "RS256", "ES256"],
    })
}

fn read(document: &Value, issuer: &str, kind: Kind) -> Result<Discovery, String> {
    Discovery::parse(document.to_string().as_bytes(), issuer, kind)
}

#[test]
fn discovery_documents_are_those_of_their_issuer() {
    let discovery = read(&document(), ISSUER, Kind::Other).unwrap();
    assert_eq!(discovery.algorithms, ["RS256", "ES256"]);
    assert!(discovery.secret_in_header && !discovery.names_issuer);
    let changed = |name: &str, value: Value| {
        let mut document = document();
        document[name] = value;
        document
    };
    for (name, value) in [
        ("issuer", json!("https://login.example.edu/")),
        ("issuer", json!("https://attacker.example.com")),
        ("issuer", json!(null)),
        ("issuer", json!([ISSUER])),
        ("token_endpoint", json!("")),
        ("authorization_endpoint", json!(null)),
        ("jwks_uri", json!(7)),
        ("id_token_signing_alg_values_supported", json!(["none", "HS256"])),
        ("id_token_signing_alg_values_supported", json!([])),
    ] {
        assert!(
            read(&changed(name, value.clone()), ISSUER, Kind::Other).is_err(),
            "{name} {value}"
        );
    }
    assert!(Discovery::parse(b"<html>", ISSUER, Kind::Other).is_err());
    let methods = "token_endpoint_auth_methods_supported";
    for (value, in_header) in [
        (json!(["client_secret_post"]), false),
        (json!(["client_secret_post", "client_secret_basic"]), true),
    ] {
        let discovery = read(&changed(methods, value), ISSUER, Kind::Other).unwrap();
        assert_eq!(discovery.secret_in_header, in_header);
    }
    let names = changed("authorization_response_iss_parameter_supported", json!(true));
    assert!(read(&names, ISSUER, Kind::Other).unwrap().names_issuer);
}

#[test]
fn only_microsoft_has_a_template_and_only_for_several_tenants() {
    let template = {
        let mut document = document();
        document["issuer"] = json!(TENANT_ISSUER);
        document
    };
    let host = "https://login.microsoftonline.com";
    for (issuer, kind, accepted) in [
        (format!("{host}/organizations/v2.0"), Kind::Microsoft, true),
        (format!("{host}/common/v2.0"), Kind::Microsoft, true),
        (format!("{host}/consumers/v2.0"), Kind::Microsoft, true),
        (format!("{host}/organizations/v2.0"), Kind::Other, false),
        (format!("{host}/{OURS}/v2.0"), Kind::Microsoft, false),
        ("https://login.example.edu/organizations/v2.0".to_owned(), Kind::Microsoft, false),
        (format!("{host}/common/common/v2.0"), Kind::Microsoft, false),
    ] {
        assert_eq!(read(&template, &issuer, kind).is_ok(), accepted, "{issuer} {kind:?}");
    }
}

#[test]
fn requests_have_a_challenge_and_never_the_verifier() {
    let request = AuthorizationRequest {
        client_id: "client & co",
        redirect_uri: "https://tool.example.edu/lti/account/callback/school",
        state: "s",
        nonce: "n",
        // RFC 7636, appendix B.
        verifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
        hosted_domain: Some("school.example.edu"),
        prompt: "login",
        allow_http: false,
    };
    let url = request.url("https://login.example.edu/authorize?a=b#there").unwrap();
    let get = |name: &str| {
        let mut pairs = url.query_pairs().filter(|(found, _)| found == name);
        (pairs.next().map(|(_, value)| value.into_owned()), pairs.next().is_none())
    };
    for (name, value) in [
        ("a", "b"),
        ("response_type", "code"),
        ("response_mode", "query"),
        ("client_id", "client & co"),
        ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
        ("code_challenge_method", "S256"),
        ("hd", "school.example.edu"),
    ] {
        assert_eq!(get(name), (Some(value.to_owned()), true), "{name}");
    }
    assert!(!url.as_str().contains("dBjft") && url.fragment().is_none());
    for endpoint in [
        "javascript:alert(1)",
        "data:text/html,x",
        "/authorize",
        "",
        "file:///etc/x",
        "http://login.example.edu/authorize",
        "https://me@login.example.edu/authorize",
    ] {
        assert_eq!(request.url(endpoint), None, "{endpoint}");
    }
}

#[test]
fn responses_have_one_state_and_one_outcome() {
    let read = |query: &str| {
        let pairs: Vec<(String, String)> =
            url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        Callback::read(&pairs)
    };
    let good = read("code=c&state=s&session_state=x").unwrap();
    assert_eq!((good.state.as_str(), good.outcome.clone()), ("s", Ok("c".to_owned())));
    let refused = read("error=access_denied&error_description=No&state=s").unwrap();
    assert_eq!(refused.outcome.unwrap_err().code, "access_denied");
    for (query, problem) in [
        ("code=c", CallbackProblem::NoState),
        ("code=c&state=", CallbackProblem::NoState),
        ("state=s", CallbackProblem::NoCode),
        ("state=s&code=", CallbackProblem::NoCode),
        ("state=s&code=c&error=e", CallbackProblem::NoCode),
        ("state=s&state=s&code=c", CallbackProblem::Parameter),
        ("state=s&code=c&code=d", CallbackProblem::Parameter),
        ("state=s&code=c&iss=a&iss=b", CallbackProblem::Parameter),
        (&*format!("state=s&code={}", "c".repeat(9000)), CallbackProblem::Parameter),
    ] {
        assert_eq!(read(query), Err(problem), "{query}");
    }
    for (query, names_issuer, is_theirs) in [
        ("", false, true),
        ("", true, false),
        ("&iss=https%3A%2F%2Flogin.example.edu", false, true),
        ("&iss=https%3A%2F%2Flogin.example.edu", true, true),
        ("&iss=https%3A%2F%2Fattacker.example.com", false, false),
        ("&iss=https%3A%2F%2Fattacker.example.com", true, false),
    ] {
        let callback = read(&format!("state=s&code=c{query}")).unwrap();
        assert_eq!(callback.is_from(ISSUER, names_issuer), is_theirs, "{query} {names_issuer}");
    }
}

#[test]
fn secrets_are_sent_in_one_place_only() {
    let exchange = CodeExchange {
        client_id: "tool:1",
        secret: "s&cret+ü",
        code: "c",
        redirect_uri: "https://tool.example.edu/back",
        verifier: "v",
    };
    assert!(!exchange.body(true).contains("cret"));
    assert!(exchange.body(false).contains("client_secret=s%26cret%2B%C3%BC"));
    // tool%3A1:s%26cret%2B%C3%BC
    assert_eq!(exchange.authorization(), "Basic dG9vbCUzQTE6cyUyNmNyZXQlMkIlQzMlQkM=");
    for (status, body, expected) in [
        (200, r#"{"id_token":"t","access_token":"a"}"#, Ok("t".to_owned())),
        (400, r#"{"id_token":"t"}"#, Err(ExchangeProblem::Unreadable)),
        (200, r#"{"access_token":"a"}"#, Err(ExchangeProblem::Unreadable)),
        (200, "<html>", Err(ExchangeProblem::Unreadable)),
        (200, r#"{"id_token":["t"]}"#, Err(ExchangeProblem::Unreadable)),
        (
            401,
            r#"{"error":"invalid_client"}"#,
            Err(ExchangeProblem::Refused {
                error: "invalid_client".to_owned(),
                description: String::new(),
            }),
        ),
    ] {
        assert_eq!(read_answer(status, body.as_bytes()), expected, "{body}");
    }
}

/// A provider, and the claims of a token of it that is accepted.
struct Case {
    kind: Kind,
    issuer: &'static str,
    tenants: Vec<String>,
    domains: Vec<String>,
    claims: Value,
}

impl Case {
    fn other() -> Self {
        Self {
            kind: Kind::Other,
            issuer: ISSUER,
            tenants: Vec::new(),
            domains: Vec::new(),
            claims: json!({
                "iss": ISSUER, "aud": "tool", "sub": "248289761001", "nonce": "n-1",
                "iat": NOW, "exp": NOW + 60, "name": "Tina T.",
            }),
        }
    }

    fn microsoft() -> Self {
        let mut case = Self::other().with("tid", json!(OURS)).with("oid", json!(OBJECT));
        case.claims["iss"] = json!(format!("https://login.microsoftonline.com/{OURS}/v2.0"));
        Self {
            kind: Kind::Microsoft,
            issuer: TENANT_ISSUER,
            tenants: vec![OURS.to_owned()],
            ..case
        }
    }

    fn of(kind: Kind, domain: &str) -> Self {
        let case = if kind == Kind::Microsoft { Self::microsoft() } else { Self::other() };
        Self { kind, domains: vec![domain.to_owned()], ..case }
    }

    fn with(mut self, name: &str, value: Value) -> Self {
        self.claims[name] = value;
        self
    }

    fn check(&self, token: &str, keys: &VerificationKeys) -> Result<Identity, IdentityProblem> {
        let rules = Rules {
            kind: self.kind,
            issuer: self.issuer,
            client_id: "tool",
            algorithms: &["RS256"],
            nonce: "n-1",
            keyset_url: "https://login.example.edu/keys",
            leeway_seconds: 60,
            tenants: &self.tenants,
            domains: &self.domains,
        };
        let token = UnverifiedIdentity::parse(token, &rules)?;
        token.key_id()?;
        token.verify(keys, NOW)
    }

    /// The subject, or the code of the problem.
    fn outcome(&self) -> String {
        match self.check(&signed(&self.claims), &verification_keys()) {
            Ok(identity) => identity.subject,
            Err(problem) => code(&problem),
        }
    }
}

fn code(problem: &IdentityProblem) -> String {
    match problem {
        IdentityProblem::Token(refusal) => refusal.code(),
        IdentityProblem::Tenant { .. } => "tenant".to_owned(),
        IdentityProblem::Domain { .. } => "domain".to_owned(),
        IdentityProblem::NoSubject => "no subject".to_owned(),
    }
}

#[test]
fn every_check_of_an_id_token_is_made_for_a_sign_in() {
    for (name, value, expected) in [
        ("name", json!("Tina"), "248289761001"),
        ("aud", json!(["tool"]), "248289761001"),
        ("iss", json!("https://login.example.edu/"), "iss_mismatch"),
        ("iss", json!("https://attacker.example.com"), "iss_mismatch"),
        ("iss", Value::Null, "iss_mismatch"),
        ("aud", json!("other"), "aud_mismatch"),
        ("aud", json!(["tool", "other"]), "aud_mismatch"),
        ("aud", json!(["tool", "tool"]), "azp_missing"),
        ("aud", json!([]), "aud_mismatch"),
        ("azp", json!("other"), "azp_mismatch"),
        ("exp", json!(NOW - 61), "token_expired"),
        ("exp", json!("9999999999"), "token_expired"),
        ("exp", Value::Null, "token_expired"),
        ("iat", json!(NOW + 61), "iat_future"),
        ("iat", json!(NOW - 3601), "token_too_old"),
        ("iat", Value::Null, "token_too_old"),
        ("nbf", json!(NOW + 61), "not_yet_valid"),
        ("nonce", json!("n-2"), "nonce_mismatch"),
        ("nonce", json!(""), "nonce_missing"),
        ("nonce", Value::Null, "nonce_missing"),
        ("sub", Value::Null, "sub_missing"),
        ("sub", json!(""), "sub_missing"),
        ("sub", json!(7), "sub_missing"),
    ] {
        let case = Case::other().with(name, value.clone());
        assert_eq!(case.outcome(), expected, "{name} {value}");
    }
}

#[test]
fn algorithms_and_keys_are_never_the_tokens_choice() {
    let case = Case::other();
    let payload = case.claims.to_string();
    let token = |header: &Value| signed_text(&header.to_string(), payload.as_bytes());
    for (header, expected) in [
        (json!({ "alg": "none", "kid": KID }), "alg_not_allowed"),
        (json!({ "alg": "HS256", "kid": KID }), "alg_not_allowed"),
        (json!({ "alg": "RS512", "kid": KID }), "alg_not_allowed"),
        (json!({ "alg": "RS256" }), "kid_missing"),
        (json!({ "alg": "RS256", "kid": KID, "crit": ["x"] }), "token_malformed"),
    ] {
        let problem = case.check(&token(&header), &verification_keys()).unwrap_err();
        assert_eq!(code(&problem), expected, "{header}");
    }
    let token = signed(&case.claims);
    let (input, _) = token.rsplit_once('.').unwrap();
    let other = signed(&json!({})).rsplit_once('.').unwrap().1.to_owned();
    for (token, expected) in [
        (format!("{input}.{other}"), "signature_invalid"),
        (format!("{input}."), "signature_invalid"),
        (input.to_owned(), "token_malformed"),
    ] {
        let problem = case.check(&token, &verification_keys()).unwrap_err();
        assert_eq!(code(&problem), expected, "{token}");
    }
    let twice = signed_text(
        &json!({ "alg": "RS256", "kid": KID }).to_string(),
        payload.replacen('{', "{\"tid\":\"a\",\"tid\":\"b\",", 1).as_bytes(),
    );
    assert_eq!(code(&case.check(&twice, &verification_keys()).unwrap_err()), "token_malformed");
}

#[test]
fn tenants_are_listed_and_fit_their_issuer() {
    let theirs = format!("https://login.microsoftonline.com/{THEIRS}/v2.0");
    for (name, value, expected) in [
        ("name", json!("Tina"), OBJECT),
        ("sub", json!("pairwise"), OBJECT),
        ("tid", json!(THEIRS), "tenant"),
        ("tid", json!("common"), "tenant"),
        ("tid", json!(OURS.to_uppercase()), "tenant"),
        ("tid", json!(7), "tenant"),
        ("tid", Value::Null, "tenant"),
        ("iss", json!(theirs), "iss_mismatch"),
        ("iss", json!(TENANT_ISSUER), "iss_mismatch"),
        ("oid", Value::Null, "no subject"),
        ("oid", json!("tina"), "no subject"),
    ] {
        let case = Case::microsoft().with(name, value.clone());
        assert_eq!(case.outcome(), expected, "{name} {value}");
    }
    // One tenant, without a template, and no listed tenant at all.
    let issuer = "https://login.microsoftonline.com/1111111b-2222-4333-8444-555555555555/v2.0";
    assert_eq!(Case { issuer, ..Case::microsoft() }.outcome(), OBJECT);
    assert_eq!(Case { issuer, tenants: Vec::new(), ..Case::microsoft() }.outcome(), "tenant");
    // Elsewhere, the template is a text like any other.
    let other = Case { issuer: TENANT_ISSUER, kind: Kind::Other, ..Case::microsoft() };
    assert_eq!(other.outcome(), "iss_mismatch");
}

#[test]
fn a_key_signs_only_for_the_issuer_that_its_keyset_names() {
    let case = Case::microsoft();
    let token = signed(&case.claims);
    let keys = |issuer: Option<&str>| {
        let key = key_pair();
        let mut entry = crate::lti::keyset::public_jwk(KID, &key.modulus, &key.exponent);
        entry["issuer"] = json!(issuer);
        let keyset = Keyset::parse(json!({ "keys": [entry] }).to_string().as_bytes()).unwrap();
        keyset.find(KID).unwrap().unwrap().clone()
    };
    let theirs = format!("https://login.microsoftonline.com/{THEIRS}/v2.0");
    let ours = format!("https://login.microsoftonline.com/{OURS}/v2.0");
    for (issuer, expected) in [
        (None, OBJECT),
        (Some(TENANT_ISSUER), OBJECT),
        (Some(&*ours), OBJECT),
        (Some(&*theirs), "jwks_bad"),
        (Some("https://login.live.com"), "jwks_bad"),
    ] {
        let outcome = match case.check(&token, &keys(issuer)) {
            Ok(identity) => identity.subject,
            Err(problem) => code(&problem),
        };
        assert_eq!(outcome, expected, "{issuer:?}");
    }
}

#[test]
fn domains_count_only_if_the_provider_vouches_for_them() {
    let email = json!("tina@School.example.edu");
    let school = "school.example.edu";
    for (kind, claims, accepted) in [
        (Kind::Google, vec![("hd", json!(school))], true),
        (Kind::Google, vec![("hd", json!("other.example.edu"))], false),
        (Kind::Google, vec![("email", email.clone()), ("email_verified", json!(true))], false),
        (Kind::Other, vec![("email", email.clone()), ("email_verified", json!(true))], true),
        (Kind::Other, vec![("email", email.clone()), ("email_verified", json!("true"))], false),
        (Kind::Other, vec![("email", email.clone()), ("email_verified", json!(false))], false),
        (Kind::Other, vec![("email", email.clone())], false),
        (Kind::Other, vec![("email_verified", json!(true))], false),
        (
            Kind::Other,
            vec![
                ("email", json!("a@school.example.edu@attacker.example.com")),
                ("email_verified", json!(true)),
            ],
            false,
        ),
        (Kind::Other, vec![("hd", json!(school))], false),
        (Kind::Microsoft, vec![("email", email.clone()), ("xms_edov", json!(true))], true),
        (Kind::Microsoft, vec![("email", email.clone()), ("xms_edov", json!("0"))], false),
        (Kind::Microsoft, vec![("email", email.clone()), ("email_verified", json!(true))], false),
        (Kind::Microsoft, vec![("email", email)], false),
    ] {
        let mut case = Case::of(kind, school);
        for (name, value) in &claims {
            case = case.with(name, value.clone());
        }
        assert_eq!(case.outcome() != "domain", accepted, "{kind:?} {claims:?}");
    }
    let personal = |listed| {
        let case = Case::of(Kind::Google, listed).with("email", json!("tina@gmail.com"));
        case.with("email_verified", json!(true)).outcome()
    };
    assert_eq!(
        (personal("gmail.com").as_str(), personal(school).as_str()),
        ("248289761001", "domain")
    );
    assert!(Url::parse(&Discovery::url(ISSUER)).is_ok());
}
