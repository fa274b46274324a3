//! `GET /api/notices`: what platforms report about the courses of the app's resource.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::response::Response;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::error::{ApiError, denied};
use super::{credentials, query, respond};
use crate::domain::{AppNotice, Slug, rfc3339};
use crate::failure::Failure;
use crate::server::app::App;
use crate::session::app_notices::{self, NoticesPage, NoticesQuery};
use crate::session::app_request::{self, Credentials};

/// How many requests may wait at the same time. Others are answered at once.
static WAITING: Semaphore = Semaphore::const_new(256);

/// The time between two looks.
const PAUSE: Duration = Duration::from_millis(500);

/// A page of notices.
#[derive(Serialize, JsonSchema)]
pub(super) struct NoticePage {
    /// The notices, in the order in which they arrived.
    notices: Vec<Notice>,
    /// The value of `after` that requests what arrives later.
    next: String,
}

/// What a platform reported.
#[derive(Serialize, JsonSchema)]
struct Notice {
    /// The platform's ID of the notice.
    id: String,
    /// Its type.
    #[serde(rename = "type")]
    notice_type: String,
    /// When it happened.
    timestamp: String,
    /// Slug of the platform's registration.
    registration: Slug,
    /// ID of the deployment.
    deployment_id: String,
    /// ID of the course that it is about.
    context_id: Option<String>,
    /// The claims of the notice, by their full names; null if they were too long to be kept.
    claims: Option<Value>,
}

impl From<AppNotice> for Notice {
    fn from(notice: AppNotice) -> Self {
        Self {
            id: notice.notice_id,
            notice_type: notice.notice_type,
            timestamp: rfc3339(notice.at),
            registration: notice.registration,
            deployment_id: notice.deployment_id.to_string(),
            context_id: notice.context_id,
            claims: notice.claims.and_then(|claims| serde_json::from_str(&claims).ok()),
        }
    }
}

/// `GET /api/notices`: notices about courses with a link to the app's resource
pub(in crate::server) async fn notices(State(app): State<App>, request: Request) -> Response {
    let (head, _) = request.into_parts();
    let page = async {
        let sent = credentials(&app, &head.headers)?;
        let mut query = query::notices(&head.uri)?;
        let until = Instant::now() + query.wait;
        let place = WAITING.try_acquire();
        loop {
            // The key is checked each time: it may be revoked meanwhile.
            let page = look(&app, &sent, &query).await?;
            let is_over = Instant::now() >= until || place.is_err();
            if !page.notices.is_empty() || (page.is_last && is_over) {
                return Ok::<_, ApiError>(NoticePage {
                    notices: page.notices.into_iter().map(Notice::from).collect(),
                    next: page.next.to_string(),
                });
            }
            // What was read is not read again.
            query.after = page.next;
            match page.is_last {
                true => tokio::time::sleep(PAUSE.min(until - Instant::now())).await,
                false => tokio::task::yield_now().await,
            }
        }
    };
    respond(page.await)
}

async fn look(
    app: &App,
    sent: &Credentials,
    query: &NoticesQuery,
) -> Result<NoticesPage, ApiError> {
    let now = app.service.clock.now();
    let read = app.service.pool.read(|read| {
        let resource = match app_request::app_resource(read, sent, now)? {
            Ok(resource) => resource,
            Err(reason) => return Ok(Err(reason)),
        };
        Ok::<_, Failure>(Ok(app_notices::notices(read, &resource, query)?))
    });
    read.await?.map_err(denied)
}
