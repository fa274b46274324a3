//! Manifests with a real database: round trips, hostile documents, and the contents of plans.

use std::path::PathBuf;

use jiff::Timestamp;
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::domain::{
    Account, AccountOrigin, Client, ClientAuthMethod, ClientId, ClientKey, CrossSite, Deployment,
    DeploymentId, DeploymentPolicy, EndpointUrl, EnrolmentRules, ExtraClaims, Guests, Handover,
    Identity, Issuer, MaxGrade, MemberSync, Name, NoticePolicy, PlatformDetails, PlatformEmail,
    PlatformPolicy, Profile, PublicUrl, Random, RedirectUris, Registration, Resource, ResourceKind,
    Slug, Target, TargetUrl, Username,
};
use crate::failure::Failure;
use crate::rules::settings;
use crate::store::{CreatedBy, Store};

fn now() -> Timestamp {
    "2026-11-23T17:00:00Z".parse().unwrap()
}

struct Database {
    _directory: tempfile::TempDir,
    store: Store,
}

fn fresh(seed: u64) -> Database {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("ltictl.db");
    // Creating a signing key is slow, and manifests contain none.
    let mut store = Store::create(&path).unwrap();
    let settings = crate::domain::Settings::new(
        PublicUrl::new(&format!("https://tool{seed}.example.edu"), false).unwrap(),
        Name::new("Fresh").unwrap(),
    );
    store.write(|write| write.save_settings(&settings)).unwrap();
    Database { _directory: directory, store }
}

fn source(text: &str) -> Source {
    Source { name: "lti.yaml".into(), text: text.into(), directory: None }
}

fn apply_text(store: &mut Store, text: &str, prune: bool) -> Result<Plan, Failure> {
    let sources = [source(text)];
    let manifest = read(&sources, None);
    store.write(|write| {
        let plan = plan(**write, &manifest, prune, now(), &Random::System)?;
        apply(write, &plan, now(), &Random::System)?;
        Ok(plan)
    })
}

fn problems(text: &str) -> String {
    apply_text(&mut fresh(1).store, text, false)
        .map(|plan| panic!("{text:?} is taken: {plan:?}"))
        .unwrap_err()
        .why
}

fn yaml(store: &Store) -> String {
    let options = serde_saphyr::ser_options! { prefer_block_scalars: false };
    let mut text = String::new();
    serde_saphyr::to_fmt_writer_with_options(
        &mut text,
        &export(store.read(), Extent::Everything).unwrap(),
        options,
    )
    .unwrap();
    text
}

fn json(store: &Store) -> String {
    serde_json::to_string_pretty(&export(store.read(), Extent::Everything).unwrap()).unwrap()
}

/// Text that looks like another type without quotes, and realistic text.
const ODD: [&str; 40] = [
    "null",
    "~",
    "true",
    "no",
    "On",
    "1",
    "-1",
    "0x1F",
    "0o17",
    "1e3",
    ".inf",
    ".nan",
    "1_000",
    "12:30:45",
    "2026-09-01",
    "a: b",
    "a:",
    ": a",
    "- a",
    "-",
    "?",
    "# a",
    "a #b",
    "'",
    "\"",
    "it's",
    "{a}",
    "[a",
    "]",
    "!tag",
    "&a",
    "*a",
    "%a",
    "@a",
    "`a",
    "|",
    ">",
    "a\\b",
    "École 学校 🎓",
    "=",
];

fn odd_text() -> impl Strategy<Value = String> {
    prop_oneof![select(&ODD[..]).prop_map(str::to_owned), "\\PC{1,30}", "[ -~]{1,200}"]
        .prop_map(|text| text.trim().to_owned())
}

fn name() -> impl Strategy<Value = Name> {
    odd_text().prop_filter_map("no name", |text| Name::new(&text).ok())
}

fn profile_text() -> impl Strategy<Value = Option<String>> {
    of(name().prop_map(|name| name.to_string()))
}

fn slug() -> impl Strategy<Value = Slug> {
    "[a-z0-9]{1,8}(-[a-z0-9]{1,4}){0,2}".prop_map(|text| Slug::new(&text).unwrap())
}

