//! Checks of the tool's own server through its public URL, as platforms and browsers use it: a
//! proxy in between may break what the server does correctly.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use url::Url;

use super::own_server::{MAX_RESPONSE, OwnServer};
use super::{Check, Findings, frames, platform};
use crate::domain::{Clock, LAUNCH_PATH, PlatformDetails, PublicUrl, Registration, rfc3339};
use crate::platform::{FetchError, PlatformClient, Probe};

/// How long before its expiry a certificate should be renewed.
const CERTIFICATE_RESERVE: SignedDuration = SignedDuration::from_hours(14 * 24);
/// The length of the longest hints of platforms, in bytes; the response header repeats it.
const LONG_HINT: usize = 4096;
/// The private members of an RSA key (RFC 7518, 6.3.2), and that of a shared secret.
const PRIVATE_MEMBERS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];
/// The attributes without which browsers do not send the cookie from a platform's frame.
const COOKIE_ATTRIBUTES: [&str; 4] = ["HttpOnly", "Secure", "SameSite=None", "Partitioned"];

/// Adds findings about the whole tool.
pub(super) async fn check(
    findings: &mut Findings,
    server: &OwnServer,
    client: &PlatformClient,
    clock: Clock,
) {
    let plain = async {
        match plain_url(&server.url) {
            Some(url) => Some(
                client
                    .probe_form(
                        &url,
                        &[("login_hint", platform::LOGIN_HINT)],
                        server.reach(),
                        MAX_RESPONSE,
                    )
                    .await,
            ),
            None => None,
        }
    };
    let (keyset, page, plain) =
        tokio::join!(server.probe(client, "/lti/jwks"), server.probe(client, "/lti/login"), plain);
    if server.url.is_https() {
        certificate(findings, &keyset, clock.now());
    }
    own_keyset(findings, server, keyset);
    if let Some(plain) = plain {
        http_redirect(
            findings,
            plain.ok().map(|probe| {
                (probe.status, probe.header("location").unwrap_or_default().into_owned())
            }),
        );
    }
    match page {
        Ok(page) if page.status == 200 => framing(findings, server, &page),
        Ok(page) => {
            findings
                .fail(
                    Check::Framing,
                    "The login page was not found: the public URL does not lead to this tool.",
                    proxy_fix(server),
                )
                .seen(format!(
                    "HTTP status {} from {}",
                    page.status,
                    server.url.join("/lti/login")
                ));
        }
        Err(_) => {
            findings.skip(Check::Framing, "The tool's server does not respond.");
        }
    }
}

fn proxy_fix(server: &OwnServer) -> String {
    format!(
        "point the reverse proxy for {} at `ltictl serve`, or change the URL: ltictl config set \
         url URL",
        server.url
    )
}

/// The response with the tool's keyset, and the keyset; adds why there is none.
fn fetched_keyset(
    findings: &mut Findings,
    server: &OwnServer,
    response: Result<Probe, FetchError>,
) -> Option<(Probe, Value)> {
    const CHECK: Check = Check::OwnKeyset;
    let probe = match response {
        Ok(probe) => probe,
        Err(error) => {
            let fix = format!(
                "start `ltictl serve`, and check DNS, the reverse proxy and the certificate of {}",
                server.url
            );
            findings
                .fail(CHECK, "The tool's public URL does not respond to this machine.", fix)
                .seen(error.to_string());
            return None;
        }
    };
    let url = server.url.join("/lti/jwks");
    if probe.status != 200 {
        let location =
            probe.header("location").map(|location| format!(", to {location}")).unwrap_or_default();
        findings
            .fail(CHECK, "The keyset was not found at its URL.", proxy_fix(server))
            .seen(format!("HTTP status {} from {url}{location}", probe.status));
        return None;
    }
    let Some(keyset) = serde_json::from_slice::<Value>(&probe.body).ok().filter(|_| probe.is_whole)
    else {
        findings.fail(CHECK, "The keyset URL does not return JSON.", proxy_fix(server)).seen(url);
        return None;
    };
    Some((probe, keyset))
}

