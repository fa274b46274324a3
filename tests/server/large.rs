//! With a large database, nothing that a worker thread of the server reads itself takes long: in
//! debug builds, a look-up that takes too many steps panics, and its request gets no response.

use ltictl::sandbox::{DeepLinkingChoice, LaunchChoice, Misbehaviour, User};

use crate::lab::{Lab, REGISTRATION};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn worker_threads_look_up_few_rows_only() {
    let lab = Lab::among_in_file(600).await;
    lab.grant_all(lab.account_of(User::Tina, "tina"));
    assert_eq!(lab.launch(&LaunchChoice::student()).await.status, 303);
    let refused =
        LaunchChoice { misbehaviour: Some(Misbehaviour::Expired), ..LaunchChoice::student() };
    assert_eq!(lab.launch(&refused).await.status, 401);

    let mut browser = lab.browser.another();
    let page = lab.sandbox.launch(&mut browser, &LaunchChoice::teacher()).await.unwrap();
    let session = page.header("location").unwrap().to_owned();
    for tab in ["", "members", "members?q=person&sort=name", "grades", "links"] {
        assert_eq!(browser.get(&format!("{session}{tab}")).await.unwrap().status, 200, "{tab}");
    }
    let selecting = LaunchChoice::teacher().selecting(DeepLinkingChoice::default());
    let page = lab.sandbox.launch_and_follow(&mut browser, &selecting).await.unwrap();
    assert_eq!(page.status, 200);
    let mut form = page.form().unwrap();
    form.fields.push(("pick".into(), lab.resource_uuid.clone()));
    form.fields.push(("do".into(), "add".into()));
    assert_eq!(browser.post_form(&form.action, &form.fields).await.unwrap().status, 200);

    let config = format!("lti/config/{REGISTRATION}.json");
    for path in [
        "readyz",
        "lti/jwks",
        config.as_str(),
        "lti/config/school-7.json",
        "lti/config/nowhere.json",
        "lti/register?token=x",
        "lti/login?iss=https%3A%2F%2Fnowhere.example&login_hint=1&target_link_uri=t",
        "lti/login?iss=https%3A%2F%2Flms-7.example.edu&login_hint=1&target_link_uri=t",
        "session/0123456789abcdef/",
        "api/launch",
    ] {
        let page = browser.get(&format!("{}/{path}", lab.url)).await.unwrap();
        assert!(page.status < 500, "{path}: {} {}", page.status, page.body);
    }
    lab.stop().await;
}
