//! Grades of LTI 1.1 (Basic Outcomes 1.0): signed with the consumer's secret, without a token.
//!
//! Only scores are sent, as parts of the maximum: the protocol knows no progress and no comments, and
//! the points that some platforms accept (`ext_outcome_result_total_score_accepted`) would be those
//! of the platform's maximum, which launches do not name.

use std::sync::Arc;

use reqwest::Method;
use reqwest::header::RETRY_AFTER;
use url::Url;

use super::{LARGEST_ANSWER, TokenGuard, parsed};
use crate::domain::{Clock, Random, Secret, Slug};
use crate::lti::lti_1p1::oauth1::{self, Credentials, authorization};
use crate::lti::lti_1p1::outcomes::{Code, MEDIA_TYPE, Operation, OutcomeError, Response};
use crate::platform::client::{Authorization, Exchange, Exchanged};
use crate::platform::service_error::{platform_message, temporary_error};
use crate::platform::{FetchError, NetworkAccess, PlatformClient, ServiceError, TemporaryError};
use crate::web::header::retry_after;

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

/// The outcome service of one platform. Clones share connections.
///
/// The limits are those of [`super::ServiceClient`]: the [`TokenGuard`] must permit the URL, http needs
/// permission, and redirects are not followed. Signatures use HMAC-SHA1, which every platform accepts.
#[derive(Clone)]
pub struct OutcomeService {
    client: PlatformClient,
    access: Arc<ConsumerAccess>,
    guard: Arc<dyn TokenGuard>,
    clock: Clock,
    random: Random,
}

impl OutcomeService {
    /// The service for one consumer.
    pub fn new(
        client: PlatformClient,
        access: ConsumerAccess,
        guard: Arc<dyn TokenGuard>,
        clock: Clock,
        random: Random,
    ) -> Self {
        Self { client, access: Arc::new(access), guard, clock, random }
    }

    /// Sets or removes the grade that `result_sourcedid` names. It can be repeated.
    ///
    /// # Errors
    ///
    /// [`ServiceError`]: [`ServiceError::OutcomeRefused`] if the platform will not accept the grade
    /// under this name.
    pub async fn send(
        &self,
        outcome_service_url: &str,
        result_sourcedid: &str,
        operation: &Operation<'_>,
    ) -> Result<(), ServiceError> {
        let url = parsed(outcome_service_url)?;
        self.guard.check(&url)?;
        let body = operation.request(result_sourcedid, &self.random.uuid().to_string());
        let mut refusal = None;
        for secret in &self.access.secrets {
            match self.post(&url, body.as_bytes(), secret).await {
                // Perhaps because the platform does not have the newest secret yet; most give every
                // refusal the same code.
                Err(
                    error @ (ServiceError::OutcomeRefused { .. }
                    | ServiceError::Refused { status: 401, .. }),
                ) => refusal = refusal.or(Some(error)),
                outcome => return outcome,
            }
        }
        Err(refusal.unwrap_or_else(|| {
            let slug = &self.access.consumer;
            ServiceError::Unsigned {
                problem: format!("consumer {slug} has no secret that is still accepted"),
                fix: format!(
                    "Create one, and enter it in the platform: ltictl consumer rotate {slug}"
                ),
            }
        }))
    }

    async fn post(&self, url: &Url, body: &[u8], secret: &Secret) -> Result<(), ServiceError> {
        let signature = self.signature(url.as_str(), body, secret)?;
        let request = Exchange {
            method: Method::POST,
            // Platforms respond with different media types, Moodle even with that of a page.
            accept: "*/*",
            content: Some((MEDIA_TYPE, body.to_vec())),
            authorization: Some(Authorization::Signature(&signature)),
        };
        let response = self
            .client
            .exchange(url.as_str(), request, self.access.reach, LARGEST_ANSWER)
            .await
            .map_err(ServiceError::from_fetch)?;
        match Response::read(response.status, &response.body) {
            Ok(_) => Ok(()),
            Err(error) => Err(self.explain(error, &response)),
        }
    }

    /// The value of the `Authorization` header.
    fn signature(&self, url: &str, body: &[u8], secret: &Secret) -> Result<String, ServiceError> {
        let credentials = Credentials {
            consumer_key: &self.access.consumer_key,
            secret: secret.expose(),
            method: oauth1::Method::HmacSha1,
        };
        let (now, nonce) = (self.clock.now().as_second(), self.random.uuid().to_string());
        authorization("POST", url, body, &credentials, now, &nonce).map_err(|_| {
            ServiceError::OutOfReach(FetchError::UrlUnusable { problem: "it cannot be signed" })
        })
    }

    fn explain(&self, error: OutcomeError, response: &Exchanged) -> ServiceError {
        match error {
            OutcomeError::Refused { code: Code::Processing, description } => {
                let text = description.unwrap_or_default();
                ServiceError::Temporary { error: TemporaryError::Processing { text }, after: None }
            }
            OutcomeError::Refused { .. } => {
                ServiceError::OutcomeRefused { problem: error.to_string() }
            }
            OutcomeError::Status { status, description } => {
                let text = description.unwrap_or_else(|| platform_message(&response.body));
                self.failed(status, text, response)
            }
            OutcomeError::NotXml { problem } => {
                ServiceError::Unreadable { problem: problem.to_string() }
            }
            OutcomeError::NoCode | OutcomeError::ScoreUnreadable { .. } => {
                ServiceError::Unreadable { problem: error.to_string() }
            }
        }
    }

    /// The error of a status other than success. Without permission (401), all grades are refused; any
    /// other refusal is about this grade, because the service has one URL for all of them.
    fn failed(&self, status: u16, text: String, response: &Exchanged) -> ServiceError {
        if let Some(error) = temporary_error(status, &text) {
            let after = response.header(&RETRY_AFTER);
            let after = after.and_then(|value| retry_after(&value, self.clock.now()));
            return ServiceError::Temporary { error, after };
        }
        if status == 401 {
            return ServiceError::Refused { status, text };
        }
        let description = Some(text).filter(|text| !text.is_empty());
        let problem = OutcomeError::Status { status, description }.to_string();
        ServiceError::OutcomeRefused { problem }
    }
}
