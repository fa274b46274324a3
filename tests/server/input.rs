//! What is no login and no launch: malformed, repeated, too large, too slow, too often, or just a
//! person with a browser.

use std::time::{Duration, Instant};

use ltictl::admin::setup;
use ltictl::rules::throttle::Rate;
use ltictl::sandbox::LaunchChoice;

use crate::lab::{self, Lab, REGISTRATION, outcome, raw};

/// An HTTP/1.1 request as text.
fn request(method: &str, path: &str, headers: &str, body: &str) -> String {
    let length = if body.is_empty() && method == "GET" {
        String::new()
    } else {
        format!("Content-Length: {}\r\n", body.len())
    };
    format!(
        "{method} {path} HTTP/1.1\r\nHost: evil.example\r\nConnection: \
         close\r\n{headers}{length}\r\n{body}"
    )
}

const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";

fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).unwrap_or_else(|| panic!("no answer: {answer:?}")).parse().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn opening_an_endpoint_by_hand_explains_it() {
    let lab = Lab::start().await;
    for (method, path, expected, text) in [
        ("GET", "/lti/login", 200, "This is the initiate login URL"),
        ("GET", "/lti/login/test-platform", 200, "This is the initiate login URL"),
        ("GET", "/lti/launch", 405, "This is the Tool URL"),
        ("GET", "/lti/launch?id_token=x&state=y", 405, "This is the Tool URL"),
        ("GET", "/lti/deep-link", 405, "This is the Content selection URL"),
        ("PUT", "/lti/launch", 405, "This page cannot be opened this way"),
        ("DELETE", "/lti/login", 405, "This page cannot be opened this way"),
        ("POST", "/lti/jwks", 405, "This page cannot be opened this way"),
        ("GET", "/", 404, "Page not found"),
        ("GET", "/lti", 404, "Page not found"),
        ("GET", "/lti/login/a/b", 404, "Page not found"),
        ("GET", "/session/", 404, "Page not found"),
        ("GET", "/session/nonsense", 404, "Page not found"),
        ("GET", "/%2e%2e/etc/passwd", 404, "Page not found"),
        ("GET", "/favicon.ico", 404, "Page not found"),
    ] {
        let answer = raw(&lab, &request(method, path, "", "")).await;
        assert_eq!(status(&answer), expected, "{method} {path}");
        assert!(
            answer.contains(text)
                && answer.contains("<html lang=\"en\">")
                && answer.contains("<title>"),
            "{method} {path}: {answer}"
        );
        assert_eq!(answer.contains("\r\nallow: "), expected == 405, "{method} {path}: {answer}");
        assert!(
            answer.contains(
                "content-security-policy: default-src 'none'; base-uri 'none'; style-src 'nonce-"
            ),
            "{method} {path}"
        );
        assert!(!answer.contains("evil.example"), "nothing comes from the Host header");
    }
    lab.stop().await;
}

const LOGIN: &str = "iss=i&login_hint=h&target_link_uri=t";

/// The reason code of the refused launch, or the status if nothing is logged.
type Refusal = Result<&'static str, u16>;

