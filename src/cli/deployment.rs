//! `ltictl deployment`: installations of the tool within a platform.

use std::ops::ControlFlow;

use clap::{Args, Subcommand};

use super::context::{Context, Question};
use super::examples::Examples;
use super::list_options::ListOptions;
use super::registration::{extent_in_words, next_step};
use crate::admin::connect;
use crate::domain::{Deployment, DeploymentId, Name, RegistrationRef, Slug};
use crate::failure::{Failure, shell_argument};
use crate::report::Taken;
use crate::report::view::{AllDeploymentList, DeploymentList, DeploymentView};
use crate::rules::registration;
use crate::store::DeletionExtent;

/// What to type, by verb: below the help of each command, and in its manual page.
pub(super) const EXAMPLES: Examples = &[
    (
        "add",
        &[
            (
                "ltictl deployment add moodle-prod 3 --name \"Whole site\"",
                "Accept launches from deployment 3",
            ),
            (
                "ltictl deployment add moodle-prod 3 --if-not-exists",
                "Add it from a script that may run more than once",
            ),
        ],
    ),
    (
        "list",
        &[
            ("ltictl deployment list", "List the deployments of all registrations"),
            ("ltictl deployment list moodle-prod", "List the deployments of one registration"),
        ],
    ),
    ("show", &[("ltictl deployment show moodle-prod 3", "Show the name of a deployment")]),
    (
        "rename",
        &[(
            "ltictl deployment rename moodle-prod 3 \"Faculty of Arts\"",
            "Change the display name",
        )],
    ),
    (
        "remove",
        &[(
            "ltictl deployment remove moodle-prod 3 --yes",
            "Stop accepting launches from it, and remove its courses and links",
        )],
    ),
];

/// Manage deployments of the tool within a platform
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Add the deployment ID that the platform shows
    Add {
        /// Slug of the registration
        #[arg(value_name = "REG")]
        registration: RegistrationRef,
        /// The platform's "Deployment ID", exactly as shown there
        #[arg(allow_hyphen_values = true)]
        deployment_id: Option<String>,
        /// Display name
        #[arg(long)]
        name: Option<String>,
        /// Succeed without changes if it already exists
        #[arg(long)]
        if_not_exists: bool,
    },
    /// List deployments of one registration or all
    List {
        /// Slug of the registration [default: all registrations]
        #[arg(value_name = "REG")]
        registration: Option<RegistrationRef>,
        #[command(flatten)]
        options: ListOptions,
    },
    /// Show a deployment
    Show {
        /// Slug of the registration
        #[arg(value_name = "REG")]
        registration: RegistrationRef,
        /// The platform's "Deployment ID"
        #[arg(allow_hyphen_values = true)]
        deployment_id: String,
    },
    /// Rename a deployment
    Rename {
        /// Slug of the registration
        #[arg(value_name = "REG")]
        registration: RegistrationRef,
        /// The platform's "Deployment ID"
        #[arg(allow_hyphen_values = true)]
        deployment_id: String,
        /// The new name; "" removes it
        name: String,
    },
    /// Remove a deployment with its courses, links and sessions
    Remove {
        /// Slug of the registration
        #[arg(value_name = "REG")]
        registration: RegistrationRef,
        /// The platform's "Deployment ID"
        #[arg(allow_hyphen_values = true)]
        deployment_id: String,
        /// Skip the confirmation prompt
        #[arg(short, long)]
        yes: bool,
    },
}

pub(super) fn run(context: &Context, arguments: Arguments) -> Result<(), Failure> {
    match arguments.verb {
        Verb::Add { registration, deployment_id, name, if_not_exists } => {
            add(context, &registration, deployment_id, name, if_not_exists)
        }
        Verb::List { registration, options } => list(context, registration.as_ref(), options),
        Verb::Show { registration, deployment_id } => show(context, &registration, &deployment_id),
        Verb::Rename { registration, deployment_id, name } => {
            rename(context, &registration, &deployment_id, &name)
        }
        Verb::Remove { registration, deployment_id, yes } => {
            remove(context, &registration, &deployment_id, yes)
        }
    }
}

