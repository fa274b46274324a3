//! Members in, through the real client from the test platform's real service: who is enrolled, who
//! is unenrolled, and who never is.

use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::time::Duration;

use ltictl::admin::publish;
use ltictl::domain::{
    Account, AccountOrigin, Clock, ConsumerUser, DeploymentPolicy, EnrolmentRules, EnrolmentSource,
    Identity, MemberSync, Name, PlatformUser, Provisioning, Random, Resource, Slug,
};
use ltictl::platform::PlatformClient;
use ltictl::rules::progress::NoProgress;
use ltictl::rules::resource::ResourceChange;
use ltictl::sandbox::{
    Course, Endpoint, Fault, FaultKind, LaunchChoice, Member, MemberDetails, MemberStatus,
    MigrationChoice, MigrationSign, Role, RoleForm, ServiceOptions, User,
};
use ltictl::store::{AuditFilter, Pool};
use ltictl::sync::members::{self, MemberRun, MemberSummary, ResourceMembers};
use ltictl::sync::{Limits, Synchronizer};

use crate::lab::{Lab, REGISTRATION, RESOURCE, insert_consumer};

/// The lab with a link that Tina has launched, and with so many generated students.
async fn lab(students: u32) -> Lab {
    let lab = Lab::start().await;
    lab.sandbox.set_services(ServiceOptions { members: students, ..ServiceOptions::default() });
    lab.launch(&LaunchChoice::teacher()).await;
    lab
}

fn update(lab: &Lab, change: ResourceChange) {
    publish::update(&mut lab.store(), &RESOURCE.into(), &change, Clock::System.now()).unwrap();
}

fn mode(lab: &Lab, mode: MemberSync) {
    update(lab, ResourceChange { member_sync: Some(mode), ..ResourceChange::default() });
}

fn resource(lab: &Lab) -> Resource {
    lab.store().read().resource(&Slug::new(RESOURCE).unwrap()).unwrap().unwrap()
}

fn synchronizer(lab: &Lab) -> Synchronizer {
    // Nothing here waits for a platform's sake.
    let limits = Limits { pause: Duration::from_millis(1), ..Limits::default() };
    Synchronizer {
        limits,
        ..Synchronizer::new(
            Pool::open(&lab.database).unwrap(),
            PlatformClient::new(),
            Clock::System,
            Random::System,
        )
    }
}

async fn run(lab: &Lab, run: MemberRun) -> MemberSummary {
    members::run(&synchronizer(lab), &run, Arc::new(NoProgress)).await.unwrap()
}

/// A dry run, which must change nothing, and the real one, which must do just that.
async fn sync_with(lab: &Lab, force: bool) -> ResourceMembers {
    let before = enrolled(lab);
    let planned = run(lab, MemberRun { dry_run: true, force, ..MemberRun::default() })
        .await
        .resources
        .remove(0);
    assert_eq!(enrolled(lab), before, "a dry run changes nothing");
    let done = run(lab, MemberRun { force, ..MemberRun::default() }).await.resources.remove(0);
    assert_eq!(
        ResourceMembers { problems: Vec::new(), ..planned },
        ResourceMembers { problems: Vec::new(), ..done.clone() },
        "planned and done"
    );
    done
}

async fn sync(lab: &Lab) -> ResourceMembers {
    sync_with(lab, false).await
}

fn platform_user(lab: &Lab, sub: &str) -> PlatformUser {
    PlatformUser {
        issuer: lab.sandbox.issuer().to_owned(),
        tenant: String::new(),
        sub: sub.to_owned(),
    }
}

fn account(lab: &Lab, sub: &str) -> Option<Account> {
    lab.store().read().account_of(&platform_user(lab, sub)).unwrap().map(|(account, _)| account)
}

/// Who takes part, by the platform's identifier, with the role.
fn enrolled(lab: &Lab) -> Vec<(String, String)> {
    let store = lab.store();
    let mut people: Vec<(String, String)> = store
        .read()
        .members(resource(lab).id)
        .unwrap()
        .into_iter()
        .map(|member| {
            let links = store.read().account_links(member.account.id).unwrap();
            (
                links.first().map_or_else(
                    || member.account.username.to_string(),
                    |link| link.user.sub.clone(),
                ),
                member.enrolment.role,
            )
        })
        .collect();
    people.sort();
    people
}