fn policy() -> impl Strategy<Value = PlatformPolicy> {
    let algorithms = select(vec!["RS256", "ES256", "RS256,PS512", "RS384,ES384"])
        .prop_map(|names| names.parse().unwrap());
    let origins = vec(
        select(vec![
            "https://a.example.edu",
            "https://*.example.edu",
            "https://b.example.edu:8443",
        ])
        .prop_map(str::to_owned),
        0..3,
    );
    let identity = of(select(vec![Identity::Issuer, Identity::ClientId, Identity::Deployment]));
    let lists = (algorithms, select(vec!["Instructor", "TeachingAssistant,Mentor"]));
    (profile_text(), lists, any::<[bool; 6]>(), 0..=300_u16, origins, identity).prop_map(
        |(
            token_audience,
            (algorithms, staff_roles),
            [accept, allow_anonymous, allow_http, allow_private_network, is_verified, is_noticed],
            leeway_seconds,
            frame_ancestors,
            identity,
        )| {
            PlatformPolicy {
                audience_confirmed: token_audience.is_some(),
                token_audience,
                algorithms,
                deployments: if accept {
                    DeploymentPolicy::Accept
                } else {
                    DeploymentPolicy::Known
                },
                leeway_seconds,
                staff_roles: staff_roles.parse().unwrap(),
                allow_anonymous,
                allow_http,
                allow_private_network,
                frame_ancestors,
                email: match is_verified {
                    true => PlatformEmail::Verified,
                    false => PlatformEmail::Unverified,
                },
                notices: match is_noticed {
                    true => NoticePolicy::On,
                    false => NoticePolicy::Off,
                },
                identity,
            }
        },
    )
}

fn registration() -> impl Strategy<Value = (Registration, Vec<Deployment>)> {
    let deployments = vec((name(), of(name())), 0..4);
    // Text that the rules of tenancy always accept: ASCII without a colon.
    let client_id = "[!-9;-~]([ -9;-~]{0,20}[!-9;-~])?";
    (
        slug(),
        name(),
        any::<bool>(),
        of(client_id),
        policy(),
        of(Just("moodle")),
        any::<bool>(),
        deployments,
    )
        .prop_map(
            |(slug, name, enabled, client, policy, product, has_configuration, deployments)| {
                let url = |path: &str| {
                    EndpointUrl::new(
                        "URL",
                        &format!(
                            "{}://{slug}.example.edu/{path}",
                            if policy.allow_http { "http" } else { "https" }
                        ),
                        true,
                    )
                    .unwrap()
                };
                let platform = client.map(|client| PlatformDetails {
                    issuer: Issuer::new(&format!("https://{slug}.example.edu"), false).unwrap(),
                    client_id: ClientId::new(&client).unwrap(),
                    keyset_url: url("keys?a=1&b=%20"),
                    access_token_url: url("token"),
                    authentication_request_url: url("auth"),
                });
                let registration = Registration {
                    enabled,
                    configuration_url: has_configuration
                        .then(|| url(".well-known/openid-configuration")),
                    product: product.map(|product| crate::domain::Product::new(product).unwrap()),
                    platform,
                    policy,
                    ..Registration::draft(slug, name, now())
                };
                let mut known = Vec::<Deployment>::new();
                for (id, name) in deployments {
                    let deployment_id = DeploymentId::new(id.as_str()).unwrap();
                    if known.iter().all(|known| known.deployment_id != deployment_id) {
                        known.push(Deployment { deployment_id, name });
                    }
                }
                (registration, known)
            },
        )
}

fn description() -> impl Strategy<Value = Option<String>> {
    of(prop_oneof![odd_text(), "[a-z\"'#: ]{1,20}(\n[ -~]{0,20}){1,4}"]
        .prop_map(|text| text.trim().to_owned()))
    .prop_map(|text| text.filter(|text| !text.is_empty()))
}

