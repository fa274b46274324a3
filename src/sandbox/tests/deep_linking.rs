//! Content selection from the click to the launch of what was selected, with a tool that signs on
//! request.

use serde_json::{Value, json};

use super::super::browser::{Browser, Page};
use super::super::claims::claim;
use super::super::keys::Scheme;
use super::super::{
    Course, DeepLinkingChoice, LaunchChoice, MigrationChoice, MigrationSign, Sandbox, User,
};
use super::{Client, LINE_ITEMS, decoded, platform_and_tool, token_on, tool_key};
use crate::lti::claims::Claims;
use crate::lti::deep_linking::{Item, LineItem, Response, Settings};
use crate::lti::line_item::SubmissionPeriod;

const DL: &str = "https://purl.imsglobal.org/spec/lti-dl/claim/";

/// Requests a content selection, and returns the claims of the request.
async fn ask(sandbox: &Sandbox, browser: &mut Browser, selection: DeepLinkingChoice) -> Value {
    let page = sandbox
        .launch_until_token(browser, &LaunchChoice::teacher().selecting(selection))
        .await
        .unwrap();
    decoded(&token_on(&page), 1)
}

/// A valid response to a request, with one item.
fn response_to(sandbox: &Sandbox, request: &Value, nonce: &str) -> Value {
    let now = jiff::Timestamp::now().as_second();
    let settings = &request[format!("{DL}deep_linking_settings")];
    let mut response = json!({
        "iss": request["aud"], "aud": request["iss"], "iat": now, "exp": now + 300, "nonce": nonce,
        claim("deployment_id"): request[claim("deployment_id")], claim("message_type"): "LtiDeepLinkingResponse", claim("version"): "1.3.0",
        format!("{DL}content_items"): [{
            "type": "ltiResourceLink", "title": "Picked <quiz>", "url": sandbox.tool().unwrap().tool_url, "custom": { "id": "picked", "level": "2" },
            "iframe": {}, "lineItem": { "scoreMaximum": 12.5, "label": "Quiz grade", "resourceId": "quiz", "tag": "grade" },
        }],
    });
    if let Some(data) = settings.get("data") {
        response[format!("{DL}data")] = data.clone();
    }
    response
}

/// Signs a response with the tool's key, and posts it to the return URL of the request.
async fn send(browser: &mut Browser, request: &Value, response: &Value) -> Page {
    let header = json!({ "alg": "RS256", "kid": tool_key().kid() }).to_string();
    let token = tool_key().seal(Scheme::Rs256, header.as_bytes(), response.to_string().as_bytes());
    post(browser, request, "JWT", &token).await
}

async fn post(browser: &mut Browser, request: &Value, name: &str, token: &str) -> Page {
    let return_url =
        request[format!("{DL}deep_linking_settings")]["deep_link_return_url"].as_str().unwrap();
    browser.post_form(return_url, &[(name.to_owned(), token.to_owned())]).await.unwrap()
}

#[tokio::test]
async fn the_request_has_the_chosen_settings() {
    let sandbox = platform_and_tool().await;
    let mut browser = Browser::new();
    let claims = ask(&sandbox, &mut browser, DeepLinkingChoice::default()).await;
    assert_eq!(claims[claim("message_type")], "LtiDeepLinkingRequest");
    assert_eq!(claims[claim("target_link_uri")], json!(sandbox.tool().unwrap().deep_linking_url));
    assert!(claims.get(claim("resource_link")).is_none());
    assert!(
        claims["https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"].get("lineitem").is_none()
    );
    let settings = &claims[format!("{DL}deep_linking_settings")];
    assert_eq!(
        (&settings["accept_types"], &settings["accept_multiple"]),
        (&json!(["ltiResourceLink"]), &json!(true))
    );
    assert!(
        ["accept_lineitem", "data", "accept_media_types"]
            .iter()
            .all(|name| settings.get(*name).is_none()),
        "{settings}"
    );
    let login = sandbox
        .click(&mut browser, &LaunchChoice::teacher().selecting(DeepLinkingChoice::default()))
        .await
        .unwrap()
        .form()
        .unwrap();
    assert_eq!(login.field("target_link_uri"), sandbox.tool().unwrap().deep_linking_url.as_deref());

    let selection = DeepLinkingChoice {
        accept_multiple: Some(false),
        accept_lineitem: Some(false),
        data: Some(String::new()),
        product_family: Some("BlackboardLearn".to_owned()),
        ..DeepLinkingChoice::certification()
    };
    let claims = ask(&sandbox, &mut browser, selection).await;
    let settings = &claims[format!("{DL}deep_linking_settings")];
    assert_eq!(
        (&settings["accept_multiple"], &settings["accept_lineitem"], &settings["data"]),
        (&json!(false), &json!(false), &json!(""))
    );
    assert_eq!(settings["accept_media_types"], "image/*,text/html,application/json");
    assert_eq!(claims[claim("tool_platform")]["product_family_code"], "BlackboardLearn");

    sandbox.set_tool(super::super::ToolSetup { deep_linking_url: None, ..sandbox.tool().unwrap() });
    let claims = ask(&sandbox, &mut browser, DeepLinkingChoice::default()).await;
    assert_eq!(claims[claim("target_link_uri")], json!(sandbox.tool().unwrap().tool_url));
}

