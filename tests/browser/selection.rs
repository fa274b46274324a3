//! Content selection in a real browser: the teacher's way from the platform's page through the list
//! and back, and the student's to what was added.

use ltictl::admin::publish;
use ltictl::domain::{Clock, MaxGrade, Name, Random, Resource, Slug};
use ltictl::rules::resource::ResourceChange;
use ltictl::sandbox::User;
use serde_json::{Value, json};
use thirtyfour::{By, Key, WebElement};

use super::chromium::{Chromium, ThirdPartyCookies};
use super::{accounts, sessions};
use crate::lab::Lab;

/// A lab with a second resource, without grades.
async fn lab() -> Lab {
    let lab = Lab::start().await;
    let change = ResourceChange {
        description: Some("Chapters 1 to 3, which the quiz is about.".parse().unwrap()),
        ..ResourceChange::default()
    };
    let slug = Slug::new("reading-list").unwrap();
    publish::publish(
        &mut lab.store(),
        &Name::new("Réading list").unwrap(),
        Some(slug),
        &change,
        false,
        Clock::System.now(),
        &Random::System,
    )
    .unwrap();
    lab
}

impl Chromium {
    async fn element(&self, css: &str) -> WebElement {
        self.page.find(By::Css(css)).await.unwrap_or_else(|error| panic!("{css}: {error}"))
    }

    /// Scrolls to something, so that it is not below the bar with the buttons.
    async fn scroll_to(&self, css: &str) -> WebElement {
        let element = self.element(css).await;
        self.page
            .execute(
                "arguments[0].scrollIntoView({ block: 'center' })",
                vec![element.to_json().unwrap()],
            )
            .await
            .unwrap();
        element
    }

    async fn click(&self, css: &str) {
        let element = self.scroll_to(css).await;
        element.click().await.unwrap_or_else(|error| panic!("{css}: {error}"));
    }

    /// Opens the platform's page and selects content with these choices; steps into the frame as
    /// soon as it shows an address that begins like this.
    async fn select_content(&self, lab: &Lab, choices: &[(&str, &str)], address: &str) {
        self.choose(lab, choices).await;
        self.click("#launch-form button[name=deep_linking]").await;
        self.arrive_in_frame(address).await;
    }

    /// Types into the search field, presses Enter, and gives the names that are shown then.
    async fn search(&self, words: &str) -> Vec<String> {
        let field = self.element("#query").await;
        field.clear().await.unwrap();
        self.leave_frame_by_typing(&field, words + Key::Enter).await;
        self.ask(
            "return Array.from(document.querySelectorAll('fieldset:not(#elsewhere) .name'), \
             (name) => name.textContent.trim())",
        )
        .await
    }

    /// What is ticked, in the order of the page, and what the page says of it.
    async fn picked(&self) -> (Vec<String>, String) {
        let script = "return Array.from(form.querySelectorAll('.row input:checked'), (box) => \
            box.name + ' ' + box.closest('.row').querySelector('.name').textContent.trim())";
        (
            self.ask(script).await,
            self.ask("return document.getElementById('count').textContent").await,
        )
    }
}