fn target() -> impl Strategy<Value = Target> {
    select(vec![
        "",
        "https://app.example.edu/start?a=b",
        "http://app.example.edu",
        "http://localhost:9",
    ])
    .prop_map(|url| {
        if url.is_empty() { Target::Page } else { Target::App(TargetUrl::new(url, true).unwrap()) }
    })
}

fn enrolment_rules() -> impl Strategy<Value = EnrolmentRules> {
    (
        of((0_i64..4_000_000_000_000, 1_i64..1_000_000_000)),
        of(60_u32..3650 * 86_400),
        of(any::<u32>()),
    )
        .prop_map(|(moments, duration, maximum)| EnrolmentRules {
            start: moments.map(|(start, _)| Timestamp::from_millisecond(start).unwrap()),
            end: moments
                .map(|(start, length)| Timestamp::from_millisecond(start + length).unwrap()),
            duration: duration
                .map(|seconds| crate::domain::duration::describe(seconds).parse().unwrap()),
            maximum,
        })
}

fn resource() -> impl Strategy<Value = Resource> {
    (
        slug(),
        name(),
        description(),
        any::<[bool; 4]>(),
        target(),
        of(1_u32..1_000_000),
        enrolment_rules(),
        profile_text(),
    )
        .prop_map(
            |(
                slug,
                name,
                description,
                [is_course, published, completion_required, off],
                target,
                grade,
                enrolment,
                institution,
            )| {
                let mut resource = Resource::new(slug, Random::System.uuid(), name, now());
                resource.description = description;
                resource.kind =
                    if is_course { ResourceKind::Course } else { ResourceKind::Activity };
                resource.target = target;
                if let (true, Target::App(url)) = (off, &resource.target) {
                    resource.target = Target::App(url.normalized());
                    // Half of them have a client.
                    (resource.app.handover, resource.app.token_header) = match completion_required {
                        true => (Handover::Openid, false),
                        false => (Handover::Headers, published),
                    };
                    resource.app.guests = Guests::Allow;
                    if !completion_required && off {
                        resource.app.omit_headers = "Remote-Name,X-Lti-Roles".parse().unwrap();
                        resource.app.cross_site = CrossSite::Allow;
                    }
                    resource.app.allow_role = "staff".parse().unwrap();
                }
                resource.max_grade =
                    grade.map(|grade| MaxGrade::new(f64::from(grade) / 8.0).unwrap());
                resource.member_sync = if off { MemberSync::Off } else { MemberSync::EnrolNew };
                resource.enrolment = enrolment;
                resource.completion_required = completion_required;
                resource.extra_credit = off;
                resource.defaults.institution = institution;
                resource.defaults.time_zone = off.then(|| "Europe/Lisbon".to_owned());
                resource.published = published;
                resource
            },
        )
}

fn account() -> impl Strategy<Value = (Account, Vec<usize>)> {
    let username = "[a-z0-9][a-z0-9._@-]{0,12}".prop_map(|text| Username::new(&text).unwrap());
    let origin = select(vec![AccountOrigin::Admin, AccountOrigin::Launch, AccountOrigin::Sync]);
    (
        username,
        profile_text(),
        profile_text(),
        any::<[bool; 3]>(),
        origin,
        vec(any::<usize>(), 0..4),
    )
        .prop_map(
            |(username, name, institution, [enabled, grants_all, has_email], origin, grants)| {
                let email = has_email.then(|| format!("{username}+x@example.edu"));
                let profile = Profile {
                    name,
                    institution,
                    email,
                    locale: Some("pt-BR".into()),
                    ..Profile::default()
                };
                let account = Account {
                    enabled,
                    grants_all,
                    origin,
                    ..Account::by_admin(username, Random::System.uuid(), profile, now())
                };
                (account, grants)
            },
        )
}

type Content = (Vec<(Registration, Vec<Deployment>)>, Vec<Resource>, Vec<(Account, Vec<usize>)>);