fn own_keyset(findings: &mut Findings, server: &OwnServer, response: Result<Probe, FetchError>) {
    const CHECK: Check = Check::OwnKeyset;
    let Some((probe, keyset)) = fetched_keyset(findings, server, response) else { return };
    let url = server.url.join("/lti/jwks");
    let published = keyset.get("keys").and_then(Value::as_array).cloned().unwrap_or_default();
    let private: BTreeSet<&str> = PRIVATE_MEMBERS
        .into_iter()
        .filter(|member| published.iter().any(|key| key.get(member).is_some()))
        .collect();
    if !private.is_empty() {
        findings
            .fail(
                CHECK,
                "The keyset at the public URL contains private parts of a key: anyone who reads it \
                 can sign as this tool.",
                "find out what responds there, then run `ltictl key rotate`",
            )
            .seen(format!("members {}", private.into_iter().collect::<Vec<_>>().join(", ")));
    } else if by_name(&keyset) != by_name(&server.keyset) {
        findings
            .fail(
                CHECK,
                "The keyset at the public URL is not the one in this database: it comes from \
                 another tool, another database or a cache.",
                format!(
                    "start `ltictl serve` with this database (--db), and {}",
                    proxy_fix(server)
                ),
            )
            .seen(url);
    } else if !probe
        .header("content-type")
        .is_some_and(|kind| kind.to_ascii_lowercase().contains("json"))
    {
        findings
            .warn(
                CHECK,
                "The keyset's content type is not JSON, which some platforms refuse.",
                "do not change Content-Type in the reverse proxy",
            )
            .seen(probe.header("content-type").unwrap_or_else(|| "no content type".into()));
    } else {
        findings
            .ok(
                CHECK,
                "The public URL leads to this tool, and its keyset is correct and contains \
                only public keys.",
            )
            .seen(url);
    }
}

/// Whether the certificate and its chain are trusted, and valid for some time.
fn certificate(findings: &mut Findings, response: &Result<Probe, FetchError>, now: Timestamp) {
    const CHECK: Check = Check::Certificate;
    let expires_at = match response {
        Ok(probe) => probe.certificate_expires_at,
        Err(FetchError::Tls { problem, .. }) => {
            findings
                .fail(
                    CHECK,
                    "The certificate of the public URL is not trusted: it has expired, is for \
                     another name, or is sent without the intermediate certificates.",
                    "renew it, and serve the whole chain (fullchain.pem, not cert.pem) in the \
                     reverse proxy or with `ltictl serve --tls-cert FILE --tls-key FILE`",
                )
                .seen(problem.as_str());
            return;
        }
        Err(_) => None,
    };
    match expires_at {
        Some(expires_at) => certificate_end(findings, expires_at, now),
        None => drop(findings.skip(CHECK, "No certificate was sent.")),
    }
}

fn certificate_end(findings: &mut Findings, expires_at: Timestamp, now: Timestamp) {
    const CHECK: Check = Check::Certificate;
    let evidence = format!("it expires {}", rfc3339(expires_at));
    if expires_at.duration_since(now) < CERTIFICATE_RESERVE {
        findings.warn(
            CHECK,
            "The certificate of the public URL expires within two weeks.",
            "renew it, and find out why it was not renewed automatically",
        )
    } else {
        findings.ok(
            CHECK,
            "The certificate of the public URL is trusted and valid for more than two weeks.",
        )
    }
    .seen(evidence);
}

/// The login URL with http; `None` if the tool uses http anyway, or if it has its own port, which
/// is independent of the default port.
fn plain_url(url: &PublicUrl) -> Option<String> {
    let rest = url.join("/lti/login").strip_prefix("https://").map(str::to_owned)?;
    url.to_url().port().is_none().then(|| format!("http://{rest}"))
}

/// What happens to a form that is posted without encryption: status and location, or no response.
fn http_redirect(findings: &mut Findings, response: Option<(u16, String)>) {
    const CHECK: Check = Check::HttpRedirect;
    let fix = "in the reverse proxy: redirect http with status 308; in the LMS: every URL of this \
        tool with https://";
    match response {
        None => findings.ok(CHECK, "There is no unencrypted service."),
        Some((307 | 308, location)) if location.starts_with("https://") => findings
            .ok(CHECK, "Unencrypted forms are redirected to https without losing the form.")
            .seen(location),
        Some((status @ 300..=399, location)) if location.starts_with("https://") => findings
            .warn(
                CHECK,
                "http is redirected to https in a way that loses posted forms: if a platform has a \
                 URL with http://, every launch is lost.",
                fix,
            )
            .seen(format!("HTTP status {status} to {location}")),
        Some((status @ 400.., _)) => findings
            .ok(CHECK, "The tool is not available without encryption.")
            .seen(format!("HTTP status {status}")),
        Some((status, _)) => findings
            .warn(
                CHECK,
                "The tool is also available without encryption, so launches can be intercepted.",
                fix,
            )
            .seen(format!("HTTP status {status}")),
    };
}

/// A keyset's keys as a set, to compare them regardless of order.
fn by_name(keyset: &Value) -> BTreeSet<String> {
    keyset
        .get("keys")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .map(Value::to_string)
        .collect()
}

