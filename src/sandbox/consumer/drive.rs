//! Launches by LTI 1.1 with the small browser.

use super::choice::FormLaunch;
use super::setup::ConsumerSetup;
use super::sourcedid::sourcedid;
use crate::sandbox::browser::{Browser, BrowserError, Page};
use crate::sandbox::school::Course;
use crate::sandbox::server::Sandbox;

impl Sandbox {
    /// Sets the tool that is launched by LTI 1.1.
    pub fn set_consumer(&self, setup: ConsumerSetup) {
        self.platform.state().consumer.set(setup, None);
    }

    /// The tool that is launched by LTI 1.1, if it is known.
    pub fn consumer(&self) -> Option<ConsumerSetup> {
        self.platform.state().consumer.setup.clone()
    }

    /// The name of a person's grade of a link (`lis_result_sourcedid`), as launches have it.
    pub fn result_sourcedid(&self, course: Course, link: &str, user: &str) -> String {
        sourcedid(&self.platform.state().consumer.result_key, course, link, user)
    }

    /// Clicks the link: returns the page that posts the signed form to the tool. Its form can be sent
    /// unchanged, changed, or twice.
    ///
    /// # Errors
    ///
    /// The request fails.
    pub async fn click_form(
        &self,
        browser: &mut Browser,
        choice: &FormLaunch,
    ) -> Result<Page, BrowserError> {
        let url = self.platform.endpoint("/lti-1p1/launch");
        browser.post_form(&url, &choice.to_form()).await
    }

    /// Launches, and returns the tool's response, without following redirects; if the platform
    /// refuses, its page.
    ///
    /// # Errors
    ///
    /// A request fails.
    pub async fn launch_form(
        &self,
        browser: &mut Browser,
        choice: &FormLaunch,
    ) -> Result<Page, BrowserError> {
        let page = self.click_form(browser, choice).await?;
        if page.form().is_some() { browser.submit(&page).await } else { Ok(page) }
    }

    /// Launches, and follows the tool's redirects to the last page.
    ///
    /// # Errors
    ///
    /// A request fails.
    pub async fn launch_form_and_follow(
        &self,
        browser: &mut Browser,
        choice: &FormLaunch,
    ) -> Result<Page, BrowserError> {
        let page = self.launch_form(browser, choice).await?;
        browser.follow(page).await
    }
}