/// Stores the content in a database, only the first of each slug and username.
fn fill(store: &mut Store, (registrations, resources, accounts): &Content) {
    store
        .write(|write| {
            for (registration, deployments) in registrations {
                if write.registration(&registration.slug)?.is_none() {
                    let id = write.add_registration(registration, CreatedBy::Hand)?;
                    for deployment in deployments {
                        write.insert_deployment(id, deployment, now())?;
                    }
                }
            }
            let slugs = write.registration_slugs()?;
            for (number, resource) in resources.iter().enumerate() {
                let mut resource = resource.clone();
                if resource.kind == ResourceKind::Activity && number % 2 == 0 {
                    let course = write
                        .resources()?
                        .into_iter()
                        .find(|other| other.kind == ResourceKind::Course);
                    resource.course = course.map(|course| course.slug);
                }
                if number % 3 == 0 {
                    resource.registrations = Some(slugs.iter().take(number).cloned().collect());
                }
                if write.resource(&resource.slug)?.is_none() {
                    write.insert_resource(&resource)?;
                }
            }
            let resources = write.resources()?;
            for resource in resources.iter().filter(|one| one.app.handover == Handover::Openid) {
                write.insert_client(&client(resource), CreatedBy::Hand)?;
            }
            for (account, grants) in accounts {
                if write.account(&account.username)?.is_none() {
                    let id = write.insert_account(account)?;
                    for grant in grants.iter().filter(|_| !resources.is_empty()) {
                        write.insert_grant(id, resources[grant % resources.len()].id)?;
                    }
                }
            }
            Ok::<_, crate::store::Error>(())
        })
        .unwrap();
}

/// A client whose settings depend on its resource.
fn client(resource: &Resource) -> Client {
    let (id, key) = (resource.id, ClientKey::generate(&Random::System));
    let place = (id, resource.slug.clone());
    let mut client = Client::new(resource.slug.clone(), resource.name.clone(), key, place, now());
    let uris = ["https://app.example.edu/cb?a=%2F", "http://localhost:9/cb"];
    client.redirect_uris = RedirectUris::new("u", &uris).unwrap();
    if resource.published {
        client.auth_method = ClientAuthMethod::None;
        client.post_logout_redirect_uris =
            RedirectUris::new("u", &["org.example.app:/bye"]).unwrap();
    } else {
        client.may_score = true;
        client.require_pkce = resource.extra_credit;
        client.claims = ExtraClaims::from_pairs(&["a:b=groups".to_owned()]).unwrap();
        client.login_url =
            Some(EndpointUrl::new("u", "https://app.example.edu/in", false).unwrap());
    }
    client.enabled = resource.kind == ResourceKind::Course;
    client
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn exports_survive_a_round_trip(content in (vec(registration(), 0..4), vec(resource(), 0..5), vec(account(), 0..4))) {
        let (mut first, mut second, mut third) = (fresh(1), fresh(2), fresh(3));
        fill(&mut first.store, &content);
        let (as_yaml, as_json) = (yaml(&first.store), json(&first.store));
        apply_text(&mut second.store, &as_yaml, false).map_err(|failure| TestCaseError::fail(format!("{failure}\n{as_yaml}")))?;
        apply_text(&mut third.store, &as_json, false).map_err(|failure| TestCaseError::fail(format!("{failure}\n{as_json}")))?;
        prop_assert_eq!(&yaml(&second.store), &as_yaml);
        prop_assert_eq!(&json(&third.store), &as_json);
        for store in [&mut first.store, &mut second.store] {
            prop_assert_eq!(apply_text(store, &as_yaml, true).unwrap().changes.len(), 0);
        }
    }

    #[test]
    fn arbitrary_documents_never_panic(text in "(\\PC|\n|[-:{}\\[\\],&*!|>'\"%@`#? \
        ]|registrations|policy|<<|- ){0,120}") {
        let sources = [source(&text)];
        let _ = plan(fresh(1).store.read(), &read(&sources, None), true, now(), &Random::System);
    }
}

