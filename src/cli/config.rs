//! `ltictl config`: the tool's settings.

use clap::{Args, Subcommand};

use super::context::Context;
use super::examples::Examples;
use crate::admin::setup;
use crate::domain::{AppKeyRule, Settings};
use crate::failure::Failure;
use crate::report::view::SettingList;
use crate::rules::settings;

/// What to type, by verb: below the help of each command, and in its manual page.
pub(super) const EXAMPLES: Examples = &[
    ("list", &[("ltictl config list", "List all settings with their values")]),
    ("get", &[("ltictl config get url", "Print only the public URL, for a script")]),
    (
        "set",
        &[
            ("ltictl config set session_lifetime 4h", "End sessions after four hours"),
            (
                "ltictl config set sync_interval off",
                "Disable automatic synchronization, for example to run it from cron",
            ),
        ],
    ),
];

/// Read and change the tool's settings
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List every setting
    List,
    /// Print one setting
    Get {
        #[arg(help = keys())]
        key: String,
    },
    /// Change one setting
    Set {
        #[arg(help = keys())]
        key: String,
        /// The new value; a lifetime is a number with s, m, h or d, such as 8h; the logo is the
        /// https URL of an image, "" clears it
        value: String,
        /// Accept an http:// public URL for a host other than this machine
        #[arg(long)]
        allow_http: bool,
    },
}

/// The names of the settings, for the help.
fn keys() -> String {
    Settings::KEYS
        .split_last()
        .map(|(last, others)| format!("{} or {last}", others.join(", ")))
        .unwrap_or_default()
}

pub(super) fn run(context: &Context, arguments: Arguments) -> Result<(), Failure> {
    let mut store = context.store()?;
    let settings = match &arguments.verb {
        Verb::List => store.read().settings()?,
        Verb::Get { key } => {
            let value = settings::get(&store.read().settings()?, key)?;
            return match context.format {
                format if format.quiet || format.output.is_text() => Context::print_text(&value),
                _ => context.print(&SettingList([(key.clone(), value)].into())),
            };
        }
        Verb::Set { key, value, allow_http } => {
            let before = settings::get(&store.read().settings()?, key)?;
            let settings = setup::set(&mut store, key, value, *allow_http)?;
            note_consequences(context, key, &settings);
            let after = settings::get(&settings, key)?;
            let is_changed = before != after;
            context.print(&SettingList([(key.clone(), after)].into()))?;
            context.note(&match before.as_str() {
                _ if !is_changed => "\nNothing was changed.".to_owned(),
                "" => "\nIt was not set before.".to_owned(),
                before => format!("\nIt was {before} before."),
            });
            return Ok(());
        }
    };
    let list = Settings::KEYS
        .iter()
        .map(|key| Ok(((*key).to_owned(), settings::get(&settings, key)?)))
        .collect::<Result<_, Failure>>()?;
    context.print(&SettingList(list))
}

/// Notes what changing a setting entails.
pub(super) fn note_consequences(context: &Context, key: &str, settings: &Settings) {
    match key {
        "url" => {
            context.note(
                "The tool's URLs have changed: enter the new tool details in every platform \
                 (ltictl registration tool-details REG).\n",
            );
        }
        "app_key" if settings.app_key == AppKeyRule::Required => {
            context.note(
                "From the next request on, apps need their own key to record scores; `ltictl \
                 resource app-key RES` prints it.\n",
            );
        }
        "app_key" => {
            context.note(
                "Anyone who reads a launch token in their browser can record any score for \
                 themselves. \
                 To prevent that: ltictl config set app_key required\n",
            );
        }
        "logo" => context.note(
            "Platforms receive it when they register the tool; platforms that are already \
             registered keep the previous value.\n",
        ),
        _ => {}
    }
}
