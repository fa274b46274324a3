//! Registrations in progress.

use std::collections::HashMap;

use super::choice::ProxyChoice;
use crate::sandbox::consumer::ConsumerSetup;
use crate::sandbox::consumer::proxy::ToolProxy;

/// Maximum number of registrations in progress, to limit memory.
const MAX_PENDING: usize = 1000;

/// A tool that is being registered.
#[derive(Clone)]
pub(super) struct PendingProxy {
    pub(super) choice: ProxyChoice,
    /// `reg_password`; `reg_key` is the identifier of the registration.
    pub(super) password: String,
    /// What was accepted; its key is the GUID. It is used when the administrator has returned.
    pub(super) accepted: Option<(ConsumerSetup, ToolProxy)>,
}

/// The registrations in progress, by their identifier.
#[derive(Default)]
pub(in crate::sandbox) struct PendingProxies {
    by_id: HashMap<String, PendingProxy>,
    /// The last tool proxy that was accepted, as the tool sent it.
    pub(super) last: Option<serde_json::Value>,
}

impl PendingProxies {
    pub(super) fn add(&mut self, id: String, choice: ProxyChoice, password: String) {
        if self.by_id.len() >= MAX_PENDING {
            self.by_id.clear();
        }
        self.by_id.insert(id, PendingProxy { choice, password, accepted: None });
    }

    pub(super) fn find(&self, id: &str) -> Option<&PendingProxy> {
        self.by_id.get(id)
    }

    /// Stores what was accepted; false if something was before.
    pub(super) fn complete(&mut self, id: &str, setup: ConsumerSetup, proxy: ToolProxy) -> bool {
        match self.by_id.get_mut(id) {
            Some(pending) if pending.accepted.is_none() => {
                pending.accepted = Some((setup, proxy));
                true
            }
            _ => false,
        }
    }
}
