//! Sign-in at an identity provider, for a launch that waits for an account.
//!
//! The account page opens a window ([`begin`]), which returns from the provider with a code
//! ([`finish`]). The window asks the person whether this is their account, and only their answer
//! ([`confirm`]) is stored, with the launch that waits. The account page then continues the launch
//! ([`super::resume`]), so the session is opened where the launch began.
//!
//! A launch and the person who signs in belong together because the same browser sends the handle
//! of the launch from the tool's own page, gets a cookie for it, and returns with that cookie. Another
//! page can still bring a launch of someone else into a person's browser, as far as its platform
//! permits that; so the provider asks the person in any case, and the window says for whom links will
//! open the account.

use std::net::IpAddr;
use std::time::Duration;

use jiff::Timestamp;
use zeroize::Zeroizing;

use super::resume::{self, WaitingLaunch};
use super::service::{Caller, LaunchService};
use super::{LaunchError, RefusedLaunch};
use crate::domain::{
    Account, ConfirmedSignIn, IdentityProvider, LinkedBy, Linking, Name, PendingHandle,
    ProviderIdentity, ProviderRef, Settings, Username, WaitsFor, provider_callback_path,
};
use crate::failure::Failure;
use crate::lti;
use crate::lti::keyset::VerificationKeys;
use crate::lti::relying_party::{
    AuthorizationRequest, Callback, CodeExchange, Discovery, Identity, Kind, Rules,
    UnverifiedIdentity, issuer_of_tenant,
};
use crate::platform::{ProviderAccess, Providers};
use crate::rules::fairness::{Admission, Fairness};
use crate::rules::identity_provider::{access, subject_in_commands};
use crate::rules::provider_refusal::ProviderRefusal;
use crate::store::{self, Write};
use crate::token::provider_sign_in::{
    COOKIE_SECONDS, LIFETIME_SECONDS, ProviderProof, ProviderSignIn,
};

/// How far the clocks of the tool and a provider may differ, in seconds.
const LEEWAY_SECONDS: i64 = 60;

/// What sign-ins need besides launches; cheap to clone.
#[derive(Clone)]
pub struct ProviderSignIns {
    /// Requests to providers.
    pub providers: Providers,
    /// Shares the requests among the registrations of the launches that wait.
    pub under_way: Fairness<i64>,
}

/// A sign-in that has begun.
pub struct BegunSignIn {
    /// The provider's page, with the request.
    pub url: String,
    /// Name of the cookie that binds the sign-in to the browser.
    pub cookie_name: String,
    /// Value of the cookie.
    pub cookie_value: String,
    /// The provider's name.
    pub provider: Name,
    /// The tool's name.
    pub tool: Name,
}

/// What the window asks when the person has returned.
pub struct ProviderQuestion {
    /// The value of the form.
    pub proof: String,
    /// The provider's name.
    pub provider: Name,
    /// What the provider calls the person.
    pub person: String,
    /// The account that the identity opens; `None` if the person may link one.
    pub account: Option<String>,
    /// Who has launched, according to the platform.
    pub launched_by: Option<String>,
    /// The name of the platform's registration.
    pub platform: Name,
    /// The tool's name.
    pub tool: Name,
    /// What was wrong with the last reply.
    pub problem: Option<resume::FormProblem>,
}

/// What the person replies in the window.
pub enum ProviderReply {
    /// It is their account.
    Continue,
    /// It is not.
    Cancel,
    /// Link the identity to the account with this password.
    Link {
        /// The username that was entered; `None` if the text cannot be one.
        username: Option<Username>,
        /// The text that was entered.
        password: Zeroizing<String>,
        /// The client's address; `None` if it is not counted.
        address: Option<IpAddr>,
    },
}

/// What the window shows after a reply.
pub enum ProviderOutcome {
    /// The page that opened the window continues. The name of the cookie that is no longer needed.
    Confirmed(String),
    /// Nothing has changed. The same.
    Cancelled(String),
    /// The same question, with a problem.
    AskAgain(Box<ProviderQuestion>),
}

