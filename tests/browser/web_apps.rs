//! An app behind nginx in the platform's frame: three sites, and the app knows nothing of LTI.

use std::time::Duration;

use thirtyfour::By;
use thirtyfour::prelude::ElementWaitable as _;

use super::chromium::{Chromium, PATIENCE, ThirdPartyCookies};
use crate::bridge::proxies::{Kind, Site};

/// Sends a form and opens a WebSocket from the app's page; gives the status, and what became of the
/// socket.
const REQUESTS: &str = "
    const done = arguments[arguments.length - 1];
    fetch('/save', { method: 'POST', body: 'a=b' }).then((answer) => {
      const socket = new WebSocket(location.origin.replace('http', 'ws') + '/socket');
      socket.onopen = () => done(answer.status + ' open');
      socket.onerror = () => done(answer.status + ' refused');
    });";

/// The app's page, on which we are, has the person, and its own requests arrive.
async fn the_app_works(chromium: &Chromium) {
    let page = chromium.text().await;
    assert!(page.contains("Remote-User: sam-"), "{page}");
    assert!(!page.contains("__Host-ltictl"), "{page}");
    let outcome = chromium.page.execute_async(REQUESTS, vec![]).await.unwrap();
    assert_eq!(outcome.json(), "200 open");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_app_behind_nginx_works_in_the_platforms_frame() {
    if !Kind::Nginx.is_installed() {
        return;
    }
    let site = Site::start(Kind::Nginx, "wiki.localhost").await;
    let page = format!("{}/start", site.origin);
    for cookies in [ThirdPartyCookies::Allowed, ThirdPartyCookies::Blocked] {
        let mut chromium = Chromium::start(cookies).await;
        chromium.launch(&site.lab, &[("user", "sam")]).await;
        chromium.arrive_in_frame(&page).await;
        the_app_works(&chromium).await;
        chromium.reload_frame().await;
        the_app_works(&chromium).await;
        assert_eq!(chromium.policy_complaints().await, [""; 0]);
        chromium.close().await;
    }
    site.lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_cookies_an_app_behind_nginx_opens_in_a_new_window() {
    if !Kind::Nginx.is_installed() {
        return;
    }
    let site = Site::start(Kind::Nginx, "wiki.localhost").await;
    let chromium = Chromium::start(ThirdPartyCookies::Dropped).await;
    chromium.launch(&site.lab, &[("user", "sam"), ("storage", "parent")]).await;
    chromium.arrive_in_frame(&format!("{}/.ltictl/enter", site.origin)).await;
    let button = chromium.page.find(By::Css("#framed button")).await.unwrap();
    button.wait_until().wait(PATIENCE, Duration::from_millis(30)).displayed().await.unwrap();
    button.click().await.unwrap();
    chromium.arrive_in_new_window(&format!("{}/start", site.origin)).await;
    the_app_works(&chromium).await;
    // The app's "Sign out".
    chromium.page.goto(format!("{}/.ltictl/leave", site.origin)).await.unwrap();
    chromium.page.find(By::Css("form button")).await.unwrap().click().await.unwrap();
    chromium.arrive_at(&format!("{}/.ltictl/leave", site.origin)).await;
    chromium.page.goto(format!("{}/start", site.origin)).await.unwrap();
    let page = chromium.text().await;
    assert!(page.contains("Open this page from your course"), "{page}");
    chromium.close().await;
    site.lab.stop().await;
}
