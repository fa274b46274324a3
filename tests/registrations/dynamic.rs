//! Dynamic registration over real HTTP, from the URL that a command prints to a launch: every
//! behaviour of the test platform, and everything that can fail.

use ltictl::admin::dynamic::{self, RegistrationStatus};
use ltictl::admin::{connect, register, setup};
use ltictl::domain::{
    AttemptOutcome, ClientId, DeploymentPolicy, EndpointUrl, Identity, InvitationLifetime, Name,
    Product, Registration, Slug, Status,
};
use ltictl::rules::carry_over::UserDecision;
use ltictl::rules::registration::PlatformChange;
use ltictl::rules::state_key;
use ltictl::sandbox::browser::Page;
use ltictl::sandbox::{LaunchChoice, LmsBehaviour, RegistrationChoice, RegistrationFault};

use crate::lab::{Lab, REGISTRATION, outcome};

/// The slug of the registration that registers itself.
const DRAFT: &str = "school";

/// A lab whose tool and platform do not know each other.
async fn lab() -> Lab {
    let lab = Lab::start().await;
    let mut store = lab.store();
    register::delete(&mut store, &REGISTRATION.into()).unwrap();
    register::create(
        &mut store,
        &Name::new("School").unwrap(),
        None,
        false,
        jiff::Timestamp::now(),
    )
    .unwrap();
    lab
}

/// A fresh registration URL, as `ltictl registration url` prints it.
fn url(lab: &Lab, slug: &str, auto_confirm: bool) -> String {
    let mut store = lab.store();
    let settings = store.read().settings().unwrap();
    let invitation = dynamic::invite(
        &mut store,
        &slug.into(),
        InvitationLifetime::default(),
        auto_confirm,
        jiff::Timestamp::now(),
    )
    .unwrap();
    dynamic::registration_url(&settings, &state_key::state_key(store.read()).unwrap(), &invitation)
}

fn choice(behaviour: LmsBehaviour, fault: Option<RegistrationFault>) -> RegistrationChoice {
    RegistrationChoice { behaviour, fault }
}

/// Opens the registration URL as the platform does.
async fn open(lab: &Lab, url: &str, choice: RegistrationChoice) -> Page {
    let link = lab.sandbox.registration_link(url, choice);
    lab.browser.another().get(&link).await.unwrap()
}

/// Opens it and presses Register.
async fn register_by(lab: &Lab, url: &str, choice: RegistrationChoice) -> Page {
    let page = open(lab, url, choice).await;
    assert_eq!(page.status, 200, "{}", page.body);
    lab.browser.another().submit(&page).await.unwrap()
}

fn registration(lab: &Lab, slug: &str) -> Registration {
    lab.store().read().registration(&Slug::new(slug).unwrap()).unwrap().unwrap()
}

fn status(lab: &Lab, slug: &str) -> RegistrationStatus {
    let store = lab.store();
    let settings = store.read().settings().unwrap();
    dynamic::status(store.read(), &settings, registration(lab, slug).id, jiff::Timestamp::now())
        .unwrap()
}

/// The reason of the newest attempt, its problem and its fix.
fn failure(lab: &Lab, slug: &str) -> (String, String, String) {
    match status(lab, slug).attempt.unwrap().outcome {
        Some(AttemptOutcome::Failed { code, problem, fix }) => (code, problem, fix),
        outcome => panic!("{outcome:?}"),
    }
}

fn closes_the_window(page: &Page) -> bool {
    page.body.contains("org.imsglobal.lti.close")
}

