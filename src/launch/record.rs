//! Creates the stored data of a launch: the log entry, the details, the link's services. Text from
//! the platform is truncated to the lengths of [`StoredText`] and [`StoredList`] here.

use jiff::Timestamp;

use super::service::Caller;
use crate::domain::{
    CheckedLaunch, Consumer, CourseOrigins, Launch, LaunchDetails, LinkServices, MemberFormat,
    NoticeOffer, Outcome, Presentation, Registration, Slug, SourcedIds, StoredList, StoredText,
    canonical_origin, is_web_url, kept_custom,
};
use crate::lti::claims::Claims;
use crate::lti::course_history::CourseHistory;
use crate::lti::deep_linking;
use crate::lti::id_token::SUBMISSION_REVIEW_REQUEST;
use crate::lti::lti_1p1::message::{
    self, BasicOutcome, Launch as SignedLaunch, Memberships, Request,
};
use crate::lti::lti_1p1::outcomes::TEXT_ACCEPTED;
use crate::lti::notice::handlers::{MAX_TYPES, is_type};
use crate::lti::roles::{self, Role};
use crate::lti::scope;
use crate::rules::identity;
use crate::rules::outcome;
use crate::rules::refusal::{NamedRegistration, Refusal};

/// The data from a token for the log entry.
#[derive(Clone)]
pub(super) struct LaunchMessage {
    pub(super) message_type: Option<String>,
    pub(super) details: LaunchDetails,
}

impl LaunchMessage {
    pub(super) fn of(claims: &Claims, role: Role, registration: &Registration) -> Self {
        Self {
            message_type: claims.message_type().map(|text| StoredText::Word.cut(text).into_owned()),
            details: launch_details(claims, role, registration),
        }
    }

    /// What a signed message of LTI 1.1 or 2.0 says; `key` is the consumer key that was sent.
    pub(super) fn of_signed_form(
        launch: &SignedLaunch,
        role: Role,
        consumer: &Consumer,
        key: &str,
    ) -> Self {
        let message_type = match launch.request {
            Request::ResourceLink(_) => message::LAUNCH,
            Request::ContentItemSelection(_) => message::CONTENT_ITEM_REQUEST,
        };
        Self {
            message_type: Some(message_type.to_owned()),
            details: signed_details(launch, role, consumer, key),
        }
    }

    pub(super) fn of_checked(launch: CheckedLaunch) -> Self {
        Self { message_type: Some(launch.message_type), details: launch.details }
    }
}

/// The row of a launch in the log.
pub(super) fn log_entry(
    caller: &Caller,
    at: Timestamp,
    outcome: Outcome,
    registration: Option<&Registration>,
    resource: Option<&Slug>,
    message_type: Option<&str>,
    details: Option<&LaunchDetails>,
) -> Launch {
    let mut launch = Launch {
        request_id: caller.request.forwarded().map(str::to_owned),
        registration: registration.map(|registration| registration.slug.clone()),
        resource: resource.cloned(),
        browser: Some(caller.browser),
        message_type: message_type.map(str::to_owned),
        ..Launch::new(caller.request.launch_id().clone(), at, outcome)
    };
    if let Some(details) = details {
        details.add_to(&mut launch);
    }
    launch
}

/// A text from a platform, truncated for storage.
fn cut(kind: StoredText, text: Option<&str>) -> Option<String> {
    text.filter(|text| !text.is_empty()).map(|text| kind.cut(text).into_owned())
}

/// A text from a platform that is dropped if it is too long.
fn whole(kind: StoredText, text: Option<&str>) -> Option<String> {
    text.filter(|text| !text.is_empty()).and_then(|text| kind.whole(text)).map(str::to_owned)
}

fn name(text: Option<&str>) -> Option<String> {
    cut(StoredText::PersonName, text)
}

fn title(text: Option<&str>) -> Option<String> {
    cut(StoredText::Title, text)
}

/// Accepted launches have no longer identifiers: only the log entries of refused ones are truncated.
fn id(text: Option<&str>) -> Option<String> {
    cut(StoredText::Identifier, text)
}

fn given_and_family(given: Option<&str>, family: Option<&str>) -> Option<String> {
    let names: Vec<&str> =
        [given, family].into_iter().flatten().filter(|name| !name.is_empty()).collect();
    name(Some(&names.join(" ")))
}