/// Why a sign-in does not continue.
pub enum SignInError {
    /// A check failed.
    Refused(ProviderRefusal),
    /// No such launch is waiting.
    NotWaiting,
    /// There were too many wrong passwords, so the launch was refused.
    LaunchRefused(Box<RefusedLaunch>),
    /// There are too many sign-ins at the moment; how long to wait.
    TooManyRequests(Duration),
    /// The tool failed.
    Failed(Failure),
}

impl From<ProviderRefusal> for SignInError {
    fn from(refusal: ProviderRefusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<LaunchError> for SignInError {
    fn from(error: LaunchError) -> Self {
        match error {
            LaunchError::Refused(refused) => Self::LaunchRefused(refused),
            LaunchError::TooManyRequests(wait) => Self::TooManyRequests(wait),
            LaunchError::Failed(failure) => Self::Failed(failure),
        }
    }
}

impl From<store::Error> for SignInError {
    fn from(error: store::Error) -> Self {
        Self::Failed(error.into())
    }
}

/// A sign-in with all that it belongs to.
struct Under {
    provider: IdentityProvider,
    settings: Settings,
    waiting: WaitingLaunch,
    handle: PendingHandle,
}

impl Under {
    /// The launch that waits and the provider with this slug.
    fn find(
        service: &LaunchService,
        handle: PendingHandle,
        reference: &ProviderRef,
    ) -> Result<Self, SignInError> {
        let Some(waiting) = resume::waiting(service, &handle, WaitsFor::Account)? else {
            return Err(SignInError::NotWaiting);
        };
        let provider = service.pool.look_up(|read| match reference.slug() {
            Some(slug) => read.identity_provider(&slug),
            None => Ok(None),
        })?;
        let provider =
            provider.filter(|provider| provider.enabled).ok_or(ProviderRefusal::Unknown)?;
        let settings = waiting.settings.clone();
        Ok(Self { provider, settings, waiting, handle })
    }

    fn access(&self) -> ProviderAccess {
        access(&self.provider, &self.settings.url)
    }

    fn redirect_uri(&self) -> String {
        self.settings.url.join(&provider_callback_path(&self.provider.slug))
    }

    fn admit(&self, sign_ins: &ProviderSignIns) -> Result<Admission<i64>, SignInError> {
        let party = self.waiting.registration.id;
        sign_ins.under_way.enter(party).map_err(SignInError::TooManyRequests)
    }

    /// The question for an identity.
    fn question(
        &self,
        proof: &ProviderProof,
        account: Option<&Account>,
        key: String,
    ) -> ProviderQuestion {
        ProviderQuestion {
            proof: key,
            provider: self.provider.name.clone(),
            person: proof.person.clone(),
            account: account.map(|account| {
                let name = account.display_name();
                match &*name == account.username.as_str() {
                    true => name.into_owned(),
                    false => format!("{name} ({})", account.username),
                }
            }),
            launched_by: self.waiting.pending.launch.details.name.clone(),
            platform: self.waiting.registration.name.clone(),
            tool: self.settings.name.clone(),
            problem: None,
        }
    }
}

/// Begins a sign-in at a provider. `handle` is what the account page sent.
///
/// # Errors
///
/// If the launch does not wait, or the provider cannot be used.
pub async fn begin(
    service: &LaunchService,
    sign_ins: &ProviderSignIns,
    handle: &str,
    reference: &ProviderRef,
) -> Result<BegunSignIn, SignInError> {
    let handle = PendingHandle::parse(handle).ok_or(SignInError::NotWaiting)?;
    let under = Under::find(service, handle, reference)?;
    if !under.provider.has_secret {
        return Err(ProviderRefusal::NoSecret.into());
    }
    let _place = under.admit(sign_ins)?;
    let now = service.clock.now();
    let discovery = sign_ins.providers.discovery(&under.access(), now).await;
    let discovery = discovery.map_err(ProviderRefusal::from)?;
    let key = &service.state_key;
    let sign_in = ProviderSignIn::begin(
        under.provider.id,
        under.handle.clone(),
        now.as_second(),
        key,
        &service.random,
    );
    let hosted_domain = match under.provider.domains.as_slice() {
        [only] if under.access().kind == Kind::Google => Some(only.as_str()),
        _ => None,
    };
    let request = AuthorizationRequest {
        client_id: under.provider.client_id.as_str(),
        redirect_uri: &under.redirect_uri(),
        state: &sign_in.state(key),
        nonce: &sign_in.nonce(key),
        verifier: &sign_in.verifier(key),
        hosted_domain,
        prompt: match under.access().kind {
            Kind::Microsoft | Kind::Google => "select_account",
            _ => "login",
        },
        allow_http: under.provider.allow_http || under.provider.issuer.is_loopback(),
    };
    let url = request.url(&discovery.authorization_endpoint).ok_or_else(|| {
        ProviderRefusal::Discovery("Its authorization_endpoint is not a URL.".to_owned())
    })?;
    let (cookie_name, cookie) = sign_in.cookie();
    Ok(BegunSignIn {
        url: url.into(),
        cookie_name,
        cookie_value: cookie.to_owned(),
        provider: under.provider.name,
        tool: under.settings.name,
    })
}

/// The sign-in that a `state` and the browser's cookie belong to.
fn open_sign_in<'c>(
    service: &LaunchService,
    state: &str,
    cookie: impl Fn(&str) -> Option<&'c str>,
    seconds: i64,
) -> Result<ProviderSignIn, ProviderRefusal> {
    let name = ProviderSignIn::cookie_of(state).ok_or(ProviderRefusal::State)?;
    let value = cookie(&name).ok_or(ProviderRefusal::State)?;
    let now = service.clock.now().as_second();
    ProviderSignIn::open(state, value, &service.state_key, now, seconds)
        .ok_or(ProviderRefusal::State)
}

/// Handles the response that the browser brings back from the provider with this slug.
///
/// # Errors
///
/// The first check that fails.
pub async fn finish<'c>(
    service: &LaunchService,
    sign_ins: &ProviderSignIns,
    reference: &ProviderRef,
    parameters: &[(String, String)],
    cookie: impl Fn(&str) -> Option<&'c str>,
) -> Result<ProviderQuestion, SignInError> {
    let callback = Callback::read(parameters).map_err(|_| ProviderRefusal::State)?;
    let sign_in = open_sign_in(service, &callback.state, cookie, LIFETIME_SECONDS)?;
    let under = Under::find(service, sign_in.handle.clone(), reference)?;
    // Each provider has its own URL, so a response of one is never taken for that of another.
    if under.provider.id != sign_in.provider_id {
        return Err(ProviderRefusal::State.into());
    }
    let _place = under.admit(sign_ins)?;
    let (nonce, until) = sign_in.spent_nonce();
    let until = Timestamp::from_second(until).unwrap_or(Timestamp::MAX);
    if !service.pool.write(move |write| write.spend_nonce(&nonce, until)).await? {
        return Err(ProviderRefusal::StateUsed.into());
    }
    let identity = identify(service, sign_ins, &under, &sign_in, &callback).await?;
    let person = [&identity.name, &identity.email].into_iter().flatten().next();
    let person = person.cloned().unwrap_or_else(|| identity.subject.clone());
    let Identity { issuer, subject, .. } = identity;
    let identity = ProviderIdentity { issuer, subject };
    let account = account_of(service, &under.provider, &identity)?;
    if account.is_none() && under.provider.linking == Linking::Manual {
        let subject = subject_in_commands(&under.provider, &identity);
        return Err(ProviderRefusal::NotLinked { subject }.into());
    }
    let proof = ProviderProof { state: callback.state, identity, person };
    let sealed = proof.seal(&service.state_key);
    Ok(under.question(&proof, account.as_ref(), sealed))
}

