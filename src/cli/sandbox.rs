//! `ltictl sandbox`: a test platform on this machine.

mod consumer;
mod key;
pub(super) mod smoke;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::Serialize;

use super::context::Context;
use super::examples::Examples;
use super::serve::runtime;
use super::signals::stopped;
use crate::domain::{ConsumerRef, RegistrationRef, ResourceRef, Slug};
use crate::failure::{Failure, Kind, cannot_listen, shell_word};
use crate::lti::course_history::CUSTOM_PARAMETERS;
use crate::report::view::ToolDetails;
use crate::report::{self, Details, Style, View};
use crate::rules::{registration, resource};
use crate::sandbox::{
    self, Course, HistoryManner, NoticeOptions, Sandbox, ServiceOptions, ToolSetup, UnknownWord,
    User,
};

/// What to type, by verb: below the help of each command, and in its manual page.
pub(super) const EXAMPLES: Examples = &[(
    "",
    &[
        ("ltictl sandbox", "Run a platform to connect by hand"),
        (
            "ltictl sandbox --registration moodle-prod --resource algebra-quiz",
            "Run a platform that already has the tool's details",
        ),
        (
            "ltictl sandbox --consumer old-moodle --resource algebra-quiz",
            "Launch by LTI 1.1 with the key and secret of a consumer",
        ),
        (
            "ltictl sandbox --registration moodle-prod --resource algebra-quiz --copy-course \
             algebra:copy-1",
            "Run a platform with a copied course",
        ),
        (
            "ltictl sandbox --launch-url https://tool.example.edu/lti --consumer-key KEY",
            "Launch any tool by LTI 1.1; prompt for its secret",
        ),
    ],
)];

/// Run a test platform on this machine
///
/// A small learning platform with a web page where you choose user, role, course and link, and
/// press Launch. You can also make it misbehave. A second page shows the grade book and the
/// members, and can inject faults into the services. With --launch, it launches once as each given
/// user, prints the results and exits, with exit code 7 if a launch was refused. Its client ID, deployment
/// ID and signing key are the same at every start: the key is stored in a file beside the database,
/// or in that of --key. Nothing else is stored. By LTI 1.1, it launches with a consumer key and a
/// secret, which are entered on its page, or taken from a consumer; by LTI 2.0, with those of the tool
/// that was registered on its page.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("side").args(["registration", "consumer"]).multiple(true))]
pub(super) struct Arguments {
    /// Address and port to listen on
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8090")]
    listen: SocketAddr,

    /// Registration whose tool details to use; otherwise the page asks for them
    #[arg(long, value_name = "REG")]
    registration: Option<RegistrationRef>,

    /// LTI 1.1 or 2.0 consumer whose key and secret to use instead
    #[arg(long, value_name = "CONSUMER", conflicts_with = "registration")]
    consumer: Option<ConsumerRef>,

    /// Resource that the links lead to
    #[arg(long, value_name = "RES", requires = "side")]
    resource: Option<ResourceRef>,

    #[command(flatten)]
    other: consumer::OtherTool,

    /// Launch the running tool once as this user, print the result and exit; can be given multiple
    /// times
    #[arg(long, value_name = "USER", requires = "resource", value_parser = user)]
    launch: Vec<User>,

    /// Number of generated students in each course, besides the predefined users
    #[arg(long, value_name = "NUMBER", default_value_t = 0, value_parser = clap::value_parser!(u32).range(..=1_000_000))]
    members: u32,

    /// File with the private key (PEM) that signs launches; created if it does not exist. By default,
    /// it is beside the database
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,

    /// Copy a course at the start, such as algebra:copy-1 or algebra:copy-1:moodle; can be given
    /// multiple times
    ///
    /// The new course has new IDs of course and links, and copies of the columns in the grade book.
    /// Courses are algebra, biology, copy-1, copy-2 and copy-3. The optional third word chooses how
    /// the platform sends the history: spec, canvas, moodle, sakai or brightspace. On the page, this
    /// is "Copy a course".
    #[arg(long, value_name = "FROM:TO", value_parser = course_copy)]
    copy_course: Vec<(Course, Course, HistoryManner)>,

    /// Delay of responses about grades and members, such as 50ms or 2s
    #[arg(long, value_name = "TIME", default_value = "0ms", value_parser = latency)]
    latency: Duration,

    /// Do not offer notices, like platforms without the Platform Notification Service
    #[arg(long)]
    without_notices: bool,
}