fn add(
    context: &Context,
    slug: &RegistrationRef,
    deployment_id: Option<String>,
    name: Option<String>,
    if_not_exists: bool,
) -> Result<(), Failure> {
    let mut store = context.store()?;
    registration::find(store.read(), slug)?;
    let hint = format!("ltictl deployment add {slug} DEPLOYMENT_ID --name \"Whole site\"");
    let question = Question {
        text: "Deployment ID, as shown by the platform",
        default: None,
        flag: "DEPLOYMENT_ID",
        command: &hint,
    };
    let deployment_id =
        context.value_or_ask(deployment_id, &question, |id| DeploymentId::new(id).map(drop))?;
    let deployment_id =
        DeploymentId::new(&deployment_id).map_err(|invalid| Failure::invalid(&invalid, &hint))?;
    let name = name
        .as_deref()
        .map(Name::new)
        .transpose()
        .map_err(|invalid| Failure::invalid(&invalid, &hint))?;
    let (registered, deployment, _) = connect::add_deployment(
        &mut store,
        slug,
        deployment_id,
        name,
        if_not_exists,
        context.now(),
    )?;
    let registration = registered.0.slug.clone();
    context.print(&DeploymentView { registration, deployment })?;
    next_step(context, &store, &registered)?;
    Ok(())
}

fn list(
    context: &Context,
    slug: Option<&RegistrationRef>,
    options: ListOptions,
) -> Result<(), Failure> {
    let store = context.store()?;
    let read = store.read();
    let Some(slug) = slug else {
        return context.print_rows::<AllDeploymentList>(
            |take| {
                read.each_registration_by_slug(|registration, deployments| {
                    take_all(&registration.slug, deployments, take)
                })
            },
            || Ok(read.deployment_count()?),
            options,
        );
    };
    let (registration, deployments) = registration::show(read, slug)?;
    let count = deployments.len() as u64;
    context.print_rows::<DeploymentList>(
        |take| take_all(&registration.slug, deployments, take).map(drop),
        || Ok(count),
        options,
    )
}

/// Passes the deployments of a registration on until the list is complete.
fn take_all(
    registration: &Slug,
    deployments: Vec<Deployment>,
    take: &mut dyn FnMut(DeploymentView) -> Taken,
) -> Taken {
    for deployment in deployments {
        let view = DeploymentView { registration: registration.clone(), deployment };
        if take(view)?.is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(ControlFlow::Continue(()))
}

fn show(context: &Context, slug: &RegistrationRef, deployment_id: &str) -> Result<(), Failure> {
    let store = context.store()?;
    let (registration, deployment) = connect::show_deployment(store.read(), slug, deployment_id)?;
    context.print(&DeploymentView { registration: registration.slug, deployment })
}

fn rename(
    context: &Context,
    slug: &RegistrationRef,
    deployment_id: &str,
    name: &str,
) -> Result<(), Failure> {
    let mut store = context.store()?;
    let name = (!name.is_empty()).then(|| Name::new(name)).transpose().map_err(|invalid| {
        Failure::invalid(
            &invalid,
            format!("ltictl deployment rename {slug} DEPLOYMENT_ID \"New name\""),
        )
    })?;
    let (registration, deployment) =
        connect::rename_deployment(&mut store, slug, deployment_id, name, context.now())?;
    context.print(&DeploymentView { registration: registration.slug, deployment })
}

fn remove(
    context: &Context,
    slug: &RegistrationRef,
    deployment_id: &str,
    yes: bool,
) -> Result<(), Failure> {
    let mut store = context.store()?;
    let (deployment, extent) = connect::deployment_extent(store.read(), slug, deployment_id)?;
    let what = format!(
        "deployment {deployment_id}{} of {slug}, with {}",
        deployment.name.map(|name| format!(" ({name})")).unwrap_or_default(),
        extent_in_words(DeletionExtent { deployments: 0, ..extent })
    );
    let command = format!("ltictl deployment remove {slug} {}", shell_argument(deployment_id));
    context.confirm(yes, &format!("Remove {what}?"), &command)?;
    connect::remove_deployment(&mut store, slug, deployment_id, context.now())?;
    context.note(&format!("Removed {what}."));
    Ok(())
}
