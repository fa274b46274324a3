//! The way of a launch through a real browser: the platform on `localhost` frames the tool on `127.0.0.1`, which are two sites to it.
#![cfg(feature = "browser")]

mod chromium;
mod lab;

use chromium::site::Site;
use chromium::{Chromium, ThirdPartyCookies};
use lab::Lab;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_launch_shows_the_resource_in_the_platforms_frame() {
    let lab = Lab::start().await;
    let chromium = Chromium::start(ThirdPartyCookies::Allowed).await;
    chromium.launch(&lab, &[("user", "sam")]).await;
    chromium.arrive_in_frame(&format!("{}/session/", lab.url)).await;
    println!("{:?}", chromium.facts().await);
    println!("{:?}", chromium.page.browser_log().await);
    chromium.reload_frame().await;
    println!("{:?} {}", chromium.facts().await, chromium.status().await);
    chromium.launch(&lab, &[("user", "tina"), ("window", "1")]).await;
    chromium.arrive_in_new_window(&format!("{}/session/", lab.url)).await;
    println!("{:?} {}", chromium.facts().await, chromium.status().await);
    println!("{:?}", chromium.page.browser_log().await);
    let _ = Site::that_frames().await;
    chromium.close().await;
    lab.stop().await;
}