#[tokio::test]
async fn every_kind_of_platform_can_register_and_launch() {
    for (behaviour, deployments, policy) in [
        (LmsBehaviour::Moodle, 1, DeploymentPolicy::Known),
        (LmsBehaviour::Canvas, 1, DeploymentPolicy::Accept),
        (LmsBehaviour::Brightspace, 0, DeploymentPolicy::Known),
        (LmsBehaviour::Ilias, 1, DeploymentPolicy::Known),
    ] {
        let lab = lab().await;
        let url = url(&lab, DRAFT, false);
        let page = open(&lab, &url, choice(behaviour, None)).await;
        check_confirmation(&page, &lab);
        assert_eq!(
            registration(&lab, DRAFT).status(),
            Status::Draft,
            "nothing is stored before the click"
        );
        let page = lab.browser.another().submit(&page).await.unwrap();
        assert_eq!(page.status, 200, "{}", page.body);
        assert!(
            closes_the_window(&page) && page.body.contains("You can close this window"),
            "{}",
            page.body
        );
        let registered = registration(&lab, DRAFT);
        check_stored_details(&registered, behaviour, &lab);
        check_details_on_platform(&lab);
        assert_eq!(registered.policy.deployments, policy, "{behaviour}");
        let store = lab.store();
        assert_eq!(
            store.read().deployments(registered.id).unwrap().len(),
            deployments,
            "{behaviour}"
        );
        if deployments == 0 {
            assert!(page.body.contains(&format!("ltictl deployment add {DRAFT}")), "{}", page.body);
        } else {
            assert_eq!(registered.status(), Status::Active);
            lab.launch(&LaunchChoice::student().custom("id", &lab.resource_uuid)).await;
            assert_eq!(outcome(&lab.newest_launch().unwrap()), "accepted", "{behaviour}");
        }
        let status = status(&lab, DRAFT);
        assert_eq!(status.invitation.unwrap().used_by.as_deref(), Some(lab.sandbox.issuer()));
        assert_eq!(
            (status.url, status.attempt.unwrap().outcome),
            (None, Some(AttemptOutcome::Registered))
        );
        lab.stop().await;
    }
}

/// Fails unless the page shows what will be registered, in the platform's frame.
fn check_confirmation(page: &Page, lab: &Lab) {
    for shown in [
        lab.sandbox.issuer(),
        "Register",
        "Lab Tool",
        "School",
        &format!("{}/lti/deep-link", lab.url),
    ] {
        assert!(page.body.contains(shown), "{shown} in {}", page.body);
    }
    let policy = page.header("content-security-policy").unwrap();
    assert!(
        policy.contains(&format!("frame-ancestors 'self' {}", lab.sandbox.issuer())),
        "{policy}"
    );
    assert!(!closes_the_window(page));
}

/// Fails unless the registration has the platform's details.
fn check_stored_details(registered: &Registration, behaviour: LmsBehaviour, lab: &Lab) {
    let platform = registered.platform.clone().unwrap();
    assert_eq!(
        (platform.issuer.as_str(), platform.client_id.as_str()),
        (lab.sandbox.issuer(), lab.sandbox.client_id())
    );
    assert_eq!(platform.keyset_url.as_str(), lab.sandbox.keyset_url());
    let product = match behaviour {
        LmsBehaviour::Canvas => "canvas-selfhosted",
        other => other.name(),
    };
    assert_eq!(registered.product.as_ref().map(Product::as_str), Some(product));
    let configuration_url = registered.configuration_url.as_ref().unwrap().as_str();
    let document = format!("{}/openid-configuration", lab.sandbox.issuer());
    assert!(configuration_url.starts_with(&document), "{configuration_url}");
}

/// Fails unless the platform has the tool's details.
fn check_details_on_platform(lab: &Lab) {
    let stored = lab.sandbox.tool().unwrap();
    assert_eq!(stored.initiate_login_url, format!("{}/lti/login/{DRAFT}", lab.url));
    assert_eq!(
        stored.redirect_uris,
        [format!("{}/lti/launch", lab.url), format!("{}/lti/deep-link", lab.url)]
    );
}

