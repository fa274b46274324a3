//! The signed tokens for apps behind a proxy. A signature takes longer than everything else of a
//! check, and one page has hundreds of parts, so a token is used again for a few seconds.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use crate::domain::{Random, Target};
use crate::failure::Failure;
use crate::session;
use crate::session::bridge::Admitted;
use crate::store::Read;

/// For how long a token is used again. It is valid for a minute.
const REUSE: SignedDuration = SignedDuration::from_secs(5);

/// How many tokens are kept, of a few kilobytes each.
const MAX_TOKENS: usize = 1024;

/// The tokens of the last seconds, by their sessions.
#[derive(Default)]
pub(in crate::server) struct Tokens(Mutex<HashMap<u64, Signed>>);

struct Signed {
    at: Timestamp,
    /// What the token says that may change within a session.
    role: String,
    resource_updated_at: Timestamp,
    token: String,
}

impl Signed {
    fn is_current(&self, admitted: &Admitted, now: Timestamp) -> bool {
        let age = now.duration_since(self.at);
        (SignedDuration::ZERO..REUSE).contains(&age)
            && self.role == admitted.active.session.details.role
            && self.resource_updated_at == admitted.resource.updated_at
    }
}

impl Tokens {
    /// A token for a person's session.
    pub(super) fn token(
        &self,
        read: Read<'_>,
        admitted: &Admitted,
        now: Timestamp,
        random: &Random,
    ) -> Result<String, Failure> {
        let Target::App(target) = &admitted.resource.target else { return Ok(String::new()) };
        let number = admitted.active.session.handle.number();
        {
            let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(signed) = kept.get(&number).filter(|one| one.is_current(admitted, now)) {
                return Ok(signed.token.clone());
            }
        }
        let (active, resource) = (&admitted.active, &admitted.resource);
        let token = session::launch_token(read, active, resource, target, now, random)?;
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MAX_TOKENS {
            kept.clear();
        }
        kept.insert(
            number,
            Signed {
                at: now,
                role: active.session.details.role.clone(),
                resource_updated_at: resource.updated_at,
                token: token.clone(),
            },
        );
        Ok(token)
    }
}
