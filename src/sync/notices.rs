//! Subscribes to the platforms' notices (Platform Notification Service 1.0).
//!
//! What a platform sends where is compared with what the tool wants: for each deployment daily, and
//! as soon as a launch names another service, the tool has moved or the policy was changed. A change
//! is followed by another look, because the responses of platforms to changes differ.
//!
//! A type that is sent to another URL is left alone, unless that URL was this tool's own: two servers
//! of one tool would take it from each other every day. Only a command replaces it.

use std::collections::BTreeMap;

use serde_json::json;

use super::lease::Lease;
use super::{Synchronizer, Work, sync_problem};
use crate::domain::{
    NoticePolicy, NoticeProbe, NoticeService, NoticeSubscription, Registration, RegistrationRef,
    Settings, Slug, SubscriptionState, SyncProblem,
};
use crate::failure::Failure;
use crate::lti::notice::HELLO_WORLD;
use crate::lti::notice::handlers::Handlers;
use crate::lti::scope::NOTICE_HANDLERS;
use crate::platform::{NoticeHandlers, ServiceError};
use crate::rules::notice::{self, AUTOMATIC, RestoreError};
use crate::store::{self, Write};

/// The outcome for one deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// Slug of the registration.
    pub registration: Slug,
    /// ID of the deployment.
    pub deployment_id: String,
    /// How many subscriptions were changed.
    pub changed: u32,
    /// Why they could not be compared.
    pub problem: Option<SyncProblem>,
}

/// Compares the subscriptions that are due.
///
/// # Errors
///
/// If the database fails.
pub async fn run_due(synchronizer: &Synchronizer) -> Result<Vec<Compared>, Failure> {
    let now = synchronizer.clock.now();
    let due = synchronizer.pool.look_up(|read| {
        let prefix = notice::handler_prefix(&read.settings()?.url);
        read.due_notice_services(&prefix, now)
    })?;
    compare_all(synchronizer, due, &[]).await
}

/// Compares the subscriptions of a registration now. The types of `replaced` are taken over even if
/// the platform sends them elsewhere.
///
/// # Errors
///
/// If the registration does not exist, or the database fails.
pub async fn run(
    synchronizer: &Synchronizer,
    registration: &RegistrationRef,
    replaced: &[String],
) -> Result<Vec<Compared>, Failure> {
    let services = synchronizer.pool.look_up(|read| {
        let registration = crate::rules::registration::find(read, registration)?;
        Ok::<_, Failure>(read.notice_services(registration.id)?)
    })?;
    compare_all(synchronizer, services, replaced).await
}

async fn compare_all(
    synchronizer: &Synchronizer,
    services: Vec<NoticeService>,
    replaced: &[String],
) -> Result<Vec<Compared>, Failure> {
    let mut by_registration: BTreeMap<i64, Vec<NoticeService>> = BTreeMap::new();
    for service in services {
        by_registration.entry(service.registration).or_default().push(service);
    }
    let mut waiting = by_registration.into_iter();
    let (mut running, mut all) = (tokio::task::JoinSet::new(), Vec::new());
    loop {
        while running.len() < usize::from(synchronizer.concurrency)
            && let Some((registration, services)) = waiting.next()
        {
            let (synchronizer, replaced) = (synchronizer.clone(), replaced.to_vec());
            running.spawn(async move {
                compare_registration(&synchronizer, registration, services, &replaced).await
            });
        }
        match running.join_next().await {
            None => return Ok(all),
            Some(Ok(compared)) => all.extend(compared?),
            Some(Err(error)) => return Err(super::task_failed(&error)),
        }
    }
}

/// Compares the deployments of one registration, unless another process does so.
async fn compare_registration(
    synchronizer: &Synchronizer,
    registration: i64,
    services: Vec<NoticeService>,
    replaced: &[String],
) -> Result<Vec<Compared>, Failure> {
    let Some(lease) = Lease::take(synchronizer, Work::Notices, registration).await? else {
        return Ok(Vec::new());
    };
    let compared = compare_leased(synchronizer, registration, services, replaced).await;
    lease.release().await?;
    compared
}