#[tokio::test]
async fn a_second_question_mark_is_read_as_an_ampersand() {
    let lab = lab().await;
    let url = url(&lab, DRAFT, false);
    let link = lab.sandbox.registration_link(&url, choice(LmsBehaviour::Ilias, None));
    assert_eq!(link.matches('?').count(), 2, "{link}");
    let page = register_by(&lab, &url, choice(LmsBehaviour::Ilias, None)).await;
    assert!(closes_the_window(&page), "{}", page.body);
    // Configuration and registration: the platform's own token came along behind the question mark.
    assert_eq!(lab.sandbox.registration_requests(), 3);
    assert_eq!(status(&lab, DRAFT).attempt.unwrap().outcome, Some(AttemptOutcome::Registered));
    // The part before the second question mark is still checked, whatever comes after it.
    let (before, after) = link.rsplit_once('?').unwrap();
    for (bent, status) in [
        (format!("{before}x?{after}"), 403),
        (format!("{}?{after}", &before[..before.len() - 1]), 403),
        (link.clone(), 410),
    ] {
        let page = lab.browser.another().get(&bent).await.unwrap();
        assert_eq!(page.status, status, "{bent}: {}", page.body);
    }
    assert_eq!(lab.sandbox.registration_requests(), 3);
    lab.stop().await;
}

#[tokio::test]
async fn the_logo_is_registered() {
    let lab = lab().await;
    for (logo, behaviour) in [
        (None, LmsBehaviour::Canvas),
        (Some("https://tool.example.edu/logo.png"), LmsBehaviour::Canvas),
        (Some("http://localhost/logo.png"), LmsBehaviour::Moodle),
    ] {
        setup::set(&mut lab.store(), "logo", logo.unwrap_or_default(), false).unwrap();
        let page = open(&lab, &url(&lab, DRAFT, true), choice(behaviour, None)).await;
        assert!(closes_the_window(&page), "{}", page.body);
        assert_eq!(
            lab.sandbox
                .registration_request()
                .unwrap()
                .get("logo_uri")
                .and_then(|logo| logo.as_str()),
            logo
        );
    }
    lab.stop().await;
}

#[tokio::test]
async fn without_a_click_when_the_invitation_says_so() {
    let lab = lab().await;
    let page = open(&lab, &url(&lab, DRAFT, true), choice(LmsBehaviour::Moodle, None)).await;
    assert!(closes_the_window(&page), "{}", page.body);
    assert_eq!(registration(&lab, DRAFT).status(), Status::Active);
    let mut audited = lab.audited();
    audited.sort();
    let via = "dynamic registration";
    let expected = [
        format!("{via}: changed registration {DRAFT}"),
        format!("{via}: changed registration_url {DRAFT}"),
        format!("{via}: created deployment {DRAFT}/{}", lab.sandbox.deployment_id()),
    ];
    assert_eq!(audited, expected);
    lab.stop().await;
}

#[tokio::test]
async fn a_url_serves_once_for_a_time_and_until_the_next_one() {
    let lab = lab().await;
    let first = url(&lab, DRAFT, true);
    let second = url(&lab, DRAFT, false);
    assert_eq!(status(&lab, DRAFT).url.as_deref(), Some(second.as_str()), "show prints it again");
    // No request is sent for these.
    let link = |url: &str| lab.sandbox.registration_link(url, choice(LmsBehaviour::Moodle, None));
    let bent = format!("{}x", &second[..second.len() - 1]);
    for (what, url, status, word) in [
        ("replaced", first.clone(), 410, "replaced by a newer one"),
        ("bent", bent, 403, "does not belong to this tool"),
        ("none", format!("{}/lti/register", lab.url), 403, "does not belong to this tool"),
        ("another's", second.replace("token=2.", "token=1."), 403, "does not belong to this tool"),
    ] {
        let page = lab.browser.another().get(&link(&url)).await.unwrap();
        assert_eq!(page.status, status, "{what}: {}", page.body);
        assert!(page.body.contains(word) && !closes_the_window(&page), "{what}: {}", page.body);
        assert!(
            page.header("content-security-policy").unwrap().ends_with("frame-ancestors *"),
            "the platform's frame shows what is wrong"
        );
    }
    assert_eq!(lab.sandbox.registration_requests(), 0, "a bad token causes no request");

    let stale = open(&lab, &second, choice(LmsBehaviour::Moodle, None)).await;
    let page = register_by(&lab, &second, choice(LmsBehaviour::Moodle, None)).await;
    assert!(closes_the_window(&page), "{}", page.body);
    let requests = lab.sandbox.registration_requests();
    let page = lab.browser.another().get(&link(&second)).await.unwrap();
    assert_eq!(page.status, 410);
    assert!(
        page.body.contains("was used on") && page.body.contains(lab.sandbox.issuer()),
        "{}",
        page.body
    );
    // The page that was still open in another window.
    let page = lab.browser.another().submit(&stale).await.unwrap();
    assert_eq!(page.status, 410, "{}", page.body);
    assert_eq!(lab.sandbox.registration_requests(), requests);
    lab.stop().await;
}

