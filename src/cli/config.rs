//! `ltictl config`: the tool's settings.

use clap::{Args, Subcommand};

use super::context::Context;
use super::examples::Examples;
use crate::admin::setup;
use crate::domain::{AppKeyRule, Settings};
use crate::failure::Failure;
use crate::report::view::SettingList;
use crate::report::{Format, Output};
use crate::rules::settings;

/// What to type, by verb: below the help of each command, and in its manual page.
pub(super) const EXAMPLES: Examples = &[
    ("list", &[("ltictl config list", "Every setting with its value")]),
    ("get", &[("ltictl config get url", "The public address alone, for a script")]),
    (
        "set",
        &[
            ("ltictl config set session_lifetime 4h", "A stay at a resource ends after four hours"),
            ("ltictl config set sync_interval off", "Leave synchronization to cron"),
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
        /// url, name, logo, session_lifetime, sync_interval, app_key, launch_retention,
        /// key_rotation, waiting_launch_limit or account_limit
        key: String,
    },
    /// Change one setting
    Set {
        /// url, name, logo, session_lifetime, sync_interval, app_key, launch_retention,
        /// key_rotation, waiting_launch_limit or account_limit
        key: String,
        /// The new value; a lifetime is a number with s, m, h or d, such as 8h; the logo is the
        /// https URL of a picture, "" takes it away
        value: String,
        /// Take a public address with http:// that is not on this machine
        #[arg(long)]
        allow_http: bool,
    },
}

pub(super) fn run(context: &Context, arguments: Arguments) -> Result<(), Failure> {
    let mut store = context.store()?;
    let settings = match &arguments.verb {
        Verb::List => store.read().settings()?,
        Verb::Get { key } => {
            let value = settings::get(&store.read().settings()?, key)?;
            return match context.format {
                Format { output: Output::Table, .. } | Format { quiet: true, .. } => {
                    Context::print_text(&value)
                }
                _ => context.print(&SettingList([(key.clone(), value)].into())),
            };
        }
        Verb::Set { key, value, allow_http } => {
            let settings = setup::set(&mut store, key, value, *allow_http)?;
            remark(context, key, &settings);
            settings
        }
    };
    let list = settings::SETTINGS
        .iter()
        .map(|key| Ok(((*key).to_owned(), settings::get(&settings, key)?)))
        .collect::<Result<_, Failure>>()?;
    context.print(&SettingList(list))
}

/// What follows from another value of a setting, for people.
pub(super) fn remark(context: &Context, key: &str, settings: &Settings) {
    match key {
        "url" => {
            context.note(
                "The URLs that platforms know have changed: enter the new tool details in \
                every platform (ltictl registration tool-details REG).\n",
            );
        }
        "app_key" if settings.app_key == AppKeyRule::Required => {
            context.note(
                "Apps record scores only with their own key from the next request on: \
                ltictl resource app-key RES prints it.\n",
            );
        }
        "app_key" => {
            context.note(
                "Anyone who reads a launch token out of their browser can record a score of their \
                 own. To stop that: ltictl config set app_key required\n",
            );
        }
        "logo" => context.note(
            "Platforms are told of it when they register the tool; those that \
            have it already keep what they were told.\n",
        ),
        _ => {}
    }
}
