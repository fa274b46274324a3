//! Resumes waiting launches: the person has chosen an account, or the browser has proven that it
//! started the login.

use std::net::IpAddr;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use zeroize::Zeroizing;

use super::complete::{AccountChoice, PreparedLaunch, complete};
use super::outcome::{AccountQuestion, LaunchError, LaunchOutcome, OfferedProvider};
use super::platform_storage::storage_digest;
use super::providers;
use super::record::LaunchMessage;
use super::refuse::{Attempt, Nonce, refuse};
use super::service::{Caller, LaunchService, Party, Step};
use crate::domain::{
    Name, PendingHandle, PendingLaunch, Provisioning, Registration, Settings, Slug, Username,
    WaitsFor,
};
use crate::launch::sign_in_throttle::SignInAttempt;
use crate::rules::fairness::Admission;
use crate::rules::framing::frame_ancestors_of;
use crate::rules::passwords;
use crate::rules::refusal::Refusal;
use crate::store;

/// How many wrong passwords one page may send before the link has to be opened again.
const MAX_TRIES: u32 = 10;

/// What a person sends from the page that asks for their account.
pub enum AccountForm {
    /// Continue with the sign-in at an identity provider, which the person has confirmed in another
    /// window.
    Provider,
    /// Create a new account.
    Create,
    /// Sign in to an account.
    SignIn {
        /// The username that was entered; `None` if the text cannot be one.
        username: Option<Username>,
        /// The text that was entered.
        password: Zeroizing<String>,
        /// The client's address; `None` if it is not counted.
        address: Option<IpAddr>,
    },
}

/// The result of resuming a waiting launch.
pub enum ResumedLaunch {
    /// The launch has this outcome.
    Outcome(LaunchOutcome),
    /// The same page is shown again, with the problem.
    AskAgain(Box<AccountQuestion>, FormProblem),
    /// No such launch is waiting. It has expired, or was resumed in another window.
    NotWaiting,
}

/// A problem with a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormProblem {
    /// The username or the password; which of them is not disclosed.
    WrongCredentials,
    /// New accounts are not created here.
    NoNewAccounts,
    /// The person has not signed in at an identity provider yet.
    NotSignedIn,
    /// There were too many attempts to sign in.
    TooManyAttempts {
        /// When the next one is possible; whole seconds, at least one.
        wait_seconds: u64,
    },
}

/// A waiting launch with everything that is needed to resume it.
pub(super) struct WaitingLaunch {
    pub(super) pending: PendingLaunch,
    pub(super) registration: Registration,
    pub(super) settings: Settings,
    resource: Option<(Slug, Name, Provisioning)>,
}

impl WaitingLaunch {
    fn mode(&self) -> Provisioning {
        self.resource.as_ref().map_or(Provisioning::Existing, |(.., mode)| *mode)
    }

    fn attempt(&self, caller: &Caller, place: Admission<Party>) -> Attempt {
        let launch = &self.pending.launch;
        Attempt {
            caller: caller.clone(),
            registration: Some(self.registration.clone()),
            frame_ancestors: Some(frame_ancestors_of(&self.registration, &launch.details)),
            message: Some(LaunchMessage {
                message_type: Some(launch.message_type.clone()),
                details: launch.details.clone(),
            }),
            spent_cookie: None,
            resource: self.resource.as_ref().map(|(slug, ..)| slug.clone()),
            comparison: None,
            first_request: Some(launch.request_id.clone()),
            place: Some(place),
        }
    }

    fn question(
        &self,
        handle: PendingHandle,
        providers: Vec<OfferedProvider>,
    ) -> Box<AccountQuestion> {
        Box::new(AccountQuestion {
            providers,
            handle,
            mode: self.mode(),
            resource: self.resource.as_ref().map(|(_, name, _)| name.clone()),
            tool: self.settings.name.to_string(),
            person: self.pending.launch.details.name.clone(),
            frame_ancestors: frame_ancestors_of(&self.registration, &self.pending.launch.details),
            spent_cookie: None,
        })
    }

