//! Launches that waited: the person has chosen an account, or the browser has proven that it is
//! that of the login.

use std::net::IpAddr;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use zeroize::Zeroizing;

use super::accept::storage_digest;
use super::arrive::{Arrival, Choice, go_on};
use super::record::Said;
use super::refuse::{Attempt, Nonce, refuse};
use super::{AccountQuestion, Caller, LaunchService, Next, NotLaunched, Party, Step};
use crate::domain::{
    PendingHandle, PendingLaunch, Provisioning, Registration, Settings, Username, WaitsFor,
};
use crate::launch::sign_in_throttle::SignInAttempt;
use crate::rules::fairness::Place;
use crate::rules::framing::frame_ancestors;
use crate::rules::passwords;
use crate::rules::refusal::Refusal;
use crate::store;

/// How many wrong passwords one page may send; then the link has to be opened again.
const MOST_TRIES: u32 = 10;

/// What a person answers on the page that asks for their account.
pub enum Answer {
    /// "Create one for me".
    Create,
    /// "I have an account".
    SignIn {
        /// As typed.
        username: String,
        /// As typed.
        password: Zeroizing<String>,
        /// Where the browser is, as far as addresses are counted.
        address: Option<IpAddr>,
    },
}

/// How a waiting launch goes on.
pub enum Resumed {
    /// On.
    Next(Next),
    /// The same question again: the answer was wrong, or there are too many of them at this moment.
    Again(Box<AccountQuestion>, Wrong),
    /// No such launch waits: its time is over, or it went on elsewhere.
    Gone,
}

/// What was wrong with an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    /// Username or password; which of them is nobody's business.
    Credentials,
    /// No new account is made here: only those count that exist.
    NoNewAccount,
    /// Too many attempts to sign in; in so many seconds there may be another one.
    TooMany {
        /// Whole seconds, at least one.
        wait_seconds: u64,
    },
}

/// A waiting launch with all that it needs to go on.
struct Waiting {
    pending: PendingLaunch,
    registration: Registration,
    settings: Settings,
    resource: Option<(String, String, Provisioning)>,
}

impl Waiting {
    fn mode(&self) -> Provisioning {
        self.resource.as_ref().map_or(Provisioning::Existing, |(.., mode)| *mode)
    }

    fn attempt(&self, caller: &Caller, place: Place<Party>) -> Attempt {
        let launch = &self.pending.launch;
        Attempt {
            caller: caller.clone(),
            registration: Some(self.registration.clone()),
            frame_ancestors: Some(frame_ancestors(&self.registration)),
            said: Some(Said {
                message_type: Some(launch.message_type.clone()),
                visit: launch.visit.clone(),
            }),
            spent_cookie: None,
            resource: self.resource.as_ref().map(|(slug, ..)| slug.clone()),
            first_request: Some(launch.request_id.clone()),
            place: Some(place),
        }
    }

    fn question(&self, handle: PendingHandle) -> Box<AccountQuestion> {
        Box::new(AccountQuestion {
            handle,
            mode: self.mode(),
            resource: self.resource.as_ref().map(|(_, name, _)| name.clone()),
            tool: self.settings.name.to_string(),
            person: self.pending.launch.visit.name.clone(),
            frame_ancestors: frame_ancestors(&self.registration),
            spent_cookie: None,
        })
    }

    fn arrival(self, caller: &Caller, choice: Choice) -> Arrival {
        Arrival {
            caller: caller.clone(),
            registration: self.registration,
            settings: self.settings,
            launch: self.pending.launch,
            nonce: None,
            choice,
        }
    }
}

/// The launch that waits under a handle, for this.
fn waiting(
    service: &LaunchService,
    handle: &PendingHandle,
    waits_for: WaitsFor,
) -> Result<Option<Waiting>, store::Error> {
    service.pool.read(|read| {
        let Some(pending) = read
            .pending_launch(handle, service.clock.now())?
            .filter(|pending| pending.waits_for == waits_for)
        else {
            return Ok(None);
        };
        let Some(registration) = read.registration_by_id(pending.registration_id)? else {
            return Ok(None);
        };
        let teaches = pending.launch.visit.teaches();
        let resource =
            pending.launch.resource_id.map(|id| read.resource_by_id(id)).transpose()?.flatten();
        let resource = resource.map(|resource| {
            (resource.slug.to_string(), resource.name.to_string(), resource.provisioning(teaches))
        });
        Ok(Some(Waiting { pending, registration, settings: read.settings()?, resource }))
    })
}

/// Takes a launch out of the waiting room, once; `false` when somebody else was quicker.
async fn take(service: &LaunchService, handle: &PendingHandle) -> Result<bool, store::Error> {
    let (handle, now) = (handle.clone(), service.clock.now());
    service.pool.write(move |write| Ok(write.take_pending_launch(&handle, now)?.is_some())).await
}

