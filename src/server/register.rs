//! Dynamic registration, as the platform opens it in a frame or a window (LTI Dynamic Registration
//! 1.0).
//!
//! No cookie is needed: the state of the confirmation page is in its form, with a MAC. After success,
//! the page asks the platform to close it; after a failure, it stays open so that it can be read.

use askama::Template;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use url::Url;

use super::app::App;
use super::form::{self, Parameters, Unreadable};
use super::misplaced;
use super::page::{self, Framers, PagePolicy};
use super::problem::Problem;
use crate::admin::dynamic::{
    self, ConfirmationRequest, FailedAttempt, NotRegistered, OpenOutcome, OpenRequest, Registered,
};
use crate::domain::{Invitation, Missing};
use crate::failure::{Failure, Kind};
use crate::launch::UrlParts;
use crate::lms::{self, OnceRegistered};
use crate::lti::message::{Endpoint, value};
use crate::report::{clean, zone};

/// The page that asks for confirmation.
#[derive(Template)]
#[template(path = "server-register.html")]
pub(super) struct ConfirmPage<'a> {
    pub(super) tool: &'a str,
    pub(super) platform: &'a str,
    /// The registration's name.
    pub(super) name: &'a str,
    pub(super) facts: &'a [(&'static str, String)],
    pub(super) action: &'a str,
    /// Whether the platform is registered already, and asks for a change.
    pub(super) is_change: bool,
    pub(super) sealed: &'a str,
    pub(super) nonce: &'a str,
}

/// The page after the registration.
#[derive(Template)]
#[template(path = "server-registered.html")]
struct DonePage<'a> {
    title: &'a str,
    lines: &'a [String],
    nonce: &'a str,
}

/// `GET /lti/register`: opened by the platform, or manually.
pub(super) async fn open(State(app): State<App>, request: Request) -> Response {
    let mut parameters = Parameters::new();
    if form::decode(request.uri().query().unwrap_or_default().as_bytes(), &mut parameters).is_err()
    {
        return Problem::Status(StatusCode::BAD_REQUEST).into_response();
    }
    let parameters = repaired(parameters);
    let value = |name: &str| {
        parameters
            .iter()
            .find(|(one, _)| one == name)
            .map(|(_, value)| value.trim().to_owned())
            .filter(|value| !value.is_empty())
    };
    let Some(configuration_url) = value("openid_configuration") else {
        let refused = refuse_misplaced(&app, request.headers(), &parameters, &parameters).await;
        return refused.unwrap_or_else(|| explain(&app));
    };
    let request = OpenRequest {
        token: value("token").unwrap_or_default(),
        configuration_url,
        registration_token: value("registration_token"),
    };
    let registrar = app.registrar.clone();
    match run_to_end(async move { dynamic::open(&registrar, request).await }).await {
        Ok(OpenOutcome::NeedsConfirmation(page)) => ask(&app, &page),
        Ok(OpenOutcome::Registered(registered)) => done(&app, &registered),
        Err(reason) => not_registered(&app, reason),
    }
}

/// The response to a message that does not belong at the registration URL; `query` is the one of
/// that URL, with its token.
async fn refuse_misplaced(
    app: &App,
    headers: &HeaderMap,
    query: &Parameters,
    parameters: &Parameters,
) -> Option<Response> {
    let url = UrlParts { invitation: value(query, "token"), ..UrlParts::default() };
    misplaced::refuse(app, headers, Endpoint::Registration, url, parameters).await
}

/// `POST /lti/register`: the button of the confirmation page.
pub(super) async fn confirm(State(app): State<App>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let mut parameters = Parameters::new();
    match form::read(&head.headers, body, &app.limits, &mut parameters).await {
        Ok(()) => {}
        Err(Unreadable::Status(status)) => return Problem::Status(status).into_response(),
        Err(Unreadable::Malformed { .. }) => {
            return Problem::Status(StatusCode::BAD_REQUEST).into_response();
        }
    }
    let mut query = Parameters::new();
    // A query that cannot be read contains no token.
    let _ = form::decode(head.uri.query().unwrap_or_default().as_bytes(), &mut query);
    if let Some(refused) = refuse_misplaced(&app, &head.headers, &query, &parameters).await {
        return refused;
    }
    let sealed = parameters
        .into_iter()
        .find(|(name, _)| name == "confirmation")
        .map(|(_, value)| value)
        .unwrap_or_default();
    let registrar = app.registrar.clone();
    match run_to_end(async move { dynamic::confirm(&registrar, &sealed).await }).await {
        Ok(registered) => done(&app, &registered),
        Err(reason) => not_registered(&app, reason),
    }
}

