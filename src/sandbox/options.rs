//! How a sandbox is started.

use std::net::SocketAddr;

use super::services::ServiceOptions;
use super::tool::ToolSetup;

/// How a sandbox is to run. It can hold a private key, so it cannot be printed.
#[derive(Clone)]
pub struct Options {
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Its issuer, under which browsers reach it; `http://localhost:PORT` when there is none.
    pub public_url: Option<String>,
    /// The tool, when it is known already; [`Sandbox::set_tool`](super::Sandbox::set_tool) and the page's form tell it later.
    pub tool: Option<ToolSetup>,
    /// The platform's signing key in PKCS#8 DER, to save the time of making one; see
    /// [`generate_signing_key`](super::generate_signing_key).
    pub signing_key: Option<Vec<u8>>,
    /// How grades and members behave.
    pub services: ServiceOptions,
}

impl Options {
    /// On loopback and a free port, without a tool.
    pub fn local() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            public_url: None,
            tool: None,
            signing_key: None,
            services: ServiceOptions::default(),
        }
    }
}
