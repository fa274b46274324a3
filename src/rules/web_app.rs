//! Rules for web apps behind a reverse proxy (`--handover headers`) and web apps that sign people in
//! by OpenID Connect (`--handover openid`).

use url::Url;

use crate::domain::{
    AllowedRoles, CrossSite, Guests, Handover, Invalid, PublicUrl, Resource, Slug, Target,
    TargetUrl, WebApp, canonical_origin, is_loopback_host,
};
use crate::failure::{Failure, FailureList, shell_word};
use crate::store::{self, Read};

/// Checks a resource whose app learns who people are by headers or by OpenID Connect, and stores its
/// target as browsers write it, so that it is found by its origin.
pub(super) fn check(tool_url: &PublicUrl, resource: &mut Resource, failures: &mut FailureList) {
    let handover = resource.app.handover;
    let Target::App(target) = &resource.target else {
        let rule = format!("can be {handover} only if the target is a URL");
        failures.take("handover", Err::<(), _>(Invalid::new("handover", rule)));
        return;
    };
    let target = target.normalized();
    let checked =
        check_target(&target, tool_url, handover).and_then(|()| check_path(resource, &target));
    if failures.take("target", checked).is_some() {
        resource.target = Target::App(target);
    }
}

/// The settings of a web app, each with the handovers for which it has an effect.
const EFFECTS: [(&str, IsSet, &[Handover]); 6] = [
    (
        "allow_role",
        |app| app.allow_role != AllowedRoles::default(),
        &[Handover::Headers, Handover::Openid],
    ),
    ("paths", |app| app.paths.is_some(), &[Handover::Headers]),
    ("guests", |app| app.guests != Guests::Refuse, &[Handover::Headers, Handover::Openid]),
    ("token_header", |app| app.token_header, &[Handover::Headers]),
    ("omit_headers", |app| !app.omit_headers.is_empty(), &[Handover::Headers]),
    ("cross_site", |app| app.cross_site != CrossSite::Refuse, &[Handover::Headers]),
];

/// Whether a setting has another value than its default.
type IsSet = fn(&WebApp) -> bool;

/// Whether a setting of a web app, by its name, has an effect for a resource.
pub(super) fn has_effect(name: &str, handover: Handover) -> bool {
    EFFECTS.iter().all(|(known, _, handovers)| *known != name || handovers.contains(&handover))
}

/// Refuses new values of settings that have no effect for the resource; `changes` says which are
/// new. What was set before, with
/// another handover, stays as it is.
pub(super) fn check_effects(
    resource: &Resource,
    changes: impl Fn(&str) -> bool,
    failures: &mut FailureList,
) {
    for (name, is_set, handovers) in EFFECTS {
        if changes(name) && is_set(&resource.app) && !handovers.contains(&resource.app.handover) {
            let words: Vec<&str> = handovers.iter().map(|handover| handover.as_str()).collect();
            let rule = format!("has an effect only with --handover {}", words.join(" or "));
            let hint = format!(
                "ltictl resource update {} --handover {}",
                resource.slug,
                shell_word(words.first().copied().unwrap_or_default())
            );
            failures.take(name, Err::<(), _>(Failure::invalid(&Invalid::new(name, rule), hint)));
        }
    }
}

/// The target has to be on a host of its own: scripts of the app could otherwise read the tool's
/// pages, and cookies do not distinguish ports.
fn check_target(
    target: &TargetUrl,
    tool_url: &PublicUrl,
    handover: Handover,
) -> Result<(), Invalid> {
    if !has_other_host(&target.to_url(), &tool_url.to_url()) {
        return Err(Invalid::new(
            "target",
            format!(
                "must be on another host than the tool with --handover {handover}: cookies and \
                 scripts of the app would otherwise reach the tool's pages"
            ),
        ));
    }
    if canonical_origin(target.as_str()) != Some(target.origin()) {
        return Err(Invalid::new(
            "target",
            format!("must have a host without a dot at its end with --handover {handover}"),
        ));
    }
    Ok(())
}

/// Another resource that has the same part of the host. The app sees people who have opened both
/// with their newest launch, whichever of the two it was.
///
/// # Errors
///
/// If the database cannot be read.
pub fn sharing(read: Read<'_>, resource: &Resource) -> Result<Option<Slug>, store::Error> {
    let Target::App(target) = &resource.target else { return Ok(None) };
    if resource.app.handover != Handover::Headers {
        return Ok(None);
    }
    let places = read.web_apps_at(&target.origin())?;
    let other = places
        .into_iter()
        .find(|place| place.resource_id != resource.id && place.paths == resource.app.paths);
    let Some(other) = other else { return Ok(None) };
    Ok(read.resource_by_id(other.resource_id)?.map(|resource| resource.slug))
}

/// Whether an app's URL is on another host than the tool; on this machine, for tests, another port
/// is enough.
pub fn has_other_host(app: &Url, tool: &Url) -> bool {
    let host = |url: &Url| url.host_str().unwrap_or_default().trim_end_matches('.').to_owned();
    host(app) != host(tool) || (is_loopback_host(app) && app.origin() != tool.origin())
}

/// The target has to be among the resource's own paths, or launches lead to another resource.
fn check_path(resource: &Resource, target: &TargetUrl) -> Result<(), Invalid> {
    match &resource.app.paths {
        Some(paths)
            if resource.app.handover == Handover::Headers
                && !target.to_url().path().starts_with(paths.as_str()) =>
        {
            Err(Invalid::new(
                "target",
                format!("must have a path below {} with --paths {0}", paths.as_str()),
            ))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_app_has_a_host_of_its_own() {
        for (app, tool, expected) in [
            ("https://app.example.edu/", "https://tool.example.edu", true),
            ("https://tool.example.edu/app/", "https://tool.example.edu", false),
            ("https://tool.example.edu:8443/", "https://tool.example.edu", false),
            ("http://tool.example.edu/", "https://tool.example.edu", false),
            ("https://tool.example.edu./", "https://tool.example.edu", false),
            ("https://example.edu/", "https://tool.example.edu", true),
            ("http://localhost:3000/", "http://localhost:8080", true),
            ("http://localhost:8080/app", "http://localhost:8080", false),
        ] {
            let [app_url, tool_url] = [app, tool].map(|url| Url::parse(url).unwrap());
            assert_eq!(has_other_host(&app_url, &tool_url), expected, "{app} {tool}");
        }
    }
}
