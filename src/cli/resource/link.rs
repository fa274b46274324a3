//! `ltictl resource link`: the links of platforms to resources, known from their launches.

use clap::{Args, Subcommand};

use crate::admin::link;
use crate::cli::context::Context;
use crate::cli::list_options::ListOptions;
use crate::domain::{RegistrationRef, ResourceRef};
use crate::failure::{Failure, counted, shell_argument};
use crate::report::view::LinkList;
use crate::rules::resource;

#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List the links from which resources were launched
    List {
        /// Slug or UUID of the resource [default: all resources]
        #[arg(value_name = "RES")]
        resource: Option<ResourceRef>,
        #[command(flatten)]
        options: ListOptions,
    },
    /// Forget a link that was deleted on the platform; accounts, enrolments and grades are kept
    ///
    /// The platform gets no grades through it any more, and its members are not read. If it is
    /// launched again, it is known again.
    Forget {
        /// Slug or UUID of the resource
        #[arg(value_name = "RES")]
        resource: ResourceRef,
        /// The link's identifier, as in the list
        #[arg(value_name = "LINK", allow_hyphen_values = true)]
        link: String,
        /// Registration that the link belongs to, if several have one with this identifier
        #[arg(long, value_name = "REG")]
        registration: Option<RegistrationRef>,
        /// Do not ask for confirmation
        #[arg(long)]
        yes: bool,
    },
}

pub(super) fn run(context: &Context, arguments: Arguments) -> Result<(), Failure> {
    match arguments.verb {
        Verb::List { resource, options } => list(context, resource.as_ref(), options),
        Verb::Forget { resource, link, registration, yes } => {
            forget(context, &resource, &link, registration.as_ref(), yes)
        }
    }
}

fn list(
    context: &Context,
    slug: Option<&ResourceRef>,
    options: ListOptions,
) -> Result<(), Failure> {
    let store = context.store()?;
    let read = store.read();
    let id = slug.map(|slug| resource::find(read, slug)).transpose()?.map(|found| found.id);
    context.print_rows::<LinkList>(
        |take| read.each_launched_link(id, take),
        || Ok(read.launched_link_count(id)?),
        options,
    )
}

fn forget(
    context: &Context,
    slug: &ResourceRef,
    resource_link_id: &str,
    registration: Option<&RegistrationRef>,
    yes: bool,
) -> Result<(), Failure> {
    let mut store = context.store()?;
    let link = link::find(store.read(), slug, resource_link_id, registration)?;
    let what = format!(
        "link {} of {} to {}, through which {} came",
        link.resource_link_id,
        link.registration,
        link.resource,
        counted(link.people, "person", "people")
    );
    let command = format!(
        "ltictl resource link forget {} {}",
        link.resource,
        shell_argument(&link.resource_link_id)
    );
    context.confirm(yes, &format!("Forget {what}?"), &command)?;
    link::forget(&mut store, &link)?;
    context.note(&format!("Forgot {what}."));
    Ok(())
}
