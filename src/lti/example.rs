use ltictl::lti::Refusal;
use ltictl::lti::id_token::{self, Expectation, Verified};
use ltictl::lti::keyset::Keyset;
use ltictl::lti::login::AuthenticationResponse;

fn validate(
    form: Vec<(String, String)>,
    expected: &Expectation<'_>, // from the registration and the login
    keyset: &Keyset,            // from the platform's keyset URL
    now_seconds: i64,
) -> Result<Verified, Refusal> {
    let bad = |problem: &str| Refusal::TokenMalformed { problem: problem.to_owned() };
    let response = AuthenticationResponse::from_parameters(form)?;
    let token = id_token::parse(response.id_token.as_deref().unwrap_or_default())?;
    let kid = token.check_parties(expected)?;
    let keys = keyset.find(kid).ok_or_else(|| bad("no such key"))?.map_err(bad)?;
    token.verify(expected, keys, now_seconds).map_err(|rejected| rejected.refusal)
}
