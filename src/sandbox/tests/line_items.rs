//! Access tokens and line items.

use serde_json::{Value, json};

use super::super::{Course, Endpoint, LinkStyle, ServiceOptions};
use super::{Client, LINE_ITEM, LINE_ITEMS, MEMBERS, RESULTS, SCORE, services};

const CONTAINER: &str = "/services/2/lineitems?type_id=1";

#[tokio::test]
async fn every_call_needs_a_valid_token() {
    let (sandbox, mut client) = services(ServiceOptions::default()).await;
    let ags = |name: &str| format!("https://purl.imsglobal.org/spec/lti-ags/scope/{name}");
    let members =
        "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly".to_owned();
    let item = "/services/2/lineitems/21/lineitem?type_id=1";
    let scores = "/services/2/lineitems/21/lineitem/scores?type_id=1";
    let results = "/services/2/lineitems/21/lineitem/results?type_id=1";
    let memberships = "/services/2/memberships?type_id=1";
    let calls = [
        ("GET", CONTAINER, LINE_ITEMS, vec![ags("lineitem"), ags("lineitem.readonly")]),
        ("POST", CONTAINER, LINE_ITEM, vec![ags("lineitem")]),
        ("GET", item, LINE_ITEM, vec![ags("lineitem"), ags("lineitem.readonly")]),
        ("PUT", item, LINE_ITEM, vec![ags("lineitem")]),
        ("DELETE", item, LINE_ITEM, vec![ags("lineitem")]),
        ("POST", scores, SCORE, vec![ags("score")]),
        ("GET", results, RESULTS, vec![ags("result.readonly")]),
        ("GET", memberships, MEMBERS, vec![members]),
    ];
    for (method, path, media_type, allowed) in calls {
        for scope in super::super::token::SCOPES {
            client.token = sandbox.access_token(&[scope]);
            let response = client.call(method, path, media_type, &json!({})).await.unwrap();
            assert_eq!(
                response.status == 401,
                !allowed.contains(&scope.to_owned()),
                "{method} {path} with {scope}: {}",
                response.status
            );
            if response.status == 401 {
                let expected = format!(
                    "Bearer realm=\"services\", error=\"insufficient_scope\", scope=\"{}\"",
                    allowed.join(" ")
                );
                assert_eq!(
                    (response.header("www-authenticate"), &response.json()["reason"]),
                    (expected.as_str(), &json!("Unauthorized"))
                );
            }
        }
    }
    client.token = "0123456789abcdef".to_owned();
    assert!(
        client
            .get(CONTAINER, LINE_ITEMS)
            .await
            .header("www-authenticate")
            .contains("invalid_token")
    );
    let response =
        client.http.get(format!("{}{CONTAINER}", sandbox.issuer())).send().await.unwrap();
    assert_eq!(
        (response.status().as_u16(), response.headers()["www-authenticate"].to_str().unwrap()),
        (401, "Bearer realm=\"services\"")
    );
}

#[tokio::test]
async fn tokens_expire_and_can_be_revoked() {
    let (sandbox, mut client) =
        services(ServiceOptions { token_lifetime: 60, ..ServiceOptions::default() }).await;
    assert_eq!(client.get(CONTAINER, LINE_ITEMS).await.status, 200);
    sandbox.set_clock_offset(61);
    assert_eq!(client.get(CONTAINER, LINE_ITEMS).await.status, 401);
    client.token = sandbox.access_token(&super::super::token::SCOPES);
    assert_eq!(client.get(CONTAINER, LINE_ITEMS).await.status, 200);
    sandbox.revoke_access_tokens();
    assert_eq!(client.get(CONTAINER, LINE_ITEMS).await.status, 401);
}

