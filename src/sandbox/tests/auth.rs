//! The authentication endpoint, compared with recorded responses of a real Moodle (captures,
//! platform-errors).

use super::super::browser::{Browser, Page};
use super::super::{LaunchChoice, Sandbox};
use super::{authentication_request, platform_and_tool, token_on};

/// A change to the authentication request: a parameter, and its new value, or `None` to omit it.
type Change = (&'static str, Option<&'static str>);

async fn ask(sandbox: &Sandbox, changes: &[Change]) -> Page {
    let mut browser = Browser::new();
    let login =
        sandbox.click(&mut browser, &LaunchChoice::student()).await.unwrap().form().unwrap();
    let mut fields =
        authentication_request(sandbox.client_id(), login.field("target_link_uri").unwrap());
    for name in ["login_hint", "lti_message_hint"] {
        fields.push((name, login.field(name).unwrap().to_owned()));
    }
    for (name, value) in changes {
        fields.retain(|(field, _)| field != name);
        fields.extend(value.map(|value| (*name, value.to_owned())));
    }
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&fields).finish();
    browser.get(&format!("{}?{query}", sandbox.authentication_request_url())).await.unwrap()
}

#[tokio::test]
async fn requests_are_checked_like_in_moodle() {
    let sandbox = platform_and_tool().await;
    let elsewhere = "http://localhost:1/launch";
    for (changes, expected) in [
        (vec![], "token the-state"),
        (vec![("state", None)], "token "),
        (vec![("prompt", None)], "token the-state"),
        (vec![("response_mode", Some("query"))], "invalid_request Invalid response_mode the-state"),
        (vec![("response_mode", None)], "invalid_request Missing response_mode the-state"),
        (vec![("prompt", Some("login"))], "invalid_request Invalid prompt the-state"),
        (vec![("login_hint", Some("3"))], "access_denied  the-state"),
        (vec![("client_id", Some("another-tool"))], "unauthorized_client  the-state"),
        (vec![("nonce", None)], "400 nonce is missing"),
        (vec![("nonce", Some(""))], "400 nonce is missing"),
        (vec![("client_id", None)], "400 client_id is missing"),
        (vec![("login_hint", None)], "400 login_hint is missing"),
        (vec![("scope", Some("openid profile"))], "400 scope must be openid"),
        (vec![("response_type", Some("code"))], "400 response_type must be id_token"),
        (vec![("redirect_uri", Some(elsewhere))], "400 not one of the tool"),
        (vec![("redirect_uri", Some("<script>"))], "400 &#60;script&#62;"),
        (vec![("lti_message_hint", None)], "400 No launch belongs to"),
        (vec![("lti_message_hint", Some("{}"))], "400 No launch belongs to"),
    ] {
        let page = ask(&sandbox, &changes).await;
        let (status, text) = expected.split_once(' ').unwrap();
        match page.form() {
            Some(form) => {
                let field = |name| form.field(name).unwrap_or_default();
                let response = if field("error").is_empty() {
                    format!("token {}", field("state"))
                } else {
                    format!("{} {} {}", field("error"), field("error_description"), field("state"))
                };
                assert_eq!(
                    (response.as_str(), page.status, form.method.as_str()),
                    (expected, 200, "POST"),
                    "{changes:?}"
                );
                assert_eq!(
                    form.field("id_token").is_some(),
                    field("error").is_empty(),
                    "{changes:?}"
                );
            }
            None => {
                assert_eq!(page.status.to_string(), status, "{changes:?}");
                assert!(page.body.contains(text), "{changes:?}: {}", page.body);
            }
        }
    }
}

#[tokio::test]
async fn registered_redirect_uris_are_compared_byte_by_byte() {
    let sandbox = platform_and_tool().await;
    let mut browser = Browser::new();
    let target = sandbox
        .click(&mut browser, &LaunchChoice::student())
        .await
        .unwrap()
        .form()
        .unwrap()
        .field("target_link_uri")
        .unwrap()
        .to_owned();
    for (redirect_uri, accepted) in [
        (target.replace("/launch", "/second"), true),
        (format!("{target}?a=b"), false),
        (format!("{target}/"), false),
        (target.to_uppercase(), false),
    ] {
        let redirect_uri: &'static str = redirect_uri.leak();
        let page = ask(&sandbox, &[("redirect_uri", Some(redirect_uri))]).await;
        assert_eq!(page.form().map(|form| form.action), accepted.then(|| redirect_uri.to_owned()));
    }
}

#[tokio::test]
async fn repeated_launches_and_parameters_are_refused() {
    let sandbox = platform_and_tool().await;
    let mut browser = Browser::new();
    let page = sandbox.launch_until_token(&mut browser, &LaunchChoice::student()).await.unwrap();
    assert!(!token_on(&page).is_empty());
    assert_eq!(browser.get(&page.url).await.unwrap().status, 400);
    let page = browser.get(&format!("{}&scope=openid", page.url)).await.unwrap();
    assert!(page.body.contains("The parameter scope was sent twice"));
}

#[tokio::test]
async fn requests_may_be_posted() {
    let sandbox = platform_and_tool().await;
    let mut browser = Browser::new();
    let login =
        sandbox.click(&mut browser, &LaunchChoice::student()).await.unwrap().form().unwrap();
    let mut fields: Vec<(String, String)> =
        authentication_request(sandbox.client_id(), login.field("target_link_uri").unwrap())
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
    fields.extend(login.fields.iter().filter(|(name, _)| name.ends_with("_hint")).cloned());
    let page = browser.post_form(&sandbox.authentication_request_url(), &fields).await.unwrap();
    assert!(!token_on(&page).is_empty());
}