#[test]
fn nesting_and_aliases_are_limited() {
    let mut bomb = String::from("a: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        bomb +=
            &format!("b{level}: &a{level} [{}]\n", vec![format!("*a{}", level - 1); 10].join(", "));
    }
    assert!(problems(&bomb).contains("aliases stand for more than 1000000 values"));
    for text in [
        format!("a: {}", "[".repeat(100_000)),
        (0..1000).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect(),
    ] {
        let problems = problems(&text);
        assert!(problems.starts_with("lti.yaml:"), "{problems}");
    }
    assert!(problems("a: &a [*a]").contains("1:8"), "{}", problems("a: &a [*a]"));
    // Only the first ten thousand problems are reported.
    let mistakes: String = (0..20_000).map(|number| format!("x{number}: 1\n")).collect();
    assert!(problems(&mistakes).ends_with("and 10000 more"));
}

/// Manifests, and a line among their problems.
const PROBLEMS: &[(&str, &str)] = &[
    ("", "lti.yaml:1:1: it is empty; an empty manifest is {}"),
    ("# nothing\n---\n# nothing", "lti.yaml:1:1: it is empty; an empty manifest is {}"),
    ("- a", "lti.yaml:1:1: must be a mapping, not a list"),
    ("registrations: [a]", "lti.yaml:1:16: registrations: must be a mapping, not a list"),
    (
        "registratons: {}",
        "lti.yaml:1:1: registratons: is not a known key (did you mean \
             registrations?)",
    ),
    (
        "registrations:\n  a:\n    enabled: yes",
        "lti.yaml:3:14: registrations.a.enabled: must be true or false, not \"yes\"",
    ),
    (
        "registrations:\n  a: {name: null}",
        "lti.yaml:2:13: registrations.a.name: must be text, not null",
    ),
    (
        "registrations:\n  a: {name: 010}",
        "lti.yaml:2:13: registrations.a.name: must be text, which needs quotes here: \"010\"",
    ),
    (
        "registrations:\n  a: {policy: {leeway_seconds: 70000}}",
        "lti.yaml:2:32: registrations.a.policy.leeway_seconds: must be a whole number from 0 \
             to 65535, not \"70000\"",
    ),
    (
        "registrations:\n  a: {policy: {leeway_seconds: \"60\"}}",
        "lti.yaml:2:32: registrations.a.policy.leeway_seconds: must be a whole number from 0 \
             to 65535, not \"60\"",
    ),
    (
        "registrations: {a: {policy: {frame_ancestors: null}}}",
        "lti.yaml:1:47: registrations.a.policy.frame_ancestors: must be a list, not null",
    ),
    (
        "resources: {a: {kind: corse}}",
        "lti.yaml:1:23: resources.a.kind: must be one of course, activity (did you mean \
             course?)",
    ),
    (
        "resources: {a: {course: b}, b: {}}",
        "lti.yaml:1:17: resources.a.course: course must name a course, and b is not one",
    ),
    (
        "resources: {a: {course: a}}",
        "lti.yaml:1:17: resources.a.course: course must name a course, and a is not one",
    ),
    (
        "resources: {a: {kind: course, course: b}, b: {kind: course}}",
        "lti.yaml:1:17: resources.a.kind: course must not be given for a course: only an \
             activity belongs to one",
    ),
    (
        "resources: {a: {registrations: [b, c]}}\nregistrations: {b: {}}",
        "lti.yaml:1:36: resources.a.registrations[1]: no registration \"c\": no registration \
             has a similar name",
    ),
    (
        "settings: {url: http://tool.example.edu}",
        "lti.yaml:1:12: settings.url: url must start with https:// (http:// is for localhost, \
             or with allow_http: true)",
    ),
    (
        "settings: {name: A}\n---\nsettings: {name: B}",
        "lti.yaml:3:12: settings.name: is already listed at lti.yaml:1:12",
    ),
    (
        "accounts: {Tina: {}, tina: {}}",
        "lti.yaml:1:22: accounts.tina: is already listed at lti.yaml:1:12",
    ),
    ("a: !custom x", "lti.yaml:1:12: the tag !custom is not supported"),
    (
        "{\"settings\": {\"name\": \"\\ud83d\\ude00\", \"x\": 1}}",
        "lti.yaml:1:39: settings.x: is not a known key",
    ),
    (
        "{\"settings\": {\"name\":\n\t\t5}}",
        "lti.yaml:2:3: settings.name: must be text, which needs quotes here: \"5\"",
    ),
];

