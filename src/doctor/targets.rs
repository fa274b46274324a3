//! Checks of the apps behind resources: whether their URLs respond, and whether browsers show them
//! in the platforms' frames.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use url::Url;

use super::own_server::OwnServer;
use super::{
    Check, Finding, Findings, MAX_CONCURRENT, MAX_PER_HOST, Noun, Verdict, frames, platform,
};
use crate::domain::{Registration, Resource, Slug, Target, is_loopback_host};
use crate::failure::{counted, shell_word};
use crate::platform::{FetchError, PlatformClient, Probe};
use crate::rules::framing::frame_ancestors;

const CHECK: Check = Check::ResourceUrl;

/// How many apps with problems are reported.
const MAX_REPORTED: usize = 20;
/// How many origins are named in a finding.
const MAX_ORIGINS: usize = 10;
/// How many redirects are followed.
const MAX_REDIRECTS: usize = 3;

/// The URL of an app.
pub(super) struct App {
    url: Url,
    /// The first of its resources.
    resource: Slug,
    /// Origins whose pages have it in a frame: those of the platforms, and the tool's own for
    /// teachers.
    framers: Arc<BTreeSet<String>>,
}

/// The apps of published resources, each once.
pub(super) fn apps(
    resources: Vec<Resource>,
    registrations: &[Registration],
    server: &OwnServer,
) -> Vec<App> {
    let enabled = || registrations.iter().filter(|registration| registration.enabled);
    let own = server.url.to_url().origin().ascii_serialization();
    let framers = |platforms: &mut dyn Iterator<Item = String>| {
        Arc::new(platforms.chain([own.clone()]).collect::<BTreeSet<_>>())
    };
    let all = framers(&mut server.frame_ancestors.iter().cloned());
    let mut known = BTreeSet::new();
    let app = |resource: Resource| {
        let Target::App(url) = &resource.target else { return None };
        let url = Url::parse(url.as_str()).ok()?;
        let is_new = resource.published && known.insert(url.clone());
        is_new.then(|| App {
            url,
            resource: resource.slug.clone(),
            framers: match &resource.registrations {
                None => Arc::clone(&all),
                Some(slugs) => framers(
                    &mut enabled()
                        .filter(|registration| slugs.contains(&registration.slug))
                        .flat_map(frame_ancestors),
                ),
            },
        })
    };
    resources.into_iter().filter_map(app).collect()
}

/// Requests every app, a few at a time and fewer at one host, and adds the findings.
pub(super) async fn check(
    findings: &mut Findings,
    apps: Vec<App>,
    server: &Arc<OwnServer>,
    client: &PlatformClient,
) {
    let (total, slots) = (apps.len() as u64, Arc::new(Semaphore::new(MAX_CONCURRENT)));
    let (mut hosts, mut tasks) = (HashMap::new(), JoinSet::new());
    for app in apps {
        let host = hosts.entry(app.url.origin().ascii_serialization());
        let host = Arc::clone(host.or_insert_with(|| Arc::new(Semaphore::new(MAX_PER_HOST))));
        let (slots, server, client) = (Arc::clone(&slots), Arc::clone(server), client.clone());
        tasks.spawn(async move {
            let _permits = (host.acquire_owned().await, slots.acquire_owned().await);
            app.check(&server, &client).await
        });
    }
    let mut found: Vec<Finding> = tasks.join_all().await.into_iter().flatten().collect();
    let more = found.len().saturating_sub(MAX_REPORTED);
    // Those with the worst problems, always in the same order.
    found.sort_by(|one, other| {
        let place = |finding: &Finding| finding.result != Verdict::Fail;
        (place(one), &one.sentence).cmp(&(place(other), &other.sentence))
    });
    found.truncate(MAX_REPORTED);
    if total == 0 {
        findings.skip(CHECK, "No published resource opens an app.");
    } else if found.is_empty() {
        findings
            .ok(CHECK, "The apps of resources respond, and browsers show them in frames.")
            .seen(counted(total, "app", "apps"));
    }
    findings.list.extend(found);
    if more > 0 {
        findings.warn(
            CHECK,
            format!(
                "{} that are not listed.",
                counted(more, "more app has problems", "more apps have problems")
            ),
            "fix the listed ones, then run `ltictl doctor` again",
        );
    }
}

impl App {
    /// The problem with the app, if there is one.
    async fn check(self, server: &OwnServer, client: &PlatformClient) -> Option<Finding> {
        let mut findings = Findings::of(Noun::Tool);
        let is_encrypted = self.url.scheme() == "https" || is_loopback_host(&self.url);
        if server.url.is_https() && !is_encrypted {
            self.not_encrypted(&mut findings);
        } else {
            match self.response(server, client).await {
                Err(error) => self.unreachable(&mut findings, &error),
                Ok((page, probe)) => self.responds(&mut findings, &page, &probe),
            }
        }
        findings.list.pop()
    }

