use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::net::TcpListener;

use super::super::stub::{Stub, StubResponse};
use super::*;

const LOOPBACK: NetworkAccess =
    NetworkAccess { loopback: true, private_network: false, http: false };
const LIMIT: usize = 1_000_000;

/// Two megabytes of zeros, packed by gzip into two kilobytes, which are mostly zeros again.
fn bomb() -> Vec<u8> {
    let head: &[u8] = &[
        0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xed, 0xc1, 0x31, 0x01, 0x00,
        0x00, 0x00, 0xc2, 0xa0, 0xf5, 0x4f, 0x6d, 0x0c, 0x1f, 0xa0,
    ];
    let tail: &[u8] = &[0xbe, 0x06, 0x7e, 0x87, 0x89, 0x8d, 0x00, 0x00, 0x20, 0x00];
    [head, &[0; 2032], tail].concat()
}

/// A client that resolves names with a table.
fn client_knowing(table: &'static [(&'static str, &'static [&'static str])]) -> PlatformClient {
    let lookup: Lookup = Arc::new(move |name| {
        Box::pin(async move {
            let known = table
                .iter()
                .find(|(known, _)| *known == name)
                .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "no such name"))?;
            Ok(known.1.iter().map(|address| address.parse::<IpAddr>().unwrap()).collect())
        })
    });
    PlatformClient::with_lookup(CONNECT_TIME, TOTAL_TIME, SERVICE_TIME, lookup)
}

/// The result of fetching one response.
async fn fetch(response: StubResponse) -> Result<Fetched, FetchError> {
    let stub = Stub::start(move |_, _| response.clone()).await;
    PlatformClient::new().get_json(&stub.url("/keys"), LOOPBACK, LIMIT).await
}

#[tokio::test]
async fn a_document_comes_with_its_age() {
    for (headers, seconds) in [
        ("", None),
        ("cache-control: public, max-age=600\r\n", Some(600)),
        ("Cache-Control: MAX-AGE=\"60\"\r\n", Some(60)),
        ("cache-control: no-store\r\n", Some(0)),
        ("cache-control: max-age=600\r\ncache-control: no-cache\r\n", Some(0)),
        ("cache-control: max-age=soon\r\n", None),
        ("cache-control: s-maxage=5\r\n", None),
    ] {
        let fetched = fetch(StubResponse::new("200 OK", headers, b"{}")).await.unwrap();
        assert_eq!(
            fetched,
            Fetched { body: b"{}".to_vec(), max_age: seconds.map(Duration::from_secs) },
            "{headers:?}"
        );
    }
}

#[tokio::test]
async fn probe_accepts_any_response_within_its_limits() {
    let stub = Stub::start(|_, head| match head.split(' ').nth(1) {
        Some("/moved") => StubResponse::new(
            "302 Found",
            "location: http://169.254.169.254/\r\nset-cookie: a=1\r\nset-cookie: b=2\r\n",
            b"",
        ),
        Some("/long") => StubResponse::ok(&[b'x'; 1000]),
        _ => StubResponse::new("404 Not Found", "date: Mon, 23 Nov 2026 17:00:00 GMT\r\n", b"none"),
    })
    .await;
    let client = PlatformClient::new();
    let missing = client.probe(&stub.url("/"), LOOPBACK, 100).await.unwrap();
    assert_eq!(
        (missing.status, missing.date, missing.body.as_slice()),
        (404, Some("2026-11-23T17:00:00Z".parse().unwrap()), &b"none"[..])
    );
    let moved = client.probe(&stub.url("/moved"), LOOPBACK, 100).await.unwrap();
    assert_eq!(
        (moved.status, moved.date, moved.header("Location").as_deref()),
        (302, None, Some("http://169.254.169.254/"))
    );
    assert_eq!(moved.header_values("set-cookie").collect::<Vec<_>>(), ["a=1", "b=2"]);
    let long = client.probe(&stub.url("/long"), LOOPBACK, 100).await.unwrap();
    assert_eq!((long.body.len(), long.is_whole), (100, false));
    assert!(matches!(
        client.probe(&stub.url("/"), NetworkAccess::default(), 100).await,
        Err(FetchError::HttpNotAllowed { .. })
    ));
}