/// The account that an identity opens, if it is linked to one.
fn account_of(
    service: &LaunchService,
    provider: &IdentityProvider,
    identity: &ProviderIdentity,
) -> Result<Option<Account>, SignInError> {
    let found = service.pool.look_up(|read| read.account_of_identity(provider.id, identity))?;
    match found {
        Some(account) if !account.enabled => Err(ProviderRefusal::AccountDisabled.into()),
        found => Ok(found),
    }
}

/// Exchanges the code of a response for an ID token, and checks it.
async fn identify(
    service: &LaunchService,
    sign_ins: &ProviderSignIns,
    under: &Under,
    sign_in: &ProviderSignIn,
    callback: &Callback,
) -> Result<Identity, SignInError> {
    let access = under.access();
    let discovery = sign_ins.providers.discovery(&access, service.clock.now()).await;
    let discovery = discovery.map_err(ProviderRefusal::from)?;
    if !is_from(callback, &discovery, &under.provider) {
        return Err(ProviderRefusal::OtherIssuer.into());
    }
    let code = callback.outcome.as_ref();
    let code = code.map_err(|error| ProviderRefusal::Denied(error.clone()))?;
    let secret = service.pool.look_up(|read| read.provider_secret(under.provider.id))?;
    let secret = secret.ok_or(ProviderRefusal::NoSecret)?;
    let key = &service.state_key;
    let exchange = CodeExchange {
        client_id: under.provider.client_id.as_str(),
        secret: std::str::from_utf8(secret.expose()).map_err(|_| ProviderRefusal::NoSecret)?,
        code,
        redirect_uri: &under.redirect_uri(),
        verifier: &sign_in.verifier(key),
    };
    let token = sign_ins.providers.exchange(&discovery, &exchange, access.reach).await;
    let token = Zeroizing::new(token.map_err(ProviderRefusal::from)?);
    let nonce = sign_in.nonce(key);
    let rules = Rules {
        kind: access.kind,
        issuer: &discovery.issuer,
        client_id: exchange.client_id,
        algorithms: &discovery.algorithms,
        nonce: &nonce,
        keyset_url: &discovery.jwks_uri,
        leeway_seconds: LEEWAY_SECONDS,
        tenants: &under.provider.tenants,
        domains: &under.provider.domains,
    };
    Ok(verify(service, &under.provider, &access, &rules, &token).await?)
}

