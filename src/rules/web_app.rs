//! Rules for web apps behind a reverse proxy (`--handover headers`).

use url::Url;

use crate::domain::{
    Invalid, PublicUrl, Resource, Target, TargetUrl, canonical_origin, is_loopback_host,
};
use crate::failure::FailureList;

/// Checks a resource whose app is behind a proxy, and stores its target as browsers write it, so
/// that it is found by its origin.
pub(super) fn check(tool_url: &PublicUrl, resource: &mut Resource, failures: &mut FailureList) {
    let Target::App(target) = &resource.target else {
        failures.take("handover", Err::<(), _>(Invalid::new("handover", NEEDS_URL)));
        return;
    };
    let target = target.normalized();
    let checked = check_target(&target, tool_url).and_then(|()| check_path(resource, &target));
    if failures.take("target", checked).is_some() {
        resource.target = Target::App(target);
    }
}

const NEEDS_URL: &str = "can be headers only if the target is a URL";

/// The target has to be on a host of its own: scripts of the app could otherwise read the tool's
/// pages, and cookies do not distinguish ports.
fn check_target(target: &TargetUrl, tool_url: &PublicUrl) -> Result<(), Invalid> {
    if !has_other_host(&target.to_url(), &tool_url.to_url()) {
        return Err(Invalid::new(
            "target",
            "must be on another host than the tool with --handover headers: cookies and scripts of \
             the app would otherwise reach the tool's pages",
        ));
    }
    if canonical_origin(target.as_str()) != Some(target.origin()) {
        return Err(Invalid::new(
            "target",
            "must have a host without a dot at its end with --handover headers",
        ));
    }
    Ok(())
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
        Some(paths) if !target.to_url().path().starts_with(paths.as_str()) => Err(Invalid::new(
            "target",
            format!("must have a path below {} with --paths {0}", paths.as_str()),
        )),
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