#[test]
fn every_problem_is_reported_with_its_position() {
    for (text, expected) in PROBLEMS {
        let problems = problems(text);
        assert!(
            problems.lines().any(|line| line == *expected),
            "{text:?} gives\n{problems}\nand not\n{expected}"
        );
    }
}

#[test]
fn problems_of_all_documents_are_reported_in_order() {
    let text = "registrations:\n  a: {nme: A}\n---\nresources:\n  b: {course: c}\naccounts:\n  d: \
        {grants: {resources: [e]}}\n";
    let positions: Vec<String> = problems(text)
        .lines()
        .map(|line| line.split(": ").take(2).collect::<Vec<_>>().join(" "))
        .collect();
    assert_eq!(
        positions,
        [
            "lti.yaml:2:7 registrations.a.nme",
            "lti.yaml:5:7 resources.b.course",
            "lti.yaml:7:28 accounts.d.grants.resources[0]"
        ]
    );
}

#[test]
fn anchors_and_merge_keys_save_repetition() {
    let mut database = fresh(1);
    let text = "registrations:\n  a:\n    policy: &strict {leeway_seconds: 10, allow_anonymous: \
        true}\n  b: {policy: *strict}\n  c:\n    policy:\n      <<: *strict\n      leeway_seconds: \
        20\n";
    apply_text(&mut database.store, text, false).unwrap();
    let policies = ["a", "b", "c"].map(|slug| {
        database.store.read().registration(&Slug::new(slug).unwrap()).unwrap().unwrap().policy
    });
    assert_eq!(policies.each_ref().map(|policy| policy.leeway_seconds), [10, 10, 20]);
    assert!(policies.iter().all(|policy| policy.allow_anonymous));
}

#[test]
fn variables_cannot_change_the_structure() {
    let sources = [source(
        "registrations:\n  ${SLUG}: {}\n  a: {name: '${NAME}', policy: {leeway_seconds: \
         '${LEEWAY}'}}\n  b: {name: '${MISSING}'}\n",
    )];
    let environment = |name: &str| match name {
        "NAME" => Some("x, enabled: false}\nresources: {y: {}".to_owned()),
        "LEEWAY" => Some("30".to_owned()),
        _ => None,
    };
    let manifest = read(&sources, Some(&environment));
    let problems =
        plan(fresh(1).store.read(), &manifest, false, now(), &Random::System).unwrap_err().why;
    let lines: Vec<&str> = problems.lines().collect();
    assert_eq!(lines.len(), 3, "{problems}");
    assert!(
        lines[0].starts_with("lti.yaml:2:3: registrations.${SLUG}: slug must"),
        "keys are not looked at: {problems}"
    );
    assert!(
        lines[1].ends_with("name must not contain control characters, such as U+000A"),
        "what looks like structure is text: {problems}"
    );
    assert!(lines[2].ends_with("the environment variable MISSING is not set"), "{problems}");
}

#[test]
fn omitted_keys_are_not_changed() {
    let mut database = fresh(1);
    let store = &mut database.store;
    let full = "registrations:\n  a:\n    name: A\n    enabled: false\n    product: moodle\n    \
        openid_configuration_url: https://a.example.edu/c\n    platform: {issuer: \
        https://a.example.edu, client_id: c, keyset_url: https://a.example.edu/k, \
        access_token_url: https://a.example.edu/t, authentication_request_url: \
        https://a.example.edu/a}\n    deployments: [{deployment_id: '1', name: One}]\nresources: \
        {r: {description: D, max_grade: 5, uuid: 0190f6a4-5f3c-4a7e-9a53-6a2a4c7d9e10}}\naccounts: \
        {t: {name: T, grants: {all: true, resources: [r]}}}\n";
    apply_text(store, full, false).unwrap();
    let before = yaml(store);
    for nothing in [
        "registrations: {a: {}}",
        "registrations:\n  a:\n",
        "registrations: {a: {deployments: []}}",
        "resources: {r: {}}\naccounts: {t: {}}",
        "{}",
    ] {
        assert_eq!(apply_text(store, nothing, false).unwrap().changes.len(), 0, "{nothing}");
    }
    assert_eq!(yaml(store), before);
    let changed = "registrations: {a: {platform: {client_id: d}, deployments: [{deployment_id: \
        '1'}, {deployment_id: '2'}]}}\nresources: {r: {max_grade: null}}";
    assert_eq!(apply_text(store, changed, false).unwrap().changes.len(), 3);
    let after = yaml(store);
    let expected = before
        .replace("client_id: c\n", "client_id: d\n")
        .replace("max_grade: 5\n", "max_grade: null\n");
    let expected = expected.replace(
        "      name: One\n",
        "      name: One\n    - deployment_id: \"2\"\n      name: null\n",
    );
    assert_eq!(after, expected);
}

