//! The description of the endpoints for apps (OpenAPI 3.1), with schemas that are derived from the
//! types of requests and responses.

use serde_json::{Map, Value, json};

use super::codes;
use super::members::MemberPage;
use super::notices::NoticePage;
use super::query::{ACCOUNT, AFTER, COURSE, LIMIT, TYPES, WAIT};
use crate::report::SchemaParts;
use crate::report::view::GradeView;
use crate::server::app_error::ErrorResponse;
use crate::session::app_members::{DEFAULT_PEOPLE, MAX_PEOPLE};
use crate::session::app_notices::MAX_WAIT_SECONDS;
use crate::session::score_request::ScoreRequest;
use crate::token::launch_token::LaunchToken;

/// Where the document has its schemas.
const SCHEMAS: &str = "/components/schemas";

/// The statuses with which any request may fail.
const ALWAYS: [u16; 4] = [400, 429, 500, 503];

/// What a request may send to be authorised: all schemes of one of these lists.
const TOKEN: &[&[&str]] = &[&["launchToken"], &["launchToken", "appKey"]];
const KEY: &[&[&str]] = &[&["appKey"], &["appKey", "launchToken"]];
const NOTHING: &[&[&str]] = &[];

/// An endpoint with one method.
struct Endpoint {
    path: &'static str,
    method: &'static str,
    id: &'static str,
    summary: &'static str,
    security: &'static [&'static [&'static str]],
    parameters: fn() -> Value,
    /// Adds the schema of the body of a request.
    body: Option<fn(&mut SchemaParts) -> Value>,
    /// Adds the schema of a response with status 200, after its description.
    response: (&'static str, fn(&mut SchemaParts) -> Value),
    /// The statuses with which a request may fail, besides [`ALWAYS`].
    failures: &'static [u16],
}

const ENDPOINTS: [Endpoint; 6] = [
    Endpoint {
        path: "/api/launch",
        method: "get",
        id: "getLaunch",
        summary: "Get the claims of a launch token, with the person's current role",
        security: TOKEN,
        parameters: no_parameters,
        body: None,
        response: ("The claims.", SchemaParts::add::<LaunchToken>),
        failures: &[401, 403],
    },
    Endpoint {
        path: "/api/members",
        method: "get",
        id: "listMembers",
        summary: "List the people who are enrolled in the app's resource",
        security: KEY,
        parameters: page,
        body: None,
        response: ("A page of people.", SchemaParts::add::<MemberPage>),
        failures: &[401, 403, 422],
    },
    Endpoint {
        path: "/api/score",
        method: "get",
        id: "getScore",
        summary: "Get the grade of the launch token's person, or of an account of the resource",
        security: KEY,
        parameters: account_and_course,
        body: None,
        response: ("The grade.", SchemaParts::add::<GradeView>),
        failures: &[401, 403, 404, 409, 422],
    },
    Endpoint {
        path: "/api/score",
        method: "post",
        id: "setScore",
        summary: "Set the grade of the launch token's person, or of an account of the resource",
        security: KEY,
        parameters: no_parameters,
        body: Some(SchemaParts::add::<ScoreRequest>),
        response: ("The grade as it is stored.", SchemaParts::add::<GradeView>),
        failures: &[401, 403, 404, 408, 409, 413, 415, 422],
    },
    Endpoint {
        path: "/api/notices",
        method: "get",
        id: "listNotices",
        summary: "List notices of platforms about courses with a link to the app's resource, or wait \
            for some",
        security: KEY,
        parameters: notices,
        body: None,
        response: ("A page of notices.", SchemaParts::add::<NoticePage>),
        failures: &[401, 403, 422],
    },
    Endpoint {
        path: "/api/openapi.json",
        method: "get",
        id: "getOpenapi",
        summary: "Get this document",
        security: NOTHING,
        parameters: no_parameters,
        body: None,
        response: ("This document.", |_| json!({ "type": "object" })),
        failures: &[],
    },
];

fn no_parameters() -> Value {
    json!([])
}

fn page() -> Value {
    json!([
        {
            "name": ACCOUNT, "in": "query",
            "description": "Username or UUID of the only account to return, if it is enrolled; \
                without the other parameters.",
            "schema": { "type": "string" },
        },
        {
            "name": LIMIT, "in": "query", "description": "Maximum number of people.",
            "schema": {
                "type": "integer", "minimum": 1, "maximum": MAX_PEOPLE, "default": DEFAULT_PEOPLE,
            },
        },
        {
            "name": AFTER, "in": "query",
            "description": "`next` of the previous page; by default, the first page is returned.",
            "schema": { "type": "string" },
        },
    ])
}

fn notices() -> Value {
    json!([
        {
            "name": TYPES, "in": "query", "required": true,
            "description": "The types of notices, separated by commas, such as \
                `LtiContextCopyNotice`.",
            "schema": { "type": "string" },
        },
        {
            "name": AFTER, "in": "query",
            "description": "`next` of the previous page; by default, all notices that are kept.",
            "schema": { "type": "string" },
        },
        {
            "name": WAIT, "in": "query",
            "description": "How long to wait for a notice if there is none, in seconds.",
            "schema": {
                "type": "integer", "minimum": 0, "maximum": MAX_WAIT_SECONDS, "default": 0,
            },
        },
    ])
}

fn account_and_course() -> Value {
    json!([
        {
            "name": ACCOUNT, "in": "query",
            "description": "Username or UUID of an account that is enrolled in the app's resource; \
                by default the account of the launch token.",
            "schema": { "type": "string" },
        },
        {
            "name": COURSE, "in": "query",
            "description": "Course of the account's grade, if the resource has grades by course: \
                its ID at the platform, or with the slug of the registration in front; by default \
                the only one from which the account has opened the resource.",
            "schema": { "type": "string" },
        },
    ])
}

/// The document of a tool with this URL.
pub fn document(url: &str) -> Value {
    let mut output = SchemaParts::of_output(SCHEMAS);
    let mut input = SchemaParts::of_input(SCHEMAS);
    let error = output.add::<ErrorResponse<'static>>();
    let mut paths = Map::new();
    for endpoint in &ENDPOINTS {
        let operations = paths.entry(endpoint.path).or_insert_with(|| json!({}));
        operations[endpoint.method] = operation(endpoint, &mut output, &mut input, &error);
    }
    let mut schemas = output.finish();
    schemas.extend(input.finish());
    if let Some(code) =
        schemas.get_mut("ErrorDetails").map(|error| &mut error["properties"]["code"])
    {
        code["enum"] = codes::all().into_iter().map(|(_, error, _)| error.code).collect();
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "ltictl for apps",
            "description": "What the server of the app behind a resource can request from the \
                tool. Pages cannot: there are no CORS headers.",
            "version": env!("CARGO_PKG_VERSION"),
        },
        "servers": [{ "url": url }],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "launchToken": {
                    "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
                    "description": "The `launch_token` that the launch posted to the app.",
                },
                "appKey": {
                    "type": "apiKey", "in": "header", "name": "App-Key",
                    "description": "What `ltictl resource app-key RES` prints.",
                },
            },
            "schemas": schemas,
        },
    })
}