#[tokio::test]
async fn an_expired_url_contacts_no_platform() {
    let lab = lab().await;
    let mut store = lab.store();
    let settings = store.read().settings().unwrap();
    let long_ago = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(8 * 24);
    let invitation =
        dynamic::invite(&mut store, &DRAFT.into(), InvitationLifetime::default(), true, long_ago)
            .unwrap();
    let url = dynamic::registration_url(
        &settings,
        &state_key::state_key(store.read()).unwrap(),
        &invitation,
    );
    let page = open(&lab, &url, choice(LmsBehaviour::Moodle, None)).await;
    assert_eq!(page.status, 410);
    assert!(page.body.contains("expired on"), "{}", page.body);
    assert_eq!(lab.sandbox.registration_requests(), 0);
    assert_eq!(status(&lab, DRAFT).url, None);
    lab.stop().await;
}

#[tokio::test]
async fn a_confirmation_is_not_forged() {
    let lab = lab().await;
    let page = open(&lab, &url(&lab, DRAFT, false), choice(LmsBehaviour::Moodle, None)).await;
    let requests = lab.sandbox.registration_requests();
    let form = page.form().unwrap();
    let sealed = form.field("confirmation").unwrap();
    for value in ["", "x", &format!("{sealed}x"), &sealed.replace('.', ".A")] {
        let page = lab
            .browser
            .another()
            .post_form(&form.action, &[("confirmation".to_owned(), value.to_owned())])
            .await
            .unwrap();
        assert_eq!(page.status, 410, "{}", page.body);
    }
    assert_eq!(lab.sandbox.registration_requests(), requests);
    lab.stop().await;
}

#[tokio::test]
async fn opening_the_url_by_hand_explains_it() {
    let lab = lab().await;
    for address in [url(&lab, DRAFT, true), format!("{}/lti/register", lab.url)] {
        let page = lab.browser.another().get(&address).await.unwrap();
        assert_eq!(page.status, 200);
        assert!(page.body.contains("paste this whole URL"), "{}", page.body);
    }
    assert!(status(&lab, DRAFT).url.is_some());
    lab.stop().await;
}

#[tokio::test]
async fn errors_are_shown_and_stored() {
    let lab = lab().await;
    let url = url(&lab, DRAFT, true);
    for (fault, code, words) in [
        (RegistrationFault::ConfigurationHtml, "configuration_not_json", "not JSON"),
        (RegistrationFault::ConfigurationTooBig, "configuration_too_big", "1000000 bytes"),
        (RegistrationFault::ConfigurationMissing, "configuration_unreachable", "status 404"),
        (
            RegistrationFault::ConfigurationRedirect,
            "configuration_unreachable",
            "redirects to http://169.254.169.254/latest/meta-data/; redirects are not followed",
        ),
        (RegistrationFault::ForeignIssuer, "host_mismatch", "lms.example.edu"),
        (RegistrationFault::ForeignEndpoint, "host_mismatch", "collector.example"),
        (RegistrationFault::TokenUsed, "registration_refused", "token_already_used"),
        (
            RegistrationFault::DomainMismatch,
            "registration_refused",
            "domain_targetlinkuri_mismatch",
        ),
        (RegistrationFault::Html, "registration_refused", "Coding error Something <broke>"),
        (RegistrationFault::LongText, "registration_refused", "word word"),
        (RegistrationFault::Redirect, "registration_unanswered", "redirects"),
        (RegistrationFault::NoClientId, "answer_unreadable", "client_id"),
    ] {
        let page = open(&lab, &url, choice(LmsBehaviour::Moodle, Some(fault))).await;
        assert_eq!(page.status, 502, "{fault}: {}", page.body);
        assert!(!closes_the_window(&page), "{fault}");
        let (found, problem, fix) = failure(&lab, DRAFT);
        assert_eq!(found, code, "{fault}: {problem}");
        assert!(problem.contains(words) && !fix.is_empty(), "{fault}: {problem}");
        assert!(
            problem.chars().count() < 700
                && !problem.contains('\u{1b}')
                && !problem.contains("eyJ"),
            "{fault}: {problem}"
        );
        assert!(
            page.body.contains("ltictl registration show school")
                && !page.body.contains("<script>"),
            "{fault}: {}",
            page.body
        );
        assert_eq!(registration(&lab, DRAFT).platform, None, "{fault}");
        assert!(status(&lab, DRAFT).url.is_some(), "{fault}: the URL may be used again");
    }
    let page = open(&lab, &url, choice(LmsBehaviour::Moodle, None)).await;
    assert!(closes_the_window(&page), "{}", page.body);
    lab.stop().await;
}

