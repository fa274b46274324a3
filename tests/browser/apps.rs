//! The apps of docs/app.md in the platform's frame, where their cookies are those of a third party.

use ltictl::domain::{Target, TargetUrl};
use thirtyfour::By;

use super::chromium::{Chromium, ThirdPartyCookies};
use super::set_target;
use crate::api::apps::{Program, express, flask, not_run, start};
use crate::lab::Lab;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_apps_of_the_guide_keep_their_sessions_in_a_frame() {
    let chromium = Chromium::start(ThirdPartyCookies::Blocked).await;
    for (name, program) in [("Flask", flask as Program), ("Express", express)] {
        let lab = Lab::start().await;
        let Some(app) = start(&lab, program).await else {
            not_run(&format!("the {name} app of docs/app.md in Chromium"));
            continue;
        };
        let url = TargetUrl::new(&format!("{}/launch", app.origin), false).unwrap();
        set_target(&lab, Target::App(url));
        chromium.launch(&lab, &[("user", "sam")]).await;
        chromium.arrive_in_frame(&format!("{}/", app.origin)).await;
        assert!(chromium.ask::<bool>("return window.top !== window").await);
        let page = chromium.text().await;
        assert!(page.contains("Hello, Sam Student!"), "{name}: {page}");
        let field = chromium.page.find(By::Name("answer")).await.unwrap();
        chromium.leave_frame_by_typing(&field, "42\n".into()).await;
        let page = chromium.text().await;
        assert!(page.contains("Your score: 10"), "{name}: {page}");
        drop(app);
        lab.stop().await;
    }
    chromium.close().await;
}
