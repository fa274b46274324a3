//! What one platform can store, and how much of the server it gets: a hostile platform does its
//! worst, with valid signatures.

use std::sync::Arc;
use std::time::Duration;

use ltictl::admin::{connect, publish, register, setup};
use ltictl::doctor::{Check, Verdict};
use ltictl::domain::{
    Clock, DeploymentId, Name, PlatformUser, Provisioning, Slug, StoredList, StoredText,
};
use ltictl::rules::fairness::Capacity;
use ltictl::rules::registration::PlatformChange;
use ltictl::rules::resource::ResourceChange;
use ltictl::sandbox::browser::Page;
use ltictl::sandbox::{self, DeepLinkingChoice, LaunchChoice, Sandbox};
use ltictl::store::{AuditFilter, LaunchFilter, RegistrationTotal};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::doctor::setup::examine_offline;
use crate::lab::database::Database;
use crate::lab::{self, Lab, REGISTRATION, RESOURCE, outcome, raw};

const CLAIM: &str = "https://purl.imsglobal.org/spec/lti/claim/";

/// As many bytes as one token has room for, beside everything else in it.
const HUGE: usize = 40_000;

/// The bytes in all rows of all tables.
fn stored(lab: &Lab) -> i64 {
    Database::open(&lab.database).stored_bytes()
}

/// How many bytes a launch adds.
async fn added_by(lab: &Lab, choice: &LaunchChoice, expected: &str) -> i64 {
    let before = stored(lab);
    lab.launch(choice).await;
    let launch = lab.newest_launch();
    assert_eq!(launch.as_ref().map_or("waits", outcome), expected, "{launch:?}");
    stored(lab) - before
}

/// One launch for each claim that a platform can make long.
fn long_claims() -> Vec<(&'static str, Value)> {
    let long = || "学".repeat(HUGE / 3);
    let claim = |name: &str, value: Value| json!({ format!("{CLAIM}{name}"): value });
    let custom = |parameters: Vec<(String, String)>| {
        claim(
            "custom",
            Value::Object(
                parameters.into_iter().map(|(name, value)| (name, value.into())).collect(),
            ),
        )
    };
    vec![
        ("name", json!({ "name": long() })),
        ("given name", json!({ "given_name": long(), "name": null })),
        ("family name", json!({ "family_name": long(), "name": null })),
        ("email", json!({ "email": long() })),
        ("locale", json!({ "locale": long() })),
        ("one role", claim("roles", json!([long()]))),
        (
            "many roles",
            claim(
                "roles",
                json!(vec!["http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"; 600]),
            ),
        ),
        ("context title", claim("context", json!({ "id": "2", "title": long() }))),
        ("context label", claim("context", json!({ "id": "2", "label": long() }))),
        ("context types", claim("context", json!({ "id": "2", "type": vec!["x"; 9_000] }))),
        ("link title", claim("resource_link", json!({ "id": "1", "title": long() }))),
        ("platform name", claim("tool_platform", json!({ "guid": "g", "name": long() }))),
        ("product", claim("tool_platform", json!({ "guid": "g", "product_family_code": long() }))),
        ("custom parameter", custom(vec![("a".into(), long())])),
        ("name of a custom parameter", custom(vec![(long(), "a".into())])),
        (
            "many custom parameters",
            custom((0..2_000).map(|number| (format!("p{number}"), "v".into())).collect()),
        ),
        (
            "scopes",
            json!({
                "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint": {
                    "scope": vec!["s"; 9_000],
                    "lineitem": "https://a.example/1",
                },
            }),
        ),
    ]
}

