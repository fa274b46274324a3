//! `ltictl demo`: a demonstration, step by step, with the real tool.
//!
//! Tool and test platform run in this process and talk HTTP over loopback; every step does what the
//! command that it prints would do. The demonstration covers registration, launches, a refused
//! launch and its fix, content selection, grades and members.

mod basics;
mod copy;
mod lti_1p1;
mod services;
mod way;
mod web_app;

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::Args;
use serde_json::Value;

use self::basics::{REGISTRATION, demo_failed};
use self::way::Way;
use super::context::Context;
use super::examples::Examples;
use super::sandbox::smoke::with_new_account;
use super::sandbox::to_setup;
use super::serve::runtime;
use super::signals::stopped;
use crate::admin::{connect, dynamic, launch_log, publish, register, setup};
use crate::domain::{
    DeploymentId, InvitationLifetime, Launch, MaxGrade, Name, Outcome, PublicUrl, Resource,
    Settings, Slug, Status,
};
use crate::failure::{Failure, Kind, cannot_listen, shell_word};
use crate::report::view::{LaunchList, LaunchView, ToolDetails};
use crate::report::{self, Format, clean};
use crate::rules::registration::{self, PlatformChange};
use crate::rules::resource::ResourceChange;
use crate::rules::state_key;
use crate::sandbox::browser::{Browser, Page};
use crate::sandbox::{self, LaunchChoice, RegistrationChoice, Sandbox};
use crate::server::{self, Server};
use crate::store::{Database, LaunchFilter, Store};

/// What to type, by verb: below the help of each command, and in its manual page.
pub(super) const EXAMPLES: Examples = &[(
    "",
    &[
        ("ltictl demo", "Run the demonstration"),
        ("ltictl demo --keep", "Keep the servers running afterwards"),
        ("ltictl demo --copy-course", "Copy the course for a new term, too"),
        ("ltictl demo --lti-1p1", "Use LTI 1.1, with a key and a secret"),
        ("ltictl demo --web-app", "Put an app behind nginx and a launch"),
    ],
)];

/// Run a demonstration, from registration to grades and members
///
/// Runs the tool and a test platform in a temporary directory: registers the platform, adds a
/// deployment, publishes a resource, launches it as a student and as a teacher over HTTP, shows a
/// refused launch and how to fix it, selects content as the teacher, sends a grade to the platform,
/// and synchronizes its members.
#[derive(Debug, Default, Args)]
pub(super) struct Arguments {
    /// Keep both running afterwards, and print the URLs to open
    #[arg(long)]
    keep: bool,

    /// Use dynamic registration instead of copying details back and forth
    #[arg(long, conflicts_with = "lti_1p1")]
    dynamic: bool,

    /// Use LTI 1.1, for platforms that do not support 1.3 yet
    #[arg(long)]
    lti_1p1: bool,

    /// Copy the course for a new term, and send a grade there
    #[arg(long, conflicts_with_all = ["lti_1p1", "web_app"])]
    copy_course: bool,

    /// Put a web app that knows nothing of LTI behind nginx, if it is installed
    #[arg(long, conflicts_with_all = ["lti_1p1", "dynamic"])]
    web_app: bool,
}

pub(super) fn run(context: &Context, arguments: &Arguments) -> Result<(), Failure> {
    let failed = |error: std::io::Error| {
        Failure::new(
            Kind::Failed,
            "no temporary directory",
            error.to_string(),
            "check TMPDIR and free disk space",
        )
    };
    let directory = tempfile::Builder::new().prefix("ltictl-demo-").tempdir().map_err(failed)?;
    let demo = Demo { context, database: directory.path().join("ltictl.db").into() };
    runtime()?.block_on(async {
        match arguments {
            Arguments { lti_1p1: true, keep, .. } => demo.run_lti_1p1(*keep).await,
            Arguments { web_app: true, keep, .. } => demo.run_web_app(*keep).await,
            Arguments { keep, dynamic, copy_course, .. } => {
                demo.run(*keep, *dynamic, *copy_course).await
            }
        }
    })
}

/// A running demonstration.
struct Demo<'c> {
    context: &'c Context,
    database: Database,
}