/// Parses the name of a user.
fn user(text: &str) -> Result<User, String> {
    text.parse().map_err(|unknown: UnknownWord| format!("it must be one of {}", unknown.choices))
}

/// Parses a copy of a course.
fn course_copy(text: &str) -> Result<(Course, Course, HistoryManner), String> {
    let words: Vec<&str> = text.split(':').collect();
    let word = |unknown: UnknownWord| unknown.to_string();
    let (from, to, manner) = match words[..] {
        [from, to] => (from, to, HistoryManner::Spec.name()),
        [from, to, manner] => (from, to, manner),
        _ => return Err("it must be two courses, such as algebra:copy-1".to_owned()),
    };
    Ok((from.parse().map_err(word)?, to.parse().map_err(word)?, manner.parse().map_err(word)?))
}

/// Parses a duration of at most a minute.
fn latency(text: &str) -> Result<Duration, String> {
    let time: SignedDuration =
        text.parse().map_err(|_| "a duration has a unit, such as 50ms or 2s".to_owned())?;
    Duration::try_from(time)
        .ok()
        .filter(|time| *time <= Duration::from_secs(60))
        .ok_or_else(|| "it must be between 0s and 60s".to_owned())
}

/// Details to copy from the test platform.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct SandboxView {
    /// Its first page.
    url: String,
    /// "Platform ID (issuer)".
    issuer: String,
    /// "Client ID".
    client_id: String,
    /// "Public keyset URL".
    keyset_url: String,
    /// "Access token URL".
    access_token_url: String,
    /// "Authentication request URL".
    authentication_request_url: String,
    /// "Deployment ID".
    deployment_id: String,
}

impl SandboxView {
    fn of(sandbox: &Sandbox) -> Self {
        Self {
            url: sandbox.issuer().to_owned(),
            issuer: sandbox.issuer().to_owned(),
            client_id: sandbox.client_id().to_owned(),
            keyset_url: sandbox.keyset_url(),
            access_token_url: sandbox.access_token_url(),
            authentication_request_url: sandbox.authentication_request_url(),
            deployment_id: sandbox.deployment_id().to_owned(),
        }
    }
}

impl View for SandboxView {
    fn table(&self, style: Style) -> String {
        let mut details = Details::new(style);
        details.add("Page", &self.url);
        details.section("Platform details (copy these into the tool)");
        details.add("Platform ID (issuer)", &self.issuer);
        details.add("Client ID", &self.client_id);
        details.add("Public keyset URL", &self.keyset_url);
        details.add("Access token URL", &self.access_token_url);
        details.add("Authentication request URL", &self.authentication_request_url);
        details.add("Deployment ID", &self.deployment_id);
        details.finish()
    }

    fn identifiers(&self) -> Vec<String> {
        vec![self.url.clone()]
    }
}

pub(super) fn run(context: &Context, arguments: Arguments) -> Result<(), Failure> {
    if !arguments.listen.ip().to_canonical().is_loopback() {
        report::note(&format!(
            "warning: other machines may reach the test platform on {}, and anyone who does can \
             launch as any of its users\n  to restrict it to this machine: ltictl sandbox --listen \
             127.0.0.1:{}",
            arguments.listen,
            arguments.listen.port()
        ));
    }
    let slug = arguments.registration.clone().unwrap_or_else(|| "REG".into());
    let tool = match &arguments.registration {
        Some(registration) => Some(tool_setup(context, registration, arguments.resource.as_ref())?),
        None => None,
    };
    let (setup, used) = match &arguments.consumer {
        Some(reference) => {
            let used = consumer::setup(context, reference, arguments.resource.as_ref())?;
            (Some(used.0), Some(used.1))
        }
        None => (arguments.other.setup(context)?, None),
    };
    let services = ServiceOptions {
        members: arguments.members,
        latency: arguments.latency,
        ..ServiceOptions::default()
    };
    let options = sandbox::Options {
        listen: arguments.listen,
        tool,
        consumer: setup,
        signing_key: key::read_or_create(context, arguments.key.as_deref())?,
        services,
        notices: NoticeOptions { offered: !arguments.without_notices, ..NoticeOptions::default() },
        ..sandbox::Options::local()
    };
    runtime()?.block_on(async {
        let sandbox = Sandbox::start(options)
            .await
            .map_err(|error| cannot_listen("ltictl sandbox --listen ", arguments.listen, &error))?;
        for (from, to, manner) in &arguments.copy_course {
            sandbox.copy_course(*from, *to, *manner).map_err(|why| {
                Failure::new(Kind::Invalid, "invalid --copy-course", why, "ltictl sandbox --help")
            })?;
        }
        if !arguments.launch.is_empty() {
            let launched = match &used {
                Some(used) => smoke_by_form(context, &sandbox, used, &arguments.launch).await,
                None => smoke(context, &sandbox, &slug, &arguments.launch).await,
            };
            sandbox.shutdown().await;
            return launched;
        }
        let view = SandboxView::of(&sandbox);
        context.print(&view)?;
        context.note(&next_step(&sandbox, &slug, &view));
        sandbox.run_until(stopped()).await;
        Ok(())
    })
}

