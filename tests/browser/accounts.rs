//! Whose account a launch opens, as people meet it: the page in the platform's frame, in a browser
//! that keeps third-party cookies from frames.

use ltictl::domain::Slug;
use ltictl::domain::{Account, Clock, PlatformUser, Profile, Provisioning, Random, Username};
use ltictl::rules::passwords;
use ltictl::store::Error;
use thirtyfour::By;

use super::chromium::{Chromium, ThirdPartyCookies};
use super::{algebra_page, sessions};
use crate::lab::{Lab, RESOURCE, outcome};

const PASSWORD: &str = "correct horse";

pub(crate) fn modes(lab: &Lab, student: Provisioning, teacher: Provisioning) {
    let mut store = lab.store();
    let mut resource = store.read().resource(&Slug::new(RESOURCE).unwrap()).unwrap().unwrap();
    (resource.student_provisioning, resource.teacher_provisioning) = (student, teacher);
    store.write(|write| write.update_resource(&resource, Clock::System.now())).unwrap();
}

/// An account that the admin made, with a password.
pub(crate) fn existing(lab: &Lab, username: &str, name: &str) -> i64 {
    let hash = passwords::hash(PASSWORD, &Random::System).unwrap();
    let profile = Profile { name: Some(name.to_owned()), ..Profile::default() };
    let account = Account::by_admin(
        Username::new(username).unwrap(),
        Random::System.uuid(),
        profile,
        Clock::System.now(),
    );
    let made = lab.store().write(|write| {
        let id = write.insert_account(&account)?;
        write.set_password_hash(id, Some(&hash), Clock::System.now())?;
        Ok::<_, Error>(id)
    });
    made.unwrap()
}

pub(crate) fn account_of(lab: &Lab, sub: &str) -> Option<Account> {
    let user = PlatformUser {
        issuer: lab.sandbox.issuer().to_owned(),
        tenant: String::new(),
        sub: sub.to_owned(),
    };
    lab.store().read().account_of(&user).unwrap().map(|(account, _)| account)
}

fn count(lab: &Lab) -> usize {
    lab.store().read().accounts().unwrap().len()
}

/// Launches up to the page that asks for the account.
pub(crate) async fn asked(chromium: &Chromium, lab: &Lab, user: &str) {
    chromium.launch(lab, &[("user", user)]).await;
    chromium.arrive_in_frame(&format!("{}/lti/launch", lab.url)).await;
    assert!(chromium.text().await.contains("choose your account."), "{}", chromium.text().await);
}

