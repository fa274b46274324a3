//! The page and the keysets.

use std::time::Duration;

use serde_json::Value;

use super::super::browser::Browser;
use super::super::{KeysetVariant, LaunchChoice, Options, Sandbox};
use super::{platform_and_tool, platform_key};

#[tokio::test]
async fn the_page_shows_the_platform_and_saves_the_tool() {
    let sandbox = Sandbox::start(Options { signing_key: Some(platform_key()), ..Options::local() })
        .await
        .unwrap();
    let mut browser = Browser::new();
    let home = format!("{}/", sandbox.issuer());
    let page = browser.get(&home).await.unwrap();
    for text in [
        "Platform ID (issuer)",
        "Client ID",
        "Deployment ID",
        "Public keyset URL",
        "Access token URL",
        "Authentication request URL",
    ] {
        assert!(page.body.contains(&format!(">{text}</label>")), "{text}");
    }
    for value in [
        sandbox.issuer(),
        sandbox.client_id(),
        &sandbox.keyset_url(),
        &sandbox.access_token_url(),
        &sandbox.authentication_request_url(),
    ] {
        assert!(page.body.contains(&format!("value=\"{value}\"")), "{value}");
    }
    let policy = page.header("content-security-policy").unwrap();
    assert!(
        policy.contains("default-src 'none'")
            && policy.contains("script-src 'nonce-")
            && !policy.contains("unsafe"),
        "{policy}"
    );
    // Without a tool, there is nothing to launch.
    assert_eq!(browser.post_form(&format!("{home}launch"), &[]).await.unwrap().status, 409);
    let fields = [
        ("tool_url", "http://localhost:1/launch"),
        ("initiate_login_url", "http://localhost:1/login"),
        ("name", "<b>Tool</b>"),
        ("custom", "id=\"></textarea>"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let saved = browser.post_form(&format!("{home}tool"), &fields).await.unwrap();
    let page = browser.follow(saved).await.unwrap();
    assert!(page.body.contains("http://localhost:1/login") && page.body.contains("were saved"));
    assert!(!page.body.contains("<b>Tool") && !page.body.contains("id=\"></textarea>"));
    assert_eq!(
        sandbox.click(&mut browser, &LaunchChoice::student()).await.unwrap().form().unwrap().action,
        "http://localhost:1/login"
    );
    sandbox.shutdown().await;
}

#[tokio::test]
async fn other_sites_cannot_change_the_platform() {
    let sandbox = platform_and_tool().await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    for (path, origin, expected) in [
        ("/launch", "https://evil.example", 403),
        ("/tool", "null", 403),
        ("/launch", sandbox.issuer(), 200),
        ("/tool", sandbox.issuer(), 400),
    ] {
        let url = format!("{}{path}", sandbox.issuer());
        let response = client
            .post(url)
            .header("origin", origin)
            .form(&[("user", "sam")])
            .send()
            .await
            .unwrap();
        assert_eq!(response.status().as_u16(), expected, "{path} {origin}");
    }
}

/// The status of the response to a request with this target and these headers.
async fn status(sandbox: &Sandbox, target: &str, headers: &str) -> u16 {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut stream = tokio::net::TcpStream::connect(sandbox.local_addr()).await.unwrap();
    stream
        .write_all(
            format!("GET {target} HTTP/1.1\r\nConnection: close\r\n{headers}\r\n").as_bytes(),
        )
        .await
        .unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).await.unwrap();
    response.split(' ').nth(1).unwrap().parse().unwrap()
}

#[tokio::test]
async fn sandbox_is_only_available_under_its_own_names() {
    let public_url = Some("https://lms.example".to_owned());
    let sandbox = Sandbox::start(Options {
        signing_key: Some(platform_key()),
        public_url,
        ..Options::local()
    })
    .await
    .unwrap();
    for (host, expected) in [
        ("Host: localhost\r\n", 200),
        ("Host: LOCALHOST:8090\r\n", 200),
        ("Host: sandbox.localhost:8090\r\n", 200),
        ("Host: 127.0.0.1:1\r\n", 200),
        ("Host: [::1]:8090\r\n", 200),
        ("Host: 192.168.0.7:8090\r\n", 200),
        ("Host: lms.example\r\n", 200),
        ("Host: evil.example\r\n", 421),
        ("Host: evil.example:8090\r\n", 421),
        ("Host: localhost.evil.example\r\n", 421),
        ("Host: evil.lms.example\r\n", 421),
        ("Host: localhost@evil.example\r\n", 400),
        ("Host: evil.example@localhost\r\n", 400),
        ("Host: evil.example/@localhost\r\n", 400),
        ("Host: localhost\r\nHost: evil.example\r\n", 400),
        ("Host: \r\n", 400),
        ("", 400),
    ] {
        // Regardless of the path.
        for path in ["/", "/jwks", "/openid-configuration", "/healthz"] {
            assert_eq!(status(&sandbox, path, host).await, expected, "{path} {host}");
        }
    }
    assert_eq!(status(&sandbox, "http://evil.example/jwks", "Host: localhost\r\n").await, 421);
    assert_eq!(status(&sandbox, "http://localhost/jwks", "Host: localhost\r\n").await, 200);
    sandbox.shutdown().await;
}

#[tokio::test]
async fn invalid_forms_are_explained() {
    let sandbox = platform_and_tool().await;
    let mut browser = Browser::new();
    let page = browser
        .post_form(
            &format!("{}/launch", sandbox.issuer()),
            &[("user".to_owned(), "<b>".to_owned())],
        )
        .await
        .unwrap();
    assert_eq!(page.status, 400);
    assert!(page.body.contains("choose one of sam") && !page.body.contains("<b>"));
    let page =
        browser.get(&format!("{}/return?lti_errormsg=%3Cb%3ENo", sandbox.issuer())).await.unwrap();
    assert!(page.body.contains("&#60;b&#62;No"));
    assert_eq!(browser.get(&format!("{}/healthz", sandbox.issuer())).await.unwrap().body, "ok\n");
}

#[tokio::test]
async fn every_keyset_variant_has_its_error() {
    let sandbox = platform_and_tool().await;
    let mut browser = Browser::new();
    let right = browser.get(&sandbox.keyset_url()).await.unwrap();
    for variant in KeysetVariant::ALL.iter().filter(|variant| **variant != KeysetVariant::Slow) {
        let page = browser.get(&sandbox.keyset_url_of(*variant)).await.unwrap();
        assert_ne!((page.status, &page.body), (200, &right.body), "{variant}");
        let status = match variant {
            KeysetVariant::NotFound => 404,
            KeysetVariant::ServerError => 500,
            KeysetVariant::Redirect => 303,
            _ => 200,
        };
        assert_eq!(page.status, status, "{variant}");
        let readable = serde_json::from_str::<Value>(&page.body).is_ok();
        let broken = matches!(
            variant,
            KeysetVariant::Html
                | KeysetVariant::CutShort
                | KeysetVariant::NotFound
                | KeysetVariant::ServerError
                | KeysetVariant::Redirect
        );
        assert_eq!(readable, !broken, "{variant}");
    }
    assert_eq!(
        browser.get(&format!("{}/nonsense", sandbox.keyset_url())).await.unwrap().status,
        404
    );
    sandbox.set_keyset(Some(KeysetVariant::Empty));
    assert_eq!(browser.get(&sandbox.keyset_url()).await.unwrap().body, r#"{"keys":[]}"#);
    sandbox.set_keyset(None);
    assert_eq!(browser.get(&sandbox.keyset_url()).await.unwrap().body, right.body);
}

#[tokio::test]
async fn slow_responses_do_not_delay_shutdown() {
    let sandbox = Sandbox::start(Options { signing_key: Some(platform_key()), ..Options::local() })
        .await
        .unwrap();
    let (slow, address) = (sandbox.keyset_url_of(KeysetVariant::Slow), sandbox.local_addr());
    let waiting = tokio::spawn(async move { Browser::new().get(&slow).await });
    while sandbox.keyset_requests() == 0 {
        tokio::task::yield_now().await;
    }
    tokio::time::timeout(Duration::from_secs(10), sandbox.run_until(async {})).await.unwrap();
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
    waiting.abort();
}
