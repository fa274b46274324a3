//! The content selections in progress.

use std::collections::{HashMap, VecDeque};

use serde_json::Value;

use super::super::claims::claim;
use super::super::jwt::decoded;
use super::super::school::Course;
use super::claims::DEEP_LINKING_CLAIM;

/// Maximum number of selections in progress; the oldest are dropped.
const MAX_REQUESTS: usize = 1000;

/// How long nonces are stored, in seconds; longer than the maximum age of a response.
const NONCE_LIFETIME: i64 = 2 * 3600;

/// A selection that was requested.
#[derive(Clone)]
pub(in crate::sandbox) struct Request {
    pub(super) course: Course,
    pub(super) deployment_id: Value,
    pub(super) settings: Value,
    completed: bool,
}

/// The selections in progress, and the nonces of the responses.
#[derive(Default)]
pub(in crate::sandbox) struct Requests {
    pub(super) by_id: HashMap<String, Request>,
    order: VecDeque<String>,
    used_nonces: HashMap<String, i64>,
}

impl Requests {
    /// Stores the request of a finished token.
    pub(in crate::sandbox) fn add(&mut self, id: String, course: Course, id_token: &str) {
        let claims: Value = id_token.split('.').nth(1).and_then(decoded).unwrap_or_default();
        while self.order.len() >= MAX_REQUESTS {
            if let Some(oldest) = self.order.pop_front() {
                self.by_id.remove(&oldest);
            }
        }
        self.order.push_back(id.clone());
        let settings = claims[format!("{DEEP_LINKING_CLAIM}deep_linking_settings")].clone();
        self.by_id.insert(
            id,
            Request {
                course,
                deployment_id: claims[claim("deployment_id")].clone(),
                settings,
                completed: false,
            },
        );
    }

    /// Marks a nonce as used; false if it was used before.
    pub(super) fn spend(&mut self, nonce: &str, now: i64) -> bool {
        self.used_nonces.retain(|_, at| *at + NONCE_LIFETIME > now);
        self.used_nonces.insert(nonce.to_owned(), now).is_none()
    }

    /// Marks a request as completed; false if it already was.
    pub(super) fn complete(&mut self, id: &str) -> bool {
        self.by_id
            .get_mut(id)
            .is_some_and(|request| !std::mem::replace(&mut request.completed, true))
    }
}