pub(crate) async fn sign_in(chromium: &Chromium, username: &str, password: &str) {
    for (field, text) in [("username", username), ("password", password)] {
        let field = chromium.page.find(By::Id(field)).await.unwrap();
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }
    chromium.leave_frame_by(&chromium.page.find(By::Id("sign-in")).await.unwrap()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_student_is_enrolled_without_questions() {
    let lab = Lab::start().await;
    let chromium = Chromium::start(ThirdPartyCookies::Blocked).await;
    for mode in [Provisioning::Auto, Provisioning::Prompt, Provisioning::Existing] {
        modes(&lab, mode, mode);
        chromium.launch(&lab, &[("user", "sam")]).await;
        chromium.arrive_in_frame(&sessions(&lab)).await;
        assert_eq!(chromium.facts().await, algebra_page("Algebra quiz", "Sam Student", "Student"));
        assert_eq!(count(&lab), 1, "{mode}");
    }
    chromium.close().await;
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_student_signs_in_to_an_account_and_stays_signed_in() {
    let lab = Lab::start().await;
    let alma = existing(&lab, "alma", "Alma Mater");
    modes(&lab, Provisioning::Prompt, Provisioning::Prompt);
    let chromium = Chromium::start(ThirdPartyCookies::Blocked).await;
    asked(&chromium, &lab, "sam").await;
    sign_in(&chromium, "alma", "wrong password").await;
    chromium.arrive_in_frame(&format!("{}/lti/account", lab.url)).await;
    let alert = chromium.page.find(By::Css("[role=alert]")).await.unwrap().text().await.unwrap();
    assert!(alert.contains("The username or password is wrong"), "{alert}");
    assert_eq!(
        chromium
            .page
            .find(By::Id("username"))
            .await
            .unwrap()
            .prop("value")
            .await
            .unwrap()
            .as_deref(),
        Some("alma"),
        "nothing is typed twice"
    );
    sign_in(&chromium, "alma", PASSWORD).await;
    chromium.arrive_in_frame(&sessions(&lab)).await;
    assert_eq!(account_of(&lab, "4").unwrap().id, alma);
    // Linked first: automatic creates nothing new and asks no one again.
    modes(&lab, Provisioning::Auto, Provisioning::Auto);
    chromium.launch(&lab, &[("user", "sam")]).await;
    chromium.arrive_in_frame(&sessions(&lab)).await;
    assert_eq!((count(&lab), account_of(&lab, "4").unwrap().id), (1, alma));
    chromium.close().await;
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_teacher_creates_an_account_and_stays_signed_in() {
    let lab = Lab::start().await;
    modes(&lab, Provisioning::Auto, Provisioning::Prompt);
    let chromium = Chromium::start(ThirdPartyCookies::Blocked).await;
    asked(&chromium, &lab, "tina").await;
    chromium.page.find(By::Id("create")).await.unwrap().click().await.unwrap();
    chromium.arrive_in_frame(&sessions(&lab)).await;
    assert!(chromium.text().await.contains("Tina Teacher"));
    assert_eq!(account_of(&lab, "3").unwrap().display_name(), "Tina Teacher");
    chromium.launch(&lab, &[("user", "tina")]).await;
    chromium.arrive_in_frame(&sessions(&lab)).await;
    assert_eq!(count(&lab), 1);
    chromium.close().await;
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_only_existing_accounts_count_nothing_else_is_offered() {
    let lab = Lab::start().await;
    modes(&lab, Provisioning::Existing, Provisioning::Existing);
    let chromium = Chromium::start(ThirdPartyCookies::Blocked).await;
    asked(&chromium, &lab, "sam").await;
    assert!(chromium.page.find_all(By::Id("create")).await.unwrap().is_empty());
    // A person who cannot sign in is refused in the end.
    for _ in 0..9 {
        sign_in(&chromium, "sam", "no such account").await;
        chromium.arrive_in_frame(&format!("{}/lti/account", lab.url)).await;
        assert!(chromium.text().await.contains("The username or password is wrong"));
    }
    sign_in(&chromium, "sam", "no such account").await;
    assert!(chromium.text().await.contains("The link could not be opened"));
    assert_eq!((outcome(&lab.newest_launch().unwrap()), count(&lab)), ("sign_in_failed", 0));
    chromium.close().await;
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_question_fits_a_phone_and_needs_no_mouse() {
    let lab = Lab::start().await;
    existing(&lab, "alma", "Alma Mater");
    modes(&lab, Provisioning::Prompt, Provisioning::Prompt);
    let chromium = Chromium::start(ThirdPartyCookies::Blocked).await;
    chromium.be_narrow(320).await;
    chromium.launch(&lab, &[("user", "tina"), ("window", "1")]).await;
    chromium.arrive_in_new_window(&format!("{}/lti/launch", lab.url)).await;
    chromium.be_narrow(320).await;
    assert!(!chromium.scrolls_sideways().await);
    // From field to field and off with Enter.
    chromium.page.find(By::Id("username")).await.unwrap().send_keys("alma").await.unwrap();
    let password = chromium.page.find(By::Id("password")).await.unwrap();
    password.send_keys(PASSWORD.to_owned() + thirtyfour::Key::Enter).await.unwrap();
    chromium.arrive_at(&sessions(&lab)).await;
    chromium.close().await;
    lab.stop().await;
}
