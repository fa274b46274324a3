//! What open sessions may still do when the platform removes a role, and how a person ends one:
//! through the real server over real HTTP.

use std::sync::Arc;

use ltictl::admin::publish;
use ltictl::domain::{Clock, MemberSync, Name, Provisioning, Random};
use ltictl::rules::progress::NoProgress;
use ltictl::rules::resource::{self, ResourceChange};
use ltictl::sandbox::browser::{Browser, Page};
use ltictl::sandbox::{Course, DeepLinkingChoice, LaunchChoice, Member, MemberStatus, Role, User};
use ltictl::sync::members::{self, MemberRun};
use serde_json::Value;

use crate::lab::{Lab, RESOURCE};

const TEACHERS_PLACES: [&str; 4] = ["", "members", "grades", "links"];

fn update(lab: &Lab, change: &ResourceChange) {
    publish::update(&mut lab.store(), &RESOURCE.into(), change, Clock::System.now()).unwrap();
}

/// A launch of Tina's with a role.
fn tina(role: Role) -> LaunchChoice {
    LaunchChoice { role, ..LaunchChoice::of(User::Tina) }
}

/// Launches; gives the browser and the URL of the session.
async fn launched(lab: &Lab, choice: &LaunchChoice) -> (Browser, String) {
    let mut browser = lab.browser.another();
    let answer = lab.sandbox.launch(&mut browser, choice).await.unwrap();
    let location =
        answer.header("location").unwrap_or_else(|| panic!("{} {}", answer.status, answer.body));
    (browser, location.trim_end_matches("~/").to_owned())
}

/// The statuses of a teacher's places.
async fn places(browser: &mut Browser, session: &str) -> Vec<u16> {
    let mut statuses = Vec::new();
    for place in TEACHERS_PLACES {
        statuses.push(browser.get(&format!("{session}~/{place}")).await.unwrap().status);
    }
    statuses
}

async fn api_launch(lab: &Lab, token: &str) -> (u16, Value) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer =
        client.get(format!("{}/api/launch", lab.url)).bearer_auth(token).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