/// What to do with the running platform.
fn next_step(sandbox: &Sandbox, slug: &RegistrationRef, view: &SandboxView) -> String {
    if sandbox.consumer().is_some() {
        let url = &view.url;
        return format!("\nNext, open {url}/lti-1p1 in a browser. Stop with Ctrl-C.");
    }
    let commands = connect_commands(slug, view).replace('\n', "\n  ");
    format!(
        "\nNext, in another terminal:\n  {commands}\nThen open {} in a browser. Stop with Ctrl-C.",
        view.url
    )
}

/// Launches by LTI 1.1 through the running tool.
async fn smoke_by_form(
    context: &Context,
    sandbox: &Sandbox,
    consumer: &Slug,
    users: &[User],
) -> Result<(), Failure> {
    let (store, settings) = context.store_and_settings()?;
    let how = smoke::How { url: settings.url.as_str(), by_form: true };
    smoke::launch_all(context, sandbox, &store, &consumer.as_str().into(), how, users).await
}

/// Launches through the running tool, which must be connected to this platform.
async fn smoke(
    context: &Context,
    sandbox: &Sandbox,
    slug: &RegistrationRef,
    users: &[User],
) -> Result<(), Failure> {
    let (store, settings) = context.store_and_settings()?;
    let registration = registration::find(store.read(), slug)?;
    let known = registration
        .platform
        .as_ref()
        .is_some_and(|platform| platform.issuer.as_str() == sandbox.issuer());
    if !known {
        return Err(Failure::new(
            Kind::Conflict,
            format!("{slug} is not connected to the test platform"),
            format!("its platform ID (issuer) is not {}", sandbox.issuer()),
            connect_commands(slug, &SandboxView::of(sandbox)),
        ));
    }
    let how = smoke::How { url: settings.url.as_str(), by_form: false };
    smoke::launch_all(context, sandbox, &store, slug, how, users).await
}

/// The commands that connect the tool to the test platform.
fn connect_commands(slug: &RegistrationRef, view: &SandboxView) -> String {
    format!(
        "ltictl platform set {slug} --issuer {} --client-id {} --keyset-url {} \
         --access-token-url {} --authentication-request-url {}\nltictl deployment add {slug} {}",
        shell_word(&view.issuer),
        shell_word(&view.client_id),
        shell_word(&view.keyset_url),
        shell_word(&view.access_token_url),
        shell_word(&view.authentication_request_url),
        shell_word(&view.deployment_id)
    )
}

/// The values for the platform's form.
fn tool_setup(
    context: &Context,
    registration: &RegistrationRef,
    resource: Option<&ResourceRef>,
) -> Result<ToolSetup, Failure> {
    let (store, settings) = context.store_and_settings()?;
    let registration = registration::find(store.read(), registration)?;
    let custom = match resource {
        Some(resource) => BTreeMap::from([(
            "id".to_owned(),
            resource::find(store.read(), resource)?.uuid.to_string(),
        )]),
        None => BTreeMap::new(),
    };
    Ok(to_setup(
        settings.name.as_str(),
        ToolDetails::new(&settings.url, &registration.slug),
        custom,
    ))
}

/// Tool details as a platform stores them.
pub(super) fn to_setup(
    name: &str,
    tool: ToolDetails,
    mut custom: BTreeMap<String, String>,
) -> ToolSetup {
    let history = CUSTOM_PARAMETERS.map(|(name, variable)| (name.to_owned(), variable.to_owned()));
    custom.extend(history);
    ToolSetup {
        name: name.to_owned(),
        redirect_uris: vec![tool.tool_url.clone(), tool.deep_linking_url.clone()],
        deep_linking_url: Some(tool.deep_linking_url),
        tool_url: tool.tool_url,
        initiate_login_url: tool.initiate_login_url,
        jwks_url: tool.jwks_url,
        custom,
    }
}