async fn compare_leased(
    synchronizer: &Synchronizer,
    registration: i64,
    services: Vec<NoticeService>,
    replaced: &[String],
) -> Result<Vec<Compared>, Failure> {
    let found = synchronizer.pool.look_up(|read| {
        Ok::<_, store::Error>((read.registration_by_id(registration)?, read.settings()?))
    })?;
    let (Some(registration), settings) = found else { return Ok(Vec::new()) };
    let Some(client) = synchronizer.services(&registration)? else { return Ok(Vec::new()) };
    let mut all = Vec::new();
    for service in services {
        let outcome = match notice::handlers(&client, &registration, &service) {
            Ok(handlers) => {
                let comparison = Comparison {
                    synchronizer,
                    registration: &registration,
                    settings: &settings,
                    service: &service,
                    handlers,
                    replaced,
                };
                comparison.run().await
            }
            Err(error) => Err(error.into()),
        };
        let problem = match outcome {
            Ok(changed) => Ok(changed),
            Err(RestoreError::Service(error)) => Err(sync_problem(&error, &registration)),
            Err(RestoreError::Store(error)) => return Err(error.into()),
        };
        let checked_for = match registration.policy.notices {
            NoticePolicy::On => notice::handler(&settings.url, &registration),
            NoticePolicy::Off => String::new(),
        };
        let (deployment, now) = (service.deployment, synchronizer.clock.now());
        let stored = problem.as_ref().err().cloned();
        synchronizer
            .pool
            .write(move |write| {
                write.set_notice_check(deployment, &checked_for, stored.as_ref(), now)
            })
            .await?;
        all.push(Compared {
            registration: registration.slug.clone(),
            deployment_id: service.deployment_id.to_string(),
            changed: problem.as_ref().copied().unwrap_or_default(),
            problem: problem.err(),
        });
    }
    Ok(all)
}

/// The comparison of one deployment.
struct Comparison<'c> {
    synchronizer: &'c Synchronizer,
    registration: &'c Registration,
    settings: &'c Settings,
    service: &'c NoticeService,
    handlers: NoticeHandlers,
    replaced: &'c [String],
}

/// What is to be done about one type.
struct Step {
    notice_type: String,
    /// The handler to set.
    set: Option<String>,
    /// The state if nothing is set.
    state: SubscriptionState,
}