    fn prepare(self, caller: &Caller, choice: AccountChoice) -> PreparedLaunch {
        PreparedLaunch {
            caller: caller.clone(),
            registration: self.registration,
            settings: self.settings,
            launch: self.pending.launch,
            nonce: None,
            unconfirmed_secret: None,
            unproven_storage: None,
            choice,
            seen: None,
        }
    }
}

/// The launch with this handle that waits for this event.
pub(super) fn waiting(
    service: &LaunchService,
    handle: &PendingHandle,
    waits_for: WaitsFor,
) -> Result<Option<WaitingLaunch>, store::Error> {
    service.pool.look_up(|read| {
        let Some(pending) = read
            .pending_launch(handle, service.clock.now())?
            .filter(|pending| pending.waits_for == waits_for)
        else {
            return Ok(None);
        };
        let Some(registration) = read.registration_by_id(pending.registration_id)? else {
            return Ok(None);
        };
        let teaches = pending.launch.details.teaches();
        let resource =
            pending.launch.resource_id.map(|id| read.resource_by_id(id)).transpose()?.flatten();
        let resource = resource.map(|resource| {
            let provisioning = resource.provisioning(teaches);
            (resource.slug, resource.name, provisioning)
        });
        Ok(Some(WaitingLaunch { pending, registration, settings: read.settings()?, resource }))
    })
}

/// Removes a waiting launch; `false` if another request was faster.
async fn take(service: &LaunchService, handle: &PendingHandle) -> Result<bool, store::Error> {
    let (handle, now) = (handle.clone(), service.clock.now());
    service.pool.write(move |write| Ok(write.take_pending_launch(&handle, now)?.is_some())).await
}

/// Handles the form in which a person chooses their account. `handle` is what the form sent.
///
/// # Errors
///
/// If the launch is refused, its log entry is written before this returns.
pub async fn choose_account(
    service: &LaunchService,
    caller: &Caller,
    handle: &str,
    form: AccountForm,
) -> Result<ResumedLaunch, LaunchError> {
    let Some(handle) = PendingHandle::parse(handle) else { return Ok(ResumedLaunch::NotWaiting) };
    let Some(waiting) = waiting(service, &handle, WaitsFor::Account)? else {
        return Ok(ResumedLaunch::NotWaiting);
    };
    let checked = match form {
        // The page does not offer it, but the resource may have changed since.
        AccountForm::Create if waiting.mode() == Provisioning::Existing => {
            Err(FormProblem::NoNewAccounts)
        }
        AccountForm::Create => Ok(AccountChoice::Create),
        AccountForm::Provider => {
            match providers::confirmed_account(service, &waiting.pending.launch)? {
                Some(account_id) => Ok(AccountChoice::SignedIn(account_id)),
                None => Err(FormProblem::NotSignedIn),
            }
        }
        AccountForm::SignIn { username, password, address } => {
            let signed_in = sign_in(service, &waiting, username, password, address).await?;
            signed_in.map(AccountChoice::SignedIn)
        }
    };
    match checked {
        Ok(choice) => resume(service, caller, handle, waiting, choice).await,
        Err(problem) => ask_again(service, caller, handle, waiting, problem).await,
    }
}

/// Resumes a launch. It must be admitted before it is taken, so that it is not lost if there are
/// too many launches, and after a password was checked, because that may have to wait.
async fn resume(
    service: &LaunchService,
    caller: &Caller,
    handle: PendingHandle,
    waiting: WaitingLaunch,
    choice: AccountChoice,
) -> Result<ResumedLaunch, LaunchError> {
    let place = service.admit(Some(waiting.registration.id), Step::Launch)?;
    if !take(service, &handle).await? {
        return Ok(ResumedLaunch::NotWaiting);
    }
    let attempt = waiting.attempt(caller, place);
    complete(service, waiting.prepare(caller, choice), attempt).await.map(ResumedLaunch::Outcome)
}

/// Shows the page again, unless it has sent too many wrong passwords.
async fn ask_again(
    service: &LaunchService,
    caller: &Caller,
    handle: PendingHandle,
    waiting: WaitingLaunch,
    problem: FormProblem,
) -> Result<ResumedLaunch, LaunchError> {
    if !count_try(service, caller, &handle, &waiting, problem).await? {
        return Ok(ResumedLaunch::NotWaiting);
    }
    let providers = providers::offered(service)?;
    Ok(ResumedLaunch::AskAgain(waiting.question(handle, providers), problem))
}

