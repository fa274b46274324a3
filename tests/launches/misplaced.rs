//! Messages at the URL of another one, and logins that match no registration exactly: the log says
//! which registration is meant wherever that is certain.

use std::collections::BTreeMap;

use ltictl::admin::{connect, dynamic, register};
use ltictl::domain::{Clock, InvitationLifetime, Launch, Name, Outcome};
use ltictl::rules::registration::PlatformChange;
use ltictl::rules::state_key;
use ltictl::sandbox::{DeepLinkingChoice, LaunchChoice};

use crate::lab::{Lab, REGISTRATION, outcome, raw};

const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";
const LTI_1P1: &str = "lti_message_type=basic-lti-launch-request&lti_version=LTI-1p0&\
    resource_link_id=r1&oauth_consumer_key=k&oauth_nonce=n&oauth_timestamp=1&oauth_signature=x&\
    user_id=1&roles=Learner&tool_consumer_instance_name=Old%20School";

fn fix(launch: &Launch) -> &str {
    match &launch.outcome {
        Outcome::Accepted | Outcome::Waiting { .. } => "",
        Outcome::Refused { fix, .. } => fix,
    }
}

fn cause(launch: &Launch) -> &str {
    match &launch.outcome {
        Outcome::Accepted | Outcome::Waiting { .. } => "",
        Outcome::Refused { cause, .. } => cause,
    }
}

