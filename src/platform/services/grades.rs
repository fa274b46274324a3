//! Line items, scores and results (Assignment and Grade Services 2.0).

use reqwest::Method;
use serde::Serialize;

use super::{Call, Pages, ServiceClient, check_origin, next_link, parsed};
use crate::lti::grade_service::{
    RESULTS_MEDIA_TYPE, ResultItem, SCORE_MEDIA_TYPE, Score, results_url, scores_url,
};
use crate::lti::json_problem;
use crate::lti::line_item::{
    CONTAINER_MEDIA_TYPE, LineItem, LineItemFilter, MEDIA_TYPE, NewLineItem,
};
use crate::lti::scope::{LINE_ITEM, LINE_ITEM_READONLY, RESULT_READONLY, SCORE, Scopes};
use crate::platform::ServiceError;
use url::Url;

/// Maximum number of pages of line items or results that are read.
const MAX_PAGES: u32 = 500;

/// The grade service of one platform, with the scopes that a launch granted.
#[derive(Clone)]
pub struct GradeService {
    client: ServiceClient,
    /// The scopes to request.
    scopes: Scopes,
    granted: Scopes,
}

impl GradeService {
    pub(super) fn new(client: ServiceClient, scopes: Scopes, granted: Scopes) -> Self {
        Self { client, scopes, granted }
    }

    /// Whether line items may be created.
    pub fn may_create_line_items(&self) -> bool {
        self.scopes.contains(LINE_ITEM)
    }

    /// The first line item that matches the filter; its `id` is an absolute URL. Works with
    /// platforms without filters, at the cost of more pages.
    ///
    /// # Errors
    ///
    /// [`ServiceError`], also if the list is interrupted.
    pub async fn find_line_item(
        &self,
        line_items_url: &str,
        filter: &LineItemFilter,
    ) -> Result<Option<LineItem>, ServiceError> {
        self.find_line_item_that(line_items_url, filter, |_| true).await
    }

    /// Like [`GradeService::find_line_item`], with an additional condition.
    ///
    /// # Errors
    ///
    /// [`ServiceError`], also if the list is interrupted.
    pub async fn find_line_item_that(
        &self,
        line_items_url: &str,
        filter: &LineItemFilter,
        is_meant: impl Fn(&LineItem) -> bool,
    ) -> Result<Option<LineItem>, ServiceError> {
        let list = parsed(line_items_url)?;
        let mut pages = Pages::new(filter.url(&list, None), MAX_PAGES);
        while let Some(url) = pages.next.take() {
            let call = Call {
                method: Method::GET,
                accept: CONTAINER_MEDIA_TYPE,
                content: None,
                needs: self.reading(),
            };
            let response = self.client.call(&url, call, &self.scopes).await?;
            let line_items = LineItem::read_container(&response.body).map_err(unreadable)?;
            // A line item without a URL cannot be used.
            for found in line_items
                .into_iter()
                .filter(|line_item| line_item.id.is_some() && filter.matches(line_item))
            {
                let found = located(found, &list)?;
                if is_meant(&found) {
                    return Ok(Some(found));
                }
            }
            pages.advance(&url, next_link(&url, &response)?)?;
        }
        Ok(None)
    }

    /// Creates a line item; its `id` is an absolute URL. Search for an existing one first to avoid
    /// duplicates.
    ///
    /// # Errors
    ///
    /// [`ServiceError`].
    pub async fn create_line_item(
        &self,
        line_items_url: &str,
        new: &NewLineItem,
    ) -> Result<LineItem, ServiceError> {
        let list = parsed(line_items_url)?;
        let call = Call {
            method: Method::POST,
            accept: MEDIA_TYPE,
            content: Some((MEDIA_TYPE, json(new))),
            needs: LINE_ITEM,
        };
        let response = self.client.call(&list, call, &self.scopes).await?;
        located(LineItem::read(&response.body).map_err(unreadable)?, &list)
    }

    /// One line item as it is now.
    ///
    /// # Errors
    ///
    /// [`ServiceError::NotFound`] if it was deleted, and all others.
    pub async fn line_item(&self, line_item_url: &str) -> Result<LineItem, ServiceError> {
        let call =
            Call { method: Method::GET, accept: MEDIA_TYPE, content: None, needs: self.reading() };
        let response = self.client.call(&parsed(line_item_url)?, call, &self.scopes).await?;
        LineItem::read(&response.body).map_err(unreadable)
    }