#[tokio::test]
async fn request_has_only_the_user_agent() {
    let stub = Stub::start(|_, head| StubResponse::ok(head.as_bytes())).await;
    let fetched =
        PlatformClient::new().get_json(&stub.url("/keys?tenant=7"), LOOPBACK, LIMIT).await.unwrap();
    let head = String::from_utf8(fetched.body).unwrap().to_ascii_lowercase();
    assert!(head.starts_with("get /keys?tenant=7 http/1.1\r\n"), "{head}");
    assert!(
        head.contains(concat!("\r\nuser-agent: ltictl/", env!("CARGO_PKG_VERSION"), "\r\n")),
        "{head}"
    );
    assert!(head.contains("\r\naccept: application/json"), "{head}");
    assert!(
        !head.contains("referer") && !head.contains("cookie") && !head.contains("authorization"),
        "{head}"
    );
}

#[tokio::test]
async fn too_much_is_not_read() {
    let fetched = fetch(StubResponse::ok(&vec![b' '; LIMIT])).await;
    assert_eq!(fetched.map(|fetched| fetched.body.len()), Ok(LIMIT));
    let fetched = fetch(StubResponse::ok(&vec![b' '; LIMIT + 1])).await;
    assert!(matches!(fetched, Err(FetchError::TooBig { limit_bytes: LIMIT, .. })));
}

#[tokio::test]
async fn decompressed_size_is_limited() {
    let stub =
        Stub::start(|_, _| StubResponse::new("200 OK", "content-encoding: gzip\r\n", &bomb()))
            .await;
    let fetched = PlatformClient::new().get_json(&stub.url("/keys"), LOOPBACK, 2 << 20).await;
    assert_eq!(fetched.map(|fetched| fetched.body.len()), Ok(2 << 20));
    let fetched = PlatformClient::new().get_json(&stub.url("/keys"), LOOPBACK, (2 << 20) - 1).await;
    assert!(matches!(fetched, Err(FetchError::TooBig { .. })));
    let fetched = PlatformClient::new().get_json(&stub.url("/keys"), LOOPBACK, LIMIT).await;
    assert!(matches!(fetched, Err(FetchError::TooBig { limit_bytes: LIMIT, .. })));
    let error = fetch(StubResponse::new("200 OK", "content-encoding: gzip\r\n", b"<html>"))
        .await
        .unwrap_err();
    assert!(matches!(error, FetchError::Broken { .. }), "{error}");
}

#[tokio::test]
async fn unsuccessful_responses_are_errors_without_their_body() {
    let error = fetch(StubResponse::new("500 Oops", "", b"secret")).await.unwrap_err();
    assert!(matches!(error, FetchError::Status { status: 500, .. }), "{error}");
    assert!(!error.to_string().contains("secret"), "{error}");
    let error = fetch(StubResponse::new("404 Not Found", "", b"")).await.unwrap_err();
    assert!(error.to_string().ends_with(" responded with HTTP status 404"), "{error}");
}

#[tokio::test]
async fn redirects_are_named_and_not_followed() {
    let stub = Stub::start(|number, _| match number {
        0 => StubResponse::new("302 Found", "location: /elsewhere\t\u{9b}31m\r\n", b""),
        _ => StubResponse::ok(b"{}"),
    })
    .await;
    let error =
        PlatformClient::new().get_json(&stub.url("/keys"), LOOPBACK, LIMIT).await.unwrap_err();
    assert_eq!(
        error,
        FetchError::Redirected {
            host: stub.address.to_string(),
            location: "/elsewhere31m".to_owned()
        }
    );
    assert_eq!(stub.requests(), 1);
}

