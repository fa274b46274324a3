//! Content selection: which resources an account may select, and the signed response with its
//! selection (Deep Linking 2.0; under LTI 1.1, Content-Item Message 1.0).
//!
//! A selection is not stored: the form of each page carries what was selected on others. Grants are
//! read for the page and again for the response, so a grant that was revoked in between is
//! respected. Sending a selection twice results in two responses that differ only in their nonce;
//! the platform decides whether the second one adds anything.

use std::collections::{BTreeMap, BTreeSet};

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use uuid::Uuid;

use crate::domain::{
    Consumer, KeyPurpose, LAUNCH_PATH, Protocol, Purpose, Random, Resource, ResourceKind, Slug,
    named_launch_1p1_path,
};
use crate::failure::{Failure, Kind};
use crate::lms;
use crate::lti::deep_linking::{
    FORM_FIELD, Item, LineItem, NOTHING_PICKED, Response, ResponseError, Settings,
};
use crate::lti::lti_1p1::message::{ReturnTexts, Version};
use crate::lti::lti_1p1::{content_item, oauth1};
use crate::rules::content_selection;
use crate::rules::grade::LINE_ITEM_TAG;
use crate::session::ActiveSession;
use crate::store::{self, ListedResource, Place, Read, Selector};

/// Maximum number of resources on a page.
const PAGE: usize = 50;

/// What the platform may show if the person could not select anything.
const NOTHING_OFFERED: &str = "There is nothing that you may select.";

/// A page of the resources that a person can select.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Offer {
    /// By course; resources without a course come last.
    pub groups: Vec<Group>,
    /// What is selected and not on this page.
    pub picked_elsewhere: Vec<Resource>,
    /// Whether any resource belongs to a course, on this page or another.
    pub has_courses: bool,
    /// Whether there is a page before this one.
    pub has_previous: bool,
    /// Whether there is a page after this one.
    pub has_next: bool,
    /// Whether the account has any grants, even if none can be used here.
    pub has_grants: bool,
}

/// A course and its activities, limited to those that the account may use.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// The course's title; `None` for resources without a course.
    pub course: Option<String>,
    /// The course itself first, then its activities by name.
    pub resources: Vec<Resource>,
}

impl Offer {
    /// The resources of the page, in the order in which they are shown.
    pub fn resources(&self) -> impl DoubleEndedIterator<Item = &Resource> {
        self.groups.iter().flat_map(|group| &group.resources)
    }
}

/// Which page is requested. If the resource that it depends on is no longer offered, it is the
/// first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Position {
    /// The first page.
    #[default]
    Start,
    /// The page that begins with this resource.
    From(Uuid),
    /// The page after this resource.
    After(Uuid),
    /// The page before this resource.
    Before(Uuid),
}

/// Which resources are requested.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OfferQuery {
    /// Only those whose name, slug or course matches.
    pub search: String,
    /// The page.
    pub position: Position,
}

/// What the person selected: UUIDs of resources, as the form sent them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Picks {
    /// The resources to add.
    pub resources: BTreeSet<String>,
    /// The resources to add to the gradebook.
    pub gradebook: BTreeSet<String>,
}

/// The result of a selection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SelectionResponse {
    /// The signed response: the fields of the form that the browser sends to the return URL.
    Signed(Vec<(String, String)>),
    /// This many of the selected resources are not available to the account, or no longer.
    NotOffered(usize),
    /// Several were selected, and the platform accepts only one.
    TooMany,
}

/// The settings of the platform's content selection request.
///
/// # Errors
///
/// If the session is not for selecting content, or the stored request cannot be read.
pub fn settings(active: &ActiveSession) -> Result<Settings, store::Error> {
    content_selection::settings(stored(active)?).map_err(|_| store::Error::Corrupt("session"))
}

/// What the session stores of the request.
fn stored(active: &ActiveSession) -> Result<&str, store::Error> {
    match &active.session.purpose {
        Purpose::Selection(selection) => Ok(selection),
        Purpose::Resource(_) => Err(store::Error::Corrupt("session")),
    }
}

