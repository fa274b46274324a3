//! Messages that arrive at the URL of another one: the platform's form has two URLs swapped, or
//! another version of LTI.

use super::candidates::Claimed;
use super::outcome::LaunchError;
use super::refuse::refuse_login;
use super::service::{Caller, LaunchService};
use crate::domain::RegistrationRef;
use crate::lti::message::{Endpoint, Message, legacy_platform, value};
use crate::lti::{self, deep_linking, id_token};
use crate::web::form::Parameters;

/// What the URL of a request says about its registration.
#[derive(Debug, Clone, Copy, Default)]
pub struct UrlParts<'r> {
    /// The registration's slug.
    pub slug: Option<&'r RegistrationRef>,
    /// The token of a registration URL.
    pub invitation: Option<&'r str>,
}

/// Refuses a message that does not belong at the URL where it arrived ([`Message::misplaced_at`]).
pub async fn refuse_misplaced(
    service: &LaunchService,
    caller: &Caller,
    message: Message,
    endpoint: Endpoint,
    url: UrlParts<'_>,
    parameters: &Parameters,
) -> LaunchError {
    let UrlParts { slug, invitation } = url;
    let token = value(parameters, "id_token").and_then(|token| id_token::parse(token).ok());
    let (refusal, claimed) = match message {
        Message::Login => (
            lti::Refusal::LoginAtWrongUrl { arrived_at: endpoint },
            Claimed::by_login(slug, value(parameters, "iss"), value(parameters, "client_id")),
        ),
        Message::Response => {
            let message_type = token.as_ref().and_then(|token| token.claimed_message_type());
            let is_selection = message_type == Some(deep_linking::REQUEST);
            let state = value(parameters, "state");
            (
                lti::Refusal::LaunchAtWrongUrl { arrived_at: endpoint, is_selection },
                Claimed::by_response(slug, state, token.as_ref(), &service.state_key),
            )
        }
        Message::Legacy => (
            lti::Refusal::Lti1p1Launch {
                arrived_at: endpoint,
                platform: legacy_platform(parameters).map(str::to_owned),
            },
            Claimed { slug, ..Claimed::default() },
        ),
    };
    let claimed = Claimed { invitation, ..claimed };
    let found = service.pool.look_up(|read| claimed.registration(read, &service.state_key));
    let registration = match found {
        Ok(registration) => registration,
        Err(error) => return error.into(),
    };
    refuse_login(service, caller, refusal, registration.as_ref()).await
}
