//! Whose account a launch opens: through the real server over real HTTP, with the page that asks
//! and what it answers.

use std::time::Duration;

use jiff::Timestamp;
use ltictl::domain::{
    Account, Clock, ConsumerUser, DeploymentPolicy, EnrolmentRules, Identity, PlatformUser,
    Profile, Provisioning, Random, Resource, Slug, Username,
};
use ltictl::rules::passwords;
use ltictl::sandbox::browser::{Browser, Page};
use ltictl::sandbox::{LaunchChoice, MigrationChoice, MigrationSign, Misbehaviour};
use ltictl::store::{Error, Store, Write};
use serde_json::json;

use crate::doctor::setup::ltictl;
use crate::lab::{Lab, REGISTRATION, RESOURCE, insert_consumer, outcome};

const PASSWORD: &str = "correct horse";

fn now() -> Timestamp {
    Clock::System.now()
}

fn write<T>(lab: &Lab, change: impl FnOnce(&Write<'_>) -> Result<T, Error>) -> T {
    lab.store().write(change).unwrap()
}

fn modes(lab: &Lab, student: Provisioning, teacher: Provisioning) {
    change_resource(lab, |resource| {
        (resource.student_provisioning, resource.teacher_provisioning) = (student, teacher)
    });
}

fn change_resource(lab: &Lab, change: impl FnOnce(&mut Resource)) {
    let mut resource = lab.store().read().resource(&Slug::new(RESOURCE).unwrap()).unwrap().unwrap();
    change(&mut resource);
    write(lab, |write| write.update_resource(&resource, now()));
}

/// An account that the admin made, with a password.
fn existing(lab: &Lab, username: &str) -> i64 {
    let hash = passwords::hash(PASSWORD, &Random::System).unwrap();
    let profile = Profile { name: Some("Alma Mater".into()), ..Profile::default() };
    let account =
        Account::by_admin(Username::new(username).unwrap(), Random::System.uuid(), profile, now());
    write(lab, |write| {
        let id = write.insert_account(&account)?;
        write.set_password_hash(id, Some(&hash), now())?;
        Ok(id)
    })
}

/// The account of one of the platform's people; none yet.
fn account_of(lab: &Lab, sub: &str) -> Option<Account> {
    let user = PlatformUser {
        issuer: lab.sandbox.issuer().to_owned(),
        tenant: String::new(),
        sub: sub.to_owned(),
    };
    lab.store().read().account_of(&user).unwrap().map(|(account, _)| account)
}

fn accounts(store: &Store) -> usize {
    store.read().accounts().unwrap().len()
}

/// Answers the page that asks for the account.
async fn answer(browser: &mut Browser, page: &Page, fields: &[(&str, &str)]) -> Page {
    let mut form = page
        .form_with("choice", "sign-in")
        .unwrap_or_else(|| panic!("no question: {} {}", page.status, page.body));
    for (name, value) in fields {
        form.set(name, value);
    }
    browser.submit_form(page, &form).await.unwrap()
}

fn is_in(page: &Page) -> bool {
    page.status == 303 && page.header("location").unwrap().contains("/session/")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_student_is_asked_nothing_and_keeps_the_account_of_the_first_launch() {
    let lab = Lab::start().await;
    assert!(is_in(&lab.launch(&LaunchChoice::student()).await));
    let account = account_of(&lab, "4").unwrap();
    assert_eq!((&*account.display_name(), account.has_password), ("Sam Student", false));
    assert!(account.username.as_str().starts_with("sam-student-"));
    // Automatic first: never asked later, whatever the mode.
    for mode in [Provisioning::Prompt, Provisioning::Existing] {
        modes(&lab, mode, mode);
        assert!(is_in(&lab.launch(&LaunchChoice::student()).await));
        assert_eq!(account_of(&lab, "4").unwrap().uuid, account.uuid);
    }
    assert_eq!(accounts(&lab.store()), 1);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_teacher_is_asked_and_may_have_an_account_made() {
    let lab = Lab::start().await;
    modes(&lab, Provisioning::Auto, Provisioning::Prompt);
    let mut browser = lab.browser.another();
    let page = lab.sandbox.launch(&mut browser, &LaunchChoice::teacher()).await.unwrap();
    assert_eq!(
        (page.status, page.body.contains("Create one for me"), page.body.contains("Algebra quiz")),
        (200, true, true),
        "{}",
        page.body
    );
    let policy = page.header("content-security-policy").unwrap();
    assert!(
        policy.contains("form-action 'self'") && policy.contains("script-src 'nonce-"),
        "{policy}"
    );
    assert!(
        policy.contains(&format!("frame-ancestors 'self' {}", lab.sandbox.issuer())),
        "{policy}"
    );
    assert!(
        lab.newest_launch().is_none() && accounts(&lab.store()) == 0,
        "nothing is made and nothing is logged before the answer"
    );
    let entered = answer(&mut browser, &page, &[("choice", "create")]).await;
    assert!(is_in(&entered), "{} {}", entered.status, entered.body);
    let shown = browser.follow(entered).await.unwrap();
    assert!(shown.body.contains("Tina Teacher"), "{}", shown.body);
    assert_eq!(outcome(&lab.newest_launch().unwrap()), "accepted");
    assert_eq!(account_of(&lab, "3").unwrap().display_name(), "Tina Teacher");
    // The same answer once more makes nothing: the launch waits no longer.
    let again = answer(&mut browser, &page, &[("choice", "create")]).await;
    assert_eq!(
        (again.status, again.body.contains("This launch is over"), accounts(&lab.store())),
        (403, true, 1)
    );
    assert!(is_in(&lab.launch(&LaunchChoice::teacher()).await), "and the next launch asks nothing");
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_owner_signs_in_once() {
    let lab = Lab::start().await;
    let alma = existing(&lab, "alma");
    modes(&lab, Provisioning::Prompt, Provisioning::Prompt);
    let mut browser = lab.browser.another();
    let page = lab.sandbox.launch(&mut browser, &LaunchChoice::student()).await.unwrap();
    let entered =
        answer(&mut browser, &page, &[("username", " Alma "), ("password", PASSWORD)]).await;
    assert!(is_in(&entered), "{} {}", entered.status, entered.body);
    let account = account_of(&lab, "4").unwrap();
    assert_eq!(
        (account.id, &*account.display_name()),
        (alma, "Alma Mater"),
        "what the account says of its person stays"
    );
    // Linked first: automatic makes nothing new.
    modes(&lab, Provisioning::Auto, Provisioning::Auto);
    assert!(is_in(&lab.launch(&LaunchChoice::student()).await));
    assert_eq!((accounts(&lab.store()), account_of(&lab, "4").unwrap().id), (1, alma));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_only_existing_accounts_count_none_is_made() {
    let lab = Lab::start().await;
    let alma = existing(&lab, "alma");
    modes(&lab, Provisioning::Existing, Provisioning::Existing);
    let mut browser = lab.browser.another();
    let page = lab.sandbox.launch(&mut browser, &LaunchChoice::student()).await.unwrap();
    assert!(
        !page.body.contains("Create one for me") && page.form_with("choice", "create").is_none()
    );
    let refused = answer(&mut browser, &page, &[("choice", "create")]).await;
    assert_eq!(
        (
            refused.status,
            refused.body.contains("New accounts cannot be created here"),
            accounts(&lab.store())
        ),
        (403, true, 1)
    );
    assert!(is_in(
        &answer(&mut browser, &refused, &[("username", "alma"), ("password", PASSWORD)]).await
    ));
    assert_eq!(account_of(&lab, "4").unwrap().id, alma);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_replies_reveal_nothing_and_are_limited() {
    let lab = Lab::start().await;
    existing(&lab, "alma");
    let no_password = Account::by_admin(
        Username::new("bert").unwrap(),
        Random::System.uuid(),
        Profile::default(),
        now(),
    );
    write(&lab, |write| write.insert_account(&no_password));
    modes(&lab, Provisioning::Prompt, Provisioning::Prompt);
    let mut browser = lab.browser.another();
    let mut page = lab.sandbox.launch(&mut browser, &LaunchChoice::student()).await.unwrap();
    let mut seen = Vec::new();
    for (username, password) in [
        ("alma", "wrong password"),
        ("unknown", PASSWORD),
        ("bert", ""),
        ("bert", PASSWORD),
        ("<b>\u{1b}", PASSWORD),
        (&*"x".repeat(5000), "x"),
    ] {
        page = answer(&mut browser, &page, &[("username", username), ("password", password)]).await;
        let handle = page.form().unwrap().field("handle").unwrap().to_owned();
        assert!(!page.body.contains("<b>") && !page.body.contains(PASSWORD), "{}", page.body);
        seen.push((page.status, page.body.contains("The username or password is wrong"), handle));
    }
    assert!(
        seen.iter().all(|one| *one == (403, true, seen[0].2.clone())),
        "every wrong answer gets the same page: {seen:?}"
    );
    for _ in 0..3 {
        page = answer(&mut browser, &page, &[("username", "alma"), ("password", "wrong password")])
            .await;
    }
    let last =
        answer(&mut browser, &page, &[("username", "alma"), ("password", "wrong password")]).await;
    assert_eq!(
        (last.status, outcome(&lab.newest_launch().unwrap())),
        (403, "sign_in_failed"),
        "{}",
        last.body
    );
    // Not even the right password helps any more, from that page.
    assert!(
        answer(&mut browser, &page, &[("username", "alma"), ("password", PASSWORD)])
            .await
            .body
            .contains("This launch is over")
    );
    // And the account itself rests: from another page, too.
    let page = lab.sandbox.launch(&mut browser, &LaunchChoice::student()).await.unwrap();
    let mut statuses = Vec::new();
    for _ in 0..8 {
        statuses.push(
            answer(&mut browser, &page, &[("username", "alma"), ("password", "wrong password")])
                .await
                .status,
        );
    }
    assert!(statuses.contains(&429), "{statuses:?}");
    assert_eq!(accounts(&lab.store()), 2);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn opening_the_link_again_does_not_reset_the_limit_of_names() {
    let lab = Lab::start().await;
    existing(&lab, "alma");
    modes(&lab, Provisioning::Prompt, Provisioning::Prompt);
    let mut browser = lab.browser.another();
    let mut statuses = Vec::new();
    for page_number in 0..4 {
        let page = lab.sandbox.launch(&mut browser, &LaunchChoice::student()).await.unwrap();
        for name in 0..4 {
            let username = format!("name-{page_number}-{name}");
            statuses.push(
                answer(&mut browser, &page, &[("username", &username), ("password", PASSWORD)])
                    .await
                    .status,
            );
        }
    }
    assert_eq!(statuses.last(), Some(&429), "{statuses:?}");
    // This does not delay anyone else.
    let mut browser = lab.browser.another();
    let page = lab.sandbox.launch(&mut browser, &LaunchChoice::teacher()).await.unwrap();
    assert!(is_in(
        &answer(&mut browser, &page, &[("username", "alma"), ("password", PASSWORD)]).await
    ));
    lab.stop().await;
}

/// A launch of a platform user who has no account yet, and the page that asks for one.
async fn asked(lab: &Lab, sub: &str) -> (Browser, Page) {
    let mut browser = lab.browser.another();
    let page = lab
        .sandbox
        .launch(&mut browser, &LaunchChoice::student().patched(json!({ "sub": sub })))
        .await
        .unwrap();
    (browser, page)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_passwords_do_not_lock_the_owner_out() {
    // Nothing waits in this test: what would have to is rejected.
    let lab = Lab::with(|options| options.limits.sign_in.max_wait = Duration::ZERO).await;
    let alma = existing(&lab, "alma");
    modes(&lab, Provisioning::Existing, Provisioning::Existing);
    let wrong = [("username", "alma"), ("password", "wrong password")];
    for guesser in ["guesser-1", "guesser-2"] {
        let mut statuses = Vec::new();
        for _ in 0..2 {
            let (mut browser, page) = asked(&lab, guesser).await;
            for _ in 0..7 {
                statuses.push(answer(&mut browser, &page, &wrong).await.status);
            }
        }
        assert_eq!(statuses.last(), Some(&429), "{statuses:?}");
    }
    let (mut browser, page) = asked(&lab, "owner").await;
    assert_eq!(answer(&mut browser, &page, &wrong).await.status, 403, "the owner mistypes");
    assert!(is_in(
        &answer(&mut browser, &page, &[("username", "alma"), ("password", PASSWORD)]).await
    ));
    assert_eq!(account_of(&lab, "owner").unwrap().id, alma);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guesses_by_many_platform_users_only_delay_the_owner() {
    let lab = Lab::with(|options| {
        let limits = &mut options.limits.sign_in;
        (limits.account_burst, limits.account_pause) = (3, Duration::from_millis(5));
    })
    .await;
    existing(&lab, "alma");
    modes(&lab, Provisioning::Existing, Provisioning::Existing);
    for guesser in 0..12 {
        let (mut browser, page) = asked(&lab, &format!("guesser-{guesser}")).await;
        assert_eq!(
            answer(&mut browser, &page, &[("username", "alma"), ("password", "wrong password")])
                .await
                .status,
            403
        );
    }
    let (mut browser, page) = asked(&lab, "owner").await;
    assert!(is_in(
        &answer(&mut browser, &page, &[("username", "alma"), ("password", PASSWORD)]).await
    ));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_platform_users_cannot_guess_fast() {
    let lab = Lab::with(|options| options.limits.sign_in.max_wait = Duration::ZERO).await;
    existing(&lab, "alma");
    modes(&lab, Provisioning::Existing, Provisioning::Existing);
    let mut statuses = Vec::new();
    for guesser in 0..12 {
        let (mut browser, page) = asked(&lab, &format!("guesser-{guesser}")).await;
        statuses.push(
            answer(&mut browser, &page, &[("username", "alma"), ("password", "wrong password")])
                .await
                .status,
        );
    }
    assert_eq!(
        (&statuses[..10], &statuses[10..]),
        (&[403; 10][..], &[429; 2][..]),
        "each is a new platform user, and the account has one pace"
    );
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn foreign_handles_open_nothing() {
    let lab = Lab::start().await;
    for handle in ["", "0", &"0".repeat(32), &"f".repeat(32), "../../etc", &"é".repeat(16)] {
        let fields = [("handle", handle), ("choice", "create")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let page = lab
            .browser
            .another()
            .with_header("origin", &lab.url)
            .post_form(&format!("{}/lti/account", lab.url), &fields)
            .await
            .unwrap();
        assert_eq!(
            (page.status, page.body.contains("This launch is over")),
            (403, true),
            "{handle}"
        );
    }
    let fields = [("handle".to_owned(), "0".repeat(32)), ("choice".to_owned(), "steal".to_owned())];
    let unknown = lab
        .browser
        .another()
        .with_header("origin", &lab.url)
        .post_form(&format!("{}/lti/account", lab.url), &fields)
        .await
        .unwrap();
    assert_eq!(unknown.status, 400);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_during_the_account_choice_apply() {
    let lab = Lab::start().await;
    let alma = existing(&lab, "alma");
    modes(&lab, Provisioning::Prompt, Provisioning::Prompt);
    let mut browser = lab.browser.another();
    let page = lab.sandbox.launch(&mut browser, &LaunchChoice::student()).await.unwrap();
    change_resource(&lab, |resource| resource.published = false);
    let refused = answer(&mut browser, &page, &[("choice", "create")]).await;
    assert_eq!(
        (refused.status, outcome(&lab.newest_launch().unwrap())),
        (404, "resource_unpublished")
    );
    change_resource(&lab, |resource| resource.published = true);

    let page = lab.sandbox.launch(&mut browser, &LaunchChoice::student()).await.unwrap();
    let account = lab.store().read().account_by_id(alma).unwrap().unwrap();
    write(&lab, |write| {
        write.update_account(&Account { enabled: false, ..account.clone() }, now())
    });
    let refused =
        answer(&mut browser, &page, &[("username", "alma"), ("password", PASSWORD)]).await;
    assert_eq!((refused.status, outcome(&lab.newest_launch().unwrap())), (403, "account_disabled"));
    assert!(refused.body.contains("Your account on this tool is disabled"));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deployment_that_may_not_be_added_any_more_lets_no_waiting_launch_in() {
    let lab = Lab::start().await;
    modes(&lab, Provisioning::Prompt, Provisioning::Prompt);
    let set = |deployments| {
        let mut registration =
            lab.store().read().registration(&Slug::new(REGISTRATION).unwrap()).unwrap().unwrap();
        registration.policy.deployments = deployments;
        write(&lab, |write| write.update_registration(&registration, now()));
    };
    set(DeploymentPolicy::Accept);
    let mut choice = LaunchChoice::student().patched(
        json!({ "https://purl.imsglobal.org/spec/lti/claim/deployment_id": "another-customer" }),
    );
    choice.login.insert("lti_deployment_id".into(), "another-customer".into());
    let mut browser = lab.browser.another();
    let page = lab.sandbox.launch(&mut browser, &choice).await.unwrap();
    set(DeploymentPolicy::Known);
    let refused = answer(&mut browser, &page, &[("choice", "create")]).await;
    assert_eq!(
        (refused.status, outcome(&lab.newest_launch().unwrap())),
        (403, "deployment_unknown"),
        "{}",
        refused.body
    );
    let registration =
        lab.store().read().registration(&Slug::new(REGISTRATION).unwrap()).unwrap().unwrap();
    assert_eq!(
        (accounts(&lab.store()), lab.store().read().deployments(registration.id).unwrap().len()),
        (0, 1)
    );
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guests_are_accepted_as_long_as_new_people_are() {
    let lab = Lab::start().await;
    let mut registration =
        lab.store().read().registration(&Slug::new(REGISTRATION).unwrap()).unwrap().unwrap();
    registration.policy.allow_anonymous = true;
    write(&lab, |write| write.update_registration(&registration, now()));
    let guest = LaunchChoice::student().with(Misbehaviour::SubMissing);
    assert!(is_in(&lab.launch(&guest).await));
    change_resource(&lab, |resource| {
        resource.enrolment = EnrolmentRules {
            start: Some(now() + jiff::SignedDuration::from_hours(1)),
            ..EnrolmentRules::default()
        }
    });
    assert_eq!(
        (lab.launch(&guest).await.status, outcome(&lab.newest_launch().unwrap())),
        (403, "enrolment_not_started")
    );
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disabled_account_ends_sessions_and_opens_no_new_ones() {
    let lab = Lab::start().await;
    let mut browser = lab.browser.another();
    let entered = lab.sandbox.launch(&mut browser, &LaunchChoice::student()).await.unwrap();
    let address = entered.header("location").unwrap().to_owned();
    let account = account_of(&lab, "4").unwrap();
    write(&lab, |write| write.update_account(&Account { enabled: false, ..account }, now()));
    let page = browser.get(&address).await.unwrap();
    assert_eq!((page.status, page.body.contains("Your account is disabled")), (403, true));
    let refused = lab.launch(&LaunchChoice::student()).await;
    assert_eq!((refused.status, outcome(&lab.newest_launch().unwrap())), (403, "account_disabled"));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn enrolment_has_three_messages_and_makes_no_account_behind_them() {
    let lab = Lab::start().await;
    let hour = jiff::SignedDuration::from_hours(1);
    for (rules, code, sentence) in [
        (
            EnrolmentRules { maximum: Some(0), ..EnrolmentRules::default() },
            "enrolment_full",
            "no places left",
        ),
        (
            EnrolmentRules { start: Some(now() + hour), ..EnrolmentRules::default() },
            "enrolment_not_started",
            "not open yet",
        ),
        (
            EnrolmentRules { end: Some(now() - hour), ..EnrolmentRules::default() },
            "enrolment_finished",
            "Enrolment in this resource is over",
        ),
    ] {
        change_resource(&lab, |resource| resource.enrolment = rules);
        let page = lab.launch(&LaunchChoice::student()).await;
        assert_eq!((page.status, page.body.contains(sentence)), (403, true), "{}", page.body);
        assert_eq!(outcome(&lab.newest_launch().unwrap()), code);
    }
    assert_eq!(accounts(&lab.store()), 0);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_resource_is_for_the_registrations_that_it_names() {
    let lab = Lab::start().await;
    change_resource(&lab, |resource| resource.registrations = Some(Vec::new()));
    assert_eq!(lab.launch(&LaunchChoice::student()).await.status, 404, "as if it did not exist");
    assert_eq!(outcome(&lab.newest_launch().unwrap()), "resource_not_for_registration");
    change_resource(&lab, |resource| {
        resource.registrations = Some(vec![ltictl::domain::Slug::new(REGISTRATION).unwrap()])
    });
    assert!(is_in(&lab.launch(&LaunchChoice::student()).await));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn users_of_lti_1_1_keep_their_account_if_the_claim_is_signed() {
    let lab = Lab::start().await;
    let (alma, bert) = (existing(&lab, "alma"), existing(&lab, "bert"));
    let user =
        |user_id: &str| ConsumerUser { consumer_key: "school-key".into(), user_id: user_id.into() };
    write(&lab, |write| {
        insert_consumer(write, "school-key", &["old secret", "school secret"], now())?;
        write.insert_consumer_user(alma, &user("legacy-4"), now())?;
        write.insert_consumer_user(bert, &user("legacy-3"), now())
    });
    modes(&lab, Provisioning::Existing, Provisioning::Existing);
    let migration = |user_id: &str, secret: &str, sign| MigrationChoice {
        consumer_key: "school-key".into(),
        secret: secret.into(),
        user_id: Some(user_id.into()),
        sign,
    };
    // Without a signature that holds, it counts for nothing.
    for claim in [
        migration("legacy-4", "school secret", MigrationSign::Missing),
        migration("legacy-4", "school secret", MigrationSign::Bad),
        migration("legacy-4", "another secret", MigrationSign::Raw),
        migration("unknown", "school secret", MigrationSign::Raw),
    ] {
        let page = lab.launch(&LaunchChoice::student().migrating(claim)).await;
        assert_eq!(
            (page.status, account_of(&lab, "4")),
            (200, None),
            "the person is asked: {}",
            page.body
        );
    }
    assert!(is_in(
        &lab.launch(&LaunchChoice::student().migrating(migration(
            "legacy-4",
            "school secret",
            MigrationSign::Raw
        )))
        .await
    ));
    assert_eq!(account_of(&lab, "4").unwrap().id, alma);
    assert!(is_in(
        &lab.launch(&LaunchChoice::teacher().migrating(migration(
            "legacy-3",
            "old secret",
            MigrationSign::Hex
        )))
        .await
    ));
    assert_eq!(account_of(&lab, "3").unwrap().id, bert);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn customers_of_one_platform_are_kept_apart() {
    let lab = Lab::start().await;
    let registration =
        lab.store().read().registration(&Slug::new(REGISTRATION).unwrap()).unwrap().unwrap();
    let set = |identity: Option<Identity>| {
        let mut changed = registration.clone();
        changed.policy.identity = identity;
        changed.policy.deployments = ltictl::domain::DeploymentPolicy::Accept;
        write(&lab, |write| write.update_registration(&changed, now()));
    };
    let from = |deployment: &str| {
        let mut choice = LaunchChoice::student().patched(
            json!({ "https://purl.imsglobal.org/spec/lti/claim/deployment_id": deployment }),
        );
        choice.login.insert("lti_deployment_id".into(), deployment.into());
        choice
    };
    for (identity, expected) in
        [(Some(Identity::Deployment), 2), (Some(Identity::ClientId), 3), (None, 4)]
    {
        set(identity);
        for deployment in ["customer-a", "customer-b"] {
            assert!(is_in(&lab.launch(&from(deployment)).await));
        }
        assert_eq!(accounts(&lab.store()), expected, "{identity:?}");
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_launch_that_waits_for_a_choice_is_in_the_list() {
    let lab = Lab::start().await;
    modes(&lab, Provisioning::Auto, Provisioning::Prompt);
    let mut browser = Browser::new();
    let page = lab.sandbox.launch(&mut browser, &LaunchChoice::teacher()).await.unwrap();
    let run = |line: &str| {
        let output = ltictl(&lab.database, line);
        assert!(output.status.success(), "{line}");
        String::from_utf8(output.stdout).unwrap()
    };
    let listed = run("launch list -o json");
    let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
    let launch = &listed[0];
    assert_eq!(
        (&launch["outcome"], &launch["sub"], &launch["resource"], &launch["reason"]),
        (&json!("waiting"), &json!("3"), &json!(RESOURCE), &json!(null)),
        "{listed}"
    );
    let id = launch["id"].as_str().unwrap();
    assert!(run(&format!("launch show {id}")).contains("waiting"));
    for (filters, expected) in [
        ("--failed", 0),
        ("--reason state_unknown", 0),
        ("--user 4", 0),
        ("--user 3", 1),
        ("--since 1h", 1),
        ("--until 2026-01-01", 0),
        ("--limit 1", 1),
    ] {
        let listed = run(&format!("launch list -q {filters}"));
        assert_eq!(listed.lines().count(), expected, "{filters}: {listed}");
    }
    // The choice ends the wait, and the same launch is found by the request that began it.
    let form = page.form_with("choice", "create").expect("a question");
    assert_eq!(browser.submit_form(&page, &form).await.unwrap().status, 303);
    let shown = run(&format!("launch show {id} -o json"));
    assert!(shown.contains("\"accepted\"") && shown.contains(id), "{shown}");
    assert_eq!(run("launch list -q").lines().count(), 1);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_waiting_launch_that_ends_because_of_a_lower_role_is_in_the_list() {
    let lab = Lab::start().await;
    modes(&lab, Provisioning::Auto, Provisioning::Prompt);
    let mut browser = Browser::new();
    let page = lab.sandbox.launch(&mut browser, &LaunchChoice::teacher()).await.unwrap();
    let list = |line: &str| -> serde_json::Value {
        let output = ltictl(&lab.database, line);
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let waiting = list("launch list -o json");
    assert_eq!(waiting[0]["outcome"], "waiting", "{waiting}");
    // The same person is a student now.
    let choice = LaunchChoice::student().patched(json!({ "sub": "3" }));
    lab.sandbox.launch(&mut lab.browser.another(), &choice).await.unwrap();
    let launches = list("launch list -o json");
    let outcomes: Vec<_> = launches
        .as_array()
        .unwrap()
        .iter()
        .map(|launch| (launch["outcome"].as_str().unwrap(), launch["reason"].as_str()))
        .collect();
    assert!(outcomes.contains(&("refused", Some("role_lowered"))), "{launches}");
    assert_eq!(outcomes.len(), 2, "{launches}");
    // It is found by the request that began it.
    let shown = list(&format!("launch show {} -o json", waiting[0]["id"].as_str().unwrap()));
    assert_eq!((&shown["reason"], &shown["sub"]), (&json!("role_lowered"), &json!("3")), "{shown}");
    let form = page.form_with("choice", "create").expect("a question");
    assert_ne!(browser.submit_form(&page, &form).await.unwrap().status, 303, "the wait is over");
    lab.stop().await;
}