impl Comparison<'_> {
    /// Returns how many subscriptions were changed.
    async fn run(&self) -> Result<u32, RestoreError> {
        if !self.service.offer.has_scope {
            return Err(ServiceError::NotAllowed { scope: NOTICE_HANDLERS }.into());
        }
        self.restore_interrupted().await?;
        let listed = self.list().await?;
        let stored = self.stored()?;
        let steps = self.steps(&listed, &stored);
        let mut problems = BTreeMap::new();
        let mut changed = 0;
        for step in &steps {
            let Some(handler) = &step.set else { continue };
            match self.handlers.set(&step.notice_type, handler).await {
                Ok(()) => changed += 1,
                Err(error) if error.affects_whole_platform() => return Err(error.into()),
                Err(error) => {
                    let problem = sync_problem(&error, self.registration);
                    problems.insert(step.notice_type.clone(), problem);
                }
            }
        }
        let listed = if changed > 0 { self.list().await? } else { listed };
        self.store(&listed, steps, problems).await?;
        Ok(changed)
    }

    /// Restores what was set before a check that was interrupted.
    async fn restore_interrupted(&self) -> Result<(), RestoreError> {
        let probe = self
            .synchronizer
            .pool
            .look_up(|read| read.notice_probe(self.service.deployment))?
            .filter(|probe: &NoticeProbe| {
                self.synchronizer.clock.now().duration_since(probe.started_at) >= NoticeProbe::TIME
            });
        match probe {
            Some(probe) => {
                notice::restore(&self.synchronizer.pool, &self.handlers, HELLO_WORLD, &probe).await
            }
            None => Ok(()),
        }
    }

    /// The platform's handlers, if they are those of this deployment.
    async fn list(&self) -> Result<Handlers, ServiceError> {
        let listed = self.handlers.list().await?;
        let client_id = self.registration.platform.as_ref().map(|it| it.client_id.as_str());
        let is_ours = listed.client_id.as_deref().is_none_or(|id| Some(id) == client_id)
            && listed
                .deployment_id
                .as_deref()
                .is_none_or(|id| id == self.service.deployment_id.as_str());
        if is_ours {
            return Ok(listed);
        }
        Err(ServiceError::Unreadable {
            problem: "it lists the notices of another client or deployment".to_owned(),
        })
    }

    fn stored(&self) -> Result<Vec<NoticeSubscription>, store::Error> {
        self.synchronizer.pool.look_up(|read| read.notice_subscriptions(self.service.deployment))
    }

    /// What to do about each type that the platform lists or an administrator wants.
    fn steps(&self, listed: &Handlers, stored: &[NoticeSubscription]) -> Vec<Step> {
        let listed_types = listed.handlers.iter().map(|handler| handler.notice_type.as_str());
        let wanted_types = stored
            .iter()
            .filter(|one| one.wanted == Some(true))
            .map(|one| one.notice_type.as_str())
            .filter(|name| listed.of(name).is_none());
        let types: Vec<&str> = listed_types.chain(wanted_types).collect();
        types
            .into_iter()
            .map(|name| {
                let known = stored.iter().find(|one| one.notice_type == name);
                self.step(name, listed.of(name), known)
            })
            .collect()
    }

    fn step(&self, name: &str, listed: Option<&str>, known: Option<&NoticeSubscription>) -> Step {
        let own = notice::handler(&self.settings.url, self.registration);
        let is_wanted = self.registration.policy.notices == NoticePolicy::On
            && known.and_then(|known| known.wanted).unwrap_or(AUTOMATIC.contains(&name));
        // What this tool has set before, under an earlier URL perhaps.
        let set_before = known
            .filter(|known| known.state == SubscriptionState::Subscribed)
            .and_then(|known| known.handler.as_deref())
            .unwrap_or_default();
        let step = |set: Option<&str>, state| Step {
            notice_type: name.to_owned(),
            set: set.map(str::to_owned),
            state,
        };
        match listed {
            None => step(None, SubscriptionState::NotOffered),
            Some(handler) if is_wanted && handler == own => {
                step(None, SubscriptionState::Subscribed)
            }
            Some("") if !is_wanted => step(None, SubscriptionState::NotSubscribed),
            Some(handler) => {
                let may_change = handler.is_empty()
                    || notice::is_own(handler, &self.settings.url, self.registration, set_before)
                        // That of a check is not touched: it restores the earlier one itself.
                        && !self.is_probed(name)
                    || (is_wanted && self.replaced.iter().any(|replaced| replaced == name));
                match (may_change, is_wanted) {
                    (true, true) => step(Some(&own), SubscriptionState::Subscribed),
                    (true, false) => step(Some(""), SubscriptionState::NotSubscribed),
                    (false, _) => step(None, SubscriptionState::Elsewhere),
                }
            }
        }
    }

    /// Whether a check of this type is under way.
    fn is_probed(&self, name: &str) -> bool {
        name == HELLO_WORLD
            && self
                .synchronizer
                .pool
                .look_up(|read| read.notice_probe(self.service.deployment))
                .is_ok_and(|probe| probe.is_some())
    }

    /// Stores what the platform lists now.
    async fn store(
        &self,
        listed: &Handlers,
        steps: Vec<Step>,
        mut problems: BTreeMap<String, SyncProblem>,
    ) -> Result<(), store::Error> {
        let subscriptions: Vec<NoticeSubscription> = steps
            .into_iter()
            .map(|step| {
                let handler = listed.of(&step.notice_type).map(notice::restorable);
                let problem = problems.remove(&step.notice_type).or_else(|| {
                    let is_set = step.set.as_deref().is_none_or(|set| handler == Some(set));
                    (!is_set).then(|| not_set(self.registration))
                });
                NoticeSubscription {
                    wanted: None,
                    state: match problem {
                        Some(_) => SubscriptionState::Refused,
                        None => step.state,
                    },
                    handler: handler.filter(|url| !url.is_empty()).map(str::to_owned),
                    notice_type: step.notice_type,
                    problem,
                }
            })
            .collect();
        let deployment = self.service.deployment;
        let types: Vec<&str> = subscriptions.iter().map(|one| one.notice_type.as_str()).collect();
        let types = json!(types).to_string();
        let store = move |write: &Write<'_>| {
            write.delete_unlisted_subscriptions(deployment, &types)?;
            subscriptions.iter().try_for_each(|one| write.put_notice_subscription(deployment, one))
        };
        self.synchronizer.pool.write(store).await
    }
}

/// The platform has accepted a change and lists something else.
fn not_set(registration: &Registration) -> SyncProblem {
    let problem = "it accepted the change, and still lists another URL for the type".to_owned();
    SyncProblem {
        fix: format!(
            "Enable the notice in the LMS, for the deployment, too; then: ltictl notice subscribe {}",
            registration.slug
        ),
        ..sync_problem(&ServiceError::Unreadable { problem }, registration)
    }
}
