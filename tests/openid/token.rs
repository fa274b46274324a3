//! The token endpoint: clients, codes and what ends them.

use jiff::{SignedDuration, Timestamp};
use ltictl::admin::account::set_enabled;
use ltictl::admin::keys;
use ltictl::domain::{ClientAuthMethod, ClientKeyset, PreviousClientSecret};
use ltictl::lti::client_assertion::{ASSERTION_TYPE, ClientAssertion};
use ltictl::lti::keyset::{public_jwk, public_keyset};
use ltictl::lti::private_key::PrivateKey;
use ltictl::rules::state_key::state_key;
use ltictl::sandbox::{LaunchChoice, User};
use ltictl::token::openid::Code;

use super::*;

fn student() -> LaunchChoice {
    LaunchChoice::of(User::Sam)
}

#[tokio::test]
async fn a_code_is_used_once() {
    let provider = Provider::start().await;
    let (first, mut browser) = provider.signed_in(&student(), &[]).await;
    let access = first.text("access_token");
    assert_eq!(provider.userinfo(&access).await.status, 200);
    let code = provider.code(&mut browser, &[]).await;
    let second = provider.tokens(&code).await.text("access_token");
    let again = provider.token(&[&format!("code={code}")]).await;
    assert_eq!(again.outcome(), (400, "invalid_grant"));
    assert_eq!(provider.userinfo(&second).await.status, 401, "someone else has the code, too");
    assert_eq!(provider.userinfo(&access).await.status, 200, "another sign-in is not affected");
    provider.lab.stop().await;
}

#[tokio::test]
async fn of_two_requests_at_once_one_gets_the_tokens() {
    let provider = Provider::start().await;
    let mut browser = provider.launched(&student()).await;
    for _ in 0..20 {
        let code = format!("code={}", provider.code(&mut browser, &[]).await);
        let fields = [code.as_str()];
        let (one, two) = tokio::join!(provider.token(&fields), provider.token(&fields));
        let mut statuses = [one.status, two.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 400]);
    }
    provider.lab.stop().await;
}

#[tokio::test]
async fn a_code_is_bound_to_its_request() {
    let mut provider = Provider::start().await;
    let mut browser = provider.launched(&student()).await;
    let verifier = format!("code_verifier={VERIFIER}");
    let wrong = format!("code_verifier={CHALLENGE}");
    for (request, exchange, expected) in [
        (&[][..], &[][..], (200, "")),
        (&PKCE[..], &[&*verifier][..], (200, "")),
        (&PKCE, &[], (400, "invalid_grant")),
        (&PKCE, &[&wrong], (400, "invalid_grant")),
        (&PKCE, &["code_verifier=short"], (400, "invalid_grant")),
        (&[], &[&verifier], (400, "invalid_grant")),
        (&[], &["-redirect_uri"], (400, "invalid_grant")),
        (&[], &["redirect_uri=https://app.example.edu/callback/"], (400, "invalid_grant")),
        (&[], &["grant_type=password"], (400, "unsupported_grant_type")),
        (&[], &["grant_type=refresh_token"], (400, "unsupported_grant_type")),
        (&[], &["-grant_type"], (400, "invalid_request")),
        (&[], &["code="], (400, "invalid_request")),
        (&[], &["code=x"], (400, "invalid_grant")),
        (&[], &["code=x.y"], (400, "invalid_grant")),
    ] {
        let code = format!("code={}", provider.code(&mut browser, request).await);
        let answer = provider.token(&[&[&*code], exchange].concat()).await;
        assert_eq!(answer.outcome(), expected, "{request:?} {exchange:?}");
        assert_eq!(answer.page.header("cache-control"), Some("no-store"));
    }
    // One of another client.
    let code = provider.code(&mut browser, &[]).await;
    let (other, secret) = add_client(&provider.lab, "Other", RESOURCE, |_| {});
    let as_other = format!("{}:{secret}", other.client_id);
    let answer = provider.token_as(Some(&as_other), &[&format!("code={code}")]).await;
    assert_eq!(answer.outcome(), (400, "invalid_grant"));
    provider.tokens(&code).await;
    // One that has expired.
    let key = state_key(provider.lab.store().read()).unwrap();
    let code = provider.code(&mut browser, &[]).await;
    let expired =
        Code { expires_at: Clock::System.now().as_second(), ..Code::open(&code, &key).unwrap() };
    let answer = provider.token(&[&format!("code={}", expired.seal(&key))]).await;
    assert_eq!(answer.outcome(), (400, "invalid_grant"));
    // PKCE may be required of every client.
    let code = provider.code(&mut browser, &[]).await;
    provider.change(|client| client.require_pkce = true);
    let answer = provider.token(&[&format!("code={code}")]).await;
    assert_eq!(answer.outcome(), (400, "invalid_grant"));
    assert_eq!(provider.authorize(&mut browser, &[]).await.outcome(), "invalid_request");
    provider.lab.stop().await;
}