/// Whether "Add to grade book" is offered: the resource has grades, and the platform accepts line
/// items. A grade service in this launch is not necessary, because platforms create the line item
/// from the content item (Deep Linking 2.0, 4.4.1) and send its URL with later launches.
pub fn has_gradebook(settings: &Settings, resource: &Resource) -> bool {
    settings.accepts_line_items() && resource.max_grade.is_some()
}

/// A page of the resources that are published, available to the registration, and granted to the
/// account. `picks` are those that are selected so far.
///
/// # Errors
///
/// If the session is not for selecting content, or the database fails.
pub fn offer(
    read: Read<'_>,
    active: &ActiveSession,
    query: &OfferQuery,
    picks: &Picks,
) -> Result<Offer, store::Error> {
    let Some(selector) = selector(active) else { return Ok(Offer::default()) };
    let key = |uuid| Ok::<_, store::Error>(read.listed_resource(selector, uuid)?.map(|it| it.key));
    let place = match &query.position {
        Position::Start => None,
        Position::From(uuid) => key(uuid)?.map(Place::From),
        Position::After(uuid) => key(uuid)?.map(Place::After),
        Position::Before(uuid) => key(uuid)?.map(Place::Before),
    };
    let page = page(read, selector, &query.search, &place.unwrap_or(Place::Start))?;
    let has_courses = match page.rows.first() {
        Some(first) if first.has_course() => true,
        // Those with a course come first.
        _ => read
            .listed_resources(selector, "", &Place::Start, 1)?
            .first()
            .is_some_and(ListedResource::has_course),
    };
    let groups = groups(read, &page.rows)?;
    let mut elsewhere = selected(&settings(active)?, picks);
    for resource in groups.iter().flat_map(|group| &group.resources) {
        elsewhere.remove(&resource.uuid.to_string());
    }
    Ok(Offer {
        groups,
        picked_elsewhere: offered(read, selector, &elsewhere)?,
        has_courses,
        has_previous: page.has_previous,
        has_next: page.has_next,
        has_grants: selector.has_all || read.has_grants(selector.account_id)?,
    })
}

/// Who selects, if the session has an account.
fn selector(active: &ActiveSession) -> Option<Selector> {
    active.account.as_ref().map(|account| Selector {
        account_id: account.id,
        has_all: account.grants_all,
        registration_id: active.registration.id,
        is_limited: active.consumer.as_ref().is_some_and(|consumer| consumer.resources.is_some()),
    })
}

/// The rows of a page.
struct Page {
    rows: Vec<ListedResource>,
    has_previous: bool,
    has_next: bool,
}

fn page(
    read: Read<'_>,
    selector: Selector,
    search: &str,
    place: &Place,
) -> Result<Page, store::Error> {
    let list = |place: &Place, limit: usize| {
        read.listed_resources(selector, search, place, u32::try_from(limit).unwrap_or(u32::MAX))
    };
    let mut rows = list(place, PAGE + 1)?;
    let is_longer = rows.len() > PAGE;
    rows.truncate(PAGE);
    let has_previous = match (place, rows.first()) {
        (Place::Start, _) => false,
        (Place::Before(_), _) if is_longer => {
            rows.reverse();
            return Ok(Page { rows, has_previous: true, has_next: true });
        }
        // Not a part of the first page, but all of it.
        (Place::Before(_), _) | (_, None) => return page(read, selector, search, &Place::Start),
        (Place::From(_) | Place::After(_), Some(first)) => {
            !list(&Place::Before(first.key.clone()), 1)?.is_empty()
        }
    };
    Ok(Page { rows, has_previous, has_next: is_longer })
}

/// The resources by course, in the order of the list.
fn groups(read: Read<'_>, rows: &[ListedResource]) -> Result<Vec<Group>, store::Error> {
    let mut groups: Vec<(Option<Slug>, Group)> = Vec::new();
    for row in rows {
        let Some(resource) = read.resource_by_id(row.id)? else { continue };
        let own = (resource.kind == ResourceKind::Course).then_some(&resource.slug);
        let course = resource.course.as_ref().or(own).cloned();
        match groups.last_mut().filter(|(last, _)| *last == course) {
            Some((_, group)) => group.resources.push(resource),
            None => {
                let title = match &course {
                    Some(slug) if *slug == resource.slug => Some(resource.name.to_string()),
                    Some(slug) => read.resource(slug)?.map(|course| course.name.to_string()),
                    None => None,
                };
                groups.push((course, Group { course: title, resources: vec![resource] }));
            }
        }
    }
    Ok(groups.into_iter().map(|(_, group)| group).collect())
}