/// Runs to the end even if the browser disconnects, because the platform may have registered the tool
/// already.
pub(super) async fn run_to_end<T: Send + 'static, E: From<Failure> + Send + 'static>(
    work: impl Future<Output = Result<T, E>> + Send + 'static,
) -> Result<T, E> {
    let broken = |_| {
        E::from(Failure::new(
            Kind::Failed,
            "a registration panicked",
            "see the message above",
            "report this as a bug",
        ))
    };
    tokio::spawn(work).await.unwrap_or_else(|error| Err(broken(error)))
}

/// Repairs a query: some platforms add a second question mark to a URL that already has one.
fn repaired(parameters: Parameters) -> Parameters {
    let mut repaired = Parameters::new();
    for (name, value) in parameters {
        match value.split_once('?').filter(|_| name == "token") {
            Some((token, rest)) => {
                repaired.push((name, token.to_owned()));
                repaired.extend(
                    rest.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned())),
                );
            }
            None => repaired.push((name, value)),
        }
    }
    repaired
}

/// The page for people who open the URL manually.
fn explain(app: &App) -> Response {
    let example = lms::all().iter().find_map(|(_, lms)| {
        Some(format!(" ({}: {})", lms.short_name(), lms.registration_url_example.as_deref()?))
    });
    let lines = [
        "This is a registration URL, which the learning platform opens. There is nothing to see \
         here."
            .to_owned(),
        format!(
            "If you are setting up a learning platform: paste this whole URL into its field for \
             dynamic registration{}.",
            example.unwrap_or_default()
        ),
    ];
    page::message(app, StatusCode::OK, "Registration URL", &lines, Framers::Anyone)
}

/// What the administrator can check before confirming.
fn facts(page: &ConfirmationRequest) -> Vec<(&'static str, String)> {
    let host = |url: &str| {
        Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
    };
    let configuration = &page.configuration;
    let mut hosts: Vec<String> = Vec::new();
    for url in [
        &configuration.authorization_endpoint,
        &configuration.token_endpoint,
        &configuration.jwks_uri,
        &configuration.registration_endpoint,
    ] {
        let host = host(url);
        if !hosts.contains(&host) {
            hosts.push(host);
        }
    }
    let product = match (&configuration.product, &configuration.version) {
        (Some(product), Some(version)) => format!("{product} {version}"),
        (Some(product), None) => product.clone(),
        _ => "not stated".to_owned(),
    };
    let mut facts = vec![
        ("Platform ID (issuer)", configuration.issuer.clone()),
        ("Product", product),
        ("Hosts of its endpoints", hosts.join(", ")),
        ("Tool URL", page.tool.launch_url.clone()),
        ("Deep linking URL", page.tool.deep_linking_url.clone()),
        ("Initiate login URL", page.tool.initiate_login_url.clone()),
        ("Domain", page.tool.domain()),
        (
            "Requested from it",
            "launches, content selection if it supports it, names and email \
            addresses, grades, course members"
                .to_owned(),
        ),
    ];
    if let Some(platform) = &page.registration.platform {
        facts.push((
            "Registered already as",
            format!(
                "client ID {0}. If your platform offers to update the existing tool, choose that: \
                 the client ID stays, and so does everything else. A new tool gets another client \
                 ID, which replaces {0} here: links of the previous tool stop working. To keep \
                 both, stop here and get a second registration: ltictl registration create NAME \
                 --same-platform {1}",
                platform.client_id, page.registration.slug
            ),
        ));
    }
    for (_, fact) in &mut facts {
        *fact = clean(fact).into_owned();
    }
    facts
}

fn ask(app: &App, page: &ConfirmationRequest) -> Response {
    let facts = facts(page);
    let Ok(settings) = app.service.pool.look_up(|read| read.settings()) else {
        return Problem::Status(StatusCode::SERVICE_UNAVAILABLE).into_response();
    };
    let nonce = page::nonce(&app.service.random);
    let platform = page.configuration.display_name();
    let template = ConfirmPage {
        tool: &clean(&page.tool.name),
        platform: &clean(&platform),
        name: page.registration.name.as_str(),
        facts: &facts,
        action: &settings.url.join("/lti/register"),
        is_change: false,
        sealed: &page.sealed,
        nonce: &nonce,
    };
    let own = settings.url.to_url().origin().ascii_serialization();
    page::html(
        StatusCode::OK,
        &template,
        &nonce,
        &PagePolicy {
            frame_ancestors: &page.frame_ancestors,
            sends_to: Some(&own),
            ..PagePolicy::default()
        },
    )
}