#[tokio::test]
async fn every_link_has_its_line_item_and_filters_apply() {
    let (sandbox, client) = services(ServiceOptions::default()).await;
    let created =
        client.call("POST", CONTAINER, LINE_ITEM, &json!({ "label": "Extra", "scoreMaximum": 20, "resourceId": "quiz-7", "tag": "final" })).await.unwrap();
    assert_eq!(created.status, 201);
    let for_link = json!({ "label": "Second", "scoreMaximum": 10.5, "resourceLinkId": "21", "startDateTime": "2026-11-01T08:00:00Z" });
    let second = client.call("POST", CONTAINER, LINE_ITEM, &for_link).await.unwrap();
    assert_eq!(
        (second.status, &second.json()["scoreMaximum"], &second.json()["startDateTime"]),
        (201, &json!(10.5), &json!("2026-11-01T08:00:00Z"))
    );
    for (filter, labels) in [
        ("", vec!["Weekly quiz", "Essay on cells", "Reading list", "Extra", "Second"]),
        ("&resource_link_id=21", vec!["Weekly quiz", "Second"]),
        ("&resource_id=quiz-7", vec!["Extra"]),
        ("&tag=final", vec!["Extra"]),
        ("&tag=final&resource_link_id=21", vec![]),
        ("&resource_link_id=31", vec![]),
        ("&tag=", vec!["Weekly quiz", "Essay on cells", "Reading list", "Extra", "Second"]),
    ] {
        let response = client.get(&format!("{CONTAINER}{filter}"), LINE_ITEMS).await;
        let found: Vec<Value> =
            response.json().as_array().unwrap().iter().map(|item| item["label"].clone()).collect();
        assert_eq!(found, labels, "{filter}");
        assert_eq!(
            (response.header("link"), response.header("content-type")),
            ("", "application/vnd.ims.lis.v2.lineitemcontainer+json; charset=utf-8")
        );
    }
    let own = client
        .get(&format!("{}/services/2/lineitems/21/lineitem?type_id=1", sandbox.issuer()), LINE_ITEM)
        .await
        .json();
    let url = format!("{}/services/2/lineitems/21/lineitem?type_id=1", sandbox.issuer());
    let expected = json!({ "id": url, "label": "Weekly quiz", "scoreMaximum": 100, "resourceId": "", "tag": "", "resourceLinkId": "21", "ltiLinkId": "21" });
    assert_eq!(own, expected);
    assert_eq!(sandbox.grade_book(Course::Biology).len(), 3);
    assert_eq!(sandbox.service_log().count(Endpoint::NewLineItem), 2);
}

#[tokio::test]
async fn line_items_are_changed_and_deleted() {
    let (sandbox, client) = services(ServiceOptions::default()).await;
    let created = client
        .call(
            "POST",
            CONTAINER,
            LINE_ITEM,
            &json!({ "label": "Extra", "scoreMaximum": 20, "tag": "final" }),
        )
        .await
        .unwrap()
        .json();
    let url = created["id"].as_str().unwrap();
    let changed = client
        .call("PUT", url, LINE_ITEM, &json!({ "label": "Renamed", "scoreMaximum": 40 }))
        .await
        .unwrap();
    assert_eq!(
        (changed.status, &changed.json()["label"], &changed.json()["tag"]),
        (200, &json!("Renamed"), &json!(""))
    );
    assert_eq!(client.get(url, LINE_ITEM).await.json(), changed.json());
    assert_eq!(
        client.call("PUT", url, LINE_ITEM, &json!({ "label": "Renamed" })).await.unwrap().status,
        400
    );
    assert_eq!(client.call("DELETE", url, LINE_ITEM, &json!(null)).await.unwrap().status, 204);
    let gone = client.get(url, LINE_ITEM).await;
    assert_eq!(gone.status, 404);
    assert!(gone.json()["reason"].as_str().unwrap().contains("doesn't exist"));
    // The link's own line item is kept.
    assert_eq!(
        client
            .call("DELETE", "/services/2/lineitems/21/lineitem?type_id=1", LINE_ITEM, &json!(null))
            .await
            .unwrap()
            .status,
        403
    );
    assert_eq!(sandbox.grade_book(Course::Algebra).len(), 3);
}

/// Paths that do not exist, and queries that are invalid, with the status and the reason.
const INVALID_PATHS: &[(&str, &str, &str, u16, &str)] = &[
    ("GET", "/services/9/lineitems?type_id=1", LINE_ITEMS, 404, "Course 9 doesn't exist"),
    ("GET", "/services/1/lineitems?type_id=1", LINE_ITEMS, 404, "Course 1 doesn't exist"),
    (
        "GET",
        "/services/2/lineitems/31/lineitem?type_id=1",
        LINE_ITEM,
        404,
        "Grade item 31 doesn't exist",
    ),
    ("GET", "/services/2/lineitems?type_id=1&limit=many", LINE_ITEMS, 400, "limit is not a number"),
    // Results of joining strings instead of URLs.
    ("GET", "/services/2/lineitems", LINE_ITEMS, 404, "must carry type_id=1"),
    ("GET", "/services/2/lineitems?limit=1?type_id=1", LINE_ITEMS, 404, "must carry type_id=1"),
];

/// Makes a call, and checks the status and the reason in the response.
async fn assert_refused(
    client: &Client,
    (method, path, media_type): (&str, &str, &str),
    body: &Value,
    (status, reason): (u16, &str),
) {
    let response = client.call(method, path, media_type, body).await.unwrap();
    assert_eq!(response.status, status, "{method} {path} {body}");
    assert!(
        response.json()["reason"].as_str().unwrap().contains(reason),
        "{method} {path}: {}",
        response.body
    );
}

