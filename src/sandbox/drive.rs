//! Complete launches with the small browser.

use super::browser::{Browser, BrowserError, Page};
use super::choice::LaunchChoice;
use super::server::Sandbox;

impl Sandbox {
    /// Clicks the link: returns the page that sends the login request to the tool.
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

    /// Performs the login up to the page that posts the token to the tool. Its form can be sent
    /// unchanged, changed, or twice.
    ///
    /// If the tool refuses the login, its response to the login request is returned instead; if the
    /// platform refuses it, its error page.
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

    /// Launches, and returns the tool's response to the token, without following redirects. If the
    /// login fails, returns its error page.
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

    /// Launches, and follows the tool's redirects to the last page.
    ///
    /// # Errors
    ///
    /// A request fails, or the platform starts no login.
    pub async fn launch_and_follow(
        &self,
        browser: &mut Browser,
        choice: &LaunchChoice,
    ) -> Result<Page, BrowserError> {
        let page = self.launch(browser, choice).await?;
        browser.follow(page).await
    }
}
