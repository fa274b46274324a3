//! `ltictl sandbox --launch`: launches once as each of some users, and prints the results; for
//! pipelines.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

use crate::admin::launch_log;
use crate::cli::context::Context;
use crate::domain::{Outcome, RegistrationRef};
use crate::failure::{Failure, Kind};
use crate::report::view::list;
use crate::report::{Style, Table, View};
use crate::sandbox::browser::{Browser, BrowserError, Page};
use crate::sandbox::{FormLaunch, LaunchChoice, Sandbox, User};
use crate::store::{LaunchFilter, Store};

/// How long to wait for the tool if both are started at the same moment.
const TIMEOUT: Duration = Duration::from_secs(15);

/// The time between two requests to the tool.
const PAUSE: Duration = Duration::from_millis(100);

/// The result of one launch.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(in crate::cli) struct SmokeView {
    /// The test platform's user.
    user: String,
    /// `student`, `teacher` or `admin`.
    role: String,
    /// Whether the launch was accepted.
    accepted: bool,
    /// HTTP status of the last page.
    status: u16,
    /// Title of that page.
    page: String,
    /// The tool's launch ID, if it logged the launch.
    launch: Option<String>,
    /// Why the launch was refused; a reason code.
    reason: Option<String>,
}

/// The results of all launches.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(transparent)]
pub(in crate::cli) struct SmokeList(Vec<SmokeView>);

impl View for SmokeList {
    fn table(&self, style: Style) -> String {
        let mut table = Table::new(style, &["USER", "ROLE", "RESULT", "PAGE", "LAUNCH"]);
        for view in &self.0 {
            let result = view.reason.as_deref().unwrap_or(if view.accepted {
                "accepted"
            } else {
                "not accepted"
            });
            table.row(
                &[
                    &view.user,
                    &view.role,
                    result,
                    &view.page,
                    view.launch.as_deref().unwrap_or("-"),
                ],
                None,
            );
        }
        table.finish("No launches")
    }

    fn identifiers(&self) -> Vec<String> {
        self.0.iter().filter_map(|view| view.launch.clone()).collect()
    }
}

list!(SmokeList, SmokeView, |launch| serde_json::to_string(launch).unwrap_or_default());

/// How the tool is launched.
#[derive(Clone, Copy)]
pub(super) struct How<'a> {
    /// The tool's URL.
    pub(super) url: &'a str,
    /// Whether by LTI 1.1.
    pub(super) by_form: bool,
}

/// Launches once as each of these users through the running tool, and prints the results.
pub(super) async fn launch_all(
    context: &Context,
    sandbox: &Sandbox,
    store: &Store,
    registration: &RegistrationRef,
    how: How<'_>,
    users: &[User],
) -> Result<(), Failure> {
    wait_for_tool(how.url).await?;
    let mut launches = Vec::new();
    for user in users {
        let mut browser = Browser::new();
        let before = newest(store, registration)?;
        let page = launch(sandbox, &mut browser, *user, how)
            .await
            .map_err(|error| launch_failed(&error))?;
        let entry = newest(store, registration)?
            .filter(|entry| before.as_ref().is_none_or(|before| before.0 != entry.0));
        let (launch, reason) = entry.map_or((None, None), |(id, reason)| (Some(id), reason));
        let accepted = page.status == 200 && launch.is_some() && reason.is_none();
        let view = SmokeView {
            user: user.to_string(),
            role: user.usual_role().to_string(),
            accepted,
            status: page.status,
            page: page.title(),
            launch,
            reason,
        };
        launches.push(view);
    }
    let refused = launches.iter().filter(|view| !view.accepted).count();
    let number = launches.len();
    context.print(&SmokeList(launches))?;
    if refused > 0 {
        return Err(Failure::new(
            Kind::Check,
            if number == 1 {
                "the launch was refused".to_owned()
            } else {
                format!("{refused} of {number} launches were refused")
            },
            "the tool did not accept what the test platform sent",
            format!("ltictl launch list --failed --registration {registration}"),
        ));
    }
    Ok(())
}

/// Launches, and returns the last page; creates an account if the tool asks about one.
async fn launch(
    sandbox: &Sandbox,
    browser: &mut Browser,
    user: User,
    how: How<'_>,
) -> Result<Page, BrowserError> {
    let page = match how.by_form {
        true => sandbox.launch_form(browser, &FormLaunch::of(user)).await?,
        false => sandbox.launch(browser, &LaunchChoice::of(user)).await?,
    };
    let (page, _) = with_new_account(browser, page).await?;
    browser.follow(page).await
}

/// Presses "Create one for me" if the tool asks whose account it is; returns whether it did.
pub(in crate::cli) async fn with_new_account(
    browser: &mut Browser,
    page: Page,
) -> Result<(Page, bool), BrowserError> {
    match page.form_with("choice", "create") {
        Some(form) => Ok((browser.submit_form(&page, &form).await?, true)),
        None => Ok((page, false)),
    }
}

/// The ID of the registration's newest launch, and why it was refused if it was.
fn newest(
    store: &Store,
    registration: &RegistrationRef,
) -> Result<Option<(String, Option<String>)>, Failure> {
    let filter = LaunchFilter {
        registration: Some(registration.clone()),
        limit: 1,
        ..LaunchFilter::default()
    };
    let launch = launch_log::list(store.read(), &filter)?.pop();
    Ok(launch.map(|launch| {
        let reason = match launch.outcome {
            Outcome::Accepted | Outcome::Waiting { .. } => None,
            Outcome::Refused { reason, .. } => Some(reason),
        };
        (launch.id.to_string(), reason)
    }))
}

/// Waits until the tool responds, for a limited time.
async fn wait_for_tool(url: &str) -> Result<(), Failure> {
    let health = format!("{}/healthz", url.trim_end_matches('/'));
    let started = tokio::time::Instant::now();
    loop {
        let problem = match Browser::new().get(&health).await {
            Ok(page) if page.status == 200 => return Ok(()),
            Ok(page) => format!("{health} returned {}", page.status),
            Err(error) => error.to_string(),
        };
        if started.elapsed() > TIMEOUT {
            return Err(Failure::new(
                Kind::Platform,
                "the tool does not respond",
                problem,
                "run `ltictl serve` on the same database; `ltictl config get url` prints its URL",
            ));
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn launch_failed(error: &BrowserError) -> Failure {
    Failure::new(Kind::Platform, "the launch failed", error.to_string(), "ltictl doctor")
}
