//! Sign-in at an identity provider from the account page: through the real server, with a provider on
//! this machine that answers as each story says.

use jiff::Timestamp;
use ltictl::admin::identity_provider::{self, NewProvider};
use ltictl::domain::{
    Account, AccountIdentity, Clock, LinkedBy, Linking, PlatformUser, ProviderIdentity,
    Provisioning, Slug,
};
use ltictl::rules::identity_provider::ProviderChange;
use ltictl::sandbox::LaunchChoice;
use ltictl::sandbox::browser::{Browser, Form, Page};
use serde_json::{Value, json};

use crate::lab::provider::{Answers, Provider, stored};
use crate::lab::{Lab, RESOURCE, outcome};

const PASSWORD: &str = "correct horse";
const SUBJECT: &str = "tina-at-school";

fn now() -> Timestamp {
    Clock::System.now()
}

/// A tool with one provider, and a resource whose people are asked for an account.
async fn lab(change: impl FnOnce(&mut NewProvider)) -> (Lab, Provider, i64) {
    let lab = Lab::start().await;
    let provider = Provider::start().await;
    provider.add_to(&lab, "School", change);
    let mut resource = lab.store().read().resource(&Slug::new(RESOURCE).unwrap()).unwrap().unwrap();
    resource.student_provisioning = Provisioning::Prompt;
    lab.store().write(|write| write.update_resource(&resource, now())).unwrap();
    let tina = lab.account("tina");
    lab.set_password(tina, PASSWORD);
    (lab, provider, tina)
}

fn link(lab: &Lab, account_id: i64, slug: &str, subject: &str) {
    let provider = stored(lab, slug);
    let identity =
        ProviderIdentity { issuer: provider.issuer.to_string(), subject: subject.to_owned() };
    let by = LinkedBy::Admin;
    let linked = lab.store().write(|write| {
        write.insert_account_identity(account_id, provider.id, &identity, by, now())
    });
    assert!(linked.unwrap());
}

fn identities(lab: &Lab, account_id: i64) -> Vec<AccountIdentity> {
    lab.store().read().account_identities(account_id).unwrap()
}

fn change(lab: &Lab, slug: &str, change: ProviderChange) {
    identity_provider::change(&mut lab.store(), &slug.into(), &change, None, now()).unwrap();
}

fn update_account(lab: &Lab, id: i64, change: impl FnOnce(&mut Account)) {
    let mut account = lab.store().read().account_by_id(id).unwrap().unwrap();
    change(&mut account);
    lab.store().write(|write| write.update_account(&account, now())).unwrap();
}

/// The account of the student of the launches, if there is one.
fn student(lab: &Lab) -> Option<i64> {
    let user = PlatformUser {
        issuer: lab.sandbox.issuer().to_owned(),
        tenant: String::new(),
        sub: "4".to_owned(),
    };
    lab.store().read().account_of(&user).unwrap().map(|(account, _)| account.id)
}

/// A person in front of the account page.
struct Person {
    browser: Browser,
    page: Page,
}

impl Person {
    async fn launch(lab: &Lab) -> Self {
        let mut browser = lab.browser.another();
        let page = lab.sandbox.launch(&mut browser, &LaunchChoice::student()).await.unwrap();
        assert_eq!(page.status, 200, "{}", page.body);
        Self { browser, page }
    }

    fn provider_form(&self, slug: &str) -> Form {
        let path = format!("/lti/account/provider/{slug}");
        let mut forms = self.page.forms().into_iter();
        forms.find(|form| form.action.ends_with(&path)).expect("a button for the provider")
    }

    /// Presses the button; gives the page of the window.
    async fn begin(&mut self, slug: &str) -> Page {
        let form = self.provider_form(slug);
        self.browser.submit_form(&self.page, &form).await.unwrap()
    }

    /// Presses the button and signs in at the provider; gives where the provider sends the window.
    async fn return_url(&mut self, slug: &str) -> String {
        let begun = self.begin(slug).await;
        assert_eq!(begun.status, 200, "{}", begun.body);
        let at_provider = self.browser.get(&proceed(&begun)).await.unwrap();
        at_provider.header("location").unwrap().to_owned()
    }

