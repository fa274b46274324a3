//! The services of LTI 1.1: their requests are signed with the secret of the launches.

use axum::http::{StatusCode, header};

use super::super::consumer::oauth::Request;
use super::super::consumer::sourcedid;
use super::super::fields::{Fields, parse_fields};
use super::super::platform::State;
use super::super::school::Link;
use super::call::Call;
use super::endpoint::Endpoint;
use super::lti_1p1_members::{self as members, Results};
use super::outcomes;
use super::response::{Outcome, refuse};

/// Checks the signature and carries a request out. `url` is the requested one.
pub(super) fn carry_out(
    state: &mut State,
    endpoint: Endpoint,
    call: &Call<'_>,
    url: String,
) -> Outcome {
    let form = (endpoint == Endpoint::Lti1p1Members).then(|| parse_fields(call.body));
    let checked = check(state, call, url, form.as_ref());
    match endpoint {
        Endpoint::Outcomes => {
            let key = state.consumer.result_key.clone();
            Ok(outcomes::post(&mut state.services, call, &key, checked))
        }
        Endpoint::Lti1p1Members => {
            Ok(members::extension(&state.services, call, &form.unwrap_or_default(), checked))
        }
        _ => {
            if checked.is_err() {
                return refuse(StatusCode::UNAUTHORIZED, "Unauthorized");
            }
            let content = &state.content;
            let is_link = |link: &str| {
                let is_own = Link::ALL.iter().any(|one| one.id(call.course).to_string() == link);
                is_own || content.find(link).is_some_and(|item| item.course == call.course)
            };
            let key = &state.consumer.result_key;
            let name = |link: &str, user: &str| sourcedid::sourcedid(key, call.course, link, user);
            members::list(&state.services, call, &Results { is_link: &is_link, name: &name })
        }
    }
}

/// A problem is a sentence.
fn check(
    state: &mut State,
    call: &Call<'_>,
    url: String,
    form: Option<&Fields>,
) -> Result<(), String> {
    let setup = state.consumer.setup.as_ref().ok_or("The tool is not known.")?;
    let request = Request {
        http_method: if call.method == "GET" { "GET" } else { "POST" },
        url,
        form,
        authorization: call.header(&header::AUTHORIZATION),
        body: call.body,
    };
    let nonce = request.verify(&setup.key, &setup.secret, call.now.as_second())?;
    match state.consumer.spend(&nonce, call.now.as_second()) {
        true => Ok(()),
        false => Err("The nonce was used before.".to_owned()),
    }
}
