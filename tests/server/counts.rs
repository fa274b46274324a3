//! What is counted and has no row: logins that came back or did not, launches without a cookie, and
//! who fetches the keyset.

use jiff::Timestamp;
use ltictl::admin::launch_log;
use ltictl::domain::{Counted, Slug};
use ltictl::sandbox::LaunchChoice;
use ltictl::store::{Store, TallyFilter, TallyOwner};

use crate::lab::{Lab, REGISTRATION};

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0";

/// Five logins by two kinds of browser: two that return, one that returns twice, one that does not,
/// and one whose cookie is lost.
async fn launch_in_every_way(lab: &Lab) {
    let choice = LaunchChoice::student();
    for _ in 0..2 {
        assert_eq!(lab.launch(&choice).await.status, 303);
    }
    let mut browser = lab.browser.another();
    let page = lab.sandbox.launch_until_token(&mut browser, &choice).await.unwrap();
    for status in [303, 401] {
        assert_eq!(browser.submit(&page).await.unwrap().status, status);
    }
    let firefox = || lab.browser.another().with_header("user-agent", FIREFOX);
    lab.sandbox.launch_until_token(&mut firefox(), &choice).await.unwrap();
    let mut forgetful = firefox();
    let page = lab.sandbox.launch_until_token(&mut forgetful, &choice).await.unwrap();
    forgetful.clear_cookies();
    assert_eq!(forgetful.submit(&page).await.unwrap().status, 401);
}

/// Fetches the keyset as several platforms do.
async fn fetch_keyset(lab: &Lab) {
    for (user_agent, times) in
        [("MoodleBot/1.0", 2), ("Apache-HttpClient/4.5 (Java/21)", 1), ("Unheard of", 1)]
    {
        for _ in 0..times {
            let mut platform = lab.browser.another().with_header("user-agent", user_agent);
            platform.get(&format!("{}/lti/jwks", lab.url)).await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn logins_returns_cookies_and_fetches_are_counted_and_survive_the_server() {
    let lab = Lab::start().await;
    launch_in_every_way(&lab).await;
    fetch_keyset(&lab).await;
    let Lab { server, sandbox, database, .. } = lab;
    server.shutdown().await;
    sandbox.shutdown().await;

    let store = Store::open(&database).unwrap_or_else(|error| panic!("{error}"));
    let registration = Slug::new(REGISTRATION).unwrap();
    let registration = TallyOwner::Registration(&registration);
    let counted = |what, owner| -> Vec<(String, u64)> {
        let filter = TallyFilter { what, owner, since: Timestamp::UNIX_EPOCH };
        store
            .read()
            .tallies_by_detail(&filter)
            .unwrap()
            .into_iter()
            .map(|tally| (tally.detail, tally.count))
            .collect()
    };
    assert_eq!(
        counted(Counted::LoginStarted, registration),
        [("other".into(), 3), ("firefox".into(), 2)]
    );
    assert_eq!(
        counted(Counted::LoginReturned, registration),
        [("other".into(), 3), ("firefox".into(), 1)]
    );
    assert_eq!(counted(Counted::CookieMissing, registration), [("firefox".into(), 1)]);
    assert_eq!(
        counted(Counted::KeysetFetched, TallyOwner::NoRegistration),
        [("moodle".into(), 2), ("java".into(), 1), ("other".into(), 1)]
    );
    let stats = launch_log::stats(store.read(), None, Timestamp::UNIX_EPOCH, None).unwrap();
    assert_eq!(stats.len(), 1, "{stats:?}");
    assert_eq!(
        (stats[0].logins_started, stats[0].logins_never_returned(), stats[0].accepted),
        (5, 1, 3)
    );
    let failures: Vec<(&str, u64)> =
        stats[0].failures.iter().map(|failure| (failure.reason.as_str(), failure.count)).collect();
    assert_eq!(failures, [("cookie_missing", 1), ("state_reused", 1)]);
}
