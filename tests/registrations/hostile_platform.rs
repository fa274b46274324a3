//! Several platforms on one tool, one of them hostile: it gets neither another one's access tokens
//! nor its users.

use std::process::Output;
use std::sync::atomic::{AtomicU32, Ordering};

use ltictl::admin::{connect, dynamic, register};
use ltictl::domain::{
    AttemptOutcome, Clock, DeploymentId, InvitationLifetime, Name, Registration, Slug,
};
use ltictl::rules::registration::PlatformChange;
use ltictl::rules::state_key;
use ltictl::sandbox::browser::Page;
use ltictl::sandbox::{self, LaunchChoice, LmsBehaviour, RegistrationChoice, Sandbox, User};
use ltictl::sync::grades::GradeSummary;
use serde_json::{Value, json};

use crate::lab::database::Database;
use crate::lab::{Lab, REGISTRATION, outcome, tool_setup};

/// The slug of the hostile platform's registration.
const HOSTILE: &str = "hostile";
const AGS: &str = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint";

/// The lab's platform, A, and another one, B, which has a draft. Both give their tools the same
/// client ID.
struct Tenants {
    lab: Lab,
    hostile: Sandbox,
    grades: AtomicU32,
}

impl Tenants {
    async fn start() -> Self {
        let lab = Lab::start().await;
        let hostile = Sandbox::start(sandbox::Options::local()).await.unwrap();
        assert_eq!(hostile.client_id(), lab.sandbox.client_id());
        let mut setup = tool_setup(&lab.url, &lab.resource_uuid);
        setup.initiate_login_url = format!("{}/lti/login/{HOSTILE}", lab.url);
        hostile.set_tool(setup);
        register::create(
            &mut lab.store(),
            &Name::new("Hostile").unwrap(),
            None,
            false,
            Clock::System.now(),
        )
        .unwrap();
        Self { lab, hostile, grades: AtomicU32::new(1) }
    }

    /// Registers B as what it is.
    fn connect_honestly(&self) {
        let (mut store, now) = (self.lab.store(), Clock::System.now());
        connect::set_platform(&mut store, &HOSTILE.into(), &self.details(), now).unwrap();
        connect::add_deployment(
            &mut store,
            &HOSTILE.into(),
            DeploymentId::new(self.hostile.deployment_id()).unwrap(),
            None,
            false,
            now,
        )
        .unwrap();
    }

    fn details(&self) -> PlatformChange {
        PlatformChange {
            issuer: Some(self.hostile.issuer().to_owned()),
            client_id: Some(self.hostile.client_id().to_owned()),
            keyset_url: Some(self.hostile.keyset_url()),
            access_token_url: Some(self.hostile.access_token_url()),
            authentication_request_url: Some(self.hostile.authentication_request_url()),
            ..PlatformChange::default()
        }
    }

    /// B opens a registration URL with a configuration in which these members are not its own.
    async fn register_dynamically(&self, members: Value) -> Page {
        let Value::Object(members) = members else { panic!("{members}") };
        self.hostile.claim_configuration(members);
        let mut store = self.lab.store();
        let settings = store.read().settings().unwrap();
        let invitation = dynamic::invite(
            &mut store,
            &HOSTILE.into(),
            InvitationLifetime::default(),
            true,
            Clock::System.now(),
        )
        .unwrap();
        let url = dynamic::registration_url(
            &settings,
            &state_key::state_key(store.read()).unwrap(),
            &invitation,
        );
        let link = self.hostile.registration_link(
            &url,
            RegistrationChoice { behaviour: LmsBehaviour::Moodle, fault: None },
        );
        self.lab.browser.another().get(&link).await.unwrap()
    }

    /// Code, problem and fix of B's newest attempt to register.
    fn failure(&self) -> (String, String, String) {
        match self
            .lab
            .store()
            .read()
            .newest_attempt(self.registration().id)
            .unwrap()
            .unwrap()
            .outcome
        {
            Some(AttemptOutcome::Failed { code, problem, fix }) => (code, problem, fix),
            outcome => panic!("{outcome:?}"),
        }
    }

    fn registration(&self) -> Registration {
        self.lab.store().read().registration(&Slug::new(HOSTILE).unwrap()).unwrap().unwrap()
    }

