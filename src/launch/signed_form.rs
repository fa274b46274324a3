//! Launches of LTI 1.1: a form that the platform signs with a shared secret. There is no login before
//! it. What follows the checks is the same as for LTI 1.3.

use jiff::Timestamp;

use super::complete::{AccountChoice, PreparedLaunch, SeenRecords, complete};
use super::outcome::{LaunchError, LaunchOutcome};
use super::record::{self, LaunchMessage};
use super::refuse::{Attempt, Nonce, refuse};
use super::resource_access::open_to_consumer;
use super::service::{Caller, LaunchService, Step};
use crate::domain::{
    CheckedLaunch, Consumer, ConsumerKey, ConsumerUser, CourseOrigins, LinkServices, MemberFormat,
    Protocol, PublicUrl, Resource, ResourceName, ResourceRef, Secret, Settings,
    SignatureComparison, Slug,
};
use crate::lti::course_history::CourseHistory;
use crate::lti::deep_linking;
use crate::lti::lti_1p1::message::{Launch, Request, Version};
use crate::lti::lti_1p1::oauth1::{Explanation, Message, Verified, explain_mismatch};
use crate::lti::lti_2p0::{PRODUCT_CODE, filled};
use crate::lti::roles::Role;
use crate::rules::content_selection::{self, SignedWith};
use crate::rules::course_copy;
use crate::rules::framing::{frame_ancestors, frame_ancestors_of};
use crate::rules::refusal::Refusal;
use crate::rules::signed_message::{self, Signer, no_secret};
use crate::rules::signed_nonce;
use crate::store::{self, Read, RecordVersion};

/// Maximum size of a form with its URL whose wrong signature is explained, in bytes: Moodle's have 3,000,
/// and many signatures are computed to explain one.
const LARGEST_EXPLAINED: usize = 8 * 1024;

/// Maximum number of its parameters: Moodle's have 40, and short ones cost more than long ones.
const MOST_EXPLAINED: usize = 200;

/// The type of a course that its launch does not state.
const COURSE_SECTION: &str = "CourseSection";

/// A form as it arrived.
#[derive(Debug, Clone)]
pub struct SignedForm {
    /// The path below the tool's URL, and the query, as they were sent.
    pub path_and_query: String,
    /// The body, byte for byte.
    pub body: Vec<u8>,
    /// The resource that the path names.
    pub resource: Option<ResourceRef>,
}

/// Why a launch is not completed.
enum Rejected {
    Refused(Box<Refusal>),
    Error(LaunchError),
}

