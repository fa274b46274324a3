//! Who has signed a message of LTI 1.1 or 2.0: the same checks for launches and for changes of
//! registrations.

use jiff::Timestamp;

use super::refusal::Refusal;
use crate::domain::{Consumer, Secret};
use crate::lti::lti_1p1::oauth1::{Message, Rejection, Verified};
use crate::store::{self, Read};

/// A consumer with the secrets that its messages may be signed with.
pub struct Signer {
    /// The consumer.
    pub consumer: Consumer,
    /// Those that are accepted, the newest first, and then the unconfirmed one, if any.
    secrets: Vec<Secret>,
    has_unconfirmed: bool,
}

impl Signer {
    /// The consumer with its secrets at this time. If it has received a new secret by LTI 2.0 and has
    /// not confirmed it yet, that is one of them: the platform may use it without confirming it.
    pub fn new(read: Read<'_>, consumer: Consumer, now: Timestamp) -> Result<Self, store::Error> {
        let id = consumer.registration.id;
        let mut secrets = read.consumer_secrets(id, now)?;
        let unconfirmed = match consumer.change_expires_at {
            Some(_) => read.pending_proxy(id, now)?.and_then(|pending| pending.secret),
            None => None,
        };
        let has_unconfirmed = unconfirmed.is_some();
        secrets.extend(unconfirmed);
        Ok(Self { consumer, secrets, has_unconfirmed })
    }

    /// The newest secret, with which a mismatch is explained.
    pub fn newest_secret(&self) -> Option<&Secret> {
        self.secrets.first()
    }

    /// The secret that a message was signed with.
    pub fn secret(&self, verified: &Verified) -> Option<&Secret> {
        self.secrets.get(verified.secret)
    }

    /// Whether a newer secret has replaced that one: it is still accepted for a while, but must not be
    /// used to get another one, which would be accepted for longer.
    pub fn is_replaced(&self, verified: &Verified) -> bool {
        verified.secret > 0 && self.unconfirmed_secret(verified).is_none()
    }

    /// The secret that a message was signed with, if it was not confirmed before.
    pub fn unconfirmed_secret(&self, verified: &Verified) -> Option<&Secret> {
        let is_last = verified.secret + 1 == self.secrets.len();
        self.secret(verified).filter(|_| self.has_unconfirmed && is_last)
    }
}

impl From<Rejection> for Refusal {
    fn from(rejection: Rejection) -> Self {
        match rejection {
            Rejection::Missing { field } => Self::OauthParameterMissing { parameter: field },
            Rejection::TimestampOutside { timestamp, now } => {
                Self::OauthTimestampOutside { clock_difference: now.saturating_sub(timestamp) }
            }
            other => Self::OauthParameterMalformed { problem: other.to_string() },
        }
    }
}

/// A secret that no consumer has.
pub fn no_secret() -> Secret {
    Secret::new(vec![0; 20])
}

/// Checks time and signature, and whether the consumer is enabled. `signer` is the consumer that the
/// message names; without one, the message is compared with a secret, too, so that it takes as long as
/// one whose signature does not match.
pub fn verify(
    signer: Option<&Signer>,
    message: &Message,
    now: Timestamp,
) -> Result<Verified, Refusal> {
    let no_one = [no_secret()];
    let secrets = signer.map_or(no_one.as_slice(), |signer| signer.secrets.as_slice());
    match (signer, message.verify(secrets.iter().map(Secret::expose), now.as_second())) {
        (Some(signer), Ok(verified)) => match signer.consumer.registration.enabled {
            true => Ok(verified),
            false => Err(Refusal::ConsumerDisabled),
        },
        (_, Err(rejection @ Rejection::TimestampOutside { .. })) => Err(rejection.into()),
        (Some(_), Err(_)) => Err(Refusal::OauthSignatureInvalid {
            difference: None,
            signed_url: message.base_url().to_owned(),
        }),
        (None, _) => Err(Refusal::ConsumerUnknown { key: message.consumer_key().to_owned() }),
    }
}
