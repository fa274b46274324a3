//! A whole launch, driven by a browser in miniature.

use super::browser::{Browser, BrowserError, Page};
use super::choice::LaunchChoice;
use super::server::Sandbox;

impl Sandbox {
    /// Clicks the link: the page that sends the login request to the tool by itself.
    ///
    /// # Errors
    ///
    /// The request fails.
    pub async fn click(
        &self,
        browser: &mut Browser,
        choice: &LaunchChoice,
    ) -> Result<Page, BrowserError> {
        browser.post_form(&self.platform.endpoint("/launch"), &choice.to_form()).await
    }

    /// Goes through the login up to the page that sends the token to the tool by itself. Its form
    /// can be sent as it is, changed, or sent twice.
    ///
    /// When the tool refuses the login, its answer to the login request comes back instead; when
    /// the platform refuses, its error page does.
    ///
    /// # Errors
    ///
    /// A request fails, or the platform starts no login.
    pub async fn launch_until_token(
        &self,
        browser: &mut Browser,
        choice: &LaunchChoice,
    ) -> Result<Page, BrowserError> {
        let click = self.click(browser, choice).await?;
        let login = browser.submit(&click).await?;
        let page = browser.follow(login).await?;
        // A tool may also send the authentication request as a form.
        match page.form() {
            Some(form) if form.action.starts_with(&self.authentication_request_url()) => {
                browser.submit(&page).await
            }
            _ => Ok(page),
        }
    }

    /// Launches: the tool's answer to the token, redirects not followed. When the login fails
    /// already, the page that says so.
    ///
    /// # Errors
    ///
    /// A request fails, or the platform starts no login.
    pub async fn launch(
        &self,
        browser: &mut Browser,
        choice: &LaunchChoice,
    ) -> Result<Page, BrowserError> {
        let page = self.launch_until_token(browser, choice).await?;
        if page.url.starts_with(&self.authentication_request_url()) && page.form().is_some() {
            browser.submit(&page).await
        } else {
            Ok(page)
        }
    }

    /// Launches and follows the tool's redirects to where the person ends up.
    ///
    /// # Errors
    ///
    /// A request fails, or the platform starts no login.
    pub async fn launch_to_the_end(
        &self,
        browser: &mut Browser,
        choice: &LaunchChoice,
    ) -> Result<Page, BrowserError> {
        let page = self.launch(browser, choice).await?;
        browser.follow(page).await
    }
}
