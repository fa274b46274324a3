//! What launches say about copied courses and links, and where it leads.

use ltictl::admin::publish;
use ltictl::domain::{Clock, DeploymentPolicy, Name, Random, Slug};
use ltictl::rules::registration::PolicyChange;
use ltictl::rules::resource::ResourceChange;
use ltictl::rules::setting::ListOf;
use ltictl::sandbox::{LaunchChoice, Sandbox};
use serde_json::{Value, json};

use crate::lab::sync::OTHER;
use crate::lab::{Lab, REGISTRATION, RESOURCE, outcome};

/// What a launch is: its course, its link and its custom parameters.
fn launch(context: &str, link: &str, custom: &Value) -> LaunchChoice {
    let place = "https://purl.imsglobal.org/spec/lti/claim";
    LaunchChoice::student().patched(json!({
        format!("{place}/context"): { "id": context, "title": format!("Course {context}") },
        format!("{place}/resource_link"): { "id": link },
        format!("{place}/custom"): custom,
    }))
}

/// Launches at a platform without a custom parameter `id`; the outcome and the resource.
async fn at(lab: &Lab, sandbox: &Sandbox, mut choice: LaunchChoice) -> (String, Option<String>) {
    let place = "https://purl.imsglobal.org/spec/lti/claim";
    if let Some(patch) = choice.patch.as_mut().and_then(Value::as_object_mut) {
        let custom = patch.get_mut(&format!("{place}/custom")).and_then(Value::as_object_mut);
        custom.unwrap().entry("id").or_insert(Value::Null);
    }
    sandbox.launch(&mut lab.browser.another(), &choice).await.unwrap();
    let launch = lab.newest_launch().unwrap();
    (outcome(&launch).to_owned(), launch.resource.map(|slug| slug.to_string()))
}

async fn come(lab: &Lab, context: &str, link: &str, custom: Value) -> (String, Option<String>) {
    at(lab, &lab.sandbox, launch(context, link, &custom)).await
}

fn accepted(resource: &str) -> (String, Option<String>) {
    ("accepted".to_owned(), Some(resource.to_owned()))
}

fn refused(reason: &str) -> (String, Option<String>) {
    (reason.to_owned(), None)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copied_link_opens_the_resource_of_the_link_from_which_it_was_copied() {
    let lab = Lab::start().await;
    let id = || json!(lab.resource_uuid);
    assert_eq!(come(&lab, "old", "l-old", json!({ "id": id() })).await, accepted(RESOURCE));
    // In order: each row may build on the ones before.
    for (what, link, custom, expected) in [
        ("no history", "l-1", json!({}), refused("resource_id_missing")),
        ("unknown link", "l-1", json!({ "link_history": "l-0" }), refused("resource_id_missing")),
        (
            "a literal",
            "l-1",
            json!({ "link_history": "$ResourceLink.id.history" }),
            refused("resource_id_missing"),
        ),
        ("itself", "l-1", json!({ "link_history": "l-1" }), refused("resource_id_missing")),
        (
            "the course's history only",
            "l-1",
            json!({ "context_history": "old" }),
            refused("resource_id_missing"),
        ),
        ("copied", "l-1", json!({ "link_history": "l-0,l-old" }), accepted(RESOURCE)),
        ("later, history is cut off", "l-1", json!({ "link_history": "l-0" }), accepted(RESOURCE)),
        ("second generation", "l-2", json!({ "link_history": "l-1" }), accepted(RESOURCE)),
        ("Sakai's order", "l-3", json!({ "link_history": "l-old,l-0,l-2" }), accepted(RESOURCE)),
        (
            "an ID of a deleted resource",
            "l-4",
            json!({ "id": "7e57d004-2b97-4e7a-b45f-5387367791cd", "link_history": "l-old" }),
            accepted(RESOURCE),
        ),
    ] {
        assert_eq!(come(&lab, "new", link, custom).await, expected, "{what}");
    }
    // Brightspace says it unasked.
    let brightspace = launch("new", "l-5", &json!({}));
    let mut patch = brightspace.patch.clone().unwrap();
    patch["http://www.brightspace.com"] = json!({ "ResourceLink.id.history": "l-old" });
    assert_eq!(at(&lab, &lab.sandbox, brightspace.patched(patch)).await, accepted(RESOURCE));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn history_opens_nothing_that_a_launch_may_not_open() {
    let lab = Lab::start().await;
    let now = Clock::System.now();
    let other = lab.second_platform().await;
    let publish = |slug: &str, change: &ResourceChange| {
        let slug = Slug::new(slug).unwrap();
        let name = Name::new(slug.as_str()).unwrap();
        let mut store = lab.store();
        publish::publish(&mut store, &name, Some(slug), change, true, now, &Random::System).unwrap()
    };
    let (hidden, _) = publish("hidden", &ResourceChange::default());
    come(&lab, "old", "l-old", json!({ "id": lab.resource_uuid })).await;
    come(&lab, "old", "l-hidden", json!({ "id": hidden.uuid.to_string() })).await;
    let at_other = launch("theirs", "l-theirs", &json!({ "id": lab.resource_uuid }));
    assert_eq!(at(&lab, &other, at_other).await, accepted(RESOURCE));

    // The other registration's links and courses have the same right to their IDs.
    for (what, link, named) in [
        ("this platform names the other's link", "l-1", "l-theirs"),
        ("a list of guesses", "l-1", "1,2,3,l-theirs,4"),
    ] {
        let custom = json!({ "link_history": named });
        assert_eq!(come(&lab, "new", link, custom).await, refused("resource_id_missing"), "{what}");
    }
    let stolen = launch("theirs", "l-2", &json!({ "link_history": "l-old" }));
    assert_eq!(at(&lab, &other, stolen).await, refused("resource_id_missing"));

    // A resource that was taken from the registration, or is not published any more, stays closed.
    let only = |registration: &str| Some(Some(ListOf(vec![registration.into()])).into());
    let published = Some(false);
    for (reason, change) in [
        (
            "resource_not_for_registration",
            ResourceChange { registrations: only(OTHER), ..ResourceChange::default() },
        ),
        (
            "resource_unpublished",
            ResourceChange {
                registrations: only(REGISTRATION),
                published,
                ..ResourceChange::default()
            },
        ),
    ] {
        publish::update(&mut lab.store(), &"hidden".into(), &change, now).unwrap();
        let (found, _) = come(&lab, "new", "l-3", json!({ "link_history": "l-hidden" })).await;
        assert_eq!(found, reason);
    }

    // Another deployment of the same registration: its own links come first.
    let deployments = Some(DeploymentPolicy::Accept);
    lab.set_policy(PolicyChange { deployments, ..PolicyChange::default() });
    let place = "https://purl.imsglobal.org/spec/lti/claim";
    let elsewhere = launch("new", "l-9", &json!({ "link_history": "l-old" }));
    let mut patch = elsewhere.patch.clone().unwrap();
    patch[format!("{place}/deployment_id")] = json!("second");
    let mut elsewhere = elsewhere.patched(patch);
    elsewhere.login.insert("lti_deployment_id".to_owned(), "second".to_owned());
    assert_eq!(at(&lab, &lab.sandbox, elsewhere).await, accepted(RESOURCE));
    other.shutdown().await;
    lab.stop().await;
}