#[tokio::test]
async fn tokens_end_with_the_session_and_what_it_depends_on() {
    let mut provider = Provider::start().await;
    let mut browser = provider.launched(&student()).await;
    let code = format!("code={}", provider.code(&mut browser, &[]).await);
    let access =
        provider.tokens(&provider.code(&mut browser, &[]).await).await.text("access_token");
    provider.change(|client| client.enabled = false);
    assert_eq!(provider.userinfo(&access).await.status, 401);
    assert_eq!(provider.token(&[&code]).await.outcome(), (401, "invalid_client"));
    provider.change(|client| client.enabled = true);
    assert_eq!(provider.userinfo(&access).await.status, 200);
    let account = provider.lab.store().read().accounts().unwrap().pop().unwrap();
    let name = account.username.as_str().into();
    set_enabled(&mut provider.lab.store(), &name, false, Clock::System.now()).unwrap();
    assert_eq!(provider.token(&[&code]).await.outcome(), (400, "invalid_grant"));
    assert_eq!(provider.userinfo(&access).await.status, 401);
    set_enabled(&mut provider.lab.store(), &name, true, Clock::System.now()).unwrap();
    let mut browser = provider.launched(&student()).await;
    let code = format!("code={}", provider.code(&mut browser, &[]).await);
    let access =
        provider.tokens(&provider.code(&mut browser, &[]).await).await.text("access_token");
    let launch = provider.lab.newest_launch().unwrap();
    let mut store = provider.lab.store();
    let session = store.read().session_of_launch(&launch.id, Clock::System.now());
    let handle = session.unwrap().unwrap().handle;
    store.write(|write| write.delete_session(handle)).unwrap();
    assert_eq!(provider.token(&[&code]).await.outcome(), (400, "invalid_grant"));
    assert_eq!(provider.userinfo(&access).await.status, 401);
    provider.lab.stop().await;
}

#[tokio::test]
async fn clients_prove_who_they_are() {
    let chosen = "sec%ret+with:colon/and=more&signs-0123456789";
    let mut provider = Provider::with(|client| {
        let secret = ClientSecret::new(chosen).unwrap();
        client.secrets.digest = Some(secret.digest());
    })
    .await;
    let id = provider.client.client_id.to_string();
    let encoded: String = url::form_urlencoded::byte_serialize(chosen.as_bytes()).collect();
    let mut browser = provider.launched(&student()).await;
    let posted = [format!("client_id={id}"), format!("client_secret={chosen}")];
    let [posted_id, posted_secret] = [&*posted[0], &*posted[1]];
    let basic = format!("{id}:{encoded}");
    for (basic, fields, expected) in [
        (Some(&*basic), &[][..], (200, "")),
        (Some(&*basic), &[posted_id], (200, "")),
        (None, &[posted_id, posted_secret], (200, "")),
        (Some(&*basic), &[posted_secret], (400, "invalid_request")),
        (Some(&*basic), &["client_id=app_other"], (400, "invalid_request")),
        (Some(&format!("{id}:wrong")), &[], (401, "invalid_client")),
        (Some(&format!("{id}:")), &[], (401, "invalid_client")),
        (Some(&format!("app_other:{encoded}")), &[], (401, "invalid_client")),
        (None, &[posted_id], (401, "invalid_client")),
        (None, &[posted_id, "client_secret=wrong"], (401, "invalid_client")),
        (None, &[], (401, "invalid_client")),
    ] {
        let code = format!("code={}", provider.code(&mut browser, &[]).await);
        let answer = provider.token_as(basic, &[&[&*code], fields].concat()).await;
        assert_eq!(answer.outcome(), expected, "{basic:?} {fields:?}");
        let challenge = answer.page.header("www-authenticate").is_some();
        assert_eq!(challenge, expected.0 == 401 && basic.is_some());
    }
    // After a rotation, both secrets are accepted for a while.
    let new = ClientSecret::generate(&Random::System);
    let now = Clock::System.now();
    for (until, expected) in [(now + SignedDuration::from_mins(5), 200), (now, 401)] {
        provider.change(|client| {
            let previous = ClientSecret::new(chosen).unwrap().digest();
            client.secrets.previous =
                Some(PreviousClientSecret { digest: previous, accepted_until: until });
            client.secrets.digest = Some(new.digest());
        });
        let code = format!("code={}", provider.code(&mut browser, &[]).await);
        assert_eq!(provider.token_as(Some(&basic), &[&code]).await.status, expected);
    }
    let code = format!("code={}", provider.code(&mut browser, &[]).await);
    let with_new = format!("{id}:{}", new.expose());
    assert_eq!(provider.token_as(Some(&with_new), &[&code]).await.status, 200);
    provider.lab.stop().await;
}

