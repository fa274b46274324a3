//! `ltictl apply`: applies a manifest.

use std::cell::Cell;
use std::collections::HashSet;

use clap::Args;

use super::config;
use super::context::Context;
use super::examples::Examples;
use super::manifest::ManifestArguments;
use crate::domain::{Settings, Slug};
use crate::failure::{Failure, Kind, counted};
use crate::provision::{self, Change, Loss, Manifest, Plan};
use crate::report::view::PlanView;
use crate::report::{Style, View as _, counted_in_words};
use crate::rules::client::secret_command;
use crate::rules::{carry_over, settings, tenancy};
use crate::store::{Read, Store};

/// What to type, by verb: below the help of the command, and in its manual page.
pub(super) const EXAMPLES: Examples = &[(
    "",
    &[
        ("ltictl apply -f lti.yaml", "Apply a file"),
        (
            "ltictl apply -f registrations/ -f resources.json --prune",
            "Apply several files, and delete what they no longer list",
        ),
        (
            "ltictl apply --env --dry-run -f lti.yaml",
            "Show what would change, with environment variables in values",
        ),
    ],
)];

/// Apply a manifest of settings, platforms, resources and accounts
///
/// A manifest lists what should exist, with the same keys as the -o json outputs; "ltictl export"
/// prints one, "ltictl schema manifest" describes the format. Anything that it omits is left
/// unchanged. Everything is checked before anything changes, every problem is reported with its
/// position, and all changes are made together or not at all.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    manifest: ManifestArguments,
    /// Print what would change, without changing it; the exit code is 7 if there are changes
    #[arg(long)]
    dry_run: bool,
    /// Bring listed objects that were created by hand under management: from then on, --prune deletes
    /// them once they are no longer listed
    #[arg(long, conflicts_with = "dry_run")]
    adopt: bool,
    /// Skip the confirmation prompt when --prune deletes resource links, enrolments and grades
    #[arg(short, long)]
    yes: bool,
}

pub(super) fn run(context: &Context, arguments: &Arguments) -> Result<(), Failure> {
    let sources = arguments.manifest.sources()?;
    let mut store = context.store()?;
    let manifest = arguments.manifest.manifest(context, &sources);
    let (now, prune) = (context.now(), arguments.manifest.prune);
    if arguments.dry_run {
        let plan = provision::plan(store.read(), &manifest, prune, now, &context.random)?;
        return show(context, &arguments.manifest, &plan);
    }
    let agreed = if prune {
        ask(
            context,
            arguments,
            &provision::plan(store.read(), &manifest, prune, now, &context.random)?,
        )?
    } else {
        Vec::new()
    };
    let adopted = Cell::new(0);
    let adopt = arguments.adopt.then_some(&adopted);
    let plan = change(&mut store, &manifest, prune, &agreed, adopt, context)?;
    for (slug, affected) in &plan.carried {
        context.note(&format!(
            "{} of {slug} carried over with their enrolments and grades.",
            carry_over::people(affected.dependents.people)
        ));
    }
    for change in &plan.changes {
        if let Change::Settings { before, after } = change {
            let changed =
                |key: &&&str| settings::get(before, key).ok() != settings::get(after, key).ok();
            Settings::KEYS
                .iter()
                .filter(changed)
                .for_each(|key| config::note_consequences(context, key, after));
        }
    }
    context.print(&PlanView::new(&plan, false))?;
    if arguments.adopt {
        context.note(&format!(
            "\n{} created by hand {} managed now.",
            counted(adopted.get(), "object that was", "objects that were"),
            if adopted.get() == 1 { "is" } else { "are" }
        ));
    }
    next_step(context, &plan);
    Ok(())
}