/// Those of these resources that the account may select, in the order of the list.
fn offered(
    read: Read<'_>,
    selector: Selector,
    uuids: &BTreeSet<String>,
) -> Result<Vec<Resource>, store::Error> {
    let mut found = BTreeMap::new();
    for uuid in uuids {
        let Ok(uuid) = Uuid::parse_str(uuid) else { continue };
        if let Some(row) = read.listed_resource(selector, &uuid)?
            && let Some(resource) = read.resource_by_id(row.id)?
        {
            found.insert(row.key, resource);
        }
    }
    Ok(found.into_values().collect())
}

/// The resources to add. "Add to grade book" alone selects a resource, too, if that is unambiguous.
pub fn selected(settings: &Settings, picks: &Picks) -> BTreeSet<String> {
    let mut selected = picks.resources.clone();
    if settings.accept_multiple || selected.is_empty() {
        selected.extend(picks.gradebook.iter().cloned());
    }
    selected
}

/// Signs the response with these picks. Without any, it is empty, which cancels the selection.
///
/// # Errors
///
/// If there is no active key, or no secret of the consumer, or it cannot sign.
pub fn respond(
    read: Read<'_>,
    active: &ActiveSession,
    picks: &Picks,
    now: Timestamp,
    random: &Random,
) -> Result<SelectionResponse, Failure> {
    let settings = settings(active)?;
    let selected = selected(&settings, picks);
    let resources = match selector(active) {
        Some(selector) => offered(read, selector, &selected)?,
        None => Vec::new(),
    };
    if resources.len() < selected.len() {
        return Ok(SelectionResponse::NotOffered(selected.len() - resources.len()));
    }
    let items: Vec<Item> =
        resources.iter().map(|resource| item(active, &settings, resource, picks)).collect();
    let unsigned = Unsigned { read, active, settings: &settings, items: &items, now, random };
    let signed = match &active.consumer {
        Some(consumer) => unsigned.sign_form(consumer)?,
        None => unsigned.sign_token()?,
    };
    let Some(fields) = signed else { return Ok(SelectionResponse::TooMany) };
    let (launch, registration) = (&active.session.launch_id, &active.registration.slug);
    let columns = items.iter().filter(|item| item.line_item.is_some()).count();
    tracing::info!(%launch, %registration, items = items.len(), columns, "content selection \
        completed");
    Ok(SelectionResponse::Signed(fields))
}

/// What a response depends on.
struct Unsigned<'a> {
    read: Read<'a>,
    active: &'a ActiveSession,
    settings: &'a Settings,
    items: &'a [Item],
    now: Timestamp,
    random: &'a Random,
}

/// The fields of a form; `None` if the platform accepts only one item.
type Signed = Option<Vec<(String, String)>>;

