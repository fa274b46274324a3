//! How the platform launches the tool: by LTI 1.3, or by LTI 1.1.

use super::basics::{REGISTRATION, demo_failed};
use crate::domain::{Account, Consumer};
use crate::failure::Failure;
use crate::rules::{identity, registration};
use crate::sandbox::browser::{Browser, BrowserError, Page};
use crate::sandbox::{
    ContentItem, ContentItemChoice, DeepLinkingChoice, FormLaunch, LaunchChoice, Member, Sandbox,
    User,
};
use crate::store::Store;

/// How the platform launches the tool.
pub(super) enum Way {
    /// By LTI 1.3, with the registration of the demonstration.
    Registration,
    /// By LTI 1.1.
    Consumer(Box<Consumer>),
}

impl Way {
    /// The account of one of the platform's users.
    pub(super) fn account(
        &self,
        store: &Store,
        sandbox: &Sandbox,
        user: User,
    ) -> Result<Account, Failure> {
        let id = Member::of(user).id;
        let user = match self {
            Self::Registration => {
                let (registration, _) = registration::show(store.read(), &REGISTRATION.into())?;
                identity::platform_user(&registration, sandbox.deployment_id(), &id)
            }
            Self::Consumer(consumer) => Some(consumer.platform_user(consumer.key.as_str(), &id)),
        };
        let found = user.map(|user| store.read().account_of(&user)).transpose()?.flatten();
        let missing = || demo_failed("a platform user has no account");
        found.map(|(account, _)| account).ok_or_else(missing)
    }

    /// The page on which the teacher selects content.
    pub(super) async fn select(
        &self,
        sandbox: &Sandbox,
        browser: &mut Browser,
    ) -> Result<Page, BrowserError> {
        match self {
            Self::Registration => {
                let choice = LaunchChoice::teacher().selecting(DeepLinkingChoice::default());
                sandbox.launch_and_follow(browser, &choice).await
            }
            Self::Consumer(_) => {
                let choice = FormLaunch::teacher().selecting(ContentItemChoice::default());
                sandbox.launch_form_and_follow(browser, &choice).await
            }
        }
    }

    /// The page at which the student arrives who opens selected content.
    pub(super) async fn open(
        &self,
        sandbox: &Sandbox,
        item: &ContentItem,
    ) -> Result<Page, BrowserError> {
        let browser = &mut Browser::new();
        match self {
            Self::Registration => {
                sandbox.launch_and_follow(browser, &LaunchChoice::student().opening(item)).await
            }
            Self::Consumer(_) => {
                sandbox.launch_form_and_follow(browser, &FormLaunch::student().opening(item)).await
            }
        }
    }
}
