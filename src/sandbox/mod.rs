//! Top floor: the test platform, a learning platform in miniature.
//!
//! It plays the LMS for `ltictl sandbox`, `ltictl demo` and the tests: it has an issuer, keys,
//! people and links, starts logins, answers authentication requests, gives access tokens, keeps a
//! grade book, lists its members, and misbehaves to order. It checks what Moodle checks and sends
//! what Moodle sends, so that a tool which works here has met the real thing. Nothing is kept: a
//! stopped sandbox leaves no trace, and the client ID and deployment ID are the same at the next
//! start, so a registration made once keeps working.
//!
//! - [`Sandbox::start`] runs the server; [`LaunchChoice`] says what to launch, [`Misbehaviour`],
//!   [`Variation`] and [`KeysetVariant`] what is to be different.
//! - [`DeepLinkingChoice`] makes a launch a content selection; what the tool answers is checked as
//!   an LMS checks it and becomes [`ContentItem`]s, which can be launched.
//! - [`ServiceOptions`], [`Fault`], [`Member`] and [`ServiceLog`] are about grades and members: how
//!   the services behave, what goes wrong, who is in a course, what was sent.
//! - [`browser::Browser`] is the person's browser, for scripts and tests: [`Sandbox::launch`] goes
//!   through a whole launch with it.
//!
//! This room knows nothing of store, server or use cases; it would test any other tool as well.

mod auth;
pub mod browser;
mod choice;
mod connection;
mod content;
mod deep_linking;
mod deep_linking_answer;
mod deep_linking_choice;
mod drive;
mod keys;
mod keyset;
mod launch;
mod migration;
mod misbehaviour;
mod page;
mod payload;
mod platform;
mod registration;
mod registration_choice;
mod school;
mod services;
mod storage;
mod token;
mod web;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::domain::{Clock, Random};

pub use self::choice::{BadChoice, LaunchChoice};
pub use self::content::{ContentItem, LineItem};
pub use self::deep_linking_choice::DeepLinkingChoice;
pub use self::keyset::KeysetVariant;
pub use self::migration::{MigrationChoice, MigrationSign};
pub use self::misbehaviour::{Misbehaviour, Variation};
pub use self::registration_choice::{Manner, RegistrationChoice, Trouble};
pub use self::school::{Course, Link, Role, UnknownWord, User};
pub use self::services::{
    AcceptedScore, Endpoint, Fault, FaultKind, Grade, GradeColumn, LinkStyle, Member,
    MemberDetails, MemberStatus, RoleForm, ServiceCall, ServiceLog, ServiceOptions,
};
pub use self::storage::Storage;

use self::connection::{Connection, Listener};
use self::keys::SigningKey;
use self::platform::Platform;

/// The tool's client ID at every sandbox.
pub const CLIENT_ID: &str = "sandbox-tool";

/// The tool's deployment ID at every sandbox.
pub const DEPLOYMENT_ID: &str = "1";

/// How long [`Sandbox::shutdown`] waits for answers under way before it drops them.
const PATIENCE: Duration = Duration::from_secs(2);

/// How a sandbox is to run. It can hold a private key, so it cannot be printed.
#[derive(Clone)]
pub struct Options {
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Its issuer, under which browsers reach it; `http://localhost:PORT` when there is none.
    pub public_url: Option<String>,
    /// The tool, when it is known already; [`Sandbox::set_tool`] and the page's form tell it later.
    pub tool: Option<ToolSetup>,
    /// The platform's clock.
    pub clock: Clock,
    /// Where launch identifiers and access tokens come from. Keys always come from the
    /// cryptographic library.
    pub random: Random,
    /// The platform's signing key in PKCS#8 DER, to save the time of making one; see
    /// [`generate_signing_key`].
    pub signing_key: Option<Vec<u8>>,
    /// How grades and members behave.
    pub services: ServiceOptions,
}

impl Options {
    /// On loopback and a free port, with the machine's clock and randomness, and no tool yet.
    pub fn local() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            public_url: None,
            tool: None,
            clock: Clock::System,
            random: Random::System,
            signing_key: None,
            services: ServiceOptions::default(),
        }
    }
}

/// Makes an RSA-2048 key in PKCS#8 DER for [`Options::signing_key`].
///
/// # Errors
///
/// The cryptographic library fails to make one.
pub fn generate_signing_key() -> io::Result<Vec<u8>> {
    SigningKey::generate()?.to_pkcs8()
}

/// What an LMS is told about a tool.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ToolSetup {
    /// What people call it.
    pub name: String,
    /// Tool URL: the target link URI of links without one of their own.
    pub tool_url: String,
    /// Content selection URL; the Tool URL where there is none of its own.
    pub deep_linking_url: Option<String>,
    /// Initiate login URL.
    pub initiate_login_url: String,
    /// Redirection URI(s), compared byte by byte.
    pub redirect_uris: Vec<String>,
    /// Public keyset.
    pub jwks_url: String,
    /// Custom parameters of every link.
    pub custom: BTreeMap<String, String>,
}

