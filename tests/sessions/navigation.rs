//! What a teacher sees around a resource, through the real server over real HTTP: who sees it, what
//! it tells, and whose people it never tells of.

use ltictl::admin::{connect, publish, register};
use ltictl::domain::{
    Account, Clock, DeploymentId, DeploymentPolicy, Enrolment, EnrolmentSource, GradeSync,
    LaunchDetails, LinkServices, Name, Profile, Random, Registration, Slug, Target, Username,
    folded,
};
use ltictl::rules::grade::{self, NewGrade};
use ltictl::rules::registration::{PlatformChange, PolicyChange};
use ltictl::rules::resource::{self, ResourceChange};
use ltictl::rules::setting::Clearable;
use ltictl::sandbox::browser::{Browser, Page};
use ltictl::sandbox::{Course, LaunchChoice, Misbehaviour, Role, User};
use ltictl::store::{Error, Write};
use serde_json::json;

use crate::doctor::setup::ltictl;
use crate::lab::{Lab, REGISTRATION, RESOURCE};

const PLACES: [&str; 4] = ["", "members", "grades", "links"];

fn update(lab: &Lab, change: &ResourceChange) {
    publish::update(&mut lab.store(), &RESOURCE.into(), change, Clock::System.now()).unwrap();
}

fn write<T>(lab: &Lab, change: impl FnOnce(&Write<'_>) -> Result<T, Error>) -> T {
    lab.store().write(change).unwrap()
}

/// Launches; gives the browser and where it was led.
async fn launched(lab: &Lab, choice: &LaunchChoice) -> (Browser, String) {
    let mut browser = lab.browser.another();
    let answer = lab.sandbox.launch(&mut browser, choice).await.unwrap();
    let location = answer
        .header("location")
        .unwrap_or_else(|| panic!("{} {}", answer.status, answer.body))
        .to_owned();
    (browser, location)
}

/// What a teacher is shown at a place.
async fn shown(lab: &Lab, choice: &LaunchChoice, place: &str) -> Page {
    let (mut browser, location) = launched(lab, choice).await;
    assert!(location.ends_with("/~/"), "{location}");
    let page = browser.get(&format!("{location}{place}")).await.unwrap();
    assert_eq!(page.status, 200, "{place}: {}", page.body);
    page
}

/// The rows of a page's table: their cells, as text.
fn rows(page: &Page) -> Vec<Vec<String>> {
    let Some((_, table)) = page.body.split_once("<tbody") else { return Vec::new() };
    let text = |cell: &str| {
        let (mut text, mut inside) = (String::new(), true);
        for character in cell.chars() {
            match character {
                '<' => inside = true,
                '>' => inside = false,
                _ if !inside => text.push(character),
                _ => {}
            }
        }
        text.trim().to_owned()
    };
    let table = table.split("</tbody>").next().unwrap();
    table
        .split("<tr ")
        .skip(1)
        .map(|row| {
            row.split("role=\"cell\"")
                .flat_map(|part| {
                    part.split("role=\"rowheader\"").skip(usize::from(part.contains("rowheader")))
                })
                .map(text)
                .collect()
        })
        .collect()
}

/// The first cells of the rows.
fn people(page: &Page) -> Vec<String> {
    rows(page).into_iter().map(|row| row[0].clone()).collect()
}

fn tina() -> LaunchChoice {
    LaunchChoice::teacher()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn teachers_see_the_navigation_unless_the_link_requests_the_resource_alone() {
    let lab = Lab::start().await;
    let of = |user: User, role: Role| LaunchChoice { role, ..LaunchChoice::of(user) };
    for (choice, sees) in [
        (LaunchChoice::student(), false),
        (of(User::Sam, Role::Observer), false),
        (tina(), true),
        (of(User::Tina, Role::Assistant), true),
        (of(User::Ada, Role::Admin), true),
        (tina().custom("force_embed", "1"), false),
        (tina().custom("force_embed", "TRUE"), false),
        (tina().custom("force_embed", "0"), true),
        (LaunchChoice::student().custom("force_embed", "0"), false),
    ] {
        let (mut browser, location) = launched(&lab, &choice).await;
        let session = location.trim_end_matches("~/");
        assert_eq!(location.ends_with("/~/"), sees, "{choice:?}");
        assert_eq!(browser.get(&location).await.unwrap().status, 200);
        for place in PLACES {
            let page = browser.get(&format!("{session}~/{place}")).await.unwrap();
            assert_eq!(
                (page.status, page.body.contains("Resource navigation")),
                if sees { (200, true) } else { (404, false) },
                "{place} {choice:?}"
            );
            assert!(
                page.header("content-security-policy").unwrap().contains(lab.sandbox.issuer()),
                "{place}: it shows in the platform's frame"
            );
        }
        let bare = browser.get(&format!("{session}~")).await.unwrap();
        assert_eq!(
            (bare.status, bare.header("location")),
            if sees { (303, Some(location.as_str())) } else { (404, None) }
        );
        for nowhere in ["~/none", "~/members/", "~/members/x", "%7E/members", "%7e/", "~/%6Dembers"]
        {
            assert_eq!(
                browser.get(&format!("{session}{nowhere}")).await.unwrap().status,
                404,
                "{nowhere}"
            );
        }
        assert_eq!(
            lab.browser.another().get(&format!("{session}~/members")).await.unwrap().status,
            403,
            "another browser"
        );
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_built_in_page_is_below_the_bar_and_other_targets_are_framed() {
    let lab = Lab::start().await;
    let page = shown(&lab, &tina(), "").await;
    for text in [
        "<title>Algebra quiz - Lab Tool</title>",
        "Tina Teacher",
        "<a href=\"./\" aria-current=\"page\">Resource</a>",
        "<a href=\"members\">Members</a>",
    ] {
        assert!(page.body.contains(text), "{text} is not in {}", page.body);
    }
    let policy = |page: &Page| page.header("content-security-policy").unwrap().to_owned();
    assert!(!page.body.contains("<iframe") && !policy(&page).contains("frame-src"));
    assert_eq!(
        page.body.matches("<script").count(),
        1,
        "the one that talks to the platform's page"
    );

    let site = tempfile::tempdir().unwrap();
    std::fs::create_dir(site.path().join("~")).unwrap();
    for file in ["index.html", "~/members", "~notes.txt"] {
        std::fs::write(site.path().join(file), format!("content of {file}")).unwrap();
    }
    update(
        &lab,
        &ResourceChange {
            target: Some(Target::Directory(site.path().canonicalize().unwrap()).into()),
            ..ResourceChange::default()
        },
    );
    let (mut browser, location) = launched(&lab, &tina()).await;
    let page = browser.get(&location).await.unwrap();
    assert!(
        page.body.contains("<iframe data-resource src=\"../\" title=\"Algebra quiz\"")
            && policy(&page).contains("; frame-src 'self'; "),
        "{}",
        policy(&page)
    );
    let session = location.trim_end_matches("~/");
    assert_eq!(browser.get(session).await.unwrap().body, "content of index.html");
    assert_eq!(
        browser.get(&format!("{session}~notes.txt")).await.unwrap().body,
        "content of ~notes.txt"
    );
    let (mut student, session) = launched(&lab, &LaunchChoice::student()).await;
    for below in ["~/members", "%7E/members", "%7e/members"] {
        for (browser, session) in
            [(&mut browser, location.trim_end_matches("~/")), (&mut student, session.as_str())]
        {
            let page = browser.get(&format!("{session}{below}")).await.unwrap();
            assert!(!page.body.contains("content of"), "{below}");
        }
    }

    update(
        &lab,
        &ResourceChange {
            target: Some(resource::parse_target("http://localhost:9/start", false).unwrap().into()),
            ..ResourceChange::default()
        },
    );
    let page = browser.get(&location).await.unwrap();
    assert!(policy(&page).contains("; frame-src 'self' http://localhost:9; "), "{}", policy(&page));
    assert!(!page.body.contains("launch_token"), "only the app receives the token");
    lab.stop().await;
}

/// Gives Sam Student a grade with a comment. Returns the account.
fn grade_sam(lab: &Lab) -> Account {
    let store = lab.store();
    let resource = store.read().resource(&Slug::new(RESOURCE).unwrap()).unwrap().unwrap();
    let mut members = store.read().members(resource.id).unwrap().into_iter();
    let sam = members.find(|member| member.account.display_name() == "Sam Student").unwrap();
    let new = NewGrade {
        score: Some("8.5".parse().unwrap()),
        comment: Some("Well <b>done</b>\nGo on".into()),
        ..NewGrade::default()
    };
    let at = "2026-11-25T08:05:09Z".parse().unwrap();
    write(lab, |write| Ok(grade::record(write, &resource, &sam.account, &new, "app", at).unwrap()));
    sam.account
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_and_their_grades_are_shown() {
    let lab = Lab::start().await;
    let page = shown(&lab, &tina(), "grades").await;
    assert!(
        page.body.contains("No student has opened this resource from your course yet."),
        "{}",
        page.body
    );
    launched(&lab, &LaunchChoice::student()).await;
    let members = shown(&lab, &tina(), "members").await;
    let seen: Vec<Vec<String>> = rows(&members).into_iter().map(|row| row[..2].to_vec()).collect();
    assert_eq!(seen, [["Sam Student", "Student"], ["Tina Teacher", "Teacher"]]);
    assert!(
        members.body.contains("2 people from Algebra I, by name; times in UTC")
            && members.body.contains("<th scope=\"col\"")
            && members.body.contains("<th scope=\"row\"")
    );
    assert!(!members.body.contains("school.example"), "email addresses are not disclosed");
    let grades = shown(&lab, &tina(), "grades").await;
    assert_eq!(rows(&grades), [["Sam Student", "No grade yet"]]);

    grade_sam(&lab);
    let grades = shown(&lab, &tina(), "grades").await;
    assert_eq!(
        rows(&grades),
        [[
            "Sam Student",
            "8.5 / 10",
            "Completed",
            "Well &#60;b&#62;done&#60;/b&#62;\nGo on",
            "25 Nov 2026, 08:05",
            "The app"
        ]]
    );
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn links_show_whether_grades_are_synchronized_and_why_not() {
    let lab = Lab::start().await;
    launched(&lab, &LaunchChoice::student()).await;
    let sam = grade_sam(&lab);
    let links = shown(&lab, &tina(), "links").await;
    assert_eq!(rows(&links), [["Weekly quiz", "Algebra I", "2", "Yes"]]);
    update(&lab, &ResourceChange { grade_sync: Some(GradeSync::Off), ..ResourceChange::default() });
    assert_eq!(rows(&shown(&lab, &tina(), "links").await)[0][3], "No: synchronization is off");
    update(&lab, &ResourceChange { max_grade: Some(Clearable(None)), ..ResourceChange::default() });
    assert_eq!(rows(&shown(&lab, &tina(), "links").await)[0][3], "No: the resource has no grades");
    assert_eq!(
        people(&shown(&lab, &tina(), "grades").await),
        ["Sam Student"],
        "existing grades are still shown"
    );
    write(&lab, |write| write.delete_account(sam.id));
    assert!(shown(&lab, &tina(), "grades").await.body.contains("This resource has no grades."));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_anonymous_teacher_is_no_member() {
    let lab = Lab::start().await;
    let allow_anonymous = Some(true);
    lab.set_policy(PolicyChange { allow_anonymous, ..PolicyChange::default() });
    let choice = LaunchChoice { course: Course::Biology, ..tina().with(Misbehaviour::SubMissing) };
    let page = shown(&lab, &choice, "members").await;
    assert!(
        page.body.contains("No one with an account has opened this resource from your course yet."),
        "{}",
        page.body
    );
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_are_shown_as_text() {
    let lab = Lab::start().await;
    let hostile = "</th><script>alert(1)</script>\u{1b}\u{202e}";
    launched(
        &lab,
        &LaunchChoice::student()
            .patched(json!({ "name": hostile, "given_name": hostile, "family_name": hostile })),
    )
    .await;
    let account = lab.store().read().accounts().unwrap().pop().unwrap();
    let profile = Profile { name: Some(hostile.into()), ..Profile::default() };
    write(&lab, |write| write.update_account(&Account { profile, ..account }, Clock::System.now()));
    let patch = json!({
        "https://purl.imsglobal.org/spec/lti/claim/context": { "id": "2", "title": hostile },
        "https://purl.imsglobal.org/spec/lti/claim/resource_link": { "id": "21", "title": hostile },
    });
    update(
        &lab,
        &ResourceChange {
            name: Some(Name::new("A <b>quiz</b>").unwrap()),
            ..ResourceChange::default()
        },
    );
    for place in PLACES {
        let page = shown(&lab, &tina().patched(patch.clone()), place).await;
        for forbidden in ["<script>", "\u{1b}", "\u{202e}", "<b>"] {
            assert!(!page.body.contains(forbidden), "{place}: {forbidden:?}");
        }
        assert!(
            page.body.contains("&#60;script&#62;alert(1)") || place.is_empty(),
            "{place}: {}",
            page.body
        );
    }
    let (mut browser, location) = launched(&lab, &tina()).await;
    let page =
        browser.get(&format!("{location}members?q=%22%3E%3Cscript%3E&page=7")).await.unwrap();
    assert!(
        page.body.contains("No one matches “&#34;&#62;&#60;script&#62;”")
            && page.body.matches("<script").count() == 1,
        "{}",
        page.body
    );
    lab.stop().await;
}

/// Adds a person who launched through this link.
fn enrol_person(
    lab: &Lab,
    registration_id: i64,
    name: &str,
    number: usize,
    details: &LaunchDetails,
) {
    let now = Clock::System.now();
    let resource = lab.store().read().resource(&Slug::new(RESOURCE).unwrap()).unwrap().unwrap();
    write(lab, |write| {
        write.put_course_and_link(
            registration_id,
            resource.id,
            details,
            &LinkServices::default(),
        )?;
        insert(write, registration_id, resource.id, name, number, details, now)
    });
}

fn insert(
    write: &Write<'_>,
    registration_id: i64,
    resource_id: i64,
    name: &str,
    number: usize,
    details: &LaunchDetails,
    now: jiff::Timestamp,
) -> Result<(), Error> {
    let profile = Profile {
        name: Some(name.to_owned()),
        family_name: Some(format!("{number:04}")),
        ..Profile::default()
    };
    let account_id = write.insert_account(&Account::by_admin(
        Username::new(&format!("person-{number}")).unwrap(),
        Random::System.uuid(),
        profile,
        now,
    ))?;
    write.insert_enrolment(&Enrolment {
        account_id,
        resource_id,
        role: "student".into(),
        teaches: false,
        source: EnrolmentSource::Launch,
        created_at: now,
        ends_at: None,
        last_access_at: Some(now),
    })?;
    write.store_link_user(registration_id, resource_id, account_id, details, None, now)
}

/// A launch through the quiz link of the algebra course, as the platform names them.
fn details(deployment_id: &str) -> LaunchDetails {
    LaunchDetails {
        deployment_id: deployment_id.into(),
        context_id: Some("2".into()),
        context_title: Some("Algebra I".into()),
        resource_link_id: "21".into(),
        role: "learner".into(),
        sub: Some("x".into()),
        ..LaunchDetails::default()
    }
}

/// A second registration of the same issuer. Its deployment has the same identifier as that of the
/// first.
fn other_customer(lab: &Lab) -> Registration {
    const SLUG: &str = "other-customer";
    let (mut store, now) = (lab.store(), Clock::System.now());
    let name = Name::new("Other customer").unwrap();
    let ((registration, _), _) = register::create(&mut store, &name, None, false, now).unwrap();
    let change = PlatformChange {
        issuer: Some(lab.sandbox.issuer().to_owned()),
        client_id: Some("other-client".into()),
        keyset_url: Some(lab.sandbox.keyset_url()),
        access_token_url: Some(lab.sandbox.access_token_url()),
        authentication_request_url: Some(lab.sandbox.authentication_request_url()),
        ..PlatformChange::default()
    };
    connect::set_platform(&mut store, &SLUG.into(), &change, now).unwrap();
    let deployment = DeploymentId::new(lab.sandbox.deployment_id()).unwrap();
    connect::add_deployment(&mut store, &SLUG.into(), deployment, None, false, now).unwrap();
    registration
}

/// A launch from another deployment of the platform.
fn from(deployment: &str, choice: LaunchChoice) -> LaunchChoice {
    let mut choice = choice
        .patched(json!({ "https://purl.imsglobal.org/spec/lti/claim/deployment_id": deployment }));
    choice.login.insert("lti_deployment_id".into(), deployment.into());
    choice
}

/// Gives every member of the resource a grade.
fn grade_all_members(lab: &Lab) {
    let store = lab.store();
    let resource = store.read().resource(&Slug::new(RESOURCE).unwrap()).unwrap().unwrap();
    for member in store.read().members(resource.id).unwrap() {
        let new = NewGrade { score: Some("1".parse().unwrap()), ..NewGrade::default() };
        let now = Clock::System.now();
        write(lab, |write| {
            Ok(grade::record(write, &resource, &member.account, &new, "cli", now).unwrap())
        });
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_of_other_courses_deployments_and_registrations_are_hidden() {
    let lab = Lab::start().await;
    let deployments = Some(DeploymentPolicy::Accept);
    lab.set_policy(PolicyChange { deployments, ..PolicyChange::default() });
    // In a course and with a link that have the same identifiers too.
    let other = other_customer(&lab);
    let details = details(lab.sandbox.deployment_id());
    enrol_person(&lab, other.id, "Stranger of another registration", 1, &details);

    let in_course = |course, choice| LaunchChoice { course, ..choice };
    let teacher = |user| LaunchChoice { role: Role::Teacher, ..LaunchChoice::of(user) };
    launched(&lab, &LaunchChoice::student()).await;
    launched(&lab, &from("second", LaunchChoice::of(User::Zoe))).await;
    launched(&lab, &in_course(Course::Biology, LaunchChoice::of(User::Anonymous))).await;
    grade_all_members(&lab);
    let zoe = "Zoë O&#39;Neill-Østergård 学生";
    for (choice, student, link) in [
        (tina(), Some("Sam Student"), 1),
        (from("second", teacher(User::Ada)), Some(zoe), 1),
        (in_course(Course::Biology, teacher(User::Tina)), Some("user-"), 1),
        (in_course(Course::Outside, teacher(User::Tina)), None, 1),
    ] {
        for (place, most) in [("members", 2), ("grades", 1)] {
            let page = shown(&lab, &choice, place).await;
            let students: Vec<String> = people(&page)
                .into_iter()
                .filter(|person| !person.contains("Tina") && !person.contains("Ada"))
                .collect();
            assert!(
                students.iter().all(|found| student.is_some_and(|name| found.starts_with(name))),
                "{place}: {students:?} instead of {student:?}"
            );
            assert_eq!(students.len(), usize::from(student.is_some()), "{place}");
            assert!(rows(&page).len() <= most, "{place}: {:?}", people(&page));
            assert!(!page.body.contains("Stranger"), "{place}");
        }
        assert_eq!(rows(&shown(&lab, &choice, "links").await).len(), link);
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_people_are_found_by_name_and_shown_by_fifties() {
    let lab = Lab::start().await;
    let (mut browser, location) = launched(&lab, &tina()).await;
    let (registration, resource, now) = {
        let store = lab.store();
        (
            store.read().registration(&Slug::new(REGISTRATION).unwrap()).unwrap().unwrap(),
            store.read().resource(&Slug::new(RESOURCE).unwrap()).unwrap().unwrap(),
            Clock::System.now(),
        )
    };
    let details = details(lab.sandbox.deployment_id());
    write(&lab, |write| {
        (1..=999).try_for_each(|number| {
            insert(
                write,
                registration.id,
                resource.id,
                &format!("Person Number {number}"),
                number,
                &details,
                now,
            )
        })
    });
    let mut get = async |query: &str| browser.get(&format!("{location}{query}")).await.unwrap();
    let first = get("members").await;
    assert!(
        first.body.contains("1000 people from")
            && first.body.contains("Page 1 of 20")
            && !first.body.contains("Previous page")
    );
    assert_eq!((rows(&first).len(), people(&first)[0].as_str()), (50, "Person Number 1"));
    assert!(first.header("content-security-policy").unwrap().contains("form-action 'self';"));
    assert!(first.body.len() < 50_000, "{} bytes", first.body.len());
    let last = get("members?page=20").await;
    assert!(
        last.body.contains("Page 20 of 20")
            && last.body.contains("href=\"?page=19\"")
            && !last.body.contains("Next page")
    );
    assert_eq!((rows(&last).len(), people(&last).pop().unwrap().as_str()), (50, "Tina Teacher"));
    assert_eq!(people(&get("members?page=5000").await), people(&last), "the last page is the last");
    let found = get("members?q=+%22number+99%22").await;
    assert!(
        found.body.contains("11 of 1000 people")
            && found.body.contains("value=\"&#34;number 99&#34;\""),
        "{}",
        found.body
    );
    assert_eq!(
        people(&found),
        (std::iter::once(99).chain(990..=999))
            .map(|number| format!("Person Number {number}"))
            .collect::<Vec<_>>()
    );
    assert!(get("grades?q=number+9&page=2").await.body.contains("href=\"?q=number+9&#38;page=1\""));
    assert!(get("members?q=zebra").await.body.contains("No one matches “zebra”"));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_are_sorted_by_the_name_that_is_shown() {
    let lab = Lab::start().await;
    let (mut browser, location) = launched(&lab, &tina()).await;
    let registration =
        lab.store().read().registration(&Slug::new(REGISTRATION).unwrap()).unwrap().unwrap();
    let details = details(lab.sandbox.deployment_id());
    // Their family names would sort them the other way round.
    for (number, name) in [(3, "Élodie Marchand"), (2, "eric Anders"), (1, "Zoë Abel")] {
        enrol_person(&lab, registration.id, name, number, &details);
    }
    let mut get = async |query: &str| browser.get(&format!("{location}{query}")).await.unwrap();
    let everyone = ["Élodie Marchand", "eric Anders", "Tina Teacher", "Zoë Abel"];
    assert_eq!(people(&get("members").await), everyone);
    assert_eq!(people(&get("members?q=ZOE").await), ["Zoë Abel"]);
    assert_eq!(people(&get("members?q=person-2").await), ["eric Anders"], "the username");
    for (search, expected) in [
        ("abel+zoe", &["Zoë Abel"][..]),
        ("abel+OR+eric", &["eric Anders", "Zoë Abel"]),
        ("NOT+tina+NOT+%22zoe+abel%22", &["Élodie Marchand", "eric Anders"]),
        ("name:person", &[]),
        ("id:person+NOT+id:2", &["Élodie Marchand", "Zoë Abel"]),
        ("%22zoe", &[]),
    ] {
        assert_eq!(people(&get(&format!("members?q={search}")).await), expected, "{search}");
    }
    let students = ["Élodie Marchand", "eric Anders", "Zoë Abel"];
    assert_eq!(people(&get("grades").await), students);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_has_one_name_on_all_pages_and_lists() {
    let lab = Lab::start().await;
    let (mut browser, location) = launched(&lab, &LaunchChoice::student()).await;
    let sam = grade_sam(&lab);
    for (given, expected) in [
        ((Some("Samira Sommer"), Some("Sam"), None), "Samira Sommer"),
        ((None, Some("Sam"), Some("Sommer")), "Sam Sommer"),
        ((None, None, Some("Sommer")), "Sommer"),
        ((None, None, None), sam.username.as_str()),
    ] {
        // The administrator's, which differs from the one that the platform sends.
        let text = |text: Option<&str>| text.map(str::to_owned);
        let (name, given_name, family_name) = given;
        let profile = Profile {
            name: text(name),
            given_name: text(given_name),
            family_name: text(family_name),
            ..sam.profile.clone()
        };
        let account = Account { profile, ..sam.clone() };
        write(&lab, |write| write.update_account(&account, Clock::System.now()));
        assert_eq!(account.display_name(), expected);
        for place in ["members", "grades"] {
            let people = people(&shown(&lab, &tina(), place).await);
            assert!(people.contains(&expected.to_owned()), "{place}: {people:?}");
        }
        let page = browser.get(&location).await.unwrap().body;
        assert!(page.contains(&format!(">{expected}")), "{expected}: {page}");
        for list in ["account list".to_owned(), format!("grade list {RESOURCE}")] {
            let output = ltictl(&lab.database, &list);
            let printed = String::from_utf8(output.stdout).unwrap();
            assert!(printed.contains(expected), "{list}: {printed}");
        }
        let names: Vec<String> = {
            let store = lab.store();
            let resource = store.read().resource(&Slug::new(RESOURCE).unwrap()).unwrap().unwrap();
            let members = store.read().members(resource.id).unwrap();
            members.iter().map(|member| folded(&member.account.display_name())).collect()
        };
        assert!(names.is_sorted(), "{names:?}");
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn times_are_in_the_zone_of_the_person_the_resource_or_the_tool() {
    let lab = Lab::start().await;
    launched(&lab, &LaunchChoice::student()).await;
    grade_sam(&lab);
    shown(&lab, &tina(), "members").await;
    let tina_uses = |zone: Option<&str>| {
        let (store, resource) = (lab.store(), Slug::new(RESOURCE).unwrap());
        let resource = store.read().resource(&resource).unwrap().unwrap();
        let mut members = store.read().members(resource.id).unwrap().into_iter();
        let tina = members.find(|member| member.enrolment.teaches).unwrap().account;
        let profile = Profile { time_zone: zone.map(str::to_owned), ..tina.profile.clone() };
        write(&lab, |write| {
            write.update_account(&Account { profile, ..tina.clone() }, Clock::System.now())
        });
    };
    for (line, own, name, expected) in [
        ("config set time_zone Asia/Kolkata", None, "Asia/Kolkata", "25 Nov 2026, 13:35"),
        (
            "resource update algebra-quiz --default-time-zone America/New_York",
            None,
            "America/New_York",
            "25 Nov 2026, 03:05",
        ),
        ("config list", Some("Europe/Berlin"), "Europe/Berlin", "25 Nov 2026, 09:05"),
    ] {
        let output = ltictl(&lab.database, line);
        assert!(output.status.success(), "{line}: {output:?}");
        tina_uses(own);
        let page = shown(&lab, &tina(), "grades").await;
        assert_eq!(rows(&page)[0][4], expected, "{line}");
        assert!(page.body.contains(&format!("; times in {name}</caption>")), "{line}");
        assert!(page.body.contains("datetime=\"2026-11-25T08:05:09Z\""), "{line}");
    }
    lab.stop().await;
}
