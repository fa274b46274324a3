//! Grades of LTI 1.1 (Basic Outcomes 1.0): signed with the consumer's secret, without a token.
//!
//! Scores are sent as parts of the maximum, with the comment if the platform accepts text. The
//! protocol knows no progress, and the points that some platforms accept (`ext_outcome_result_total_score_accepted`) would be those
//! of the platform's maximum, which launches do not name.

use reqwest::header::RETRY_AFTER;
use url::Url;

use super::{SignedClient, parsed};
use crate::domain::Secret;
use crate::lti::lti_1p1::outcomes::{Code, MEDIA_TYPE, Operation, OutcomeError, Response};
use crate::platform::client::Exchanged;
use crate::platform::service_error::{platform_message, temporary_error};
use crate::platform::{ServiceError, TemporaryError};
use crate::web::header::retry_after;

/// The outcome service of one platform, with the limits of a [`SignedClient`].
#[derive(Clone)]
pub struct OutcomeService {
    client: SignedClient,
}

impl OutcomeService {
    /// The service for one consumer.
    pub fn new(client: SignedClient) -> Self {
        Self { client }
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
        self.client.check(&url)?;
        let body = operation.request(result_sourcedid, &self.client.random.uuid().to_string());
        let mut refusal = None;
        for secret in self.client.secrets() {
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
        Err(self.client.refused(refusal))
    }

    async fn post(&self, url: &Url, body: &[u8], secret: &Secret) -> Result<(), ServiceError> {
        let response = self.client.post(url, MEDIA_TYPE, body, secret).await?;
        match Response::read(response.status, &response.body) {
            Ok(_) => Ok(()),
            Err(error) => Err(self.explain(error, &response)),
        }
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
            let after = after.and_then(|value| retry_after(&value, self.client.clock.now()));
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