    /// Runs a command of the program.
    async fn run(&self, arguments: &[&str]) -> (i32, String) {
        let database = self.lab.database.clone();
        let arguments: Vec<String> =
            arguments.iter().map(|argument| (*argument).to_owned()).collect();
        let command = move || -> Output {
            let mut command = crate::lab::binary();
            command.args(arguments).arg("--no-input").env("LTICTL_DB", database).output().unwrap()
        };
        let output = tokio::task::spawn_blocking(command).await.unwrap();
        (
            output.status.code().unwrap(),
            format!(
                "{}{}",
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr)
            ),
        )
    }

    /// `platform set` with all five values of B but for these.
    async fn set(&self, other: &[(&str, &str)], more: &[&str]) -> (i32, String) {
        let mut details = self.details();
        let flags = [
            "--issuer",
            "--client-id",
            "--keyset-url",
            "--access-token-url",
            "--authentication-request-url",
        ];
        let mut arguments = vec!["platform".to_owned(), "set".to_owned(), HOSTILE.to_owned()];
        for (flag, value) in flags.into_iter().zip(details.details_mut()) {
            let value = other
                .iter()
                .find(|(name, _)| *name == flag)
                .map_or_else(|| value.clone().unwrap(), |(_, value)| (*value).to_owned());
            arguments.extend([flag.to_owned(), value]);
        }
        arguments.extend(more.iter().map(|argument| (*argument).to_owned()));
        self.run(&arguments.iter().map(String::as_str).collect::<Vec<_>>()).await
    }

    /// Writes a file beside the database.
    fn file(&self, name: &str, content: &Value) -> String {
        let path = self.lab.path(name);
        std::fs::write(&path, content.to_string()).unwrap();
        path.display().to_string()
    }

    /// Changes platform details of B in the database, where no rule rejects them.
    fn store_details(&self, details: &[(&str, &str)]) {
        for (column, value) in details {
            Database::open(&self.lab.database).set_platform_detail(HOSTILE, column, *value);
        }
    }

    /// A pupil of B comes through a link of the tool, with these claims replaced, and has a grade
    /// that is due.
    async fn launch_from_hostile(&self, patch: Value) {
        let choice = LaunchChoice::of(User::Zoe).patched(patch);
        let page = self.hostile.launch(&mut self.lab.browser.another(), &choice).await.unwrap();
        assert!([200, 303].contains(&page.status), "{}", page.body);
        let launch = self.lab.newest_launch().unwrap();
        assert_eq!(
            (outcome(&launch), launch.registration.as_ref().map(Slug::as_str)),
            ("accepted", Some(HOSTILE))
        );
        self.grade_everybody();
    }

    /// The same at A.
    async fn launch_from_lab(&self, patch: Value) {
        self.lab.launch(&LaunchChoice::student().patched(patch)).await;
        let launch = self.lab.newest_launch().unwrap();
        assert_eq!(
            (outcome(&launch), launch.registration.as_ref().map(Slug::as_str)),
            ("accepted", Some(REGISTRATION))
        );
        self.grade_everybody();
    }

    /// Gives everybody a grade that is not yet at a platform.
    fn grade_everybody(&self) {
        let accounts = self.lab.store().read().accounts().unwrap();
        let score = self.grades.fetch_add(1, Ordering::Relaxed) % 100;
        for account in accounts {
            self.lab.set_grade(account.username.as_str(), Some(f64::from(score) / 10.0));
        }
    }

    async fn sync(&self) -> GradeSummary {
        self.lab.send_grades_again().await
    }

    async fn stop(self) {
        self.hostile.shutdown().await;
        self.lab.stop().await;
    }
}