/// Takes a person's answer to the question which account is theirs. `handle` is what the page's
/// form sent.
///
/// # Errors
///
/// Refused, with the log entry written, or failed.
pub async fn choose_account(
    service: &LaunchService,
    caller: &Caller,
    handle: &str,
    answer: Answer,
) -> Result<Resumed, NotLaunched> {
    let Some(handle) = PendingHandle::parse(handle) else { return Ok(Resumed::Gone) };
    let Some(waiting) = waiting(service, &handle, WaitsFor::Account)? else {
        return Ok(Resumed::Gone);
    };
    // Asked for before the launch is taken out, so that it is not lost when it is turned away; and
    // after a password was checked, since that may wait for long.
    let admit = || service.admit(Some(waiting.registration.id), Step::Launch);
    let choice = match answer {
        Answer::Create if waiting.mode() == Provisioning::Existing => {
            // The page does not offer it: the resource was changed meanwhile, or somebody tries.
            return Ok(Resumed::Again(waiting.question(handle), Wrong::NoNewAccount));
        }
        Answer::Create => Choice::Create,
        Answer::SignIn { username, password, address } => {
            match sign_in(service, &waiting, &username, password, address).await? {
                Ok(account_id) => Choice::Link(account_id),
                Err(wrong) => {
                    let tries = match wrong {
                        Wrong::TooMany { .. } | Wrong::NoNewAccount => waiting.pending.tries,
                        Wrong::Credentials => {
                            let handle = handle.clone();
                            service
                                .pool
                                .write(move |write| write.count_wrong_answer(&handle))
                                .await?
                        }
                    };
                    if tries < MOST_TRIES {
                        return Ok(Resumed::Again(waiting.question(handle), wrong));
                    }
                    let place = admit()?;
                    if !take(service, &handle).await? {
                        return Ok(Resumed::Gone);
                    }
                    return Err(refuse(
                        service,
                        Refusal::SignInFailed { tries },
                        waiting.attempt(caller, place),
                        Nonce::Spent,
                    )
                    .await);
                }
            }
        }
    };
    let place = admit()?;
    if !take(service, &handle).await? {
        return Ok(Resumed::Gone);
    }
    let attempt = waiting.attempt(caller, place);
    go_on(service, waiting.arrival(caller, choice), attempt).await.map(Resumed::Next)
}

/// Checks username and password. Whether there is such an account, and whether it has a password,
/// takes as long as a wrong password.
async fn sign_in(
    service: &LaunchService,
    waiting: &Waiting,
    username: &str,
    password: Zeroizing<String>,
    address: Option<IpAddr>,
) -> Result<Result<i64, Wrong>, NotLaunched> {
    let username = Username::new(username).map(|username| username.to_string()).unwrap_or_default();
    let visit = &waiting.pending.launch.visit;
    // The page itself is not counted, since opening the link again gives another one.
    let attempt = SignInAttempt {
        registration_id: waiting.registration.id,
        tenant: &visit.tenant,
        sub: visit.sub.as_deref().unwrap_or_default(),
        address,
        username: &username,
    };
    if let Err(wait) = service.sign_ins.admit(&attempt).await {
        return Ok(Err(Wrong::TooMany { wait_seconds: wait.as_secs().max(1) }));
    }
    let found = service.pool.read(|read| {
        let Some(account) = read.account(&username)? else { return Ok::<_, store::Error>(None) };
        Ok(read.password_hash(account.id)?.map(|hash| (account.id, hash)))
    })?;
    let (account_id, hash) = found.map_or((None, None), |(id, hash)| (Some(id), Some(hash)));
    let matches = passwords::verify_apart(password, hash).await?;
    Ok(account_id.filter(|_| matches).ok_or(Wrong::Credentials))
}

/// Takes what the platform kept for the browser of the login. `handle` and `value` are what the
/// page's script sent.
///
/// # Errors
///
/// Refused, with the log entry written, or failed.
pub async fn prove_binding(
    service: &LaunchService,
    caller: &Caller,
    handle: &str,
    value: &str,
) -> Result<Resumed, NotLaunched> {
    let Some(handle) = PendingHandle::parse(handle) else { return Ok(Resumed::Gone) };
    let Some(mut waiting) = waiting(service, &handle, WaitsFor::Binding)? else {
        return Ok(Resumed::Gone);
    };
    let place = service.admit(Some(waiting.registration.id), Step::Launch)?;
    // Right or wrong, there is one try.
    if !take(service, &handle).await? {
        return Ok(Resumed::Gone);
    }
    let expected = waiting.pending.launch.storage_digest.take().unwrap_or_default();
    let attempt = waiting.attempt(caller, place);
    if verify_slices_are_equal(&storage_digest(value), &expected).is_err() {
        return Err(refuse(service, Refusal::CookieMissing, attempt, Nonce::Spent).await);
    }
    waiting.pending.launch.without_cookies = true;
    go_on(service, waiting.arrival(caller, Choice::None), attempt).await.map(Resumed::Next)
}
