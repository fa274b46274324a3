//! Lets a platform send a notice to a URL that is used once, and waits for it at the tool's server.
//!
//! The platform's setting is stored before it is changed, and restored in any case: at the end, or if
//! this process does not get that far, by the server.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::own_server::OwnServer;
use super::{Check, Findings, Live};
use crate::domain::{Clock, NoticePolicy, NoticeProbe, NoticeService, Registration};
use crate::lti::notice::HELLO_WORLD;
use crate::platform::{NoticeHandlers, PlatformClient, ServiceAccess, ServiceClient, Tokens};
use crate::rules::notice::{self, RestoreError};
use crate::rules::tenancy::Guard;
use crate::store::{self, Pool};

const CHECK: Check = Check::Notices;

/// How long the notice may take.
const MAX_WAIT: Duration = Duration::from_secs(20);
/// The time between two looks.
const PAUSE: Duration = Duration::from_millis(100);

/// How a check ended.
enum Outcome {
    Received,
    NotReceived,
    /// The platform does not send such notices.
    NotOffered,
    /// Another check has not ended.
    Busy,
}

impl Live {
    /// Adds whether a notice arrives, for one deployment where the platform offers them.
    pub(super) async fn await_notice(
        &self,
        findings: &mut Findings,
        server: &OwnServer,
        registration: &Registration,
        client: &PlatformClient,
        clock: Clock,
    ) {
        let Some(pool) = &self.pool else { return };
        let services = pool.look_up(|read| read.notice_services(registration.id));
        let service = match services.map(|services| services.into_iter().next()) {
            Ok(Some(service)) => service,
            Ok(None) => {
                findings.skip(CHECK, "The platform has offered no notices in a launch.");
                return;
            }
            Err(error) => {
                findings.skip(CHECK, "Notices were not checked.").seen(error.to_string());
                return;
            }
        };
        if registration.policy.notices == NoticePolicy::Off || !registration.enabled {
            findings.skip(CHECK, "The registration accepts no notices.");
            return;
        }
        let loopback = server.url.is_loopback();
        let Some(access) = ServiceAccess::for_registration(registration, &self.key, loopback)
        else {
            findings.skip(CHECK, "The registration is incomplete.");
            return;
        };
        let guard = Guard::new(pool.clone(), registration.clone());
        let tokens = Tokens::new(client.clone(), clock, self.random.clone());
        let services = ServiceClient::new(client.clone(), tokens, access, Arc::new(guard));
        let outcome = match notice::handlers(&services, registration, &service) {
            Ok(handlers) => self.probe(pool, server, &service, &handlers, clock).await,
            Err(error) => Err(error.into()),
        };
        report(findings, registration, outcome);
    }

    /// Sets the handler, waits, and restores what was set before.
    async fn probe(
        &self,
        pool: &Pool,
        server: &OwnServer,
        service: &NoticeService,
        handlers: &NoticeHandlers,
        clock: Clock,
    ) -> Result<Outcome, RestoreError> {
        let deployment = service.deployment;
        let stored = || pool.look_up(|read| read.notice_probe(deployment));
        // One that was interrupted long ago is restored here, too.
        if let Some(earlier) = stored()? {
            let age = clock.now().duration_since(earlier.started_at).unsigned_abs();
            if age < 2 * MAX_WAIT {
                return Ok(Outcome::Busy);
            }
            notice::restore(pool, handlers, HELLO_WORLD, &earlier).await?;
        }
        let listed = handlers.list().await?;
        let Some(previous) = listed.of(HELLO_WORLD).map(|url| notice::restorable(url).to_owned())
        else {
            return Ok(Outcome::NotOffered);
        };
        let code = notice::probe_code(&self.random);
        let (digest, now, kept) = (notice::probe_digest(&code), clock.now(), previous.clone());
        let begin = move |write: &store::Write<'_>| {
            write.begin_notice_probe(deployment, &digest, &kept, now)
        };
        if !pool.write(begin).await? {
            return Ok(Outcome::Busy);
        }
        let probe =
            NoticeProbe { deployment, previous, started_at: clock.now(), received_at: None };
        let set = handlers.set(HELLO_WORLD, &notice::probe_url(&server.url, &code)).await;
        let mut is_received = false;
        let until = Instant::now() + MAX_WAIT;
        while set.is_ok() && !is_received && Instant::now() < until {
            sleep(PAUSE).await;
            is_received = stored()?.is_some_and(|probe| probe.received_at.is_some());
        }
        notice::restore(pool, handlers, HELLO_WORLD, &probe).await?;
        set?;
        Ok(if is_received { Outcome::Received } else { Outcome::NotReceived })
    }
}

fn report(
    findings: &mut Findings,
    registration: &Registration,
    outcome: Result<Outcome, RestoreError>,
) {
    let slug = &registration.slug;
    match outcome {
        Ok(Outcome::Received) => {
            findings.ok(CHECK, "A notice of the platform arrived at the tool's server.");
        }
        Ok(Outcome::NotReceived) => {
            findings.warn(
                CHECK,
                "The platform accepted the subscription, and no notice arrived within 20 seconds.",
                format!(
                    "check that `ltictl serve` runs and that the platform's server reaches the \
                     tool's URL (firewall, private address, certificate chain); then: ltictl \
                     notice list --registration {slug}"
                ),
            );
        }
        Ok(Outcome::NotOffered) => {
            findings.skip(CHECK, "The platform does not offer the notice that shows this.");
        }
        Ok(Outcome::Busy) => {
            findings.skip(CHECK, "Another check of notices is under way.");
        }
        Err(RestoreError::Service(error)) => {
            findings
                .warn(
                    CHECK,
                    "The platform does not let the tool subscribe to notices.",
                    error.fix(slug).into_owned(),
                )
                .seen(error.to_string());
        }
        Err(RestoreError::Store(error)) => {
            findings.skip(CHECK, "Notices were not checked.").seen(error.to_string());
        }
    }
}
