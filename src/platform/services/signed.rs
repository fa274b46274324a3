//! Requests of LTI 1.1: signed with the consumer's secret, without a token.

use std::sync::Arc;

use reqwest::Method;
use reqwest::header::RETRY_AFTER;
use url::{Url, form_urlencoded};

use super::{LARGEST_ANSWER, TokenGuard};
use crate::domain::{Clock, MemberFormat, Random, Secret, Slug};
use crate::lti::lti_1p1::members::{self, extension_request};
use crate::lti::lti_1p1::oauth1::{self, Credentials, UrlUnusable, authorization, sign_form};
use crate::lti::members::MEDIA_TYPE as NRPS_MEDIA_TYPE;
use crate::platform::client::{Authorization, Exchange, Exchanged};
use crate::platform::{FetchError, NetworkAccess, PlatformClient, ServiceError};

/// The media type of forms.
const FORM: &str = "application/x-www-form-urlencoded";

/// The values of a consumer that requests to its platform need.
#[derive(Clone)]
pub struct ConsumerAccess {
    /// The slug of its registration, for messages.
    pub consumer: Slug,
    /// The key with which the link was launched.
    pub consumer_key: String,
    /// The secrets that are accepted, the newest first: the platform may still have an older one.
    pub secrets: Vec<Secret>,
    /// What requests may reach.
    pub reach: NetworkAccess,
}

/// Sends signed requests to the services of one consumer's platform. Clones share connections.
///
/// The limits are those of [`super::ServiceClient`]: the [`TokenGuard`] must permit the URL, http needs
/// permission, and redirects are not followed. Signatures use HMAC-SHA1, which every platform accepts.
#[derive(Clone)]
pub struct SignedClient {
    client: PlatformClient,
    access: Arc<ConsumerAccess>,
    guard: Arc<dyn TokenGuard>,
    pub(super) clock: Clock,
    pub(super) random: Random,
}

impl SignedClient {
    /// The client for one consumer.
    pub fn new(
        client: PlatformClient,
        access: ConsumerAccess,
        guard: Arc<dyn TokenGuard>,
        clock: Clock,
        random: Random,
    ) -> Self {
        Self { client, access: Arc::new(access), guard, clock, random }
    }

    /// Whether a request to this URL may be signed.
    pub(super) fn check(&self, url: &Url) -> Result<(), ServiceError> {
        self.guard.check(url)
    }

    /// The secrets to try, the newest first.
    pub(super) fn secrets(&self) -> &[Secret] {
        &self.access.secrets
    }

    /// The error if no secret is accepted: the refusal of the newest one, or that there is none.
    pub(super) fn refused(&self, refusal: Option<ServiceError>) -> ServiceError {
        refusal.unwrap_or_else(|| {
            let slug = &self.access.consumer;
            ServiceError::Unsigned {
                problem: format!("consumer {slug} has no secret that is still accepted"),
                fix: format!(
                    "Create one, and enter it in the platform: ltictl consumer rotate {slug}"
                ),
            }
        })
    }

    /// Posts a document with a signature of it.
    pub(super) async fn post(
        &self,
        url: &Url,
        media_type: &'static str,
        body: &[u8],
        secret: &Secret,
    ) -> Result<Exchanged, ServiceError> {
        let signature = self.authorization("POST", url, body, secret)?;
        let request = Exchange {
            method: Method::POST,
            // Platforms respond with different media types, Moodle even with that of a page.
            accept: "*/*",
            content: Some((media_type, body.to_vec())),
            authorization: Some(Authorization::Signature(&signature)),
            extra: None,
        };
        self.exchange(url, request).await
    }

    /// A page of members, as `read` reads it. If the platform refuses the newest secret, it may have
    /// an older one.
    pub(super) async fn members<P>(
        &self,
        url: &Url,
        (format, id): (MemberFormat, &str),
        read: fn(&Url, &Exchanged) -> Result<P, ServiceError>,
    ) -> Result<P, ServiceError> {
        self.check(url)?;
        let mut refusal = None;
        for secret in self.secrets() {
            let response = self.members_with(url, format, id, secret).await;
            match response.and_then(|response| read(url, &response)) {
                Err(error @ ServiceError::Refused { .. }) => {
                    refusal = refusal.or(Some(error));
                }
                outcome => return outcome,
            }
        }
        Err(self.refused(refusal))
    }

    async fn members_with(
        &self,
        url: &Url,
        format: MemberFormat,
        id: &str,
        secret: &Secret,
    ) -> Result<Exchanged, ServiceError> {
        let get = |accept, signature| Exchange {
            method: Method::GET,
            accept,
            content: None,
            authorization: Some(Authorization::Signature(signature)),
            extra: None,
        };
        let signature;
        let request = match format {
            MemberFormat::Nrps => {
                signature = self.authorization("GET", url, b"", secret)?;
                get(NRPS_MEDIA_TYPE, &signature)
            }
            MemberFormat::Lis => {
                signature = self.authorization("GET", url, b"", secret)?;
                get(members::MEDIA_TYPE, &signature)
            }
            MemberFormat::Extension => Exchange {
                method: Method::POST,
                accept: "*/*",
                content: Some((FORM, self.signed_form(url, extension_request(id), secret)?)),
                authorization: None,
                extra: None,
            },
        };
        let response = self.exchange(url, request).await?;
        if (200..300).contains(&response.status) {
            return Ok(response);
        }
        Err(ServiceError::from_status(
            response.status,
            &response.body,
            response.header(&RETRY_AFTER).as_deref(),
            self.clock.now(),
        ))
    }

    async fn exchange(&self, url: &Url, request: Exchange<'_>) -> Result<Exchanged, ServiceError> {
        self.client
            .exchange(url.as_str(), request, self.access.reach, LARGEST_ANSWER)
            .await
            .map_err(ServiceError::from_fetch)
    }

    fn credentials<'c>(&'c self, secret: &'c Secret) -> Credentials<'c> {
        Credentials {
            consumer_key: &self.access.consumer_key,
            secret: secret.expose(),
            method: oauth1::Method::HmacSha1,
        }
    }

    /// The value of the `Authorization` header.
    fn authorization(
        &self,
        method: &str,
        url: &Url,
        body: &[u8],
        secret: &Secret,
    ) -> Result<String, ServiceError> {
        let (now, nonce) = (self.clock.now().as_second(), self.random.uuid().to_string());
        authorization(method, url.as_str(), body, &self.credentials(secret), now, &nonce)
            .map_err(|UrlUnusable| cannot_be_signed())
    }

    fn signed_form(
        &self,
        url: &Url,
        fields: Vec<(String, String)>,
        secret: &Secret,
    ) -> Result<Vec<u8>, ServiceError> {
        let (now, nonce) = (self.clock.now().as_second(), self.random.uuid().to_string());
        let fields = sign_form(url.as_str(), fields, &self.credentials(secret), now, &nonce)
            .map_err(|UrlUnusable| cannot_be_signed())?;
        let mut form = form_urlencoded::Serializer::new(String::new());
        Ok(form.extend_pairs(fields).finish().into_bytes())
    }
}

fn cannot_be_signed() -> ServiceError {
    ServiceError::OutOfReach(FetchError::UrlUnusable { problem: "it cannot be signed" })
}
