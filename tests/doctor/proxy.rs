//! Proxies between the tool and everyone else.

use ltictl::doctor::Verdict;
use ltictl::domain::Clock;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::online::ask;
use super::setup::{failed, fix, run, verdict};
use crate::lab::Lab;

/// A reverse proxy that changes what the tool answers to a request with that head; gives its URL.
async fn proxy(lab: &Lab, change: fn(&str, String) -> String) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let (url, server) =
        (format!("http://{}", listener.local_addr().unwrap()), lab.server.local_addr());
    tokio::spawn(async move {
        while let Ok((mut browser, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    head.push(browser.read_u8().await.unwrap());
                }
                let head = String::from_utf8(head).unwrap().replacen(
                    "\r\n",
                    "\r\nconnection: close\r\n",
                    1,
                );
                let length = head
                    .lines()
                    .find_map(|line| line.strip_prefix("content-length: "))
                    .map_or(0, |length| length.parse().unwrap());
                let mut body = vec![0; length];
                browser.read_exact(&mut body).await.unwrap();
                let mut tool = tokio::net::TcpStream::connect(server).await.unwrap();
                tool.write_all(head.as_bytes()).await.unwrap();
                tool.write_all(&body).await.unwrap();
                let mut answer = String::new();
                tool.read_to_string(&mut answer).await.unwrap();
                browser.write_all(change(&head, answer).as_bytes()).await.unwrap();
            });
        }
    });
    url
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn errors_of_a_proxy_are_found() {
    let lab = Lab::start().await;
    type Change = fn(&str, String) -> String;
    let rows: [(&str, Verdict, &str, Change); 12] = [
        ("own_keyset", Verdict::Ok, "", |_, answer| answer),
        ("own_keyset", Verdict::Fail, "ltictl key rotate", |_, answer| {
            answer.replace("\"kty\":\"RSA\"", "\"d\":\"AQABC\"")
        }),
        ("own_keyset", Verdict::Fail, "`ltictl serve` with this database", |_, answer| {
            answer.replace("\"kid\":\"", "\"kid\":\"\\u0030").replace("content-length", "x-length")
        }),
        ("own_keyset", Verdict::Warn, "Content-Type", |_, answer| {
            answer.replace("application/json", "text/plain")
        }),
        ("framing", Verdict::Fail, "X-Frame-Options", |_, answer| {
            answer.replacen("\r\n", "\r\nX-Frame-Options: SAMEORIGIN\r\n", 1)
        }),
        ("framing", Verdict::Warn, "Content-Security-Policy", |_, answer| {
            answer.replace("content-security-policy", "x-policy")
        }),
        ("login", Verdict::Fail, "Set-Cookie", |_, answer| {
            answer.replace("; SameSite=None", "; SameSite=Lax")
        }),
        ("login", Verdict::Skip, "", |_, answer| {
            answer.replace("302 Found", "429 Too Many Requests")
        }),
        ("post", Verdict::Ok, "", |_, answer| answer),
        ("post", Verdict::Fail, "ltictl config set url", |head, answer| {
            let moved = "HTTP/1.1 301 Moved Permanently\r\nlocation: \
                https://www.tool.example.edu/\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
            if head.starts_with("POST") { moved.to_owned() } else { answer }
        }),
        ("post", Verdict::Fail, "client_max_body_size", |head, answer| {
            let too_large =
                "HTTP/1.1 413 Content Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
            if head.starts_with("POST") { too_large.to_owned() } else { answer }
        }),
        ("login", Verdict::Fail, "reverse proxy", |_, answer| {
            answer.replace("302 Found", "403 Forbidden").replace("location:", "x-location:")
        }),
    ];
    for (check, expected, named, change) in rows {
        run(&lab.database, &format!("config set url {}", proxy(&lab, change).await));
        let findings = ask(&lab, Clock::System).await;
        assert_eq!(verdict(&findings, check), Some(expected), "{check} {named}: {findings:?}");
        assert!(fix(&findings, check).contains(named), "{check}: {}", fix(&findings, check));
    }
    run(&lab.database, "config set url http://127.0.0.1:1");
    let findings = ask(&lab, Clock::System).await;
    assert_eq!(
        (verdict(&findings, "own_keyset"), verdict(&findings, "login")),
        (Some(Verdict::Fail), Some(Verdict::Skip)),
        "{findings:?}"
    );
    assert!(fix(&findings, "own_keyset").contains("ltictl serve"));
    run(&lab.database, &format!("config set url {}", lab.url));
    assert!(failed(&ask(&lab, Clock::System).await).is_empty());
    lab.stop().await;
}