impl Unsigned<'_> {
    /// The response of LTI 1.3.
    fn sign_token(&self) -> Result<Signed, Failure> {
        let key = self.read.active_signing_key(KeyPurpose::Lti)?;
        let details = &self.active.session.details;
        let product = details.platform_product.as_deref();
        let response = Response {
            client_id: &details.client_id,
            issuer: &details.issuer,
            deployment_id: &details.deployment_id,
            has_subject: lms::requires_subject(&details.issuer, product),
            settings: self.settings,
            items: self.items,
            nonce: &self.nonce(),
            now_seconds: self.now.as_second(),
        };
        match response.sign(key.kid.as_str(), key.private_key.expose()) {
            Ok(jwt) => Ok(Some(vec![(FORM_FIELD.to_owned(), jwt)])),
            Err(ResponseError::TooManyItems) => Ok(None),
            Err(error) => Err(incomplete(&error, "ltictl key rotate")),
        }
    }

    /// The response of LTI 1.1, signed like the request.
    fn sign_form(&self, consumer: &Consumer) -> Result<Signed, Failure> {
        let slug = &consumer.registration.slug;
        let secrets = self.read.consumer_secrets(consumer.registration.id, self.now)?;
        let signed_with = content_selection::signed_with(stored(self.active)?)
            .map_err(|_| store::Error::Corrupt("session"))?
            .ok_or(store::Error::Corrupt("session"))?;
        let secret = signed_with.secret(&secrets).ok_or_else(|| {
            let hint = format!("ltictl consumer rotate {slug}");
            incomplete(&format!("consumer {slug} has no secret that is still accepted"), &hint)
        })?;
        let response = content_item::Response {
            version: match consumer.registration.protocol {
                Protocol::Lti2p0 => Version::Lti2p0,
                Protocol::Lti1p1 | Protocol::Lti1p3 => Version::Lti1p0,
            },
            settings: self.settings,
            items: self.items,
            texts: self.texts()?,
        };
        let fields = match response.fields() {
            Ok(fields) => fields,
            Err(ResponseError::TooManyItems) => return Ok(None),
            Err(error) => return Err(incomplete(&error, &format!("ltictl consumer show {slug}"))),
        };
        let credentials = oauth1::Credentials {
            consumer_key: &self.active.session.details.client_id,
            secret: secret.expose(),
            method: signed_with.method(),
        };
        let (url, now) = (&self.settings.return_url, self.now.as_second());
        oauth1::sign_form(url, fields, &credentials, now, &self.nonce())
            .map(Some)
            .map_err(|error| incomplete(&error, &format!("ltictl consumer show {slug}")))
    }

    /// What the platform may show if nothing was selected.
    fn texts(&self) -> Result<ReturnTexts<'static>, store::Error> {
        let mut texts = ReturnTexts::default();
        if self.items.is_empty() {
            match is_offered_nothing(self.read, self.active)? {
                true => texts.error_message = Some(NOTHING_OFFERED),
                false => texts.message = Some(NOTHING_PICKED),
            }
        }
        Ok(texts)
    }

    fn nonce(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.random.bytes::<16>())
    }
}

/// Whether the person cannot select anything.
fn is_offered_nothing(read: Read<'_>, active: &ActiveSession) -> Result<bool, store::Error> {
    let Some(selector) = selector(active) else { return Ok(true) };
    Ok(read.listed_resources(selector, "", &Place::Start, 1)?.is_empty())
}

fn incomplete(error: &dyn std::fmt::Display, hint: &str) -> Failure {
    let what = "the content selection cannot be completed";
    Failure::new(Kind::Failed, what, error.to_string(), hint)
}

/// The item of a resource.
fn item(active: &ActiveSession, settings: &Settings, resource: &Resource, picks: &Picks) -> Item {
    let uuid = resource.uuid.to_string();
    let has_column = picks.gradebook.contains(&uuid) && has_gradebook(settings, resource);
    let line_item = resource.max_grade.filter(|_| has_column).map(|max_grade| LineItem {
        score_maximum: max_grade.get(),
        label: resource.name.to_string(),
        resource_id: uuid.clone(),
        tag: LINE_ITEM_TAG.to_owned(),
        submissions: resource.submissions.into(),
    });
    let path = match &active.consumer {
        Some(_) => named_launch_1p1_path(&resource.slug),
        None => LAUNCH_PATH.to_owned(),
    };
    Item {
        url: active.settings.url.join(&path),
        title: resource.name.to_string(),
        text: resource.description.clone(),
        resource_uuid: uuid,
        line_item,
        frame: None,
    }
}

/// A token for the page's form, derived from the session's secret without revealing it. The
/// session's cookie alone does not prove that the form was on the tool's page, because browsers
/// also send it with forms of other sites.
pub fn form_token(secret: &str) -> String {
    URL_SAFE_NO_PAD.encode(hmac::sign(
        &hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()),
        b"content selection",
    ))
}

/// Whether a form contains the token of this session.
pub fn is_form_token(sent: &str, secret: &str) -> bool {
    verify_slices_are_equal(sent.as_bytes(), form_token(secret).as_bytes()).is_ok()
}
