//! A good launch: the login request and the id_token's claims, as Moodle sends them.

use serde_json::{Value, json};

use super::choice::LaunchChoice;
use super::claims::{Object, claim, object};
use super::content::ContentItem;
use super::course_history::History;
use super::deep_linking;
use super::launch_context::LaunchContext;
use super::login_request::LoginRequest;
use super::notices;

/// Lifetime of an id_token in seconds; the same as Moodle's.
const TOKEN_LIFETIME: i64 = 60;

/// The URL at the tool that the link opens.
pub(super) fn target(scene: &LaunchContext, choice: &LaunchChoice) -> String {
    let own = || match &choice.deep_linking {
        Some(_) => scene.tool.deep_linking_url.clone(),
        None => scene.item.as_ref().and_then(|item| item.url.clone()),
    };
    choice.target_link_uri.clone().or_else(own).unwrap_or_else(|| scene.tool.tool_url.clone())
}

/// The identifier of the clicked link.
fn link_id(scene: &LaunchContext, choice: &LaunchChoice) -> String {
    scene
        .item
        .as_ref()
        .map_or_else(|| choice.link.id(choice.course).to_string(), |item| item.id.clone())
}

/// The login request of a good launch, in Moodle's order.
pub(super) fn login_request(
    scene: &LaunchContext,
    choice: &LaunchChoice,
    launch_id: &str,
) -> LoginRequest {
    let hint = match &choice.deep_linking {
        Some(_) => json!({ "launchid": launch_id }),
        None => json!({ "cmid": link_id(scene, choice), "launchid": launch_id }),
    };
    let fields = [
        ("iss", scene.issuer.clone()),
        ("target_link_uri", target(scene, choice)),
        ("login_hint", choice.user.person().id.to_owned()),
        ("lti_message_hint", hint.to_string()),
        ("client_id", scene.client_id.clone()),
        ("lti_deployment_id", scene.deployment_id.clone()),
    ];
    LoginRequest {
        by_get: false,
        fields: fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
    }
}

/// The header of a good token.
pub(super) fn header(kid: &str) -> Object {
    object(json!({ "typ": "JWT", "alg": "RS256", "kid": kid }))
}

/// The claims of a good launch.
pub(super) fn payload(scene: &LaunchContext, choice: &LaunchChoice) -> Object {
    let mut payload = object(json!({
        "nonce": scene.nonce,
        "iat": scene.seconds(),
        "exp": scene.seconds() + TOKEN_LIFETIME,
        "iss": scene.issuer,
        "aud": scene.client_id,
        "sub": choice.user.person().id,
    }));
    let mut core = |name: &str, value: Value| drop(payload.insert(claim(name), value));
    core("deployment_id", json!(scene.deployment_id));
    core("target_link_uri", json!(target(scene, choice)));
    core("message_type", json!("LtiResourceLinkRequest"));
    if let Some(user) = choice.review {
        core("message_type", json!("LtiSubmissionReviewRequest"));
        core("for_user", json!({ "user_id": user.person().id }));
    }
    core("version", json!("1.3.0"));
    core("roles", json!(choice.role.uris()));
    core(
        "resource_link",
        scene
            .item
            .as_ref()
            .map_or_else(|| choice.link.resource_link(choice.course), ContentItem::resource_link),
    );
    core("launch_presentation", presentation(scene, choice));
    core("tool_platform", tool_platform());
    core("custom", custom(scene, choice));
    core(
        "lis",
        json!({ "person_sourcedid": choice.user.person().sourcedid, "course_section_sourcedid": format!("CRS-{}", choice.course.id()) }),
    );
    core("ext", json!({ "user_username": choice.user.person().username, "lms": "ltictl-sandbox" }));
    if let Some(context) = choice.course.context() {
        core("context", context);
    }
    payload.extend(scene.history.as_ref().and_then(History::claim));
    if let Some(service) = notices::claim(scene) {
        payload.insert(claim("platformnotificationservice"), service);
    }
    add_person(&mut payload, choice);
    add_services(&mut payload, scene, choice);
    if let Some(selection) = &choice.deep_linking {
        deep_linking::change_claims(&mut payload, scene, selection);
    }
    payload
}

fn presentation(scene: &LaunchContext, choice: &LaunchChoice) -> Value {
    let container = if choice.new_window { 4 } else { 3 };
    let query = format!(
        "course={}&launch_container={container}&instanceid={}",
        choice.course.id(),
        link_id(scene, choice)
    );
    json!({
        "locale": "en",
        "document_target": if choice.new_window { "window" } else { "iframe" },
        "return_url": scene.endpoint(&format!("/return?{query}")),
    })
}

fn tool_platform() -> Value {
    json!({
        "product_family_code": "ltictl-sandbox",
        "version": env!("CARGO_PKG_VERSION"),
        "guid": "sandbox",
        "name": "Sandbox",
        "description": "Test platform of ltictl",
    })
}

fn custom(scene: &LaunchContext, choice: &LaunchChoice) -> Value {
    let mut custom = scene.tool.custom.clone();
    custom.extend(scene.item.iter().flat_map(|item| item.custom.clone()));
    custom.extend(choice.custom.clone());
    for value in custom.values_mut() {
        if let Some(replaced) = scene.history.as_ref().and_then(|history| history.replaced(value)) {
            *value = replaced;
        }
    }
    json!(custom)
}

fn add_person(payload: &mut Object, choice: &LaunchChoice) {
    let person = choice.user.person();
    if let Some((given, family)) = person.names {
        payload.insert("given_name".to_owned(), json!(given));
        payload.insert("family_name".to_owned(), json!(family));
        payload.insert("name".to_owned(), json!(format!("{given} {family}")));
    }
    if let Some(email) = person.email {
        payload.insert("email".to_owned(), json!(email));
    }
}

/// Grades, members and the old outcomes service, which only courses have.
fn add_services(payload: &mut Object, scene: &LaunchContext, choice: &LaunchChoice) {
    if choice.course.context().is_none() {
        return;
    }
    let (course, link) = (choice.course.id(), link_id(scene, choice));
    let service = |path: &str| {
        scene.services.with_query(scene.endpoint(&format!("/services/{course}/{path}")))
    };
    let scope = |name: &str| format!("https://purl.imsglobal.org/spec/lti-ags/scope/{name}");
    let mut grades = json!({
        "scope": [scope("lineitem"), scope("lineitem.readonly"), scope("result.readonly"), scope("score")],
        "lineitems": service("lineitems"),
    });
    // Selected content has a column in the grade book only if the tool sent one.
    if scene.item.as_ref().is_none_or(|item| item.line_item.is_some()) {
        grades["lineitem"] = json!(service(&format!("lineitems/{link}/lineitem")));
    }
    payload.insert("https://purl.imsglobal.org/spec/lti-ags/claim/endpoint".to_owned(), grades);
    payload.insert(
        "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice".to_owned(),
        json!({ "context_memberships_url": service("memberships"), "service_versions": ["1.0", "2.0"] }),
    );
    payload.insert(
        "https://purl.imsglobal.org/spec/lti-bo/claim/basicoutcome".to_owned(),
        json!({ "lis_result_sourcedid": format!("{link}-{}", choice.user.person().id), "lis_outcome_service_url": scene.endpoint("/services/outcomes") }),
    );
}