    /// Replaces all values of a line item; omitted values are cleared.
    ///
    /// # Errors
    ///
    /// [`ServiceError`].
    pub async fn replace_line_item(
        &self,
        line_item_url: &str,
        new: &NewLineItem,
    ) -> Result<LineItem, ServiceError> {
        let call = Call {
            method: Method::PUT,
            accept: MEDIA_TYPE,
            content: Some((MEDIA_TYPE, json(new))),
            needs: LINE_ITEM,
        };
        let response = self.client.call(&parsed(line_item_url)?, call, &self.scopes).await?;
        LineItem::read(&response.body).map_err(unreadable)
    }

    /// Deletes a line item with all its grades.
    ///
    /// # Errors
    ///
    /// [`ServiceError`].
    pub async fn delete_line_item(&self, line_item_url: &str) -> Result<(), ServiceError> {
        let call =
            Call { method: Method::DELETE, accept: MEDIA_TYPE, content: None, needs: LINE_ITEM };
        self.client.call(&parsed(line_item_url)?, call, &self.scopes).await.map(drop)
    }

    /// Sends a score. Send only one at a time for a user and line item, because their times must
    /// increase.
    ///
    /// # Errors
    ///
    /// [`ServiceError`]. If the response was lost ([`ServiceError::Temporary`]), the platform may
    /// have accepted the score; sending it again with the same time then fails with
    /// [`ServiceError::Conflict`].
    pub async fn post_score(
        &self,
        line_item_url: &str,
        score: &Score<'_>,
    ) -> Result<(), ServiceError> {
        let url = scores_url(&parsed(line_item_url)?);
        // The response has no media type of its own; every platform accepts this one.
        let call = Call {
            method: Method::POST,
            accept: "application/json",
            content: Some((SCORE_MEDIA_TYPE, json(score))),
            needs: SCORE,
        };
        let response = self.client.call(&url, call, &self.scopes).await?;
        // A successful response has JSON or no body; a page comes from a proxy that requires
        // signing in.
        if response.body.trim_ascii_start().starts_with(b"<") {
            return Err(ServiceError::Unreadable { problem: "it is a web page".to_owned() });
        }
        Ok(())
    }

    /// The grades in the platform's grade book: of one user, or of all.
    ///
    /// # Errors
    ///
    /// [`ServiceError`].
    pub async fn results(
        &self,
        line_item_url: &str,
        user_id: Option<&str>,
    ) -> Result<Vec<ResultItem>, ServiceError> {
        // The token for sending grades does not allow reading results.
        let scopes: Scopes =
            [RESULT_READONLY].into_iter().filter(|scope| self.granted.contains(scope)).collect();
        let mut pages = Pages::new(results_url(&parsed(line_item_url)?, user_id), MAX_PAGES);
        let mut results = Vec::new();
        while let Some(url) = pages.next.take() {
            let call = Call {
                method: Method::GET,
                accept: RESULTS_MEDIA_TYPE,
                content: None,
                needs: RESULT_READONLY,
            };
            let response = self.client.call(&url, call, &scopes).await?;
            results.extend(ResultItem::read_container(&response.body).map_err(unreadable)?);
            pages.advance(&url, next_link(&url, &response)?)?;
        }
        Ok(results)
    }

    /// The scope for reading line items.
    fn reading(&self) -> &'static str {
        if self.may_create_line_items() { LINE_ITEM } else { LINE_ITEM_READONLY }
    }
}

/// The line item with an absolute URL, which must have the origin of the list.
fn located(line_item: LineItem, list: &Url) -> Result<LineItem, ServiceError> {
    let no_address =
        || ServiceError::Unreadable { problem: "the line item has no usable id".to_owned() };
    let url =
        list.join(line_item.id.as_deref().ok_or_else(no_address)?).map_err(|_| no_address())?;
    check_origin(list, &url)?;
    Ok(LineItem { id: Some(url.into()), ..line_item })
}

fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("texts and finite numbers are JSON")
}

fn unreadable(error: serde_json::Error) -> ServiceError {
    ServiceError::Unreadable { problem: json_problem(&error) }
}