/// The claims that are stored, each as long as it may be.
fn maximal() -> Value {
    let text = || "学".repeat(255);
    let service = |path: &str| format!("https://a.example/{path}/{}", "x".repeat(2000));
    let custom: serde_json::Map<String, Value> =
        (0..100).map(|number| (format!("p{number:02}"), "v".repeat(100).into())).collect();
    let roles: Vec<String> = (0..100)
        .map(|number| format!("http://purl.imsglobal.org/vocab/lis/v2/membership#Role{number}"))
        .collect();
    json!({
        "sub": text(),
        "name": text(),
        "given_name": text(),
        "family_name": text(),
        "email": text(),
        "locale": "x".repeat(64),
        format!("{CLAIM}roles"): roles,
        format!("{CLAIM}context"): {
            "id": text(),
            "title": text(),
            "label": text(),
            "type": vec!["CourseSection"; 200],
        },
        format!("{CLAIM}resource_link"): { "id": text(), "title": text() },
        format!("{CLAIM}tool_platform"): {
            "guid": "g",
            "name": text(),
            "product_family_code": "p".repeat(64),
        },
        format!("{CLAIM}custom"): custom,
        "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint": {
            "scope": vec!["s"; 100],
            "lineitem": service("item"),
            "lineitems": service("items"),
        },
        "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice": {
            "context_memberships_url": service("members"),
        },
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_accepted_launch_stores_a_bounded_number_of_bytes() {
    let lab = Lab::start().await;
    let ordinary = added_by(&lab, &LaunchChoice::student(), "accepted").await;
    assert!(ordinary < 8_000, "{ordinary}");
    for (what, patch) in long_claims() {
        let bytes = added_by(&lab, &LaunchChoice::student().patched(patch), "accepted").await;
        assert!(bytes < 18_000, "{what}: {bytes} bytes");
    }
    // A person, a course and a link that are new to the tool; then again.
    let choice = LaunchChoice::student().patched(maximal());
    let (first, second) =
        (added_by(&lab, &choice, "accepted").await, added_by(&lab, &choice, "accepted").await);
    println!(
        "an ordinary launch stores {ordinary} bytes, a maximal one {first}, and {second} when it \
         comes again"
    );
    assert!(first < 58_000 && second < 36_000, "{first} {second}");
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_launch_stores_a_bounded_number_of_bytes() {
    let lab = Lab::start().await;
    let long = || "x".repeat(HUGE);
    let claim = |name: &str, value: Value| json!({ format!("{CLAIM}{name}"): value });
    let mut most = 0_i64;
    for (code, patch) in [
        ("message_type_unsupported", claim("message_type", json!(long()))),
        ("lti_version_unsupported", claim("version", json!(long()))),
        ("deployment_missing", claim("deployment_id", json!(long()))),
        ("sub_missing", json!({ "sub": long() })),
        ("resource_link_missing", claim("resource_link", json!({ "id": long() }))),
        ("claim_too_long", claim("context", json!({ "id": long() }))),
        ("resource_unknown", claim("custom", json!({ "id": long() }))),
        ("target_mismatch", claim("target_link_uri", json!(long()))),
        ("nonce_mismatch", json!({ "nonce": long() })),
        ("iss_mismatch", json!({ "iss": long() })),
        ("aud_mismatch", json!({ "aud": vec!["a"; HUGE / 4] })),
        ("azp_mismatch", json!({ "azp": long() })),
    ] {
        let bytes = added_by(&lab, &LaunchChoice::student().patched(patch), code).await;
        assert!(bytes < 6_000, "{code}: {bytes} bytes");
        most = most.max(bytes);
    }
    let mut maximal = maximal();
    maximal[format!("{CLAIM}message_type")] = json!("x".repeat(10_000));
    most = most.max(
        added_by(&lab, &LaunchChoice::student().patched(maximal), "message_type_unsupported").await,
    );
    println!("a signed refusal stores at most {most} bytes");
    assert!(most < 8_000, "{most}");
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_waiting_launch_stores_a_bounded_number_of_bytes() {
    let lab = Lab::start().await;
    let change = ResourceChange {
        student_provisioning: Some(Provisioning::Prompt),
        ..ResourceChange::default()
    };
    publish::update(&mut lab.store(), &RESOURCE.into(), &change, Clock::System.now()).unwrap();
    let mut most = 0_i64;
    for (what, patch) in long_claims() {
        let bytes = added_by(&lab, &LaunchChoice::student().patched(patch), "waits").await;
        assert!(bytes < 16_000, "{what}: {bytes} bytes");
        most = most.max(bytes);
    }
    let id = json!({ format!("{CLAIM}custom"): { "id": lab.resource_uuid } });
    let mut all = maximal();
    all[format!("{CLAIM}custom")]["id"] = id[format!("{CLAIM}custom")]["id"].clone();
    most = most.max(added_by(&lab, &LaunchChoice::student().patched(all), "waits").await);
    println!("a waiting launch stores at most {most} bytes");
    assert!(most < 36_000, "{most}");
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_content_selection_stores_a_bounded_number_of_bytes_and_gives_its_data_back_whole() {
    let lab = Lab::start().await;
    let settings = "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings";
    let selection = || LaunchChoice::teacher().selecting(DeepLinkingChoice::default());
    for (what, patch, expected) in [
        ("title", json!({ "title": "学".repeat(HUGE / 3) }), "waits"),
        ("text", json!({ "text": "学".repeat(HUGE / 3) }), "waits"),
        ("media types", json!({ "accept_media_types": vec!["a/b"; 9_000].join(",") }), "waits"),
        ("types", json!({ "accept_types": vec!["ltiResourceLink"; 2_000] }), "waits"),
        ("data", json!({ "data": "x".repeat(8_190) }), "waits"),
        ("data that is too long", json!({ "data": "x".repeat(8_191) }), "claim_too_long"),
    ] {
        let bytes =
            added_by(&lab, &selection().patched(json!({ settings: patch })), expected).await;
        assert!(bytes < 20_000, "{what}: {bytes} bytes");
    }
    lab.stop().await;
}

/// The registration of the hostile platform.
const HOSTILE: &str = "hostile";

/// A second platform with a registration of its own.
async fn hostile_platform(lab: &Lab) -> Arc<Sandbox> {
    let platform = Sandbox::start(sandbox::Options {
        signing_key: Some(lab::signing_key()),
        ..sandbox::Options::local()
    })
    .await
    .unwrap();
    let (mut store, now) = (lab.store(), Clock::System.now());
    register::create(&mut store, &Name::new("Hostile").unwrap(), None, false, now).unwrap();
    let change = PlatformChange {
        issuer: Some(platform.issuer().to_owned()),
        client_id: Some(platform.client_id().to_owned()),
        keyset_url: Some(platform.keyset_url()),
        access_token_url: Some(platform.access_token_url()),
        authentication_request_url: Some(platform.authentication_request_url()),
        ..PlatformChange::default()
    };
    connect::set_platform(&mut store, &HOSTILE.into(), &change, now).unwrap();
    connect::add_deployment(
        &mut store,
        &HOSTILE.into(),
        DeploymentId::new(platform.deployment_id()).unwrap(),
        None,
        false,
        now,
    )
    .unwrap();
    let setup = lab::tool_setup(&lab.url, &lab.resource_uuid);
    platform.set_tool(sandbox::ToolSetup {
        initiate_login_url: format!("{}/lti/login/{HOSTILE}", lab.url),
        ..setup
    });
    Arc::new(platform)
}

/// Launches so many times at once.
fn flood(lab: &Lab, platform: &Arc<Sandbox>, launches: usize) -> JoinSet<Page> {
    (0..launches)
        .map(|_| {
            let (platform, mut browser) = (Arc::clone(platform), lab.browser.another());
            async move { platform.launch(&mut browser, &LaunchChoice::student()).await.unwrap() }
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_load_each_registration_gets_its_share_and_the_excess_429() {
    let lab =
        Lab::with(|options| options.limits.launches = Capacity { at_once: 2, inside: 8 }).await;
    let hostile = hostile_platform(&lab).await;
    // Both platforms' keysets are known, and their users have accounts.
    assert_eq!(lab.launch(&LaunchChoice::student()).await.status, 303);
    assert_eq!(flood(&lab, &hostile, 1).join_next().await.unwrap().unwrap().status, 303);

    // While another program holds the database, nothing is stored and the queue grows.
    let slow = Database::open(&lab.database);
    slow.begin_writing();
    let mut launches = flood(&lab, &hostile, 20);
    for _ in 0..12 {
        let page = launches.join_next().await.unwrap().unwrap();
        assert_eq!((page.status, page.header("retry-after")), (429, Some("2")), "{}", page.body);
    }
    // Strangers share one party, whose excess is turned away too.
    let form = "state=x&id_token=y";
    let request = format!(
        "POST /lti/launch HTTP/1.1\r\nHost: tool\r\nConnection: close\r\nContent-Type: \
         application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
        form.len()
    );
    let lab = Arc::new(lab);
    let mut strangers: JoinSet<String> = (0..10)
        .map(|_| {
            let (lab, request) = (Arc::clone(&lab), request.clone());
            async move { raw(&lab, &request).await }
        })
        .collect();
    for _ in 0..6 {
        let answer = strangers.join_next().await.unwrap().unwrap();
        assert!(
            answer.starts_with("HTTP/1.1 429 ") && answer.contains("retry-after: 2"),
            "{answer}"
        );
    }
    // The launches of a school that sends few are accepted.
    let school = {
        let lab = Arc::clone(&lab);
        tokio::spawn(async move { lab.launch(&LaunchChoice::teacher()).await })
    };
    while lab.server.launches_in_progress() < 13 {
        tokio::task::yield_now().await;
    }
    drop(slow);
    assert_eq!(school.await.unwrap().status, 303);
    let statuses: Vec<u16> = launches.join_all().await.iter().map(|page| page.status).collect();
    assert_eq!(statuses, [303; 8], "what was accepted is served");
    assert_eq!(strangers.join_all().await.len(), 4);
    assert_eq!(lab.server.launches_in_progress(), 0);
    let refused = lab
        .store()
        .read()
        .launches(&LaunchFilter { failed: true, limit: 100, ..LaunchFilter::default() })
        .unwrap();
    assert_eq!(refused.len(), 4, "what was turned away fills no table");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn launches_that_wait_leave_connections_to_everyone_else() {
    let lab = Arc::new(Lab::with(|options| options.limits.connections = Some(8)).await);
    // While another program holds the database, launches wait, as they do for a platform that does
    // not answer.
    let slow = Database::open(&lab.database);
    slow.begin_writing();
    let form = "state=x&id_token=y";
    let launch = format!(
        "POST /lti/launch HTTP/1.1\r\nHost: tool\r\nConnection: close\r\nContent-Type: \
         application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
        form.len()
    );
    let mut waiting = JoinSet::new();
    for _ in 0..4 {
        let (lab, launch) = (Arc::clone(&lab), launch.clone());
        waiting.spawn(async move { raw(&lab, &launch).await });
    }
    while lab.server.launches_in_progress() < 4 {
        tokio::task::yield_now().await;
    }
    // More of them than there are connections.
    for _ in 0..10 {
        let answers = async {
            (
                raw(&lab, &launch).await,
                raw(&lab, "GET /healthz HTTP/1.1\r\nHost: tool\r\nConnection: close\r\n\r\n").await,
            )
        };
        let (turned_away, other) = tokio::time::timeout(Duration::from_secs(20), answers)
            .await
            .expect("there are connections left");
        assert!(
            turned_away.starts_with("HTTP/1.1 429 ") && other.starts_with("HTTP/1.1 200 "),
            "{turned_away} {other}"
        );
    }
    drop(slow);
    assert!(
        waiting.join_all().await.iter().all(|answer| answer.starts_with("HTTP/1.1 4")),
        "what was accepted is answered"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_school_alone_on_an_idle_server_has_no_limit() {
    let lab = Lab::start().await;
    let school = hostile_platform(&lab).await;
    assert_eq!(flood(&lab, &school, 1).join_next().await.unwrap().unwrap().status, 303);
    let pages = flood(&lab, &school, 150).join_all().await;
    assert!(
        pages.iter().all(|page| page.status == 303),
        "{:?}",
        pages.iter().map(|page| page.status).collect::<Vec<_>>()
    );
    lab.stop().await;
}

#[test]
fn the_documentation_lists_every_length() {
    let documentation = include_str!("../../docs/operation.md");
    let texts = StoredText::ALL.map(|text| (text.label(), text.longest(), "characters"));
    let lists = StoredList::ALL.map(|list| (list.label(), list.largest(), "bytes"));
    for (label, number, unit) in texts.into_iter().chain(lists) {
        let number = if number < 1000 {
            number.to_string()
        } else {
            format!("{},{:03}", number / 1000, number % 1000)
        };
        let row = format!("| {label} | {number} {unit}");
        assert!(documentation.contains(&row), "docs/operation.md should have the row {row}");
    }
}

fn set(lab: &Lab, setting: &str, value: &str) {
    setup::set(&mut lab.store(), setting, value, false).unwrap();
}

/// What the counters say of the lab's registration, after comparing them with the rows.
fn totals(lab: &Lab) -> RegistrationTotal {
    let wrong = Database::open(&lab.database).wrong_total_count();
    assert_eq!(wrong, 0, "the triggers count correctly");
    let store = lab.store();
    let registration =
        store.read().registration(&Slug::new(REGISTRATION).unwrap()).unwrap().unwrap();
    store.read().registration_total(registration.id).unwrap()
}

/// What `doctor` says of the limits of the lab's registration, if it warns.
fn warning(lab: &Lab) -> Option<String> {
    let store = lab.store();
    let only = REGISTRATION.into();
    let findings = examine_offline(&store, &lab.database, Some(&only), Clock::System.now());
    let mut warnings = findings.iter().filter(|finding| {
        finding.check == Check::Limits.as_str() && finding.result == Verdict::Warn
    });
    warnings.next().map(|finding| {
        format!(
            "{} {}",
            finding.evidence.clone().unwrap_or_default(),
            finding.fix.clone().unwrap_or_default()
        )
    })
}

fn person(number: usize) -> LaunchChoice {
    LaunchChoice::student().patched(json!({ "sub": format!("person-{number}") }))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_platform_respects_the_account_limit() {
    let lab = Lab::start().await;
    set(&lab, "account_limit", "5");
    for number in 0..5 {
        assert_eq!(warning(&lab).is_some(), number >= 4, "{number}");
        assert_eq!(lab.launch(&person(number)).await.status, 303);
    }
    assert_eq!(
        warning(&lab).unwrap(),
        "5 of 5 if the platform really has this many people: ltictl config set account_limit 10"
    );
    let page = lab.launch(&person(5)).await;
    assert_eq!((page.status, outcome(&lab.newest_launch().unwrap())), (403, "too_many_accounts"));
    assert!(
        page.body.contains(
            "This tool cannot create more accounts for people from your learning platform."
        ),
        "{}",
        page.body
    );
    // Those who have one still get in, another platform has its own number, and what is deleted
    // makes room.
    assert_eq!(lab.launch(&person(4)).await.status, 303);
    let hostile = hostile_platform(&lab).await;
    assert_eq!(flood(&lab, &hostile, 1).join_next().await.unwrap().unwrap().status, 303);
    assert_eq!(totals(&lab).accounts, 5);
    let mut store = lab.store();
    let user = PlatformUser {
        issuer: lab.sandbox.issuer().to_owned(),
        tenant: String::new(),
        sub: "person-0".into(),
    };
    let (account, _) = store.read().account_of(&user).unwrap().unwrap();
    store.write(|write| write.delete_account(account.id)).unwrap();
    assert_eq!(totals(&lab).accounts, 4);
    assert_eq!(lab.launch(&person(6)).await.status, 303);
    assert_eq!(totals(&lab).accounts, 5);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn waiting_launches_are_limited() {
    let start: jiff::Timestamp = "2026-11-23T17:00:00Z".parse().unwrap();
    let lab = Lab::start().await;
    let change = ResourceChange {
        student_provisioning: Some(Provisioning::Prompt),
        ..ResourceChange::default()
    };
    publish::update(&mut lab.store(), &RESOURCE.into(), &change, start).unwrap();
    set(&lab, "waiting_launch_limit", "3");
    for number in 0..3 {
        assert_eq!(lab.launch(&person(number)).await.status, 200);
    }
    assert_eq!(
        warning(&lab).unwrap(),
        "3 of 3 if the platform really has this many people: ltictl config set waiting_launch_limit 6"
    );
    let page = lab.launch(&person(3)).await;
    assert_eq!(
        (page.status, outcome(&lab.newest_launch().unwrap())),
        (503, "too_many_waiting_launches")
    );
    assert_eq!(totals(&lab).waiting_launches, 3);
    // Those whose time is over are in nobody's way, also before the server tidies up.
    Database::open(&lab.database).expire_pending_launches();
    assert_eq!(lab.launch(&person(3)).await.status, 200);
    assert_eq!(totals(&lab).waiting_launches, 1);
    let launches =
        lab.store().read().launches(&LaunchFilter { limit: 9, ..LaunchFilter::default() });
    let ended =
        launches.unwrap().into_iter().filter(|launch| outcome(launch) == "account_not_chosen");
    assert_eq!(ended.count(), 3, "each leaves an entry");
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_platform_that_changes_a_name_all_day_leaves_one_audit_entry() {
    let lab = Lab::start().await;
    let named = |name: &str| LaunchChoice::student().patched(json!({ "name": name }));
    lab.launch(&named("First")).await;
    let before = lab.audited().len();
    for number in 0..20 {
        assert_eq!(lab.launch(&named(&format!("Name {number}"))).await.status, 303);
    }
    assert_eq!(lab.audited().len(), before, "they wait for the end of the day");
    let tomorrow = Clock::System.now() + jiff::SignedDuration::from_hours(24);
    let mut store = lab.store();
    assert_eq!(store.write(|write| write.seal_profile_changes(tomorrow, 100)).unwrap(), 1);
    assert_eq!(store.write(|write| write.seal_profile_changes(tomorrow, 100)).unwrap(), 0);
    assert_eq!(lab.audited().len(), before + 1);
    let entry = store
        .read()
        .audit_entries(&AuditFilter { limit: 1, ..AuditFilter::default() })
        .unwrap()
        .remove(0);
    assert_eq!(
        (entry.before.as_deref(), entry.after.as_deref()),
        (Some(r#"{"name":"First"}"#), Some(r#"{"name":"Name 19"}"#))
    );
    assert_eq!(&*entry.actor.via, "launch");
    assert_eq!(store.read().audit_proof(None).unwrap().problem, None);
    lab.stop().await;
}
