//! LTI 1.1 in a real browser: launch, choice of an account, and content selection in the frame of a
//! platform of another site, with cookies and without.

use std::time::Duration;

use ltictl::admin::publish;
use ltictl::domain::{Clock, Outcome, Provisioning};
use ltictl::rules::resource::ResourceChange;
use ltictl::store::LaunchFilter;
use thirtyfour::By;
use thirtyfour::prelude::ElementWaitable as _;

use super::chromium::{Chromium, PATIENCE, ThirdPartyCookies};
use super::{algebra_page, sessions};
use crate::lab::{Lab, RESOURCE};

/// Lets teachers choose their account.
fn ask_teachers(lab: &Lab) {
    let change = ResourceChange {
        teacher_provisioning: Some(Provisioning::Prompt),
        ..ResourceChange::default()
    };
    publish::update(&mut lab.store(), &RESOURCE.into(), &change, Clock::System.now()).unwrap();
}

async fn press(chromium: &Chromium, css: &str) {
    let element = chromium.page.find(By::Css(css)).await.unwrap();
    element.scroll_into_view().await.unwrap();
    element.click().await.unwrap_or_else(|error| panic!("{css}: {error}"));
}

/// Opens the platform's page for LTI 1.1, chooses these values, and presses a button.
async fn launch(chromium: &Chromium, lab: &Lab, choices: &[(&str, &str)], button: &str) {
    chromium.choose_at(&format!("{}/lti-1p1", lab.sandbox.issuer()), choices).await;
    press(chromium, button).await;
}

const LAUNCH: &str = "#launch-form button";
const SELECT: &str = "#launch-form button[name=content_item]";

/// Waits in the frame for the button that opens a window, and presses it.
async fn open_window(chromium: &Chromium, address: &str) {
    chromium.arrive_in_frame(address).await;
    let button = chromium.page.find(By::Css("#framed button")).await.unwrap();
    button.wait_until().wait(PATIENCE, Duration::from_millis(30)).displayed().await.unwrap();
    button.click().await.unwrap();
    assert!(chromium.text().await.contains("Continue in the other window."));
}