#[tokio::test]
async fn redirect_to_a_metadata_address_is_not_followed() {
    // Even with the widest reach: the address of cloud credentials, as a number and as a name that
    // resolves to it.
    let everything = NetworkAccess { loopback: true, private_network: true, http: true };
    let lookups = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&lookups);
    let lookup: Lookup = Arc::new(move |_| {
        counter.fetch_add(1, Ordering::SeqCst);
        Box::pin(async { Ok(vec![IpAddr::from([127, 0, 0, 1])]) })
    });
    let client = PlatformClient::with_lookup(CONNECT_TIME, TOTAL_TIME, SERVICE_TIME, lookup);
    let elsewhere = Stub::start(|_, _| StubResponse::ok(b"{}")).await;
    for status in [
        "301 Moved",
        "302 Found",
        "303 See Other",
        "307 Temporary Redirect",
        "308 Permanent Redirect",
    ] {
        for location in [
            "http://169.254.169.254/latest/meta-data/".to_owned(),
            format!("http://metadata.example:{}/", elsewhere.address.port()),
        ] {
            let response = StubResponse::new(status, &format!("location: {location}\r\n"), b"");
            let stub = Stub::start(move |_, _| response.clone()).await;
            let error = client.get_json(&stub.url("/keys"), everything, LIMIT).await.unwrap_err();
            assert_eq!(
                error,
                FetchError::Redirected {
                    host: stub.address.to_string(),
                    location: location.clone()
                }
            );
            let error = client
                .post_json(
                    &stub.url("/register"),
                    &serde_json::json!({}),
                    Some("token"),
                    everything,
                    LIMIT,
                )
                .await
                .unwrap_err();
            assert_eq!(error, FetchError::Redirected { host: stub.address.to_string(), location });
            assert_eq!(stub.requests(), 2);
        }
    }
    assert_eq!((elsewhere.requests(), lookups.load(Ordering::SeqCst)), (0, 0));
    for url in [
        "http://169.254.169.254/latest/meta-data/",
        "http://[fd00:ec2::254]/",
        "http://[::ffff:169.254.169.254]/",
        "http://2852039166/",
    ] {
        let error = client
            .clone()
            .allowing_private_networks(true)
            .get_json(url, everything, LIMIT)
            .await
            .unwrap_err();
        assert!(matches!(error, FetchError::NotAllowed { .. }), "{url}: {error}");
    }
}

#[tokio::test]
async fn a_name_is_looked_up_once_for_check_and_connection() {
    // The owner of a name can change its addresses each time; here allowed and forbidden ones
    // alternate.
    let stub = Stub::start(|_, _| StubResponse::ok(b"{}")).await;
    let lookups = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&lookups);
    let lookup: Lookup = Arc::new(move |_| {
        let address = if counter.fetch_add(1, Ordering::SeqCst).is_multiple_of(2) {
            [127, 0, 0, 1]
        } else {
            [169, 254, 169, 254]
        };
        Box::pin(async move { Ok(vec![IpAddr::from(address)]) })
    });
    let client = PlatformClient::with_lookup(CONNECT_TIME, TOTAL_TIME, SERVICE_TIME, lookup);
    let url = format!("http://rebind.example:{}/keys", stub.address.port());
    for round in 1..=3 {
        // The checked address is used to connect; a second look-up would have returned the
        // forbidden one.
        assert_eq!(
            client
                .get_json(&url, NetworkAccess { http: true, ..LOOPBACK }, LIMIT)
                .await
                .unwrap()
                .body,
            b"{}"
        );
        assert_eq!((stub.requests(), lookups.load(Ordering::SeqCst)), (round, 2 * round - 1));
        // The next connection is checked again.
        let error = client
            .get_json(&url, NetworkAccess { http: true, ..LOOPBACK }, LIMIT)
            .await
            .unwrap_err();
        assert!(matches!(error, FetchError::NotAllowed { .. }), "{error}");
        assert_eq!((stub.requests(), lookups.load(Ordering::SeqCst)), (round, 2 * round));
    }
}

