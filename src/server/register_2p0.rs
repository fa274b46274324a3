//! Registration by LTI 2.0, as a platform opens it with the administrator's browser (LTI 2.0,
//! Registration).
//!
//! No cookie is needed: the state of the confirmation page is in its form, with a MAC. Afterwards, the
//! browser returns to the platform with the result.

use axum::extract::{Path, Request, State};
use axum::http::{Method as HttpMethod, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::app::App;
use super::form::{self, Parameters, Unreadable};
use super::page::{self, Framers, PagePolicy};
use super::problem::Problem;
use super::register::{ConfirmPage, run_to_end};
use crate::admin::tool_proxy::{
    self, ChangeDecision, ConfirmationRequest, Decided, NotRegistered, PATH, Returned,
    SignedRequest,
};
use crate::failure::{Failure, shell_word};
use crate::lti::lti_2p0::ChangeRequest;
use crate::lti::message::value;
use crate::report::{clean, zone};
use crate::rules::refusal::Refusal;

/// Maximum number of resources that the confirmation page names.
const NAMED_RESOURCES: usize = 10;

/// `GET /lti/2p0/register/{token}`: the page for people who open the URL manually.
pub(super) async fn by_get(State(app): State<App>) -> Response {
    let lines = [
        "This is a registration URL of LTI 2.0, which the learning platform opens. There is nothing \
         to see here."
            .to_owned(),
        "If you are setting up a learning platform: enter this whole URL as \"Registration URL\" of \
         a new LTI 2.0 tool (in Moodle: Site administration, External tool, Manage external tool \
         registrations). If the platform supports LTI 1.3, use that instead."
            .to_owned(),
    ];
    page::message(&app, StatusCode::OK, "Registration URL", &lines, Framers::Anyone)
}

/// `GET /lti/2p0/register`: the page for people who open that URL manually.
pub(super) async fn change_by_get(State(app): State<App>) -> Response {
    let lines = [
        "Learning platforms that have registered by LTI 2.0 send requests to register again here. \
         There is nothing to see here."
            .to_owned(),
        "This URL cannot register another platform. For a URL that can, run: ltictl consumer \
         registration-url NAME"
            .to_owned(),
    ];
    page::message(&app, StatusCode::OK, "Registering again", &lines, Framers::Anyone)
}

/// `POST /lti/2p0/register/{token}`: the platform's request, and the button of the confirmation page.
/// A registered platform may send its request for a change here, too: some remember only this URL.
pub(super) async fn by_post(
    State(app): State<App>,
    Path(token): Path<String>,
    request: Request,
) -> Response {
    let Form { parameters, signed } = match Form::read(&app, request).await {
        Ok(form) => form,
        Err(problem) => return problem.into_response(),
    };
    let registrar = app.proxy_registrar.clone();
    match value(&parameters, "confirmation").map(str::to_owned) {
        None if ChangeRequest::is_claimed_by(&parameters) => open_change(&app, signed).await,
        None => {
            let action = format!("{PATH}/{token}");
            let opened = async move { tool_proxy::open(&registrar, &token, &parameters).await };
            ask_if_open(&app, &action, opened).await
        }
        Some(sealed) => {
            let confirmed = async move { tool_proxy::confirm(&registrar, &token, &sealed).await };
            return_when(&app, confirmed).await
        }
    }
}

/// `POST /lti/2p0/register`: a registered platform's request for a change, and the button of its
/// confirmation page.
pub(super) async fn change_by_post(State(app): State<App>, request: Request) -> Response {
    let Form { parameters, signed } = match Form::read(&app, request).await {
        Ok(form) => form,
        Err(problem) => return problem.into_response(),
    };
    let registrar = app.proxy_registrar.clone();
    match value(&parameters, "confirmation").map(str::to_owned) {
        None if ChangeRequest::is_claimed_by(&parameters) => open_change(&app, signed).await,
        None => not_registered(&app, NotRegistered::UnknownToken),
        Some(sealed) => {
            let confirmed = async move { tool_proxy::confirm_change(&registrar, &sealed).await };
            return_when(&app, confirmed).await
        }
    }
}

async fn open_change(app: &App, signed: SignedRequest) -> Response {
    let registrar = app.proxy_registrar.clone();
    let opened = async move { tool_proxy::open_change(&registrar, signed).await };
    ask_if_open(app, PATH, opened).await
}

/// The confirmation page, whose form is sent to `action`, or why there is none.
async fn ask_if_open(
    app: &App,
    action: &str,
    opened: impl Future<Output = Result<ConfirmationRequest, NotRegistered>> + Send + 'static,
) -> Response {
    match run_to_end(opened).await {
        Ok(page) => ask(app, action, &page),
        Err(reason) => not_registered(app, reason),
    }
}

/// Sends the browser back to the platform after a confirmation, or says why not.
async fn return_when(
    app: &App,
    confirmed: impl Future<Output = Result<Returned, NotRegistered>> + Send + 'static,
) -> Response {
    match run_to_end(confirmed).await {
        Ok(returned) => return_to(returned.url.as_str()),
        Err(reason) => not_registered(app, reason),
    }
}

/// `PUT`, `POST` and `DELETE /lti/2p0/confirm/{token}`: a platform confirms a change, or discards it.
/// The platform's server sends this; Canvas and Sakai expect the status 200.
pub(super) async fn decide(
    State(app): State<App>,
    Path(token): Path<String>,
    method: HttpMethod,
) -> Response {
    let decision = match method {
        HttpMethod::DELETE => ChangeDecision::Discard,
        _ => ChangeDecision::Confirm,
    };
    let registrar = app.proxy_registrar.clone();
    let decided = async move {
        tool_proxy::decide(&registrar, &token, decision).await.map_err(Failure::from)
    };
    match run_to_end(decided).await {
        Ok(Decided::Done) => (StatusCode::OK, "The decision is stored.\n").into_response(),
        Ok(Decided::Unknown) => Problem::Status(StatusCode::NOT_FOUND).into_response(),
        Ok(Decided::Disabled) => Problem::Status(StatusCode::FORBIDDEN).into_response(),
        Ok(Decided::TooEarly) => {
            (StatusCode::CONFLICT, "The response to the tool proxy has not arrived yet.\n")
                .into_response()
        }
        Err(failure) => Problem::Failed(failure).into_response(),
    }
}

/// A form, as it arrived and as it reads.
struct Form {
    parameters: Parameters,
    signed: SignedRequest,
}

impl Form {
    async fn read(app: &App, request: Request) -> Result<Self, Problem> {
        let (head, body) = request.into_parts();
        let body = match form::read_raw(&head.headers, body, &app.limits).await {
            Ok(body) => body,
            Err(Unreadable::Status(status)) => return Err(Problem::Status(status)),
            Err(Unreadable::Malformed { .. }) => {
                return Err(Problem::Status(StatusCode::BAD_REQUEST));
            }
        };
        let mut parameters = Parameters::new();
        crate::web::form::decode(&body, &mut parameters)
            .map_err(|_| Problem::Status(StatusCode::BAD_REQUEST))?;
        let path_and_query = head.uri.path_and_query().map_or(PATH, |path| path.as_str());
        let path_and_query = path_and_query.to_owned();
        Ok(Self { parameters, signed: SignedRequest { path_and_query, body } })
    }
}

/// Sends the browser back to the platform. The URL contains no secret, but that of this page does.
fn return_to(url: &str) -> Response {
    let mut response = page::see_other(url.to_owned());
    page::insert(response.headers_mut(), header::REFERRER_POLICY, "no-referrer".to_owned());
    response
}

/// What the administrator can check before confirming.
fn facts(page: &ConfirmationRequest) -> Vec<(&'static str, String)> {
    let profile = &page.profile;
    let product = match (&profile.product_name, &profile.product_version) {
        (Some(product), Some(version)) => format!("{product} {version}"),
        (Some(product), None) => product.clone(),
        _ => "not stated".to_owned(),
    };
    let named = page.resources.iter().take(NAMED_RESOURCES);
    let mut resources =
        named.map(|resource| resource.name.to_string()).collect::<Vec<_>>().join(", ");
    let more = page.resources.len().saturating_sub(NAMED_RESOURCES);
    if more > 0 {
        resources.push_str(&format!(", and {more} more"));
    }
    let owner = profile.service_owner_name.clone().unwrap_or_else(|| "not stated".to_owned());
    let mut facts = vec![
        ("Host", page.host.clone()),
        ("Product", product),
        ("Institution", owner),
        ("Version", "LTI 2.0, with a shared secret".to_owned()),
        ("Resources", resources),
        (
            "Requested from it",
            "launches, names and email addresses, grades, course members, as far as it offers them"
                .to_owned(),
        ),
    ];
    for (_, fact) in &mut facts {
        *fact = clean(fact).into_owned();
    }
    facts
}

fn ask(app: &App, path: &str, page: &ConfirmationRequest) -> Response {
    let Ok(settings) = app.service.pool.look_up(|read| read.settings()) else {
        return Problem::Status(StatusCode::SERVICE_UNAVAILABLE).into_response();
    };
    let (facts, nonce) = (facts(page), page::nonce(&app.service.random));
    let template = ConfirmPage {
        tool: &clean(settings.name.as_str()),
        platform: &clean(&page.host),
        name: page.name.as_str(),
        facts: &facts,
        action: &settings.url.join(path),
        is_change: page.is_change,
        sealed: &page.sealed,
        nonce: &nonce,
    };
    let own = settings.url.to_url().origin().ascii_serialization();
    let policy = PagePolicy {
        frame_ancestors: std::slice::from_ref(&page.origin),
        sends_to: Some(&own),
        returns_to: Some(&page.origin),
        ..PagePolicy::default()
    };
    page::html(StatusCode::OK, &template, &nonce, &policy)
}

fn not_registered(app: &App, reason: NotRegistered) -> Response {
    let title = "The platform was not registered";
    let show = |status, lines: &[String]| page::message(app, status, title, lines, Framers::Anyone);
    let new_url = || "Create a new one with: ltictl consumer registration-url NAME".to_owned();
    match reason {
        NotRegistered::Internal(failure) => Problem::Failed(failure).into_response(),
        NotRegistered::TooMany(wait) => Problem::TooMany(wait).into_response(),
        NotRegistered::UnknownToken => show(
            StatusCode::FORBIDDEN,
            &[
                "This registration URL does not belong to this tool, or it was replaced."
                    .to_owned(),
                "Copy the whole URL again, or create a new one: ltictl consumer registration-url \
                 NAME"
                    .to_owned(),
            ],
        ),
        NotRegistered::Used(at) => show(
            StatusCode::GONE,
            &[
                format!(
                    "This registration URL was used on {}; it is single-use.",
                    zone().minute_with_name(at)
                ),
                new_url(),
            ],
        ),
        NotRegistered::Expired(at) => show(
            StatusCode::GONE,
            &[
                format!("This registration URL expired on {}.", zone().minute_with_name(at)),
                new_url(),
            ],
        ),
        NotRegistered::ConfirmationExpired => show(
            StatusCode::GONE,
            &[
                "This page was open for more than ten minutes, or does not belong to this tool."
                    .to_owned(),
                "Start the registration in the platform again.".to_owned(),
            ],
        ),
        NotRegistered::Refused(refusal) => refused(app, title, &refusal),
        NotRegistered::Failed(failed) => show(
            StatusCode::BAD_GATEWAY,
            &[
                clean(&failed.for_page()).into_owned(),
                format!("What to do: {}", failed.fix),
                format!("For more, run: ltictl explain {}", shell_word(failed.code)),
            ],
        ),
    }
}

/// The page for a signed request that is refused. It does not contain the code, which would reveal which
/// consumer keys exist; that is in the server's log.
fn refused(app: &App, title: &str, refusal: &Refusal) -> Response {
    let status = StatusCode::from_u16(refusal.http_status()).unwrap_or(StatusCode::BAD_REQUEST);
    let lines = [
        clean(&sentence_for(refusal)).into_owned(),
        "Start the registration in the platform again. If that does not help, the administrator of \
         this tool finds the reason in the log of the server."
            .to_owned(),
    ];
    page::message(app, status, title, &lines, Framers::Anyone)
}

/// Why a signed request is refused, as the page says it.
fn sentence_for(refusal: &Refusal) -> String {
    match refusal {
        Refusal::OauthNonceReused => {
            "The platform's request to register again was sent before. Each counts once.".to_owned()
        }
        Refusal::OauthParameterMissing { .. } | Refusal::OauthParameterMalformed { .. } => {
            "The platform's request to register again has no valid signature.".to_owned()
        }
        other => other.sentence().to_string(),
    }
}
