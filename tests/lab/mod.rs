//! A tool and a test platform in this process, connected and with one published resource: the real
//! server over a real database, and real HTTP between them.

pub(crate) mod database;
mod people;
pub(crate) mod provider;
pub(crate) mod proxy_platform;
pub(crate) mod pty;
pub(crate) mod signed_form;
pub(crate) mod sync;

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use jiff::Timestamp;
use ltictl::admin::{connect, publish, register, setup};
use ltictl::domain::{
    Clock, Consumer, ConsumerKey, DeploymentId, Launch, MaxGrade, Name, Outcome, Provisioning,
    PublicUrl, Random, Secret,
};
use ltictl::rules::registration::{PlatformChange, PolicyChange};
use ltictl::rules::resource::ResourceChange;
use ltictl::sandbox::browser::{Browser, Page};
use ltictl::sandbox::{self, LaunchChoice, Sandbox, ToolSetup};
use ltictl::server::{self, Server};
use ltictl::store::{self, AuditFilter, CreatedBy, LaunchFilter, Store, Write};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use self::database::place::{Home, Place};

/// The slug of the one registration.
pub(crate) const REGISTRATION: &str = "test-platform";
/// The slug of the one resource.
pub(crate) const RESOURCE: &str = "algebra-quiz";

/// The binary, in UTC whatever the zone of this machine is.
pub(crate) fn binary() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ltictl"));
    command.env("TZ", "UTC");
    command
}

/// Tool and platform, running.
pub(crate) struct Lab {
    pub(crate) server: Server,
    pub(crate) sandbox: Sandbox,
    pub(crate) url: String,
    pub(crate) database: Place,
    pub(crate) resource_uuid: String,
    /// Everybody's browser is another one of this, on the same connections.
    pub(crate) browser: Browser,
    home: Home,
}

impl Lab {
    /// Starts both, connects them and publishes the resource.
    pub(crate) async fn start() -> Self {
        Self::with_clock(Clock::System).await
    }

    /// The same with a clock of its own for the tool.
    pub(crate) async fn with_clock(clock: Clock) -> Self {
        Self::with(|options| options.clock = clock).await
    }

    /// The same with other options for the tool's server.
    pub(crate) async fn with(change: impl FnOnce(&mut server::Options)) -> Self {
        Self::in_home(Home::new(), change).await
    }

    /// The same with a database in a file, for stories that are about files.
    pub(crate) async fn in_file(change: impl FnOnce(&mut server::Options)) -> Self {
        Self::in_home(Home::in_file(), change).await
    }

    /// The same with a new database at this place.
    async fn in_home(home: Home, change: impl FnOnce(&mut server::Options)) -> Self {
        let placeholder = PublicUrl::new("http://localhost", false).unwrap();
        setup::init(
            home.database(),
            placeholder,
            Name::new("Lab Tool").unwrap(),
            false,
            Clock::System.now(),
            &Random::System,
        )
        .unwrap();
        Self::over(home, change).await
    }

    /// The same with a database, in a file, that contains this number of other registrations, and
    /// what [`database::fill::fill`] adds to them.
    pub(crate) async fn among_in_file(registrations: u32) -> Self {
        let home = Home::in_file();
        database::fill::fill(home.database().file(), registrations);
        Self::over(home, |_| {}).await
    }

    /// Starts both over a database.
    async fn over(home: Home, change: impl FnOnce(&mut server::Options)) -> Self {
        let database = home.database().clone();
        let mut options =
            server::Options::new(database.clone(), SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        change(&mut options);
        let clock = options.clock;
        let server = Server::start(options).await.unwrap();
        // The server reads its URL at every request, so it can be set after the port is known.
        let url = format!("http://127.0.0.1:{}", server.local_addr().port());
        let mut store = Store::open(&database).unwrap();
        setup::set(&mut store, "url", &url, false).unwrap();
        let sandbox = Sandbox::start(sandbox::Options {
            signing_key: Some(signing_key()),
            ..sandbox::Options::local()
        })
        .await
        .unwrap();
        let resource_uuid = connect(&mut store, &sandbox, clock);
        sandbox.set_tool(tool_setup(&url, &resource_uuid));
        Self { server, sandbox, url, database, resource_uuid, browser: Browser::new(), home }
    }

    /// A second connection to the database, as a command would open it.
    pub(crate) fn store(&self) -> Store {
        Store::open(&self.database).unwrap()
    }

    /// A path beside the database, if this is a file.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.home.path(name)
    }

    /// Changes the policy of the registration.
    pub(crate) fn set_policy(&self, policy: PolicyChange) {
        let change = PlatformChange { policy, ..PlatformChange::default() };
        connect::set_platform(
            &mut self.store(),
            &REGISTRATION.into(),
            &change,
            Clock::System.now(),
        )
        .unwrap();
    }

    /// Launches with a fresh browser; gives the tool's answer, redirects not followed.
    pub(crate) async fn launch(&self, choice: &LaunchChoice) -> Page {
        self.sandbox.launch(&mut self.browser.another(), choice).await.unwrap()
    }

    /// The newest entry of the launch log.
    pub(crate) fn newest_launch(&self) -> Option<Launch> {
        self.store()
            .read()
            .launches(&LaunchFilter { limit: 1, ..LaunchFilter::default() })
            .unwrap()
            .pop()
    }

