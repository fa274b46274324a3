//! Finds the line item of a link without one among those of the course, or creates it.

use std::collections::{BTreeSet, HashMap};

use crate::domain::{MaxGrade, Resource, ServiceLink};
use crate::lti::line_item::{LineItem, LineItemFilter, NewLineItem};
use crate::platform::{GradeService, ServiceError};
use crate::rules::grade::LINE_ITEM_TAG;

/// The line items of a registration's links, with the keys of these links.
#[derive(Debug, Default)]
pub(super) struct LineItems(HashMap<String, BTreeSet<i64>>);

impl LineItems {
    /// Whether no other link has this line item.
    fn is_free(&self, url: &str, link_id: i64) -> bool {
        self.0.get(url).is_none_or(|links| links.iter().all(|link| *link == link_id))
    }
}

impl Extend<(i64, String)> for LineItems {
    fn extend<I: IntoIterator<Item = (i64, String)>>(&mut self, line_items: I) {
        for (link_id, url) in line_items {
            self.0.entry(url).or_default().insert(link_id);
        }
    }
}

impl FromIterator<(i64, String)> for LineItems {
    fn from_iter<I: IntoIterator<Item = (i64, String)>>(line_items: I) -> Self {
        let mut all = Self::default();
        all.extend(line_items);
        all
    }
}

/// A link's line item.
#[derive(Debug)]
pub(super) struct FoundLineItem {
    pub(super) url: String,
    /// Whether it was copied with the course.
    pub(super) copied: bool,
}

/// Finds the link's line item among the course's, or creates one. `known` are the line items of the
/// registration's links.
pub(super) async fn find_or_create(
    service: &GradeService,
    link: &ServiceLink,
    resource: &Resource,
    known: &LineItems,
) -> Result<FoundLineItem, ServiceError> {
    let Some(line_items) = link.lineitems_url.as_deref() else {
        return Err(ServiceError::NotFound { text: String::new() });
    };
    let (uuid, link_id) = (resource.uuid.to_string(), link.resource_link_id.clone());
    let ours = LineItemFilter {
        resource_link_id: None,
        resource_id: Some(uuid.clone()),
        tag: Some(LINE_ITEM_TAG.to_owned()),
    };
    let of_link =
        LineItemFilter { resource_link_id: Some(link_id.clone()), ..LineItemFilter::default() };
    let made_for_link = LineItemFilter { resource_link_id: Some(link_id.clone()), ..ours.clone() };
    // A line item belongs to a link and a resource, and several resources may be launched through
    // one link.
    let is_free = |line_item: &LineItem| {
        line_item.resource_id.as_ref().is_none_or(|id| *id == uuid)
            && line_item.id.as_ref().is_none_or(|url| known.is_free(url, link.id))
    };
    // A line item that was copied with the course belongs to no link, or to a link of another
    // course.
    let is_left_over =
        |line_item: &LineItem| line_item.resource_link_id.is_none() && is_free(line_item);
    let (mut found, mut copied) =
        (service.find_line_item_that(line_items, &made_for_link, is_free).await?, false);
    if found.is_none() {
        found = service.find_line_item_that(line_items, &of_link, is_free).await?;
    }
    if found.is_none() {
        found = service.find_line_item_that(line_items, &ours, is_left_over).await?;
        copied = true;
    }
    if let Some(url) = found.and_then(|found| found.id) {
        return Ok(FoundLineItem { url, copied });
    }
    let new = NewLineItem {
        label: resource.name.to_string(),
        score_maximum: resource.max_grade.map_or(100.0, MaxGrade::get),
        resource_id: Some(uuid.clone()),
        tag: Some(LINE_ITEM_TAG.to_owned()),
        resource_link_id: Some(link_id),
        submissions: resource.submissions.into(),
    };
    let made = service.create_line_item(line_items, &new).await?;
    let url = made.id.ok_or_else(|| ServiceError::Unreadable {
        problem: "the new line item has no id".to_owned(),
    })?;
    Ok(FoundLineItem { url, copied: false })
}