impl Demo<'_> {
    async fn run(&self, keep: bool, dynamic: bool, copy_course: bool) -> Result<(), Failure> {
        let (server, sandbox, settings) = self.start().await?;
        let url = settings.url.as_str();
        self.print_start(url, &server, &sandbox);

        let mut store = self.context.store_at(&self.database)?;
        self.register(&mut store, &settings.url)?;
        if dynamic {
            self.connect_dynamically(&mut store, &sandbox).await?;
        } else {
            self.connect(&mut store, &sandbox)?;
        }
        let uuid = self.publish(&mut store, &settings.url)?;
        self.add_link(&sandbox, &settings.url, &uuid);

        self.step(6, "A student clicks the link");
        self.launch(&sandbox, &LaunchChoice::student(), "Sam Student").await?;
        self.step(7, "A teacher clicks the link");
        self.launch(&sandbox, &LaunchChoice::teacher(), "Tina Teacher").await?;
        self.refusal(&mut store, &sandbox).await?;
        let way = Way::Registration;
        self.select(9, &way, &mut store, &sandbox, &uuid).await?;
        self.send_grade(10, &way, &mut store, &sandbox).await?;
        self.enrol_members(11, &way, &mut store, &sandbox).await?;
        if copy_course {
            self.copy_course(12, &way, &mut store, &sandbox).await?;
        }
        self.list_launches(12 + u8::from(copy_course), &store)?;
        drop(store);
        self.end(keep, server, sandbox).await;
        Ok(())
    }

    /// Starts the tool and the test platform.
    async fn start(&self) -> Result<(Server, Sandbox, Settings), Failure> {
        self.print(
            "A learning platform and this tool, both on this machine, in a temporary directory.",
        );
        // The port is only known once the server listens, so the URL is set afterwards.
        self.set_up_tool()?;
        let server = self.start_server().await?;
        let sandbox = self.start_sandbox().await?;
        let url = format!("http://localhost:{}", server.local_addr().port());
        let settings = setup::set(&mut self.context.store_at(&self.database)?, "url", &url, false)?;
        Ok((server, sandbox, settings))
    }

    /// Waits if both are kept running, and stops them.
    async fn end(&self, keep: bool, server: Server, sandbox: Sandbox) {
        self.print_end(keep, &sandbox);
        if keep {
            stopped().await;
        }
        sandbox.shutdown().await;
        server.shutdown().await;
    }

    /// Creates the database, with a URL that is not final.
    fn set_up_tool(&self) -> Result<(), Failure> {
        setup::set_up(
            &mut self.context.created_store(&self.database)?,
            &self.database,
            PublicUrl::new("http://localhost", false)?,
            Name::new("Demo Tool")?,
            false,
            self.context.now(),
            &self.context.random,
        )?;
        Ok(())
    }

    /// Prints the first two steps, which are done already. What creates something has
    /// `--if-not-exists`, so that each printed command also works on the database of `--keep`.
    fn print_start(&self, url: &str, server: &Server, sandbox: &Sandbox) {
        self.print_set_up(url);
        self.step(2, "Start the tool and a test platform");
        self.command(&format!("ltictl serve --listen {} &", server.local_addr()));
        self.command(&format!("ltictl sandbox --listen {} &", sandbox.local_addr()));
        self.print(&format!("   the tool is at {url}, the platform at {}", sandbox.issuer()));
    }

    fn print_set_up(&self, url: &str) {
        self.step(1, "Set up the tool");
        self.command(&format!("ltictl init --url {url} --name \"Demo Tool\" --if-not-exists"));
        self.print(&format!(
            "   a private database, settings and a signing key: {}",
            self.database
        ));
    }

    /// Adds the tool and a link to its resource to the platform.
    fn add_link(&self, sandbox: &Sandbox, url: &PublicUrl, uuid: &str) {
        sandbox.set_tool(to_setup(
            "Demo Tool",
            ToolDetails::new(url, &Slug::known(REGISTRATION)),
            BTreeMap::from([("id".to_owned(), uuid.to_owned())]),
        ));
        self.print(
            "   The platform gets the tool details from step 3 and this link, which people can now \
             click.",
        );
    }

    /// Prints the launches.
    fn list_launches(&self, number: u8, store: &Store) -> Result<(), Failure> {
        self.step(number, "See the launches");
        self.command("ltictl launch list");
        let launches =
            launch_log::list(store.read(), &LaunchFilter { limit: 10, ..LaunchFilter::default() })?;
        self.context.print(&LaunchList(launches.into_iter().map(LaunchView::from).collect()))
    }

    /// Prints what can be done after the demonstration.
    fn print_end(&self, keep: bool, sandbox: &Sandbox) {
        if keep {
            self.print(&format!(
                "\nBoth are still running:\n   {}  choose a user, and press Launch; its page \
                 /grades shows grade book and members\n   export LTICTL_DB={}\n   \
                 Then try `ltictl registration list` and `ltictl launch list`\nStop with Ctrl-C.",
                sandbox.issuer(),
                self.database
            ));
        } else {
            self.print(
                "\nDone; all temporary files are deleted. To click through it yourself: ltictl \
                 demo --keep",
            );
        }
    }

    /// Starts the tool on its usual port, or on a free one if that is in use.
    async fn start_server(&self) -> Result<Server, Failure> {
        let options = |port: u16| {
            server::Options::new(
                self.database.clone(),
                SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
            )
        };
        match Server::start(options(8080)).await {
            Ok(server) => Ok(server),
            Err(_) => Server::start(options(0)).await,
        }
    }

    /// Starts the platform on its usual port, or on a free one if that is in use.
    async fn start_sandbox(&self) -> Result<Sandbox, Failure> {
        let options = |port: u16| sandbox::Options {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
            ..sandbox::Options::local()
        };
        match Sandbox::start(options(8090)).await {
            Ok(sandbox) => Ok(sandbox),
            Err(_) => Sandbox::start(options(0)).await.map_err(|error| {
                cannot_listen("ltictl sandbox --listen ", options(0).listen, &error)
            }),
        }
    }

    fn register(&self, store: &mut Store, url: &PublicUrl) -> Result<(), Failure> {
        self.step(3, "Create a registration: a draft, and what the platform asks for");
        self.command("ltictl registration create \"Test platform\" --if-not-exists");
        register::create(store, &Name::new("Test platform")?, None, false, self.context.now())?;
        let tool = ToolDetails::new(url, &Slug::known(REGISTRATION));
        self.detail("Tool URL", &tool.tool_url);
        self.detail("Initiate login URL", &tool.initiate_login_url);
        self.detail("JWKS URL", &tool.jwks_url);
        self.detail("Deep linking URL", &tool.deep_linking_url);
        Ok(())
    }

    fn connect(&self, store: &mut Store, sandbox: &Sandbox) -> Result<(), Failure> {
        self.step(4, "Store what the platform shows");
        let change = PlatformChange {
            issuer: Some(sandbox.issuer().to_owned()),
            client_id: Some(sandbox.client_id().to_owned()),
            keyset_url: Some(sandbox.keyset_url()),
            access_token_url: Some(sandbox.access_token_url()),
            authentication_request_url: Some(sandbox.authentication_request_url()),
            ..PlatformChange::default()
        };
        self.command(&format!(
            "ltictl platform set {REGISTRATION} --issuer {} --client-id {} --keyset-url {} \
             --access-token-url {} --authentication-request-url {}",
            shell_word(sandbox.issuer()),
            shell_word(sandbox.client_id()),
            shell_word(&sandbox.keyset_url()),
            shell_word(&sandbox.access_token_url()),
            shell_word(&sandbox.authentication_request_url())
        ));
        connect::set_platform(store, &REGISTRATION.into(), &change, self.context.now())?;
        self.command(&format!(
            "ltictl deployment add {REGISTRATION} {} --name \"Whole site\" --if-not-exists",
            shell_word(sandbox.deployment_id())
        ));
        let id = DeploymentId::new(sandbox.deployment_id())?;
        let ((registration, _), ..) = connect::add_deployment(
            store,
            &REGISTRATION.into(),
            id,
            Some(Name::new("Whole site")?),
            false,
            self.context.now(),
        )?;
        self.print(&format!("   {REGISTRATION} is {:?} now", registration.status()));
        Ok(())
    }

    /// The platform opens the registration URL, the registration is confirmed, and nothing is
    /// copied by hand.
    async fn connect_dynamically(
        &self,
        store: &mut Store,
        sandbox: &Sandbox,
    ) -> Result<(), Failure> {
        self.step(4, "Paste the registration URL into the platform");
        let now = self.context.now();
        let invitation = dynamic::invite(
            store,
            &REGISTRATION.into(),
            InvitationLifetime::default(),
            false,
            now,
        )?;
        let url = dynamic::registration_url(
            &store.read().settings()?,
            &state_key::state_key(store.read())?,
            &invitation,
        );
        self.command(&format!("ltictl registration url {REGISTRATION}"));
        self.print(&format!("   {url}"));
        let mut browser = Browser::new();
        let page = browser
            .get(&sandbox.registration_link(&url, RegistrationChoice::default()))
            .await
            .map_err(demo_failed)?;
        self.print(&format!(
            "   The platform opens it; the tool fetches {}/openid-configuration and asks: {}",
            sandbox.issuer(),
            page.title()
        ));
        let done = browser.submit(&page).await.map_err(demo_failed)?;
        self.print(&format!(
            "   The administrator clicks Register: {}; the window closes automatically",
            done.title()
        ));
        let (registration, deployments) = registration::show(store.read(), &REGISTRATION.into())?;
        if registration.status() != Status::Active {
            return Err(demo_failed(format!("{REGISTRATION} was not registered")));
        }
        self.command(&format!("ltictl registration show {REGISTRATION}"));
        if let Some(platform) = &registration.platform {
            self.detail("Platform ID (issuer)", platform.issuer.as_str());
            self.detail("Client ID", platform.client_id.as_str());
        }
        for deployment in &deployments {
            self.detail("Deployment ID", deployment.deployment_id.as_str());
        }
        self.print(&format!("   {REGISTRATION} is {:?} now", registration.status()));
        Ok(())
    }

    fn publish(&self, store: &mut Store, url: &PublicUrl) -> Result<String, Failure> {
        self.step(5, "Publish a resource");
        self.command(
            "ltictl resource publish \"Algebra quiz\" --kind activity --max-grade 10 --if-not-exists",
        );
        let resource = self.publish_quiz(store)?;
        self.detail("Launch URL", &url.join("/lti/launch"));
        self.detail("Custom parameters", &format!("id={}", resource.uuid));
        Ok(resource.uuid.to_string())
    }

    fn publish_quiz(&self, store: &mut Store) -> Result<Resource, Failure> {
        let change = ResourceChange {
            max_grade: Some(Some(MaxGrade::new(10.0)?).into()),
            ..ResourceChange::default()
        };
        let (name, now) = (Name::new("Algebra quiz")?, self.context.now());
        let random = &self.context.random;
        Ok(publish::publish(store, &name, None, &change, false, now, random)?.0)
    }

    /// A launch that must succeed, shown request by request.
    async fn launch(
        &self,
        sandbox: &Sandbox,
        choice: &LaunchChoice,
        person: &str,
    ) -> Result<(), Failure> {
        let mut browser = Browser::new();
        let token_page =
            sandbox.launch_until_token(&mut browser, choice).await.map_err(demo_failed)?;
        let page = self.submit_launch(&mut browser, &token_page).await?;
        self.exchanges(&browser, &token_page);
        self.arrived(&page, person)
    }

    /// Sends the form of a launch, creates an account if the tool asks whose it is, and opens the
    /// page.
    async fn submit_launch(&self, browser: &mut Browser, form: &Page) -> Result<Page, Failure> {
        let response = browser.submit(form).await.map_err(demo_failed)?;
        let title = response.title();
        let (response, was_prompted) =
            with_new_account(browser, response).await.map_err(demo_failed)?;
        if was_prompted {
            self.print(&format!("   the tool asks whose account it is: {title}"));
            self.print("   the person clicks \"Create one for me\"; the next launch does not ask");
        }
        browser.follow(response).await.map_err(demo_failed)
    }

    /// Prints where a person has arrived, if that is the resource.
    fn arrived(&self, page: &Page, person: &str) -> Result<(), Failure> {
        if page.status != 200 || !page.body.contains(person) {
            return Err(Failure::new(
                Kind::Failed,
                "the launch did not succeed",
                format!("the tool returned {}", page.status),
                "run `ltictl demo --keep`, then `ltictl launch list`",
            ));
        }
        self.print(&format!("   {person} arrives at: {}", page.title()));
        Ok(())
    }

    /// A launch that must be refused, the advice in the log, and the same launch after following
    /// it.
    async fn refusal(&self, store: &mut Store, sandbox: &Sandbox) -> Result<(), Failure> {
        self.step(8, "The platform gets a second deployment, which is unknown to the tool");
        let deployment = "https://purl.imsglobal.org/spec/lti/claim/deployment_id";
        let mut choice = LaunchChoice::student().patched(serde_json::json!({ deployment: "7" }));
        choice.login.insert("lti_deployment_id".into(), "7".into());
        let mut browser = Browser::new();
        let page = sandbox.launch(&mut browser, &choice).await.map_err(demo_failed)?;
        self.explain_refused(store, &page, 403)?;
        self.command(&format!("ltictl deployment add {REGISTRATION} 7 --if-not-exists"));
        connect::add_deployment(
            store,
            &REGISTRATION.into(),
            DeploymentId::new("7")?,
            None,
            false,
            self.context.now(),
        )?;
        self.print("   and the student clicks again:");
        self.launch(sandbox, &choice, "Sam Student").await
    }

    /// Prints why the last launch was refused, and what helps.
    fn explain_refused(&self, store: &Store, page: &Page, status: u16) -> Result<(), Failure> {
        let launches = launch_log::list(
            store.read(),
            &LaunchFilter { failed: true, limit: 1, ..LaunchFilter::default() },
        )?;
        let refused = launches.into_iter().next().filter(|_| page.status == status);
        let Some(Launch { id, outcome: Outcome::Refused { reason, cause, fix, .. }, .. }) = refused
        else {
            return Err(Failure::new(
                Kind::Failed,
                "the launch was not refused",
                format!("the tool returned {}", page.status),
                "report this as a bug",
            ));
        };
        self.print(&format!("   the student sees: {}", page.title()));
        self.command(&format!("ltictl launch show {id}"));
        self.detail("Reason", &reason);
        self.detail("Cause", &cause);
        self.detail("What to do", &fix);
        Ok(())
    }

    /// Prints what the browser sent. Tokens are shown as their claims, and states are hidden.
    fn exchanges(&self, browser: &Browser, token_page: &Page) {
        self.requests(browser);
        let claims = token_page
            .form()
            .and_then(|form| form.field("id_token").and_then(claims))
            .unwrap_or_default();
        let claim =
            |name: &str| claims.get(name).map(|value| value.to_string()).unwrap_or_default();
        let lti = |name: &str| claim(&format!("https://purl.imsglobal.org/spec/lti/claim/{name}"));
        self.print("          the id_token, signed by the platform, contains:");
        for (name, value) in [
            ("iss", claim("iss")),
            ("aud", claim("aud")),
            ("sub", claim("sub")),
            ("name", claim("name")),
            ("message_type", lti("message_type")),
            ("deployment_id", lti("deployment_id")),
            ("roles", lti("roles")),
            ("context", lti("context")),
            ("custom", lti("custom")),
        ] {
            self.print(&format!("            {name:<14} {value}"));
        }
    }

    /// Prints the requests.
    fn requests(&self, browser: &Browser) {
        for exchange in &browser.log {
            let (url, query) = exchange.url.split_once('?').unwrap_or((&exchange.url, ""));
            self.print(&format!(
                "   {:<4} {} → {}",
                exchange.method,
                without_secret(url),
                exchange.status
            ));
            if !query.is_empty() {
                let names: Vec<String> = url::form_urlencoded::parse(query.as_bytes())
                    .map(|(name, value)| shown(&name, &value))
                    .collect();
                for names in names.chunks(4) {
                    self.print(&format!("          {}", names.join("  ")));
                }
            }
        }
    }

    fn step(&self, number: u8, what: &str) {
        self.print(&format!("\n{number}. {what}"));
    }

    fn command(&self, command: &str) {
        self.print(&format!("   $ {command}"));
    }

    fn detail(&self, label: &str, value: &str) {
        self.print(&format!("   {label:<20} {value}"));
    }

    /// Prints to standard output, or to standard error if standard output is for programs.
    fn print(&self, text: &str) {
        match self.context.format {
            Format { quiet: true, .. } => {}
            // The demonstration continues if standard output is closed.
            format if format.output.is_text() => drop(report::print_for_people(&clean(text))),
            _ => report::note(&clean(text)),
        }
    }
}

/// A parameter of the authentication request, without values that are secret in production.
fn shown(name: &str, value: &str) -> String {
    if matches!(name, "state" | "nonce") {
        format!("{name}=…")
    } else {
        format!("{name}={value}")
    }
}

/// A session's URL without its secret part.
fn without_secret(url: &str) -> String {
    match url.split_once("/session/") {
        Some((before, _)) => format!("{before}/session/…/"),
        None => url.to_owned(),
    }
}

fn claims(token: &str) -> Option<Value> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?).ok()
}