/// Whether a response is from the provider. An issuer of several tenants stands for those listed.
fn is_from(callback: &Callback, discovery: &Discovery, provider: &IdentityProvider) -> bool {
    callback.is_from(&discovery.issuer, discovery.names_issuer)
        || provider.tenants.iter().any(|tenant| {
            let issuer = issuer_of_tenant(&discovery.issuer, Some(tenant));
            callback.is_from(&issuer, discovery.names_issuer)
        })
}

/// Checks an ID token. Like for launches, a key that does not fit causes a refetch of the keyset.
async fn verify(
    service: &LaunchService,
    provider: &IdentityProvider,
    access: &ProviderAccess,
    rules: &Rules<'_>,
    token: &str,
) -> Result<Identity, ProviderRefusal> {
    let now = service.clock.now();
    let is_local = provider.issuer.is_loopback();
    let parse = || UnverifiedIdentity::parse(token, rules).map_err(ProviderRefusal::from);
    let unverified = parse()?;
    let kid = unverified.key_id()?.to_owned();
    let key = |failed: Option<VerificationKeys>| {
        let kid = kid.clone();
        async move {
            let (url, reach) = (rules.keyset_url, access.reach);
            service.keysets.key(url, &kid, reach, is_local, failed.as_ref(), now).await
        }
    };
    let keys = key(None).await?;
    let result = unverified.verify(&keys, now.as_second()).map_err(ProviderRefusal::from);
    let may_be_replaced = |refusal: &ProviderRefusal| match refusal {
        ProviderRefusal::Token(refusal) => matches!(
            **refusal,
            lti::Refusal::SignatureInvalid { .. } | lti::Refusal::JwksBad { .. }
        ),
        _ => false,
    };
    if !result.as_ref().is_err_and(may_be_replaced) {
        return result;
    }
    let renewed = key(Some(keys.clone())).await?;
    match renewed == keys {
        true => result,
        false => Ok(parse()?.verify(&renewed, now.as_second())?),
    }
}

