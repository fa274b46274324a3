//! The members of a course, page by page (Names and Role Provisioning Services 2.0, and the services
//! of LTI 1.1 and 2.0).

use std::collections::BTreeMap;

use reqwest::Method;
use url::Url;

use super::{Call, Pages, ServiceClient, SignedClient, next_link, parsed};
use crate::domain::MemberFormat;
use crate::lti::json_problem;
use crate::lti::lti_1p1::members::{self as signed_members, PageError};
use crate::lti::members::{self, MEDIA_TYPE, Member, members_url};
use crate::lti::scope::{CONTEXT_MEMBERSHIP_READONLY, Scopes};
use crate::platform::ServiceError;
use crate::platform::client::Exchanged;

/// Maximum number of pages of members that are read: half a million members, fifty per page.
pub const MAX_PAGES: u32 = 10_000;

/// A list of members that is being read. It is complete only when [`MemberPages::next_page`] has
/// returned `None`.
pub struct MemberPages {
    source: Source,
    pages: Pages,
    /// The permanent error that interrupted the list.
    failure: Option<ServiceError>,
}

/// A service that lists the members of a link.
#[derive(Debug, Clone, Copy)]
pub struct SignedMemberList<'l> {
    /// Its URL.
    pub url: &'l str,
    /// How it is requested, and what it responds.
    pub format: MemberFormat,
    /// Names the link for [`MemberFormat::Extension`].
    pub id: Option<&'l str>,
}

/// How pages are requested.
enum Source {
    /// With a token (LTI 1.3).
    Token { client: ServiceClient, scopes: Scopes },
    /// With a signature (LTI 1.1 and 2.0); `id` names the link for the oldest service.
    Signed { client: SignedClient, format: MemberFormat, id: String },
}

/// A page as it was read.
#[derive(Default)]
struct ReadPage {
    members: Vec<Member>,
    result_sourcedids: BTreeMap<String, String>,
    next: Option<Url>,
    bytes: usize,
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
    /// How the platform names their grades of the link, by user ID, if it says so
    /// (`lis_result_sourcedid`, LTI 1.1).
    pub result_sourcedids: BTreeMap<String, String>,
    /// Whether this is the last page.
    pub is_last: bool,
    /// Its size.
    pub bytes: usize,
}

impl MemberPages {
    pub(super) fn with_token(
        client: ServiceClient,
        memberships_url: &str,
        resource_link_id: Option<&str>,
        limit: Option<u32>,
    ) -> Result<Self, ServiceError> {
        // The claim with the URL is the permission; it contains no scopes.
        let scopes = [CONTEXT_MEMBERSHIP_READONLY].into_iter().collect();
        let source = Source::Token { client, scopes };
        Ok(Self::new(source, &parsed(memberships_url)?, resource_link_id, limit))
    }

    fn new(
        source: Source,
        memberships: &Url,
        resource_link_id: Option<&str>,
        limit: Option<u32>,
    ) -> Self {
        let first = match source {
            // Its form names the link, and it has one page.
            Source::Signed { format: MemberFormat::Extension, .. } => memberships.clone(),
            _ => members_url(memberships, resource_link_id, limit),
        };
        Self { source, pages: Pages::new(first, MAX_PAGES), failure: None }
    }

    /// The members of a course under LTI 1.1 or 2.0, or of one link with `resource_link_id`. This
    /// sends no request yet. The oldest service knows only the list of one link.
    ///
    /// # Errors
    ///
    /// [`ServiceError::OutOfReach`] if the URL cannot be used.
    pub fn signed(
        client: SignedClient,
        list: SignedMemberList<'_>,
        resource_link_id: Option<&str>,
        limit: Option<u32>,
    ) -> Result<Self, ServiceError> {
        let url = parsed(list.url)?;
        let id = list.id.unwrap_or_default().to_owned();
        let source = Source::Signed { client, format: list.format, id };
        Ok(Self::new(source, &url, resource_link_id, limit))
    }

    /// The list starting at another page; `None` if that page does not belong to it.
    pub fn resume(mut self, position: &ListPosition) -> Option<Self> {
        let next = Url::parse(&position.next_url).ok()?;
        if position.first_url != self.pages.first.as_str()
            || self.pages.resume(next, position.pages).is_err()
        {
            return None;
        }
        Some(self)
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
        let page = match &self.source {
            Source::Token { client, scopes } => {
                let call = Call {
                    method: Method::GET,
                    accept: MEDIA_TYPE,
                    content: None,
                    needs: CONTEXT_MEMBERSHIP_READONLY,
                };
                nrps_page(url, &client.call(url, call, scopes).await?)?
            }
            Source::Signed { client, format, id } => {
                let read = match format {
                    MemberFormat::Nrps => nrps_page,
                    MemberFormat::Lis => lis_page,
                    MemberFormat::Extension => extension_page,
                };
                client.members(url, (*format, id), read).await?
            }
        };
        let ReadPage { members, result_sourcedids, next, bytes } = page;
        self.pages.advance(url, next)?;
        Ok(MembersPage { members, result_sourcedids, is_last: self.pages.next.is_none(), bytes })
    }
}

fn nrps_page(url: &Url, response: &Exchanged) -> Result<ReadPage, ServiceError> {
    let members = members::read_page(&response.body)
        .map_err(|error| ServiceError::Unreadable { problem: json_problem(&error) })?;
    let next = next_link(url, response)?;
    Ok(ReadPage { members, next, bytes: response.body.len(), ..ReadPage::default() })
}

/// The next page is named in the document, or by some platforms only in the header.
fn lis_page(url: &Url, response: &Exchanged) -> Result<ReadPage, ServiceError> {
    let page = signed_members::read_page(url, &response.body).map_err(unreadable)?;
    let next = match page.next_page {
        Some(next) => Some(next),
        None => next_link(url, response)?,
    };
    let signed_members::Page { members, result_sourcedids, .. } = page;
    Ok(ReadPage { members, result_sourcedids, next, bytes: response.body.len() })
}

fn extension_page(_: &Url, response: &Exchanged) -> Result<ReadPage, ServiceError> {
    let page = signed_members::read_extension_response(&response.body).map_err(unreadable)?;
    let signed_members::Page { members, result_sourcedids, .. } = page;
    Ok(ReadPage { members, result_sourcedids, next: None, bytes: response.body.len() })
}

fn unreadable(error: PageError) -> ServiceError {
    match error {
        PageError::Refused { description } => {
            ServiceError::Refused { status: 200, text: description }
        }
        PageError::NotJson { problem } => ServiceError::Unreadable { problem },
        error => ServiceError::Unreadable { problem: error.to_string() },
    }
}
