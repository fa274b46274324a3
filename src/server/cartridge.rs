//! Cartridges: what platforms that use LTI 1.1 import instead of a launch URL (Common Cartridge 1.1,
//! appendix C). They contain neither key nor secret.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::app::App;
use super::page::{self, Framers};
use super::problem::Problem;
use crate::domain::{Consumer, Resource, Settings, Slug, named_launch_1p1_path};
use crate::lti::lti_1p1::cartridge::{Canvas, Cartridge, MEDIA_TYPE, Vendor};
use crate::web::header::text;

/// `GET /lti/1p1/cartridge/{token}/{resource}.xml`: the cartridge for a platform, and a page for a
/// person who opens it.
pub(super) async fn show(
    State(app): State<App>,
    Path((token, file)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let missing = || Problem::Status(StatusCode::NOT_FOUND);
    let slug =
        file.strip_suffix(".xml").and_then(|slug| Slug::new(slug).ok()).ok_or_else(missing)?;
    let found = app.service.pool.look_up(|read| {
        let found = read.consumer_of_cartridge(&token)?.zip(read.resource(&slug)?);
        let open = found.filter(|(consumer, resource)| {
            consumer.registration.enabled && resource.published && consumer.may_use(resource)
        });
        Ok::<_, crate::store::Error>((open, read.settings()?))
    })?;
    let (Some((consumer, resource)), settings) = found else { return Err(missing()) };
    if is_browser(&headers) {
        return Ok(explain(&app, &settings));
    }
    Ok(cartridge(&settings, &consumer, &resource))
}

/// Whether a person opens the URL: browsers prefer pages, and programs that read cartridges do not ask
/// for any.
fn is_browser(headers: &HeaderMap) -> bool {
    headers
        .get(header::ACCEPT)
        .is_some_and(|accept| text(accept.as_bytes()).starts_with("text/html"))
}

fn cartridge(settings: &Settings, consumer: &Consumer, resource: &Resource) -> Response {
    let url = settings.url.to_url();
    let domain = url.host_str().unwrap_or_default();
    let launch_url = settings.url.join(&named_launch_1p1_path(&resource.slug));
    let uuid = resource.uuid.to_string();
    let logo_url = settings.logo.as_ref().map(|url| url.as_str()).unwrap_or_default();
    let document = Cartridge {
        title: resource.name.as_str(),
        description: resource.description.as_deref().unwrap_or_default(),
        custom: &[("id", &uuid)],
        canvas: Some(Canvas {
            tool_id: consumer.registration.slug.as_str(),
            privacy_level: "public",
            domain,
            placements: &[],
        }),
        launch_url: &launch_url,
        icon_url: logo_url,
        vendor: Vendor {
            code: domain,
            name: settings.name.as_str(),
            url: settings.url.as_str(),
            ..Vendor::default()
        },
    }
    .to_xml();
    let headers = [
        (header::CONTENT_TYPE, MEDIA_TYPE),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // The URL contains a token.
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (headers, document).into_response()
}

/// The page for people who open the URL in a browser.
fn explain(app: &App, settings: &Settings) -> Response {
    let lines = [
        format!(
            "This is the cartridge URL of {}: learning platforms read a tool's title and launch URL \
             from it.",
            settings.name
        ),
        "Enter the URL in the learning platform, together with the consumer key and the shared \
         secret: in Moodle as \"Tool URL\" of an external tool, in Canvas under \"Configuration \
         type: By URL\"."
            .to_owned(),
    ];
    let title = "This URL belongs in a learning platform";
    page::message(app, StatusCode::OK, title, &lines, Framers::Only(&[]))
}
