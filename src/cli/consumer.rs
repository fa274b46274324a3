//! `ltictl consumer`: LTI 1.1 consumer keys, whose secrets sign migration claims.

use clap::{Args, Subcommand};

use super::context::{Context, Question};
use super::examples::Examples;
use super::list_options::ListOptions;
use crate::admin::consumer;
use crate::failure::{Failure, shell_word};
use crate::report::view::{ConsumerList, ConsumerView};

/// What to type, by verb: below the help of each command, and in its manual page.
pub(super) const EXAMPLES: Examples = &[
    (
        "add",
        &[
            (
                "ltictl consumer add school.example",
                "Add a secret; prompt for it without showing it",
            ),
            (
                "ltictl consumer add school.example --secret-stdin < secret.txt",
                "Add a secret from a file",
            ),
        ],
    ),
    ("list", &[("ltictl consumer list", "List all keys, without secrets")]),
    ("show", &[("ltictl consumer show school.example", "Show one key")]),
    (
        "remove",
        &[("ltictl consumer remove school.example --yes", "Stop accepting its migration claims")],
    ),
];

/// Manage LTI 1.1 keys, whose secrets sign migration claims
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Add a shared secret of a consumer key; a key may have several
    ///
    /// With it, people who used the tool over LTI 1.1 keep their accounts when their platform moves
    /// to LTI 1.3 and sends their former user IDs, signed with the secret. The secret is never
    /// shown again.
    Add {
        /// The consumer key, as configured in the platform
        #[arg(value_name = "KEY", allow_hyphen_values = true)]
        consumer_key: String,
        /// Read the secret from standard input instead of prompting for it
        #[arg(long)]
        secret_stdin: bool,
        /// Succeed without changes if the key already has this secret
        #[arg(long)]
        if_not_exists: bool,
    },
    /// List every consumer key
    List(ListOptions),
    /// Show a consumer key, without its secrets
    Show {
        /// The consumer key
        #[arg(value_name = "KEY", allow_hyphen_values = true)]
        consumer_key: String,
    },
    /// Remove a consumer key with all its secrets; its users keep their accounts
    Remove {
        /// The consumer key
        #[arg(value_name = "KEY", allow_hyphen_values = true)]
        consumer_key: String,
        /// Skip the confirmation prompt
        #[arg(short, long)]
        yes: bool,
    },
}

pub(super) fn run(context: &Context, arguments: Arguments) -> Result<(), Failure> {
    match arguments.verb {
        Verb::Add { consumer_key, secret_stdin, if_not_exists } => {
            add(context, &consumer_key, secret_stdin, if_not_exists)
        }
        Verb::List(options) => list(context, options),
        Verb::Show { consumer_key } => show(context, &consumer_key),
        Verb::Remove { consumer_key, yes } => remove(context, &consumer_key, yes),
    }
}

fn add(
    context: &Context,
    consumer_key: &str,
    secret_stdin: bool,
    if_not_exists: bool,
) -> Result<(), Failure> {
    let mut store = context.store()?;
    let command = format!("ltictl consumer add {} --secret-stdin < FILE", shell_word(consumer_key));
    let question = Question {
        text: "Shared secret",
        default: None,
        flag: "--secret-stdin",
        command: &command,
    };
    let secret = context.secret(secret_stdin, &question, consumer::check_secret)?;
    let consumer = consumer::add(&mut store, consumer_key, &secret, if_not_exists, context.now())?;
    context.print(&ConsumerView::from(consumer))?;
    context.note(&format!(
        "\nNext, link its LTI 1.1 users to accounts: ltictl account link ACCOUNT \
        --consumer-key {} --user-id ID",
        shell_word(consumer_key)
    ));
    Ok(())
}

fn list(context: &Context, options: ListOptions) -> Result<(), Failure> {
    let keys = context.store()?.read().consumer_keys()?;
    context.print_list(ConsumerList(keys.into_iter().map(ConsumerView::from).collect()), options)
}

fn show(context: &Context, consumer_key: &str) -> Result<(), Failure> {
    let consumer = consumer::find(context.store()?.read(), consumer_key)?;
    context.print(&ConsumerView::from(consumer))
}

fn remove(context: &Context, consumer_key: &str, yes: bool) -> Result<(), Failure> {
    let mut store = context.store()?;
    let (_, secrets) = consumer::find(store.read(), consumer_key)?;
    let secrets =
        if secrets == 1 { "its secret".to_owned() } else { format!("its {secrets} secrets") };
    let command = format!("ltictl consumer remove {}", shell_word(consumer_key));
    context.confirm(
        yes,
        &format!(
            "Remove consumer key {consumer_key} with {secrets}? Its migration claims will no \
             longer be accepted."
        ),
        &command,
    )?;
    consumer::remove(&mut store, consumer_key)?;
    context.note(&format!(
        "Removed consumer key {} with {secrets}.",
        crate::report::clean(consumer_key)
    ));
    Ok(())
}
