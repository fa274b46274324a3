//! The page for LTI 1.1: the tool's key and secret, and launches.

use std::sync::Arc;

use askama::Template;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};

use super::choice::MemberServices;
use super::misbehaviour::FormMisbehaviour;
use super::oauth::FormSignature;
use super::proxy::ProxyResource;
use super::setup::{ConsumerSetup, FormVersion};
use crate::sandbox::choice::{lines, parse_lines};
use crate::sandbox::content::ContentItem;
use crate::sandbox::entries::{Entry, Group, entries, grouped};
use crate::sandbox::fields::{Fields, field};
use crate::sandbox::platform::Platform;
use crate::sandbox::school::{Course, Link, Role, User};
use crate::sandbox::tool_proxy::{
    ChangeMisbehaviour, ProxyDecision, ProxyMisbehaviour, SecretForm,
};
use crate::sandbox::web::{html, is_web_url, message, own_form};

#[derive(Template)]
#[template(path = "sandbox-lti-1p1.html")]
struct Page {
    nonce: String,
    users: Vec<Entry>,
    roles: Vec<Entry>,
    courses: Vec<Entry>,
    links: Vec<Entry>,
    misbehaviours: Vec<Group>,
    signatures: Vec<Entry>,
    members: Vec<Entry>,
    items: Vec<ContentItem>,
    is_known: bool,
    is_saved: bool,
    is_registered: bool,
    /// The resources of the tool proxy, if the tool has registered.
    resources: Vec<ProxyResource>,
    /// The URL that accepts requests to register again, if it is known.
    change_url: String,
    /// Whether the tool is launched by LTI 2.0, so that it can be registered again.
    is_lti_2p0: bool,
    decisions: Vec<Entry>,
    change_misbehaviours: Vec<Entry>,
    secret_forms: Vec<Entry>,
    proxy_misbehaviours: Vec<Entry>,
    versions: Vec<Entry>,
    version: &'static str,
    key: String,
    launch_url: String,
    custom: String,
}

/// `GET /lti-1p1`. The secret is never shown.
pub(in crate::sandbox) async fn show(
    State(platform): State<Arc<Platform>>,
    RawQuery(query): RawQuery,
) -> Response {
    let (setup, resources, change_url, items) = {
        let state = platform.state();
        let items = state.content.items().iter().filter(|item| item.is_of_lti_1p1());
        let (resources, change_url) = match state.consumer.proxy.clone() {
            Some(proxy) => (proxy.resources, proxy.change_url),
            None => Default::default(),
        };
        (state.consumer.setup.clone(), resources, change_url, items.cloned().collect())
    };
    let text = |read: fn(&ConsumerSetup) -> String| setup.as_ref().map(read).unwrap_or_default();
    let page = Page {
        nonce: platform.fresh_identifier(),
        users: entries(User::ALL, User::name, User::description),
        roles: entries(Role::ALL, Role::name, Role::description),
        courses: entries(
            &[Course::Algebra, Course::Biology, Course::Outside],
            Course::name,
            Course::description,
        ),
        links: entries(Link::ALL, Link::name, Link::description),
        misbehaviours: grouped(FormMisbehaviour::ALL.iter().map(|one| {
            let entry = Entry { name: one.name(), label: one.description() };
            (one.group(), one.is_valid(), entry)
        })),
        signatures: entries(FormSignature::ALL, FormSignature::name, FormSignature::description),
        members: entries(MemberServices::ALL, MemberServices::name, MemberServices::description),
        items,
        is_known: setup.is_some(),
        is_saved: query.as_deref() == Some("saved"),
        is_registered: query.as_deref() == Some("registered") && !resources.is_empty(),
        resources,
        change_url,
        is_lti_2p0: setup.as_ref().is_some_and(|setup| setup.version == FormVersion::Lti2p0),
        decisions: entries(ProxyDecision::ALL, ProxyDecision::name, ProxyDecision::description),
        change_misbehaviours: entries(
            ChangeMisbehaviour::ALL,
            ChangeMisbehaviour::name,
            ChangeMisbehaviour::description,
        ),
        secret_forms: entries(SecretForm::ALL, SecretForm::name, SecretForm::description),
        proxy_misbehaviours: entries(
            ProxyMisbehaviour::ALL,
            ProxyMisbehaviour::name,
            ProxyMisbehaviour::description,
        ),
        versions: entries(FormVersion::ALL, FormVersion::name, FormVersion::description),
        version: setup.as_ref().map(|setup| setup.version).unwrap_or_default().name(),
        key: text(|setup| setup.key.clone()),
        launch_url: text(|setup| setup.launch_url.clone()),
        custom: text(|setup| lines(&setup.custom)),
    };
    let directives = "; form-action 'self'; frame-src 'self' http: https:";
    html(&platform, StatusCode::OK, &page, &page.nonce, directives)
}

