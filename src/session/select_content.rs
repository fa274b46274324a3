//! Content selection: which resources an account may select, and the signed response with its
//! selection (Deep Linking 2.0).
//!
//! A selection is not stored. Grants are read for the page and again for the response, so a grant
//! that was revoked in between is respected. Sending a selection twice results in two responses
//! that differ only in their nonce; the platform decides whether the second one adds anything.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;

use crate::domain::{LAUNCH_PATH, Purpose, Random, Resource, ResourceKind, Slug};
use crate::failure::{Failure, Kind};
use crate::lms;
use crate::lti::deep_linking::{Item, LineItem, Response, ResponseError, Settings};
use crate::rules::grade::LINE_ITEM_TAG;
use crate::session::ActiveSession;
use crate::store::{self, Read};

/// The resources that a person can select.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Offer {
    /// By course; resources without a course come last.
    pub groups: Vec<Group>,
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
    /// All resources, in the order in which they are shown.
    pub fn resources(&self) -> impl Iterator<Item = &Resource> {
        self.groups.iter().flat_map(|group| &group.resources)
    }
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
    /// The signed response, for the form field [`crate::lti::deep_linking::FORM_FIELD`].
    Signed(String),
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
    let Purpose::Selection(selection) = &active.session.purpose else {
        return Err(store::Error::Corrupt("session"));
    };
    serde_json::from_str(selection).map_err(|_| store::Error::Corrupt("session"))
}

/// Whether "Add to grade book" is offered: the resource has grades, and the platform accepts line
/// items. A grade service in this launch is not necessary, because platforms create the line item
/// from the content item (Deep Linking 2.0, 4.4.1) and send its URL with later launches.
pub fn has_gradebook(settings: &Settings, resource: &Resource) -> bool {
    settings.accepts_line_items() && resource.max_grade.is_some()
}

/// The resources that are published, available to the registration, and granted to the account.
pub fn offer(read: Read<'_>, active: &ActiveSession) -> Result<Offer, store::Error> {
    let Some(account) = &active.account else { return Ok(Offer::default()) };
    let granted: BTreeSet<Slug> = read.grants(account.id)?.into_iter().collect();
    let all = read.resources()?;
    let names: HashMap<&Slug, &str> =
        all.iter().map(|resource| (&resource.slug, resource.name.as_str())).collect();
    // By name, then by slug. `None` would come first, but must be last.
    let mut groups: BTreeMap<(bool, String, Option<Slug>), Group> = BTreeMap::new();
    for resource in &all {
        let is_granted = account.grants_all || granted.contains(&resource.slug);
        if !(is_granted && resource.published && resource.is_for(&active.registration.slug)) {
            continue;
        }
        let own = (resource.kind == ResourceKind::Course).then_some(&resource.slug);
        let course = resource.course.as_ref().or(own);
        let title = course.map(|slug| names.get(slug).copied().unwrap_or(slug.as_str()).to_owned());
        let key =
            (title.is_none(), title.as_deref().unwrap_or_default().to_lowercase(), course.cloned());
        groups
            .entry(key)
            .or_insert_with(|| Group { course: title, resources: Vec::new() })
            .resources
            .push(resource.clone());
    }
    let mut groups: Vec<Group> = groups.into_values().collect();
    for group in &mut groups {
        group.resources.sort_by_cached_key(|resource| {
            (resource.kind != ResourceKind::Course, resource.name.as_str().to_lowercase())
        });
    }
    Ok(Offer { groups, has_grants: account.grants_all || !granted.is_empty() })
}

/// Signs the response with these picks. Without any, it is empty, which cancels the selection.
/// `offer` contains what the account may currently use.
///
/// "Add to grade book" alone selects the resource, too, if that is unambiguous.
///
/// # Errors
///
/// If there is no active key, or it cannot sign.
pub fn respond(
    read: Read<'_>,
    active: &ActiveSession,
    offer: &Offer,
    picks: &Picks,
    now: Timestamp,
    random: &Random,
) -> Result<SelectionResponse, Failure> {
    let settings = settings(active)?;
    let mut picked = picks.resources.clone();
    if settings.accept_multiple || picked.is_empty() {
        picked.extend(picks.gradebook.iter().cloned());
    }
    let items: Vec<Item> = offer
        .resources()
        .filter_map(|resource| item(active, &settings, resource, &picked, picks))
        .collect();
    if items.len() < picked.len() {
        return Ok(SelectionResponse::NotOffered(picked.len() - items.len()));
    }
    let key = read.active_signing_key()?;
    let details = &active.session.details;
    let response = Response {
        client_id: &details.client_id,
        issuer: &details.issuer,
        deployment_id: &details.deployment_id,
        has_subject: lms::requires_subject(&details.issuer, details.platform_product.as_deref()),
        settings: &settings,
        items: &items,
        nonce: &URL_SAFE_NO_PAD.encode(random.bytes::<16>()),
        now_seconds: now.as_second(),
    };
    match response.sign(key.kid.as_str(), key.private_key.expose()) {
        Ok(jwt) => {
            let (launch, registration) = (&active.session.launch_id, &active.registration.slug);
            let columns = items.iter().filter(|item| item.line_item.is_some()).count();
            tracing::info!(%launch, %registration, items = items.len(), columns, "content \
                selection completed");
            Ok(SelectionResponse::Signed(jwt))
        }
        Err(ResponseError::TooManyItems) => Ok(SelectionResponse::TooMany),
        Err(error) => Err(Failure::new(
            Kind::Failed,
            "the content selection cannot be completed",
            error.to_string(),
            "ltictl key rotate",
        )),
    }
}

/// The item of a resource, if it was picked.
fn item(
    active: &ActiveSession,
    settings: &Settings,
    resource: &Resource,
    picked: &BTreeSet<String>,
    picks: &Picks,
) -> Option<Item> {
    let uuid = resource.uuid.to_string();
    if !picked.contains(&uuid) {
        return None;
    }
    let has_column = picks.gradebook.contains(&uuid) && has_gradebook(settings, resource);
    let line_item = resource.max_grade.filter(|_| has_column).map(|max_grade| LineItem {
        score_maximum: max_grade.get(),
        label: resource.name.to_string(),
        resource_id: uuid.clone(),
        tag: LINE_ITEM_TAG.to_owned(),
        submissions: resource.submissions.into(),
    });
    Some(Item {
        url: active.settings.url.join(LAUNCH_PATH),
        title: resource.name.to_string(),
        text: resource.description.clone(),
        resource_uuid: uuid,
        line_item,
        frame: None,
    })
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
