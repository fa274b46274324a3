//! `ltictl launch`: what came in, accepted or refused, and why.

use clap::{Args, Subcommand};

use super::context::Context;
use super::list_options::ListOptions;
use crate::report::view::{LaunchList, LaunchView};
use crate::store::LaunchFilter;
use crate::usecase::{Failure, launch_log};

/// What came in, accepted or refused, and why
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List launches, the newest first
    #[command(alias = "ls")]
    List {
        /// Only refused ones
        #[arg(long)]
        failed: bool,
        /// Only those of this registration
        #[arg(long, value_name = "REG")]
        registration: Option<String>,
        /// At most so many; conditions and order hold within these
        #[arg(long, value_name = "NUMBER", default_value_t = 50)]
        limit: u32,
        #[command(flatten)]
        options: ListOptions,
    },
    /// Show one launch: the cause in full, who has to act, and the command that fixes it
    Show {
        /// Launch id, as on the error page
        id: String,
    },
}

pub(super) fn run(context: &Context, arguments: Arguments) -> Result<(), Failure> {
    let store = context.store()?;
    match arguments.verb {
        Verb::List { failed, registration, limit, options } => {
            let launches = launch_log::list(store.read(), &LaunchFilter { failed, registration, limit })?;
            context.print_list(LaunchList(launches.iter().map(LaunchView::from).collect()), options)?;
            if launches.len() as u64 == u64::from(limit) {
                context.note(&format!("\nThese are the newest {limit}; more with --limit."));
            }
            Ok(())
        }
        Verb::Show { id } => context.print(&LaunchView::from(&launch_log::show(store.read(), &id)?)),
    }
}