/// Prints the next command for drafts that the manifest created.
fn next_step(context: &Context, plan: &Plan) {
    for change in &plan.changes {
        if let Change::Registration { before, after: Some(after) } = change
            && !before.as_ref().is_some_and(|before| before.policy.audience_confirmed)
            && let Some(warning) = tenancy::audience_warning(after)
        {
            context.note(&warning);
        }
    }
    for change in &plan.changes {
        if let Change::Client { after: Some(client), .. } = change
            && let Some(command) = secret_command(client)
        {
            context.note(&format!("\nThe client {} has no secret yet: {command}", client.slug));
        }
    }
    let (mut deployed, mut created) = (HashSet::new(), Vec::new());
    for change in &plan.changes {
        match change {
            Change::Deployment { registration, after: Some(_), .. } => {
                deployed.insert(registration);
            }
            Change::Registration { before: None, after: Some(registration) } => {
                created.push(registration)
            }
            _ => {}
        }
    }
    let drafts: Vec<&Slug> = created
        .iter()
        .filter(|created| created.platform.is_none() || !deployed.contains(&created.slug))
        .map(|created| &created.slug)
        .collect();
    match drafts[..] {
        [] => {}
        [slug] => {
            context.note(&format!("\n{slug} is a draft.\nNext: ltictl registration connect {slug}"))
        }
        _ => context.note(&format!(
            "\n{} registrations are drafts.\nNext: `ltictl registration list --filter \
             status=draft`, then `ltictl registration connect REG`",
            drafts.len()
        )),
    }
}

/// Prints what would change; fails as a check if there are changes.
pub(super) fn show(
    context: &Context,
    arguments: &ManifestArguments,
    plan: &Plan,
) -> Result<(), Failure> {
    let view = PlanView::new(plan, true);
    context.print(&view)?;
    for (slug, affected) in &plan.carried {
        context.note(&format!(
            "\n{} of {slug} would be carried over with their enrolments and grades.",
            carry_over::people(affected.dependents.people)
        ));
    }
    arguments.differences(plan, view.summary())
}

/// Asks for confirmation if people's data would be deleted; no transaction is open meanwhile.
fn ask(context: &Context, arguments: &Arguments, plan: &Plan) -> Result<Vec<Loss>, Failure> {
    if plan.losses.is_empty() {
        return Ok(Vec::new());
    }
    let losses: Vec<String> = plan
        .losses
        .iter()
        .map(|loss| format!("{} with {}", loss.thing, counted_in_words(&loss.counts)))
        .collect();
    let command = format!("ltictl apply {}", arguments.manifest.to_flags());
    if !arguments.yes && context.may_ask() {
        // Everything that would change, not only what would be lost with it.
        context.note(&format!("{}\n", PlanView::new(plan, true).table(Style::of_stderr())));
    }
    context.confirm(arguments.yes, &format!("Delete {}?", losses.join(", ")), &command)?;
    Ok(plan.losses.clone())
}

/// Changes by launches and others that make no difference to a plan that only adds registrations,
/// or changes resources.
const UNRELATED: &[&str] = &[
    "key",
    "registration_url",
    "account",
    "account_link",
    "account_grant",
    "consumer_user",
    "enrolment",
    "grade",
    "members",
];

/// Plans, and applies the plan in one transaction; fails if more would be lost than was agreed to.
fn change(
    store: &mut Store,
    manifest: &Manifest<'_>,
    prune: bool,
    agreed: &[Loss],
    adopted: Option<&Cell<usize>>,
    context: &Context,
) -> Result<Plan, Failure> {
    let now = context.now();
    let plan = |read: Read<'_>| provision::plan(read, manifest, prune, now, &context.random);
    // Links, sessions and who came through which link are not audited.
    let ignored = |plan: &Plan| (!plan.concerns_people()).then_some(UNRELATED);
    store.write_prepared(plan, ignored, |write, plan| {
        if let Some(loss) = plan.losses.iter().find(|loss| {
            !agreed.iter().any(|known| known.thing == loss.thing && known.counts == loss.counts)
        }) {
            return Err(Failure::new(
                Kind::Conflict,
                format!("{} changed in the meantime", loss.thing),
                format!("it now has {}; nothing was changed", counted_in_words(&loss.counts)),
                "run the same command again",
            ));
        }
        provision::apply(write, &plan, now, &context.random)?;
        if let Some(adopted) = adopted {
            adopted.set(provision::adopt(write, manifest)?);
        }
        Ok(plan)
    })
}