/// Selects two items for the biology course, the first with a line item. Returns the page after it.
async fn select_two(sandbox: &Sandbox, browser: &mut Browser) -> Page {
    let mut choice = LaunchChoice::teacher().selecting(DeepLinkingChoice {
        data: Some("a&b=\"c\"".to_owned()),
        ..DeepLinkingChoice::default()
    });
    choice.course = Course::Biology;
    let request =
        decoded(&token_on(&sandbox.launch_until_token(browser, &choice).await.unwrap()), 1);
    let mut response = response_to(sandbox, &request, "n-1");
    let mut second = response[format!("{DL}content_items")][0].clone();
    drop(second.as_object_mut().unwrap().remove("lineItem"));
    second["title"] = json!("A reading");
    response[format!("{DL}content_items")].as_array_mut().unwrap().push(second);
    send(browser, &request, &response).await
}

#[tokio::test]
async fn selected_content_is_shown() {
    let sandbox = platform_and_tool().await;
    let mut browser = Browser::new();
    let page = select_two(&sandbox, &mut browser).await;
    assert_eq!(page.status, 200, "{}", page.body);
    assert!(
        page.body.contains("Added to Biology 101")
            && page.body.contains("Picked &#60;quiz&#62;")
            && page.body.contains("12.5"),
        "{}",
        page.body
    );
    let home = browser.get(&format!("{}/", sandbox.issuer())).await.unwrap().body;
    assert!(
        home.contains("Picked &#60;quiz&#62;")
            && home.contains("<td>Quiz grade</td><td>12.5</td>")
            && home.contains("name=\"item\" value=\"101\""),
        "{home}"
    );
}

#[tokio::test]
async fn selected_content_becomes_a_link_that_launches() {
    let sandbox = platform_and_tool().await;
    let mut browser = Browser::new();
    select_two(&sandbox, &mut browser).await;
    let items = sandbox.content_items();
    assert_eq!(
        items.iter().map(|item| (item.id.as_str(), item.course)).collect::<Vec<_>>(),
        [("100", Course::Biology), ("101", Course::Biology)]
    );
    for (item, graded) in [(&items[0], true), (&items[1], false)] {
        let launch = LaunchChoice::of(User::Sam).opening(item).custom("level", "3");
        let claims = decoded(
            &token_on(&sandbox.launch_until_token(&mut browser, &launch).await.unwrap()),
            1,
        );
        assert_eq!(claims[claim("message_type")], "LtiResourceLinkRequest");
        assert_eq!(
            claims[claim("resource_link")],
            json!({ "id": item.id, "title": item.title, "description": "" })
        );
        assert_eq!(claims[claim("context")]["title"], "Biology 101");
        assert_eq!(claims[claim("target_link_uri")], json!(item.url));
        assert_eq!(claims[claim("custom")], json!({ "id": "picked", "level": "3" }));
        let line_item =
            &claims["https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"]["lineitem"];
        assert_eq!(
            line_item
                .as_str()
                .map(|url| url.ends_with("/services/3/lineitems/100/lineitem?type_id=1")),
            graded.then_some(true),
            "{line_item}"
        );
    }
    let unknown = browser
        .post_form(&format!("{}/launch", sandbox.issuer()), &[("item".to_owned(), "99".to_owned())])
        .await
        .unwrap();
    assert_eq!(unknown.status, 400);
}

#[tokio::test]
async fn column_of_selected_content_is_in_the_grade_book() {
    let sandbox = platform_and_tool().await;
    select_two(&sandbox, &mut Browser::new()).await;
    let column = sandbox.grade_book(Course::Biology).pop().unwrap();
    assert_eq!(
        (
            column.label.as_str(),
            column.score_maximum,
            column.resource_link_id.as_deref(),
            column.coupled
        ),
        ("Quiz grade", 12.5, Some("100"), true)
    );
    let found = Client::new(&sandbox)
        .get("/services/3/lineitems?type_id=1&resource_link_id=100", LINE_ITEMS)
        .await
        .json();
    assert_eq!((found.as_array().unwrap().len(), &found[0]["label"]), (1, &json!("Quiz grade")));
}