/// Returns to the platform's page, launches content there as another person, and enters the
/// frame.
async fn launch_item(chromium: &Chromium, lab: &Lab, choices: &[(&str, &str)], title: &str) {
    chromium.choose(lab, choices).await;
    chromium.click(&format!("button[aria-label='Launch {title}']")).await;
    chromium.arrive_in_frame(&sessions(lab)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_teacher_adds_two_resources_and_a_student_opens_them() {
    let lab = lab().await;
    lab.grant_all(lab.account_of(User::Tina, "tina"));
    // With cookies, and without any, when the URL of the session contains its secret.
    for (cookies, storage) in
        [(ThirdPartyCookies::Blocked, "none"), (ThirdPartyCookies::Dropped, "parent")]
    {
        let before = lab.sandbox.content_items().len();
        let chromium = Chromium::start(cookies).await;
        chromium
            .select_content(&lab, &[("user", "tina"), ("storage", storage)], &sessions(&lab))
            .await;
        assert_eq!(chromium.status().await, 200);
        assert!(chromium.text().await.contains("Select what you want to add to Algebra I."));
        assert_eq!(chromium.picked().await, (vec![], "0 selected".to_owned()));
        chromium.click("[name=gradebook] + span").await;
        assert_eq!(
            chromium.picked().await,
            (
                vec!["pick Algebra quiz".to_owned(), "gradebook Algebra quiz".to_owned()],
                "1 selected, 1 with gradebook".to_owned()
            )
        );
        chromium.click(".row:nth-of-type(2) .name").await;
        assert_eq!(chromium.picked().await.1, "2 selected, 1 with gradebook");
        chromium.leave_frame_by(&chromium.element("#add").await).await;
        chromium.arrive_in_frame(&format!("{}/deep-link-return", lab.sandbox.issuer())).await;
        let text = chromium.text().await;
        for words in [
            "Added to Algebra I",
            "Réading list",
            "Algebra quiz, with a column in the grade book, maximum 10",
        ] {
            assert!(text.contains(words), "{words} is not in {text}");
        }
        let items = lab.sandbox.content_items().split_off(before);
        assert_eq!(
            items.iter().map(|item| item.line_item.is_some()).collect::<Vec<_>>(),
            [true, false]
        );
        for item in &items {
            launch_item(&chromium, &lab, &[("user", "sam"), ("storage", storage)], &item.title)
                .await;
            let facts = chromium.facts().await;
            assert_eq!(
                (facts[""].as_str(), facts["Your role"].as_str()),
                (item.title.as_str(), "Student")
            );
        }
        chromium.close().await;
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_resource_is_added_with_the_keyboard_alone_after_signing_in() {
    let lab = lab().await;
    let tina = lab.account("tina");
    lab.grant_all(tina);
    lab.set_password(tina, "correct horse");
    let chromium = Chromium::start(ThirdPartyCookies::Blocked).await;
    chromium
        .select_content(
            &lab,
            &[("user", "tina"), ("accept_multiple", "false")],
            &format!("{}/lti/deep-link", lab.url),
        )
        .await;
    accounts::sign_in(&chromium, "tina", "correct horse").await;
    chromium.arrive_in_frame(&sessions(&lab)).await;

    check_search(&chromium).await;
    chromium.click("#query").await;
    let press = async |key: Key| {
        chromium.page.active_element().await.unwrap().send_keys("" + key).await.unwrap()
    };
    press(Key::Tab).await;
    press(Key::Tab).await;
    press(Key::Space).await;
    assert_eq!(chromium.picked().await.0, ["pick Algebra quiz"]);
    press(Key::Down).await;
    assert_eq!(chromium.picked().await.0, ["pick Réading list"]);
    let outline = "const style = getComputedStyle(document.activeElement); return \
        [style.outlineStyle, style.outlineWidth]";
    assert_eq!(
        chromium.ask::<Value>(outline).await,
        json!(["solid", "3px"]),
        "who uses the keyboard sees where they are"
    );
    // The box of a row takes the row along, and gives up its own when another row is taken.
    chromium.click("[name=gradebook]").await;
    assert_eq!(chromium.picked().await.0, ["pick Algebra quiz", "gradebook Algebra quiz"]);
    chromium.click("[name=pick]:not(:checked)").await;
    assert_eq!(
        chromium.picked().await,
        (vec!["pick Réading list".to_owned()], "1 selected".to_owned())
    );
    press(Key::Tab).await;
    press(Key::Tab).await;
    while !chromium.ask::<bool>("return document.activeElement.id === 'add'").await {
        press(Key::Tab).await;
    }
    press(Key::Enter).await;
    chromium.arrive_in_frame(&format!("{}/deep-link-return", lab.sandbox.issuer())).await;
    assert_eq!(
        lab.sandbox.content_items().iter().map(|item| item.title.clone()).collect::<Vec<_>>(),
        ["Réading list"]
    );

    cancel_selection(&chromium, &lab).await;
    chromium.close().await;
    lab.stop().await;
}

/// Searches for words in any order, without accents or capitals, with the keyboard alone.
async fn check_search(chromium: &Chromium) {
    assert_eq!(chromium.search("LIST read").await, ["Réading list"]);
    assert_eq!(chromium.search("reading-list").await, ["Réading list"], "the slug");
    assert_eq!(chromium.search("nothing of the kind").await, [""; 0]);
    assert!(chromium.text().await.contains("No resource matches “nothing of the kind”."));
    assert_eq!(chromium.search("").await, ["Algebra quiz", "Réading list"]);
}

/// Opens the selection again, to which the same teacher need not sign in again, and cancels it.
async fn cancel_selection(chromium: &Chromium, lab: &Lab) {
    chromium.select_content(lab, &[("user", "tina")], &sessions(lab)).await;
    chromium.click("[name=pick]").await;
    chromium.leave_frame_by(&chromium.element("#cancel").await).await;
    chromium.arrive_in_frame(&format!("{}/deep-link-return", lab.sandbox.issuer())).await;
    assert!(chromium.text().await.contains("Nothing was added"));
    assert_eq!(lab.sandbox.content_items().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_resources_come_in_pages_even_on_a_phone() {
    let lab = lab().await;
    lab.grant_all(lab.account_of(User::Tina, "tina"));
    let now = Clock::System.now();
    let add = |write: &ltictl::store::Write<'_>| {
        for number in 0..1000 {
            let name = Name::new(&format!(
                "Exercise {number:04}, with{}a long title that has to be broken into lines",
                "anunbreakableword".repeat(number / 990)
            ))
            .unwrap();
            let slug = Slug::new(&format!("exercise-{number}")).unwrap();
            let max_grade = MaxGrade::new(10.0).ok().filter(|_| number % 2 == 0);
            write.insert_resource(&Resource {
                max_grade,
                ..Resource::new(slug, Random::System.uuid(), name, now)
            })?;
        }
        Ok::<_, ltictl::store::Error>(())
    };
    lab.store().write(add).unwrap();
    // Without cookies the session's address opens it in a window of its own too.
    let chromium = Chromium::start(ThirdPartyCookies::Dropped).await;
    chromium.be_narrow(320).await;
    chromium
        .select_content(&lab, &[("user", "tina"), ("storage", "parent")], &sessions(&lab))
        .await;
    let page: String = chromium.ask("return location.href").await;
    let rows = "return document.querySelectorAll('.row').length";
    assert_eq!(chromium.ask::<usize>(rows).await, 50);
    assert!(!chromium.scrolls_sideways().await, "in the platform's frame");
    // What is selected stays selected in a search and on the next page.
    assert_eq!(chromium.search("0777").await.len(), 1);
    chromium.click("[name=pick]").await;
    assert_eq!(chromium.picked().await.1, "1 selected");
    assert_eq!(chromium.search(" ").await.len(), 50);
    chromium.leave_frame_by(&chromium.scroll_to("[value=next]").await).await;
    assert_eq!(chromium.ask::<usize>(rows).await, 51);
    assert_eq!(chromium.picked().await.1, "1 selected");
    assert!(chromium.picked().await.0[0].starts_with("pick Exercise 0777"));
    assert!(!chromium.scrolls_sideways().await, "with the last page's selection");
    assert_eq!(chromium.search("anunbreakableword").await.len(), 10);
    assert!(!chromium.scrolls_sideways().await, "with long words");
    // The bar with the buttons stays in sight.
    chromium.page.goto(&page).await.unwrap();
    assert_eq!(chromium.ask::<u32>("return innerWidth").await, 320);
    assert!(!chromium.scrolls_sideways().await, "on its own");
    let script = "scrollTo(0, 1000); const bar = \
        document.getElementById('add').getBoundingClientRect(); return scrollY > 0 && bar.top > 0 \
        && bar.bottom <= innerHeight";
    assert!(chromium.ask::<bool>(script).await);
    chromium.close().await;
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_titles_are_text_and_a_page_without_anything_helps_on() {
    let lab = lab().await;
    let tina = lab.account_of(User::Tina, "tina");
    let chromium = Chromium::start(ThirdPartyCookies::Allowed).await;
    chromium.be_narrow(320).await;
    chromium.select_content(&lab, &[("user", "tina")], &sessions(&lab)).await;
    assert!(chromium.text().await.contains("ltictl account grant tina RES"));
    assert!(!chromium.scrolls_sideways().await);

    let change = ResourceChange {
        name: Some(
            Name::new("</legend><script>alert(1)</script><img src=x onerror=alert(1)>").unwrap(),
        ),
        ..ResourceChange::default()
    };
    publish::update(&mut lab.store(), &"reading-list".into(), &change, Clock::System.now())
        .unwrap_or_else(|error| panic!("{error:?}"));
    lab.grant_all(tina);
    chromium.reload_frame().await;
    assert_eq!(
        chromium
            .ask::<u32>(
                "return document.querySelectorAll('img').length + \
        document.querySelectorAll('script').length"
            )
            .await,
        1
    );
    chromium.click(".row:nth-of-type(1) .name").await;
    chromium.leave_frame_by(&chromium.element("#add").await).await;
    chromium.arrive_in_frame(&format!("{}/deep-link-return", lab.sandbox.issuer())).await;
    assert!(chromium.page.get_alert_text().await.is_err(), "no script has spoken");
    assert_eq!(lab.sandbox.content_items().len(), 1);
    chromium.close().await;
    lab.stop().await;
}

/// How many rows are shown as a whole, above the bar with the buttons.
const VISIBLE_ROWS: &str = "const end = document.querySelector('.bar').getBoundingClientRect().top; \
    return Array.from(document.querySelectorAll('.row'), (row) => row.getBoundingClientRect()) \
    .filter((row) => row.height > 0 && row.top >= 0 && row.bottom <= end).length";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn six_rows_are_shown_in_the_dialogue_of_an_lms() {
    let lab = lab().await;
    lab.grant_all(lab.account_of(User::Tina, "tina"));
    for number in 1..=8 {
        let change = ResourceChange {
            description: Some(
                format!("Chapter {number}: what the lecture of week {number} was about, in short.")
                    .parse()
                    .unwrap(),
            ),
            max_grade: Some("100".parse().unwrap()),
            ..ResourceChange::default()
        };
        let name = Name::new(&format!("Quiz of week {number}")).unwrap();
        let (mut store, now) = (lab.store(), Clock::System.now());
        publish::publish(&mut store, &name, None, &change, false, now, &Random::System).unwrap();
    }
    let chromium = Chromium::start(ThirdPartyCookies::Allowed).await;
    for width in [560, 800] {
        chromium.choose(&lab, &[("user", "tina")]).await;
        let size = format!("min-height: 0; flex: none; height: 500px; width: {width}px; border: 0");
        let frame = "document.querySelector('iframe[name=launch]').style = arguments[0]";
        chromium.page.execute(frame, vec![json!(size)]).await.unwrap();
        chromium.click("#launch-form button[name=deep_linking]").await;
        chromium.arrive_in_frame(&sessions(&lab)).await;
        assert_eq!(chromium.ask::<u32>("return window.innerHeight").await, 500);
        let rows: u32 = chromium.ask(VISIBLE_ROWS).await;
        if let Some(path) = std::env::var_os("LTICTL_SCREENSHOT") {
            chromium.element("main").await.screenshot(std::path::Path::new(&path)).await.unwrap();
        }
        assert!(rows >= 6, "{rows} rows at a width of {width}");
        assert!(chromium.text().await.contains("out of 100"));
    }
    chromium.close().await;
    lab.stop().await;
}