#[tokio::test]
async fn invalid_calls_are_refused_with_a_reason() {
    let (sandbox, client) = services(ServiceOptions::default()).await;
    let (empty, good) = (json!(null), json!({ "label": "A", "scoreMaximum": 1 }));
    for (method, media_type, body, status, reason) in [
        ("GET", "application/json", &empty, 400, "No handler found"),
        ("GET", "*/*", &empty, 400, "unsupported content type"),
        ("POST", "application/json", &good, 400, "No handler found"),
        ("PATCH", LINE_ITEM, &good, 404, "No handler found"),
    ] {
        assert_refused(&client, (method, CONTAINER, media_type), body, (status, reason)).await;
    }
    for (method, path, media_type, status, reason) in INVALID_PATHS {
        assert_refused(&client, (method, path, media_type), &empty, (*status, reason)).await;
    }
    let joined = "/services/2/lineitems/21/lineitem?type_id=1/scores";
    assert_refused(&client, ("POST", joined, SCORE), &json!({}), (404, "No handler found")).await;
    sandbox.set_services(ServiceOptions { query: None, ..ServiceOptions::default() });
    assert_eq!(
        client.get("/services/2/lineitems", LINE_ITEMS).await.json()[0]["id"],
        format!("{}/services/2/lineitems/21/lineitem", sandbox.issuer())
    );
}

#[tokio::test]
async fn invalid_line_items_are_refused_with_a_reason() {
    let (_sandbox, client) = services(ServiceOptions::default()).await;
    let incomplete = "No label or Score Maximum";
    for (body, status, reason) in [
        (json!({ "scoreMaximum": 1 }), 400, incomplete),
        (json!({ "label": " ", "scoreMaximum": 1 }), 400, incomplete),
        (json!({ "label": "A" }), 400, incomplete),
        (json!({ "label": "A", "scoreMaximum": 0 }), 400, incomplete),
        (
            json!({ "label": "A", "scoreMaximum": 1, "resourceLinkId": "31" }),
            403,
            "is not one of this course",
        ),
    ] {
        assert_refused(&client, ("POST", CONTAINER, LINE_ITEM), &body, (status, reason)).await;
    }
}

#[tokio::test]
async fn line_items_are_paged_with_all_styles_of_links() {
    let (sandbox, client) = services(ServiceOptions::default()).await;
    let first = client.get(&format!("{CONTAINER}&limit=2"), LINE_ITEMS).await;
    let next = first.link("next").unwrap();
    assert_eq!(
        (first.json().as_array().unwrap().len(), next.as_str()),
        (2, format!("{}{CONTAINER}&limit=2&from=2", sandbox.issuer()).as_str())
    );
    let second = client.get(&next, LINE_ITEMS).await;
    assert_eq!(
        (
            second.json().as_array().unwrap().len(),
            second.link("next"),
            second.link("prev").is_some()
        ),
        (1, None, true)
    );
    let filtered =
        client.get(&format!("{CONTAINER}&limit=1&resource_link_id=21"), LINE_ITEMS).await;
    assert_eq!(filtered.link("next"), None);
    for (style, text) in [
        (LinkStyle::Moodle, "type_id=1&amp;limit=2&amp;from=2>; rel=“next”"),
        (LinkStyle::Typographic, "type_id=1&limit=2&from=2>; rel=“next”"),
        (LinkStyle::Unquoted, "type_id=1&limit=2&from=2>; rel=next"),
        (LinkStyle::Relative, "</services/2/lineitems?type_id=1&limit=2&from=2>; rel=\"next\""),
    ] {
        sandbox.set_services(ServiceOptions { links: style, ..ServiceOptions::default() });
        let response = client.get(&format!("{CONTAINER}&limit=2"), LINE_ITEMS).await;
        assert!(response.header("link").contains(text), "{style}: {}", response.header("link"));
    }
    sandbox
        .set_services(ServiceOptions { links: LinkStyle::Separate, ..ServiceOptions::default() });
    let response = client.get(&format!("{CONTAINER}&limit=2"), LINE_ITEMS).await;
    assert!(
        response
            .headers
            .get_all("link")
            .iter()
            .any(|link| link.to_str().unwrap().contains("Rel=\"next\""))
    );
    // The platform's own limit also applies.
    sandbox.set_services(ServiceOptions { largest_page: 2, ..ServiceOptions::default() });
    assert!(client.get(CONTAINER, LINE_ITEMS).await.link("next").is_some());
}
