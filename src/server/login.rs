//! Third-party-initiated login (Security Framework 1.0, 5.1.1.1; core launch, sections 1 and 2).

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::app::App;
use super::form::{self, Parameters, Unreadable};
use super::launch::not_launched;
use super::{cookie, page};
use crate::usecase::launch::{self, Begun};

const PATH: &str = "/lti/login/";

/// `GET /lti/login` and `/lti/login/{registration}`
pub(super) async fn by_get(State(app): State<App>, request: Request) -> Response {
    if request.uri().query().unwrap_or_default().is_empty() {
        return explain(&app);
    }
    let mut parameters = Parameters::new();
    let read = form::decode(request.uri().query().unwrap_or_default().as_bytes(), &mut parameters);
    begin(&app, request.uri().path(), read.map(|()| parameters)).await
}

/// `POST /lti/login` and `/lti/login/{registration}`: a parameter may be in the URL or in the form; in both it is there twice.
pub(super) async fn by_post(State(app): State<App>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let mut parameters = Parameters::new();
    let read = match form::decode(head.uri.query().unwrap_or_default().as_bytes(), &mut parameters) {
        Ok(()) => form::read(&head.headers, body, &app.limits, &mut parameters).await,
        Err(unreadable) => Err(unreadable),
    };
    begin(&app, head.uri.path(), read.map(|()| parameters)).await
}

async fn begin(app: &App, path: &str, parameters: Result<Parameters, Unreadable>) -> Response {
    let slug = path.strip_prefix(PATH);
    let outcome = match parameters {
        Ok(parameters) => launch::begin_login(&app.service, slug, parameters).await,
        Err(unreadable) => return super::launch::unreadable(app, slug, unreadable).await,
    };
    match outcome {
        Ok(begun) => redirect(&begun),
        Err(reason) => not_launched(app, reason),
    }
}

/// On to the platform's authentication endpoint. The URL holds the state, so it is neither stored nor told to anybody.
fn redirect(begun: &Begun) -> Response {
    let mut headers = HeaderMap::with_capacity(4);
    page::insert(&mut headers, header::LOCATION, begun.redirect_url.clone());
    let path = format!("{}/lti", begun.tool_url.base_path());
    headers.extend(cookie::set(&begun.cookie_name, &begun.cookie_value, &path, begun.cookie_max_age).map(|cookie| (header::SET_COOKIE, cookie)));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    (StatusCode::FOUND, headers).into_response()
}

/// For people who open the address by hand.
fn explain(app: &App) -> Response {
    let lines = [
        "It is opened by the learning platform when somebody follows a link to this tool; there is nothing to see here.".to_owned(),
        "If you are setting up a learning platform: this address belongs in its field \"Initiate login URL\".".to_owned(),
    ];
    page::message(app, StatusCode::OK, "This is the initiate login URL", &lines, &app.place.frame_ancestors())
}