/// The data of a launch for the session's pages and the app behind the resource.
fn launch_details(claims: &Claims, role: Role, registration: &Registration) -> LaunchDetails {
    let client_id = registration
        .platform
        .as_ref()
        .map(|platform| platform.client_id.to_string())
        .unwrap_or_default();
    let deployment_id = id(claims.deployment_id()).unwrap_or_default();
    let (context, link, instance) =
        (claims.context(), claims.resource_link(), claims.tool_platform());
    let (context, link, instance) = (context.as_ref(), link.as_ref(), instance.as_ref());
    LaunchDetails {
        issuer: id(claims.issuer()).unwrap_or_default(),
        tenant: identity::effective(registration).tenant(&client_id, &deployment_id),
        client_id,
        sub: id(claims.sub()),
        name: name(claims.name())
            .or_else(|| given_and_family(claims.given_name(), claims.family_name())),
        given_name: name(claims.given_name()),
        family_name: name(claims.family_name()),
        email: whole(StoredText::Email, claims.email()),
        locale: whole(StoredText::Locale, claims.locale()),
        role: role.as_str().to_owned(),
        roles: StoredList::Roles.keep(claims.roles().iter().cloned()),
        context_id: context.and_then(|context| id(Some(context.id))),
        context_label: context.and_then(|context| title(context.label)),
        context_title: context.and_then(|context| title(context.title)),
        context_types: context.map(|context| words(&context.types)).unwrap_or_default(),
        resource_link_id: link.and_then(|link| id(Some(link.id))).unwrap_or_default(),
        resource_link_title: link.and_then(|link| title(link.title)),
        platform_name: instance.and_then(|instance| title(instance.name)),
        platform_product: instance
            .and_then(|instance| cut(StoredText::Word, instance.product_family_code)),
        custom: kept_custom(claims.custom()),
        picture: web_url(claims.picture()),
        mentored: mentored(claims),
        for_user: for_user(claims),
        presentation: presentation(claims),
        lis: sourced_ids(claims),
        deployment_id,
    }
}

/// The same for a message of LTI 1.1 or 2.0. The consumer key takes the place of client ID and
/// deployment.
fn signed_details(
    launch: &SignedLaunch,
    role: Role,
    consumer: &Consumer,
    key: &str,
) -> LaunchDetails {
    let (person, context) = (&launch.person, launch.context.as_ref());
    let link = match &launch.request {
        Request::ResourceLink(link) => Some(link),
        Request::ContentItemSelection(_) => None,
    };
    let (platform, lis) = (&launch.tool_platform, &launch.lis);
    let given_name = person.given_name.as_deref();
    let family_name = person.family_name.as_deref();
    let user = consumer.platform_user(key, launch.user_id.as_deref().unwrap_or_default());
    LaunchDetails {
        issuer: user.issuer,
        tenant: user.tenant,
        client_id: key.to_owned(),
        sub: id(launch.user_id.as_deref()),
        name: name(person.name.as_deref()).or_else(|| given_and_family(given_name, family_name)),
        given_name: name(given_name),
        family_name: name(family_name),
        email: whole(StoredText::Email, person.email.as_deref()),
        locale: whole(StoredText::Locale, launch.launch_presentation.locale.as_deref()),
        role: role.as_str().to_owned(),
        roles: StoredList::Roles.keep(launch.roles.iter().cloned()),
        deployment_id: key.to_owned(),
        context_id: context.and_then(|context| id(Some(&context.id))),
        context_label: context.and_then(|context| title(context.label.as_deref())),
        context_title: context.and_then(|context| title(context.title.as_deref())),
        context_types: context
            .map(|context| StoredList::Words.keep(context.types.iter().cloned()))
            .unwrap_or_default(),
        resource_link_id: link.and_then(|link| id(Some(&link.id))).unwrap_or_default(),
        resource_link_title: link.and_then(|link| title(link.title.as_deref())),
        platform_name: title(platform.name.as_deref()),
        platform_product: cut(StoredText::Word, platform.product_family_code.as_deref()),
        custom: kept_custom(&launch.custom),
        picture: web_url(person.picture.as_deref()),
        for_user: None,
        mentored: StoredList::Mentored.keep(launch.mentored.iter().cloned()),
        presentation: signed_presentation(launch),
        lis: SourcedIds {
            person: whole(StoredText::SourcedId, lis.person_sourcedid.as_deref())
                .filter(|_| launch.user_id.is_some()),
            course_offering: whole(StoredText::SourcedId, lis.course_offering_sourcedid.as_deref()),
            course_section: whole(StoredText::SourcedId, lis.course_section_sourcedid.as_deref()),
        },
    }
}

