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
    const NOT_SENT: &str = "our learning platform did not send your name";
    let name = match (&active.account, &details.name, &details.sub) {
        // The name that members of the course see, too.
        (Some(account), sent, _) if account.profile.full_name().is_some() || sent.is_some() => {
            account.display_name().into_owned()
        }
        (Some(account), ..) => format!("{} (y{NOT_SENT})", account.display_name()),
        (None, Some(name), _) => name.clone(),
        (None, None, Some(_)) => format!("Y{NOT_SENT}"),
        (None, None, None) => "A guest".to_owned(),
    };
    let platform = details.platform_name.as_deref().unwrap_or(active.registration.name.as_str());
    let mut facts = vec![("You", name.as_str()), ("Your role", role)];
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
