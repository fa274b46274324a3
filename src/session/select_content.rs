//! Content selection: what an account may use, and the answer with what was picked (Deep Linking
//! 2.0).
//!
//! Nothing of a selection is kept: what an account may use is looked up for the page and again for
//! the answer, so a grant that was taken back in between counts. The same selection sent twice
//! gives two answers alike, each with a nonce of its own; whether the second adds anything is for
//! the platform to say, which got the first.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;

use crate::domain::{LAUNCH_PATH, Purpose, Random, Resource, ResourceKind};
use crate::failure::{Failure, Kind};
use crate::lti::deep_linking::{Item, LineItem, Response, Settings, Unanswerable};
use crate::session::Stay;
use crate::store::{self, Read};

/// What kind of grade book column a resource's own one is.
const LINE_ITEM_TAG: &str = "grade";

/// What is offered to one person.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Offer {
    /// What the account may use: by course, and last what belongs to none.
    pub groups: Vec<Group>,
    /// Whether the account was granted anything at all, usable here or not.
    pub has_grants: bool,
}

/// A course with its activities, as far as the account may use them.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// The course's title; none for what belongs to no course.
    pub course: Option<String>,
    /// The course itself first, then its activities by name.
    pub resources: Vec<Resource>,
}

impl Offer {
    /// Everything that is offered, in the order in which it is shown.
    pub fn resources(&self) -> impl Iterator<Item = &Resource> {
        self.groups.iter().flat_map(|group| &group.resources)
    }
}

/// What somebody picked, by the UUIDs of resources as the form sent them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Picks {
    /// What is to be added.
    pub resources: BTreeSet<String>,
    /// What is to have a column in the grade book.
    pub gradebook: BTreeSet<String>,
}

/// What became of a selection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The signed answer, for the form field [`crate::lti::deep_linking::FORM_FIELD`].
    Signed(String),
    /// So many of the picks may not be used, or not any more.
    NotOffered(usize),
    /// Several were picked, and the platform takes one.
    TooMany,
}

/// What the platform wants to be given in this stay.
///
/// # Errors
///
/// The stay is not for selecting content, or what was kept of the request cannot be read.
pub fn settings(stay: &Stay) -> Result<Settings, store::Error> {
    let Purpose::Selection(selection) = &stay.session.purpose else {
        return Err(store::Error::Corrupt("session"));
    };
    serde_json::from_str(selection).map_err(|_| store::Error::Corrupt("session"))
}

/// Whether "Add to gradebook" is of use. The resource has grades, and the platform does not keep
/// line items back; that it names no grade service in this launch is no reason against it, since
/// platforms make the column from the item itself (Deep Linking 2.0, 4.4.1), and tell where it is
/// when the item is launched.
pub fn has_gradebook(settings: &Settings, resource: &Resource) -> bool {
    settings.takes_line_items() && resource.max_grade.is_some()
}

/// What the person's account may use here: published, open to the registration, and granted.
pub fn offer(read: Read<'_>, stay: &Stay) -> Result<Offer, store::Error> {
    let Some(account) = &stay.account else { return Ok(Offer::default()) };
    let granted: BTreeSet<String> = read.grants(account.id)?.into_iter().collect();
    let all = read.resources()?;
    let names: HashMap<&str, &str> =
        all.iter().map(|resource| (resource.slug.as_str(), resource.name.as_str())).collect();
    // By name, and by slug where names are alike; `None` would come first and is put last.
    let mut groups: BTreeMap<(bool, String, String), Group> = BTreeMap::new();
    for resource in &all {
        let is_granted = account.grants_all || granted.contains(resource.slug.as_str());
        if !(is_granted && resource.published && resource.is_for(&stay.registration.slug)) {
            continue;
        }
        let own = (resource.kind == ResourceKind::Course).then_some(&resource.slug);
        let course = resource.course.as_ref().or(own).map(|slug| slug.as_str());
        let title = course.map(|slug| names.get(slug).copied().unwrap_or(slug).to_owned());
        let key = (
            title.is_none(),
            title.as_deref().unwrap_or_default().to_lowercase(),
            course.unwrap_or_default().to_owned(),
        );
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

/// Makes the answer with these picks; without any it is an empty one, which is how a selection is
/// given up. `offer` is what the account may use at this moment.
///
/// A tick at "Add to gradebook" alone means the resource too, as long as that leaves no doubt.
///
/// # Errors
///
/// No active key, or one that cannot sign.
pub fn answer(
    read: Read<'_>,
    stay: &Stay,
    offer: &Offer,
    picks: &Picks,
    now: Timestamp,
    random: &Random,
) -> Result<Answer, Failure> {
    let settings = settings(stay)?;
    let mut picked = picks.resources.clone();
    if settings.accept_multiple || picked.is_empty() {
        picked.extend(picks.gradebook.iter().cloned());
    }
    let items: Vec<Item> = offer
        .resources()
        .filter_map(|resource| item(stay, &settings, resource, &picked, picks))
        .collect();
    if items.len() < picked.len() {
        return Ok(Answer::NotOffered(picked.len() - items.len()));
    }
    let key = read.active_signing_key()?;
    let visit = &stay.session.visit;
    let response = Response {
        client_id: &visit.client_id,
        issuer: &visit.issuer,
        deployment_id: &visit.deployment_id,
        product_family_code: visit.platform_product.as_deref(),
        settings: &settings,
        items: &items,
        nonce: &URL_SAFE_NO_PAD.encode(random.bytes::<16>()),
        now_seconds: now.as_second(),
    };
    match response.sign(key.kid.as_str(), key.private_key.expose()) {
        Ok(jwt) => {
            let (launch, registration) = (&stay.session.launch_id, &stay.registration.slug);
            let columns = items.iter().filter(|item| item.line_item.is_some()).count();
            tracing::info!(%launch, %registration, items = items.len(), columns, "content \
                selection answered");
            Ok(Answer::Signed(jwt))
        }
        Err(Unanswerable::TooManyItems) => Ok(Answer::TooMany),
        Err(error) => Err(Failure::new(
            Kind::Failed,
            "no answer to the content selection",
            error.to_string(),
            "ltictl key rotate",
        )),
    }
}

/// The item of a resource, if it was picked.
fn item(
    stay: &Stay,
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
    });
    Some(Item {
        url: stay.settings.url.join(LAUNCH_PATH),
        title: resource.name.to_string(),
        text: resource.description.clone(),
        resource_uuid: uuid,
        line_item,
        frame: None,
    })
}

/// What the form of a page carries so that only that page can have sent it: bound to the secret of
/// the session, which it does not give away. The session's cookie alone is no proof, since browsers
/// send it with other sites' forms too.
pub fn form_token(secret: &str) -> String {
    URL_SAFE_NO_PAD.encode(hmac::sign(
        &hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()),
        b"content selection",
    ))
}

/// Whether a form carries the token of this session.
pub fn is_form_token(sent: &str, secret: &str) -> bool {
    verify_slices_are_equal(sent.as_bytes(), form_token(secret).as_bytes()).is_ok()
}