/// How many launches were accepted and refused.
fn counts(lab: &Lab) -> (usize, usize) {
    let filter = LaunchFilter { limit: 100, ..LaunchFilter::default() };
    let launches = lab.store().read().launches(&filter).unwrap();
    let accepted = launches.iter().filter(|launch| launch.outcome == Outcome::Accepted).count();
    (accepted, launches.len() - accepted)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signed_launch_opens_the_resource_in_the_platforms_frame() {
    let lab = Lab::with_consumer().await;
    ask_teachers(&lab);
    for cookies in [ThirdPartyCookies::Allowed, ThirdPartyCookies::Blocked] {
        let chromium = Chromium::start(cookies).await;
        launch(&chromium, &lab, &[("user", "sam")], LAUNCH).await;
        chromium.arrive_in_frame(&sessions(&lab)).await;
        let student = algebra_page("Algebra quiz", "Sam Student", "Student");
        assert_eq!((chromium.status().await, chromium.facts().await), (200, student.clone()));
        chromium.reload_frame().await;
        assert_eq!((chromium.status().await, chromium.facts().await), (200, student));
        chromium.close().await;
    }
    let chromium = Chromium::start(ThirdPartyCookies::Blocked).await;
    launch(&chromium, &lab, &[("user", "tina"), ("custom", "force_embed=1")], LAUNCH).await;
    chromium.arrive_in_frame(&format!("{}/lti/1p1/launch", lab.url)).await;
    assert!(chromium.text().await.contains("choose your account."), "{}", chromium.text().await);
    chromium.leave_frame_by(&chromium.page.find(By::Id("create")).await.unwrap()).await;
    chromium.arrive_in_frame(&sessions(&lab)).await;
    let teacher = algebra_page("Algebra quiz", "Tina Teacher", "Teacher");
    assert_eq!(chromium.facts().await, teacher);
    launch(&chromium, &lab, &[("misbehaviour", "secret-wrong")], LAUNCH).await;
    chromium.arrive_in_frame(&format!("{}/lti/1p1/launch", lab.url)).await;
    assert_eq!(chromium.status().await, 401);
    launch(&chromium, &lab, &[("user", "sam"), ("window", "1")], LAUNCH).await;
    chromium.arrive_in_new_window(&sessions(&lab)).await;
    assert!(chromium.ask::<bool>("return window.top === window").await);
    assert_eq!(counts(&lab), (4, 1));
    chromium.close().await;
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_cookies_a_signed_launch_continues_in_a_new_window() {
    let lab = Lab::with_consumer().await;
    ask_teachers(&lab);
    let mut chromium = Chromium::start(ThirdPartyCookies::Dropped).await;
    let platform = chromium.page.window().await.unwrap();
    let launched = format!("{}/lti/1p1/launch", lab.url);
    for (user, person, role) in
        [("sam", "Sam Student", "Student"), ("tina", "Tina Teacher", "Teacher")]
    {
        launch(&chromium, &lab, &[("user", user), ("custom", "force_embed=1")], LAUNCH).await;
        let address = match user {
            "tina" => {
                chromium.arrive_in_frame(&launched).await;
                press(&chromium, "#create").await;
                format!("{}/lti/account", lab.url)
            }
            _ => launched.clone(),
        };
        open_window(&chromium, &address).await;
        chromium.arrive_in_new_window(&sessions(&lab)).await;
        let expected = algebra_page("Algebra quiz", person, role);
        assert_eq!((chromium.status().await, chromium.facts().await), (200, expected.clone()));
        let is_plain = "return window.top === window && location.pathname.indexOf('.') === -1";
        assert!(chromium.ask::<bool>(is_plain).await, "the secret is not in the URL");
        chromium.page.refresh().await.unwrap();
        assert_eq!(chromium.facts().await, expected);
        chromium.page.close_window().await.unwrap();
        chromium.page.switch_to_window(platform.clone()).await.unwrap();
    }
    assert_eq!(counts(&lab), (2, 0), "no form was sent twice");
    assert_eq!(chromium.policy_complaints().await, [""; 0]);
    chromium.close().await;
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn content_is_selected_by_lti_1p1_with_cookies_and_without() {
    let lab = Lab::with_consumer().await;
    lab.grant_all(lab.account_of_consumer("3", "tina"));
    let returned = format!("{}/lti-1p1/return", lab.sandbox.issuer());
    for cookies in [ThirdPartyCookies::Blocked, ThirdPartyCookies::Dropped] {
        let before = lab.sandbox.content_items().len();
        let chromium = Chromium::start(cookies).await;
        let platform = chromium.page.window().await.unwrap();
        launch(&chromium, &lab, &[("user", "tina")], SELECT).await;
        let is_window = cookies == ThirdPartyCookies::Dropped;
        if is_window {
            open_window(&chromium, &format!("{}/lti/1p1/launch", lab.url)).await;
            chromium.arrive_in_new_window(&sessions(&lab)).await;
        } else {
            chromium.arrive_in_frame(&sessions(&lab)).await;
        }
        assert!(chromium.text().await.contains("Select what you want to add to Algebra I."));
        press(&chromium, "[name=gradebook] + span").await;
        let add = chromium.page.find(By::Css("#add")).await.unwrap();
        if is_window {
            add.click().await.unwrap();
            chromium.arrive_at(&returned).await;
        } else {
            chromium.leave_frame_by(&add).await;
            chromium.arrive_in_frame(&returned).await;
        }
        let text = chromium.text().await;
        let words = "Algebra quiz, with a column in the grade book, maximum 10";
        assert!(text.contains("Added to Algebra I") && text.contains(words), "{text}");
        assert_eq!(lab.sandbox.content_items().len(), before + 1);
        chromium.page.switch_to_window(platform).await.unwrap();
        if !is_window {
            launch(&chromium, &lab, &[("user", "sam")], "button[aria-label='Launch Algebra quiz']")
                .await;
            chromium.arrive_in_frame(&sessions(&lab)).await;
            let student = algebra_page("Algebra quiz", "Sam Student", "Student");
            assert_eq!(chromium.facts().await, student);
        }
        chromium.close().await;
    }
    lab.stop().await;
}