    /// The page after the return from the provider.
    async fn sign_in(&mut self, slug: &str) -> Page {
        let url = self.return_url(slug).await;
        self.browser.get(&url).await.unwrap()
    }

    /// Answers the question in the window.
    async fn answer(&mut self, page: &Page, choice: &str, fields: &[(&str, &str)]) -> Page {
        let form = page.form_with("choice", choice);
        let mut form = form.unwrap_or_else(|| panic!("{} {}", page.status, page.body));
        fields.iter().for_each(|(name, value)| form.set(name, value));
        self.browser.submit_form(page, &form).await.unwrap()
    }

    /// What the account page's script learns.
    async fn progress(&mut self, lab: &Lab) -> String {
        let handle = self.page.form().unwrap().field("handle").unwrap().to_owned();
        let url = format!("{}/lti/account/progress", lab.url);
        let mut own = self.browser.another().with_header("origin", &lab.url);
        own.post_form(&url, &[("handle".to_owned(), handle)]).await.unwrap().body
    }

    /// Presses "Continue" on the account page.
    async fn proceed(&mut self) -> Page {
        let page = self.page.clone();
        self.answer(&page, "provider", &[]).await
    }
}

/// Where the window continues.
fn proceed(begun: &Page) -> String {
    let after = begun.body.split("id=\"proceed\" href=\"").nth(1).expect("a link");
    after.split('"').next().unwrap().replace("&#38;", "&").replace("&amp;", "&")
}

/// The code on a page of a sign-in that was refused.
fn reason(page: &Page) -> String {
    let after = page.body.split("Reason: ").nth(1);
    after.map_or_else(|| page.body.clone(), |rest| rest.split('<').next().unwrap().to_owned())
}