fn signed_presentation(launch: &SignedLaunch) -> Presentation {
    let sent = &launch.launch_presentation;
    let pixels = |text: Option<&str>| text.and_then(|text| text.parse().ok());
    // Some platforms send no other URL with a content selection. Only its origin is kept, because
    // nothing but the response may be sent there.
    let selection_origin = match &launch.request {
        Request::ContentItemSelection(settings) => canonical_origin(&settings.return_url),
        Request::ResourceLink(_) => None,
    };
    Presentation {
        return_url: web_url(sent.return_url.as_deref()).or(selection_origin),
        document_target: document_target(sent.document_target.as_deref()),
        locale: whole(StoredText::Locale, sent.locale.as_deref()),
        width: pixels(sent.width.as_deref()),
        height: pixels(sent.height.as_deref()),
    }
}

/// The targets of LTI 1.3, which apps know.
fn document_target(sent: Option<&str>) -> Option<String> {
    sent.filter(|target| matches!(*target, "frame" | "iframe" | "window")).map(str::to_owned)
}

/// A link's services under LTI 1.1: the outcome service takes the place of a line item.
pub(super) fn signed_services(launch: &SignedLaunch) -> LinkServices {
    let service_url = launch.outcome.as_ref().map(|outcome| outcome.service_url.clone());
    let members = member_service(&launch.memberships);
    let (memberships_url, members_format, members_id) = members.unwrap_or_default();
    LinkServices {
        grade_scopes: launch.outcome.as_ref().map(outcome_scopes),
        lineitem_url: service_url,
        lineitems_url: None,
        memberships_url,
        members_format,
        members_id,
        result_sourcedid: launch
            .outcome
            .as_ref()
            .and_then(|outcome| outcome.result_sourcedid.clone()),
        notices: None,
    }
}

/// What may be sent to the outcome service, in place of scopes.
fn outcome_scopes(outcome: &BasicOutcome) -> String {
    match outcome.data_values_accepted.iter().any(|value| value == "text") {
        true => format!("{} {TEXT_ACCEPTED}", scope::SCORE),
        false => scope::SCORE.to_owned(),
    }
}

/// The service that lists members, with what names the link in its requests: the newest one that the
/// platform offers, and the list of the link only if there is none of the course, because the latter
/// can be restricted to the link, too.
fn member_service(offered: &Memberships) -> Option<(Option<String>, MemberFormat, Option<String>)> {
    let Memberships { context_url, link_url, context_v2_url, extension } = offered;
    let newest = context_v2_url.iter().map(|url| (url, MemberFormat::Nrps, None));
    let older = [context_url, link_url].into_iter().flatten();
    let extension =
        extension.iter().map(|service| (&service.url, MemberFormat::Extension, Some(&service.id)));
    newest
        .chain(older.map(|url| (url, MemberFormat::Lis, None)))
        .chain(extension)
        .map(|(url, format, id)| (Some(url.clone()), format, id.cloned()))
        .next()
}

/// A URL that an app may open or show. Any other is dropped.
fn web_url(text: Option<&str>) -> Option<String> {
    text.and_then(|text| StoredText::Url.whole(text))
        .filter(|url| is_web_url(url))
        .map(str::to_owned)
}

/// Whose work is reviewed. The claim has no meaning in another message.
fn for_user(claims: &Claims) -> Option<String> {
    let is_review = claims.message_type() == Some(SUBMISSION_REVIEW_REQUEST);
    let id = claims.for_user().filter(|_| is_review)?;
    StoredText::Identifier.whole(&id).map(str::to_owned)
}

