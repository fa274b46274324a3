//! Every request has one name, from its answer to its page to the launch that it became.

use axum::http::HeaderName;
use jiff::Timestamp;
use ltictl::admin::{launch_log, publish};
use ltictl::domain::{Browser, Launch, Provisioning};
use ltictl::rules::resource::ResourceChange;
use ltictl::sandbox::browser::Page;
use ltictl::sandbox::{LaunchChoice, Misbehaviour};

use crate::lab::{Lab, RESOURCE, outcome};

const SAFARI: &str = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, \
    like Gecko) Version/26.0 Safari/605.1.15";

fn request_id(page: &Page) -> &str {
    page.header("x-request-id").unwrap_or_else(|| panic!("{} tells no name", page.url))
}

fn shown(lab: &Lab, id: &str) -> Launch {
    launch_log::show(lab.store().read(), id, Timestamp::now()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_launch_has_the_name_of_its_request() {
    let lab = Lab::start().await;
    let mut safari = lab.browser.another().with_header("user-agent", SAFARI);
    let accepted = lab.sandbox.launch(&mut safari, &LaunchChoice::student()).await.unwrap();
    assert_eq!(accepted.status, 303);
    let launch = shown(&lab, &request_id(&accepted).to_uppercase());
    assert_eq!(
        (launch.id.as_str(), outcome(&launch), launch.browser),
        (request_id(&accepted), "accepted", Some(Browser::Safari))
    );
    let refused = lab.launch(&LaunchChoice::student().with(Misbehaviour::IatFuture)).await;
    let launch = shown(&lab, request_id(&refused));
    assert_eq!((outcome(&launch), launch.browser), ("iat_future", Some(Browser::Other)));
    assert!(
        launch.clock_skew_seconds.is_some_and(|skew| skew < -60),
        "{:?}",
        launch.clock_skew_seconds
    );
    assert!(refused.body.contains(launch.id.as_str()), "the page has it too");
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_launch_that_waited_is_found_by_its_first_request_too() {
    let lab = Lab::start().await;
    let change = ResourceChange {
        student_provisioning: Some(Provisioning::Prompt),
        ..ResourceChange::default()
    };
    publish::update(
        &mut lab.store(),
        &RESOURCE.into(),
        &change,
        ltictl::domain::Clock::System.now(),
    )
    .unwrap();
    let mut browser = lab.browser.another();
    let asks = lab.sandbox.launch(&mut browser, &LaunchChoice::student()).await.unwrap();
    let mut form = asks.form().unwrap();
    form.set("choice", "create");
    let entered = browser.submit_form(&asks, &form).await.unwrap();
    assert_eq!(entered.status, 303, "{}", entered.body);
    let (first, last) = (request_id(&asks), request_id(&entered));
    assert_ne!(first, last);
    let launch = shown(&lab, first);
    assert_eq!((launch.id.as_str(), launch.first_request_id.as_deref()), (last, Some(first)));
    assert_eq!(shown(&lab, last), launch);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proxys_name_counts_when_its_header_is_trusted_and_sane() {
    let proxys = "0af7651916cd43dd8448eb211c80319c";
    for (trusted, name, expected) in [
        (true, proxys, true),
        (false, proxys, false),
        (true, "short", false),
        (true, "not a name at all", false),
    ] {
        let lab = Lab::with(|options| {
            options.request_id_header = trusted.then(|| HeaderName::from_static("x-request-id"))
        })
        .await;
        let mut browser = lab.browser.another().with_header("x-request-id", name);
        let page = lab
            .sandbox
            .launch(&mut browser, &LaunchChoice::student().with(Misbehaviour::DeploymentUnknown))
            .await
            .unwrap();
        assert_eq!(request_id(&page) == name, expected, "{name}");
        let launch = shown(&lab, request_id(&page));
        assert_eq!(launch.request_id.as_deref(), expected.then_some(name));
        assert_eq!(shown(&lab, launch.id.as_str()), launch);
        assert_eq!(
            launch_log::show(lab.store().read(), name, Timestamp::now()).is_ok(),
            expected,
            "{name}"
        );
        lab.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_without_an_entry_in_the_log_have_no_number() {
    let lab = Lab::start().await;
    for (path, status) in [
        ("/nowhere", 404),
        ("/lti/launch", 405),
        ("/session/0123456789abcdef/", 403),
        ("/api/nothing", 404),
    ] {
        let page = lab.browser.another().get(&format!("{}{path}", lab.url)).await.unwrap();
        assert_eq!(page.status, status, "{path}");
        if !path.starts_with("/api/") {
            assert!(!page.body.contains(request_id(&page)), "{path}: {}", page.body);
        }
    }
    let good = lab.browser.another().get(&format!("{}/lti/login", lab.url)).await.unwrap();
    assert!(good.status == 200 && !good.body.contains(request_id(&good)), "{}", good.body);
    let again = lab.browser.another().get(&format!("{}/lti/login", lab.url)).await.unwrap();
    assert_ne!(request_id(&good), request_id(&again));
    lab.stop().await;
}
