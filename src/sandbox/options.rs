//! Options for starting a sandbox.

use std::net::SocketAddr;

use super::consumer::ConsumerSetup;
use super::notices::NoticeOptions;
use super::services::ServiceOptions;
use super::tool::ToolSetup;

/// Options for starting a sandbox. They may contain a private key, so there is no `Debug`.
#[derive(Clone)]
pub struct Options {
    /// The address to listen on; port 0 selects a free one.
    pub listen: SocketAddr,
    /// Its issuer, under which browsers reach it; by default, `http://localhost:PORT`.
    pub public_url: Option<String>,
    /// The tool, if it is known; [`Sandbox::set_tool`](super::Sandbox::set_tool) and the page's
    /// form can set it later.
    pub tool: Option<ToolSetup>,
    /// The tool that is launched by LTI 1.1, if it is known;
    /// [`Sandbox::set_consumer`](super::Sandbox::set_consumer) and its page can set it later.
    pub consumer: Option<ConsumerSetup>,
    /// The platform's signing key in PKCS#8 DER, to save the time of creating one; see
    /// [`generate_signing_key`](super::generate_signing_key).
    pub signing_key: Option<Vec<u8>>,
    /// How the services for grades and members behave.
    pub services: ServiceOptions,
    /// Whether notices are offered, and how their service behaves.
    pub notices: NoticeOptions,
}

impl Options {
    /// On a free port of the loopback interface, without a tool.
    pub fn local() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            public_url: None,
            tool: None,
            consumer: None,
            signing_key: None,
            services: ServiceOptions::default(),
            notices: NoticeOptions::default(),
        }
    }
}