/// Counts a wrong password. Returns whether the launch still waits.
///
/// # Errors
///
/// If there were too many, the launch is refused.
pub(super) async fn count_try(
    service: &LaunchService,
    caller: &Caller,
    handle: &PendingHandle,
    waiting: &WaitingLaunch,
    problem: FormProblem,
) -> Result<bool, LaunchError> {
    let tries = match problem {
        FormProblem::NoNewAccounts | FormProblem::NotSignedIn => return Ok(true),
        FormProblem::TooManyAttempts { .. } => waiting.pending.tries,
        FormProblem::WrongCredentials => {
            let handle = handle.clone();
            service.pool.write(move |write| write.count_wrong_password(&handle)).await?
        }
    };
    if tries < MAX_TRIES {
        return Ok(true);
    }
    let place = service.admit(Some(waiting.registration.id), Step::Launch)?;
    if !take(service, handle).await? {
        return Ok(false);
    }
    let attempt = waiting.attempt(caller, place);
    Err(refuse(service, Refusal::SignInFailed { tries }, attempt, Nonce::Spent).await)
}

/// Checks username and password. This takes the same time if there is no account or it has no
/// password.
pub(super) async fn sign_in(
    service: &LaunchService,
    waiting: &WaitingLaunch,
    username: Option<Username>,
    password: Zeroizing<String>,
    address: Option<IpAddr>,
) -> Result<Result<i64, FormProblem>, LaunchError> {
    let details = &waiting.pending.launch.details;
    // Attempts are not counted per page, because opening the link again gives another page.
    let attempt = SignInAttempt {
        registration_id: waiting.registration.id,
        tenant: &details.tenant,
        sub: details.sub.as_deref().unwrap_or_default(),
        address,
        username: username.as_ref(),
    };
    if let Err(wait) = service.sign_ins.admit(&attempt).await {
        return Ok(Err(FormProblem::TooManyAttempts { wait_seconds: wait.as_secs().max(1) }));
    }
    let found = service.pool.look_up(|read| {
        let account = username.as_ref().map(|username| read.account(username)).transpose()?;
        // An account that only an identity opens is like one without a password.
        let account = account.flatten().filter(|account| !account.require_provider);
        let Some(account) = account else { return Ok::<_, store::Error>(None) };
        Ok(read.password_hash(account.id)?.map(|hash| (account.id, hash)))
    })?;
    let (account_id, hash) = found.map_or((None, None), |(id, hash)| (Some(id), Some(hash)));
    let matches = passwords::verify_in_background(password, hash).await?;
    Ok(account_id.filter(|_| matches).ok_or(FormProblem::WrongCredentials))
}

/// Checks the value from the platform's storage that binds the login to the browser. `handle` and
/// `value` are what the page's script sent.
///
/// # Errors
///
/// If the launch is refused, its log entry is written before this returns.
pub async fn prove_binding(
    service: &LaunchService,
    caller: &Caller,
    handle: &str,
    value: &str,
) -> Result<ResumedLaunch, LaunchError> {
    let Some(handle) = PendingHandle::parse(handle) else { return Ok(ResumedLaunch::NotWaiting) };
    let Some(mut waiting) = waiting(service, &handle, WaitsFor::Binding)? else {
        return Ok(ResumedLaunch::NotWaiting);
    };
    let place = service.admit(Some(waiting.registration.id), Step::Launch)?;
    // Only one attempt is allowed.
    if !take(service, &handle).await? {
        return Ok(ResumedLaunch::NotWaiting);
    }
    let expected = waiting.pending.launch.storage_digest.take().unwrap_or_default();
    let attempt = waiting.attempt(caller, place);
    if verify_slices_are_equal(&storage_digest(value), &expected).is_err() {
        return Err(refuse(service, Refusal::CookieMissing, attempt, Nonce::Spent).await);
    }
    waiting.pending.launch.without_cookies = true;
    complete(service, waiting.prepare(caller, AccountChoice::None), attempt)
        .await
        .map(ResumedLaunch::Outcome)
}
