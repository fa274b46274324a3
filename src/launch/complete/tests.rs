//! Any launches by anyone, in any order: no one gets two accounts, and no one gets one if only
//! existing ones count.

use std::collections::HashMap;

use proptest::prelude::*;

use super::*;
use crate::admin::{register, setup};
use crate::domain::{
    Browser, ClientId, ConsumerUser, CourseOrigins, EndpointUrl, EnrolmentRules, Issuer,
    LinkServices, Name, PlatformDetails, PlatformPolicy, PlatformUser, RequestId, Slug, Username,
};
use crate::rules::waiting_launch::end_abandoned;
use crate::store::{LaunchFilter, Store};

/// An action of a test.
#[derive(Debug, Clone)]
struct Action {
    user: usize,
    resource: usize,
    teaches: bool,
    /// The reply on the page that asks for the account, if it is shown.
    choice: Chosen,
    /// Whether the launch has a migration claim.
    was_consumer_user: bool,
    /// The provisioning modes to set before the launch.
    modes: Option<(Provisioning, Provisioning)>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Chosen {
    Nothing,
    Create,
    /// One of the accounts that the admin created.
    Existing(usize),
}

const MODES: [Provisioning; 3] = [Provisioning::Auto, Provisioning::Prompt, Provisioning::Existing];

fn action() -> impl Strategy<Value = Action> {
    let mode = || prop::sample::select(MODES.to_vec());
    let choice = prop_oneof![
        Just(Chosen::Nothing),
        Just(Chosen::Create),
        (0..2_usize).prop_map(Chosen::Existing)
    ];
    (
        0..4_usize,
        0..2_usize,
        any::<bool>(),
        choice,
        prop::bool::weighted(0.2),
        prop::option::weighted(0.4, (mode(), mode())),
    )
        .prop_map(|(user, resource, teaches, choice, was_consumer_user, modes)| Action {
            user,
            resource,
            teaches,
            choice,
            was_consumer_user,
            modes,
        })
}

struct Tool {
    registration: Registration,
    settings: Settings,
    resources: Vec<Resource>,
    existing: Vec<i64>,
    random: Random,
    now: Timestamp,
    launches: std::cell::Cell<u32>,
}

/// Runs a test in one transaction of a tool with one platform, two resources and two accounts that
/// the admin created.
fn with_tool<T>(test: impl FnOnce(&Write<'_>, &mut Tool) -> T) -> T {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("ltictl.db");
    let now: Timestamp = "2026-11-23T17:00:00Z".parse().unwrap();
    let random = Random::seeded(1);
    setup::init(
        &path,
        crate::domain::PublicUrl::new("https://tool.example", false).unwrap(),
        Name::new("Tool").unwrap(),
        false,
        now,
        &random,
    )
    .unwrap();
    let mut store = Store::open(&path).unwrap();
    register::create(&mut store, &Name::new("Platform").unwrap(), None, false, now).unwrap();
    let mut value = None;
    let outcome: Result<(), store::Error> = store.write(|write| {
        connect_platform(write, now)?;
        for slug in ["one", "two"] {
            write.insert_resource(&Resource::new(
                Slug::new(slug).unwrap(),
                random.uuid(),
                Name::new(slug).unwrap(),
                now,
            ))?;
        }
        let existing = insert_accounts(write, &random, now)?;
        let mut tool = Tool {
            registration: write.registration(&Slug::new("platform").unwrap())?.unwrap(),
            settings: write.settings()?,
            resources: write.resources()?,
            existing,
            random: random.clone(),
            now,
            launches: std::cell::Cell::new(0),
        };
        value = Some(test(write, &mut tool));
        Ok(())
    });
    outcome.unwrap();
    value.unwrap()
}

/// Completes the platform's registration, with one deployment.
fn connect_platform(write: &Write<'_>, now: Timestamp) -> Result<(), store::Error> {
    let mut registration = write.registration(&Slug::new("platform").unwrap())?.unwrap();
    let url = |path: &str| {
        EndpointUrl::new("URL", &format!("https://lms.example/{path}"), false).unwrap()
    };
    registration.platform = Some(PlatformDetails {
        issuer: Issuer::new("https://lms.example", false).unwrap(),
        client_id: ClientId::new("client").unwrap(),
        keyset_url: url("keys"),
        access_token_url: url("token"),
        authentication_request_url: url("auth"),
    });
    registration.policy = PlatformPolicy::default();
    write.update_registration(&registration, now)?;
    let deployment = Deployment { deployment_id: DeploymentId::new("1").unwrap(), name: None };
    write.insert_deployment(registration.id, &deployment, now)?;
    Ok(())
}

/// Creates the admin's accounts, each for a user of the former version of LTI.
fn insert_accounts(
    write: &Write<'_>,
    random: &Random,
    now: Timestamp,
) -> Result<Vec<i64>, store::Error> {
    let account = |username: &str| {
        Account::by_admin(Username::new(username).unwrap(), random.uuid(), Profile::default(), now)
    };
    let existing =
        ["alma", "bert"].map(|username| write.insert_account(&account(username)).unwrap()).to_vec();
    for (number, account_id) in existing.iter().enumerate() {
        write.insert_consumer_user(
            *account_id,
            &ConsumerUser { consumer_key: "key".into(), user_id: number.to_string() },
            now,
        )?;
    }
    Ok(existing)
}

impl Tool {
    /// A checked launch of a user at a resource.
    fn launch(&self, action: &Action) -> CheckedLaunch {
        let number = self.launches.get();
        self.launches.set(number + 1);
        CheckedLaunch {
            request_id: format!("{number:016}"),
            message_type: "LtiResourceLinkRequest".into(),
            resource_id: Some(self.resources[action.resource].id),
            details: LaunchDetails {
                issuer: "https://lms.example".into(),
                client_id: "client".into(),
                sub: Some(format!("user-{}", action.user)),
                name: Some(format!("Person {}", action.user)),
                role: if action.teaches { "staff" } else { "learner" }.into(),
                deployment_id: "1".into(),
                resource_link_id: format!("link-{}", action.resource),
                ..LaunchDetails::default()
            },
            services: LinkServices::default(),
            copied_from: CourseOrigins::default(),
            deployment_known: true,
            selection: None,
            consumer_user: action.was_consumer_user.then(|| ConsumerUser {
                consumer_key: "key".into(),
                user_id: action.user.to_string(),
            }),
            former_user: None,
            storage_digest: None,
            without_cookies: false,
            signed_in: None,
        }
    }

    fn launch_with(
        &self,
        write: &Write<'_>,
        launch: CheckedLaunch,
        choice: AccountChoice,
    ) -> Stored {
        self.launch_after(write, launch, choice, None)
    }

    /// The same for a launch whose checks saw these records.
    fn launch_after(
        &self,
        write: &Write<'_>,
        launch: CheckedLaunch,
        choice: AccountChoice,
        seen: Option<SeenRecords>,
    ) -> Stored {
        let caller =
            Caller { request: RequestId::fresh(self.now, &self.random), browser: Browser::Other };
        let prepared = PreparedLaunch {
            caller,
            registration: self.registration.clone(),
            settings: self.settings.clone(),
            launch,
            nonce: None,
            unconfirmed_secret: None,
            unproven_storage: None,
            choice,
            seen,
        };
        write_launch(write, &prepared, vec![0; 32], &self.random, self.now).unwrap()
    }

    /// Launches, and completes the page that asks for the account if it is shown.
    fn perform(&self, write: &Write<'_>, action: &Action) -> (Stored, bool) {
        let launch = self.launch(action);
        match (self.launch_with(write, launch.clone(), AccountChoice::None), action.choice) {
            (Stored::AccountNeeded(handle, mode), chosen) if chosen != Chosen::Nothing => {
                assert!(write.take_pending_launch(&handle, self.now).unwrap().is_some());
                // Both `resume` and the write prevent this.
                let choice = if let Chosen::Existing(place) = chosen {
                    AccountChoice::SignedIn(self.existing[place])
                } else {
                    AccountChoice::Create
                };
                let _ = mode;
                (self.launch_with(write, launch, choice), true)
            }
            (stored, _) => (stored, false),
        }
    }

    fn set_modes(
        &mut self,
        write: &Write<'_>,
        place: usize,
        (teacher, student): (Provisioning, Provisioning),
    ) {
        let resource = &mut self.resources[place];
        (resource.teacher_provisioning, resource.student_provisioning) = (teacher, student);
        write.update_resource(resource, self.now).unwrap();
    }

    fn user(&self, number: usize) -> PlatformUser {
        PlatformUser {
            issuer: "https://lms.example".into(),
            tenant: String::new(),
            sub: format!("user-{number}"),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn each_person_gets_one_account_and_no_new_one_if_only_existing_ones_are_allowed(deeds in prop::collection::vec(action(), 1..25)) {
        with_tool(|write, tool| {
            let mut owners: HashMap<usize, i64> = HashMap::new();
            for action in &deeds {
                if let Some(modes) = action.modes {
                    tool.set_modes(write, action.resource, modes);
                }
                let mode = tool.resources[action.resource].provisioning(action.teaches);
                let before = write.accounts().unwrap().len();
                let (stored, _) = tool.perform(write, action);
                let made = write.accounts().unwrap().len() - before;
                let account = write.account_of(&tool.user(action.user)).unwrap().map(|(account, _)| account.id);
                // Anyone who has an account keeps it, and new accounts stay.
                if let Some(owner) = owners.get(&action.user) {
                    assert_eq!(account, Some(*owner), "{action:?}");
                    assert_eq!(made, 0, "{action:?}");
                }
                if let Some(account) = account {
                    owners.insert(action.user, account);
                }
                assert!(made <= 1 && (made == 0 || mode != Provisioning::Existing), "{action:?}");
                match stored {
                    Stored::Session(session) => {
                        assert_eq!(session.account_id, account, "the session has the person's own \
                            account: {action:?}");
                        assert!(account.is_some() && write.enrolment(account.unwrap(), tool.resources[action.resource].id).unwrap().is_some());
                    }
                    Stored::AccountNeeded(_, asked) => assert!(asked == mode && mode != Provisioning::Auto && account.is_none() && made == 0, "{action:?}"),
                    Stored::StorageNeeded(..) | Stored::Refused(_) => panic!("nothing is in the way \
                        of {action:?}"),
                }
            }
            // Exactly one link for each user that was accepted.
            let links: usize = write.accounts().unwrap().iter().map(|account| write.account_links(account.id).unwrap().len()).sum();
            assert_eq!(links, owners.len());
        });
    }
}

fn student(user: usize, choice: Chosen) -> Action {
    Action { user, resource: 0, teaches: false, choice, was_consumer_user: false, modes: None }
}

#[test]
fn linked_person_is_not_prompted_and_gets_no_new_account() {
    with_tool(|write, tool| {
        // Automatic first; then the resource prompts, but not this person.
        assert!(matches!(tool.perform(write, &student(0, Chosen::Nothing)).0, Stored::Session(_)));
        let (own, _) = write.account_of(&tool.user(0)).unwrap().unwrap();
        for mode in [Provisioning::Prompt, Provisioning::Existing] {
            tool.set_modes(write, 0, (mode, mode));
            assert!(
                matches!(tool.perform(write, &student(0, Chosen::Nothing)), (Stored::Session(session), false) if session.account_id == Some(own.id))
            );
        }
        // Linked first; then the resource creates accounts automatically, but not for this person.
        let alma = tool.existing[0];
        assert!(
            matches!(tool.perform(write, &student(1, Chosen::Existing(0))), (Stored::Session(session), true) if session.account_id == Some(alma))
        );
        tool.set_modes(write, 0, (Provisioning::Auto, Provisioning::Auto));
        let before = write.accounts().unwrap().len();
        assert!(
            matches!(tool.perform(write, &student(1, Chosen::Nothing)), (Stored::Session(session), false) if session.account_id == Some(alma))
        );
        assert_eq!(write.accounts().unwrap().len(), before);
    });
}

#[test]
fn no_account_is_created_without_enrolment() {
    with_tool(|write, tool| {
        let (past, future) =
            (tool.now - SignedDuration::from_hours(1), tool.now + SignedDuration::from_hours(1));
        let before = write.accounts().unwrap().len();
        for (rules, expected) in [
            (EnrolmentRules { maximum: Some(0), ..EnrolmentRules::default() }, "enrolment_full"),
            (
                EnrolmentRules { start: Some(future), ..EnrolmentRules::default() },
                "enrolment_not_started",
            ),
            (EnrolmentRules { end: Some(past), ..EnrolmentRules::default() }, "enrolment_finished"),
        ] {
            for mode in MODES {
                tool.resources[0].enrolment = rules;
                tool.set_modes(write, 0, (mode, mode));
                let (stored, _) = tool.perform(write, &student(0, Chosen::Create));
                assert!(
                    matches!(&stored, Stored::Refused(refusal) if refusal.code() == expected),
                    "{expected} {mode}"
                );
            }
        }
        assert_eq!(write.accounts().unwrap().len(), before);
        // People who are enrolled stay enrolled, regardless of later rules, until their own
        // enrolment ends.
        tool.resources[0].enrolment = EnrolmentRules {
            duration: Some("2h".parse().unwrap()),
            maximum: Some(1),
            ..EnrolmentRules::default()
        };
        tool.set_modes(write, 0, (Provisioning::Auto, Provisioning::Auto));
        assert!(matches!(tool.perform(write, &student(0, Chosen::Nothing)).0, Stored::Session(_)));
        tool.resources[0].enrolment.maximum = Some(0);
        tool.resources[0].enrolment.end = Some(past);
        tool.set_modes(write, 0, (Provisioning::Auto, Provisioning::Auto));
        assert!(matches!(tool.perform(write, &student(0, Chosen::Nothing)).0, Stored::Session(_)));
        tool.now += SignedDuration::from_hours(2);
        assert!(
            matches!(tool.perform(write, &student(0, Chosen::Nothing)).0, Stored::Refused(refusal) if refusal.code() == "enrolment_ended")
        );
    });
}

#[test]
fn role_is_replaced_by_the_role_of_the_launch() {
    with_tool(|write, tool| {
        tool.set_modes(write, 0, (Provisioning::Auto, Provisioning::Auto));
        for (teaches, role) in [(false, "student"), (true, "teacher"), (false, "student")] {
            tool.perform(write, &Action { teaches, ..student(0, Chosen::Nothing) });
            let (account, _) = write.account_of(&tool.user(0)).unwrap().unwrap();
            let enrolments = write.enrolments_of(account.id).unwrap();
            assert_eq!(
                enrolments
                    .iter()
                    .map(|(_, enrolment)| (enrolment.role.as_str(), enrolment.teaches))
                    .collect::<Vec<_>>(),
                [(role, teaches)]
            );
        }
    });
}

#[test]
fn profile_follows_the_platform_only_if_the_account_was_created_for_the_user() {
    with_tool(|write, tool| {
        let renamed = |launch: CheckedLaunch, name: Option<&str>| CheckedLaunch {
            details: LaunchDetails { name: name.map(str::to_owned), ..launch.details.clone() },
            ..launch
        };
        tool.perform(write, &student(0, Chosen::Nothing));
        let name =
            |user: usize| write.account_of(&tool.user(user)).unwrap().unwrap().0.profile.name;
        tool.launch_with(
            write,
            renamed(tool.launch(&student(0, Chosen::Nothing)), Some("New Name")),
            AccountChoice::None,
        );
        assert_eq!(name(0).as_deref(), Some("New Name"));
        for sent_name in [None, Some(""), Some("\u{1b}[31m")] {
            tool.launch_with(
                write,
                renamed(tool.launch(&student(0, Chosen::Nothing)), sent_name),
                AccountChoice::None,
            );
            assert_eq!(
                name(0).as_deref(),
                Some("New Name"),
                "missing or invalid values change nothing"
            );
        }
        tool.launch_with(
            write,
            renamed(tool.launch(&student(0, Chosen::Nothing)), Some(&"x".repeat(300))),
            AccountChoice::None,
        );
        assert_eq!(
            name(0).as_deref(),
            Some(&*format!("{}…", "x".repeat(254))),
            "a long name is cut"
        );
        tool.launch_with(
            write,
            renamed(tool.launch(&student(0, Chosen::Nothing)), Some("New Name")),
            AccountChoice::None,
        );
        // An existing account keeps its own profile.
        tool.launch_with(
            write,
            tool.launch(&student(1, Chosen::Nothing)),
            AccountChoice::SignedIn(tool.existing[0]),
        );
        assert_eq!(name(1), None);
        tool.perform(write, &student(1, Chosen::Nothing));
        assert_eq!(name(1), None);
        // An account that a launch created is unchanged when another platform user is linked to it.
        let (own, _) = write.account_of(&tool.user(0)).unwrap().unwrap();
        tool.launch_with(
            write,
            tool.launch(&student(2, Chosen::Nothing)),
            AccountChoice::SignedIn(own.id),
        );
        tool.perform(write, &student(2, Chosen::Nothing));
        assert_eq!(name(2).as_deref(), Some("New Name"));
    });
}

#[test]
fn users_of_lti_1_1_keep_their_account_in_every_mode() {
    with_tool(|write, tool| {
        for (user, mode) in [(0, Provisioning::Prompt), (1, Provisioning::Existing)] {
            tool.set_modes(write, 0, (mode, mode));
            let (stored, asked) = tool.perform(
                write,
                &Action { was_consumer_user: true, ..student(user, Chosen::Nothing) },
            );
            assert!(
                !asked
                    && matches!(stored, Stored::Session(session) if session.account_id == Some(tool.existing[user]))
            );
        }
        // Once linked, later launches need no claim.
        assert!(
            matches!(tool.perform(write, &student(0, Chosen::Nothing)).0, Stored::Session(session) if session.account_id == Some(tool.existing[0]))
        );
    });
}

#[test]
fn disabled_accounts_and_anonymous_people_are_refused() {
    with_tool(|write, tool| {
        tool.perform(write, &student(0, Chosen::Nothing));
        let (account, _) = write.account_of(&tool.user(0)).unwrap().unwrap();
        write.update_account(&Account { enabled: false, ..account }, tool.now).unwrap();
        assert!(
            matches!(tool.perform(write, &student(0, Chosen::Nothing)).0, Stored::Refused(refusal) if refusal.code() == "account_disabled")
        );
        let before = write.accounts().unwrap().len();
        for (mode, expected) in [
            (Provisioning::Auto, None),
            (Provisioning::Prompt, Some("account_required")),
            (Provisioning::Existing, Some("account_required")),
        ] {
            tool.set_modes(write, 0, (mode, mode));
            let mut launch = tool.launch(&student(9, Chosen::Nothing));
            launch.details.sub = None;
            let found = match tool.launch_with(write, launch, AccountChoice::None) {
                Stored::Session(session) => session.account_id.map(|_| "an account".to_owned()),
                Stored::Refused(refusal) => Some(refusal.code()),
                _ => Some("asked".to_owned()),
            };
            assert_eq!(found.as_deref(), expected, "{mode}");
        }
        assert_eq!(write.accounts().unwrap().len(), before);
    });
}

type Change = fn(&Write<'_>, &Tool);

/// What is changed after the checks of a launch, and the reason code.
const CHANGES: &[(&str, Change, Option<&str>)] = &[
    ("nothing", |_, _| {}, None),
    (
        "an account",
        |write, tool| {
            let (account, _) = write.account_of(&tool.user(0)).unwrap().unwrap();
            let profile = Profile { name: Some("Other".into()), ..account.profile.clone() };
            write.update_account(&Account { profile, ..account }, tool.now).unwrap();
        },
        None,
    ),
    (
        "the registration is disabled",
        |write, tool| {
            let disabled = Registration { enabled: false, ..tool.registration.clone() };
            write.update_registration(&disabled, tool.now).unwrap();
        },
        Some("registration_disabled"),
    ),
    (
        "the deployment is removed",
        |write, tool| {
            let deployment_id = DeploymentId::new("1").unwrap();
            write.delete_deployment(tool.registration.id, &deployment_id, tool.now).unwrap();
        },
        Some("deployment_unknown"),
    ),
    (
        "the registration is deleted",
        |write, tool| {
            write.delete_registration(tool.registration.id).unwrap();
        },
        Some("registration_deleted"),
    ),
    (
        "the client ID is changed",
        |write, tool| {
            let mut changed = tool.registration.clone();
            changed.platform.as_mut().unwrap().client_id = ClientId::new("other").unwrap();
            write.update_registration(&changed, tool.now).unwrap();
        },
        Some("registration_changed"),
    ),
    (
        "the resource is unpublished",
        |write, tool| {
            let unpublished = Resource { published: false, ..tool.resources[0].clone() };
            write.update_resource(&unpublished, tool.now).unwrap();
        },
        Some("resource_unpublished"),
    ),
];

#[test]
fn what_changes_after_the_checks_is_read_again() {
    for (name, change, expected) in CHANGES {
        with_tool(|write, tool| {
            tool.perform(write, &student(0, Chosen::Nothing));
            let seen = SeenRecords {
                version: write.record_version().unwrap(),
                resource: Some(tool.resources[0].clone()),
            };
            change(write, tool);
            let launch = tool.launch(&student(0, Chosen::Nothing));
            let stored = tool.launch_after(write, launch, AccountChoice::None, Some(seen));
            let refusal = match stored {
                Stored::Session(_) => None,
                Stored::Refused(refusal) => Some(refusal.code()),
                _ => Some("waits".to_owned()),
            };
            assert_eq!(refusal.as_deref(), *expected, "{name}");
        });
    }
}

#[test]
fn a_link_is_current_if_storing_it_changes_nothing() {
    type Change = fn(&mut CheckedLaunch);
    let changes: [(&str, Change); 10] = [
        ("nothing", |_| {}),
        ("course", |launch| launch.details.context_id = Some("other".into())),
        ("no course", |launch| launch.details.context_id = None),
        ("label", |launch| launch.details.context_label = Some("other".into())),
        ("title of the course", |launch| launch.details.context_title = None),
        ("title", |launch| launch.details.resource_link_title = Some("other".into())),
        ("line item", |launch| launch.services.lineitem_url = None),
        ("members", |launch| launch.services.memberships_url = Some("https://lms.example".into())),
        ("role", |launch| launch.details.role = "staff".into()),
        ("name of the grade", |launch| launch.services.result_sourcedid = Some("new".into())),
    ];
    for (name, change) in changes {
        with_tool(|write, tool| {
            let mut launch = tool.launch(&student(0, Chosen::Nothing));
            launch.details.context_id = Some("course".into());
            launch.details.context_label = Some("C1".into());
            launch.details.context_title = Some("Course".into());
            launch.services.lineitem_url = Some("https://lms.example/item".into());
            launch.services.result_sourcedid = Some("old".into());
            let Stored::Session(session) =
                tool.launch_with(write, launch.clone(), AccountChoice::None)
            else {
                panic!("refused")
            };
            change(&mut launch);
            let is_current = |launch: &CheckedLaunch, at: Timestamp| {
                let (details, services) = (&launch.details, &launch.services);
                let (registration, resource) = (tool.registration.id, tool.resources[0].id);
                let account = session.account_id;
                write.link_is_current(registration, resource, account, details, services, at)
            };
            assert_eq!(is_current(&launch, tool.now).unwrap(), name == "nothing", "{name}");
            let later = tool.now + SignedDuration::from_mins(2);
            assert!(
                !is_current(&launch, later).unwrap(),
                "the time of the last use is stored again"
            );
            tool.launch_with(write, launch.clone(), AccountChoice::None);
            assert!(is_current(&launch, tool.now).unwrap(), "{name} is stored");
            launch.services.result_sourcedid = None;
            assert!(is_current(&launch, tool.now).unwrap(), "{name}: the name is kept");
        });
    }
}

#[test]
fn a_launch_that_waited_is_refused_if_the_platform_is_another_by_then() {
    with_tool(|write, tool| {
        for (number, what) in ["issuer", "client ID"].into_iter().enumerate() {
            let mut launch = tool.launch(&student(number, Chosen::Nothing));
            let detail = match what {
                "issuer" => &mut launch.details.issuer,
                _ => &mut launch.details.client_id,
            };
            *detail = "of that time".to_owned();
            let stored = tool.launch_with(write, launch, AccountChoice::None);
            assert!(
                matches!(
                    &stored,
                    Stored::Refused(Refusal::RegistrationChanged { what: found, .. })
                        if *found == what
                ),
                "{what}"
            );
        }
    });
}

#[test]
fn a_launch_that_waited_in_vain_leaves_an_entry() {
    with_tool(|write, tool| {
        let launch = CheckedLaunch {
            resource_id: None,
            selection: Some("{}".into()),
            ..tool.launch(&Action { teaches: true, ..student(0, Chosen::Nothing) })
        };
        let stored = tool.launch_with(write, launch.clone(), AccountChoice::None);
        assert!(matches!(stored, Stored::AccountNeeded(..)));
        let after = |minutes| tool.now + SignedDuration::from_mins(minutes);
        let log = || write.launches(&LaunchFilter { limit: 9, ..LaunchFilter::default() }).unwrap();
        let end = |at| end_abandoned(write, None, &Random::seeded(2), at, 10).unwrap();
        assert_eq!((end(after(30)), log().len()), (0, 0), "the person may still choose");
        assert_eq!((end(after(31)), end(after(32))), (1, 0));
        let entries = log();
        assert_eq!(entries.len(), 1);
        let entry = &entries[0];
        let Outcome::Refused { reason, cause, .. } = &entry.outcome else { panic!("{entry:?}") };
        assert_eq!((entry.outcome.as_str(), reason.as_str()), ("abandoned", "account_not_chosen"));
        assert!(cause.contains("within 30 minutes"), "{cause}");
        assert_eq!(
            (
                entry.registration.as_ref().map(Slug::as_str),
                entry.sub.as_deref(),
                entry.first_request_id.as_ref(),
                entry.at
            ),
            (Some("platform"), launch.details.sub.as_deref(), Some(&launch.request_id), after(31))
        );
    });
}

#[test]
fn content_selection_requires_an_existing_account() {
    with_tool(|write, tool| {
        let selecting = |user: usize| CheckedLaunch {
            resource_id: None,
            selection: Some("{}".into()),
            ..tool.launch(&Action { teaches: true, ..student(user, Chosen::Nothing) })
        };
        for choice in [AccountChoice::None, AccountChoice::Create] {
            assert!(matches!(
                tool.launch_with(write, selecting(0), choice),
                Stored::AccountNeeded(_, Provisioning::Existing)
            ));
        }
        assert!(write.account_of(&tool.user(0)).unwrap().is_none());
        let stored =
            tool.launch_with(write, selecting(0), AccountChoice::SignedIn(tool.existing[0]));
        assert!(
            matches!(stored, Stored::Session(session) if session.purpose == Purpose::Selection("{}".into()) && session.account_id == Some(tool.existing[0]))
        );
        assert!(
            matches!(
                tool.launch_with(write, selecting(0), AccountChoice::None),
                Stored::Session(_)
            ),
            "and is asked only once"
        );
    });
}
