//! Checks of apps behind a reverse proxy: no one may reach them without a launch.

use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use url::Url;

use super::own_server::OwnServer;
use super::{Check, Finding, Findings, MAX_CONCURRENT, Noun, Verdict};
use crate::domain::{Handover, Resource, Slug, Target};
use crate::failure::counted;
use crate::platform::{FetchError, PlatformClient, Probe};

const CHECK: Check = Check::ResourceProxy;

/// How many apps with problems are reported.
const MAX_REPORTED: usize = 20;

/// What an app must never believe if a browser sends it.
const SPOOFED: (&str, &str) = ("remote-user", "ltictl-doctor");

/// An app behind a proxy.
pub(super) struct ProxiedApp {
    url: Url,
    resource: Slug,
}

/// The apps of published resources that are behind a proxy.
pub(super) fn apps(resources: &[Resource]) -> Vec<ProxiedApp> {
    let is_proxied =
        |resource: &&Resource| resource.published && resource.app.handover == Handover::Headers;
    let app = |resource: &Resource| {
        let Target::App(target) = &resource.target else { return None };
        Some(ProxiedApp { url: target.to_url(), resource: resource.slug.clone() })
    };
    resources.iter().filter(is_proxied).filter_map(app).collect()
}

/// Requests every app as a stranger, a few at a time, and adds the findings.
pub(super) async fn check(
    findings: &mut Findings,
    apps: Vec<ProxiedApp>,
    server: &Arc<OwnServer>,
    client: &PlatformClient,
) {
    let (total, slots) = (apps.len() as u64, Arc::new(Semaphore::new(MAX_CONCURRENT)));
    if total == 0 {
        findings.skip(CHECK, "No published resource has the handover headers.");
        return;
    }
    let mut tasks = JoinSet::new();
    for app in apps {
        let (slots, server, client) = (Arc::clone(&slots), Arc::clone(server), client.clone());
        tasks.spawn(async move {
            let _permit = slots.acquire_owned().await;
            app.check(&server, &client).await
        });
    }
    let mut found: Vec<Finding> = tasks.join_all().await.into_iter().flatten().collect();
    if found.is_empty() {
        findings
            .ok(CHECK, "The apps behind proxies cannot be opened without a launch.")
            .seen(counted(total, "app", "apps"));
        return;
    }
    // Those with the worst problems, always in the same order.
    found.sort_by(|one, other| {
        let place = |finding: &Finding| finding.result != Verdict::Fail;
        (place(one), &one.sentence).cmp(&(place(other), &other.sentence))
    });
    found.truncate(MAX_REPORTED);
    findings.list.extend(found);
}

impl ProxiedApp {
    /// The problem with the app, if there is one.
    async fn check(self, server: &OwnServer, client: &PlatformClient) -> Option<Finding> {
        let mut findings = Findings::of(Noun::Tool);
        match self.answers(server, client).await {
            // Another check says why it does not respond.
            Err(_) => {}
            Ok([plain, spoofed, question]) => {
                if is_open(&plain) || is_open(&spoofed) {
                    self.is_open(&mut findings, &plain, &spoofed);
                } else if question.status != 404 && !asks_for_a_launch(&question) {
                    self.shows_questions(&mut findings, &question);
                } else if !asks_for_a_launch(&plain) || !asks_for_a_launch(&spoofed) {
                    self.does_not_ask(&mut findings, &plain);
                }
            }
        }
        findings.list.pop()
    }

    /// What a stranger gets: at the target, at the target with a name, and at the address of the
    /// proxy's question.
    async fn answers(
        &self,
        server: &OwnServer,
        client: &PlatformClient,
    ) -> Result<[Probe; 3], FetchError> {
        let reach = server.reach_of_apps();
        let mut question = self.url.clone();
        question.set_query(None);
        question.set_path("/.ltictl/auth/nginx");
        Ok([
            client.probe(self.url.as_str(), reach, 0).await?,
            client.probe_with_header(self.url.as_str(), SPOOFED, reach, 0).await?,
            client.probe(question.as_str(), reach, 0).await?,
        ])
    }

    fn is_open(&self, findings: &mut Findings, plain: &Probe, spoofed: &Probe) {
        let resource = &self.resource;
        findings
            .fail(
                CHECK,
                format!("The app of resource {resource} can be opened without a launch."),
                format!(
                    "put a proxy with the configuration of `ltictl generate nginx {resource}` in \
                     front of it, and let nothing else reach the app"
                ),
            )
            .seen(format!(
                "HTTP status {} from {}, and {} with Remote-User",
                plain.status,
                self.shown(),
                spoofed.status
            ));
    }

    fn shows_questions(&self, findings: &mut Findings, question: &Probe) {
        let resource = &self.resource;
        findings
            .fail(
                CHECK,
                format!(
                    "The proxy of resource {resource} shows browsers what only the proxy may ask for."
                ),
                format!("use the configuration of `ltictl generate nginx {resource}`"),
            )
            .seen(format!("HTTP status {} from /.ltictl/auth/nginx", question.status));
    }

    fn does_not_ask(&self, findings: &mut Findings, plain: &Probe) {
        let resource = &self.resource;
        let refusal = plain.header("x-lti-refusal").unwrap_or_default();
        let code = if refusal.is_empty() { String::new() } else { format!(", {refusal}") };
        findings
            .warn(
                CHECK,
                format!(
                    "The proxy of resource {resource} does not ask this tool, or not about its \
                     target."
                ),
                format!(
                    "use the configuration of `ltictl generate nginx {resource}`, with --tool and \
                     the address of the server"
                ),
            )
            .seen(format!("HTTP status {}{code} from {}", plain.status, self.shown()));
    }

    /// The URL without its query, which may contain secrets.
    fn shown(&self) -> String {
        let mut url = self.url.clone();
        url.set_query(None);
        url.into()
    }
}

/// Whether a response is the app's own.
fn is_open(probe: &Probe) -> bool {
    probe.status < 400
}

/// Whether a response is this tool's for people without a session.
fn asks_for_a_launch(probe: &Probe) -> bool {
    probe.status == 401 && probe.header("www-authenticate").is_some_and(|value| value == "LTI")
}
