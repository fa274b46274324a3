//! `ltictl export`: prints the configuration as a manifest.

use clap::Args;

use super::context::Context;
use super::examples::Examples;
use crate::domain::RegistrationRef;
use crate::failure::Failure;
use crate::provision::{self, Exported, Extent};

/// What to type, by verb: below the help of the command, and in its manual page.
pub(super) const EXAMPLES: Examples = &[(
    "",
    &[
        ("ltictl export > lti.yaml", "Export everything as YAML"),
        ("ltictl export --registration moodle-prod -o json", "Export one registration as JSON"),
        ("ltictl export --without-settings > shared.yaml", "Export what several tools share"),
    ],
)];

/// Print the current configuration as a manifest for `ltictl apply`
///
/// Prints settings, registrations with their deployments, resources, accounts and grants, as YAML,
/// or as JSON with -o json. Passwords, keys and other secrets are never exported, nor are data from
/// launches: links, enrolments and grades.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Export only this registration
    #[arg(long, value_name = "REG")]
    registration: Option<RegistrationRef>,
    /// Include accounts created by launches and by member synchronization
    ///
    /// Such accounts are created again when their people launch. Links to platform users are not
    /// exported, so an account created from a file is not linked to anyone.
    #[arg(long, conflicts_with = "registration")]
    all_accounts: bool,
    /// Omit the settings, for a manifest that several tools share
    #[arg(long)]
    without_settings: bool,
}

pub(super) fn run(context: &Context, arguments: &Arguments) -> Result<(), Failure> {
    let store = context.store()?;
    let extent = match (&arguments.registration, arguments.all_accounts) {
        (Some(slug), _) => Extent::Registration(slug),
        (None, true) => Extent::Everything,
        (None, false) => Extent::Configured,
    };
    context.print_manifest(|take| {
        provision::export_parts(store.read(), extent, &mut |part| match part {
            Exported::Settings(_) if arguments.without_settings => Ok(()),
            part => take(part),
        })
    })
}