impl From<Refusal> for Rejected {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

impl From<store::Error> for Rejected {
    fn from(error: store::Error) -> Self {
        Self::Error(error.into())
    }
}

/// Handles a launch of LTI 1.1.
///
/// # Errors
///
/// If the launch is refused, its log entry is written before this returns.
pub async fn accept_signed_form(
    service: &LaunchService,
    caller: &Caller,
    form: SignedForm,
) -> Result<LaunchOutcome, LaunchError> {
    let mut attempt = Attempt::of(caller);
    let mut nonce = None;
    match check(service, &form, &mut attempt, &mut nonce) {
        Ok(prepared) => complete(service, prepared, attempt).await,
        Err(Rejected::Refused(refusal)) => {
            if attempt.resource.is_none() {
                attempt.resource = resource_of_path(service, &form)?;
            }
            // A signed launch counts once, accepted or not: copies of it must not fill the log.
            let nonce = nonce.map_or(Nonce::Untouched, |(nonce, stored_until)| {
                Nonce::Spend(nonce, stored_until)
            });
            Err(Box::pin(refuse(service, *refusal, attempt, nonce)).await)
        }
        Err(Rejected::Error(error)) => Err(error),
    }
}

/// The resource in the path of the URL, if it exists: the log of a refused launch names it.
fn resource_of_path(
    service: &LaunchService,
    form: &SignedForm,
) -> Result<Option<Slug>, store::Error> {
    let Some(slug) = form.resource.as_ref().and_then(ResourceRef::slug) else { return Ok(None) };
    let found = service.pool.look_up(|read| read.resource(&slug))?;
    Ok(found.map(|resource| resource.slug))
}

/// What the database contains about a launch.
struct Records {
    version: RecordVersion,
    settings: Settings,
    /// The consumer that the key or the URL names.
    signer: Option<Signer>,
    /// Whether the consumer has launched with this key before.
    deployment_known: bool,
}

/// The checks, in order: the form of the signature, the consumer, time and signature, whether the
/// consumer is enabled, the nonce, the message, and what the launch is for. `nonce` is set once the
/// signature is verified; it is spent when the launch or its refusal is stored.
fn check(
    service: &LaunchService,
    form: &SignedForm,
    attempt: &mut Attempt,
    nonce: &mut Option<(String, Timestamp)>,
) -> Result<PreparedLaunch, Rejected> {
    let now = service.clock.now();
    let (message, records) = read_records(service, form, now)?;
    let consumer = records.signer.as_ref().map(|signer| &signer.consumer);
    attempt.registration = consumer.map(|consumer| consumer.registration.clone());
    let log = service.refusals.has_room(&None).then_some(&mut *attempt);
    let verified = verify(&message, form, records.signer.as_ref(), log, now)?;
    let Some(signer) = &records.signer else {
        return Err(Refusal::ConsumerUnknown { key: message.consumer_key().to_owned() }.into());
    };
    let consumer = &signer.consumer;
    let registration = &consumer.registration;
    let (text, stored_until) = signed_nonce::of(registration.id, &verified);
    if service.pool.look_up(|read| signed_nonce::is_spent(read, &text, stored_until))? {
        return Err(Refusal::OauthNonceReused.into());
    }
    *nonce = Some((text, stored_until));
    let place = service.admit(Some(registration.id), Step::Launch).map_err(Rejected::Error)?;
    attempt.place = Some(place);
    attempt.frame_ancestors = Some(frame_ancestors(registration));
    let launch = Launch::read(&verified, registration.policy.allow_http)
        .map_err(|problem| Refusal::Lti1p1MessageMalformed { problem: problem.to_string() })?;
    let role = launch.role(&registration.policy.staff_roles.names());
    let described = LaunchMessage::of_signed_form(&launch, role, consumer, &verified.consumer_key);
    attempt.frame_ancestors = Some(frame_ancestors_of(registration, &described.details));
    attempt.message = Some(described);
    check_message(&launch, consumer)?;
    let target = match &launch.request {
        Request::ResourceLink(_) => {
            let resource = find_resource(service, &records, &launch, form, attempt)?;
            LaunchTarget::Resource(Box::new(resource))
        }
        Request::ContentItemSelection(settings) => {
            if role == Role::Learner {
                return Err(Refusal::SelectionNotAllowed { roles: launch.roles }.into());
            }
            if form.resource.is_some() {
                find_resource(service, &records, &launch, form, attempt)?;
            }
            let signed_with =
                signer.secret(&verified).map(|secret| SignedWith::new(verified.method, secret));
            selection(settings, signed_with.as_ref())?
        }
    };
    prepare(service, records, &verified, &launch, target, attempt, nonce.clone())
}

/// What a launch is for.
enum LaunchTarget {
    Resource(Box<Resource>),
    /// Content selection, with what its session stores.
    Selection(String),
}

fn selection(
    settings: &deep_linking::Settings,
    signed_with: Option<&SignedWith>,
) -> Result<LaunchTarget, Refusal> {
    let settings = record::stored_settings(settings.clone());
    content_selection::stored(&settings, signed_with)
        .map(LaunchTarget::Selection)
        .map_err(|error| Refusal::Lti1p1MessageMalformed { problem: error.to_string() })
}

/// Reads the form, for which the tool's URL is needed, and everything that does not depend on what it
/// says of the person and the link.
fn read_records(
    service: &LaunchService,
    form: &SignedForm,
    now: Timestamp,
) -> Result<(Message, Records), Rejected> {
    service.pool.look_up(|read| {
        let (version, settings) = (read.record_version()?, read.settings()?);
        let url = settings.url.join(&form.path_and_query);
        let message = Message::from_form(&url, &form.body).map_err(Refusal::from)?;
        let consumer = find_consumer(read, message.consumer_key(), form)?;
        let signer = consumer.map(|consumer| Signer::new(read, consumer, now)).transpose()?;
        let deployment_known = match &signer {
            Some(Signer { consumer, .. }) => {
                read.deployment(consumer.registration.id, message.consumer_key())?.is_some()
            }
            None => false,
        };
        Ok((message, Records { version, settings, signer, deployment_known }))
    })
}

/// The consumer with this key, or else the one that the resource of the URL was published with, if it
/// accepts any key. That must be a valid one: links and users are stored under it.
fn find_consumer(
    read: Read<'_>,
    key: &str,
    form: &SignedForm,
) -> Result<Option<Consumer>, store::Error> {
    if let Some(consumer) = read.consumer_by_key(key)? {
        return Ok(Some(consumer));
    }
    let slug = form.resource.as_ref().and_then(ResourceRef::slug);
    let Some(slug) = slug.filter(|_| ConsumerKey::new(key).is_ok()) else { return Ok(None) };
    Ok(read.consumer_of_resource(&slug)?.filter(|consumer| consumer.any_key))
}

/// Checks time and signature. An unknown key is explained, too, so that it takes as long as a signature
/// that does not match. Without a `log` that stores the explanation, there is none.
fn verify(
    message: &Message,
    form: &SignedForm,
    signer: Option<&Signer>,
    log: Option<&mut Attempt>,
    now: Timestamp,
) -> Result<Verified, Refusal> {
    signed_message::verify(signer, message, now).map_err(|refusal| match refusal {
        Refusal::OauthSignatureInvalid { signed_url, .. } => {
            let secret = signer.and_then(Signer::newest_secret);
            let difference = log.and_then(|log| difference(message, form, secret, log));
            Refusal::OauthSignatureInvalid { difference, signed_url }
        }
        Refusal::ConsumerUnknown { key } => {
            log.and_then(|log| difference(message, form, Some(&no_secret()), log));
            Refusal::ConsumerUnknown { key }
        }
        other => other,
    })
}

/// Why the signature does not match the newest secret, for the administrator. Nothing that is found
/// makes the launch valid. Anyone can send large forms, so only those of usual size are explained.
/// What was signed is logged, of unknown keys, too: it takes time to store.
fn difference(
    message: &Message,
    form: &SignedForm,
    secret: Option<&Secret>,
    attempt: &mut Attempt,
) -> Option<String> {
    let is_usual = form.path_and_query.len() + form.body.len() <= LARGEST_EXPLAINED
        && message.parameter_count() <= MOST_EXPLAINED;
    let secret = secret.filter(|_| is_usual)?;
    let Explanation { computed, matching } = explain_mismatch(message, secret.expose());
    let signed = matching.as_ref().map(|matching| matching.base_string.clone());
    attempt.comparison = SignatureComparison::new(computed, signed);
    let matching = matching?;
    let words: Vec<&str> = matching.differences.iter().map(|one| one.as_str()).collect();
    (!words.is_empty()).then(|| words.join(", and "))
}

/// The version of the message is that of the consumer, and it says who the person is.
fn check_message(launch: &Launch, consumer: &Consumer) -> Result<(), Refusal> {
    let registration = &consumer.registration;
    let is_expected = match registration.protocol {
        Protocol::Lti2p0 => launch.version == Version::Lti2p0,
        Protocol::Lti1p1 | Protocol::Lti1p3 => launch.version == Version::Lti1p0,
    };
    if !is_expected {
        let problem = format!("lti_version is {}", launch.version.as_str());
        return Err(Refusal::Lti1p1MessageMalformed { problem });
    }
    if launch.user_id.is_none() && !registration.policy.allow_anonymous {
        return Err(Refusal::UserIdMissing);
    }
    Ok(())
}

/// The resource that the launch names: by the path of the URL, by the custom parameter `id`, or by
/// the query parameter `id` of the launch URL.
fn find_resource(
    service: &LaunchService,
    records: &Records,
    launch: &Launch,
    form: &SignedForm,
    attempt: &mut Attempt,
) -> Result<Resource, Rejected> {
    let url = records.settings.url.join(&form.path_and_query);
    let is_proxy = records
        .signer
        .as_ref()
        .is_some_and(|signer| signer.consumer.registration.protocol == Protocol::Lti2p0);
    // A tool proxy names the path of each resource, and offers no other.
    let name = named_resource(launch, form, &url, &records.settings.url)
        .filter(|_| !is_proxy || form.resource.is_some());
    let found = service.pool.look_up(|read| match &name {
        Some(ResourceName::Uuid(uuid)) => read.resource_by_uuid(uuid),
        Some(ResourceName::Slug(slug)) => read.resource(slug),
        Some(ResourceName::Unknown(_)) | None => Ok(None),
    })?;
    let found = match found {
        None if !is_proxy => resource_of_origin(service, records, launch)?,
        found => found,
    };
    let resource = found.ok_or_else(|| {
        name.map_or(Refusal::ResourceIdMissing, |name| Refusal::ResourceUnknown {
            id: name.to_text(),
        })
    })?;
    attempt.resource = Some(resource.slug.clone());
    if let Some(signer) = &records.signer {
        open_to_consumer(&resource, &signer.consumer)?;
    }
    Ok(resource)
}

/// From where the launch's course and link were copied.
fn origins_of(launch: &Launch) -> CourseOrigins {
    let context = launch.context.as_ref().map(|context| context.id.as_str());
    let link = match &launch.request {
        Request::ResourceLink(link) => Some(link.id.as_str()),
        Request::ContentItemSelection(_) => None,
    };
    record::origins(CourseHistory::of_custom(&launch.custom, context, link))
}

/// The resource of a link that names none, if the platform says from which link it was copied.
fn resource_of_origin(
    service: &LaunchService,
    records: &Records,
    launch: &Launch,
) -> Result<Option<Resource>, store::Error> {
    let (Some(signer), Request::ResourceLink(link)) = (&records.signer, &launch.request) else {
        return Ok(None);
    };
    let (id, deployment_id) = (signer.consumer.registration.id, signer.consumer.key.as_str());
    let origins = origins_of(launch);
    service
        .pool
        .look_up(|read| course_copy::resource_of_link(read, id, deployment_id, &link.id, &origins))
}

/// How the launch names its resource. The path takes precedence: it is what the platform's admin has
/// entered, and is signed.
fn named_resource(
    launch: &Launch,
    form: &SignedForm,
    url: &str,
    tool: &PublicUrl,
) -> Option<ResourceName> {
    if let Some(reference) = &form.resource {
        let unknown = || ResourceName::Unknown(reference.as_str().to_owned());
        return Some(reference.slug().map_or_else(unknown, ResourceName::Slug));
    }
    launch
        .custom
        .get("id")
        .and_then(|id| ResourceName::of_custom_id(id))
        .or_else(|| ResourceName::of_signed_url(url, tool))
}

/// The link's services. Under LTI 2.0, the platform's profile says where members are, if the launch does
/// not.
fn services_of(
    service: &LaunchService,
    launch: &Launch,
    (consumer, resource): (&Consumer, &Resource),
    tool: &PublicUrl,
) -> Result<LinkServices, store::Error> {
    let services = record::signed_services(launch);
    let Some(context) = &launch.context else { return Ok(services) };
    if consumer.registration.protocol != Protocol::Lti2p0 || services.memberships_url.is_some() {
        return Ok(services);
    }
    let template = service.pool.look_up(|read| read.members_template(consumer.registration.id))?;
    let vendor = tool.to_url();
    let context_type = context.types.first().map(String::as_str).unwrap_or(COURSE_SECTION);
    let values = [
        ("context_id", context.id.as_str()),
        ("context_type", context_type.rsplit(['/', '#']).next().unwrap_or(context_type)),
        ("vendor_code", vendor.host_str().unwrap_or_default()),
        ("product_code", PRODUCT_CODE),
        ("tool_code", resource.slug.as_str()),
    ];
    let url = template.and_then(|template| filled(&template, &values));
    Ok(LinkServices {
        memberships_url: url.map(String::from),
        members_format: MemberFormat::Lis,
        ..services
    })
}

/// Prepares the data to store for a launch that passed every check.
fn prepare(
    service: &LaunchService,
    records: Records,
    verified: &Verified,
    launch: &Launch,
    target: LaunchTarget,
    attempt: &mut Attempt,
    nonce: Option<(String, Timestamp)>,
) -> Result<PreparedLaunch, Rejected> {
    let Some(signer) = records.signer else {
        return Err(Refusal::ConsumerUnknown { key: verified.consumer_key.clone() }.into());
    };
    let unconfirmed_secret = signer.unconfirmed_secret(verified).cloned();
    let consumer = signer.consumer;
    let (resource, selection) = match target {
        LaunchTarget::Resource(resource) => (Some(*resource), None),
        LaunchTarget::Selection(selection) => (None, Some(selection)),
    };
    let message = attempt.message.take();
    let message_type = message.as_ref().and_then(|message| message.message_type.clone());
    let details = message.map(|message| message.details).unwrap_or_default();
    let services = match &resource {
        Some(resource) => {
            services_of(service, launch, (&consumer, resource), &records.settings.url)?
        }
        None => LinkServices::default(),
    };
    let is_own = verified.consumer_key == consumer.key.as_str();
    let consumer_user = launch.user_id.as_ref().filter(|_| is_own).map(|user_id| ConsumerUser {
        consumer_key: verified.consumer_key.clone(),
        user_id: user_id.clone(),
    });
    let checked = CheckedLaunch {
        request_id: attempt.caller.request.to_string(),
        message_type: message_type.unwrap_or_default(),
        resource_id: resource.as_ref().map(|resource| resource.id),
        details,
        services,
        copied_from: origins_of(launch),
        deployment_known: records.deployment_known,
        selection,
        consumer_user,
        former_user: None,
        storage_digest: None,
        without_cookies: false,
        signed_in: None,
    };
    Ok(PreparedLaunch {
        caller: attempt.caller.clone(),
        registration: consumer.registration,
        settings: records.settings,
        launch: checked,
        nonce,
        unconfirmed_secret,
        unproven_storage: None,
        choice: AccountChoice::None,
        seen: Some(SeenRecords { version: records.version, resource }),
    })
}