#[tokio::test]
async fn empty_and_repeated_selections_add_nothing() {
    let sandbox = platform_and_tool().await;
    let mut browser = Browser::new();
    let request = ask(&sandbox, &mut browser, DeepLinkingChoice::default()).await;
    let mut response = response_to(&sandbox, &request, "n-1");
    response[format!("{DL}content_items")] = json!([]);
    response[format!("{DL}msg")] = json!("Nothing <selected>");
    let page = send(&mut browser, &request, &response).await;
    assert!(
        page.status == 200
            && page.body.contains("Nothing was added")
            && page.body.contains("Nothing &#60;selected&#62;"),
        "{}",
        page.body
    );

    let request = ask(&sandbox, &mut browser, DeepLinkingChoice::default()).await;
    let response = response_to(&sandbox, &request, "n-2");
    assert_eq!(send(&mut browser, &request, &response).await.status, 200);
    let replayed = send(&mut browser, &request, &response).await;
    assert!(replayed.status == 400 && replayed.body.contains("nonce"), "{}", replayed.body);
    assert_eq!(
        send(&mut browser, &request, &response_to(&sandbox, &request, "n-3")).await.status,
        409
    );
    assert_eq!(sandbox.content_items().len(), 1);
}

#[tokio::test]
async fn an_invalid_response_adds_nothing_and_is_explained() {
    let sandbox = platform_and_tool().await;
    let mut browser = Browser::new();
    let request = ask(
        &sandbox,
        &mut browser,
        DeepLinkingChoice { accept_multiple: Some(false), ..DeepLinkingChoice::default() },
    )
    .await;
    let good = response_to(&sandbox, &request, "n-1");
    let header = |alg: &str, kid: &str| json!({ "alg": alg, "kid": kid }).to_string();
    let token = |header: &str, claims: &Value| {
        tool_key().seal(Scheme::Rs256, header.as_bytes(), claims.to_string().as_bytes())
    };
    let right = header("RS256", tool_key().kid());
    let mut two = good.clone();
    two[format!("{DL}content_items")] =
        json!([good[format!("{DL}content_items")][0], good[format!("{DL}content_items")][0]]);
    let mut foreign = good.clone();
    foreign["aud"] = json!("https://other.example");
    let signed = token(&right, &good);
    let (message, _) = signed.rsplit_once('.').unwrap();
    let other = super::super::keys::SigningKey::generate().unwrap().seal(
        Scheme::Rs256,
        right.as_bytes(),
        good.to_string().as_bytes(),
    );
    let table = [
        ("JWT", "nonsense".to_owned(), "not a signed token"),
        ("jwt", signed.clone(), "no field JWT"),
        ("JWT", token(&header("PS256", tool_key().kid()), &good), "RS256"),
        ("JWT", token(&header("none", tool_key().kid()), &good), "RS256"),
        ("JWT", token(&header("RS256", "other"), &good), "no RSA key"),
        ("JWT", token(&json!({ "alg": "RS256" }).to_string(), &good), "does not name the key"),
        ("JWT", format!("{message}.AAAA"), "does not match"),
        ("JWT", other, "does not match"),
        ("JWT", token(&right, &two), "contains 2 items"),
        ("JWT", token(&right, &foreign), "aud of the response"),
        ("JWT", token(&right, &json!([])), "cannot be read"),
    ];
    for (name, token, expected) in table {
        let page = post(&mut browser, &request, name, &token).await;
        assert!(
            page.status == 400 && page.body.contains(expected),
            "{expected}: {} {}",
            page.status,
            page.body
        );
    }
    let anonymous = browser
        .post_form(
            &format!("{}/deep-link-return?request=x", sandbox.issuer()),
            &[("JWT".to_owned(), signed)],
        )
        .await
        .unwrap();
    assert_eq!(anonymous.status, 400);
    assert!(sandbox.content_items().is_empty());
    // None of these has spent the request or the nonce.
    assert_eq!(send(&mut browser, &request, &good).await.status, 200);
}

