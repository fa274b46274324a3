//! Registration by LTI 2.0 from the test platform: it registers, launches, is graded and lists members,
//! and everything that it does wrong is refused.

use std::sync::Arc;

use ltictl::admin::publish;
use ltictl::domain::{AccountLink, Clock, MemberSync, PlatformUser};
use ltictl::rules::progress::NoProgress;
use ltictl::rules::resource::ResourceChange;
use ltictl::sandbox::browser::Page;
use ltictl::sandbox::{
    ChangeChoice, ChangeMisbehaviour, ConsumerSetup, Course, FormLaunch, FormVersion, Link,
    ProxyChoice, ProxyDecision, ProxyMisbehaviour, SecretForm, User,
};
use ltictl::sync::members::{self, MemberRun};

use super::lti_2p0::{consumers, invite, own_url};
use crate::lab::signed_form::{KEY, SECRET, launch_url};
use crate::lab::{Lab, RESOURCE, outcome};

/// Registers as an administrator does, to the platform's last page or the tool's refusal.
async fn register(lab: &Lab, url: &str, choice: ProxyChoice) -> Page {
    let mut browser = lab.browser.another();
    let page = lab.sandbox.register_by_proxy(&mut browser, url, choice).await.unwrap();
    if page.form().is_none() {
        return page;
    }
    let page = browser.submit(&page).await.unwrap();
    browser.follow(page).await.unwrap()
}