/// An assertion of a client, for a provider.
fn assertion(
    key: &PrivateKey,
    client_id: &str,
    audience: &str,
    jti: &str,
    now: Timestamp,
) -> String {
    let assertion = ClientAssertion {
        client_id,
        audience,
        deployment_id: None,
        now_seconds: now.as_second(),
        jti,
    };
    assertion.sign("k1", &key.pkcs8_der).unwrap()
}

#[tokio::test]
async fn a_client_may_sign_assertions() {
    let (key, other) = (PrivateKey::generate(), PrivateKey::generate());
    let keyset = public_keyset(vec![public_jwk("k1", &key.modulus, &key.exponent)]);
    let provider = Provider::with(|client| {
        client.auth_method = ClientAuthMethod::PrivateKeyJwt;
        client.keys = Some(ClientKeyset::new(&keyset.to_string()).unwrap());
        client.secrets = ClientSecrets::default();
    })
    .await;
    let id = provider.client.client_id.as_str();
    let endpoint = format!("{}/oidc/token", provider.lab.url);
    let (now, hour) = (Clock::System.now(), SignedDuration::from_hours(1));
    let mut browser = provider.launched(&student()).await;
    for (what, assertion, expected) in [
        ("the endpoint", assertion(&key, id, &endpoint, "a", now), 200),
        ("the issuer", assertion(&key, id, &provider.lab.url, "b", now), 200),
        ("used before", assertion(&key, id, &endpoint, "a", now), 401),
        ("another audience", assertion(&key, id, "https://other.example", "c", now), 401),
        ("another key", assertion(&other, id, &endpoint, "d", now), 401),
        ("expired", assertion(&key, id, &endpoint, "e", now - hour), 401),
        ("an hour ahead", assertion(&key, id, &endpoint, "f", now + hour), 401),
        ("another client", assertion(&key, "app_other", &endpoint, "g", now), 401),
        ("not signed", "e30.e30.".to_owned(), 401),
    ] {
        let code = format!("code={}", provider.code(&mut browser, &[]).await);
        let answer = provider
            .token_as(
                None,
                &[
                    &code,
                    &format!("client_assertion_type={ASSERTION_TYPE}"),
                    &format!("client_assertion={assertion}"),
                ],
            )
            .await;
        assert_eq!(answer.status, expected, "{what}: {}", answer.body);
    }
    let code = format!("code={}", provider.code(&mut browser, &[]).await);
    assert_eq!(provider.token(&[&code]).await.outcome(), (401, "invalid_client"));
    provider.lab.stop().await;
}

#[tokio::test]
async fn keys_rotate_without_breaking_anything() {
    let provider = Provider::start().await;
    let mut browser = provider.launched(&student()).await;
    let old = provider.tokens(&provider.code(&mut browser, &[]).await).await.text("id_token");
    let code = provider.code(&mut browser, &[]).await;
    let (mut store, now) = (provider.lab.store(), Clock::System.now());
    keys::rotate(&mut store, KeyPurpose::Openid, SignedDuration::ZERO, false, now, &Random::System)
        .unwrap();
    let new = provider.tokens(&code).await.text("id_token");
    let kid = |token: &str| jws::read(token, Kind::IdToken).unwrap().kid().to_owned();
    assert_ne!(kid(&old), kid(&new));
    // Both keys are in the keyset; a retired one still shows who is meant.
    provider.id_token(&old).await;
    provider.id_token(&new).await;
    keys::retire(&mut store, &kid(&old), now).unwrap();
    let hint = format!("id_token_hint={old}");
    assert_eq!(provider.authorize(&mut browser, &[&hint, "prompt=none"]).await.outcome(), "code");
    provider.lab.stop().await;
}
