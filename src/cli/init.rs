//! `ltictl init`: creates the database, settings and first signing key.

use clap::Args;

use super::context::{Context, Question};
use super::examples::Examples;
use super::next::Progress;
use crate::admin::setup;
use crate::domain::{Name, PublicUrl};
use crate::failure::Failure;
use crate::report::view;
use crate::store::Store;

/// What to type, by verb: below the help of each command, and in its manual page.
pub(super) const EXAMPLES: Examples = &[(
    "",
    &[
        (
            "ltictl init --url https://tool.example.edu --name \"Example Tool\"",
            "Set up the tool in your data directory",
        ),
        (
            "ltictl --db /var/lib/ltictl/ltictl.db init --url https://tool.example.edu --name \
             \"Example Tool\" --if-not-exists",
            "Set up the tool for a service, from a script that may run more than once",
        ),
    ],
)];

/// Create the database, settings and first signing key
#[derive(Debug, Default, Args)]
pub(super) struct Arguments {
    /// The tool's public URL, as browsers and platforms reach it
    #[arg(long, value_name = "URL")]
    url: Option<String>,

    /// The tool's name
    #[arg(long)]
    name: Option<String>,

    /// Accept an http:// public URL for a host other than this machine
    #[arg(long)]
    allow_http: bool,

    /// Succeed without changes if the tool is already set up
    #[arg(long)]
    if_not_exists: bool,
}

pub(super) fn run(context: &Context, arguments: Arguments) -> Result<(), Failure> {
    let database = context.database()?;
    // A tool that is already set up is refused or left as it is, so that nothing is asked about it.
    let known = Store::peek(&database).ok().and_then(|store| store.read().settings().ok());
    let allow_http = arguments.allow_http || known.is_some();
    let (known_url, known_name) =
        known.map(|known| (known.url.to_string(), known.name.to_string())).unzip();
    let command = "ltictl init --url https://tool.example.edu --name \"Example Tool\"";
    let question = Question {
        text: "The tool's public URL (https://…)",
        default: None,
        flag: "--url",
        command,
    };
    let url = context.value_or_ask(arguments.url.or(known_url), &question, |url| {
        PublicUrl::new(url, allow_http).map(drop)
    })?;
    let url =
        PublicUrl::new(&url, allow_http).map_err(|invalid| Failure::invalid(&invalid, command))?;
    let question = Question { text: "The tool's name", default: None, flag: "--name", command };
    let name = context
        .value_or_ask(arguments.name.or(known_name), &question, |name| Name::new(name).map(drop))?;
    let name = Name::new(&name).map_err(|invalid| Failure::invalid(&invalid, command))?;
    let mut store = context.created_store(&database)?;
    let done = setup::set_up(
        &mut store,
        &database,
        url,
        name,
        arguments.if_not_exists,
        context.now(),
        &context.random,
    )?;
    context.print(&view::Initialised {
        database: database.to_string(),
        existed: done.existed,
        url: done.settings.url.to_string(),
        name: done.settings.name.to_string(),
        jwks_url: done.settings.url.join("/lti/jwks"),
    })?;
    if !done.settings.url.is_https() && !done.settings.url.is_loopback() {
        context.note(
            "\nWarning: without https, browsers discard the cookies of launches inside a frame. \
             Use http only for trials.",
        );
    }
    if context.format.is_text()
        && let Some(step) = Progress::of(&store, &done.settings)?.connect()
    {
        context.note(&format!("\nNext: {step}"));
    }
    Ok(())
}