fn done(app: &App, registered: &Registered) -> Response {
    let registration = &registered.registration;
    let slug = &registration.slug;
    let title = if registered.is_update {
        "The registration was updated"
    } else {
        "The platform is registered"
    };
    let advice = once_registered(registered);
    let mut lines = Vec::new();
    match (&registered.deployment_id, registration.missing().contains(&Missing::Deployment)) {
        (Some(deployment), _) => lines.push(format!(
            "{} is now registered with this tool, with deployment \
            ID {}.",
            registration.name,
            clean(deployment)
        )),
        (None, false) => {
            lines.push(format!("{} is now registered with this tool.", registration.name))
        }
        (None, true) => lines.push(format!(
            "{} is now registered with this tool, but it sent no deployment ID. {} Then: ltictl \
             deployment add {slug} DEPLOYMENT_ID",
            registration.name,
            advice.map_or("The platform shows it once the tool is deployed there.", |advice| {
                advice.deployment_id.as_str()
            })
        )),
    }
    lines.extend(advice.map(|advice| advice.next_step.clone()));
    let nonce = page::nonce(&app.service.random);
    let template = DonePage { title, lines: &lines, nonce: &nonce };
    // The script needs an origin for its policy; the page has no form.
    let own = app
        .service
        .pool
        .look_up(|read| read.settings())
        .map(|settings| settings.url.to_url().origin().ascii_serialization())
        .unwrap_or_default();
    page::html(
        StatusCode::OK,
        &template,
        &nonce,
        &PagePolicy {
            frame_ancestors: &registered.frame_ancestors,
            sends_to: Some(&own),
            ..PagePolicy::default()
        },
    )
}

/// What the platform's product requires after dynamic registration, if it is known.
fn once_registered(registered: &Registered) -> Option<&'static OnceRegistered> {
    let configuration = &registered.configuration;
    let (_, lms) = lms::of_family(configuration.product.as_deref()?, &configuration.issuer)?;
    lms.once_registered.as_ref()
}

fn not_registered(app: &App, reason: NotRegistered) -> Response {
    let title = "The platform was not registered";
    let show = |status, lines: &[String]| page::message(app, status, title, lines, Framers::Anyone);
    match reason {
        NotRegistered::Internal(failure) => Problem::Failed(failure).into_response(),
        NotRegistered::TooMany(wait) => Problem::TooMany(wait).into_response(),
        NotRegistered::UnknownToken => show(
            StatusCode::FORBIDDEN,
            &[
                "This registration URL does not belong to this tool.".to_owned(),
                "Copy the whole URL again, or create a new one: ltictl registration url REG"
                    .to_owned(),
            ],
        ),
        NotRegistered::Closed(invitation) => show(
            StatusCode::GONE,
            &[closed(&invitation), "Create a new one with: ltictl registration url REG".to_owned()],
        ),
        NotRegistered::UnderWay => show(
            StatusCode::CONFLICT,
            &[
                "The platform is being registered at the moment.".to_owned(),
                "Wait half a minute, then check with: ltictl registration show REG".to_owned(),
            ],
        ),
        NotRegistered::ConfirmationExpired => show(
            StatusCode::GONE,
            &[
                "This page was open for more than ten minutes, or does not belong to this tool."
                    .to_owned(),
                "Open the registration URL in the platform again.".to_owned(),
            ],
        ),
        NotRegistered::Failed(failed) => explain_failure(app, title, &failed),
    }
}

fn closed(invitation: &Invitation) -> String {
    let on = |moment: jiff::Timestamp| zone().minute_with_name(moment);
    match (invitation.used_at, &invitation.used_by, invitation.replaced_at) {
        (Some(at), Some(by), _) => format!(
            "This registration URL was used on {} by {}; it is single-use.",
            on(at),
            clean(by)
        ),
        (_, _, Some(at)) => {
            format!("This registration URL was replaced by a newer one on {}.", on(at))
        }
        _ => format!("This registration URL expired on {}.", on(invitation.expires_at)),
    }
}

fn explain_failure(app: &App, title: &str, failed: &FailedAttempt) -> Response {
    tracing::warn!(registration = %failed.slug, code = failed.code, problem = %clean(&failed.problem), "a \
        dynamic registration failed");
    let (problem, fix) = failed.for_page();
    let lines = [
        clean(problem).into_owned(),
        format!("What to do: {fix}"),
        format!(
            "The tool's administrator sees this again with: ltictl registration show {}",
            failed.slug
        ),
    ];
    page::message(
        app,
        StatusCode::BAD_GATEWAY,
        title,
        &lines,
        Framers::Only(&failed.frame_ancestors),
    )
}
