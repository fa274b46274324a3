//! The services of one platform, for one of its registrations: every request carries a token, and a
//! rejected token is replaced once.

use std::sync::Arc;

use reqwest::Method;
use reqwest::header::{LINK, RETRY_AFTER};
use url::Url;

use super::client::{Authorization, Exchange, Exchanged};
use super::{FetchError, PlatformClient, ServiceAccess, ServiceError, TokenError, Tokens};
use crate::lti::link_header;
use crate::lti::scope::Scopes;

mod grades;
mod members;
mod notices;
mod outcomes;
mod signed;
#[cfg(test)]
mod tests;

pub use self::grades::GradeService;
pub use self::members::{
    ListPosition, MAX_PAGES as MAX_MEMBER_PAGES, MemberPages, MembersPage, SignedMemberList,
};
pub use self::notices::NoticeHandlers;
pub use self::outcomes::OutcomeService;
pub use self::signed::{ConsumerAccess, SignedClient};

/// The maximum size of a response, in bytes.
const LARGEST_ANSWER: usize = 10_000_000;

/// The maximum length of the URL of a next page, in bytes: it may be stored until the next run.
const LONGEST_NEXT_URL: usize = 8_192;

/// Decides whether a registration may request an access token and send it to a URL, or under LTI 1.1
/// a signed request. Called before every request, and before the token is requested.
pub trait TokenGuard: Send + Sync {
    /// Checks the URL.
    ///
    /// # Errors
    ///
    /// [`ServiceError::Withheld`] or [`ServiceError::Unsigned`], with the reason.
    fn check(&self, url: &Url) -> Result<(), ServiceError>;
}

/// Sends requests to the services of one registration's platform. Clones share connections and
/// tokens.
///
/// Tokens are sent only where the [`TokenGuard`] permits it, only over https (or what the
/// registration's [`super::NetworkAccess`] allows: http to a loopback platform of a loopback tool, or the
/// admin's `--allow-http`), never along a redirect, and to a next page only if it has the origin of
/// the first.
#[derive(Clone)]
pub struct ServiceClient {
    client: PlatformClient,
    tokens: Tokens,
    access: ServiceAccess,
    guard: Arc<dyn TokenGuard>,
}

/// One request, without the token.
struct Call {
    method: Method,
    accept: &'static str,
    content: Option<(&'static str, Vec<u8>)>,
    /// The required scope.
    needs: &'static str,
}

impl ServiceClient {
    /// A client for one registration.
    pub fn new(
        client: PlatformClient,
        tokens: Tokens,
        access: ServiceAccess,
        guard: Arc<dyn TokenGuard>,
    ) -> Self {
        Self { client, tokens, access, guard }
    }

    /// Line items and scores, with the scopes that the launch granted (`scope` of its grade service
    /// claim).
    pub fn grades(&self, granted: &Scopes) -> GradeService {
        GradeService::new(self.clone(), granted.for_grades(), granted.clone())
    }

    /// The members of a course, or of one link with `resource_link_id`, page by page. This sends no
    /// request yet.
    ///
    /// # Errors
    ///
    /// [`ServiceError::OutOfReach`] if the URL cannot be used.
    pub fn member_pages(
        &self,
        memberships_url: &str,
        resource_link_id: Option<&str>,
        limit: Option<u32>,
    ) -> Result<MemberPages, ServiceError> {
        MemberPages::with_token(self.clone(), memberships_url, resource_link_id, limit)
    }

    /// Continues such a list where an earlier run stopped; `None` if the position is not in this
    /// list, because the link's URL has changed or the next page has another origin than the first.
    ///
    /// # Errors
    ///
    /// [`ServiceError::OutOfReach`] if the URL cannot be used.
    pub fn resume_member_pages(
        &self,
        memberships_url: &str,
        resource_link_id: Option<&str>,
        limit: Option<u32>,
        position: &ListPosition,
    ) -> Result<Option<MemberPages>, ServiceError> {
        Ok(self.member_pages(memberships_url, resource_link_id, limit)?.resume(position))
    }

    /// The service that lists and sets the handlers of notices.
    ///
    /// # Errors
    ///
    /// [`ServiceError::OutOfReach`] if the URL cannot be used.
    pub fn notice_handlers(&self, url: &str) -> Result<NoticeHandlers, ServiceError> {
        Ok(NoticeHandlers::new(self.clone(), parsed(url)?))
    }

