//! The members of a course, page by page (Names and Role Provisioning Services 2.0).

use reqwest::Method;
use url::Url;

use super::{Call, Pages, ServiceClient};
use crate::lti::members::{self, MEDIA_TYPE, Member, members_url};
use crate::lti::scope::{CONTEXT_MEMBERSHIP_READONLY, Scopes};
use crate::platform::ServiceError;

/// The most pages of members that are read: half a million members, fifty at a time.
const MOST_PAGES: u32 = 10_000;

/// A list of members on its way. The whole list was seen only when [`MemberPages::next_page`] has answered that there is no further page; after an
/// error it was not, and never will be by this value.
pub struct MemberPages {
    client: ServiceClient,
    scopes: Scopes,
    pages: Pages,
    /// What ended the list before its end.
    failure: Option<ServiceError>,
}

/// One page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MembersPage {
    /// Who stands on it.
    pub members: Vec<Member>,
    /// Whether no further page comes.
    pub is_last: bool,
}

impl MemberPages {
    pub(super) fn new(client: ServiceClient, memberships: &Url, resource_link_id: Option<&str>, limit: Option<u32>) -> Self {
        // The claim that names the URL is the permission; platforms list no scopes in it.
        let scopes = [CONTEXT_MEMBERSHIP_READONLY].into_iter().collect();
        Self { client, scopes, pages: Pages::new(members_url(memberships, resource_link_id, limit), MOST_PAGES), failure: None }
    }

    /// The next page; none when the last one has been read.
    ///
    /// # Errors
    ///
    /// [`ServiceError`], which then comes again at each call, so that a list that failed never looks like one that ended. A page that breaks off is an error and not a
    /// short page.
    pub async fn next_page(&mut self) -> Result<Option<MembersPage>, ServiceError> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        let Some(url) = self.pages.next.clone() else { return Ok(None) };
        let outcome = self.read(&url).await;
        self.failure = outcome.as_ref().err().cloned();
        outcome.map(Some)
    }

    async fn read(&mut self, url: &Url) -> Result<MembersPage, ServiceError> {
        let call = Call { method: Method::GET, accept: MEDIA_TYPE, content: None, needs: CONTEXT_MEMBERSHIP_READONLY };
        let answer = self.client.call(url, call, &self.scopes).await?;
        let members = members::read_page(&answer.body).map_err(|error| ServiceError::Unreadable { problem: error.to_string() })?;
        self.pages.turn(url, &answer)?;
        Ok(MembersPage { members, is_last: self.pages.next.is_none() })
    }
}