/// Whether browsers may show the tool's pages in the platforms' frames, according to the headers.
fn framing(findings: &mut Findings, server: &OwnServer, page: &Probe) {
    if let Some(value) = page.header("x-frame-options") {
        findings
            .fail(
                Check::Framing,
                "A proxy in front of the tool adds X-Frame-Options, so no page can be shown in a \
                 platform's frame.",
                "remove X-Frame-Options from the reverse proxy's settings for this tool",
            )
            .seen(format!("X-Frame-Options: {value}"));
        return;
    }
    let policies = frames::ancestor_lists(page);
    let own = server.url.to_url().origin().ascii_serialization();
    let origins = server.frame_ancestors.iter().map(String::as_str);
    let excluded = frames::excluded(&policies, &own, origins);
    if policies.is_empty() {
        findings.warn(
            Check::Framing,
            "The header that controls who may frame the tool does not arrive.",
            "do not change Content-Security-Policy in the reverse proxy",
        );
    } else if !excluded.is_empty() {
        findings
            .warn(
                Check::Framing,
                "The tool's pages may not be shown in the frames of every platform.",
                "do not change Content-Security-Policy in the reverse proxy, and run `ltictl \
                 doctor` again",
            )
            .seen(format!("not allowed: {}", excluded.join(" ")));
    } else {
        findings.ok(Check::Framing, "Browsers may show the tool's pages in the platforms' frames.");
    }
}

/// Adds findings about a login of this registration, to which the server responds without writing
/// anything.
pub(super) async fn examine_login(
    findings: &mut Findings,
    server: &OwnServer,
    registration: &Registration,
    client: &PlatformClient,
) {
    const CHECK: Check = Check::Login;
    let Some(details) = registration.platform.as_ref().filter(|_| registration.enabled) else {
        findings.skip(CHECK, "No login can be tried: the registration is disabled or incomplete.");
        return;
    };
    let Some(url) = login_url(server, registration, details) else { return };
    let probe = match client.probe(url.as_str(), server.reach(), MAX_RESPONSE).await {
        Ok(probe) => probe,
        Err(_) => {
            findings.skip(CHECK, "The tool's server does not respond.");
            return;
        }
    };
    if probe.status == 429 {
        findings
            .skip(CHECK, "The tool's server receives too many requests at the moment; try again.");
        return;
    }
    let redirects = probe
        .header("location")
        .is_some_and(|location| location.starts_with(details.authentication_request_url.as_str()));
    if !redirects {
        findings
            .fail(
                CHECK,
                "A login at the public URL does not redirect to the platform.",
                proxy_fix(server),
            )
            .seen(format!("HTTP status {}", probe.status));
        return;
    }
    let cookies: Vec<_> = probe.header_values("set-cookie").collect();
    let cookies: Vec<&str> = cookies.iter().map(AsRef::as_ref).collect();
    let missing = missing_attributes(&cookies);
    if cookies.is_empty() || !missing.is_empty() {
        findings
            .fail(
                CHECK,
                "The login cookie lacks attributes that it needs in a platform's frame.",
                "configure the reverse proxy to forward Set-Cookie unchanged (without cookie flags \
                 of its own)",
            )
            .seen(if cookies.is_empty() {
                "no cookie".to_owned()
            } else {
                format!("missing: {}", missing.join(", "))
            });
    } else {
        findings.ok(CHECK, "A login redirects to the platform, and its cookie works in frames.");
    }
    posted_login(findings, server, registration, details, client).await;
}

/// A login at the URL with the registration's slug, as the platform would start it.
fn login_url(
    server: &OwnServer,
    registration: &Registration,
    details: &PlatformDetails,
) -> Option<Url> {
    let path = format!("/lti/login/{}", registration.slug);
    let mut url = Url::parse(&server.url.join(&path)).ok()?;
    url.query_pairs_mut()
        .append_pair("iss", details.issuer.as_str())
        .append_pair("client_id", details.client_id.as_str())
        .append_pair("login_hint", platform::LOGIN_HINT)
        .append_pair("target_link_uri", &server.url.join(LAUNCH_PATH));
    Some(url)
}

/// The attributes that none of the cookies has.
fn missing_attributes(cookies: &[&str]) -> Vec<&'static str> {
    let has = |cookie: &str, wanted: &str| {
        cookie.split(';').skip(1).any(|attribute| attribute.trim().eq_ignore_ascii_case(wanted))
    };
    COOKIE_ATTRIBUTES
        .into_iter()
        .filter(|wanted| !cookies.iter().any(|cookie| has(cookie, wanted)))
        .collect()
}