/// Asks for the same configuration as a command and as the server; gives what each says about it.
async fn both_say(lab: &Lab, configuration: &str) -> (String, String) {
    let query: String = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("openid_configuration", configuration)
        .finish();
    lab.browser.another().get(&format!("{}&{query}", url(lab, DRAFT, true))).await.unwrap();
    let database = lab.database.clone();
    let configuration = configuration.to_owned();
    let command = tokio::task::spawn_blocking(move || {
        let mut command = crate::lab::binary();
        command
            .args(["platform", "import", DRAFT, &configuration, "--client-id", "c", "--no-input"])
            .env("LTICTL_DB", database)
            .output()
            .unwrap()
    });
    let said = command.await.unwrap();
    assert!(!said.status.success());
    (failure(lab, DRAFT).1, String::from_utf8(said.stderr).unwrap())
}

#[tokio::test]
async fn command_and_server_say_the_same_about_a_platform_that_misbehaves() {
    let lab = lab().await;
    for (fault, words) in [
        (RegistrationFault::ConfigurationHtml, "the platform's OpenID configuration is not JSON"),
        (RegistrationFault::ConfigurationTooBig, "sent more than 1000000 bytes"),
        (RegistrationFault::ConfigurationMissing, "responded with HTTP status 404"),
        (
            RegistrationFault::ConfigurationRedirect,
            "redirects to http://169.254.169.254/latest/meta-data/; redirects are not followed, \
             enter the final URL",
        ),
    ] {
        let link = lab
            .sandbox
            .registration_link("http://localhost/?", choice(LmsBehaviour::Moodle, Some(fault)));
        let configuration = url::Url::parse(&link)
            .unwrap()
            .query_pairs()
            .find(|(name, _)| name == "openid_configuration")
            .unwrap()
            .1
            .into_owned();
        let (server, command) = both_say(&lab, &configuration).await;
        assert!(server.contains(words) && command.contains(words), "{fault}:\n{server}\n{command}");
    }
    for (configuration, words) in [
        (
            "https://10.0.0.1/c",
            "10.0.0.1 is at 10.0.0.1, which is not allowed: it is in a private network, which \
             requires --allow-private-network",
        ),
        (
            "https://169.254.169.254/c",
            "169.254.169.254 is at 169.254.169.254, which is not allowed: platforms cannot have \
             this address",
        ),
        (
            "http://lms.example.edu/c",
            "lms.example.edu would be contacted without encryption (http), which requires \
             --allow-http",
        ),
    ] {
        let (server, command) = both_say(&lab, configuration).await;
        assert!(
            server.contains(words) && command.contains(words),
            "{configuration}:\n{server}\n{command}"
        );
    }
    lab.stop().await;
}

#[tokio::test]
async fn an_unreachable_platform_is_reported() {
    let lab = lab().await;
    let url = url(&lab, DRAFT, true);
    for (configuration, code) in [
        ("http://localhost:9/configuration", "configuration_unreachable"),
        ("https://10.0.0.1/configuration", "configuration_not_allowed"),
        ("http://lms.example.edu/configuration", "configuration_not_allowed"),
        ("not a url", "configuration_unreachable"),
    ] {
        let query: String = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("openid_configuration", configuration)
            .finish();
        let page = lab.browser.another().get(&format!("{url}&{query}")).await.unwrap();
        assert_eq!(page.status, 502, "{}", page.body);
        assert_eq!(failure(&lab, DRAFT).0, code, "{configuration}");
    }
    lab.stop().await;
}

