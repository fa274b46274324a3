//! `ltictl key`: the tool's own signing keys.

use clap::{Args, Subcommand, ValueEnum};

use super::context::Context;
use super::list_options::ListOptions;
use crate::domain::KeyState;
use crate::lti::keyset;
use crate::report::Output;
use crate::report::view::{KeyList, KeyView, Keyset, PublicPem};
use crate::usecase::{Failure, Kind, keys};

/// The tool's own signing keys
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List every key
    #[command(alias = "ls")]
    List(ListOptions),
    /// Make a new key that signs from now on; the old one stays in the keyset
    Rotate,
    /// Take a key out of the keyset for good and wipe its private half
    Retire {
        /// Key ID
        kid: String,
        /// Do not ask
        #[arg(short, long)]
        yes: bool,
    },
    /// Print public keys for platforms that take no JWKS URL; private keys never leave the database
    Export {
        /// Key ID [default: the whole keyset, or the active key as PEM]
        kid: Option<String>,
        /// jwks: a JSON Web Key Set; pem: one public key
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Format {
    #[default]
    Jwks,
    Pem,
}

pub(super) fn run(context: &Context, arguments: Arguments) -> Result<(), Failure> {
    match arguments.verb {
        Verb::List(options) => list(context, options),
        Verb::Rotate => rotate(context),
        Verb::Retire { kid, yes } => retire(context, &kid, yes),
        Verb::Export { kid, format } => export(context, kid.as_deref(), format),
    }
}

fn list(context: &Context, options: ListOptions) -> Result<(), Failure> {
    let keys = context.store()?.read().signing_keys()?;
    context.print_list(KeyList(keys.iter().map(KeyView::from).collect()), options)
}

fn rotate(context: &Context) -> Result<(), Failure> {
    let mut store = context.store()?;
    let before = store.read().signing_keys()?.into_iter().find(|key| key.state == KeyState::Active).map(|key| key.kid);
    let key = keys::rotate(&mut store, context.now(), &context.random)?;
    context.print(&KeyView::from(&key))?;
    // A damaged database may have had no active key.
    if let Some(before) = before {
        context.note(&format!(
            "\nThe key {before} stays in the keyset, for what was signed with it. Platforms may keep the old keyset for hours; retire it after two days:\n\
             \x20 ltictl key retire {before}"
        ));
    }
    Ok(())
}

fn retire(context: &Context, kid: &str, yes: bool) -> Result<(), Failure> {
    let mut store = context.store()?;
    keys::find(store.read(), kid)?;
    context.confirm(
        yes,
        &format!("Take key {kid} out of the keyset for good? What was signed with it can no longer be checked."),
        &format!("ltictl key retire {kid}"),
    )?;
    let key = keys::retire(&mut store, kid, context.now())?;
    context.print(&KeyView::from(&key))
}

fn export(context: &Context, kid: Option<&str>, format: Format) -> Result<(), Failure> {
    let store = context.store()?;
    let read = store.read();
    let key = match kid {
        Some(kid) => Some(keys::find(read, kid)?),
        None => None,
    };
    match format {
        Format::Jwks => {
            let keyset = match key {
                Some(key) => serde_json::json!({ "keys": [keyset::public_jwk(key.kid.as_str(), &key.modulus, &key.exponent)] }),
                None => keys::public_keyset(read)?,
            };
            let keyset: Keyset =
                serde_json::from_value(keyset).map_err(|error| Failure::new(Kind::Failed, "no keyset", error.to_string(), "report this as a bug"))?;
            context.print(&keyset)
        }
        Format::Pem => {
            let key = match key {
                Some(key) => key,
                None => read.active_signing_key()?,
            };
            let pem = keyset::public_pem(&key.modulus, &key.exponent);
            match context.format.output {
                Output::Table => Context::print_text(pem.trim_end()),
                _ => context.print(&PublicPem { kid: key.kid.to_string(), pem }),
            }
        }
    }
}
