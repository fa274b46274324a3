//! `ltictl export`: what the tool has, as a file for `apply`.

use clap::Args;

use super::context::Context;
use super::examples::Examples;
use crate::failure::Failure;
use crate::provision::{self, Extent};
use crate::report::view::ManifestView;

/// What to type, by verb: below the help of the command, and in its manual page.
pub(super) const EXAMPLES: Examples = &[(
    "",
    &[
        ("ltictl export > lti.yaml", "Everything, as YAML"),
        ("ltictl export --registration moodle-prod -o json", "One registration, as JSON"),
    ],
)];

/// Print what the tool has, as a file for apply
///
/// Settings, registrations with their deployments, resources, accounts and grants, as YAML or with
/// -o json as JSON. Passwords, keys and other secrets are never in it, nor what launches leave:
/// links, enrolments, grades.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Only this registration
    #[arg(long, value_name = "REG")]
    registration: Option<String>,
    /// Also the accounts that launches and the member synchronization made
    ///
    /// They come by themselves wherever their people launch, without the links that are not
    /// exported; an account that is made from a file has no such link.
    #[arg(long, conflicts_with = "registration")]
    all_accounts: bool,
}

pub(super) fn run(context: &Context, arguments: &Arguments) -> Result<(), Failure> {
    let store = context.store()?;
    let extent = match (&arguments.registration, arguments.all_accounts) {
        (Some(slug), _) => Extent::Registration(slug),
        (None, true) => Extent::Everything,
        (None, false) => Extent::Made,
    };
    context.print(&ManifestView(provision::export(store.read(), extent)?))
}
