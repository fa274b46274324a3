//! The configuration JSON that Canvas reads under "Enter URL".

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::app::App;
use super::problem::Problem;
use crate::admin::dynamic;
use crate::domain::Slug;
use crate::lms::canvas_configuration;

/// `GET /lti/config/{registration}.json`: the configuration for the platform. It is the same
/// for every well-formed slug, so it does not reveal which registrations there are.
pub(super) async fn show(
    State(app): State<App>,
    Path(file): Path<String>,
) -> Result<Response, Problem> {
    let missing = || Problem::Status(StatusCode::NOT_FOUND);
    let slug =
        file.strip_suffix(".json").and_then(|slug| Slug::new(slug).ok()).ok_or_else(missing)?;
    let settings = app.service.pool.look_up(|read| read.settings())?;
    let configuration = canvas_configuration::build(&dynamic::tool_description(&settings, &slug));
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    Ok((headers, configuration.to_string()).into_response())
}