/// Whom the person mentors. Only mentors do; platforms must not name anyone for other roles (LTI
/// 1.3, 5.4.3).
fn mentored(claims: &Claims) -> Vec<String> {
    if claims.sub().is_none() || !roles::is_mentor(claims.roles().iter().map(String::as_str)) {
        return Vec::new();
    }
    let ids = claims.mentored().into_iter().filter(|id| StoredText::Identifier.whole(id).is_some());
    StoredList::Mentored.keep(ids.map(str::to_owned))
}

fn presentation(claims: &Claims) -> Presentation {
    let Some(sent) = claims.launch_presentation() else { return Presentation::default() };
    let pixels = |text: Option<&str>| text.and_then(|text| text.parse().ok());
    Presentation {
        return_url: web_url(sent.return_url),
        document_target: document_target(sent.document_target),
        locale: sent.locale.and_then(|text| StoredText::Locale.whole(text)).map(str::to_owned),
        width: pixels(sent.width),
        height: pixels(sent.height),
    }
}

/// The person's is dropped if the launch is anonymous.
fn sourced_ids(claims: &Claims) -> SourcedIds {
    let Some(sent) = claims.lis() else { return SourcedIds::default() };
    let whole = |text: Option<&str>| {
        text.and_then(|text| StoredText::SourcedId.whole(text)).map(str::to_owned)
    };
    SourcedIds {
        person: whole(sent.person_sourcedid.filter(|_| claims.sub().is_some())),
        course_offering: whole(sent.course_offering_sourcedid),
        course_section: whole(sent.course_section_sourcedid),
    }
}

/// From where a launch's course and link were copied.
pub(super) fn origins(history: CourseHistory) -> CourseOrigins {
    CourseOrigins { contexts: history.contexts, links: history.links }
}

/// The URLs of the link's grade and member services.
pub(super) fn link_services(claims: &Claims) -> LinkServices {
    let grades = claims.ags_endpoint();
    let grades = grades.as_ref();
    LinkServices {
        lineitem_url: grades.and_then(|grades| grades.lineitem.map(str::to_owned)),
        lineitems_url: grades.and_then(|grades| grades.lineitems.map(str::to_owned)),
        grade_scopes: grades
            .map(|grades| words(&grades.scope).join(" "))
            .filter(|scopes| !scopes.is_empty()),
        memberships_url: claims
            .names_and_roles()
            .and_then(|members| members.context_memberships_url.map(str::to_owned)),
        members_format: MemberFormat::Nrps,
        members_id: None,
        result_sourcedid: None,
        notices: notice_offer(claims),
    }
}

/// Where the tool can subscribe to notices. A URL that is too long, and names that cannot be those
/// of types, are left out.
fn notice_offer(claims: &Claims) -> Option<NoticeOffer> {
    let service = claims.notice_service()?;
    let url = StoredText::Url.whole(service.url)?.to_owned();
    let types = service.types.map(|types| {
        let names = types.into_iter().filter(|name| is_type(name)).take(MAX_TYPES);
        names.collect::<Vec<_>>().join(" ")
    });
    Some(NoticeOffer { url, types, has_scope: service.scope.contains(&scope::NOTICE_HANDLERS) })
}

/// A list of terms of the specifications, truncated for storage.
fn words(texts: &[&str]) -> Vec<String> {
    StoredList::Words.keep(texts.iter().map(|text| (*text).to_owned()))
}

/// The stored settings of a content selection request. The return URL and `data` must be returned
/// unchanged; their lengths were checked.
pub(super) fn stored_settings(settings: deep_linking::Settings) -> deep_linking::Settings {
    let words = |texts| StoredList::Words.keep(texts);
    deep_linking::Settings {
        accept_types: words(settings.accept_types),
        accept_presentation_document_targets: words(settings.accept_presentation_document_targets),
        accept_media_types: words(settings.accept_media_types),
        title: settings.title.map(|title| StoredText::Title.cut_owned(title)),
        text: settings.text.map(|text| StoredText::Description.cut_owned(text)),
        ..settings
    }
}

/// Why a launch was refused, as the log stores it.
pub(super) fn refused(refusal: &Refusal, registration: Option<&Registration>) -> Outcome {
    outcome::refused(refusal, registration.map(NamedRegistration::from).as_ref())
}
