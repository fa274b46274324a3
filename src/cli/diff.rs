//! `ltictl diff`: what `apply` would change.

use clap::Args;

use super::apply::show;
use super::context::Context;
use super::examples::Examples;
use super::manifest::ManifestArguments;
use crate::failure::Failure;
use crate::provision;

/// What to type, by verb: below the help of the command, and in its manual page.
pub(super) const EXAMPLES: Examples = &[(
    "",
    &[
        ("ltictl diff -f lti.yaml", "Show what apply would change"),
        (
            "ltictl diff -f lti.yaml --prune -o json",
            "Print the changes as JSON, including deletions",
        ),
    ],
)];

/// Show what `ltictl apply` would change
///
/// Nothing is changed. The exit code is 7 if there are changes to apply, and 0 if the tool matches
/// the files, so that pipelines can detect drift.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    manifest: ManifestArguments,
}

pub(super) fn run(context: &Context, arguments: &Arguments) -> Result<(), Failure> {
    let sources = arguments.manifest.sources()?;
    let store = context.store()?;
    let manifest = arguments.manifest.manifest(context, &sources);
    let plan = provision::plan(
        store.read(),
        &manifest,
        arguments.manifest.prune,
        context.now(),
        &context.random,
    )?;
    show(context, &arguments.manifest, &plan)
}