/// Handles the reply to [`ProviderQuestion`]. `proof` is what the form sent.
///
/// # Errors
///
/// The first check that fails.
pub async fn confirm<'c>(
    service: &LaunchService,
    caller: &Caller,
    proof: &str,
    reply: ProviderReply,
    cookie: impl Fn(&str) -> Option<&'c str>,
) -> Result<ProviderOutcome, SignInError> {
    let opened = ProviderProof::open(proof, &service.state_key).ok_or(ProviderRefusal::State)?;
    let sign_in = open_sign_in(service, &opened.state, cookie, COOKIE_SECONDS)?;
    if matches!(reply, ProviderReply::Cancel) {
        return Ok(ProviderOutcome::Cancelled(sign_in.cookie().0));
    }
    let provider =
        service.pool.look_up(|read| read.identity_provider_by_id(sign_in.provider_id))?;
    let slug = provider.ok_or(ProviderRefusal::Unknown)?.slug;
    let under = Under::find(service, sign_in.handle.clone(), &(&slug).into())?;
    if under.provider.id != sign_in.provider_id {
        return Err(ProviderRefusal::State.into());
    }
    let linked = account_of(service, &under.provider, &opened.identity)?;
    let account_id = match (reply, linked) {
        (ProviderReply::Link { username, password, address }, None) => {
            let signed_in =
                resume::sign_in(service, &under.waiting, username, password, address).await?;
            match signed_in {
                Ok(account_id) => account_id,
                Err(problem) => {
                    let (handle, waiting) = (&under.handle, &under.waiting);
                    if !resume::count_try(service, caller, handle, waiting, problem).await? {
                        return Err(SignInError::NotWaiting);
                    }
                    let question = under.question(&opened, None, proof.to_owned());
                    let question = ProviderQuestion { problem: Some(problem), ..question };
                    return Ok(ProviderOutcome::AskAgain(Box::new(question)));
                }
            }
        }
        (ProviderReply::Link { .. }, Some(_)) => return Err(ProviderRefusal::LinkedAlready.into()),
        (_, Some(account)) => account.id,
        // It was unlinked meanwhile.
        (_, None) => return Err(not_linked(&under, &opened.identity).into()),
    };
    keep(service, under, opened.identity, account_id).await?;
    Ok(ProviderOutcome::Confirmed(sign_in.cookie().0))
}

fn not_linked(under: &Under, identity: &ProviderIdentity) -> ProviderRefusal {
    ProviderRefusal::NotLinked { subject: subject_in_commands(&under.provider, identity) }
}

/// Stores the sign-in with the launch that waits, and links the identity if it is not linked.
async fn keep(
    service: &LaunchService,
    under: Under,
    identity: ProviderIdentity,
    account_id: i64,
) -> Result<(), SignInError> {
    let now = service.clock.now();
    let Under { provider, waiting, handle, .. } = under;
    let slug = provider.slug.clone();
    let confirmed = ConfirmedSignIn { provider_id: provider.id, account_id, identity };
    let mut launch = waiting.pending.launch;
    launch.signed_in = Some(confirmed.clone());
    let stored = service
        .pool
        .write(move |write| {
            Ok::<_, store::Error>(match link(write, &confirmed, now)? {
                Err(refusal) => Err(SignInError::Refused(refusal)),
                Ok(()) if write.keep_sign_in(&handle, &launch, now)? => Ok(()),
                Ok(()) => Err(SignInError::NotWaiting),
            })
        })
        .await?;
    if stored.is_ok() {
        tracing::info!(provider = %slug, "a person has signed in at an identity provider");
    }
    stored
}

/// Links an identity to the account, unless it is. What was checked before may have changed.
fn link(
    write: &Write<'_>,
    confirmed: &ConfirmedSignIn,
    now: Timestamp,
) -> Result<Result<(), ProviderRefusal>, store::Error> {
    let ConfirmedSignIn { provider_id, account_id, identity } = confirmed;
    let Some(provider) = write.identity_provider_by_id(*provider_id)?.filter(|one| one.enabled)
    else {
        return Ok(Err(ProviderRefusal::Unknown));
    };
    let account = match write.account_by_id(*account_id)? {
        Some(account) if account.enabled => account,
        _ => return Ok(Err(ProviderRefusal::AccountDisabled)),
    };
    match write.account_of_identity(*provider_id, identity)? {
        Some(linked) if linked.id == *account_id => {}
        Some(_) => return Ok(Err(ProviderRefusal::LinkedAlready)),
        None if provider.linking == Linking::Manual || account.require_provider => {
            let subject = subject_in_commands(&provider, identity);
            return Ok(Err(ProviderRefusal::NotLinked { subject }));
        }
        None => {
            let by = LinkedBy::Person;
            write.insert_account_identity(*account_id, *provider_id, identity, by, now)?;
        }
    }
    write.touch_account_identity(*provider_id, identity, now)?;
    Ok(Ok(()))
}
