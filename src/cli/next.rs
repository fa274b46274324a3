//! What to do next, by the current state of the tool: what is done already is not suggested.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::ops::ControlFlow;
use std::time::Duration;

use super::serve;
use crate::domain::{KeyPurpose, Settings, Slug, Status};
use crate::failure::Failure;
use crate::store::{self, Store};

/// How long a server on this machine may take to respond.
const TIMEOUT: Duration = Duration::from_millis(300);

/// The largest keyset that a server on this machine may send, in bytes.
const LARGEST_KEYSET: u64 = 64 * 1024;

/// What there is already.
pub(super) struct Progress {
    /// Whether a registration accepts launches.
    has_platform: bool,
    /// A draft, if there is one.
    draft: Option<Slug>,
    /// A published resource, if there is one.
    resource: Option<Slug>,
    /// Whether the server runs; unknown if it may run at another address.
    is_serving: Option<bool>,
}

impl Progress {
    pub(super) fn of(store: &Store, settings: &Settings) -> Result<Self, Failure> {
        let read = store.read();
        let (mut has_platform, mut draft, mut resource) = (false, None, None);
        read.each_registration(|registration, _| {
            match registration.status() {
                Status::Active => has_platform = true,
                Status::Draft => draft = draft.take().or(Some(registration.slug)),
                Status::Disabled => {}
            }
            Ok::<_, store::Error>(match has_platform {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            })
        })?;
        read.each_resource(|found| {
            if !found.published {
                return Ok::<_, store::Error>(ControlFlow::Continue(()));
            }
            resource = Some(found.slug);
            Ok(ControlFlow::Break(()))
        })?;
        let kid = read.active_signing_key(KeyPurpose::Lti)?.kid;
        let is_serving = if serves(settings, kid.as_str()) {
            Some(true)
        } else {
            settings.url.is_loopback().then_some(false)
        };
        Ok(Self { has_platform, draft, resource, is_serving })
    }

    /// The step with which a platform is connected, if none is.
    pub(super) fn connect(&self) -> Option<String> {
        match &self.draft {
            _ if self.has_platform => None,
            Some(slug) => Some(format!("ltictl registration connect {slug}")),
            None => Some("ltictl registration create \"Moodle Prod\"".to_owned()),
        }
    }

    /// The step after which there is something to launch: publishing, if nothing is published, or else
    /// the values for a link.
    pub(super) fn resource(&self) -> String {
        match &self.resource {
            Some(slug) => format!("ltictl resource launch-details {slug}"),
            None => "ltictl resource publish NAME".to_owned(),
        }
    }

    /// Whether anything is published.
    pub(super) fn has_resource(&self) -> bool {
        self.resource.is_some()
    }

    /// How to start the server, unless it runs.
    pub(super) fn serve(&self) -> Option<&'static str> {
        match self.is_serving {
            Some(true) => None,
            Some(false) => Some("`ltictl serve`"),
            None => Some("`ltictl serve`, unless it is running"),
        }
    }
}

/// Whether a server responds on this machine that has the database's active key.
fn serves(settings: &Settings, kid: &str) -> bool {
    let address = serve::address_of(settings, false);
    let request = || {
        let mut stream = TcpStream::connect_timeout(&address, TIMEOUT)?;
        stream.set_read_timeout(Some(TIMEOUT))?;
        stream.set_write_timeout(Some(TIMEOUT))?;
        let host = settings.url.to_url();
        let host = host.host_str().unwrap_or_default();
        let head = format!("GET /lti/jwks HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        stream.write_all(head.as_bytes())?;
        let mut response = Vec::new();
        stream.take(LARGEST_KEYSET).read_to_end(&mut response)?;
        Ok::<_, std::io::Error>(String::from_utf8_lossy(&response).into_owned())
    };
    request().is_ok_and(|response| response.contains(&format!("\"{kid}\"")))
}