#[tokio::test]
async fn a_registration_url_is_open_a_few_times_at_once() {
    let lab = lab().await;
    register::create(
        &mut lab.store(),
        &Name::new("Other").unwrap(),
        None,
        false,
        jiff::Timestamp::now(),
    )
    .unwrap();
    let (other, url) = (url(&lab, "other", true), url(&lab, DRAFT, true));
    // A platform that accepts connections and never answers.
    let frozen = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let configuration = format!(
        "openid_configuration=http%3A%2F%2Flocalhost%3A{}%2Fc",
        frozen.local_addr().unwrap().port()
    );
    let mut waiting = tokio::task::JoinSet::new();
    let mut asked = Vec::new();
    for _ in 0..4 {
        let (mut browser, opened) = (lab.browser.another(), format!("{url}&{configuration}"));
        waiting.spawn(async move { browser.get(&opened).await.map(|page| page.status) });
        asked.push(frozen.accept().await.unwrap());
    }
    let page = lab.browser.another().get(&format!("{url}&{configuration}")).await.unwrap();
    assert_eq!((page.status, page.header("retry-after")), (429, Some("2")), "{}", page.body);
    assert_eq!(
        open(&lab, &other, choice(LmsBehaviour::Moodle, None)).await.status,
        200,
        "another school registers meanwhile"
    );
    // The platform hangs up.
    drop(asked);
    drop(frozen);
    assert!(waiting.join_all().await.into_iter().all(|status| status.unwrap() == 502));
    assert_eq!(
        lab.browser.another().get(&format!("{url}&{configuration}")).await.unwrap().status,
        502,
        "it can be opened again"
    );
    lab.stop().await;
}

/// Who opens a registration URL chooses the address that this server asks. The page must not say
/// what is there.
#[tokio::test]
async fn the_page_reveals_nothing_of_the_servers_network() {
    let lab = lab().await;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let closed = listener.local_addr().unwrap().port();
    drop(listener);
    let mut pages = Vec::new();
    for (configuration, kept) in [
        ("https://10.0.0.1/c".to_owned(), "10.0.0.1, which is not allowed"),
        (
            "https://169.254.169.254/latest/meta-data/".to_owned(),
            "169.254.169.254, which is not allowed",
        ),
        ("https://no-such-host.invalid/c".to_owned(), "cannot be reached"),
        // Of this machine: a closed port, one that speaks no TLS, one that has no such page, and
        // one that has another page.
        (format!("http://localhost:{closed}/c"), "cannot be reached"),
        (
            lab.url.replace("http://127.0.0.1", "https://localhost") + "/c",
            "no trusted encrypted connection",
        ),
        (lab.url.replace("127.0.0.1", "localhost") + "/nothing", "HTTP status 404"),
        (lab.url.replace("127.0.0.1", "localhost") + "/lti/login", "not JSON"),
        (lab.url.replace("127.0.0.1", "localhost") + "/lti/jwks", "issuer"),
    ] {
        let query: String = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("openid_configuration", &configuration)
            .finish();
        let page = lab
            .browser
            .another()
            .get(&format!("{}&{query}", url(&lab, DRAFT, true)))
            .await
            .unwrap();
        let (_, problem, _) = failure(&lab, DRAFT);
        assert!(
            problem.contains(kept),
            "{configuration}: the tool's admin still learns it: {problem}"
        );
        let shown = page
            .body
            .split("<body>")
            .nth(1)
            .unwrap_or(&page.body)
            .split("Request ID")
            .next()
            .unwrap()
            .to_owned();
        assert!(
            !shown.contains("10.0.0.1")
                && !shown.contains("private network")
                && !shown.contains("404"),
            "{configuration}: {shown}"
        );
        pages.push((page.status, shown));
    }
    assert!(
        pages[0].1.contains("cannot read the platform's OpenID configuration")
            || pages[0].1.contains("cannot read the platform&#39;s OpenID configuration"),
        "{}",
        pages[0].1
    );
    assert!(pages.iter().all(|page| *page == pages[0]), "{pages:#?}");
    lab.stop().await;
}