#[tokio::test]
async fn a_user_of_lti_1_1_is_identified_by_a_signed_claim() {
    let sandbox = platform_and_tool().await;
    let mut browser = Browser::new();
    let migration = MigrationChoice {
        consumer_key: "key".to_owned(),
        secret: "secret".to_owned(),
        user_id: Some("old-4".to_owned()),
        sign: MigrationSign::Raw,
    };
    let choice = LaunchChoice::student().migrating(migration.clone());
    let claims =
        decoded(&token_on(&sandbox.launch_until_token(&mut browser, &choice).await.unwrap()), 1);
    let claim_of = &claims[claim("lti1p1")];
    assert_eq!(
        (&claim_of["oauth_consumer_key"], &claim_of["user_id"]),
        (&json!("key"), &json!("old-4"))
    );
    let read = Claims::read(claims.to_string()).unwrap();
    let check = |secret: &[u8]| crate::lti::migration::check(&read, sandbox.client_id(), [secret]);
    assert_eq!(
        check(b"secret"),
        crate::lti::migration::Migration::Verified {
            consumer_key: "key".to_owned(),
            user_id: Some("old-4".to_owned())
        }
    );
    assert_eq!(check(b"other"), crate::lti::migration::Migration::InvalidSignature);
}

/// A choice for each setting that a response depends on.
fn selections() -> [DeepLinkingChoice; 8] {
    [
        DeepLinkingChoice::default(),
        DeepLinkingChoice::certification(),
        DeepLinkingChoice {
            data: Some(String::new()),
            accept_lineitem: Some(true),
            ..DeepLinkingChoice::default()
        },
        DeepLinkingChoice {
            data: Some("\u{e9}&\"<\\".to_owned()),
            accept_lineitem: Some(false),
            ..DeepLinkingChoice::default()
        },
        DeepLinkingChoice {
            accept_multiple: Some(false),
            targets: vec!["window".to_owned()],
            ..DeepLinkingChoice::default()
        },
        DeepLinkingChoice {
            accept_multiple: None,
            targets: vec!["embed".to_owned()],
            ..DeepLinkingChoice::default()
        },
        DeepLinkingChoice {
            targets: vec!["frame".to_owned()],
            product_family: Some("BlackboardLearn".to_owned()),
            ..DeepLinkingChoice::default()
        },
        DeepLinkingChoice { targets: Vec::new(), ..DeepLinkingChoice::default() },
    ]
}

/// An item of the tool, with a line item if it is graded.
fn item(url: &str, number: usize, graded: bool) -> Item {
    Item {
        url: url.to_owned(),
        title: format!("Resource {number}"),
        text: Some("About it".to_owned()),
        resource_uuid: "393cf3fc-5b7c-4b60-b528-80e38f6159d3".to_owned(),
        line_item: graded.then(|| LineItem {
            score_maximum: 7.5,
            label: "Grade".to_owned(),
            resource_id: "r".to_owned(),
            tag: "grade".to_owned(),
            submissions: SubmissionPeriod::default(),
        }),
        frame: None,
    }
}

#[tokio::test]
async fn responses_of_lti_deep_linking_are_accepted_for_all_settings() {
    let sandbox = platform_and_tool().await;
    let mut browser = Browser::new();
    let key = tool_key().to_pkcs8().unwrap();
    for (number, selection) in selections().into_iter().enumerate() {
        let request = ask(&sandbox, &mut browser, selection.clone()).await;
        let claims = Claims::read(request.to_string()).unwrap();
        let settings = Settings::read(&claims, false).unwrap();
        let url = sandbox.tool().unwrap().tool_url;
        let item = |graded: bool| item(&url, number, graded);
        let items =
            if settings.accept_multiple { vec![item(true), item(false)] } else { vec![item(true)] };
        let response = Response {
            client_id: sandbox.client_id(),
            issuer: sandbox.issuer(),
            deployment_id: claims.deployment_id().unwrap(),
            has_subject: false,
            settings: &settings,
            items: &items,
            nonce: &format!("n-{number}"),
            now_seconds: jiff::Timestamp::now().as_second(),
        };
        let before = sandbox.content_items().len();
        let page =
            post(&mut browser, &request, "JWT", &response.sign(tool_key().kid(), &key).unwrap())
                .await;
        assert_eq!(page.status, 200, "{selection:?}: {}", page.body);
        let added = sandbox.content_items().split_off(before);
        assert_eq!(added.len(), items.len());
        assert_eq!(
            added[0].line_item.as_ref().map(|column| column.score_maximum),
            (selection.accept_lineitem != Some(false)).then_some(7.5)
        );
        assert_eq!(
            (added[0].new_window, added[0].text.as_str()),
            (selection.targets == ["window"], "About it")
        );
    }
}