fn is_in(page: &Page) -> bool {
    page.status == 303 && page.header("location").unwrap().contains("/session/")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_linked_person_signs_in_and_the_launch_continues() {
    let (lab, _provider, tina) = lab(|_| {}).await;
    link(&lab, tina, "school", SUBJECT);
    let mut person = Person::launch(&lab).await;
    assert!(person.page.body.contains("Sign in with School"), "{}", person.page.body);
    let policy = person.page.header("content-security-policy").unwrap();
    assert!(policy.contains("connect-src 'self'") && policy.contains("form-action 'self'"));
    assert_eq!(person.progress(&lab).await, "waiting");
    let early = person.proceed().await;
    assert_eq!((early.status, early.body.contains("have not signed in")), (403, true));
    let begun = person.begin("school").await;
    let cookie = begun.header("set-cookie").unwrap().to_owned();
    for part in ["__Host-lti_provider_", "Path=/", "HttpOnly", "Secure", "SameSite=Lax"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let question = person.sign_in("school").await;
    for words in ["Is this your account?", "Tina T.", "Sam Student", "Test platform"] {
        assert!(question.body.contains(words), "{words}: {}", question.body);
    }
    let policy = question.header("content-security-policy").unwrap();
    assert!(policy.ends_with("frame-ancestors 'self'"), "{policy}");
    assert_eq!(person.progress(&lab).await, "waiting", "nothing happens without a reply");
    let cancelled = person.answer(&question, "cancel", &[]).await;
    assert!(cancelled.body.contains("Nothing was changed"), "{}", cancelled.body);
    assert_eq!(person.progress(&lab).await, "waiting");

    let question = person.sign_in("school").await;
    let done = person.answer(&question, "continue", &[]).await;
    assert!(done.body.contains("You are signed in"), "{}", done.body);
    assert_eq!(person.progress(&lab).await, "ready");
    assert!(student(&lab).is_none(), "the page that launched has not continued yet");
    let entered = person.proceed().await;
    assert!(is_in(&entered), "{} {}", entered.status, entered.body);
    assert_eq!((student(&lab), outcome(&lab.newest_launch().unwrap())), (Some(tina), "accepted"));
    assert_eq!(person.progress(&lab).await, "over");
    assert!(identities(&lab, tina)[0].last_sign_in_at.is_some());
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_that_break_a_rule_link_nothing() {
    let (lab, provider, tina) = lab(|new| new.change.linking = Some(Linking::SignedIn)).await;
    link(&lab, tina, "school", SUBJECT);
    let claim = |name, value: Value| Answers { claims: vec![(name, value)], ..Answers::default() };
    let header = |value: Value| Answers { header: Some(value), ..Answers::default() };
    for (answers, expected) in [
        (claim("nonce", json!("of another sign-in")), "provider_token_invalid"),
        (claim("nonce", Value::Null), "provider_token_invalid"),
        (claim("aud", json!("another-tool")), "provider_token_invalid"),
        (claim("aud", json!(["ltictl", "another-tool"])), "provider_token_invalid"),
        (claim("iss", json!("https://attacker.example.com")), "provider_token_invalid"),
        (claim("exp", json!(1)), "provider_token_invalid"),
        (claim("iat", json!(4_000_000_000_i64)), "provider_token_invalid"),
        (claim("sub", Value::Null), "provider_token_invalid"),
        (Answers { other_key: true, ..Answers::default() }, "provider_token_invalid"),
        (header(json!({ "alg": "none", "kid": "one" })), "provider_token_invalid"),
        (header(json!({ "alg": "HS256", "kid": "one" })), "provider_token_invalid"),
        (header(json!({ "alg": "RS256", "kid": "two" })), "provider_token_invalid"),
        (Answers { error: Some("access_denied"), ..Answers::default() }, "provider_denied"),
        (Answers { error: Some("<script>"), ..Answers::default() }, "provider_denied"),
        (
            Answers { iss: Some("https://attacker.example.com".into()), ..Answers::default() },
            "provider_issuer_mismatch",
        ),
        (
            Answers { token: Some((401, r#"{"error":"invalid_client"}"#)), ..Answers::default() },
            "provider_code_refused",
        ),
        (
            Answers { token: Some((200, r#"{"access_token":"a"}"#)), ..Answers::default() },
            "provider_code_refused",
        ),
        (Answers { token: Some((302, "")), ..Answers::default() }, "provider_code_refused"),
    ] {
        provider.answers(answers.clone());
        let mut person = Person::launch(&lab).await;
        let refused = person.sign_in("school").await;
        assert!(refused.status >= 400, "{expected}: {}", refused.body);
        if answers.token != Some((302, "")) {
            assert_eq!(reason(&refused), expected);
        }
        assert!(!refused.body.contains("<script>"), "{}", refused.body);
        assert_eq!(person.progress(&lab).await, "waiting", "{expected}");
        assert!(refused.header("set-cookie").is_some_and(|line| line.contains("Max-Age=0")));
    }
    assert_eq!((student(&lab), identities(&lab, tina)[0].last_sign_in_at), (None, None));
    // The launch still waits, for the password too.
    provider.answers(Answers::default());
    let mut person = Person::launch(&lab).await;
    let page = person.page.clone();
    let fields = [("username", "tina"), ("password", PASSWORD)];
    assert!(is_in(&person.answer(&page, "sign-in", &fields).await));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_response_works_once_and_in_its_own_browser() {
    let (lab, provider, tina) = lab(|_| {}).await;
    link(&lab, tina, "school", SUBJECT);
    let mut person = Person::launch(&lab).await;
    let url = person.return_url("school").await;
    // An attacker sends their own response, or their own request, to another person.
    let elsewhere = lab.browser.another().get(&url).await.unwrap();
    assert_eq!((elsewhere.status, reason(&elsewhere).as_str()), (403, "provider_state_invalid"));
    let mut victim = Person::launch(&lab).await;
    victim.begin("school").await;
    let mixed = victim.browser.get(&url).await.unwrap();
    assert_eq!(reason(&mixed), "provider_state_invalid");
    for changed in [
        url.replace("state=", "state=0"),
        url.replace("state=", "other="),
        format!("{url}&state=x"),
        url.replace("/callback/school", "/callback/other"),
        format!("{}/lti/account/callback/school", lab.url),
        format!("{}/lti/account/callback/school?state=%ff&code=c", lab.url),
    ] {
        let refused = person.browser.another().get(&changed).await.unwrap();
        assert_eq!((refused.status, provider.exchanges()), (403, 0), "{changed}");
    }
    let question = person.browser.get(&url).await.unwrap();
    assert_eq!((question.status, provider.exchanges()), (200, 1));
    let again = person.browser.get(&url).await.unwrap();
    assert_eq!((reason(&again).as_str(), provider.exchanges()), ("provider_state_used", 1));
    // The question is worth nothing in another browser, or with anything changed.
    let form = question.form_with("choice", "continue").unwrap();
    let proof = form.field("proof").unwrap().to_owned();
    let mut other = lab.browser.another();
    let refused = other.submit_form(&question, &form).await.unwrap();
    assert_eq!(reason(&refused), "provider_state_invalid");
    let forged = person.answer(&question, "continue", &[("proof", &proof[1..])]).await;
    assert_eq!(reason(&forged), "provider_state_invalid");
    assert_eq!((student(&lab), person.progress(&lab).await.as_str()), (None, "waiting"));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_tools_own_pages_send_its_forms() {
    let (lab, provider, tina) = lab(|_| {}).await;
    link(&lab, tina, "school", SUBJECT);
    let mut person = Person::launch(&lab).await;
    let handle = person.page.form().unwrap().field("handle").unwrap().to_owned();
    let question = person.sign_in("school").await;
    let proof = question.form().unwrap().field("proof").unwrap().to_owned();
    let fields = [("handle".to_owned(), handle), ("proof".to_owned(), proof)];
    let fields = [&fields[..], &[("choice".to_owned(), "continue".to_owned())]].concat();
    for path in ["/lti/account/provider/school", "/lti/account/confirm", "/lti/account/progress"] {
        let url = format!("{}{path}", lab.url);
        for origin in ["https://attacker.example.com", "null", lab.sandbox.issuer()] {
            let mut foreign = lab.browser.another().with_header("origin", origin);
            for (name, value) in person.browser.cookies_for(&url) {
                foreign.set_cookie(&url, &format!("{name}={value}; Path=/")).unwrap();
            }
            let refused = foreign.post_form(&url, &fields).await.unwrap();
            assert_eq!(refused.status, 403, "{path} {origin}");
        }
        assert_eq!(person.browser.get(&url).await.unwrap().status, 405, "{path}");
    }
    assert_eq!(provider.exchanges(), 1);
    assert_eq!(person.progress(&lab).await, "waiting");
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unknown_people_are_never_linked_by_their_address() {
    let (lab, provider, tina) = lab(|_| {}).await;
    update_account(&lab, tina, |account| {
        account.profile.email = Some("tina@school.example.edu".to_owned());
    });
    provider.answers(Answers {
        claims: vec![("email_verified", json!(true)), ("preferred_username", json!("tina"))],
        ..Answers::default()
    });
    let mut person = Person::launch(&lab).await;
    let refused = person.sign_in("school").await;
    assert_eq!((refused.status, reason(&refused).as_str()), (403, "identity_not_linked"));
    assert!(refused.body.contains(SUBJECT) && !refused.body.contains("school.example.edu"));
    assert!(identities(&lab, tina).is_empty());
    // An admin links what the page shows; afterwards, only the subject counts.
    link(&lab, tina, "school", SUBJECT);
    provider.answers(Answers {
        claims: vec![("email", json!("other@example.edu")), ("name", json!("Someone"))],
        ..Answers::default()
    });
    update_account(&lab, tina, |account| {
        account.username = ltictl::domain::Username::new("tina.renamed").unwrap();
    });
    let question = person.sign_in("school").await;
    person.answer(&question, "continue", &[]).await;
    assert!(is_in(&person.proceed().await));
    assert_eq!(student(&lab), Some(tina));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_link_themselves_with_their_password() {
    let (lab, provider, tina) = lab(|new| new.change.linking = Some(Linking::SignedIn)).await;
    let mut person = Person::launch(&lab).await;
    let question = person.sign_in("school").await;
    assert!(question.body.contains("Which account is yours?"), "{}", question.body);
    assert!(question.form_with("choice", "continue").is_none());
    let wrong = [("username", "tina"), ("password", "wrong password")];
    let again = person.answer(&question, "link", &wrong).await;
    assert_eq!((again.status, again.body.contains("is wrong")), (403, true), "{}", again.body);
    assert!(identities(&lab, tina).is_empty());
    // Without a password, no question is answered.
    let mut form = question.form_with("choice", "link").unwrap();
    form.set("choice", "continue");
    let refused = person.browser.submit_form(&question, &form).await.unwrap();
    assert_eq!(reason(&refused), "identity_not_linked");
    let right = [("username", "tina"), ("password", PASSWORD)];
    let done = person.answer(&again, "link", &right).await;
    assert!(done.body.contains("You are signed in"), "{}", done.body);
    let linked = identities(&lab, tina);
    assert_eq!((linked[0].subject.as_str(), linked[0].linked_by), (SUBJECT, LinkedBy::Person));
    assert!(is_in(&person.proceed().await));
    assert_eq!(student(&lab), Some(tina));
    let audited = lab.audited();
    let entry = format!("launch: created account_identity tina: school {SUBJECT}");
    assert!(audited.contains(&entry), "{audited:?}");
    // The next time, no password is needed, and another account cannot take it.
    let other = lab.account("other");
    lab.set_password(other, PASSWORD);
    let mut next = lab.browser.another();
    let choice = LaunchChoice::student().patched(json!({ "sub": "another" }));
    let page = lab.sandbox.launch(&mut next, &choice).await.unwrap();
    let mut next = Person { browser: next, page };
    let question = next.sign_in("school").await;
    assert!(question.body.contains("Is this your account?") && provider.exchanges() == 2);
    let mut form = question.form_with("choice", "continue").unwrap();
    for (name, value) in [("choice", "link"), ("username", "other"), ("password", PASSWORD)] {
        form.set(name, value);
    }
    let refused = next.browser.submit_form(&question, &form).await.unwrap();
    assert_eq!(reason(&refused), "identity_already_linked");
    assert!(identities(&lab, other).is_empty());
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn too_many_wrong_passwords_in_the_window_end_the_launch() {
    let (lab, _provider, _) = lab(|new| new.change.linking = Some(Linking::SignedIn)).await;
    let mut person = Person::launch(&lab).await;
    let question = person.sign_in("school").await;
    let mut last = question.clone();
    for number in 0..10 {
        let username = format!("name-{number}");
        let wrong = [("username", username.as_str()), ("password", "wrong password")];
        last = person.answer(&question, "link", &wrong).await;
    }
    assert_eq!(last.status, 403);
    assert_eq!(outcome(&lab.newest_launch().unwrap()), "sign_in_failed");
    assert_eq!(person.progress(&lab).await, "over");
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_disabled_or_unlinked_meanwhile_opens_nothing() {
    let (lab, provider, tina) = lab(|_| {}).await;
    link(&lab, tina, "school", SUBJECT);
    let mut person = Person::launch(&lab).await;
    let question = person.sign_in("school").await;
    update_account(&lab, tina, |account| account.enabled = false);
    let refused = person.answer(&question, "continue", &[]).await;
    assert_eq!(reason(&refused), "identity_account_disabled");
    let refused = person.sign_in("school").await;
    assert_eq!(reason(&refused), "identity_account_disabled");
    update_account(&lab, tina, |account| account.enabled = true);
    // Confirmed, and then the link is removed.
    let question = person.sign_in("school").await;
    person.answer(&question, "continue", &[]).await;
    let school = stored(&lab, "school");
    let identity = ProviderIdentity { issuer: provider.issuer.clone(), subject: SUBJECT.into() };
    let unlink =
        || lab.store().write(|write| write.delete_account_identity(tina, school.id, &identity));
    assert!(unlink().unwrap());
    let refused = person.proceed().await;
    assert_eq!((refused.status, refused.body.contains("have not signed in")), (403, true));
    link(&lab, tina, "school", SUBJECT);
    let disabled = ProviderChange { enabled: Some(false), ..ProviderChange::default() };
    change(&lab, "school", disabled);
    assert_eq!(person.proceed().await.status, 403);
    let form = person.provider_form("school");
    let refused = person.browser.submit_form(&person.page.clone(), &form).await.unwrap();
    assert_eq!((refused.status, reason(&refused).as_str()), (404, "provider_unknown"));
    assert!(!Person::launch(&lab).await.page.body.contains("Sign in with School"));
    assert_eq!(student(&lab), None);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn staff_accounts_open_only_with_their_identity() {
    let (lab, _provider, tina) = lab(|_| {}).await;
    update_account(&lab, tina, |account| account.require_provider = true);
    let mut person = Person::launch(&lab).await;
    let page = person.page.clone();
    let fields = [("username", "tina"), ("password", PASSWORD)];
    let refused = person.answer(&page, "sign-in", &fields).await;
    assert_eq!((refused.status, refused.body.contains("with a password")), (403, true));
    // Nor can the password link an identity.
    change(
        &lab,
        "school",
        ProviderChange { linking: Some(Linking::SignedIn), ..ProviderChange::default() },
    );
    let question = person.sign_in("school").await;
    let refused = person.answer(&question, "link", &fields).await;
    assert_eq!((refused.status, identities(&lab, tina).len()), (403, 0));
    link(&lab, tina, "school", SUBJECT);
    let question = person.sign_in("school").await;
    person.answer(&question, "continue", &[]).await;
    assert!(is_in(&person.proceed().await));
    assert_eq!(student(&lab), Some(tina));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_response_of_one_provider_is_never_taken_for_that_of_another() {
    let (lab, honest, tina) = lab(|_| {}).await;
    let attacker = Provider::start().await;
    attacker.add_to(&lab, "Attacker", |_| {});
    link(&lab, tina, "school", SUBJECT);
    let mut person = Person::launch(&lab).await;
    // The code of the honest provider arrives at the other one's URL.
    let url = person.return_url("school").await.replace("/callback/school", "/callback/attacker");
    let refused = person.browser.get(&url).await.unwrap();
    assert_eq!(reason(&refused), "provider_state_invalid");
    // The other one sends the browser to the honest one, whose code arrives there.
    let begun = person.begin("attacker").await;
    let request = proceed(&begun).replace(&attacker.issuer, &honest.issuer);
    let at_honest = person.browser.get(&request).await.unwrap();
    let back = at_honest.header("location").unwrap().to_owned();
    honest.answers(Answers { iss: Some(honest.issuer.clone()), ..Answers::default() });
    let named = format!("{back}&iss={}", honest.issuer.replace(':', "%3A").replace('/', "%2F"));
    let refused = person.browser.get(&named).await.unwrap();
    assert_eq!(reason(&refused), "provider_issuer_mismatch");
    assert_eq!((honest.exchanges(), attacker.exchanges()), (0, 0), "no code went anywhere");
    // The same subject at another provider is another person.
    attacker.answers(Answers {
        claims: vec![("iss", json!(honest.issuer)), ("sub", json!(SUBJECT))],
        ..Answers::default()
    });
    assert_eq!(reason(&person.sign_in("attacker").await), "provider_token_invalid");
    attacker.answers(Answers::default());
    assert_eq!(reason(&person.sign_in("attacker").await), "identity_not_linked");
    assert_eq!(student(&lab), None);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_cannot_be_used_sends_no_one_anywhere() {
    for (name, value) in [
        ("issuer", json!("https://attacker.example.com")),
        ("authorization_endpoint", json!("javascript:alert(1)")),
        ("authorization_endpoint", json!("//attacker.example.com")),
        ("id_token_signing_alg_values_supported", json!(["none"])),
    ] {
        let (lab, provider, _) = lab(|_| {}).await;
        provider.answers(Answers { discovery: vec![(name, value)], ..Answers::default() });
        let mut person = Person::launch(&lab).await;
        let refused = person.begin("school").await;
        let found = (refused.status, reason(&refused));
        assert_eq!(found, (502, "provider_discovery_invalid".to_owned()), "{name}");
        assert!(refused.header("set-cookie").is_none() && !refused.body.contains("javascript"));
        lab.stop().await;
    }
    let (lab, provider, _) = lab(|_| {}).await;
    drop(provider);
    let mut person = Person::launch(&lab).await;
    let refused = person.begin("school").await;
    assert_eq!((refused.status, reason(&refused).as_str()), (502, "provider_unreachable"));
    lab.stop().await;
}
