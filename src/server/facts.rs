//! The facts on the built-in page: the person's name and role, the course and the platform.

use crate::report::clean;
use crate::session::ActiveSession;

/// Labels and values, as far as the platform sent them.
pub(super) fn facts(active: &ActiveSession) -> Vec<(&'static str, String)> {
    let details = &active.session.details;
    let role = match details.role.as_str() {
        "admin" => "Administrator",
        "staff" => "Teacher",
        _ => "Student",
    };
    let name = match (&details.name, &details.sub) {
        (Some(name), _) => name.as_str(),
        (None, Some(_)) => "Your learning platform did not send your name",
        (None, None) => "A guest",
    };
    let platform = details.platform_name.as_deref().unwrap_or(active.registration.name.as_str());
    let mut facts = vec![("You", name), ("Your role", role)];
    facts.extend(
        details
            .context_title
            .as_deref()
            .or(details.context_label.as_deref())
            .map(|course| ("Course", course)),
    );
    facts.push(("Learning platform", platform));
    facts.into_iter().map(|(label, fact)| (label, clean(fact).replace('\n', " "))).collect()
}