#[tokio::test]
async fn private_networks_can_be_opened_for_every_request() {
    let plain = PlatformClient::new();
    let open = plain.clone().allowing_private_networks(true);
    for url in ["https://10.1.2.3/keys", "https://192.168.0.1/keys", "https://[fd12::1]/keys"] {
        let url = Url::parse(url).unwrap();
        assert!(
            plain.widened(NetworkAccess::default()).check_url(&url).is_err()
                && open.widened(NetworkAccess::default()).check_url(&url).is_ok(),
            "{url}"
        );
    }
    // Nothing else is opened with it.
    for url in ["https://127.0.0.1/keys", "http://10.1.2.3/keys", "https://169.254.169.254/keys"] {
        assert!(open.get_json(url, NetworkAccess::default(), LIMIT).await.is_err(), "{url}");
        assert!(
            open.widened(NetworkAccess::default()).check_url(&Url::parse(url).unwrap()).is_err(),
            "{url}"
        );
    }
}

#[tokio::test]
async fn slow_platforms_are_given_up() {
    let client = PlatformClient::with_time_limits(CONNECT_TIME, Duration::from_millis(200));
    let stub = Stub::start(|_, _| StubResponse::ok(b"{}").after(Duration::from_secs(60))).await;
    let error = client.get_json(&stub.url("/keys"), LOOPBACK, LIMIT).await.unwrap_err();
    assert_eq!(error.to_string(), format!("{} did not respond within 0.2 seconds", stub.address));
    // The head arrives immediately and announces more than ever arrives.
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        tokio::io::AsyncReadExt::read_u8(&mut stream).await.unwrap();
        tokio::io::AsyncWriteExt::write_all(
            &mut stream,
            b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{",
        )
        .await
        .unwrap();
        tokio::time::sleep(Duration::from_secs(60)).await;
    });
    let error =
        client.get_json(&format!("http://{address}/keys"), LOOPBACK, LIMIT).await.unwrap_err();
    assert!(matches!(error, FetchError::TimedOut { .. }), "{error}");
    server.abort();
}

