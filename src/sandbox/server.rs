//! The running test platform, and its interface for scripts and tests.

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
use super::course_copy::{self, CopiedCourse};
use super::course_history::HistoryManner;
use super::keys::SigningKey;
use super::keyset_variant::KeysetVariant;
use super::options::Options;
use super::platform::Platform;
use super::registration::{self, RegistrationChoice};
use super::router;
use super::school::Course;
use super::tool::{CLIENT_ID, DEPLOYMENT_ID, ToolSetup};

/// How long [`Sandbox::shutdown`] waits for responses in progress before it closes their
/// connections.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(2);

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
    /// The address cannot be bound, or the signing key cannot be read or created.
    pub async fn start(options: Options) -> io::Result<Self> {
        let listener = TcpListener::bind(options.listen).await?;
        let address = listener.local_addr()?;
        let platform = Arc::new(Platform::new(options, address)?);
        let (stop, stopped) = oneshot::channel();
        let service = router::router(Arc::clone(&platform))
            .into_make_service_with_connect_info::<Connection>();
        let server = tokio::spawn(async move {
            // A dropped sender is a signal, too.
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

    /// The URL of an invalid public keyset.
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

    /// The address that the server listens on.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Sets the tool's details.
    pub fn set_tool(&self, tool: ToolSetup) {
        self.platform.state().tool = Some(tool);
    }

    /// The URL that the platform's page opens for a tool's registration URL, with
    /// `openid_configuration` and, for most LMSs, `registration_token`.
    pub fn registration_link(&self, registration_url: &str, choice: RegistrationChoice) -> String {
        registration::link(&self.platform, registration_url, choice)
    }

    /// Replaces members of the OpenID configuration, like a platform that claims to be another one;
    /// an empty map restores them.
    pub fn claim_configuration(&self, members: serde_json::Map<String, serde_json::Value>) {
        self.platform.state().claimed_configuration = members;
    }

    /// The tool's details, if they are known.
    pub fn tool(&self) -> Option<ToolSetup> {
        self.platform.state().tool.clone()
    }

    /// The last accepted registration, as the tool sent it.
    pub fn registration_request(&self) -> Option<serde_json::Value> {
        self.platform.state().registration_request.clone()
    }

    /// The number of requests for the configuration or to register a tool.
    pub fn registration_requests(&self) -> u64 {
        self.platform.registration_requests()
    }

    /// The links that content selections have added to the courses, oldest first.
    pub fn content_items(&self) -> Vec<ContentItem> {
        self.platform.state().content.items().to_vec()
    }

    /// Copies a course into another: its links with their custom parameters, and its columns without
    /// grades.
    ///
    /// # Errors
    ///
    /// If the courses are the same, are none, or there is nothing to copy.
    pub fn copy_course(
        &self,
        from: Course,
        to: Course,
        manner: HistoryManner,
    ) -> Result<CopiedCourse, &'static str> {
        course_copy::copy(&mut self.platform.state(), from, to, manner)
    }

    /// Sets the platform's clock ahead by this many seconds (behind, if negative).
    pub fn set_clock_offset(&self, seconds: i64) {
        self.platform.set_clock_offset(seconds);
    }

    /// Signs with a new key from now on; the previous one stays in the keyset.
    ///
    /// # Panics
    ///
    /// If the cryptographic library fails to create a key.
    pub fn rotate_keys(&self) {
        let next = SigningKey::generate().expect("the cryptographic library creates keys");
        self.platform.state().keys.rotate(next);
    }

    /// Serves this variant at the ordinary keyset URL from now on; `None` for the valid keyset.
    pub fn set_keyset(&self, variant: Option<KeysetVariant>) {
        self.platform.state().keyset = variant;
    }

    /// The number of fetches of any keyset.
    pub fn keyset_requests(&self) -> u64 {
        self.platform.keyset_requests()
    }

    /// The number of fetches of the keyset to which only a forged token's header points; a secure
    /// tool never fetches it.
    pub fn attacker_requests(&self) -> u64 {
        self.platform.attacker_requests()
    }

    /// Stops: accepts no further requests, and waits up to two seconds for those in progress.
    pub async fn shutdown(mut self) {
        drop(self.stop.take());
        if tokio::time::timeout(SHUTDOWN_TIMEOUT, &mut self.server).await.is_err() {
            self.server.abort();
        }
    }

    /// Runs until a future such as that of Ctrl-C completes, then stops.
    pub async fn run_until(self, end: impl Future<Output = ()>) {
        end.await;
        self.shutdown().await;
    }
}