/// What became of B's grades: the code and the problem.
fn trouble(summary: &GradeSummary) -> Vec<(&str, &str, &str)> {
    summary
        .problems
        .iter()
        .map(|problem| {
            (problem.registration.as_str(), problem.code.as_str(), problem.problem.as_str())
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dynamic_registration_gets_no_other_platforms_token_service() {
    let tenants = Tenants::start().await;
    let token_url = tenants.lab.sandbox.access_token_url();
    let spelled = format!(
        "{}?b=1",
        token_url.replace("localhost", "LOCALHOST").replace("/token", "/x/%2e%2e/token/")
    );
    for claimed in [&token_url, &spelled] {
        let page = tenants.register_dynamically(json!({ "token_endpoint": claimed })).await;
        assert_eq!(page.status, 502, "{}", page.body);
        let (code, problem, fix) = tenants.failure();
        assert_eq!(code, "registered_elsewhere", "{problem}");
        assert!(
            problem.contains(&format!("registration {REGISTRATION} has client ID"))
                && problem.contains(&token_url),
            "{problem}"
        );
        assert!(fix.contains(&format!("ltictl platform set {HOSTILE} --client-id")), "{fix}");
        assert_eq!(tenants.registration().platform, None);
    }
    // The audience that the platform chooses is refused before the tool sends anything.
    let before = tenants.hostile.registration_request();
    let audience = "https://lms-a.example.edu/token";
    let page = tenants.register_dynamically(json!({ "authorization_server": audience })).await;
    assert_eq!(page.status, 502, "{}", page.body);
    let (code, problem, _) = tenants.failure();
    assert_eq!(code, "token_audience_foreign");
    assert!(
        problem.contains(audience) && problem.contains(&tenants.hostile.access_token_url()),
        "{problem}"
    );
    assert_eq!(
        (tenants.registration().platform, tenants.hostile.registration_request()),
        (None, before)
    );
    // What the admin typed has priority over what the platform says, and its own values are
    // accepted, although A has the same client ID.
    let (code, said) = tenants
        .run(&["platform", "set", HOSTILE, "--token-audience", "https://auth-b.example.edu"])
        .await;
    assert_eq!(code, 0, "{said}");
    let page = tenants.register_dynamically(json!({ "authorization_server": audience })).await;
    assert_eq!(page.status, 200, "{}", page.body);
    let policy = tenants.registration().policy;
    assert_eq!(
        (policy.token_audience.as_deref(), policy.audience_confirmed),
        (Some("https://auth-b.example.edu"), true)
    );
    // A registration that is renewed with another token URL does not keep what was typed for the
    // first one.
    let token_url = format!("{}/other", tenants.hostile.issuer());
    let change = json!({ "token_endpoint": token_url, "authorization_server": audience });
    let page = tenants.register_dynamically(change).await;
    assert_eq!(
        (page.status, tenants.failure().0.as_str()),
        (502, "token_audience_foreign"),
        "{}",
        page.body
    );
    tenants.stop().await;
}

/// Platform details of B as a JSON document, with these members replaced.
fn document(tenants: &Tenants, replaced: Value) -> Value {
    let mut details = tenants.details();
    let [issuer, client_id, keyset_url, token_url, auth_url] =
        details.details_mut().map(|value| value.clone().unwrap());
    let mut document = json!({
        "issuer": issuer,
        "client_id": client_id,
        "keyset_url": keyset_url,
        "access_token_url": token_url,
        "authentication_request_url": auth_url,
    });
    document.as_object_mut().unwrap().extend(replaced.as_object().unwrap().clone());
    document
}

/// A manifest with B's registration.
fn manifest(tenants: &Tenants, platform: &Value, policy: Value) -> String {
    let registration = json!({ "platform": platform, "policy": policy });
    tenants.file("manifest.json", &json!({ "registrations": { HOSTILE: registration } }))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_command_gives_two_registrations_one_client_at_one_token_service() {
    let tenants = Tenants::start().await;
    let token_url = tenants.lab.sandbox.access_token_url();
    let named = |said: &str| {
        said.contains(&format!("registration {REGISTRATION} has client ID"))
            && said.contains(&token_url)
    };
    let (code, said) = tenants.set(&[("--access-token-url", &token_url)], &[]).await;
    assert!(code == 4 && named(&said) && said.contains("hint:"), "{code} {said}");
    let (code, said) = tenants.set(&[], &["--token-audience", &token_url]).await;
    assert!(code == 4 && named(&said), "{code} {said}");
    let platform = document(&tenants, json!({ "access_token_url": token_url }));
    let (code, said) =
        tenants.run(&["platform", "import", HOSTILE, &tenants.file("b.json", &platform)]).await;
    assert!(code == 4 && named(&said), "{code} {said}");
    tenants
        .hostile
        .claim_configuration(json!({ "token_endpoint": token_url }).as_object().unwrap().clone());
    let configuration = format!("{}/openid-configuration", tenants.hostile.issuer());
    let client_id = platform["client_id"].as_str().unwrap();
    let (code, said) = tenants
        .run(&["platform", "import", HOSTILE, &configuration, "--client-id", client_id])
        .await;
    assert!(code == 4 && named(&said), "{code} {said}");
    let manifest = manifest(&tenants, &platform, json!({}));
    let (code, said) = tenants.run(&["apply", "-f", &manifest]).await;
    assert!(code == 4 && named(&said), "{code} {said}");
    assert_eq!(tenants.registration().platform, None, "nothing was stored");
    let (code, said) = tenants.set(&[], &[]).await;
    assert_eq!(code, 0, "the same client ID at a token service of its own: {said}");
    let (code, said) = tenants
        .run(&["platform", "set", HOSTILE, "--token-audience", "https://auth-b.example.edu"])
        .await;
    assert!(
        code == 0
            && said.contains(
                "warning: hostile: the token audience \
        https://auth-b.example.edu is not on the host of the token URL"
            ),
        "{code} \
        {said}"
    );
    let (code, said) = tenants
        .run(&["platform", "set", HOSTILE, "--access-token-url", "http://localhost:9/token"])
        .await;
    assert!(
        code == 5
            && said.contains(
                "--access-token-url http://localhost:9/token --token-audience https://auth-b.example.edu"
            ),
        "{code} {said}"
    );
    tenants.stop().await;
}

/// Whether a message names A's registration and both keyset URLs.
fn names_both_keysets(message: &str, tenants: &Tenants) -> bool {
    message.contains(&format!(
        "registration {REGISTRATION} has issuer {} with keyset URL {}",
        tenants.lab.sandbox.issuer(),
        tenants.lab.sandbox.keyset_url()
    )) && message.contains(&tenants.hostile.keyset_url())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_entry_path_takes_an_issuer_with_other_keys() {
    let tenants = Tenants::start().await;
    let issuer = tenants.lab.sandbox.issuer().to_owned();
    let platform = document(&tenants, json!({ "issuer": issuer, "client_id": "b-7" }));
    tenants.hostile.claim_configuration(json!({ "issuer": issuer }).as_object().unwrap().clone());
    let configuration_url = format!("{}/openid-configuration", tenants.hostile.issuer());
    let import = ["platform", "import", HOSTILE];
    let details = tenants.file("b.json", &platform);
    for (outcome, hint) in [
        (
            tenants.set(&[("--issuer", &issuer), ("--client-id", "b-7")], &[]).await,
            "--identity client-id",
        ),
        (tenants.run(&[&import[..], &[&details]].concat()).await, "--identity client-id"),
        (
            tenants.run(&[&import[..], &[&configuration_url, "--client-id", "b-7"]].concat()).await,
            "--identity client-id",
        ),
        (
            tenants.run(&["apply", "-f", &manifest(&tenants, &platform, json!({}))]).await,
            "policy.identity: client-id",
        ),
    ] {
        let (code, message) = outcome;
        assert!(
            code == 4 && names_both_keysets(&message, &tenants) && message.contains(hint),
            "{code} {message}"
        );
    }
    assert_eq!(tenants.registration().platform, None, "nothing was stored");

    // The way out that the hints name.
    let policy = json!({ "identity": "client-id", "token_audience": null });
    let manifest = manifest(&tenants, &platform, policy);
    let (code, message) = tenants.run(&["apply", "-f", &manifest]).await;
    assert_eq!(code, 0, "{message}");
    let (code, message) = tenants.run(&["platform", "set", HOSTILE, "--identity", "issuer"]).await;
    assert!(code == 4 && names_both_keysets(&message, &tenants), "{code} {message}");
    tenants.stop().await;
}

/// The issuer of a known product has its keyset on the product's hosts, also in a document that
/// claims to be of a self-hosted one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_issuer_of_a_known_product_is_only_accepted_with_its_keyset() {
    let tenants = Tenants::start().await;
    for product in ["canvas", "canvas-selfhosted"] {
        let platform = document(
            &tenants,
            json!({
                "issuer": "https://canvas.instructure.com",
                "client_id": "b-7",
                "product": product,
            }),
        );
        let file = tenants.file("canvas.json", &platform);
        let (code, message) = tenants.run(&["platform", "import", HOSTILE, &file]).await;
        assert!(
            code == 5
                && message.contains("sso.canvaslms.com")
                && message.contains("--preset canvas-selfhosted"),
            "{code} {message}"
        );
    }
    let (code, message) = tenants
        .run(&[
            "platform",
            "import",
            HOSTILE,
            "--preset",
            "canvas-selfhosted",
            "--host",
            "canvas.example.edu",
            "--client-id",
            "b-7",
        ])
        .await;
    assert_eq!(code, 0, "the admin says so with the preset: {message}");
    tenants.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_existing_database_with_a_bad_pair_gives_no_tokens_to_the_newer_one() {
    let tenants = Tenants::start().await;
    tenants.connect_honestly();
    tenants.launch_from_lab(json!({})).await;
    tenants.launch_from_hostile(json!({})).await;
    let summary = tenants.sync().await;
    assert_eq!((summary.sent, trouble(&summary).len()), (2, 0), "{summary:?}");
    let (code, said) = tenants.run(&["doctor", "--offline", "--output", "json"]).await;
    assert!(
        !said.contains(r#""check":"separation","subject":"hostile","result":"fail""#),
        "{code} {said}"
    );
    let token_url = tenants.lab.sandbox.access_token_url();
    for details in [
        &[("access_token_url", token_url.as_str())][..],
        &[
            ("access_token_url", tenants.hostile.access_token_url().as_str()),
            ("token_audience", &token_url),
            ("audience_confirmed", "0"),
        ],
        &[("token_audience", "https://lms-a.example.edu")],
    ] {
        tenants.store_details(details);
        tenants.lab.sandbox.clear_service_log();
        tenants.hostile.clear_service_log();
        tenants.grade_everybody();
        let summary = tenants.sync().await;
        assert!(
            matches!(trouble(&summary)[..], [(HOSTILE, "token_withheld", _)]),
            "{details:?}: {summary:?}"
        );
        assert_eq!(tenants.hostile.service_log().calls, [], "B receives no request");
        let (code, said) = tenants.run(&["doctor", "--offline", "--output", "table"]).await;
        assert!(code == 7 && said.contains("separation (hostile)"), "{details:?}: {code} {said}");
    }
    tenants.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_goes_to_no_host_of_another_platform() {
    let tenants = Tenants::start().await;
    tenants.connect_honestly();
    // A's grades lie on a host of its own, beside that of its issuer, and B names that host, or A's
    // issuer, in its launches.
    let port = tenants.lab.sandbox.local_addr().port();
    let own = format!("http://127.0.0.1:{port}");
    tenants.launch_from_lab(json!({})).await;
    let claims = |base: &str| {
        json!({ AGS: {
            "lineitem": format!("{base}/services/2/lineitems/21/lineitem?type_id=1"),
            "lineitems": format!("{base}/services/2/lineitems?type_id=1"),
        } })
    };
    tenants.launch_from_lab(claims(&own)).await;
    for base in [own.as_str(), tenants.lab.sandbox.issuer()] {
        tenants.lab.sandbox.clear_service_log();
        tenants.launch_from_hostile(claims(base)).await;
        let summary = tenants.sync().await;
        let [(HOSTILE, "token_withheld", problem)] = trouble(&summary)[..] else {
            panic!("{summary:?}")
        };
        assert!(
            problem.contains(base) && problem.contains(&format!("registration {REGISTRATION}")),
            "{problem}"
        );
        assert!(summary.sent > 0, "A's own grades go to its host all the same: {summary:?}");
        let (code, said) = tenants.run(&["doctor", HOSTILE, "--offline"]).await;
        assert!(code == 7 && said.contains("service_hosts (hostile)"), "{code} {said}");
        let (code, said) = tenants.run(&["doctor", REGISTRATION, "--offline"]).await;
        assert!(!said.contains("service_hosts (test-platform)"), "{code} {said}");
    }
    // Nor without encryption, or to a host that no launch has named.
    tenants.launch_from_hostile(claims("http://lms-b.example.edu")).await;
    let summary = tenants.sync().await;
    assert!(matches!(trouble(&summary)[..], [(HOSTILE, "out_of_reach", _)]), "{summary:?}");
    Database::open(&tenants.lab.database).delete_service_origin("http://lms-b.example.edu");
    let summary = tenants.sync().await;
    let [(HOSTILE, "token_withheld", problem)] = trouble(&summary)[..] else {
        panic!("{summary:?}")
    };
    assert!(
        problem.contains("no launch of hostile has named http://lms-b.example.edu"),
        "{problem}"
    );
    tenants.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn registrations_of_one_platform_share_its_hosts() {
    let tenants = Tenants::start().await;
    // A second client ID at A, whose launches name the same host for grades.
    let lab = &tenants.lab;
    let change = PlatformChange {
        issuer: Some(lab.sandbox.issuer().to_owned()),
        client_id: Some("second-client".to_owned()),
        keyset_url: Some(lab.sandbox.keyset_url()),
        access_token_url: Some(lab.sandbox.access_token_url()),
        authentication_request_url: Some(lab.sandbox.authentication_request_url()),
        ..PlatformChange::default()
    };
    let now = Clock::System.now();
    connect::set_platform(&mut lab.store(), &HOSTILE.into(), &change, now).unwrap();
    let own = lab.sandbox.issuer().replace("localhost", "127.0.0.1");
    let line_item = format!("{own}/services/2/lineitems/21/lineitem?type_id=1");
    tenants.launch_from_lab(json!({ AGS: { "lineitem": line_item } })).await;
    let summary = tenants.sync().await;
    assert_eq!((summary.sent, trouble(&summary).len()), (1, 0), "{summary:?}");
    let second = tenants.registration();
    let store = lab.store();
    let claim = store
        .read()
        .foreign_origin(second.id, second.platform.as_ref().unwrap(), false, &own, i64::MAX)
        .unwrap();
    assert_eq!(claim, None);
    tenants.stop().await;
}