async fn launch(lab: &Lab, choice: &FormLaunch) -> Page {
    let mut browser = lab.browser.another();
    lab.sandbox.launch_form_and_follow(&mut browser, choice).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sandbox_registers_launches_and_uses_its_services() {
    let lab = Lab::start().await;
    let change =
        ResourceChange { member_sync: Some(MemberSync::EnrolNew), ..ResourceChange::default() };
    publish::update(&mut lab.store(), &RESOURCE.into(), &change, Clock::System.now()).unwrap();
    let (_, url) = invite(&lab);
    let choice = ProxyChoice { secret: SecretForm::Split, misbehaviour: None };
    let page = register(&lab, &url, choice).await;
    assert!(page.status == 200 && page.body.contains("has registered itself"), "{}", page.body);
    let [added] = consumers(&lab).try_into().unwrap();
    let setup = lab.sandbox.consumer().unwrap();
    assert_eq!((setup.key.as_str(), setup.version), (added.key.as_str(), FormVersion::Lti2p0));
    assert_eq!(setup.launch_url, format!("{}/lti/1p1/launch/{RESOURCE}", lab.url));
    let again = register(&lab, &url, choice).await;
    assert_eq!(again.status, 410, "{}", again.body);
    let sam = lab.account("sam");
    let user = PlatformUser {
        issuer: "urn:lti-1p1".into(),
        tenant: added.key.as_str().into(),
        sub: "4".into(),
    };
    let link = AccountLink::new(user, Clock::System.now());
    assert!(lab.store().write(|write| write.insert_account_link(sam, &link)).unwrap());
    for choice in [FormLaunch::student(), FormLaunch::teacher()] {
        let page = launch(&lab, &choice).await;
        assert!(page.status == 200 && page.body.contains("<h1>Algebra quiz</h1>"), "{}", page.body);
        assert_eq!(outcome(&lab.newest_launch().unwrap()), "accepted");
    }
    lab.set_grade("sam", Some(7.5));
    let summary = lab.send_grades().await;
    assert_eq!((summary.sent, summary.refused, summary.waiting), (1, 0, 0));
    let columns = lab.sandbox.grade_book(Course::Algebra);
    let quiz = columns.iter().find(|column| column.label == Link::Quiz.description()).unwrap();
    assert_eq!(quiz.grades["4"].score, Some(0.75 * quiz.score_maximum));
    let (synchronizer, run) = (lab.synchronizer(Clock::System), MemberRun::default());
    let done = members::run(&synchronizer, &run, Arc::new(NoProgress)).await.unwrap();
    let created: u64 = done.resources.iter().map(|resource| resource.created).sum();
    assert!(created > 0, "{done:?}");
    // A launch by another version, with the same key.
    lab.sandbox.set_consumer(ConsumerSetup { version: FormVersion::Lti1p0, ..setup });
    let page = launch(&lab, &FormLaunch::of(User::Zoe)).await;
    let reason = outcome(&lab.newest_launch().unwrap()).to_owned();
    assert_eq!((page.status, reason.as_str()), (400, "lti_1p1_message_malformed"));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_url_in_launches_members_are_where_the_profile_says() {
    let lab = Lab::start().await;
    let change =
        ResourceChange { member_sync: Some(MemberSync::EnrolNew), ..ResourceChange::default() };
    publish::update(&mut lab.store(), &RESOURCE.into(), &change, Clock::System.now()).unwrap();
    let (_, url) = own_url(&lab);
    register(&lab, &url, ProxyChoice::default()).await;
    let choice =
        FormLaunch { members: ltictl::sandbox::MemberServices::Nothing, ..FormLaunch::teacher() };
    assert_eq!(launch(&lab, &choice).await.status, 200);
    let (synchronizer, run) = (lab.synchronizer(Clock::System), MemberRun::default());
    let done = members::run(&synchronizer, &run, Arc::new(NoProgress)).await.unwrap();
    let created: u64 = done.resources.iter().map(|resource| resource.created).sum();
    assert!(created > 0, "{done:?}");
    lab.stop().await;
}

/// What the tool's page, or the platform's after the return, says.
fn shown(misbehaviour: ProxyMisbehaviour) -> &'static str {
    use ProxyMisbehaviour as M;
    match misbehaviour {
        M::Reregistration => "has no valid signature",
        M::VersionOther => "LTI-1p0",
        M::KeyMissing => "reg_key",
        M::PasswordMissing => "reg_password",
        M::PasswordWrong => "status 401",
        M::ReturnForeign | M::ReturnScript => "launch_presentation_return_url",
        // The return URL is not on the host of the profile.
        M::ProfileForeign => "launch_presentation_return_url",
        M::ProfileFile => "tc_profile_url",
        M::NoLaunches => "basic-lti-launch-request",
        M::NoUser => "User.id",
        M::NoRoles => "Membership.role",
        M::NoGrades => "has registered itself",
        M::ServiceForeign => "https://collector.example",
        M::NoService
        | M::ProfileTooBig
        | M::ProfileList
        | M::ProfileHtml
        | M::ProfileMissing
        | M::ProfileRedirect => "cannot read the platform",
        M::Refused => "status 400",
        M::GuidMissing => "no usable tool_proxy_guid",
        M::GuidTaken => "cannot be used",
        M::HalfMissing => "no usable tc_half_shared_secret",
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_sandbox_does_wrong_is_refused() {
    let lab = Lab::with_consumer().await;
    let (_, url) = own_url(&lab);
    let before = consumers(&lab).len();
    let mut wrong = Vec::new();
    for misbehaviour in ProxyMisbehaviour::ALL {
        lab.sandbox.set_consumer(ConsumerSetup {
            key: KEY.to_owned(),
            secret: SECRET.to_owned(),
            launch_url: launch_url(&lab),
            custom: Default::default(),
            version: FormVersion::Lti1p0,
        });
        let choice = ProxyChoice { secret: SecretForm::Split, misbehaviour: Some(*misbehaviour) };
        let page = register(&lab, &url, choice).await;
        let is_valid = *misbehaviour == ProxyMisbehaviour::NoGrades;
        let is_known = lab.sandbox.consumer().unwrap().key != KEY;
        if !page.body.contains(shown(*misbehaviour)) || is_known != is_valid {
            wrong.push(format!("{misbehaviour}: {} {}", page.status, page.body));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(consumers(&lab).len(), before + 1, "only the valid one");
    lab.stop().await;
}

/// Registers the tool again, to the platform's last page or the tool's refusal.
async fn change(lab: &Lab, choice: ChangeChoice) -> Page {
    let mut browser = lab.browser.another();
    let page = lab.sandbox.change_by_proxy(&mut browser, choice).await.unwrap();
    if page.form().is_none() {
        return page;
    }
    let page = browser.submit(&page).await.unwrap();
    browser.follow(page).await.unwrap()
}

/// Launches as a student, and gives why that was refused.
async fn launched(lab: &Lab) -> String {
    launch(lab, &FormLaunch::student()).await;
    outcome(&lab.newest_launch().unwrap()).to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sandbox_registers_again_and_launches_with_the_valid_secret() {
    let lab = Lab::start().await;
    let (_, url) = invite(&lab);
    let refused = change(&lab, ChangeChoice::default()).await;
    assert_eq!(refused.status, 400, "nothing is registered: {}", refused.body);
    register(&lab, &url, ProxyChoice::default()).await;
    let page = lab.browser.another().get(&format!("{}/lti-1p1", lab.sandbox.issuer())).await;
    let change_url = format!("{}/lti/2p0/register", lab.url);
    assert!(page.unwrap().body.contains(&change_url), "the page names the tool's URL");
    for secret in SecretForm::ALL {
        for (decision, shown, is_replaced) in [
            (ProxyDecision::Confirm, "has registered itself", true),
            (ProxyDecision::Discard, "discarded the new tool proxy", false),
            (ProxyDecision::Ignore, "has registered itself", true),
        ] {
            let before = lab.sandbox.consumer().unwrap().secret;
            let choice = ChangeChoice { secret: *secret, decision, misbehaviour: None };
            let page = change(&lab, choice).await;
            assert!(page.body.contains(shown), "{decision}: {}", page.body);
            let after = lab.sandbox.consumer().unwrap().secret;
            assert_eq!(after != before, is_replaced, "{decision}");
            assert_eq!(launched(&lab).await, "accepted", "{decision}");
            assert_eq!(consumers(&lab)[0].change_expires_at, None, "{decision}");
        }
    }
    assert_eq!(consumers(&lab).len(), 1);
    lab.stop().await;
}

/// What the tool's page, or the platform's after the return, says.
fn shown_by_change(misbehaviour: ChangeMisbehaviour) -> &'static str {
    use ChangeMisbehaviour as M;
    match misbehaviour {
        M::Unsigned => "has no valid signature",
        M::SecretWrong | M::KeyUnknown | M::Altered => "does not accept the signature",
        M::Old => "clock",
        M::NonceRepeated => "was sent before",
        M::VersionOther => "LTI-1p0",
        M::ReturnForeign => "launch_presentation_return_url",
        M::ProfileForeign => "registered from",
        M::NoUser => "User.id",
        M::ServiceForeign => "https://collector.example",
        M::Refused => "status 400",
        M::GuidMissing => "no usable tool_proxy_guid",
        M::GuidOther => "instead of",
        M::HalfMissing => "no usable tc_half_shared_secret",
        M::ConfirmUrlOther => "with status 404",
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_sandbox_does_wrong_when_it_registers_again_changes_nothing() {
    let lab = Lab::start().await;
    let (_, url) = invite(&lab);
    register(&lab, &url, ProxyChoice::default()).await;
    assert_eq!(launched(&lab).await, "accepted");
    let secret = lab.sandbox.consumer().unwrap().secret;
    let mut wrong = Vec::new();
    for misbehaviour in ChangeMisbehaviour::ALL {
        // Its nonce is the one that is repeated.
        assert_eq!(launched(&lab).await, "accepted");
        let choice = ChangeChoice {
            secret: SecretForm::Split,
            decision: ProxyDecision::Confirm,
            misbehaviour: Some(*misbehaviour),
        };
        let page = change(&lab, choice).await;
        let is_kept = lab.sandbox.consumer().unwrap().secret == secret;
        if !page.body.contains(shown_by_change(*misbehaviour)) || !is_kept {
            wrong.push(format!("{misbehaviour}: {} {}", page.status, page.body));
        }
        assert_eq!(consumers(&lab)[0].secret_count, 1, "{misbehaviour}");
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(launched(&lab).await, "accepted");
    lab.stop().await;
}
