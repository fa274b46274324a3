//! Registrations by LTI 2.0 with the small browser.

use serde_json::Value;

use super::choice::{ChangeChoice, ProxyChoice};
use crate::sandbox::browser::{Browser, BrowserError, Page};
use crate::sandbox::server::Sandbox;

impl Sandbox {
    /// Sends the administrator's browser to a tool's registration URL, and returns the tool's response; if
    /// the platform refuses, its page. The registration is complete when the browser has followed the tool
    /// back.
    ///
    /// # Errors
    ///
    /// A request fails.
    pub async fn register_by_proxy(
        &self,
        browser: &mut Browser,
        registration_url: &str,
        choice: ProxyChoice,
    ) -> Result<Page, BrowserError> {
        let mut form = choice.to_form();
        form.push(("registration_url".to_owned(), registration_url.to_owned()));
        let page = browser.post_form(&self.platform.endpoint("/lti-2p0/register"), &form).await?;
        if page.form().is_some() { browser.submit(&page).await } else { Ok(page) }
    }

    /// Sends the administrator's browser to the tool to register it again, and returns the tool's
    /// response; if the platform refuses, its page. As for [`Sandbox::register_by_proxy`], it is
    /// complete when the browser has followed the tool back.
    ///
    /// # Errors
    ///
    /// A request fails.
    pub async fn change_by_proxy(
        &self,
        browser: &mut Browser,
        choice: ChangeChoice,
    ) -> Result<Page, BrowserError> {
        let url = self.platform.endpoint("/lti-2p0/change");
        let page = browser.post_form(&url, &choice.to_form()).await?;
        if page.form().is_some() { browser.submit(&page).await } else { Ok(page) }
    }

    /// The last tool proxy that was accepted, as the tool sent it. It contains the secret.
    pub fn tool_proxy(&self) -> Option<Value> {
        self.platform.state().proxies.last.clone()
    }
}