    /// The audit log from its oldest entry on, each as `actor, via: action noun name`; only what
    /// the server did, or a command through its own pool.
    pub(crate) fn audited(&self) -> Vec<String> {
        let filter =
            AuditFilter { actor: Some("server".into()), limit: u32::MAX, ..AuditFilter::default() };
        let entries = self.store().read().audit_entries(&filter).unwrap();
        entries
            .iter()
            .rev()
            .map(|entry| {
                format!("{}: {} {} {}", entry.actor.via, entry.action, entry.noun, entry.name)
            })
            .collect()
    }

    /// Stops both.
    pub(crate) async fn stop(self) {
        drop(self.stop_and_keep_database().await);
    }

    /// Stops both; gives what deletes the database when it is dropped.
    pub(crate) async fn stop_and_keep_database(self) -> Home {
        self.sandbox.shutdown().await;
        self.server.shutdown().await;
        self.home
    }
}

/// What became of a launch, as one word: `accepted` or the reason code.
pub(crate) fn outcome(launch: &Launch) -> &str {
    match &launch.outcome {
        Outcome::Accepted | Outcome::Waiting { .. } => "accepted",
        Outcome::Refused { reason, .. } => reason,
    }
}

/// The tool's details, as the platform stores them.
pub(crate) fn tool_setup(url: &str, resource_uuid: &str) -> ToolSetup {
    ToolSetup {
        name: "Lab Tool".into(),
        tool_url: format!("{url}/lti/launch"),
        initiate_login_url: format!("{url}/lti/login/{REGISTRATION}"),
        deep_linking_url: Some(format!("{url}/lti/deep-link")),
        redirect_uris: vec![format!("{url}/lti/launch"), format!("{url}/lti/deep-link")],
        jwks_url: format!("{url}/lti/jwks"),
        custom: [("id".to_owned(), resource_uuid.to_owned())].into(),
    }
}

/// Registers the platform and publishes the resource; gives the resource's UUID.
fn connect(store: &mut Store, sandbox: &Sandbox, clock: Clock) -> String {
    let now = clock.now();
    register::create(store, &Name::new("Test platform").unwrap(), None, false, now).unwrap();
    let change = PlatformChange {
        issuer: Some(sandbox.issuer().to_owned()),
        client_id: Some(sandbox.client_id().to_owned()),
        keyset_url: Some(sandbox.keyset_url()),
        access_token_url: Some(sandbox.access_token_url()),
        authentication_request_url: Some(sandbox.authentication_request_url()),
        ..PlatformChange::default()
    };
    connect::set_platform(store, &REGISTRATION.into(), &change, now).unwrap();
    connect::add_deployment(
        store,
        &REGISTRATION.into(),
        DeploymentId::new(sandbox.deployment_id()).unwrap(),
        None,
        false,
        now,
    )
    .unwrap();
    let change = ResourceChange {
        max_grade: Some(Some(MaxGrade::new(10.0).unwrap()).into()),
        // Most tests are about launches and not about accounts.
        teacher_provisioning: Some(Provisioning::Auto),
        ..ResourceChange::default()
    };
    let (resource, _) = publish::publish(
        store,
        &Name::new("Algebra quiz").unwrap(),
        None,
        &change,
        false,
        now,
        &Random::System,
    )
    .unwrap();
    resource.uuid.to_string()
}

/// One key for all platforms of a test program: making one takes a while.
pub(crate) fn signing_key() -> Vec<u8> {
    static KEY: OnceLock<Vec<u8>> = OnceLock::new();
    KEY.get_or_init(|| sandbox::generate_signing_key().unwrap()).clone()
}

/// Sends text to the tool's server and reads until it closes the connection; nothing when it closes
/// without a word.
pub(crate) async fn raw(lab: &Lab, request: &str) -> String {
    raw_bytes(lab, request.as_bytes()).await
}

/// The same with bytes.
pub(crate) async fn raw_bytes(lab: &Lab, request: &[u8]) -> String {
    let mut stream = tokio::net::TcpStream::connect(lab.server.local_addr()).await.unwrap();
    // A server that refuses a request may close before all of it was sent.
    let _ = stream.write_all(request).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

/// The data for the script of a page: the attributes `data-…` of its tag.
pub(crate) fn script_data(page: &Page) -> BTreeMap<String, String> {
    let script = page.body.split("<script").nth(1).unwrap().split('>').next().unwrap();
    let attributes =
        script.split("data-").skip(1).map(|attribute| attribute.split_once("=\"").unwrap());
    attributes
        .map(|(name, rest)| {
            (name.to_owned(), rest.split('"').next().unwrap().replace("&#38;", "&"))
        })
        .collect()
}

/// Adds an LTI 1.1 consumer with these secrets, and returns the key of its registration.
pub(crate) fn insert_consumer(
    write: &Write<'_>,
    key: &str,
    secrets: &[&str],
    now: Timestamp,
) -> Result<i64, store::Error> {
    let (name, checked) = (Name::new(key).unwrap(), ConsumerKey::new(key).unwrap());
    let consumer = Consumer::new(name, None, checked, key.to_owned(), now).unwrap();
    let id = write.insert_consumer(&consumer, CreatedBy::Hand)?;
    for secret in secrets {
        write.insert_consumer_secret(id, &Secret::new(secret.as_bytes().to_vec()), now)?;
    }
    Ok(id)
}