/// Tries the same login as a posted form, like launches: some proxies drop, truncate or redirect
/// forms.
async fn posted_login(
    findings: &mut Findings,
    server: &OwnServer,
    registration: &Registration,
    details: &PlatformDetails,
    client: &PlatformClient,
) {
    const CHECK: Check = Check::Post;
    let (target, hint) = (server.url.join(LAUNCH_PATH), "x".repeat(LONG_HINT));
    let form = [
        ("iss", details.issuer.as_str()),
        ("client_id", details.client_id.as_str()),
        ("login_hint", platform::LOGIN_HINT),
        ("target_link_uri", target.as_str()),
        ("lti_message_hint", hint.as_str()),
    ];
    let url = server.url.join(&format!("/lti/login/{}", registration.slug));
    let probe = match client.probe_form(&url, &form, server.reach(), MAX_RESPONSE).await {
        Ok(probe) => probe,
        Err(error) => {
            findings
                .fail(
                    CHECK,
                    "Forms posted to the public URL get no response, so no launch will.",
                    proxy_fix(server),
                )
                .seen(error.to_string());
            return;
        }
    };
    let location = probe.header("location").unwrap_or_default();
    if location.starts_with(details.authentication_request_url.as_str()) {
        findings.ok(CHECK, "Forms posted to the public URL arrive complete.");
    } else if (300..400).contains(&probe.status) {
        findings
            .fail(
                CHECK,
                "A proxy in front of the tool redirects posted forms; browsers then repeat the \
                 request without the form, and launches are lost.",
                format!(
                    "end the redirect in the reverse proxy for {}, or set the URL to which it \
                     redirects: ltictl config set url URL",
                    server.url
                ),
            )
            .seen(format!("HTTP status {} from {url}, to {location}", probe.status));
    } else {
        findings
            .fail(
                CHECK,
                "Forms posted to the public URL do not arrive complete, or the response is lost.",
                "configure the reverse proxy to forward POST bodies and long response headers \
                 (nginx: client_max_body_size, proxy_buffer_size 16k)",
            )
            .seen(format!("HTTP status {} from {url}", probe.status));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Noun;
    use crate::doctor::Verdict;

    #[test]
    fn certificates_are_trusted_and_valid_long_enough() {
        let now: Timestamp = "2026-11-23T17:00:00Z".parse().unwrap();
        for (days, expected) in [(15, Verdict::Ok), (13, Verdict::Warn)] {
            let mut findings = Findings::of(Noun::Tool);
            certificate_end(&mut findings, now + SignedDuration::from_hours(24 * days), now);
            assert_eq!(findings.list[0].result, expected, "{days}");
        }
        let host = || "tool.example.edu".to_owned();
        for (error, expected) in [
            (
                FetchError::Tls {
                    host: host(),
                    problem: "invalid peer certificate: UnknownIssuer".to_owned(),
                },
                Verdict::Fail,
            ),
            (
                FetchError::Unreachable { host: host(), problem: "connection refused".to_owned() },
                Verdict::Skip,
            ),
        ] {
            let mut findings = Findings::of(Noun::Tool);
            certificate(&mut findings, &Err(error), now);
            assert_eq!(findings.list[0].result, expected);
            assert_eq!(findings.list[0].evidence.is_some(), expected == Verdict::Fail);
        }
    }

    #[test]
    fn unencrypted_forms_are_checked() {
        for (response, expected) in [
            (None, Verdict::Ok),
            (Some((308, "https://tool.example.edu/lti/login")), Verdict::Ok),
            (Some((307, "https://tool.example.edu/lti/login")), Verdict::Ok),
            (Some((301, "https://tool.example.edu/lti/login")), Verdict::Warn),
            (Some((302, "https://tool.example.edu/lti/login")), Verdict::Warn),
            (Some((308, "http://www.tool.example.edu/")), Verdict::Warn),
            (Some((200, "")), Verdict::Warn),
            (Some((403, "")), Verdict::Ok),
        ] {
            let mut findings = Findings::of(Noun::Tool);
            http_redirect(
                &mut findings,
                response.map(|(status, location): (u16, &str)| (status, location.to_owned())),
            );
            assert_eq!(findings.list[0].result, expected, "{response:?}");
        }
        let plain = |url: &str| plain_url(&PublicUrl::new(url, true).unwrap());
        assert_eq!(
            plain("https://tool.example.edu/below").as_deref(),
            Some("http://tool.example.edu/below/lti/login")
        );
        assert_eq!(
            (plain("https://tool.example.edu:8443"), plain("http://tool.example.edu")),
            (None, None)
        );
    }
}
