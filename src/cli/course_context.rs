//! `ltictl context`: the courses of platforms, and from where they were copied. (What every command
//! uses is in `context.rs`.)

use clap::{Args, Subcommand};

use super::context::Context;
use super::examples::Examples;
use super::list_options::ListOptions;
use crate::admin::course_context;
use crate::domain::RegistrationRef;
use crate::failure::Failure;
use crate::report::view::{CourseContextList, CourseContextView};
use crate::rules::registration;

/// What to type, by verb: below the help of each command, and in its manual page.
pub(super) const EXAMPLES: Examples = &[
    (
        "list",
        &[
            ("ltictl context list", "List the courses of all platforms"),
            ("ltictl context list moodle-prod", "List the courses of one registration"),
        ],
    ),
    (
        "show",
        &[(
            "ltictl context show moodle-prod 14",
            "Show from where a course was copied, and its links",
        )],
    ),
];

/// Show the courses of platforms and from where they were copied
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List the courses that launches and notices have described
    List {
        /// Slug of the registration [default: all registrations]
        #[arg(value_name = "REG")]
        registration: Option<RegistrationRef>,
        #[command(flatten)]
        options: ListOptions,
    },
    /// Show a course: from where it was copied, its links and line items
    Show {
        /// Slug of the registration
        #[arg(value_name = "REG")]
        registration: RegistrationRef,
        /// The platform's ID of the course, as in the list
        #[arg(value_name = "COURSE", allow_hyphen_values = true)]
        context_id: String,
        /// Deployment ID, if several deployments have a course with this ID
        #[arg(long, value_name = "ID")]
        deployment: Option<String>,
    },
}

pub(super) fn run(context: &Context, arguments: Arguments) -> Result<(), Failure> {
    match arguments.verb {
        Verb::List { registration, options } => list(context, registration.as_ref(), options),
        Verb::Show { registration, context_id, deployment } => {
            let store = context.store()?;
            let read = store.read();
            let shown =
                course_context::show(read, &registration, &context_id, deployment.as_deref())?;
            context.print(&CourseContextView(shown))
        }
    }
}

fn list(
    context: &Context,
    reference: Option<&RegistrationRef>,
    options: ListOptions,
) -> Result<(), Failure> {
    let store = context.store()?;
    let read = store.read();
    let id = reference.map(|one| registration::find(read, one)).transpose()?.map(|one| one.id);
    context.print_rows::<CourseContextList>(
        |take| read.each_context(id, take),
        || Ok(read.context_count(id)?),
        options,
    )
}