#[tokio::test]
async fn invalid_and_truncated_responses_are_broken() {
    for bytes in
        [&b"SSH-2.0-OpenSSH_9.9\r\n"[..], b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{", b""]
    {
        let error =
            fetch(StubResponse { delay: Duration::ZERO, bytes: bytes.to_vec() }).await.unwrap_err();
        assert!(matches!(error, FetchError::Broken { .. }), "{error}");
    }
}

#[tokio::test]
async fn unreachable_host_and_failed_tls_are_distinguished() {
    let closed = TcpListener::bind(("127.0.0.1", 0)).await.unwrap().local_addr().unwrap();
    let error = PlatformClient::new()
        .get_json(&format!("http://{closed}/keys"), LOOPBACK, LIMIT)
        .await
        .unwrap_err();
    assert!(matches!(error, FetchError::Unreachable { .. }), "{error}");
    let stub = Stub::start(|_, _| StubResponse::ok(b"{}")).await;
    let plain = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = plain.local_addr().unwrap().port();
    let server = tokio::spawn(async move {
        let (mut stream, _) = plain.accept().await.unwrap();
        tokio::io::AsyncWriteExt::write_all(&mut stream, b"HTTP/1.1 400 Bad Request\r\n\r\n")
            .await
            .unwrap();
    });
    let error = PlatformClient::new()
        .get_json(&format!("https://127.0.0.1:{port}/keys"), LOOPBACK, LIMIT)
        .await
        .unwrap_err();
    assert!(matches!(error, FetchError::Tls { .. }), "{error}");
    server.await.unwrap();
    let error = client_knowing(&[])
        .get_json("https://lms.example.edu/keys", LOOPBACK, LIMIT)
        .await
        .unwrap_err();
    assert_eq!(error.to_string(), "lms.example.edu cannot be reached: no such name");
    assert_eq!(stub.requests(), 0);
}

#[tokio::test]
async fn localhost_needs_reach() {
    let stub = Stub::start(|_, _| StubResponse::ok(b"{}")).await;
    let url = format!("http://localhost:{}/keys", stub.address.port());
    let http = NetworkAccess { http: true, ..NetworkAccess::default() };
    let error = PlatformClient::new().get_json(&url, http, LIMIT).await.unwrap_err();
    assert!(matches!(error, FetchError::NotAllowed { .. }), "{error}");
    assert_eq!(stub.requests(), 0);
    let fetched = PlatformClient::new().get_json(&url, LOOPBACK, LIMIT).await.unwrap();
    assert_eq!(fetched.body, b"{}");
    let under = format!("http://lms.localhost:{}/keys", stub.address.port());
    assert!(
        client_knowing(&[("lms.localhost", &["8.8.8.8"])])
            .get_json(&under, LOOPBACK, LIMIT)
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn every_address_of_a_name_is_checked() {
    let client = client_knowing(&[
        ("rebind.example", &["8.8.8.8", "127.0.0.1"]),
        ("metadata.example", &["169.254.169.254"]),
        ("campus.example", &["10.1.2.3"]),
        ("mapped.example", &["::ffff:10.1.2.3"]),
        ("nothing.example", &[]),
    ]);
    for (host, address) in [
        ("rebind.example", "127.0.0.1"),
        ("metadata.example", "169.254.169.254"),
        ("campus.example", "10.1.2.3"),
        ("mapped.example", "::ffff:10.1.2.3"),
    ] {
        let error = client
            .get_json(&format!("https://{host}/keys"), NetworkAccess::default(), LIMIT)
            .await
            .unwrap_err();
        match &error {
            FetchError::NotAllowed { host: named, address: found, .. } => {
                assert_eq!((named.as_str(), *found), (host, address.parse().unwrap()))
            }
            _ => panic!("{host}: {error}"),
        }
        assert_eq!(
            error.to_string().contains("--allow-private-network"),
            address.contains("10.1.2.3"),
            "{error}"
        );
    }
    let error = client
        .get_json("https://nothing.example/keys", NetworkAccess::default(), LIMIT)
        .await
        .unwrap_err();
    assert!(matches!(error, FetchError::Unreachable { .. }), "{error}");
}

#[tokio::test]
async fn checked_address_is_the_one_contacted() {
    let stub = Stub::start(|_, head| StubResponse::ok(head.as_bytes())).await;
    let client = client_knowing(&[("lms.example", &["127.0.0.1"])]);
    let url = format!("http://lms.example:{}/keys", stub.address.port());
    let fetched =
        client.get_json(&url, NetworkAccess { http: true, ..LOOPBACK }, LIMIT).await.unwrap();
    let head = String::from_utf8(fetched.body).unwrap().to_ascii_lowercase();
    assert!(head.contains(&format!("host: lms.example:{}", stub.address.port())), "{head}");
    // A connection to loopback is not reused for a request that may not reach it.
    let error = client
        .get_json(&url, NetworkAccess { http: true, ..NetworkAccess::default() }, LIMIT)
        .await
        .unwrap_err();
    assert!(matches!(error, FetchError::NotAllowed { .. }), "{error}");
    assert_eq!(stub.requests(), 1);
}

#[tokio::test]
async fn invalid_url_is_not_requested() {
    for url in ["", "lms.example.edu", "/keys", "https://", "https://lms.example.edu:99999/"] {
        let error = PlatformClient::new().get_json(url, LOOPBACK, LIMIT).await.unwrap_err();
        assert!(matches!(error, FetchError::UrlUnusable { .. }), "{url}: {error}");
    }
}