#[tokio::test]
async fn the_same_platform_is_not_registered_twice() {
    let lab = lab().await;
    register_by(&lab, &url(&lab, DRAFT, false), choice(LmsBehaviour::Moodle, None)).await;
    register::create(
        &mut lab.store(),
        &Name::new("Other").unwrap(),
        None,
        false,
        jiff::Timestamp::now(),
    )
    .unwrap();
    let page =
        register_by(&lab, &url(&lab, "other", false), choice(LmsBehaviour::Moodle, None)).await;
    assert_eq!(page.status, 502, "{}", page.body);
    let (code, problem, fix) = failure(&lab, "other");
    assert_eq!(code, "registered_elsewhere");
    assert!(
        problem.contains("registration school has issuer")
            && fix == "ltictl registration show school",
        "{problem} {fix}"
    );
    assert_eq!(registration(&lab, "other").platform, None);
    lab.stop().await;
}

#[tokio::test]
async fn sharing_a_platforms_users_requires_its_keys() {
    let lab = lab().await;
    register_by(&lab, &url(&lab, DRAFT, false), choice(LmsBehaviour::Moodle, None)).await;
    // The issuer's own registration, of which the second one wants to be a part.
    let mut first = registration(&lab, DRAFT);
    let platform = first.platform.as_mut().unwrap();
    platform.client_id = ClientId::new("another-client").unwrap();
    platform.keyset_url = EndpointUrl::new("keyset URL", "http://localhost:9/keys", false).unwrap();
    lab.store().write(|write| write.update_registration(&first, jiff::Timestamp::now())).unwrap();
    register::create(
        &mut lab.store(),
        &Name::new("Other").unwrap(),
        None,
        false,
        jiff::Timestamp::now(),
    )
    .unwrap();
    let page = open(&lab, &url(&lab, "other", true), choice(LmsBehaviour::Moodle, None)).await;
    assert_eq!(page.status, 502, "{}", page.body);
    let (code, problem, _) = failure(&lab, "other");
    assert!(
        code == "issuer_with_other_keys" && problem.contains("registration school has issuer"),
        "{code} {problem}"
    );
    assert_eq!(registration(&lab, "other").platform, None);
    // The first one itself may move.
    assert!(closes_the_window(
        &open(&lab, &url(&lab, DRAFT, true), choice(LmsBehaviour::Moodle, None)).await
    ));
    lab.stop().await;
}

#[tokio::test]
async fn an_update_keeps_deployments_and_links() {
    let lab = lab().await;
    register_by(&lab, &url(&lab, DRAFT, false), choice(LmsBehaviour::Moodle, None)).await;
    lab.launch(&LaunchChoice::student().custom("id", &lab.resource_uuid)).await;
    let before = registration(&lab, DRAFT);
    let extent = lab.store().read().deletion_extent(before.id, None).unwrap();
    assert_eq!((extent.deployments, extent.resource_links), (1, 1));
    let page = open(&lab, &url(&lab, DRAFT, false), choice(LmsBehaviour::Moodle, None)).await;
    let (client_id, command) = (
        before.platform.as_ref().unwrap().client_id.as_str(),
        format!("ltictl registration create NAME --same-platform {DRAFT}"),
    );
    assert!(
        page.body.contains("links of the previous tool stop working")
            && page.body.contains(client_id)
            && page.body.contains(&command),
        "{}",
        page.body
    );
    let page =
        register_by(&lab, &url(&lab, DRAFT, false), choice(LmsBehaviour::Moodle, None)).await;
    assert!(
        page.body.contains("The registration was updated") && closes_the_window(&page),
        "{}",
        page.body
    );
    assert_eq!(lab.store().read().deletion_extent(before.id, None).unwrap(), extent);
    assert_eq!(registration(&lab, DRAFT).platform, before.platform);
    lab.stop().await;
}

