//! The members of a course, page by page (Names and Role Provisioning Services 2.0).

use reqwest::Method;
use url::Url;

use super::{Call, Pages, ServiceClient};
use crate::lti::json_problem;
use crate::lti::members::{self, MEDIA_TYPE, Member, members_url};
use crate::lti::scope::{CONTEXT_MEMBERSHIP_READONLY, Scopes};
use crate::platform::ServiceError;

/// Maximum number of pages of members that are read: half a million members, fifty per page.
pub const MAX_PAGES: u32 = 10_000;

/// A list of members that is being read. It is complete only when [`MemberPages::next_page`] has
/// returned `None`.
pub struct MemberPages {
    client: ServiceClient,
    scopes: Scopes,
    pages: Pages,
    /// The permanent error that interrupted the list.
    failure: Option<ServiceError>,
}

/// How far a list has been read, so that a later run can continue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListPosition {
    /// The URL of the list's first page, which identifies the list.
    pub first_url: String,
    /// The URL of the next page.
    pub next_url: String,
    /// Pages that have been read.
    pub pages: u32,
}

/// One page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MembersPage {
    /// Its members.
    pub members: Vec<Member>,
    /// Whether this is the last page.
    pub is_last: bool,
    /// Its size.
    pub bytes: usize,
}

impl MemberPages {
    pub(super) fn new(
        client: ServiceClient,
        memberships: &Url,
        resource_link_id: Option<&str>,
        limit: Option<u32>,
    ) -> Self {
        // The claim with the URL is the permission; it contains no scopes.
        let scopes = [CONTEXT_MEMBERSHIP_READONLY].into_iter().collect();
        Self {
            client,
            scopes,
            pages: Pages::new(members_url(memberships, resource_link_id, limit), MAX_PAGES),
            failure: None,
        }
    }

    /// The list starting at another page; `None` if that page does not belong to it.
    pub(super) fn resume(mut self, position: &ListPosition) -> Result<Option<Self>, ServiceError> {
        let Ok(next) = Url::parse(&position.next_url) else { return Ok(None) };
        if position.first_url != self.pages.first.as_str()
            || self.pages.resume(next, position.pages).is_err()
        {
            return Ok(None);
        }
        Ok(Some(self))
    }

    /// How far the list has been read; `None` if it was read to its end.
    pub fn position(&self) -> Option<ListPosition> {
        let next = self.pages.next.as_ref()?;
        Some(ListPosition {
            first_url: self.pages.first.to_string(),
            next_url: next.to_string(),
            pages: self.pages.most - self.pages.left,
        })
    }

    /// The next page; `None` once the last one has been read.
    ///
    /// # Errors
    ///
    /// [`ServiceError`]. After a temporary error, the next call requests the same page again; other
    /// errors are returned by every later call, so that a list that failed is never taken for
    /// complete. A truncated page is an error.
    pub async fn next_page(&mut self) -> Result<Option<MembersPage>, ServiceError> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        let Some(url) = self.pages.next.clone() else { return Ok(None) };
        let outcome = self.read(&url).await;
        self.failure = outcome.as_ref().err().filter(|error| !error.is_temporary()).cloned();
        outcome.map(Some)
    }

    async fn read(&mut self, url: &Url) -> Result<MembersPage, ServiceError> {
        let call = Call {
            method: Method::GET,
            accept: MEDIA_TYPE,
            content: None,
            needs: CONTEXT_MEMBERSHIP_READONLY,
        };
        let response = self.client.call(url, call, &self.scopes).await?;
        let members = members::read_page(&response.body)
            .map_err(|error| ServiceError::Unreadable { problem: json_problem(&error) })?;
        self.pages.advance(url, &response)?;
        Ok(MembersPage { members, is_last: self.pages.next.is_none(), bytes: response.body.len() })
    }
}