#[test]
fn unique_values_may_be_exchanged_but_not_shared() {
    let mut database = fresh(1);
    let store = &mut database.store;
    let platform = |client: &str| {
        format!(
            "{{issuer: https://a.example.edu, client_id: {client}, keyset_url: \
             https://a.example.edu/k, access_token_url: https://a.example.edu/t, \
             authentication_request_url: https://a.example.edu/a}}"
        )
    };
    let two = |one: &str, other: &str| {
        format!(
            "registrations: {{a: {{platform: {}}}, b: {{platform: {}}}}}",
            platform(one),
            platform(other)
        )
    };
    assert!(
        apply_text(store, &two("x", "x"), false)
            .unwrap_err()
            .why
            .contains("registrations.b.platform.client_id: this client ID is already registered")
    );
    apply_text(store, &two("x", "y"), false).unwrap();
    assert_eq!(apply_text(store, &two("y", "x"), false).unwrap().count(Action::Update), 2);
    let client = |slug: &str| {
        store
            .read()
            .registration(&Slug::new(slug).unwrap())
            .unwrap()
            .unwrap()
            .platform
            .unwrap()
            .client_id
            .to_string()
    };
    assert_eq!((client("a"), client("b")), ("y".to_owned(), "x".to_owned()));
    // A third registration takes over what an existing one gives up.
    let text = format!(
        "registrations: {{a: {{platform: {{client_id: z}}}}, c: {{platform: {}}}}}",
        platform("y")
    );
    apply_text(&mut database.store, &text, false).unwrap();
    let taken = apply_text(
        &mut database.store,
        &format!("registrations: {{d: {{platform: {}}}}}", platform("y")),
        false,
    )
    .unwrap_err();
    assert_eq!(taken.kind, crate::failure::Kind::Conflict);
}

#[test]
fn uuids_and_origins_are_immutable_and_unique() {
    let mut database = fresh(1);
    let store = &mut database.store;
    let uuid = "0190f6a4-5f3c-4a7e-9a53-6a2a4c7d9e10";
    apply_text(
        store,
        &format!("resources: {{r: {{uuid: {uuid}}}}}\naccounts: {{t: {{uuid: {uuid}}}}}"),
        false,
    )
    .unwrap();
    for text in [
        format!("resources: {{s: {{uuid: {uuid}}}}}"),
        format!("accounts: {{s: {{uuid: {uuid}}}}}"),
        "resources: {r: {uuid: 0190f6a4-5f3c-4a7e-9a53-6a2a4c7d9e11}}".to_owned(),
        "accounts: {t: {uuid: 0190f6a4-5f3c-4a7e-9a53-6a2a4c7d9e11}}".to_owned(),
        "accounts: {t: {origin: launch}}".to_owned(),
    ] {
        assert_eq!(
            apply_text(store, &text, false).unwrap_err().kind,
            crate::failure::Kind::Conflict,
            "{text}"
        );
    }
    assert_eq!(
        apply_text(store, &format!("resources: {{r: {{uuid: {}}}}}", uuid.to_uppercase()), false)
            .unwrap()
            .changes
            .len(),
        0
    );
}

