//! Line items, scores and results (Assignment and Grade Services 2.0).

use reqwest::Method;
use serde::Serialize;

use super::{Call, Pages, ServiceClient, check_origin, parsed};
use crate::lti::grade_service::{
    RESULTS_MEDIA_TYPE, ResultItem, SCORE_MEDIA_TYPE, Score, results_url, scores_url,
};
use crate::lti::line_item::{
    CONTAINER_MEDIA_TYPE, LineItem, LineItemFilter, MEDIA_TYPE, NewLineItem,
};
use crate::lti::scope::{LINE_ITEM, LINE_ITEM_READONLY, RESULT_READONLY, SCORE, Scopes};
use crate::platform::ServiceError;
use url::Url;

/// The most pages of line items or results that are read.
const MOST_PAGES: u32 = 500;

/// The grade service of one platform, with the scopes that a launch granted.
#[derive(Clone)]
pub struct GradeService {
    client: ServiceClient,
    /// What a token is asked for.
    scopes: Scopes,
    granted: Scopes,
}

impl GradeService {
    pub(super) fn new(client: ServiceClient, scopes: Scopes, granted: Scopes) -> Self {
        Self { client, scopes, granted }
    }

    /// Whether line items may be made.
    pub fn may_create_line_items(&self) -> bool {
        self.scopes.contains(LINE_ITEM)
    }

    /// The first line item that fits the filter; its `id` is an absolute URL. Platforms that do not
    /// know filters are understood, at the cost of more pages.
    ///
    /// # Errors
    ///
    /// [`ServiceError`]; a list that breaks off is an error and not "none".
    pub async fn find_line_item(
        &self,
        line_items_url: &str,
        filter: &LineItemFilter,
    ) -> Result<Option<LineItem>, ServiceError> {
        self.find_line_item_that(line_items_url, filter, |_| true).await
    }

    /// The same with a condition that no filter can say.
    ///
    /// # Errors
    ///
    /// [`ServiceError`]; a list that breaks off is an error and not "none".
    pub async fn find_line_item_that(
        &self,
        line_items_url: &str,
        filter: &LineItemFilter,
        is_meant: impl Fn(&LineItem) -> bool,
    ) -> Result<Option<LineItem>, ServiceError> {
        let list = parsed(line_items_url)?;
        let mut pages = Pages::new(filter.url(&list, None), MOST_PAGES);
        while let Some(url) = pages.next.take() {
            let call = Call {
                method: Method::GET,
                accept: CONTAINER_MEDIA_TYPE,
                content: None,
                needs: self.reading(),
            };
            let answer = self.client.call(&url, call, &self.scopes).await?;
            let line_items = LineItem::read_container(&answer.body).map_err(unreadable)?;
            // One without an address is of no use.
            for found in line_items
                .into_iter()
                .filter(|line_item| line_item.id.is_some() && filter.matches(line_item))
            {
                let found = located(found, &list)?;
                if is_meant(&found) {
                    return Ok(Some(found));
                }
            }
            pages.turn(&url, &answer)?;
        }
        Ok(None)
    }

    /// Makes a line item; its `id` is an absolute URL. Whoever did not look for it first may make a
    /// second one.
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
        let answer = self.client.call(&list, call, &self.scopes).await?;
        located(LineItem::read(&answer.body).map_err(unreadable)?, &list)
    }

    /// One line item as it is now.
    ///
    /// # Errors
    ///
    /// [`ServiceError::Gone`] when it was deleted, and all others.
    pub async fn line_item(&self, line_item_url: &str) -> Result<LineItem, ServiceError> {
        let call =
            Call { method: Method::GET, accept: MEDIA_TYPE, content: None, needs: self.reading() };
        let answer = self.client.call(&parsed(line_item_url)?, call, &self.scopes).await?;
        LineItem::read(&answer.body).map_err(unreadable)
    }

    /// Replaces everything that a line item says; what is left out is gone.
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
        let answer = self.client.call(&parsed(line_item_url)?, call, &self.scopes).await?;
        LineItem::read(&answer.body).map_err(unreadable)
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

    /// Sends a score. One at a time for a user and line item, since their times must grow.
    ///
    /// # Errors
    ///
    /// [`ServiceError`]. When an answer was lost ([`ServiceError::Temporary`]), the platform may
    /// have taken the score; sent again with the same time, it then answers with
    /// [`ServiceError::Conflict`].
    pub async fn post_score(
        &self,
        line_item_url: &str,
        score: &Score<'_>,
    ) -> Result<(), ServiceError> {
        let url = scores_url(&parsed(line_item_url)?);
        // Nothing comes back that would have a type of its own; this is what every platform is
        // asked with.
        let call = Call {
            method: Method::POST,
            accept: "application/json",
            content: Some((SCORE_MEDIA_TYPE, json(score))),
            needs: SCORE,
        };
        let answer = self.client.call(&url, call, &self.scopes).await?;
        // Success is said with JSON or without a word; a page comes from a proxy that wants
        // somebody to sign in.
        if answer.body.trim_ascii_start().starts_with(b"<") {
            return Err(ServiceError::Unreadable {
                problem: "a web page came in place of it".to_owned(),
            });
        }
        Ok(())
    }

    /// What the platform has in its grade book: for one user, or for all.
    ///
    /// # Errors
    ///
    /// [`ServiceError`].
    pub async fn results(
        &self,
        line_item_url: &str,
        user_id: Option<&str>,
    ) -> Result<Vec<ResultItem>, ServiceError> {
        // Reading results is not what the token for sending grades is for.
        let scopes: Scopes =
            [RESULT_READONLY].into_iter().filter(|scope| self.granted.contains(scope)).collect();
        let mut pages = Pages::new(results_url(&parsed(line_item_url)?, user_id), MOST_PAGES);
        let mut results = Vec::new();
        while let Some(url) = pages.next.take() {
            let call = Call {
                method: Method::GET,
                accept: RESULTS_MEDIA_TYPE,
                content: None,
                needs: RESULT_READONLY,
            };
            let answer = self.client.call(&url, call, &scopes).await?;
            results.extend(ResultItem::read_container(&answer.body).map_err(unreadable)?);
            pages.turn(&url, &answer)?;
        }
        Ok(results)
    }

    /// The scope with which line items are read.
    fn reading(&self) -> &'static str {
        if self.may_create_line_items() { LINE_ITEM } else { LINE_ITEM_READONLY }
    }
}

/// The line item with its address made absolute; it must lie where the list lies.
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
    ServiceError::Unreadable { problem: error.to_string() }
}