    /// The response at the URL, or where it redirects to. Nothing but the URL itself is sent.
    async fn response(
        &self,
        server: &OwnServer,
        client: &PlatformClient,
    ) -> Result<(Url, Probe), FetchError> {
        let reach = server.reach_of_apps();
        let mut page = self.url.clone();
        for _ in 0..MAX_REDIRECTS {
            let probe = client.probe(page.as_str(), reach, 0).await?;
            // Launches are posted, and some apps accept nothing else.
            let probe = match probe.status {
                404 | 405 => {
                    let form = [("launch_token", platform::LOGIN_HINT)];
                    client.probe_form(page.as_str(), &form, reach, 0).await?
                }
                _ => probe,
            };
            let next = (300..400).contains(&probe.status).then(|| probe.header("location"));
            match next.flatten().and_then(|location| page.join(&location).ok()) {
                Some(next) => page = next,
                None => return Ok((page, probe)),
            }
        }
        Err(FetchError::UrlUnusable { problem: "it redirects too often" })
    }

    fn not_encrypted(&self, findings: &mut Findings) {
        let mut encrypted = self.url.clone();
        // With a query, it may contain a secret.
        let url = match encrypted.set_scheme("https").is_ok() && encrypted.query().is_none() {
            true => shell_word(encrypted.as_str()),
            false => "URL".to_owned(),
        };
        findings
            .fail(
                CHECK,
                format!(
                    "The app of resource {} has no https, so browsers do not show it in a \
                     platform's frame.",
                    self.resource
                ),
                format!("ltictl resource update {} --target {url}", self.resource),
            )
            .seen(shown(&self.url));
    }

    fn unreachable(&self, findings: &mut Findings, error: &FetchError) {
        let resource = &self.resource;
        let update = format!("ltictl resource update {resource} --target URL");
        if error.needs_private_network() {
            findings
                .skip(
                    CHECK,
                    format!(
                        "The app of resource {resource} is in a private network and was not \
                             requested."
                    ),
                )
                .seen("to request it: ltictl doctor --allow-private-network");
            return;
        }
        let (sentence, fix) = match error {
            FetchError::NotAllowed { .. } => (
                format!(
                    "The app of resource {resource} has an address that the browsers of other \
                     people cannot reach."
                ),
                format!("with a URL that is not on this machine: {update}"),
            ),
            FetchError::HttpNotAllowed { .. } => (
                format!(
                    "The app of resource {resource} redirects to http, which browsers do not \
                         show in a platform's frame."
                ),
                format!("let the app redirect to https only, or {update}"),
            ),
            FetchError::Tls { .. } => (
                format!("The certificate of the app of resource {resource} is not valid."),
                format!(
                    "renew the app's certificate, with the whole chain; if the app has moved: \
                         {update}"
                ),
            ),
            FetchError::UrlUnusable { .. } => {
                (format!("The URL of the app of resource {resource} cannot be used."), update)
            }
            _ => (
                format!("The app of resource {resource} does not respond."),
                format!(
                    "start the app, and let this machine reach it (DNS, firewall); if it has \
                         moved: {update}"
                ),
            ),
        };
        findings.fail(CHECK, sentence, fix).seen(format!("{}: {error}", shown(&self.url)));
    }

    fn responds(&self, findings: &mut Findings, page: &Url, probe: &Probe) {
        let (resource, status) = (&self.resource, probe.status);
        let evidence = format!("HTTP status {status} from {}", shown(page));
        if matches!(status, 404 | 410) || status >= 500 {
            let (problem, fix) = match status >= 500 {
                true => ("responds with a server error", "check the app's log; if it has moved"),
                false => ("was not found at its URL", "check the app's paths; if it has moved"),
            };
            findings
                .warn(
                    CHECK,
                    format!("The app of resource {resource} {problem}."),
                    format!("{fix}: ltictl resource update {resource} --target URL"),
                )
                .seen(evidence);
            return;
        }
        let lists = frames::ancestor_lists(probe);
        let own = page.origin().ascii_serialization();
        let framers = self.framers.iter().map(String::as_str);
        // With frame-ancestors, browsers ignore the older header.
        let (excluded, header) = match probe.header("x-frame-options").filter(|_| lists.is_empty())
        {
            Some(value) if !value.eq_ignore_ascii_case("allowall") => {
                let others = framers.filter(|origin| {
                    !value.trim().eq_ignore_ascii_case("sameorigin") || *origin != own
                });
                (others.collect(), "X-Frame-Options")
            }
            _ => (frames::excluded(&lists, &own, framers), "Content-Security-Policy"),
        };
        if !excluded.is_empty() {
            self.excludes(findings, &excluded, header);
        }
    }

    fn excludes(&self, findings: &mut Findings, origins: &[&str], header: &str) {
        let named = |origins: &[&str], rest: usize| {
            let more = if rest > 0 { format!(" and {rest} more") } else { String::new() };
            format!("{}{more}", origins.join(" "))
        };
        let shown_origins = &origins[..origins.len().min(MAX_ORIGINS)];
        let all: Vec<&str> = self.framers.iter().map(String::as_str).take(MAX_ORIGINS).collect();
        let remove = match header {
            "X-Frame-Options" => "remove X-Frame-Options, and ",
            _ => "",
        };
        findings
            .fail(
                CHECK,
                format!(
                    "The app of resource {} may not be shown in every platform's frame.",
                    self.resource
                ),
                format!(
                    "in the app or its reverse proxy, {remove}set Content-Security-Policy: \
                     frame-ancestors {}",
                    named(&all, self.framers.len() - all.len())
                ),
            )
            .seen(format!(
                "{header} of {} excludes {}",
                shown(&self.url),
                named(shown_origins, origins.len() - shown_origins.len())
            ));
    }
}

/// A URL without its query and fragment, which may contain secrets.
fn shown(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    url.into()
}
