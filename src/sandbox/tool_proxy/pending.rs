//! Registrations in progress.

use std::collections::HashMap;

use super::choice::{ProxyDecision, SecretForm};
use super::misbehaviour::Effect;
use crate::sandbox::consumer::ConsumerSetup;
use crate::sandbox::consumer::proxy::ToolProxy;

/// Maximum number of registrations in progress, to limit memory.
const MAX_PENDING: usize = 1000;

/// A tool that is being registered, perhaps again.
#[derive(Clone)]
pub(super) struct PendingProxy {
    /// The URL that the administrator entered.
    pub(super) registration_url: String,
    pub(super) secret: SecretForm,
    /// What the platform does wrong.
    pub(super) effect: Option<Effect>,
    /// The consumer key that signs the tool proxy: `reg_key`, which is the identifier of the
    /// registration, or the GUID of the tool proxy that is replaced.
    pub(super) key: String,
    /// `reg_password`, or the current secret.
    pub(super) password: String,
    /// What happens to a tool proxy that replaces another one.
    pub(super) change: Option<ProxyDecision>,
    /// What was accepted. It is used when the administrator has returned.
    pub(super) accepted: Option<AcceptedProxy>,
}

/// A tool proxy that was accepted.
#[derive(Clone)]
pub(super) struct AcceptedProxy {
    /// Its key is the GUID.
    pub(super) setup: ConsumerSetup,
    pub(super) proxy: ToolProxy,
    /// `VND-IMS-CONFIRM-URL`.
    pub(super) confirm_url: Option<String>,
}

/// The registrations in progress, by their identifier.
#[derive(Default)]
pub(in crate::sandbox) struct PendingProxies {
    by_id: HashMap<String, PendingProxy>,
    /// The last tool proxy that was accepted, as the tool sent it.
    pub(super) last: Option<serde_json::Value>,
}

impl PendingProxies {
    /// Adds a registration; another one with the same key ends.
    pub(super) fn add(&mut self, id: String, pending: PendingProxy) {
        if self.by_id.len() >= MAX_PENDING {
            self.by_id.clear();
        }
        self.by_id.retain(|_, other| other.key != pending.key);
        self.by_id.insert(id, pending);
    }

    pub(super) fn find(&self, id: &str) -> Option<&PendingProxy> {
        self.by_id.get(id)
    }

    /// The registration whose tool proxy is signed with this key, and its identifier.
    pub(super) fn find_by_key(&self, key: &str) -> Option<(&String, &PendingProxy)> {
        self.by_id.iter().find(|(_, pending)| pending.key == key)
    }

    /// Stores what was accepted; false if something was before.
    pub(super) fn complete(&mut self, id: &str, accepted: AcceptedProxy) -> bool {
        match self.by_id.get_mut(id) {
            Some(pending) if pending.accepted.is_none() => {
                pending.accepted = Some(accepted);
                true
            }
            _ => false,
        }
    }
}
