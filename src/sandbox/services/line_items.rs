//! Line items: the container and its items (Assignment and Grade Services 2.0, 3.2), like Moodle's.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::super::fields::field;
use super::call::Call;
use super::grade_book::{ColumnDetails, GradeColumn};
use super::paging::{Paging, linked, page};
use super::response::{Outcome, ServiceResponse, refuse};
use super::state::Services;

const LINE_ITEM: &str = "application/vnd.ims.lis.v2.lineitem+json";
const LINE_ITEM_RESPONSE: &str = "application/vnd.ims.lis.v2.lineitem+json; charset=utf-8";
const CONTAINER: &str = "application/vnd.ims.lis.v2.lineitemcontainer+json";
const CONTAINER_RESPONSE: &str = "application/vnd.ims.lis.v2.lineitemcontainer+json; charset=utf-8";

/// `GET /services/{course}/lineitems`
pub(super) fn list(services: &Services, call: &Call<'_>) -> Outcome {
    call.require_accept(CONTAINER)?;
    let paging = Paging::read(call.query, services.options.largest_page)?;
    let matches =
        |name: &str, value: &str| field(call.query, name).is_none_or(|wanted| wanted == value);
    let columns: Vec<&GradeColumn> = services
        .grade_book
        .columns(call.course)
        .filter(|column| {
            let link = column.resource_link_id.as_deref().unwrap_or_default();
            matches("resource_link_id", link)
                && matches("resource_id", &column.resource_id)
                && matches("tag", &column.tag)
        })
        .collect();
    let (columns, next, last) = page(columns, paging);
    let body: Vec<Value> = columns.into_iter().map(|column| line_item(call, column)).collect();
    let response = ServiceResponse::json(StatusCode::OK, CONTAINER_RESPONSE, &Value::Array(body));
    let filters = call.repeated_fields(&["resource_link_id", "resource_id", "tag"]);
    Ok(linked(response, services.options.links, paging, next, last, |from| {
        call.url(
            "lineitems",
            &[
                filters.clone(),
                vec![("limit", paging.limit.to_string()), ("from", from.to_string())],
            ]
            .concat(),
        )
    }))
}

/// `POST /services/{course}/lineitems`
pub(super) fn create(
    services: &mut Services,
    call: &Call<'_>,
    is_link: impl Fn(&str) -> bool,
) -> Outcome {
    call.require_content_type(LINE_ITEM)?;
    let sent: Value = call.body()?;
    let link = text(&sent, &["resourceLinkId", "ltiLinkId"]);
    if let Some(link) = link.as_deref().filter(|link| !is_link(link)) {
        return refuse(
            StatusCode::FORBIDDEN,
            format!("The resource link {link} is not one of this course"),
        );
    }
    let Some(id) = services.grade_book.create(call.course, link, details(&sent)?) else {
        return refuse(StatusCode::FORBIDDEN, "The grade book is full");
    };
    one(services, call, id, StatusCode::CREATED)
}

/// `GET`, `PUT` and `DELETE /services/{course}/lineitems/{item}/lineitem`
pub(super) fn item(services: &mut Services, call: &Call<'_>) -> Outcome {
    let Some(column) = services.grade_book.find(call.course, call.item) else {
        return missing(call);
    };
    if call.method == Method::DELETE {
        if column.coupled {
            return refuse(
                StatusCode::FORBIDDEN,
                "The line item belongs to its link and cannot be deleted on its own",
            );
        }
        services.grade_book.delete(call.item);
        return Ok(ServiceResponse::new(StatusCode::NO_CONTENT, "text/html; charset=utf-8", ""));
    }
    if call.method == Method::PUT {
        call.require_content_type(LINE_ITEM)?;
        column.replace(details(&call.body()?)?);
    } else {
        call.require_accept(LINE_ITEM)?;
    }
    one(services, call, call.item, StatusCode::OK)
}

fn one(services: &mut Services, call: &Call<'_>, id: u32, status: StatusCode) -> Outcome {
    let Some(column) = services.grade_book.find(call.course, id) else { return missing(call) };
    Ok(ServiceResponse::json(status, LINE_ITEM_RESPONSE, &line_item(call, column)))
}

/// The refusal of a line item that does not exist.
pub(super) fn missing<T>(call: &Call<'_>) -> Result<T, ServiceResponse> {
    refuse(StatusCode::NOT_FOUND, format!("Not Found: Grade item {} doesn't exist", call.item))
}

/// A column as JSON; missing texts are empty, as in Moodle.
fn line_item(call: &Call<'_>, column: &GradeColumn) -> Value {
    let mut item = json!({
        "id": call.line_item_url(column.id),
        "label": column.label,
        "scoreMaximum": number(column.score_maximum),
        "resourceId": column.resource_id,
        "tag": column.tag,
    });
    if let Some(link) = &column.resource_link_id {
        item["resourceLinkId"] = json!(link);
        item["ltiLinkId"] = json!(link);
    }
    for (name, time) in [("startDateTime", &column.start), ("endDateTime", &column.end)] {
        if let Some(time) = time {
            item[name] = json!(time);
        }
    }
    item
}

/// A number without an unnecessary fraction.
pub(super) fn number(number: f64) -> Value {
    let whole = number as i64;
    if whole as f64 == number { json!(whole) } else { json!(number) }
}

/// The first of these members that is a non-empty text.
fn text(sent: &Value, names: &[&str]) -> Option<String> {
    names
        .iter()
        .find_map(|name| sent[*name].as_str().filter(|text| !text.is_empty()))
        .map(str::to_owned)
}

/// Reads a line item; label and maximum score are required.
fn details(sent: &Value) -> Result<ColumnDetails, ServiceResponse> {
    let label = text(sent, &["label"]).filter(|label| !label.trim().is_empty());
    let maximum = sent["scoreMaximum"].as_f64().filter(|maximum| *maximum > 0.0);
    let (Some(label), Some(score_maximum)) = (label, maximum) else {
        return refuse(StatusCode::BAD_REQUEST, "No label or Score Maximum");
    };
    Ok(ColumnDetails {
        label,
        score_maximum,
        resource_id: text(sent, &["resourceId"]).unwrap_or_default(),
        tag: text(sent, &["tag"]).unwrap_or_default(),
        start: text(sent, &["startDateTime"]),
        end: text(sent, &["endDateTime"]),
    })
}