#[tokio::test]
async fn people_keep_their_accounts_when_the_platform_registers_again_with_another_client_id() {
    let lab = lab().await;
    register_by(&lab, &url(&lab, DRAFT, false), choice(LmsBehaviour::Moodle, None)).await;
    let launch = || LaunchChoice::student().custom("id", &lab.resource_uuid);
    lab.launch(&launch()).await;
    let client_id = registration(&lab, DRAFT).platform.unwrap().client_id.to_string();
    let links = || {
        let store = lab.store();
        let accounts = store.read().accounts().unwrap();
        accounts
            .iter()
            .flat_map(|account| store.read().account_links(account.id).unwrap())
            .map(|link| (link.user.tenant, link.user.sub))
            .collect::<Vec<_>>()
    };
    // As if the platform had given another client ID the first time.
    let former = PlatformChange {
        client_id: Some("former".into()),
        users: Some(UserDecision::Keep),
        policy: ltictl::rules::registration::PolicyChange {
            identity: Some(Some(Identity::ClientId).into()),
            ..Default::default()
        },
        ..PlatformChange::default()
    };
    connect::set_platform(&mut lab.store(), &DRAFT.into(), &former, jiff::Timestamp::now())
        .unwrap();
    assert_eq!(links(), [("former".to_owned(), "4".to_owned())]);
    let page =
        register_by(&lab, &url(&lab, DRAFT, false), choice(LmsBehaviour::Moodle, None)).await;
    assert!(closes_the_window(&page), "{}", page.body);
    assert_eq!(links(), [(client_id, "4".to_owned())]);
    assert_eq!(
        (lab.launch(&launch()).await.status, lab.store().read().accounts().unwrap().len()),
        (303, 1)
    );
    lab.stop().await;
}

#[tokio::test]
async fn a_platform_asked_by_a_server_that_died_is_not_forgotten() {
    let lab = lab().await;
    let url = url(&lab, DRAFT, true);
    // What the database holds when the server dies between the request and the answer.
    let invitation = status(&lab, DRAFT).invitation.unwrap();
    let a_while_ago = jiff::Timestamp::now() - jiff::SignedDuration::from_mins(5);
    lab.store()
        .write(|write| write.insert_attempt(&invitation, "https://lms.example.edu", a_while_ago))
        .unwrap();
    let attempt = status(&lab, DRAFT).attempt.unwrap();
    assert_eq!((attempt.platform.as_str(), attempt.outcome), ("https://lms.example.edu", None));
    // A request at the same moment waits for the other's outcome; a later one proceeds.
    lab.store()
        .write(|write| {
            write.insert_attempt(&invitation, lab.sandbox.issuer(), jiff::Timestamp::now())
        })
        .unwrap();
    let page = open(&lab, &url, choice(LmsBehaviour::Moodle, None)).await;
    assert_eq!(page.status, 409, "{}", page.body);
    assert_eq!(registration(&lab, DRAFT).platform, None);
    lab.stop().await;
}

#[tokio::test]
async fn canvas_gets_its_configuration() {
    let lab = lab().await;
    let page =
        lab.browser.another().get(&format!("{}/lti/config/{DRAFT}.json", lab.url)).await.unwrap();
    assert_eq!((page.status, page.header("content-type")), (200, Some("application/json")));
    let configuration: serde_json::Value = serde_json::from_str(&page.body).unwrap();
    assert_eq!(configuration["oidc_initiation_url"], format!("{}/lti/login/{DRAFT}", lab.url));
    // The same for a registration that does not exist, which cannot be found out here.
    let other =
        lab.browser.another().get(&format!("{}/lti/config/unknown.json", lab.url)).await.unwrap();
    assert_eq!(
        (other.status, other.body.replace("/lti/login/unknown", &format!("/lti/login/{DRAFT}"))),
        (200, page.body)
    );
    for file in [DRAFT, ".json", "Not%20a%20slug.json"] {
        assert_eq!(
            lab.browser
                .another()
                .get(&format!("{}/lti/config/{file}", lab.url))
                .await
                .unwrap()
                .status,
            404
        );
    }
    lab.stop().await;
}