/// `POST /lti-1p1/tool`
pub(in crate::sandbox) async fn set_tool(
    State(platform): State<Arc<Platform>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let title = "The tool's details were not saved";
    let form = match own_form(&platform.issuer, &headers, &body) {
        Ok(form) => form,
        Err(why) => return message(&platform, StatusCode::FORBIDDEN, title, &[why.to_owned()]),
    };
    let stored = platform.state().consumer.setup.clone();
    match read_setup(&form, stored) {
        Ok(setup) => {
            let consumer = &mut platform.state().consumer;
            let is_registered = setup.version == FormVersion::Lti2p0
                && consumer.setup.as_ref().is_some_and(|stored| stored.key == setup.key);
            let proxy = consumer.proxy.take().filter(|_| is_registered);
            consumer.set(setup, proxy);
            Redirect::to("/lti-1p1?saved").into_response()
        }
        Err(problems) => message(&platform, StatusCode::BAD_REQUEST, title, &problems),
    }
}

/// Reads the form with the tool's details; each problem is a sentence. Without a secret, the stored one
/// stays.
fn read_setup(form: &Fields, stored: Option<ConsumerSetup>) -> Result<ConsumerSetup, Vec<String>> {
    let mut problems = Vec::new();
    let text = |name: &str| field(form, name).unwrap_or_default().to_owned();
    let launch_url = text("launch_url").trim().to_owned();
    if !is_web_url(&launch_url) {
        problems.push("Launch URL must be an absolute http or https URL.".to_owned());
    }
    let key = text("key");
    if key.is_empty() {
        problems.push("Consumer key is missing.".to_owned());
    }
    let sent = Some(text("secret")).filter(|secret| !secret.is_empty());
    let secret = sent.or_else(|| Some(stored?.secret)).unwrap_or_else(|| {
        problems.push("Shared secret is missing.".to_owned());
        String::new()
    });
    let custom = parse_lines(&text("custom")).unwrap_or_else(|error| {
        problems.push(format!("Custom parameters: {error}."));
        Default::default()
    });
    let version = text("version").parse().unwrap_or_default();
    match problems.is_empty() {
        true => Ok(ConsumerSetup { key, secret, launch_url, custom, version }),
        false => Err(problems),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tool_details_are_read_and_checked() {
        let form = |fields: &[(&str, &str)]| -> Fields {
            let fields = fields.iter();
            fields.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        let url = ("launch_url", " https://tool.example/lti/1p1/launch ");
        let setup = read_setup(&form(&[url, ("key", "k"), ("secret", "s")]), None).unwrap();
        assert_eq!(setup.launch_url, "https://tool.example/lti/1p1/launch");
        let kept = read_setup(&form(&[url, ("key", "k2")]), Some(setup)).unwrap();
        assert_eq!((kept.key.as_str(), kept.secret.as_str()), ("k2", "s"));
        let problems = read_setup(&form(&[("launch_url", "x"), ("custom", "id")]), None);
        assert_eq!(problems.unwrap_err().len(), 4);
    }
}
