//! Finds the registration of a request that is refused before its platform has proven anything, for
//! the log and the fix.
//!
//! Anyone can send such requests, so only indexed queries are used, and the same ones regardless of
//! their results: the response time must not reveal which registrations there are. The page does
//! not depend on the result, either.

use crate::domain::{Registration, RegistrationRef};
use crate::lti::id_token::Unverified;
use crate::rules::registration;
use crate::store::{self, Read};
use crate::token::MacKey;
use crate::token::invitation;
use crate::token::login_state::LoginState;

/// How many registrations the log names for an ambiguous login; thousands may share an issuer.
const MAX_NAMED: u32 = 10;

/// Maximum length of an issuer or client ID that is looked up, in bytes; no longer ones are stored.
const MAX_LOOKED_UP_BYTES: usize = 2048;

/// What a request says about its registration. Nothing of it is verified, except that a state was
/// created by this tool.
#[derive(Default)]
pub(super) struct Claimed<'r> {
    /// The registration in the URL.
    pub(super) slug: Option<&'r RegistrationRef>,
    /// The token of a registration URL, which belongs to one registration.
    pub(super) invitation: Option<&'r str>,
    /// The registration for which the login was started, according to its state.
    pub(super) started_for: Option<RegistrationRef>,
    /// `iss`.
    pub(super) issuer: Option<&'r str>,
    /// `client_id` or `aud`.
    pub(super) client_id: Option<&'r str>,
}

impl<'r> Claimed<'r> {
    /// What a login request says by its URL and its parties.
    pub(super) fn by_login(
        slug: Option<&'r RegistrationRef>,
        issuer: Option<&'r str>,
        client_id: Option<&'r str>,
    ) -> Self {
        Self { slug, issuer, client_id, ..Self::default() }
    }

    /// What the response to an authentication request says by its state and its token, if it can be
    /// read.
    pub(super) fn by_response(
        slug: Option<&'r RegistrationRef>,
        state: Option<&str>,
        token: Option<&'r Unverified<'_>>,
        key: &MacKey,
    ) -> Self {
        let login = state.and_then(|state| LoginState::authenticate(state, key).ok());
        Self {
            slug,
            invitation: None,
            started_for: login.map(|login| RegistrationRef::from(&login.registration)),
            issuer: token.and_then(Unverified::claimed_issuer),
            client_id: token.and_then(Unverified::claimed_client_id),
        }
    }

    /// The registration, if exactly one is possible. A state or the token of a registration URL
    /// counts more than the other parts of the URL and the parties.
    pub(super) fn registration(
        &self,
        read: Read<'_>,
        key: &MacKey,
    ) -> Result<Option<Registration>, store::Error> {
        if let Some(slug) = &self.started_for
            && let Some(registration) = registration::known(read, slug)?
        {
            return Ok(Some(registration));
        }
        if let Some(registration) = self.invited(read, key)? {
            return Ok(Some(registration));
        }
        let found = Candidates::find(read, self.slug, self.issuer, self.client_id)?;
        Ok(found.only().cloned())
    }

    /// The registration to which the token of a registration URL belongs.
    fn invited(&self, read: Read<'_>, key: &MacKey) -> Result<Option<Registration>, store::Error> {
        let Some((token, id)) =
            self.invitation.and_then(|token| Some((token, invitation::claimed_id(token)?)))
        else {
            return Ok(None);
        };
        match read.invitation(id)? {
            Some(invitation)
                if invitation::token_matches(
                    key,
                    token,
                    id,
                    invitation.created_at.as_millisecond(),
                ) =>
            {
                read.registration_by_id(invitation.registration_id)
            }
            _ => Ok(None),
        }
    }
}

/// The registrations that a request may be for.
pub(super) struct Candidates {
    /// The registration in the URL.
    by_path: Option<Registration>,
    /// Those with this issuer and client ID, or with this issuer if the request has no client ID.
    pub(super) matching: Vec<Registration>,
    /// Those with this issuer.
    of_issuer: Vec<Registration>,
}

impl Candidates {
    pub(super) fn find(
        read: Read<'_>,
        slug: Option<&RegistrationRef>,
        issuer: Option<&str>,
        client_id: Option<&str>,
    ) -> Result<Self, store::Error> {
        let short = |text: &&str| text.len() <= MAX_LOOKED_UP_BYTES;
        let by_path = slug.map(|slug| registration::known(read, slug)).transpose()?.flatten();
        let (matching, of_issuer) = match issuer.filter(short) {
            Some(issuer) => (
                read.registrations_for_login(issuer, client_id.filter(short), MAX_NAMED)?,
                read.registrations_for_login(issuer, None, 2)?,
            ),
            None => (Vec::new(), Vec::new()),
        };
        Ok(Self { by_path, matching, of_issuer })
    }

    /// The registration with exactly these parties, or else the one in the URL, or else the only
    /// one of the issuer.
    pub(super) fn only(&self) -> Option<&Registration> {
        let one = |found: &'_ [Registration]| found.len() == 1;
        let exact = self.matching.first().filter(|_| one(&self.matching));
        let of_issuer = self.of_issuer.first().filter(|_| one(&self.of_issuer));
        exact.or(self.by_path.as_ref()).or(of_issuer)
    }
}
