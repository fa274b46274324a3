//! Messages to the platform's page that frames the tool: the frame fits its content, and the tool
//! closes what the platform has opened for it.

use std::time::{Duration, Instant};

use axum::Router;
use axum::response::Html;
use axum::routing::get;
use ltictl::admin::publish;
use ltictl::domain::{Clock, Product, Slug, Target, TargetUrl};
use ltictl::rules::resource::ResourceChange;
use thirtyfour::By;

use super::chromium::site::Site;
use super::chromium::{Chromium, PATIENCE, ThirdPartyCookies};
use super::{sessions, set_target};
use crate::lab::{Lab, REGISTRATION, RESOURCE};

/// Waits until a script in the page or frame in which we are returns true.
async fn wait(chromium: &Chromium, script: &str) {
    let begun = Instant::now();
    while !chromium.ask::<bool>(script).await {
        assert!(begun.elapsed() < PATIENCE, "{script}: {}", chromium.text().await);
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
}

/// Whether everything in the page is visible without scrolling.
const FITS: &str =
    "return document.documentElement.scrollHeight <= document.documentElement.clientHeight";

/// What the platform's page has received, without the origin.
async fn received(chromium: &Chromium) -> Vec<String> {
    chromium.page.enter_default_frame().await.unwrap();
    let lines: Vec<String> = chromium
        .ask(
            "return Array.from(document.querySelectorAll('#page-log li'), (line) => \
              line.textContent)",
        )
        .await;
    let mut subjects: Vec<String> =
        lines.iter().map(|line| line.split(" from ").next().unwrap().to_owned()).collect();
    subjects.dedup();
    subjects
}

/// A description that is higher than the frame.
fn describe(lab: &Lab) {
    let text = "A line of the description.\n".repeat(60);
    let change =
        ResourceChange { description: Some(text.parse().unwrap()), ..ResourceChange::default() };
    publish::update(&mut lab.store(), &RESOURCE.into(), &change, Clock::System.now()).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_frame_fits_the_page_if_the_platform_offers_it() {
    let lab = Lab::start().await;
    describe(&lab);
    let chromium = Chromium::start(ThirdPartyCookies::Allowed).await;
    for (product, messages, fits, expected) in [
        ("moodle", "offered", true, &["lti.capabilities", "lti.frameResize"][..]),
        ("moodle", "absent", false, &["lti.capabilities"]),
        ("moodle", "silent", false, &["lti.capabilities"]),
        ("moodle", "text", false, &["lti.capabilities", "lti.frameResize"]),
        (
            "sakai",
            "text",
            true,
            &["lti.capabilities", "lti.frameResize", "lti.frameResize as text"],
        ),
    ] {
        let slug = Slug::new(REGISTRATION).unwrap();
        let mut registration = lab.store().read().registration(&slug).unwrap().unwrap();
        registration.product = Some(Product::new(product).unwrap());
        lab.store()
            .write(|write| write.update_registration(&registration, Clock::System.now()))
            .unwrap();
        chromium.launch(&lab, &[("user", "sam"), ("page-messages", messages)]).await;
        chromium.arrive_in_frame(&sessions(&lab)).await;
        if fits {
            wait(&chromium, FITS).await;
        } else {
            // What would be sent is sent by then.
            chromium.page.enter_default_frame().await.unwrap();
            wait(&chromium, "return document.querySelectorAll('#page-log li').length > 0").await;
            tokio::time::sleep(Duration::from_millis(400)).await;
            chromium.arrive_in_frame(&sessions(&lab)).await;
            assert!(!chromium.ask::<bool>(FITS).await, "{messages}");
        }
        let mut received = received(&chromium).await;
        received.truncate(3);
        assert_eq!(received, expected, "{product} {messages}");
    }
    chromium.close().await;
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signing_out_closes_what_the_platform_has_opened() {
    let lab = Lab::start().await;
    let chromium = Chromium::start(ThirdPartyCookies::Allowed).await;
    for (messages, closes) in [("offered", true), ("absent", false)] {
        chromium.launch(&lab, &[("user", "sam"), ("page-messages", messages)]).await;
        chromium.arrive_in_frame(&sessions(&lab)).await;
        let button = chromium.page.find(By::Css(".sign-out button")).await.unwrap();
        button.click().await.unwrap();
        if closes {
            chromium.page.enter_default_frame().await.unwrap();
            wait(
                &chromium,
                "return document.getElementById('page-status').textContent.includes('closed')",
            )
            .await;
        } else {
            chromium.arrive_in_frame(&format!("{}/session/", lab.url)).await;
            wait(&chromium, "return document.body.innerText.includes('You are signed out')").await;
            assert!(!received(&chromium).await.contains(&"lti.close".to_owned()));
        }
    }
    chromium.close().await;
    lab.stop().await;
}

/// An app that asks for its height, and says what the page around it offers.
const APP: &str = "<!doctype html><title>App</title><p id=offers></p><script>
    addEventListener('message', (event) => {
      const message = event.data;
      if (message.subject !== 'lti.capabilities.response' || message.message_id !== 'a') return;
      document.getElementById('offers').textContent = message.supported_messages.map((one) => one.subject).join(' ');
      parent.postMessage({ subject: 'lti.frameResize', height: 1234 }, '*');
    });
    parent.postMessage({ subject: 'lti.capabilities', message_id: 'a' }, '*');
    </script>";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn content_in_the_page_for_teachers_has_its_own_height() {
    let lab = Lab::start().await;
    let directory = tempfile::tempdir().unwrap();
    let page = format!("<!doctype html><title>A</title>{}", "<p>A line.</p>".repeat(80));
    std::fs::write(directory.path().join("index.html"), page).unwrap();
    let app = Site::start(
        Router::new().route("/", get(|| async { Html(APP) }).post(|| async { Html(APP) })),
    )
    .await;
    let app_url = TargetUrl::new(&format!("{}/", app.origin("127.0.0.1")), true).unwrap();
    let chromium = Chromium::start(ThirdPartyCookies::Allowed).await;
    for target in
        [Target::Directory(directory.path().canonicalize().unwrap()), Target::App(app_url)]
    {
        let is_app = matches!(target, Target::App(_));
        set_target(&lab, target);
        chromium.launch(&lab, &[("user", "tina"), ("page-messages", "offered")]).await;
        chromium.arrive_in_frame(&sessions(&lab)).await;
        let height = "document.querySelector('iframe[data-resource]').clientHeight";
        if is_app {
            wait(&chromium, &format!("return {height} === 1234")).await;
        } else {
            wait(&chromium, &format!("return {height} > 1500")).await;
        }
        // The outer page has no scroll bar either.
        wait(&chromium, FITS).await;
        chromium.page.enter_frame(0).await.unwrap();
        wait(&chromium, FITS).await;
        if is_app {
            let offers = chromium.text().await;
            assert_eq!(offers.trim(), "lti.capabilities lti.frameResize lti.close lti.scrollToTop");
        }
    }
    chromium.close().await;
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_of_a_directory_can_include_the_script() {
    let lab = Lab::start().await;
    let directory = tempfile::tempdir().unwrap();
    let page = format!(
        "<!doctype html><title>A</title>{}<script src=\"~/platform-page.js\"></script>",
        "<p>A line.</p>".repeat(80)
    );
    std::fs::write(directory.path().join("index.html"), page).unwrap();
    set_target(&lab, Target::Directory(directory.path().canonicalize().unwrap()));
    let chromium = Chromium::start(ThirdPartyCookies::Allowed).await;
    chromium.launch(&lab, &[("user", "sam"), ("page-messages", "offered")]).await;
    chromium.arrive_in_frame(&sessions(&lab)).await;
    wait(&chromium, FITS).await;
    chromium.close().await;
    lab.stop().await;
}