/// The token that the app of a session gets.
async fn token(browser: &mut Browser, session: &str) -> String {
    browser.get(session).await.unwrap().form().unwrap().field("launch_token").unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_launch_with_a_lower_role_lowers_the_open_sessions_of_that_person_in_that_course() {
    let lab = Lab::start().await;
    let (mut first, first_session) = launched(&lab, &tina(Role::Teacher)).await;
    let (mut elsewhere, other_course) =
        launched(&lab, &LaunchChoice { course: Course::Biology, ..tina(Role::Teacher) }).await;
    let (mut ada, adas_session) =
        launched(&lab, &LaunchChoice { role: Role::Teacher, ..LaunchChoice::of(User::Ada) }).await;
    assert_eq!(places(&mut first, &first_session).await, [200; 4]);
    // Launches of another student, or of a teacher, change nothing.
    launched(&lab, &LaunchChoice::student()).await;
    launched(&lab, &tina(Role::Teacher)).await;
    assert_eq!(places(&mut first, &first_session).await, [200; 4]);
    // The platform has removed the role: Tina comes as a student, by another browser.
    let (mut second, second_session) = launched(&lab, &tina(Role::Student)).await;
    assert_eq!(
        places(&mut first, &first_session).await,
        [404; 4],
        "the session of the teacher is a student's now"
    );
    let page = first.get(&first_session).await.unwrap();
    assert!(
        page.status == 200 && page.body.contains("<dd>Student</dd>"),
        "it stays open: {}",
        page.body
    );
    assert_eq!(places(&mut second, &second_session).await, [404; 4]);
    assert_eq!(
        places(&mut elsewhere, &other_course).await,
        [200; 4],
        "in another course, Tina teaches still"
    );
    assert_eq!(places(&mut ada, &adas_session).await, [200; 4], "another teacher's session");
    // A higher role comes with a launch, for its own session.
    let (mut third, third_session) = launched(&lab, &tina(Role::Teacher)).await;
    assert_eq!(
        (places(&mut third, &third_session).await, places(&mut first, &first_session).await),
        (vec![200; 4], vec![404; 4])
    );
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_launch_that_waits_does_not_bring_a_removed_role_back() {
    let lab = Lab::start().await;
    for students in [Provisioning::Prompt, Provisioning::Auto] {
        update(
            &lab,
            &ResourceChange {
                teacher_provisioning: Some(Provisioning::Prompt),
                student_provisioning: Some(students),
                ..ResourceChange::default()
            },
        );
        let choice = |course| LaunchChoice {
            course,
            role: Role::Teacher,
            ..LaunchChoice::of(if students == Provisioning::Auto { User::Tina } else { User::Ada })
        };
        let mut waiting = Vec::new();
        for course in [Course::Algebra, Course::Biology] {
            let mut browser = lab.browser.another();
            let page = lab.sandbox.launch(&mut browser, &choice(course)).await.unwrap();
            waiting.push((browser, page));
        }
        // The platform has removed the role in the first course: the person comes as a student, by
        // another browser.
        let student = LaunchChoice { role: Role::Student, ..choice(Course::Algebra) };
        lab.sandbox.launch(&mut lab.browser.another(), &student).await.unwrap();
        let mut answers = Vec::new();
        for (browser, page) in &mut waiting {
            let form = page.form_with("choice", "create").unwrap();
            answers.push(browser.submit_form(page, &form).await.unwrap());
        }
        assert!(
            answers[0].header("location").is_none(),
            "{students:?}: the page leads back to the link: {}",
            answers[0].status
        );
        assert!(
            answers[1].header("location").is_some(),
            "{students:?}: in the other course, the person teaches still: {} {}",
            answers[1].status,
            answers[1].body
        );
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_app_receives_the_lower_role() {
    let lab = Lab::start().await;
    update(
        &lab,
        &ResourceChange {
            target: Some(resource::parse_target("http://localhost:9/start", false).unwrap().into()),
            ..ResourceChange::default()
        },
    );
    let (mut browser, session) = launched(&lab, &tina(Role::Teacher)).await;
    let token_before = token(&mut browser, &session).await;
    let (status, claims) = api_launch(&lab, &token_before).await;
    assert_eq!(
        (status, claims["role"].as_str(), claims["tool_role"].as_str()),
        (200, Some("staff"), Some("teacher"))
    );
    launched(&lab, &tina(Role::Student)).await;
    let token_after = token(&mut browser, &session).await;
    for token in [token_before, token_after] {
        let (status, claims) = api_launch(&lab, &token).await;
        assert_eq!(
            (status, claims["role"].as_str(), claims["tool_role"].as_str()),
            (200, Some("learner"), Some("student")),
            "{claims}"
        );
        let roles: Vec<&str> =
            claims["roles"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        assert!(
            !roles.is_empty() && roles.iter().all(|role| !role.contains("Instructor")),
            "{roles:?}"
        );
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_app_receives_a_role_that_was_lowered_at_another_resource() {
    let lab = Lab::start().await;
    let change = ResourceChange {
        target: Some(resource::parse_target("http://localhost:9/start", false).unwrap().into()),
        ..ResourceChange::default()
    };
    update(&lab, &change);
    let name = Name::new("Other").unwrap();
    let (other, _) = publish::publish(
        &mut lab.store(),
        &name,
        None,
        &ResourceChange::default(),
        true,
        Clock::System.now(),
        &Random::System,
    )
    .unwrap();
    let (mut browser, session) = launched(&lab, &tina(Role::Teacher)).await;
    let token_before = token(&mut browser, &session).await;
    launched(
        &lab,
        &LaunchChoice {
            custom: [("id".to_owned(), other.uuid.to_string())].into(),
            ..tina(Role::Student)
        },
    )
    .await;
    let token_after = token(&mut browser, &session).await;
    for token in [token_before, token_after] {
        let (status, claims) = api_launch(&lab, &token).await;
        assert_eq!(
            (status, claims["role"].as_str(), claims["tool_role"].as_str()),
            (200, Some("learner"), Some("student")),
            "{claims}"
        );
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn content_selection_ends_when_the_person_does_not_teach_any_more() {
    let lab = Lab::start().await;
    let account = lab.account_of(User::Tina, "tina");
    lab.grant_all(account);
    let mut browser = lab.browser.another();
    let page = lab
        .sandbox
        .launch_and_follow(
            &mut browser,
            &LaunchChoice::teacher().selecting(DeepLinkingChoice::default()),
        )
        .await
        .unwrap();
    assert_eq!(page.status, 200, "{}", page.body);
    assert_eq!(browser.get(&page.url).await.unwrap().status, 200);
    launched(&lab, &tina(Role::Student)).await;
    let mut form = page.form().unwrap();
    form.set("pick", &lab.resource_uuid);
    form.set("do", "add");
    let answer = browser.submit_form(&page, &form).await.unwrap();
    assert!(
        answer.status == 403 && !answer.body.contains("\"JWT\""),
        "{} {}",
        answer.status,
        answer.body
    );
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_list_with_a_lower_role_lowers_open_sessions() {
    let lab = Lab::start().await;
    update(
        &lab,
        &ResourceChange {
            member_sync: Some(MemberSync::EnrolNew),
            student_provisioning: Some(Provisioning::Auto),
            ..ResourceChange::default()
        },
    );
    for member in [
        Member { role: Role::Student, ..Member::of(User::Tina) },
        Member { status: MemberStatus::Inactive, ..Member::of(User::Tina) },
    ] {
        lab.sandbox.add_member(Course::Algebra, Member::of(User::Tina));
        let (mut browser, session) = launched(&lab, &tina(Role::Teacher)).await;
        let sync = || async {
            members::run(
                &lab.synchronizer(Clock::System),
                &MemberRun::default(),
                Arc::new(NoProgress),
            )
            .await
            .unwrap()
        };
        sync().await;
        assert_eq!(
            places(&mut browser, &session).await,
            [200; 4],
            "the list says what the launch has said"
        );
        lab.sandbox.add_member(Course::Algebra, member.clone());
        let summary = sync().await;
        assert!(
            summary.resources.len() == 1 && summary.resources[0].problems.is_empty(),
            "{summary:?}"
        );
        assert_eq!(
            (places(&mut browser, &session).await, browser.get(&session).await.unwrap().status),
            (vec![404; 4], 200),
            "{member:?}"
        );
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unenrolled_people_lose_their_content_selection_too() {
    let lab = Lab::start().await;
    let account = lab.account_of(User::Tina, "tina");
    lab.grant_all(account);
    update(
        &lab,
        &ResourceChange {
            member_sync: Some(MemberSync::EnrolAndUnenrol),
            ..ResourceChange::default()
        },
    );
    let (mut teacher, session) = launched(&lab, &tina(Role::Teacher)).await;
    let mut browser = lab.browser.another();
    let page = lab
        .sandbox
        .launch_and_follow(
            &mut browser,
            &LaunchChoice::teacher().selecting(DeepLinkingChoice::default()),
        )
        .await
        .unwrap();
    lab.sandbox.remove_member(Course::Algebra, "3");
    let run = MemberRun { force: true, ..MemberRun::default() };
    let unenrolled = || async {
        members::run(&lab.synchronizer(Clock::System), &run, Arc::new(NoProgress))
            .await
            .unwrap()
            .resources[0]
            .unenrolled
    };
    // Those who were enrolled in the millisecond in which a run begins are left to the next one.
    assert_eq!(unenrolled().await, 1);
    assert_eq!(
        (teacher.get(&session).await.unwrap().status, browser.get(&page.url).await.unwrap().status),
        (403, 403)
    );
    lab.stop().await;
}

/// Presses the button of a page.
async fn sign_out(browser: &mut Browser, page: &Page) -> Page {
    let form = page
        .forms()
        .into_iter()
        .find(|form| form.action.ends_with("/~/sign-out"))
        .unwrap_or_else(|| panic!("no button on {}", page.body));
    assert_eq!(form.method, "POST");
    browser.submit_form(page, &form).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_signs_out_on_every_page_of_a_session() {
    let lab = Lab::start().await;
    let account = lab.account_of(User::Tina, "tina");
    lab.grant_all(account);
    let selecting = LaunchChoice::teacher().selecting(DeepLinkingChoice::default());
    for (choice, below) in [
        (LaunchChoice::student(), ""),
        (LaunchChoice::student(), "~/sign-out"),
        (tina(Role::Teacher), "~/"),
        (tina(Role::Teacher), "~/members"),
        (tina(Role::Teacher), "~/grades"),
        (tina(Role::Teacher), "~/links"),
        (selecting, ""),
    ] {
        let (mut other, other_session) = launched(&lab, &choice).await;
        let (mut browser, session) = launched(&lab, &choice).await;
        let page = browser.get(&format!("{session}{below}")).await.unwrap();
        let out = sign_out(&mut browser, &page).await;
        assert!(
            out.status == 200
                && out.body.contains("You are signed out")
                && out.body.contains("open the link in your course"),
            "{below}: {}",
            out.body
        );
        assert!(
            out.body.contains("On a shared computer")
                && out.header("set-cookie").unwrap().contains("Max-Age=0"),
            "{:?}",
            out.headers
        );
        assert!(browser.cookies_for(&session).is_empty(), "{below}: the browser keeps nothing");
        assert_eq!(browser.get(&session).await.unwrap().status, 403, "{below}");
        assert_eq!(
            other.get(&other_session).await.unwrap().status,
            200,
            "{below}: another session continues"
        );
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signing_out_ends_the_launch_tokens_of_the_app() {
    let lab = Lab::start().await;
    update(
        &lab,
        &ResourceChange {
            target: Some(resource::parse_target("http://localhost:9/start", false).unwrap().into()),
            ..ResourceChange::default()
        },
    );
    let (mut browser, session) = launched(&lab, &LaunchChoice::student()).await;
    let token = token(&mut browser, &session).await;
    assert_eq!(api_launch(&lab, &token).await.0, 200);
    let page = browser.get(&format!("{session}~/sign-out")).await.unwrap();
    sign_out(&mut browser, &page).await;
    let (status, answer) = api_launch(&lab, &token).await;
    assert_eq!((status, answer["error"]["code"].as_str()), (401, Some("session_ended")));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_other_site_signs_anybody_out() {
    let lab = Lab::start().await;
    let (mut browser, session) = launched(&lab, &LaunchChoice::student()).await;
    let url = format!("{session}~/sign-out");
    let secret = browser
        .cookies_for(&session)
        .into_iter()
        .find(|(name, _)| name.starts_with("lti_session_"))
        .unwrap()
        .1;
    let cookie = format!(
        "lti_session_{}={secret}",
        session.trim_end_matches('/').rsplit('/').next().unwrap()
    );
    let post = async |url: &str, headers: &[(&'static str, &str)]| {
        let browser = headers
            .iter()
            .fold(lab.browser.another(), |browser, (name, value)| browser.with_header(name, value));
        let mut browser = browser;
        browser.post_form(url, &[]).await.unwrap().status
    };
    let cross_site = ("sec-fetch-site", "cross-site");
    for headers in [
        &[("cookie", cookie.as_str()), ("origin", "https://evil.example"), cross_site][..],
        &[("cookie", cookie.as_str()), ("origin", "null"), cross_site],
        &[("cookie", cookie.as_str())],
        &[("origin", lab.url.as_str()), ("sec-fetch-site", "same-origin")],
    ] {
        assert_eq!(post(&url, headers).await, 403, "{headers:?}");
    }
    assert_eq!(browser.get(&session).await.unwrap().status, 200);
    // Without cookies, the secret in the URL is the proof, and browsers do not say where the form
    // comes from.
    let with_secret = format!("{}.{secret}/", session.trim_end_matches('/'));
    let url = format!("{with_secret}~/sign-out");
    assert_eq!(
        post(
            &url,
            &[("sec-fetch-mode", "navigate"), cross_site, ("origin", "https://evil.example")]
        )
        .await,
        403
    );
    assert_eq!(
        post(
            &url,
            &[
                ("sec-fetch-mode", "navigate"),
                ("sec-fetch-site", "same-origin"),
                ("origin", "null")
            ]
        )
        .await,
        200
    );
    assert_eq!(browser.get(&session).await.unwrap().status, 403);
    lab.stop().await;
}
