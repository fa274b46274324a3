//! Runs the checks over the network, of several registrations at a time.

use std::collections::{HashMap, VecDeque};
use std::panic::resume_unwind;
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::own_server::OwnServer;
use super::{
    BATCH, Check, Comparison, Finding, Findings, Live, MAX_CONCURRENT, MAX_PER_HOST, Noun,
    OfflineChecks, Stored, Subject, platform, provider, proxied, public_url, targets,
};
use crate::domain::{Clock, Registration};
use crate::failure::Failure;
use crate::platform::PlatformClient;

impl Stored<'_> {
    /// Starts the checks of these registrations over the network.
    fn start(
        &self,
        batch: &[Registration],
        comparison: &Comparison<'_>,
        running: &mut Running,
    ) -> Result<(), Failure> {
        self.read.in_snapshot(|| {
            let examined = self.examine_batch(batch, comparison)?;
            batch.iter().zip(examined).try_for_each(|(registration, findings)| {
                let subject = Subject::read(self.read, registration.clone())?;
                running.start(subject, findings);
                Ok(())
            })
        })
    }
}

/// What the checks of registrations over the network share.
#[derive(Clone)]
struct Online {
    server: Arc<OwnServer>,
    client: PlatformClient,
    clock: Clock,
    live: Option<Live>,
    slots: Arc<Semaphore>,
}

impl Online {
    /// Contacts the platform of a registration once its host and a slot are free.
    async fn check(self, subject: Subject, host: Arc<Semaphore>) -> Vec<Finding> {
        // Wait for the host first, in order not to occupy a slot while waiting.
        let _permits = (host.acquire_owned().await, self.slots.acquire_owned().await);
        let (server, client, clock) = (&self.server, &self.client, self.clock);
        let registration = &subject.registration;
        let mut findings = Findings::about(Noun::Registration, &registration.slug);
        let mut server_findings = Findings::about(Noun::Registration, &registration.slug);
        tokio::join!(
            public_url::examine_login(&mut server_findings, server, registration, client),
            platform::check(&mut findings, server, &subject, client, clock)
        );
        findings.list.extend(server_findings.list);
        if let (Some(_), Some(violation)) = (&self.live, &subject.withheld) {
            let sentence = format!("No access token is requested: {}.", violation.failure.why);
            findings.skip(Check::AccessToken, sentence).fixed_by(violation.failure.hint.clone());
        } else if let Some(live) = self.live {
            live.request_token(&mut findings, server, registration, client, clock).await;
            live.await_notice(&mut findings, server, registration, client, clock).await;
        }
        findings.list
    }
}

/// The registrations that are being checked, and those that are done but come after them.
struct Running {
    online: Online,
    hosts: HashMap<String, Arc<Semaphore>>,
    tasks: JoinSet<(usize, Vec<Finding>)>,
    /// The findings so far of each, and whether they are all.
    window: VecDeque<(Vec<Finding>, bool)>,
    /// The place of the first one.
    first: usize,
}

impl Running {
    fn start(&mut self, subject: Subject, offline: Findings) {
        let host = self.hosts.entry(subject.host());
        let host = Arc::clone(host.or_insert_with(|| Arc::new(Semaphore::new(MAX_PER_HOST))));
        let (place, online) = (self.first + self.window.len(), self.online.clone());
        self.tasks.spawn(async move { (place, online.check(subject, host).await) });
        self.window.push_back((offline.list, false));
    }

    /// Waits until a registration has been checked. Returns whether there was one.
    async fn wait(&mut self) -> bool {
        match self.tasks.join_next().await {
            None => false,
            Some(Ok((place, online))) => {
                if let Some((findings, is_done)) = self.window.get_mut(place - self.first) {
                    // What the platform says counts more than what is known of its product.
                    findings.retain(|stored| online.iter().all(|one| one.check != stored.check));
                    findings.extend(online);
                    *is_done = true;
                }
                true
            }
            Some(Err(error)) => error.try_into_panic().map_or(true, |panic| resume_unwind(panic)),
        }
    }

    /// The findings about the first one, if they are all.
    fn next_done(&mut self) -> Option<Vec<Finding>> {
        let (findings, _) = self.window.pop_front_if(|(_, is_done)| *is_done)?;
        self.first += 1;
        Some(findings)
    }
}

/// Runs the checks that contact the tool's own server and the platforms, and calls `callback` with
/// each finding, those without network included, grouped by subject. Every request has the client's
/// time limit; a few registrations are checked concurrently, and fewer at one host. With `live`,
/// access tokens are requested, too. `done` is called after each registration.
///
/// Only the findings about a few hundred registrations are in memory at a time, and no snapshot of
/// the database is open while platforms are contacted.
pub async fn check_online(
    offline: OfflineChecks<'_>,
    client: &PlatformClient,
    clock: Clock,
    live: Option<Live>,
    mut done: impl FnMut(),
    callback: &mut dyn FnMut(Finding) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let OfflineChecks { tool_findings, server, apps, proxied, providers, stored } = offline;
    let (server, slots) = (Arc::new(server), Arc::new(Semaphore::new(MAX_CONCURRENT)));
    let online = Online { server: Arc::clone(&server), client: client.clone(), clock, live, slots };
    let mut running = Running {
        online,
        hosts: HashMap::new(),
        tasks: JoinSet::new(),
        window: VecDeque::new(),
        first: 0,
    };
    let comparison = stored.comparison()?;
    let mut batches = stored.examined().chunks(BATCH);
    let mut start_next = |running: &mut Running| match batches.next() {
        Some(batch) => stored.start(batch, &comparison, running),
        None => Ok(()),
    };
    start_next(&mut running)?;
    let (mut tool, mut of_apps) = (tool_findings, Findings::of(Noun::Tool));
    let (mut of_proxied, mut of_providers) = (Findings::of(Noun::Tool), Findings::of(Noun::Tool));
    tokio::join!(
        public_url::check(&mut tool, &server, client, clock),
        targets::check(&mut of_apps, apps, &server, client),
        proxied::check(&mut of_proxied, proxied, &server, client),
        provider::check(&mut of_providers, providers, &server.url, client, clock)
    );
    tool.list.extend(of_apps.list);
    tool.list.extend(of_proxied.list);
    tool.list.extend(of_providers.list);
    tool.list.into_iter().try_for_each(&mut *callback)?;
    loop {
        if running.window.len() <= BATCH {
            start_next(&mut running)?;
        }
        if !running.wait().await {
            break;
        }
        done();
        while let Some(findings) = running.next_done() {
            findings.into_iter().try_for_each(&mut *callback)?;
        }
    }
    stored.examine_consumers(callback)
}
