//! The handlers of notices (Platform Notification Service 1.0).

use reqwest::Method;
use url::Url;

use super::{Call, ServiceClient};
use crate::lti::notice::handlers::{Handlers, MEDIA_TYPE, change};
use crate::lti::scope::{NOTICE_HANDLERS, Scopes};
use crate::platform::ServiceError;

/// The service of one deployment.
#[derive(Clone)]
pub struct NoticeHandlers {
    client: ServiceClient,
    url: Url,
    scopes: Scopes,
}

impl NoticeHandlers {
    pub(super) fn new(client: ServiceClient, url: Url) -> Self {
        Self { client, url, scopes: [NOTICE_HANDLERS].into_iter().collect() }
    }

    /// The handlers of all types that the platform offers.
    ///
    /// # Errors
    ///
    /// [`ServiceError`].
    pub async fn list(&self) -> Result<Handlers, ServiceError> {
        let response = self.send(Method::GET, None).await?;
        Handlers::read(&response).map_err(|problem| ServiceError::Unreadable { problem })
    }

    /// Sets the handler of a type; an empty URL ends the notices. The response is not read, because
    /// platforms respond differently: list the handlers again.
    ///
    /// # Errors
    ///
    /// [`ServiceError`].
    pub async fn set(&self, notice_type: &str, handler: &str) -> Result<(), ServiceError> {
        let body = change(notice_type, handler).to_string().into_bytes();
        self.send(Method::PUT, Some((MEDIA_TYPE, body))).await.map(drop)
    }

    async fn send(
        &self,
        method: Method,
        content: Option<(&'static str, Vec<u8>)>,
    ) -> Result<Vec<u8>, ServiceError> {
        let call = Call { method, accept: MEDIA_TYPE, content, needs: NOTICE_HANDLERS };
        Ok(self.client.call(&self.url, call, &self.scopes).await?.body)
    }
}
