//! The running test platform, and what scripts and tests can ask of it.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::connection::{Connection, Listener};
use super::content::ContentItem;
use super::keys::SigningKey;
use super::keyset_variant::KeysetVariant;
use super::options::Options;
use super::platform::Platform;
use super::registration::{self, RegistrationChoice};
use super::router;
use super::tool::{CLIENT_ID, DEPLOYMENT_ID, ToolSetup};

/// How long [`Sandbox::shutdown`] waits for answers under way before it drops them.
const PATIENCE: Duration = Duration::from_secs(2);

/// A running test platform; dropping it stops it.
pub struct Sandbox {
    pub(super) platform: Arc<Platform>,
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
        let service = router::router(Arc::clone(&platform))
            .into_make_service_with_connect_info::<Connection>();
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