fn operation(
    endpoint: &Endpoint,
    output: &mut SchemaParts,
    input: &mut SchemaParts,
    error: &Value,
) -> Value {
    let (description, schema) = endpoint.response;
    let mut responses = Map::new();
    responses.insert("200".to_owned(), response(description, &schema(output)));
    let mut failures = [&ALWAYS, endpoint.failures].concat();
    failures.sort_unstable();
    for status in failures {
        responses.insert(status.to_string(), response(&codes_of(status), error));
    }
    let security: Vec<Value> = endpoint
        .security
        .iter()
        .map(|schemes| schemes.iter().map(|scheme| ((*scheme).to_owned(), json!([]))).collect())
        .collect();
    let mut operation = json!({
        "operationId": endpoint.id,
        "summary": endpoint.summary,
        "security": security,
        "parameters": (endpoint.parameters)(),
        "responses": responses,
    });
    if let Some(body) = endpoint.body {
        operation["requestBody"] = json!({
            "required": true,
            "content": { "application/json": { "schema": body(input) } },
        });
    }
    operation
}

fn response(description: &str, schema: &Value) -> Value {
    json!({
        "description": description,
        "content": { "application/json": { "schema": schema } },
    })
}

/// The codes of the errors with a status, for people.
fn codes_of(status: u16) -> String {
    let codes: Vec<String> = codes::all()
        .into_iter()
        .filter(|(known, ..)| known.as_u16() == status)
        .map(|(_, error, _)| format!("`{}`", error.code))
        .collect();
    format!("{}.", codes.join(", "))
}