/// A manifest with a registration that already exists, and another one.
const BY_HAND_AND_MADE: &str = "registrations: {hand: {deployments: [{deployment_id: '1'}]}, made: \
    {deployments: [{deployment_id: '1'}]}}\nresources: {c: {kind: course}, a: {course: c}, b: \
    {}}\naccounts: {t: {}}";

/// A database in which a registration was created by hand, and all else by a manifest.
fn by_hand_and_made() -> Database {
    let mut database = fresh(1);
    let hand = Registration::draft(Slug::new("hand").unwrap(), Name::new("Hand").unwrap(), now());
    fill(&mut database.store, &(vec![(hand, Vec::new())], Vec::new(), Vec::new()));
    apply_text(&mut database.store, BY_HAND_AND_MADE, false).unwrap();
    database
}

fn planned_pruning(store: &Store, text: &str) -> Result<Plan, Failure> {
    plan(store.read(), &read(&[source(text)], None), true, now(), &Random::System)
}

/// The kind and the key of each change.
fn keys(plan: &Plan) -> Vec<String> {
    plan.changes
        .iter()
        .map(|change| format!("{} {}", change.kind(), change.key().unwrap_or_default()))
        .collect()
}

#[test]
fn pruning_deletes_only_what_manifests_created() {
    let mut database = by_hand_and_made();
    let store = &mut database.store;
    assert_eq!(keys(&planned_pruning(store, BY_HAND_AND_MADE).unwrap()), Vec::<String>::new());
    assert_eq!(
        keys(
            &planned_pruning(
                store,
                "registrations: {hand: {deployments: []}}\nresources: {b: {}}\naccounts: {}"
            )
            .unwrap()
        ),
        ["account t", "resource a", "resource c", "deployment 1", "registration made"],
        "the registration that was created by hand is kept, but not the deployment of a manifest"
    );
    // An activity that is removed from its course is kept.
    let plan = apply_text(
        store,
        "registrations: {hand: {deployments: []}}\nresources: {a: {course: null}}\naccounts: {}",
        true,
    )
    .unwrap();
    assert_eq!(
        keys(&plan),
        [
            "resource a",
            "account t",
            "resource b",
            "resource c",
            "deployment 1",
            "registration made"
        ]
    );
    assert_eq!(
        (store.read().registration_slugs().unwrap(), store.read().resource_slugs().unwrap()),
        (vec![Slug::known("hand")], vec![Slug::known("a")])
    );
    assert!(settings::get(&store.read().settings().unwrap(), "name").is_ok());
}

#[test]
fn pruning_deletes_a_course_with_its_activities_but_not_without_them() {
    let database = by_hand_and_made();
    for (text, expected) in [
        ("resources: {a: {}}", "the activity a belongs to it, and is kept"),
        ("resources: {a: {course: c}}", "resources.a.course: no resource \"c\""),
    ] {
        let failure = planned_pruning(&database.store, text).unwrap_err();
        assert!(failure.why.contains(expected), "{text}: {}", failure.why);
    }
}

#[test]
fn directories_are_relative_to_the_manifest() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::create_dir(directory.path().join("site")).unwrap();
    let mut database = fresh(1);
    let sources = [Source {
        directory: Some(PathBuf::from(directory.path())),
        ..source("resources: {a: {target: site}, b: {target: page}}")
    }];
    let manifest = read(&sources, None);
    let plan = database.store.write(|write| {
        let plan = plan(**write, &manifest, false, now(), &Random::System)?;
        apply(write, &plan, now(), &Random::System)?;
        Ok::<_, Failure>(plan)
    });
    assert_eq!(plan.unwrap().changes.len(), 2);
    let target = database.store.read().resource(&Slug::new("a").unwrap()).unwrap().unwrap().target;
    assert_eq!(target, Target::Directory(directory.path().join("site").canonicalize().unwrap()));
    // What is stored is not checked again.
    let exported = yaml(&database.store);
    std::fs::remove_dir(directory.path().join("site")).unwrap();
    assert_eq!(apply_text(&mut database.store, &exported, false).unwrap().changes.len(), 0);
}