    /// Sends a request with a token for `scopes`; a rejected token (401) is replaced once.
    async fn call(
        &self,
        url: &Url,
        call: Call,
        scopes: &Scopes,
    ) -> Result<Exchanged, ServiceError> {
        if !scopes.contains(call.needs) {
            return Err(ServiceError::NotAllowed { scope: call.needs });
        }
        self.guard.check(url)?;
        let mut is_second = false;
        loop {
            let token =
                self.tokens.token(&self.access, scopes).await.map_err(|error| match error {
                    TokenError::Temporary { error, after } => {
                        ServiceError::Temporary { error, after }
                    }
                    error => ServiceError::Token(error),
                })?;
            if !token.allows(call.needs, scopes) {
                return Err(ServiceError::NotAllowed { scope: call.needs });
            }
            let request = Exchange {
                method: call.method.clone(),
                accept: call.accept,
                content: call.content.clone(),
                authorization: Some(Authorization::Bearer(token.expose())),
                extra: None,
            };
            let response = self
                .client
                .exchange(url.as_str(), request, self.access.reach, LARGEST_ANSWER)
                .await
                .map_err(ServiceError::from_fetch)?;
            if response.status == 401 && !is_second {
                self.tokens.forget(&self.access, scopes, &token);
                is_second = true;
                continue;
            }
            if (200..300).contains(&response.status) {
                return Ok(response);
            }
            return Err(ServiceError::from_status(
                response.status,
                &response.body,
                response.header(&RETRY_AFTER).as_deref(),
                self.tokens.now(),
            ));
        }
    }
}

/// Follows the pages of a list, and detects cycles.
struct Pages {
    /// `None` after the last page.
    next: Option<Url>,
    first: Url,
    /// The maximum number of pages, and how many are left.
    most: u32,
    left: u32,
    /// A page that was read, to detect a cycle of any length (Brent's algorithm), and after how
    /// many pages the next one replaces it.
    mark: Option<Url>,
    until_mark: u32,
    stride: u32,
}

impl Pages {
    fn new(first: Url, most: u32) -> Self {
        Self {
            next: Some(first.clone()),
            first,
            most,
            left: most,
            mark: None,
            until_mark: 1,
            stride: 1,
        }
    }

    /// Continues at a page of the same origin after `read` others; cycles are detected from there
    /// on.
    fn resume(&mut self, next: Url, read: u32) -> Result<(), ServiceError> {
        check_origin(&self.first, &next)?;
        (self.next, self.left) = (Some(next), self.most.saturating_sub(read));
        Ok(())
    }

    /// Takes the URL of the next page, which the response to a request for `requested` named.
    fn advance(&mut self, requested: &Url, next: Option<Url>) -> Result<(), ServiceError> {
        let unreadable = |problem: &str| ServiceError::Unreadable { problem: problem.to_owned() };
        self.left = self.left.saturating_sub(1);
        if let Some(next) = &next {
            check_origin(&self.first, next)?;
            if next == requested || *next == self.first || self.mark.as_ref() == Some(next) {
                return Err(unreadable("its pages form a cycle"));
            }
            if self.left == 0 {
                return Err(unreadable(&format!(
                    "the list does not end after {} pages, and the rest is not read",
                    self.most
                )));
            }
            if next.as_str().len() > LONGEST_NEXT_URL {
                return Err(unreadable("the URL of its next page is too long"));
            }
            self.until_mark -= 1;
            if self.until_mark == 0 {
                (self.mark, self.stride) = (Some(next.clone()), self.stride.saturating_mul(2));
                self.until_mark = self.stride;
            }
        }
        self.next = next;
        Ok(())
    }
}

/// The URL of the next page in the header of the response to a request for `requested`.
fn next_link(requested: &Url, response: &Exchanged) -> Result<Option<Url>, ServiceError> {
    link_header::next(
        response.headers.get_all(LINK).iter().map(|value| value.as_bytes()),
        requested,
    )
    .map_err(|error| ServiceError::Unreadable { problem: error.to_string() })
}

/// Rejects a URL with another origin than the one that the platform sent in a launch: it must not
/// receive a token.
fn check_origin(known: &Url, url: &Url) -> Result<(), ServiceError> {
    if known.origin() == url.origin() {
        return Ok(());
    }
    Err(ServiceError::OutOfReach(FetchError::UrlUnusable {
        problem: "the platform sent a URL on another host, to which nothing is sent",
    }))
}

fn parsed(url: &str) -> Result<Url, ServiceError> {
    Url::parse(url).map_err(|_| {
        ServiceError::OutOfReach(FetchError::UrlUnusable { problem: "it is not an absolute URL" })
    })
}