/// A running test platform; dropping it stops it.
pub struct Sandbox {
    platform: Arc<Platform>,
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    server: JoinHandle<()>,
}

impl Sandbox {
    /// Starts listening and serving.
    ///
    /// # Errors
    ///
    /// The address cannot be bound, the signing key cannot be read, or none can be made.
    pub async fn start(options: Options) -> io::Result<Self> {
        let listener = TcpListener::bind(options.listen).await?;
        let address = listener.local_addr()?;
        let platform = Arc::new(Platform::new(options, address)?);
        let (stop, stopped) = oneshot::channel();
        let service =
            web::router(Arc::clone(&platform)).into_make_service_with_connect_info::<Connection>();
        let server = tokio::spawn(async move {
            // A dropped sender counts as a signal too.
            let signal = async { drop(stopped.await) };
            drop(axum::serve(Listener(listener), service).with_graceful_shutdown(signal).await);
        });
        Ok(Self { platform, address, stop: Some(stop), server })
    }

    /// Platform ID (issuer).
    pub fn issuer(&self) -> &str {
        &self.platform.issuer
    }

    /// Client ID.
    pub fn client_id(&self) -> &str {
        CLIENT_ID
    }

    /// Deployment ID.
    pub fn deployment_id(&self) -> &str {
        DEPLOYMENT_ID
    }

    /// Public keyset URL.
    pub fn keyset_url(&self) -> String {
        self.platform.endpoint("/jwks")
    }

    /// A public keyset URL behind which something is wrong.
    pub fn keyset_url_of(&self, variant: KeysetVariant) -> String {
        self.platform.endpoint(&format!("/jwks/{variant}"))
    }

    /// Access token URL.
    pub fn access_token_url(&self) -> String {
        self.platform.endpoint("/token")
    }

    /// Authentication request URL.
    pub fn authentication_request_url(&self) -> String {
        self.platform.endpoint("/auth")
    }

    /// Where the server listens.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Tells the platform about the tool, or tells it again.
    pub fn set_tool(&self, tool: ToolSetup) {
        self.platform.state().tool = Some(tool);
    }

    /// The URL that the platform's page opens when somebody pastes the tool's registration URL:
    /// with `openid_configuration` and, for most manners, `registration_token`.
    pub fn registration_link(&self, registration_url: &str, choice: RegistrationChoice) -> String {
        registration::link(&self.platform, registration_url, choice)
    }

    /// Replaces members of the OpenID configuration, as a platform does that claims what belongs to
    /// another one; an empty map restores them.
    pub fn claim_configuration(&self, members: serde_json::Map<String, serde_json::Value>) {
        self.platform.state().claimed_configuration = members;
    }

    /// What the platform knows about the tool.
    pub fn tool(&self) -> Option<ToolSetup> {
        self.platform.state().tool.clone()
    }

    /// The registration that the platform took last, as the tool sent it.
    pub fn registration_request(&self) -> Option<serde_json::Value> {
        self.platform.state().registration_request.clone()
    }

    /// How often the platform was asked for its configuration or to register a tool.
    pub fn registration_requests(&self) -> u64 {
        self.platform.registration_requests()
    }

    /// The links that content selections have added to the courses, oldest first.
    pub fn content_items(&self) -> Vec<ContentItem> {
        self.platform.state().content.items().to_vec()
    }

    /// Lets the platform's clock run ahead (or behind, when negative) by so many seconds.
    pub fn set_clock_offset(&self, seconds: i64) {
        self.platform.set_clock_offset(seconds);
    }

    /// Signs with a new key from now on; the old one stays in the keyset.
    ///
    /// # Panics
    ///
    /// When the cryptographic library fails to make a key.
    pub fn rotate_keys(&self) {
        let next = SigningKey::generate().expect("the cryptographic library makes keys");
        self.platform.state().keys.rotate(next);
    }

    /// Answers at the ordinary keyset URL with this from now on; none for the right keyset.
    pub fn set_keyset(&self, variant: Option<KeysetVariant>) {
        self.platform.state().keyset = variant;
    }

    /// How often any of the keysets was fetched.
    pub fn keyset_requests(&self) -> u64 {
        self.platform.keyset_requests()
    }

    /// How often the keyset was fetched that only a forged token's header points to; a careful tool
    /// never does it.
    pub fn attacker_requests(&self) -> u64 {
        self.platform.attacker_requests()
    }

    /// Stops: takes no further requests, finishes those under way for up to two seconds.
    pub async fn shutdown(mut self) {
        drop(self.stop.take());
        if tokio::time::timeout(PATIENCE, &mut self.server).await.is_err() {
            self.server.abort();
        }
    }

    /// Runs until something happens, such as Ctrl-C, then stops.
    pub async fn run_until(self, end: impl Future<Output = ()>) {
        end.await;
        self.shutdown().await;
    }
}