/// Method, path, headers and body of requests, and their outcome.
const MALFORMED: &[(&str, &str, &str, &str, Refusal)] = &[
    (
        "POST",
        "/lti/login",
        FORM,
        "iss=a&iss=a&login_hint=h&target_link_uri=t",
        Ok("parameter_repeated"),
    ),
    (
        "GET",
        "/lti/login?iss=a&iss=b&login_hint=h&target_link_uri=t",
        "",
        "",
        Ok("parameter_repeated"),
    ),
    ("POST", "/lti/login?iss=i", FORM, LOGIN, Ok("parameter_repeated")),
    ("POST", "/lti/launch", FORM, "state=a&state=b&id_token=c", Ok("parameter_repeated")),
    ("POST", "/lti/launch", FORM, "id_token=a&id_token=a", Ok("parameter_repeated")),
    ("POST", "/lti/login", FORM, "iss=%", Ok("parameter_malformed")),
    ("POST", "/lti/login", FORM, "iss=%ff%fe", Ok("parameter_malformed")),
    ("GET", "/lti/login?iss=%zz", "", "", Ok("parameter_malformed")),
    ("GET", "/lti/login/test-platform?iss=%c3%28", "", "", Ok("parameter_malformed")),
    ("POST", "/lti/launch", FORM, "id_token=%0", Ok("parameter_malformed")),
    (
        "POST",
        "/lti/login",
        FORM,
        "iss=a%00b&login_hint=h&target_link_uri=t",
        Ok("parameter_malformed"),
    ),
    ("POST", "/lti/login", FORM, "", Ok("login_parameter_missing")),
    ("POST", "/lti/login", FORM, "&&=&;;", Ok("login_parameter_missing")),
    ("GET", "/lti/login?iss=a", "", "", Ok("login_parameter_missing")),
    ("POST", "/lti/login", FORM, LOGIN, Ok("registration_unknown")),
    (
        "GET",
        "/lti/login?iss=a&login_hint=h&target_link_uri=t&client_id=c%00",
        "",
        "",
        Ok("parameter_malformed"),
    ),
    ("POST", "/lti/login/%2e%2e%2f", FORM, LOGIN, Ok("registration_unknown")),
    ("POST", "/lti/launch", FORM, "", Ok("state_missing")),
    ("POST", "/lti/launch", FORM, "state=x&id_token=y", Ok("state_unknown")),
    ("POST", "/lti/launch", "", LOGIN, Err(415)),
    ("POST", "/lti/login", "Content-Type: application/json\r\n", "{}", Err(415)),
    ("POST", "/lti/login", "Content-Type: multipart/form-data; boundary=x\r\n", "--x--", Err(415)),
    (
        "POST",
        "/lti/login",
        "Content-Type: APPLICATION/X-WWW-FORM-URLENCODED; charset=utf-8\r\n",
        "iss=a",
        Ok("login_parameter_missing"),
    ),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn malformed_forms_are_refused() {
    let lab = Lab::start().await;
    for (method, path, headers, body, expected) in MALFORMED {
        let before = lab.newest_launch().map(|launch| launch.id);
        let answer = raw(&lab, &request(method, path, headers, body)).await;
        let newest = lab.newest_launch().filter(|launch| Some(&launch.id) != before.as_ref());
        match expected {
            Ok(code) => {
                let launch = newest
                    .unwrap_or_else(|| panic!("{method} {path} {body}: nothing logged; {answer}"));
                assert_eq!(outcome(&launch), *code, "{method} {path} {body}");
                assert!(
                    (400..500).contains(&status(&answer)) && answer.contains(launch.id.as_str()),
                    "{answer}"
                );
            }
            Err(expected) => {
                assert_eq!(status(&answer), *expected, "{method} {path} {body}");
                assert!(newest.is_none(), "{method} {path} {body}");
            }
        }
        assert!(
            !answer.contains("\r\nlocation: ") && !answer.contains("\r\nset-cookie: "),
            "an error redirects nowhere: {answer}"
        );
    }
    check_good_launch(&lab).await;
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_decoded_is_described_with_advice_for_its_url() {
    let lab = Lab::start().await;
    for (method, path, body, cause, fix) in [
        ("POST", "/lti/login", "iss=%ff", "The form is not valid UTF-8.", "Initiate login URL"),
        ("GET", "/lti/login?iss=%ff", "", "The query of the URL is not", "Initiate login URL"),
        (
            "GET",
            "/lti/login/test-platform?iss=%f",
            "",
            "The query of the URL has a percent sign that is not followed by",
            "tool-details test-platform",
        ),
        ("POST", "/lti/launch", "id_token=%ff", "The form is not valid", "Redirection URI(s)"),
        ("POST", "/lti/deep-link", "id_token=%f", "The form has a percent", "Redirection URI(s)"),
        (
            "POST",
            "/lti/launch",
            "state=a&state=b",
            "The parameter \"state\" was sent more",
            "Redirection URI(s)",
        ),
    ] {
        let headers = if body.is_empty() { "" } else { FORM };
        raw(&lab, &request(method, path, headers, body)).await;
        let ltictl::domain::Outcome::Refused { cause: found, fix: advice, .. } =
            lab.newest_launch().unwrap().outcome
        else {
            panic!("{method} {path} {body}: accepted")
        };
        assert!(found.starts_with(cause), "{method} {path} {body}: {found}");
        assert!(advice.contains(fix), "{method} {path} {body}: {advice}");
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_that_are_not_text_or_not_http_are_refused() {
    let lab = Lab::start().await;
    let mut bytes = request("POST", "/lti/login", FORM, "iss=xx").into_bytes();
    let end = bytes.len();
    bytes[end - 2..].copy_from_slice(&[0xff, 0xc0]);
    assert_eq!(status(&lab::raw_bytes(&lab, &bytes).await), 400);
    assert_eq!(outcome(&lab.newest_launch().unwrap()), "parameter_malformed");
    for garbage in [
        "GET /lti/login?a=\u{fc} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        "\u{16}\u{3}\u{1}garbage\r\n\r\n",
        "GET\r\n\r\n",
    ] {
        let answer = lab::raw_bytes(&lab, garbage.as_bytes()).await;
        assert!(answer.is_empty() || (400..500).contains(&status(&answer)), "{answer}");
    }
    check_good_launch(&lab).await;
    lab.stop().await;
}

async fn check_good_launch(lab: &Lab) {
    assert_eq!(
        lab.launch(&LaunchChoice::student()).await.status,
        303,
        "after all that, a good launch works"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn large_forms_are_refused() {
    let lab = Lab::start().await;
    let form = |length: usize| format!("id_token={}", "a".repeat(length - 9));
    for (length, expected) in
        [(256 * 1024, 401), (256 * 1024 + 1, 413), (1024 * 1024, 413), (6 * 1024 * 1024, 413)]
    {
        for path in ["/lti/launch", "/lti/login"] {
            let client = reqwest::Client::builder().no_proxy().build().unwrap();
            let send = client
                .post(format!("{}{path}", lab.url))
                .header("content-type", "application/x-www-form-urlencoded")
                .body(form(length))
                .send()
                .await;
            match send {
                Ok(answer) if length <= 256 * 1024 => {
                    assert!([400, 401].contains(&answer.status().as_u16()), "{length} {path}")
                }
                Ok(answer) => assert_eq!(answer.status().as_u16(), expected, "{length} {path}"),
                // So much more than allowed is not even read to its end, and a client that does not
                // read while it sends misses the answer.
                Err(_) => assert!(length > 2 * 1024 * 1024, "{length} {path}"),
            }
        }
    }
    // Chunked, so that no length is announced.
    let chunk = format!("10000\r\n{}\r\n", "a".repeat(0x10000));
    let body = chunk.repeat(5) + "0\r\n\r\n";
    let answer = raw(
        &lab,
        &format!(
            "POST /lti/launch HTTP/1.1\r\nHost: x\r\nConnection: \
        close\r\n{FORM}Transfer-Encoding: chunked\r\n\r\n{body}"
        ),
    )
    .await;
    assert_eq!(status(&answer), 413);
    assert!(answer.contains("The request is too large"));
    let answer =
        raw(&lab, &request("GET", &format!("/lti/login?a={}", "a".repeat(200_000)), "", "")).await;
    assert!([414, 431].contains(&status(&answer)), "{}", &answer[..100]);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_clients_are_let_go() {
    let lab = Lab::with(|options| {
        options.limits.body_time = Duration::from_millis(300);
        options.limits.header_time = Duration::from_millis(300);
    })
    .await;
    let started = Instant::now();
    let answer = raw(
        &lab,
        &format!(
            "POST /lti/launch HTTP/1.1\r\nHost: x\r\n{FORM}Content-Length: 100\r\n\r\nid_token="
        ),
    )
    .await;
    assert_eq!(status(&answer), 408);
    assert!(answer.contains("The request took too long"));
    for unfinished in ["", "GET /lti/login HTTP/1.1\r\nHos"] {
        let answer = raw(&lab, unfinished).await;
        assert!(answer.is_empty() || status(&answer) == 408, "{answer}");
    }
    assert!(started.elapsed() < Duration::from_secs(5));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn too_many_requests_of_one_client_are_turned_away() {
    let lab = Lab::with(|options| {
        options.client_address_header = Some("x-forwarded-for".parse().unwrap());
        options.limits.address = Rate::per_minute(1, 3);
    })
    .await;
    let ask = async |from: &str| {
        raw(&lab, &request("GET", "/lti/login", &format!("X-Forwarded-For: {from}\r\n"), "")).await
    };
    for _ in 0..3 {
        assert_eq!(status(&ask("198.51.100.7, 192.0.2.1").await), 200);
    }
    let answer = ask("203.0.113.9, 192.0.2.1").await;
    assert_eq!(status(&answer), 429, "only the last address counts");
    assert!(
        answer.contains("\r\nretry-after: ") && answer.contains("Too many requests"),
        "{answer}"
    );
    assert_eq!(status(&ask("192.0.2.1, 192.0.2.2").await), 200, "another client is served");
    assert!(lab.newest_launch().is_none(), "a flood fills no table");

    // A page with many pictures, and a class behind one address.
    let mut browser = lab.browser.another();
    let answer = lab.sandbox.launch(&mut browser, &LaunchChoice::student()).await.unwrap();
    for _ in 0..10 {
        assert_eq!(browser.get(answer.header("location").unwrap()).await.unwrap().status, 200);
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn this_machine_is_not_counted_unless_it_is_a_proxy() {
    let lab = Lab::with(|options| options.limits.address = Rate::per_minute(1, 1)).await;
    for _ in 0..5 {
        assert_eq!(
            status(
                &raw(&lab, &request("GET", "/lti/login", "X-Forwarded-For: 192.0.2.1\r\n", ""))
                    .await
            ),
            200
        );
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_admin_may_cap_the_launches_of_each_registration() {
    let lab = Lab::with(|options| options.limits.launch_rate = Some(Rate::per_minute(1, 2))).await;
    for _ in 0..2 {
        assert_eq!(lab.launch(&LaunchChoice::student()).await.status, 303);
    }
    let page = lab.launch(&LaunchChoice::student()).await;
    assert_eq!(page.status, 429);
    assert!(page.header("retry-after").is_some());
    assert!(page.header("content-security-policy").unwrap().ends_with("frame-ancestors *"));
    for body in ["", "iss=%"] {
        let answer =
            raw(&lab, &request("POST", &format!("/lti/login/{REGISTRATION}"), FORM, body)).await;
        assert_eq!(
            status(&answer),
            400,
            "what anyone can send gets the same answer as at a slug that does not exist: {body:?}"
        );
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tool_may_live_below_a_path_and_may_move() {
    let lab = Lab::start().await;
    let root = lab.url.clone();
    let moved = format!("{root}/tools/lti-tool");
    setup::set(&mut lab.store(), "url", &moved, false).unwrap();
    lab.sandbox.set_tool(lab::tool_setup(&moved, &lab.resource_uuid));
    let mut browser = lab.browser.another();
    let answer = lab.sandbox.launch(&mut browser, &LaunchChoice::student()).await.unwrap();
    assert_eq!(answer.status, 303, "{}", answer.body);
    let location = answer.header("location").unwrap().to_owned();
    assert!(location.starts_with(&format!("{moved}/session/")));
    for cookie in answer.headers.get_all("set-cookie") {
        assert!(cookie.to_str().unwrap().contains("; Path=/tools/lti-tool/"), "{cookie:?}");
    }
    assert_eq!(browser.get(&location).await.unwrap().status, 200);
    assert_eq!(browser.get(&format!("{moved}/lti/jwks")).await.unwrap().status, 200);
    assert_eq!(browser.get(&format!("{root}/healthz")).await.unwrap().status, 200);
    assert_eq!(browser.get(&format!("{root}/tools/lti/login")).await.unwrap().status, 404);
    assert_eq!(
        browser.get(&format!("{moved}/lti/login/{REGISTRATION}")).await.unwrap().status,
        200
    );
    lab.stop().await;
}
