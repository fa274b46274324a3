//! One row for each rule of an authentication request.

use super::*;

const CALLBACK: &str = "https://app.example.edu/callback";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

const REGISTERED: [&str; 4] =
    [CALLBACK, "https://app.example.edu/with?a=b", "http://127.0.0.1/cb", "http://[::1]:9/cb?x=y"];

/// The request with changes: `-name` removes a parameter, others replace or add one.
fn checked(
    changes: &[&str],
    is_public: bool,
    requires_pkce: bool,
) -> Result<Authorization, Refused> {
    let mut pairs: Vec<(String, String)> = [
        ("client_id", "app_1"),
        ("redirect_uri", CALLBACK),
        ("response_type", "code"),
        ("scope", "openid profile"),
        ("state", "s"),
        ("nonce", "n"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec();
    for change in changes {
        if let Some(name) = change.strip_prefix('-') {
            pairs.retain(|(found, _)| found != name);
            continue;
        }
        let (name, value) = change.split_once('=').unwrap();
        match name.strip_prefix('+') {
            Some(name) => pairs.push((name.to_owned(), value.to_owned())),
            None => {
                pairs.retain(|(found, _)| found != name);
                pairs.push((name.to_owned(), value.to_owned()));
            }
        }
    }
    let client = ClientRules { redirect_uris: &REGISTERED, is_public, requires_pkce };
    check(&Parameters::new(pairs), &client)
}

/// What becomes of it, in a word.
fn outcome(result: &Result<Authorization, Refused>) -> &'static str {
    match result {
        Ok(_) => "ok",
        Err(Refused::Page(PageError::UnknownClient)) => "page: client",
        Err(Refused::Page(PageError::RedirectUriNotRegistered)) => "page: redirect URI",
        Err(Refused::Error(_, error)) => error.code(),
    }
}

#[test]
fn requests_of_a_confidential_client() {
    let challenge = format!("code_challenge={CHALLENGE}");
    for (changes, expected) in [
        (&[][..], "ok"),
        // Parameters of the conformance suite that change nothing.
        (&["-nonce"], "ok"),
        (&["-state"], "ok"),
        (&["scope=openid profile email address phone"], "ok"),
        (&["scope=email openid"], "ok"),
        (&["display=page"], "ok"),
        (&["display=popup"], "ok"),
        (&["ui_locales=de en", "claims_locales=se"], "ok"),
        (&["acr_values=1 2"], "ok"),
        (&["extra=foobar"], "ok"),
        (&["login_hint=someone@example.edu"], "ok"),
        (&["claims={\"userinfo\":{\"name\":{\"essential\":true}}}"], "ok"),
        (&["max_age=1"], "ok"),
        (&["max_age=99999999999999999999"], "ok"),
        (&["prompt=login"], "ok"),
        (&["prompt=none"], "ok"),
        (&["prompt=select_account"], "ok"),
        (&["prompt=consent select_account create x"], "ok"),
        (&["response_mode=form_post"], "ok"),
        (&["response_mode=query"], "ok"),
        (&[&challenge, "code_challenge_method=S256"], "ok"),
        (&["redirect_uri=https://app.example.edu/with?a=b"], "ok"),
        // An empty parameter is absent.
        (&["request=", "prompt="], "ok"),
    ] {
        let result = checked(changes, false, false);
        assert_eq!(outcome(&result), expected, "{changes:?}");
    }
}

#[test]
fn errors_of_requests() {
    let challenge = format!("code_challenge={CHALLENGE}");
    let long = format!("nonce={}", "n".repeat(513));
    let long_state = format!("state={}", "n".repeat(4097));
    for (changes, expected) in [
        // Never sent anywhere.
        (&["-redirect_uri"][..], "page: redirect URI"),
        (&["+redirect_uri=https://app.example.edu/callback"], "page: redirect URI"),
        (&["redirect_uri=https://app.example.edu/callback/"], "page: redirect URI"),
        (&["redirect_uri=https://app.example.edu/Callback"], "page: redirect URI"),
        (&["redirect_uri=https://APP.example.edu/callback"], "page: redirect URI"),
        (&["redirect_uri=https://app.example.edu/callback?x"], "page: redirect URI"),
        (&["redirect_uri=https://app.example.edu/callback#x"], "page: redirect URI"),
        (&["redirect_uri=https://app.example.edu:443/callback"], "page: redirect URI"),
        (&["redirect_uri=http://app.example.edu/callback"], "page: redirect URI"),
        (&["redirect_uri=https://a@app.example.edu/callback"], "page: redirect URI"),
        (&["redirect_uri=https://app.example.edu/x/../callback"], "page: redirect URI"),
        (&["redirect_uri=https://app.example.edu/%63allback"], "page: redirect URI"),
        (&["redirect_uri=https://app.example.edu/with"], "page: redirect URI"),
        (&["redirect_uri=http://127.0.0.1:4711/cb"], "page: redirect URI"),
        // Errors for the client.
        (&["+scope=openid"], "invalid_request"),
        (&["+state=t"], "invalid_request"),
        (&["+x=1", "+x=1"], "invalid_request"),
        (&["request=a.b.c"], "request_not_supported"),
        (&["request_uri=https://app.example.edu/r"], "request_uri_not_supported"),
        (&["-response_type"], "invalid_request"),
        (&["response_type=id_token"], "unsupported_response_type"),
        (&["response_type=code id_token"], "unsupported_response_type"),
        (&["response_type=token"], "unsupported_response_type"),
        (&["response_mode=fragment"], "invalid_request"),
        (&["-scope"], "invalid_scope"),
        (&["scope=profile"], "invalid_scope"),
        (&[&long], "invalid_request"),
        (&[&long_state], "invalid_request"),
        (&[&challenge], "invalid_request"),
        (&[&challenge, "code_challenge_method=plain"], "invalid_request"),
        (&["code_challenge_method=S256"], "invalid_request"),
        (&["code_challenge=abc", "code_challenge_method=S256"], "invalid_request"),
        (&["prompt=none login"], "invalid_request"),
        (&["prompt=login none"], "invalid_request"),
        (&["max_age=-1"], "invalid_request"),
        (&["max_age=1.5"], "invalid_request"),
    ] {
        let result = checked(changes, false, false);
        assert_eq!(outcome(&result), expected, "{changes:?}");
        if let Err(Refused::Error(destination, error)) = &result {
            assert_eq!(destination.redirect_uri, CALLBACK);
            assert!(error.description().is_ascii());
        }
    }
}

#[test]
fn pkce_is_required_where_it_protects() {
    let challenge = format!("code_challenge={CHALLENGE}");
    let with = [&*challenge, "code_challenge_method=S256"];
    for (is_public, requires, changes, expected) in [
        (true, false, &[][..], "invalid_request"),
        (false, true, &[], "invalid_request"),
        (true, false, &with, "ok"),
        (false, true, &with, "ok"),
        (true, true, &[&challenge], "invalid_request"),
    ] {
        let result = checked(changes, is_public, requires);
        assert_eq!(outcome(&result), expected, "{is_public} {requires} {changes:?}");
    }
}

#[test]
fn only_public_clients_may_use_any_port_of_a_loopback_address() {
    let pkce =
        [&*format!("code_challenge={CHALLENGE}"), "code_challenge_method=S256"].map(str::to_owned);
    for (uri, expected) in [
        ("http://127.0.0.1/cb", true),
        ("http://127.0.0.1:1/cb", true),
        ("http://127.0.0.1:65535/cb", true),
        ("http://[::1]:4711/cb?x=y", true),
        ("http://[::1]/cb?x=y", true),
        ("http://[::1]:4711/cb", false),
        ("http://127.0.0.1:65536/cb", false),
        ("http://127.0.0.1:/cb", false),
        ("http://127.0.0.1:+1/cb", false),
        ("http://127.0.0.1:1@evil.example/cb", false),
        ("http://127.0.0.1.evil.example/cb", false),
        ("http://127.0.0.1:80.evil.example/cb", false),
        ("https://127.0.0.1:1/cb", false),
        ("http://localhost:1/cb", false),
        ("http://127.0.0.1:1/cb/", false),
        ("https://app.example.edu:8443/callback", false),
    ] {
        let redirect_uri = format!("redirect_uri={uri}");
        let changes = [&*redirect_uri, &pkce[0], &pkce[1]];
        assert_eq!(outcome(&checked(&changes, true, false)) == "ok", expected, "{uri}");
    }
}

#[test]
fn a_valid_request_is_read_completely() {
    let result = checked(
        &[
            "prompt=login",
            "max_age=0",
            "login_hint=h",
            "id_token_hint=t",
            "response_mode=form_post",
        ],
        false,
        false,
    );
    assert_eq!(
        result,
        Ok(Authorization {
            destination: Destination {
                redirect_uri: CALLBACK.to_owned(),
                mode: ResponseMode::FormPost,
                state: Some("s".to_owned()),
            },
            scopes: Scopes::parse("openid profile"),
            nonce: Some("n".to_owned()),
            challenge: None,
            is_silent: false,
            needs_new_launch: true,
            max_age: Some(0),
            login_hint: Some("h".to_owned()),
            id_token_hint: Some("t".to_owned()),
        })
    );
}

#[test]
fn a_client_is_named_once() {
    for (query, expected) in [
        ("client_id=a", Ok("a")),
        ("client_id=a&client_id=a", Err(PageError::UnknownClient)),
        ("client_id=", Err(PageError::UnknownClient)),
        ("", Err(PageError::UnknownClient)),
    ] {
        assert_eq!(client_id(&Parameters::of(query)), expected, "{query}");
    }
}

#[test]
fn a_response_leaves_the_redirect_uri_as_it_is() {
    let state = "a&b=c d\0é".repeat(200);
    for (uri, separator) in [
        ("https://app.example.edu/callback", "?"),
        ("https://app.example.edu/with?a=b", "&"),
        ("https://app.example.edu/with?a=b&", ""),
        ("https://app.example.edu/with?", ""),
        ("com.example.app:/cb", "?"),
    ] {
        let url = redirect_url(uri, &[("code", "1"), ("state", &state)]);
        let query = url.strip_prefix(&format!("{uri}{separator}")).unwrap();
        let pairs: Vec<(String, String)> =
            form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        assert_eq!(pairs[1], ("state".to_owned(), state.clone()));
        assert!(url.is_ascii());
    }
}

#[test]
fn only_web_addresses_have_an_origin() {
    for (uri, expected) in [
        (CALLBACK, Some("https://app.example.edu")),
        ("http://127.0.0.1:9/cb", Some("http://127.0.0.1:9")),
        ("com.example.app:/cb", None),
        ("x", None),
    ] {
        assert_eq!(origin(uri).as_deref(), expected);
        assert_eq!(is_on_device(uri), expected != Some("https://app.example.edu"), "{uri}");
    }
}