fn subs(lab: &Lab) -> Vec<String> {
    enrolled(lab).into_iter().map(|(sub, _)| sub).collect()
}

fn ltictl(lab: &Lab, arguments: &[&str]) -> Command {
    let mut command = crate::lab::binary();
    command
        .env("LTICTL_DB", &lab.database)
        .env("NO_COLOR", "1")
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

async fn ran(lab: &Lab, arguments: &[&str]) -> Output {
    let mut command = ltictl(lab, arguments);
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_of_the_course_are_enrolled_with_name_and_role() {
    for (roles, details, name, email) in [
        (
            RoleForm::Short,
            MemberDetails::Full,
            Some("Sam Student"),
            Some("sam.student@school.example"),
        ),
        (RoleForm::Full, MemberDetails::NoEmail, Some("Sam Student"), None),
        (RoleForm::Full, MemberDetails::Nothing, None, None),
    ] {
        let lab = lab(7).await;
        lab.sandbox.set_services(ServiceOptions {
            members: 7,
            largest_page: 3,
            roles,
            member_details: details,
            ..ServiceOptions::default()
        });
        lab.sandbox.set_member_status(Course::Algebra, "1001", MemberStatus::Inactive);
        lab.sandbox.set_member_status(Course::Algebra, "1002", MemberStatus::Deleted);
        let done = sync(&lab).await;
        assert_eq!(
            (done.listed, done.created, done.enrolled, done.unenrolled, done.problems.len()),
            (12, 9, 9, 0, 0)
        );
        let people = enrolled(&lab);
        let role = |sub: &str| {
            people.iter().find(|(found, _)| found == sub).map(|(_, role)| role.as_str())
        };
        assert_eq!(
            (role("4"), role("3"), role("2"), role("1003"), role("1001"), role("1002")),
            (Some("student"), Some("teacher"), Some("teacher"), Some("student"), None, None)
        );
        let sam = account(&lab, "4").unwrap();
        assert_eq!(
            (sam.origin, sam.profile.name.as_deref(), sam.profile.email.as_deref()),
            (AccountOrigin::Sync, name, email)
        );
        assert!(
            lab.sandbox
                .service_log()
                .calls
                .iter()
                .filter(|call| call.endpoint == Some(Endpoint::Memberships))
                .all(|call| call.path.contains("rlid=21"))
        );
        // Again, and nothing is left to do.
        let again = sync(&lab).await;
        assert_eq!((again.created, again.enrolled, again.changed, again.unenrolled), (0, 0, 0, 0));
        lab.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_course_is_asked_for_when_the_link_is_refused_but_not_when_a_list_breaks_off() {
    let lab = lab(7).await;
    lab.sandbox.add_fault(Fault::new(FaultKind::NotFound).on("rlid=").always());
    assert_eq!(sync(&lab).await.enrolled, 11);
    lab.sandbox.cancel_faults();
    lab.sandbox.clear_service_log();
    lab.sandbox.set_services(ServiceOptions {
        members: 7,
        largest_page: 5,
        ..ServiceOptions::default()
    });
    for kind in [FaultKind::NotFound, FaultKind::CutShort, FaultKind::Html] {
        lab.sandbox.add_fault(Fault::new(kind).at(Endpoint::Memberships).on("from=").times(2));
        assert_eq!(sync(&lab).await.problems.len(), 1, "{kind:?}");
    }
    assert!(
        lab.sandbox
            .service_log()
            .calls
            .iter()
            .filter(|call| call.endpoint == Some(Endpoint::Memberships))
            .all(|call| call.path.contains("rlid=21"))
    );
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_who_leave_are_unenrolled_and_return_to_the_same_account() {
    let lab = lab(3).await;
    sync(&lab).await;
    let sam = account(&lab, "4").unwrap();
    lab.sandbox.remove_member(Course::Algebra, "4");
    lab.sandbox.set_member_status(Course::Algebra, "1001", MemberStatus::Inactive);
    let done = sync(&lab).await;
    assert_eq!((done.unenrolled, done.held_back), (2, 0));
    assert!(!subs(&lab).contains(&"4".to_owned()) && !subs(&lab).contains(&"1001".to_owned()));
    assert_eq!(account(&lab, "4").map(|account| account.id), Some(sam.id), "the account stays");
    let link = lab.store().read().status_links(Some(resource(&lab).id)).unwrap().remove(0).link;
    assert!(
        lab.store().read().known_links(sam.id, resource(&lab).id).unwrap().is_empty(),
        "no grade is sent to {}",
        link.resource_link_id
    );
    lab.sandbox.add_member(Course::Algebra, Member::of(User::Sam));
    let back = sync(&lab).await;
    assert_eq!((back.created, back.enrolled), (0, 1));
    assert_eq!(account(&lab, "4").map(|account| account.id), Some(sam.id));

    // The audit log counts: a page that changes something is one entry, and so are those who left.
    let filter = AuditFilter {
        noun: Some("members".into()),
        name: Some(RESOURCE.into()),
        limit: 100,
        ..AuditFilter::default()
    };
    let counted: Vec<serde_json::Value> = lab
        .store()
        .read()
        .audit_entries(&filter)
        .unwrap()
        .iter()
        .map(|entry| serde_json::from_str(entry.after.as_deref().unwrap()).unwrap())
        .collect();
    let of = |counts: serde_json::Value| {
        let mut counts = counts.as_object().unwrap().clone();
        counts.insert("registration".into(), REGISTRATION.into());
        counts.insert("resource_link_id".into(), link.resource_link_id.as_str().into());
        serde_json::Value::Object(counts)
    };
    let expected = [
        of(serde_json::json!({ "enrolments_created": 1 })),
        serde_json::json!({ "enrolments_deleted": 2 }),
        of(serde_json::json!({
            "accounts_created": 7,
            "account_links_created": 7,
            "enrolments_created": 7,
        })),
    ];
    assert_eq!(counted, expected);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn modes_work_as_documented() {
    for (chosen, enrols, unenrols) in [
        (MemberSync::EnrolAndUnenrol, true, true),
        (MemberSync::EnrolNew, true, false),
        (MemberSync::UnenrolMissing, false, true),
        (MemberSync::Off, false, false),
    ] {
        let lab = lab(0).await;
        for user in [User::Sam, User::Zoe] {
            lab.launch(&LaunchChoice::of(user)).await;
        }
        mode(&lab, chosen);
        lab.sandbox.remove_member(Course::Algebra, "4");
        lab.sandbox.add_member(Course::Algebra, Member::student("new", "New", "Student"));
        if chosen == MemberSync::Off {
            assert!(run(&lab, MemberRun::default()).await.resources.is_empty());
        } else {
            sync(&lab).await;
        }
        let subs = subs(&lab);
        assert_eq!(
            (subs.contains(&"new".to_owned()), !subs.contains(&"4".to_owned())),
            (enrols, unenrols),
            "{chosen:?}"
        );
        assert!(subs.contains(&"5".to_owned()), "{chosen:?}");
        assert_eq!(account(&lab, "new").is_some(), enrols, "{chosen:?}");
        lab.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn accounts_and_places_are_given_by_the_resources_rules() {
    for provisioning in [Provisioning::Prompt, Provisioning::Existing] {
        let lab = lab(2).await;
        update(
            &lab,
            ResourceChange {
                student_provisioning: Some(provisioning),
                ..ResourceChange::default()
            },
        );
        let sam = lab.account_of(User::Sam, "sam");
        let done = sync(&lab).await;
        // Ada is an admin and taught as teachers are; Zoe, the nameless one and the two generated
        // ones have no account.
        assert_eq!(
            (done.created, done.enrolled, done.without_account),
            (1, 2, 4),
            "{provisioning:?}"
        );
        assert!(lab.store().read().enrolment(sam, resource(&lab).id).unwrap().is_some());
        lab.stop().await;
    }
    let lab = lab(10).await;
    let rules = EnrolmentRules { maximum: Some(4), ..EnrolmentRules::default() };
    let set = |rules: EnrolmentRules| {
        let resource = Resource { enrolment: rules, ..resource(&lab) };
        lab.store().write(|write| write.update_resource(&resource, Clock::System.now())).unwrap();
    };
    set(rules);
    let done = sync(&lab).await;
    assert_eq!((done.enrolled, done.kept_out, enrolled(&lab).len()), (3, 11, 4));
    set(EnrolmentRules {
        start: Some("2999-01-01T00:00:00Z".parse().unwrap()),
        ..EnrolmentRules::default()
    });
    assert_eq!((sync(&lab).await.kept_out, enrolled(&lab).len()), (11, 4));
    set(EnrolmentRules::default());
    assert_eq!((sync(&lab).await.enrolled, enrolled(&lab).len()), (11, 15));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_listed_person_who_launches_later_has_one_account() {
    let lab = lab(0).await;
    sync(&lab).await;
    let sam = account(&lab, "4").unwrap();
    let accounts = || lab.store().read().usernames().unwrap().len();
    let before = accounts();
    lab.launch(&LaunchChoice::student()).await;
    assert_eq!((account(&lab, "4").unwrap().id, accounts()), (sam.id, before));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn users_of_lti_1_1_wait_for_their_signed_launch() {
    let lab = lab(0).await;
    let alma = lab.account("alma");
    let was = ConsumerUser { consumer_key: "school-key".into(), user_id: "4".into() };
    lab.store()
        .write(|write| {
            insert_consumer(write, "school-key", &["school secret"], Clock::System.now())?;
            write.insert_consumer_user(alma, &was, Clock::System.now())
        })
        .unwrap();
    let done = sync(&lab).await;
    assert_eq!((done.created, done.without_account), (3, 1));
    assert!(account(&lab, "4").is_none(), "nothing in the list is signed");
    let claim = MigrationChoice {
        consumer_key: "school-key".into(),
        secret: "school secret".into(),
        user_id: Some("4".into()),
        sign: MigrationSign::Raw,
    };
    lab.launch(&LaunchChoice::student().migrating(claim)).await;
    assert_eq!(account(&lab, "4").map(|account| account.id), Some(alma));
    assert_eq!(sync(&lab).await.unenrolled, 0);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tenants_are_distinguished_and_combined_before_anyone_is_unenrolled() {
    let lab = Lab::start().await;
    // Each deployment is a customer of its own.
    let registration =
        lab.store().read().registration(&Slug::new(REGISTRATION).unwrap()).unwrap().unwrap();
    let mut changed = registration.clone();
    changed.policy.identity = Some(Identity::Deployment);
    changed.policy.deployments = DeploymentPolicy::Accept;
    lab.store().write(|write| write.update_registration(&changed, Clock::System.now())).unwrap();
    let other = |choice: LaunchChoice| {
        let mut choice = choice.patched(
            serde_json::json!({ "https://purl.imsglobal.org/spec/lti/claim/deployment_id": "7" }),
        );
        choice.login.insert("lti_deployment_id".into(), "7".into());
        choice
    };
    lab.launch(&LaunchChoice::teacher()).await;
    lab.launch(&other(LaunchChoice::teacher())).await;
    let done = sync(&lab).await;
    assert_eq!(
        (done.listed, done.created, done.enrolled),
        (10, 8, 8),
        "five people at each of two customers"
    );
    // Sam of the one customer has the account of Sam of the other one.
    let sam = |deployment: &str| PlatformUser {
        tenant: Identity::Deployment.tenant(lab.sandbox.client_id(), deployment),
        ..platform_user(&lab, "4")
    };
    let (first, second) = (sam("1"), sam("7"));
    let id = lab.store().read().account_of(&first).unwrap().unwrap().0.id;
    lab.store()
        .write(|write| {
            let (account, link) = write.account_of(&second)?.unwrap();
            write.delete_account(account.id)?;
            write.insert_account_link(id, &link)
        })
        .unwrap();
    assert_eq!(sync(&lab).await.unenrolled, 0);
    lab.sandbox
        .add_fault(Fault::new(FaultKind::Forbidden).at(Endpoint::Memberships).after(1).times(2));
    lab.sandbox.remove_member(Course::Algebra, "4");
    let failed = run(&lab, MemberRun::default()).await.resources.remove(0);
    assert_eq!(
        (failed.problems.len(), failed.unenrolled),
        (1, 0),
        "the other customer may still list Sam"
    );
    lab.sandbox.cancel_faults();
    assert_eq!(sync(&lab).await.unenrolled, 1);
    assert!(lab.store().read().enrolment(id, resource(&lab).id).unwrap().is_none());
    // A registration that may not use the resource any more neither enrols nor unenrols.
    let closed = Resource { registrations: Some(Vec::new()), ..resource(&lab) };
    lab.store().write(|write| write.update_resource(&closed, Clock::System.now())).unwrap();
    lab.sandbox.remove_member(Course::Algebra, "5");
    let done = sync(&lab).await;
    assert_eq!((done.listed, done.unenrolled), (0, 0));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn roles_change_with_the_platform_but_not_for_whom_the_admin_enrolled() {
    let lab = lab(0).await;
    sync(&lab).await;
    let zoe = account(&lab, "5").unwrap();
    let by_admin = |lab: &Lab| {
        let enrolment = lab.store().read().enrolment(zoe.id, resource(lab).id).unwrap().unwrap();
        lab.store()
            .write(|write| {
                write.update_enrolment(&ltictl::domain::Enrolment {
                    source: EnrolmentSource::Admin,
                    ..enrolment
                })
            })
            .unwrap();
    };
    by_admin(&lab);
    for user in [User::Sam, User::Zoe] {
        lab.sandbox.add_member(Course::Algebra, Member { role: Role::Teacher, ..Member::of(user) });
    }
    assert_eq!(sync(&lab).await.changed, 1);
    let people = enrolled(&lab);
    assert!(
        people.contains(&("4".into(), "teacher".into()))
            && people.contains(&("5".into(), "student".into())),
        "{people:?}"
    );
    lab.sandbox.add_member(Course::Algebra, Member::of(User::Sam));
    lab.sandbox.remove_member(Course::Algebra, "5");
    let done = sync(&lab).await;
    assert_eq!((done.changed, done.unenrolled), (1, 0));
    assert!(subs(&lab).contains(&"5".to_owned()), "the admin's own enrolments stay");
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn links_are_combined_before_anyone_is_unenrolled_and_the_highest_role_applies() {
    let lab = lab(0).await;
    let biology = |choice: LaunchChoice| LaunchChoice { course: Course::Biology, ..choice };
    lab.launch(&biology(LaunchChoice::teacher())).await;
    lab.sandbox
        .add_member(Course::Algebra, Member { role: Role::Teacher, ..Member::of(User::Sam) });
    assert_eq!(sync(&lab).await.enrolled, 4);
    assert!(
        enrolled(&lab).contains(&("4".into(), "teacher".into())),
        "a teacher in one of two courses"
    );
    assert_eq!(sync(&lab).await.changed, 0, "and it stays so");
    lab.sandbox.remove_member(Course::Biology, "5");
    assert_eq!(sync(&lab).await.unenrolled, 0, "Zoe is still in the other course");
    lab.sandbox.remove_member(Course::Algebra, "5");
    // A course that cannot be asked may still have her.
    lab.sandbox.add_fault(Fault::new(FaultKind::Forbidden).on("/services/3/").always());
    let done = sync(&lab).await;
    assert_eq!((done.unenrolled, done.problems.len()), (0, 1));
    lab.sandbox.cancel_faults();
    assert_eq!(sync(&lab).await.unenrolled, 1);
    lab.sandbox.add_member(Course::Algebra, Member::of(User::Sam));
    assert_eq!(sync(&lab).await.changed, 1);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failing_list_unenrols_no_one() {
    let lab = lab(20).await;
    sync(&lab).await;
    lab.sandbox.set_services(ServiceOptions {
        members: 20,
        largest_page: 10,
        ..ServiceOptions::default()
    });
    lab.sandbox.remove_member(Course::Algebra, "1020");
    for kind in [
        FaultKind::ServerError,
        FaultKind::Unavailable,
        FaultKind::TooManyRequests,
        FaultKind::Dropped,
        FaultKind::CutOff,
        FaultKind::CutShort,
        FaultKind::Html,
        FaultKind::Redirect,
        FaultKind::Forbidden,
        FaultKind::NotFound,
    ] {
        lab.sandbox.add_fault(
            Fault::new(kind)
                .at(Endpoint::Memberships)
                .on("from=20")
                .with_wait(Duration::ZERO)
                .always(),
        );
        let done = sync(&lab).await;
        assert_eq!(
            (done.unenrolled, done.held_back, done.problems.len(), enrolled(&lab).len()),
            (0, 0, 1, 25),
            "{kind:?}"
        );
        lab.sandbox.cancel_faults();
    }
    // An access token that is not taken any more is replaced on the way.
    lab.sandbox
        .add_fault(Fault::new(FaultKind::Unauthorized).at(Endpoint::Memberships).on("from=10"));
    let done = run(&lab, MemberRun::default()).await.resources.remove(0);
    assert_eq!((done.unenrolled, done.problems.len(), enrolled(&lab).len()), (1, 0, 24));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_drop_of_more_than_half_asks_first() {
    let lab = lab(20).await;
    sync(&lab).await;
    lab.sandbox.set_services(ServiceOptions { members: 0, ..ServiceOptions::default() });
    // As many newcomers do not make it look better.
    for number in 0..30 {
        lab.sandbox
            .add_member(Course::Algebra, Member::student(&format!("n{number}"), "New", "Student"));
    }
    let planned = ran(&lab, &["sync", "members", "--dry-run"]).await;
    assert_eq!(planned.status.code(), Some(7), "{}", String::from_utf8_lossy(&planned.stderr));
    let output = ran(&lab, &["sync", "members", "-o", "json"]).await;
    assert_eq!(output.status.code(), Some(7));
    let summary: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&summary["resources"][0]["held_back"], &summary["resources"][0]["unenrolled"]),
        (&20.into(), &0.into())
    );
    assert!(String::from_utf8_lossy(&output.stderr).contains("--force"));
    assert_eq!(enrolled(&lab).len(), 55);
    let status = String::from_utf8(ran(&lab, &["sync", "status"]).await.stdout).unwrap();
    assert!(
        status.contains(
            "20 of 25 members are missing from the list that test-platform sends for the link 21"
        ) && status.contains("--force"),
        "{status}"
    );
    assert_eq!(ran(&lab, &["sync", "members", "--force"]).await.status.code(), Some(0));
    assert_eq!(enrolled(&lab).len(), 35);
    assert!(
        !String::from_utf8(ran(&lab, &["sync", "status"]).await.stdout)
            .unwrap()
            .contains("--force")
    );
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn exit_codes_tell_a_failing_platform() {
    let lab = lab(0).await;
    lab.sandbox.add_fault(Fault::new(FaultKind::ServerError).at(Endpoint::Memberships).always());
    let output = ran(&lab, &["sync", "members"]).await;
    assert_eq!(output.status.code(), Some(6));
    assert!(
        String::from_utf8_lossy(&ran(&lab, &["sync", "status"]).await.stdout)
            .contains("HTTP status 500")
    );
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dry_run_counts_an_account_once_however_many_resources_the_person_has() {
    let lab = lab(5).await;
    let second = publish::publish(
        &mut lab.store(),
        &Name::new("Second").unwrap(),
        None,
        &ResourceChange {
            member_sync: Some(MemberSync::EnrolAndUnenrol),
            ..ResourceChange::default()
        },
        false,
        Clock::System.now(),
        &Random::System,
    )
    .unwrap()
    .0;
    let launch = LaunchChoice { course: Course::Biology, ..LaunchChoice::teacher() };
    lab.launch(&launch.custom("id", &second.uuid.to_string())).await;
    for member in ["p1", "p2"] {
        for course in [Course::Algebra, Course::Biology] {
            lab.sandbox.add_member(course, Member::student(member, "Some", "Body"));
        }
    }
    let created = |summary: &MemberSummary| -> u64 {
        summary.resources.iter().map(|resource| resource.created).sum()
    };
    let planned = run(&lab, MemberRun { dry_run: true, ..MemberRun::default() }).await;
    let accounts = lab.store().read().accounts().unwrap().len();
    let done = run(&lab, MemberRun::default()).await;
    assert_eq!(created(&planned), created(&done));
    let added = lab.store().read().accounts().unwrap().len() - accounts;
    assert_eq!(created(&done), added as u64);
    assert_eq!(done.resources.len(), 2);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_dry_run_says_what_the_real_run_does() {
    let lab = lab(6).await;
    let random = Random::seeded(5);
    for round in 0..16 {
        for course in [Course::Algebra, Course::Biology] {
            if round == 4 {
                lab.launch(&LaunchChoice { course, ..LaunchChoice::teacher() }).await;
            }
            for number in 0..8 {
                let [what, role, ..] = random.bytes::<4>();
                let member = Member::student(&format!("p{number}"), "Some", "Body");
                let role = if role % 3 == 0 { Role::Teacher } else { Role::Student };
                let status = [MemberStatus::Active, MemberStatus::Active, MemberStatus::Inactive]
                    [usize::from(what % 3)];
                match what % 5 {
                    0 => drop(lab.sandbox.remove_member(course, &member.id)),
                    1 => {}
                    _ => lab.sandbox.add_member(course, Member { role, status, ..member }),
                }
            }
        }
        let [chosen, maximum, fault, force] = random.bytes::<4>();
        mode(
            &lab,
            [MemberSync::EnrolAndUnenrol, MemberSync::EnrolNew, MemberSync::UnenrolMissing]
                [usize::from(chosen % 3)],
        );
        let maximum = (maximum % 2 == 0).then_some(u32::from(maximum) % 20);
        let limited = Resource {
            enrolment: EnrolmentRules { maximum, ..EnrolmentRules::default() },
            ..resource(&lab)
        };
        lab.store().write(|write| write.update_resource(&limited, Clock::System.now())).unwrap();
        lab.sandbox.set_services(ServiceOptions {
            members: 6,
            largest_page: 4,
            ..ServiceOptions::default()
        });
        if fault % 4 == 0 {
            lab.sandbox.add_fault(
                Fault::new(FaultKind::CutShort).at(Endpoint::Memberships).on("from=8").always(),
            );
        }
        sync_with(&lab, force % 2 == 0).await;
        lab.sandbox.cancel_faults();
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_run_unenrols_no_one_and_the_next_completes() {
    let lab = lab(3000).await;
    lab.sandbox.set_services(ServiceOptions {
        members: 3000,
        largest_page: 100,
        latency: Duration::from_millis(20),
        ..ServiceOptions::default()
    });
    let mut child = ltictl(&lab, &["sync", "members"]).spawn().unwrap();
    while enrolled(&lab).len() < 500 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // Another process is working on it, so there is nothing to do.
    let second = run(&lab, MemberRun::default()).await;
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(second.busy && second.resources.is_empty());
    let there = enrolled(&lab).len();
    assert!((500..3005).contains(&there), "{there}");
    // The lease of the dead one passes on when it runs out; a dry run does not wait for it.
    let store = &mut lab.store();
    store
        .write(|write| {
            write.take_lease(
                "members/1",
                "another",
                Clock::System.now() + jiff::SignedDuration::from_mins(1),
                Clock::System.now(),
            )
        })
        .unwrap();
    lab.sandbox.clear_service_log();
    let done = run(&lab, MemberRun::default()).await.resources.remove(0);
    assert_eq!((done.unenrolled, done.held_back, done.problems.len()), (0, 0, 0));
    assert_eq!(
        (done.created as usize, done.listed, enrolled(&lab).len()),
        (3005 - there, 3005, 3005)
    );
    let pages = lab.sandbox.service_log().count(Endpoint::Memberships);
    assert!(
        pages <= 31 - there / 100,
        "it continued where the dead one was: {pages} pages after {there} people"
    );
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn teachers_see_listed_people_on_the_members_page() {
    let lab = lab(2).await;
    sync(&lab).await;
    let mut browser = lab.browser.another();
    let page = lab.sandbox.launch_and_follow(&mut browser, &LaunchChoice::teacher()).await.unwrap();
    let address = page
        .body
        .split("href=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .find(|link| link.contains("members"))
        .unwrap_or_else(|| panic!("{}", page.body));
    let address = url::Url::parse(&page.url).unwrap().join(address).unwrap();
    let page = browser.get(address.as_str()).await.unwrap();
    let page = browser.follow(page).await.unwrap();
    assert!(
        page.body.contains("Sam Student") && page.body.contains("Student 000002"),
        "{}",
        page.body
    );
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_list_respects_the_account_limit() {
    let lab = lab(30).await;
    ltictl::admin::setup::set(&mut lab.store(), "account_limit", "12", false).unwrap();
    let done = sync(&lab).await;
    // Tina has launched and counts.
    assert_eq!((done.created, done.over_limit), (11, done.listed - 12));
    let [problem] = &done.problems[..] else { panic!("{:?}", done.problems) };
    assert_eq!(problem.code, "account_limit_reached");
    assert!(problem.fix.contains("`ltictl config set account_limit 24`"), "{}", problem.fix);
    let output = ran(&lab, &["sync", "status"]).await;
    assert!(String::from_utf8_lossy(&output.stdout).contains("have no account"), "{output:?}");
    // Existing accounts are still updated, and no one is unenrolled; with a higher limit the
    // others follow.
    let again = sync(&lab).await;
    assert_eq!((again.created, again.over_limit, again.unenrolled), (0, done.over_limit, 0));
    ltictl::admin::setup::set(&mut lab.store(), "account_limit", "1000", false).unwrap();
    let rest = sync(&lab).await;
    assert_eq!((rest.created, rest.over_limit, rest.problems.len()), (done.over_limit, 0, 0));
    lab.stop().await;
}