fn encoded(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// Sends a request; gives the status of the answer and the entry in the log, if there is a new one.
async fn send(lab: &Lab, method: &str, path: &str, form: &str) -> (u16, Option<Launch>) {
    let before = lab.newest_launch().map(|launch| launch.id);
    let answer = match method {
        "GET" => {
            let separator = if path.contains('?') { "&" } else { "?" };
            let path =
                if form.is_empty() { path.to_owned() } else { format!("{path}{separator}{form}") };
            raw(lab, &format!("GET {path} HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n")).await
        }
        _ => {
            let length = form.len();
            raw(
                lab,
                &format!(
                    "POST {path} HTTP/1.1\r\nHost: t\r\nConnection: close\r\n{FORM}\
                     Content-Length: {length}\r\n\r\n{form}"
                ),
            )
            .await
        }
    };
    let newest = lab.newest_launch().filter(|launch| Some(&launch.id) != before.as_ref());
    if let Some(launch) = &newest {
        assert!(answer.contains(launch.id.as_str()), "{method} {path}: {answer}");
        assert!(
            !answer.contains(lab.sandbox.client_id()) && !answer.contains(REGISTRATION),
            "the page names no registration: {answer}"
        );
    }
    (answer.split(' ').nth(1).unwrap().parse().unwrap(), newest)
}

/// The path of a registration URL of the registration, with its query.
fn registration_url(lab: &Lab) -> String {
    let (mut store, now) = (lab.store(), Clock::System.now());
    let (settings, lifetime) = (store.read().settings().unwrap(), InvitationLifetime::default());
    let invitation =
        dynamic::invite(&mut store, &REGISTRATION.into(), lifetime, false, now).unwrap();
    let key = state_key::state_key(store.read()).unwrap();
    let url = dynamic::registration_url(&settings, &key, &invitation);
    url.strip_prefix(&lab.url).unwrap().to_owned()
}

/// A second registration: with this issuer and client ID.
fn add(lab: &Lab, slug: &str, issuer: &str, client_id: &str) {
    let (mut store, now) = (lab.store(), Clock::System.now());
    register::create(&mut store, &Name::new(slug).unwrap(), None, false, now).unwrap();
    let change = PlatformChange {
        issuer: Some(issuer.to_owned()),
        client_id: Some(client_id.to_owned()),
        keyset_url: Some(lab.sandbox.keyset_url()),
        access_token_url: Some(lab.sandbox.access_token_url()),
        authentication_request_url: Some(lab.sandbox.authentication_request_url()),
        ..PlatformChange::default()
    };
    connect::set_platform(&mut store, &slug.into(), &change, now).unwrap();
}

/// Method, path and form of a request, the reason code, whether the registration is known, and a text
/// of the fix.
const WRONG_URLS: &[(&str, &str, &str, &str, bool, &str)] = &[
    ("POST", "INVITED", "LTI 1.1", "lti_1p1_launch", true, REGISTRATION),
    ("GET", "INVITED", "stranger", "login_at_wrong_url", true, REGISTRATION),
    ("POST", "/lti/launch", "login", "login_at_wrong_url", true, "\"Initiate login URL\""),
    ("POST", "/lti/deep-link", "login", "login_at_wrong_url", true, "\"Initiate login URL\""),
    ("GET", "/lti/launch", "login", "login_at_wrong_url", true, "\"Initiate login URL\""),
    ("GET", "/lti/deep-link", "login", "login_at_wrong_url", true, "\"Initiate login URL\""),
    ("POST", "/lti/launch", "other client", "login_at_wrong_url", true, "tool-details"),
    ("POST", "/lti/launch", "stranger", "login_at_wrong_url", false, "tool-details REG"),
    ("POST", "/lti/register?token=x", "login", "login_at_wrong_url", true, "tool-details"),
    ("GET", "/lti/register", "login", "login_at_wrong_url", true, "tool-details"),
    ("POST", "/lti/jwks", "login", "login_at_wrong_url", true, "tool-details"),
    ("POST", "/lti/login", "launch", "launch_at_wrong_url", true, "\"Redirection URI(s)\""),
    ("POST", "/lti/login/unknown", "launch", "launch_at_wrong_url", true, "\"Tool URL\""),
    ("GET", "/lti/login", "launch", "launch_at_wrong_url", true, "\"Tool URL\""),
    ("POST", "/lti/login", "without state", "launch_at_wrong_url", true, "\"Tool URL\""),
    ("POST", "/lti/login", "error", "launch_at_wrong_url", true, "\"Tool URL\""),
    ("POST", "/lti/login/test-platform", "id_token", "launch_at_wrong_url", true, "Tool URL"),
    ("POST", "/lti/login", "id_token", "launch_at_wrong_url", false, "tool-details REG"),
    ("POST", "/lti/login", "selection", "launch_at_wrong_url", true, "\"Deep linking URL\""),
    ("POST", "/.well-known/jwks.json", "selection", "launch_at_wrong_url", true, "Deep linking"),
    ("POST", "/lti/launch", "LTI 1.1", "lti_1p1_launch", false, "\"LTI version\" to LTI 1.3"),
    ("POST", "/lti/deep-link", "LTI 1.1", "lti_1p1_launch", false, "registration create NAME"),
    ("GET", "/lti/launch", "LTI 1.1", "lti_1p1_launch", false, "tool-details REG"),
    ("POST", "/lti/login", "LTI 1.1", "lti_1p1_launch", false, "tool-details REG"),
    ("POST", "/lti/login/test-platform", "LTI 1.1", "lti_1p1_launch", true, REGISTRATION),
    ("POST", "/lti/register?token=x", "LTI 1.1", "lti_1p1_launch", false, "tool-details REG"),
    ("POST", "/lti/jwks", "LTI 1.1", "lti_1p1_launch", false, "tool-details REG"),
    ("POST", "/lti/config/test-platform.json", "LTI 1.1", "lti_1p1_launch", true, REGISTRATION),
];

const SHARED: &str = "https://shared.example";

type Row = (
    &'static str,
    &'static str,
    Option<&'static str>,
    Option<&'static str>,
    &'static str,
    &'static str,
);

/// Path, issuer and client ID of a login, the registration in the log, and texts of cause and fix.
const UNKNOWN_LOGINS: &[Row] = &[
    (
        "/lti/login/test-platform",
        "MINE",
        Some("c-2"),
        Some(REGISTRATION),
        "has the same issuer and the client ID",
        "`ltictl platform set test-platform --client-id c-2 --keep-users`",
    ),
    (
        "/lti/login",
        "MINE",
        Some("c-2"),
        Some(REGISTRATION),
        "has the same issuer",
        "`ltictl platform set test-platform --client-id c-2 --keep-users`",
    ),
    (
        "/lti/login/test-platform",
        "https://moved.example",
        Some("CLIENT"),
        Some(REGISTRATION),
        "has the issuer",
        "`ltictl platform set test-platform --issuer https://moved.example --client-id",
    ),
    (
        "/lti/login/test-platform",
        "https://neighbour.example",
        Some("n-1"),
        Some("neighbour"),
        "which has another login URL",
        "`ltictl registration tool-details neighbour`",
    ),
    (
        "/lti/login/deleted",
        "MINE",
        Some("CLIENT"),
        Some(REGISTRATION),
        "which has another login URL",
        "`ltictl registration tool-details test-platform`",
    ),
    (
        "/lti/login/deleted",
        "MINE",
        Some("c-2"),
        Some(REGISTRATION),
        "same issuer",
        "set test-platform",
    ),
    ("/lti/login", SHARED, Some("s-3"), None, "no registration matches", "platform set REG"),
    ("/lti/login/one", SHARED, Some("s-3"), Some("one"), "same issuer", "platform set one"),
    ("/lti/login/deleted", SHARED, None, None, "no registration matches", "set REG"),
    ("/lti/login/deleted", "https://x.example", None, None, "no client ID", "set REG"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_at_the_wrong_url_are_named_with_their_registration() {
    let lab = Lab::start().await;
    let (issuer, client) = (lab.sandbox.issuer(), lab.sandbox.client_id());
    let login = encoded(&[("iss", issuer), ("client_id", client), ("login_hint", "4")]);
    let other_client = encoded(&[("iss", issuer), ("client_id", "other"), ("login_hint", "4")]);
    let stranger = encoded(&[("iss", "https://x.example"), ("login_hint", "4")]);
    let token = async |choice: LaunchChoice| {
        let page = lab.sandbox.launch_until_token(&mut lab.browser.another(), &choice).await;
        let form = page.unwrap().form().unwrap();
        let fields: Vec<(&str, &str)> =
            form.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        encoded(&fields)
    };
    let launch = token(LaunchChoice::student()).await;
    let selection = token(LaunchChoice::teacher().selecting(DeepLinkingChoice::default())).await;
    let state = launch.split('&').find(|pair| pair.starts_with("state=")).unwrap();
    let error = format!("error=access_denied&{state}");
    let without_state = launch.split('&').find(|pair| pair.starts_with("id_token=")).unwrap();
    let invited = registration_url(&lab);
    let forms = BTreeMap::from([
        ("login", &*login),
        ("other client", &other_client),
        ("stranger", &stranger),
        ("launch", &launch),
        ("without state", without_state),
        ("error", &error),
        ("selection", &selection),
        ("id_token", "id_token=x"),
        ("LTI 1.1", LTI_1P1),
    ]);
    for (method, path, form, code, is_known, advice) in WRONG_URLS {
        let (form, registration) = (forms[form], is_known.then_some(REGISTRATION));
        let path = &path.replace("INVITED", &invited);
        let (status, launch) = send(&lab, method, path, form).await;
        let launch = launch.unwrap_or_else(|| panic!("{method} {path} {form}: nothing logged"));
        let found = launch.registration.as_ref().map(|slug| slug.as_str());
        assert_eq!((outcome(&launch), found), (*code, registration), "{method} {path} {form}");
        assert_eq!(status, 400, "{method} {path}");
        let fix = fix(&launch);
        assert!(fix.contains(advice), "{method} {path}: {fix} should say {advice}");
        assert_eq!(fix.contains(" REG"), registration.is_none(), "{method} {path}: {fix}");
    }
    let newest = lab.newest_launch().unwrap();
    assert!(cause(&newest).contains("\"Old School\""), "{}", cause(&newest));
    assert_eq!(lab.launch(&LaunchChoice::student()).await.status, 303, "good launches work");
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_that_matches_no_registration_is_logged_for_the_only_possible_one() {
    let lab = Lab::start().await;
    let (issuer, client) = (lab.sandbox.issuer(), lab.sandbox.client_id());
    add(&lab, "neighbour", "https://neighbour.example", "n-1");
    add(&lab, "one", SHARED, "s-1");
    add(&lab, "two", SHARED, "s-2");
    let (known, none) = (Some(REGISTRATION), None);
    for (path, iss, client_id, registration, said, advice) in UNKNOWN_LOGINS {
        let issuer = if *iss == "MINE" { issuer } else { iss };
        let client_id = client_id.map(|id| if id == "CLIENT" { client } else { id });
        let mut fields = vec![("iss", issuer), ("login_hint", "4"), ("target_link_uri", "t")];
        fields.extend(client_id.map(|client_id| ("client_id", client_id)));
        let (status, launch) = send(&lab, "POST", path, &encoded(&fields)).await;
        let launch = launch.unwrap();
        let found = launch.registration.as_ref().map(|slug| slug.as_str());
        assert_eq!(
            (status, outcome(&launch), found),
            (403, "registration_unknown", *registration),
            "{path} {issuer} {client_id:?}"
        );
        let (cause, fix) = (cause(&launch), fix(&launch));
        assert!(cause.contains(said), "{path} {client_id:?}: {cause}");
        assert!(fix.contains(advice), "{path} {client_id:?}: {fix}");
    }
    // A login that cannot be read names its registration, too.
    for (path, form, registration) in [
        ("/lti/login", encoded(&[("iss", issuer), ("client_id", client)]), known),
        ("/lti/login", encoded(&[("iss", issuer)]), known),
        ("/lti/login", encoded(&[("iss", SHARED)]), none),
        ("/lti/login", "iss=a&iss=b".to_owned(), none),
    ] {
        let (_, launch) = send(&lab, "POST", path, &form).await;
        let found = launch.as_ref().and_then(|launch| launch.registration.as_ref());
        assert_eq!(found.map(|slug| slug.as_str()), registration, "{path} {form}");
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_launch_without_a_usable_state_is_logged_for_the_only_possible_registration() {
    let lab = Lab::start().await;
    let mut browser = lab.browser.another();
    let page = lab.sandbox.launch_until_token(&mut browser, &LaunchChoice::student()).await;
    let form = page.unwrap().form().unwrap();
    let field = |name: &str| {
        form.fields.iter().find(|(one, _)| one == name).map(|(_, value)| value.as_str()).unwrap()
    };
    let (token, state) = (field("id_token"), field("state"));
    for (fields, code, registration) in [
        (vec![("id_token", token)], "state_missing", Some(REGISTRATION)),
        (vec![("id_token", token), ("state", "x")], "state_unknown", Some(REGISTRATION)),
        (vec![("id_token", "x"), ("state", "x")], "state_unknown", None),
        (
            vec![("id_token", "x"), ("id_token", "x"), ("state", state)],
            "parameter_repeated",
            Some(REGISTRATION),
        ),
    ] {
        let (_, launch) = send(&lab, "POST", "/lti/launch", &encoded(&fields)).await;
        let launch = launch.unwrap();
        let found = launch.registration.as_ref().map(|slug| slug.as_str());
        assert_eq!((outcome(&launch), found), (code, registration), "{code}");
        assert_eq!(fix(&launch).contains(" REG"), registration.is_none(), "{}", fix(&launch));
    }
    lab.stop().await;
}
