//! `ltictl key`: the tool's own signing keys.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use jiff::SignedDuration;
use zeroize::Zeroizing;

use super::context::Context;
use super::examples::Examples;
use super::list_options::ListOptions;
use crate::admin::keys;
use crate::domain::{KeyOverlap, KeyPurpose, KeyState, SigningKey};
use crate::failure::{Failure, Kind, shell_word};
use crate::lti::{json_problem, keyset};
use crate::report::view::{self, KeyList, KeyView, Keyset, PublicPem};
use crate::report::{self, Output};
use crate::rules::signing_key;
use crate::store::{Store, mode_for_others};

/// What to type, by verb: below the help of each command, and in its manual page.
pub(super) const EXAMPLES: Examples = &[
    ("list", &[("ltictl key list", "List the keys with their state and next change")]),
    (
        "show",
        &[
            ("ltictl key show", "Show the active key"),
            ("ltictl key show 2024-key", "Show a key with its state, age and next change"),
        ],
    ),
    (
        "rotate",
        &[
            ("ltictl key rotate", "Publish the next key now; it becomes active in 24 hours"),
            ("ltictl key rotate --now", "Replace a compromised key immediately"),
        ],
    ),
    ("activate", &[("ltictl key activate", "Activate the next key immediately")]),
    (
        "import",
        &[(
            "ltictl key import key.pem --kid 2024-key",
            "Import a key under the key ID that platforms already use",
        )],
    ),
    ("retire", &[("ltictl key retire KID --yes", "Remove a key from the keyset permanently")]),
    (
        "export",
        &[
            ("ltictl key export", "Print the public keyset"),
            (
                "ltictl key export --format pem",
                "Print the active public key, for platforms that do not accept a JWKS URL",
            ),
        ],
    ),
];

/// Manage the tool's own signing keys
///
/// The active key signs. The next key is published in the keyset, so that platforms can fetch it
/// before it signs. A previous key stays published for what it has signed, until it is retired and
/// its private key is erased. With `ltictl config set key_rotation 90d`, `ltictl serve` rotates
/// keys on schedule.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List all keys with their state, age and next change
    List(ListOptions),
    /// Show a key with its state, age and next change
    Show {
        /// Key ID [default: the active key]
        kid: Option<String>,
    },
    /// Publish the next key; it becomes active once platforms have had time to fetch it
    ///
    /// `ltictl serve` activates it when it is due; the old key stays in the keyset. If a key is
    /// compromised, do not wait: run `ltictl key rotate --now`, then `ltictl key retire` for the
    /// old key.
    Rotate {
        #[command(flatten)]
        purpose: Purpose,
        #[command(flatten)]
        start: Start,
        /// Activate it immediately, without waiting for platforms to fetch it
        #[arg(long, conflicts_with = "overlap")]
        now: bool,
        /// Succeed without changes if a next key is already waiting
        #[arg(long, conflicts_with = "now")]
        if_not_exists: bool,
    },
    /// Activate the next key, or another key in the keyset, immediately
    Activate {
        /// Key ID [default: the next key]
        kid: Option<String>,
    },
    /// Import an RSA private key
    Import {
        /// PEM file (PKCS #8 or PKCS #1, not encrypted), or - for standard input
        file: PathBuf,
        /// Key ID in the keyset [default: its thumbprint, RFC 7638]
        #[arg(long)]
        kid: Option<String>,
        #[command(flatten)]
        purpose: Purpose,
        #[command(flatten)]
        start: Start,
        /// Activate it immediately
        #[arg(long, conflicts_with = "overlap")]
        activate: bool,
        /// Succeed without changes if this key already exists
        #[arg(long)]
        if_not_exists: bool,
    },
    /// Remove a key from the keyset permanently and erase its private key
    Retire {
        /// Key ID
        kid: String,
        /// Skip the confirmation prompt
        #[arg(short, long)]
        yes: bool,
    },
    /// Print public keys, for platforms that do not accept a JWKS URL
    ///
    /// Private keys never leave the database.
    Export {
        /// Key ID [default: the whole keyset, or the active key as PEM]
        kid: Option<String>,
        /// jwks: a JSON Web Key Set; pem: one public key
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
}

/// What a new key signs.
#[derive(Debug, Args)]
struct Purpose {
    /// What it signs: lti, messages to platforms and launch tokens; or openid, ID tokens for apps
    #[arg(long, default_value = "lti", hide_possible_values = true)]
    purpose: KeyPurpose,
}

/// When a new key starts to sign.
#[derive(Debug, Args)]
struct Start {
    /// How long the key is in the keyset before it signs; platforms cache keysets for up to a day
    /// [default: 24h]
    #[arg(long, value_name = "DURATION")]
    overlap: Option<String>,
}

impl Start {
    fn overlap(&self, at_once: bool) -> Result<SignedDuration, Failure> {
        if at_once {
            return Ok(SignedDuration::ZERO);
        }
        let overlap = self.overlap.as_deref().map(str::parse::<KeyOverlap>).transpose()?;
        Ok(overlap.unwrap_or_default().duration())
    }
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
        Verb::Show { kid } => show(context, kid.as_deref()),
        Verb::Rotate { start, purpose, now, if_not_exists } => {
            rotate(context, purpose.purpose, start.overlap(now)?, if_not_exists)
        }
        Verb::Activate { kid } => activate(context, kid.as_deref()),
        Verb::Import { file, kid, purpose, start, activate, if_not_exists } => {
            let names = (kid.as_deref(), purpose.purpose);
            import(context, &file, names, start.overlap(activate)?, if_not_exists)
        }
        Verb::Retire { kid, yes } => retire(context, &kid, yes),
        Verb::Export { kid, format } => export(context, kid.as_deref(), format),
    }
}

fn list(context: &Context, options: ListOptions) -> Result<(), Failure> {
    let (store, settings) = context.store_and_settings()?;
    let keys = store.read().all_signing_keys()?;
    context
        .print_list(KeyList::new(&keys, settings.key_rotation.duration(), context.now()), options)
}

fn show(context: &Context, kid: Option<&str>) -> Result<(), Failure> {
    let store = context.store()?;
    let key = match kid {
        Some(kid) => keys::find(store.read(), kid)?,
        None => store.read().active_signing_key(KeyPurpose::Lti)?,
    };
    print(context, &store, &key)
}

/// Prints a key with its state.
fn print(context: &Context, store: &Store, key: &SigningKey) -> Result<(), Failure> {
    let interval = store.read().settings()?.key_rotation.duration();
    context.print(&KeyView::new(
        key,
        &store.read().signing_keys(key.purpose)?,
        interval,
        context.now(),
    ))
}

fn active(store: &Store, purpose: KeyPurpose) -> Result<Option<SigningKey>, Failure> {
    Ok(store.read().signing_keys(purpose)?.into_iter().find(|key| key.state == KeyState::Active))
}

fn rotate(
    context: &Context,
    purpose: KeyPurpose,
    overlap: SignedDuration,
    if_not_exists: bool,
) -> Result<(), Failure> {
    let mut store = context.store()?;
    let before = active(&store, purpose)?;
    let (key, _) =
        keys::rotate(&mut store, purpose, overlap, if_not_exists, context.now(), &context.random)?;
    print(context, &store, &key)?;
    note_what_follows(context, &key, before.as_ref());
    let waiting = store
        .read()
        .signing_keys(purpose)?
        .into_iter()
        .find(|other| other.state == KeyState::Next && other.kid != key.kid);
    if let Some(kid) = waiting.map(|key| key.kid) {
        context.note(&format!(
            "\nThe key {kid} is still the next key. If it is compromised too:\n\x20 ltictl key \
             retire {kid}"
        ));
    }
    Ok(())
}

fn activate(context: &Context, kid: Option<&str>) -> Result<(), Failure> {
    let mut store = context.store()?;
    let before = store.read().all_signing_keys()?;
    let key = keys::activate(&mut store, kid, context.now())?;
    print(context, &store, &key)?;
    let is_before =
        |other: &&SigningKey| other.state == KeyState::Active && other.purpose == key.purpose;
    note_what_follows(context, &key, before.iter().find(is_before));
    Ok(())
}

fn import(
    context: &Context,
    file: &Path,
    (kid, purpose): (Option<&str>, KeyPurpose),
    overlap: SignedDuration,
    if_not_exists: bool,
) -> Result<(), Failure> {
    let mut store = context.store()?;
    let pem = Zeroizing::new(Context::read_text(file)?);
    warn_if_readable(file);
    let before = active(&store, purpose)?;
    let (key, existed) =
        keys::import(&mut store, &pem, (kid, purpose), overlap, if_not_exists, context.now())?;
    print(context, &store, &key)?;
    if !existed {
        note_what_follows(context, &key, before.as_ref());
        context.note(
            "\nThe private key is now in the database; delete the file if nothing else needs it.",
        );
    }
    Ok(())
}

/// Notes what a new key means for the previous one, which a damaged database may lack.
fn note_what_follows(context: &Context, key: &SigningKey, before: Option<&SigningKey>) {
    let Some(before) = before.filter(|before| before.kid != key.kid) else { return };
    let before = &before.kid;
    if key.state == KeyState::Next {
        // Without a key ID, the next key of the other purpose would be activated.
        let activate = match key.purpose {
            KeyPurpose::Lti => "ltictl key activate".to_owned(),
            KeyPurpose::Openid => format!("ltictl key activate {}", key.kid),
        };
        context.note(&format!(
            "\nUntil then, {before} stays active. `ltictl serve` switches automatically; to switch \
             immediately:\n\x20 {activate}"
        ));
    } else if key.state == KeyState::Active {
        context.note(&format!(
            "\nThe key {before} stays in the keyset to verify what it has signed, which expires \
             after seven days. If the key is compromised, do not wait:\n\x20 ltictl key retire \
             {before}"
        ));
    }
}

/// Warns in every output format if others can read a private key's file: it is too late to refuse
/// it.
fn warn_if_readable(file: &Path) {
    let mode = std::fs::metadata(file).ok().as_ref().and_then(mode_for_others);
    if let Some(mode) = mode.filter(|_| file.as_os_str() != "-") {
        let name = file.display().to_string();
        report::note(&format!(
            "Warning: others on this machine can read {name} (mode {mode:04o}): chmod 600 {}",
            shell_word(&name)
        ));
    }
}

fn retire(context: &Context, kid: &str, yes: bool) -> Result<(), Failure> {
    let mut store = context.store()?;
    let key = keys::find(store.read(), kid)?;
    let consequence = match key.needed_until() {
        Some(until) if until > context.now() => format!(
            "What it has signed can no longer be verified, although some of it is valid until {}.",
            view::rfc3339(until)
        ),
        _ => "What it has signed can no longer be verified.".to_owned(),
    };
    context.confirm(
        yes,
        &format!("Remove key {kid} from the keyset permanently? {consequence}"),
        &format!("ltictl key retire {kid}"),
    )?;
    let key = keys::retire(&mut store, kid, context.now())?;
    print(context, &store, &key)
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
                Some(key) => {
                    serde_json::json!({ "keys": [keyset::public_jwk(key.kid.as_str(), &key.modulus, &key.exponent)] })
                }
                None => signing_key::public_keyset(read, KeyPurpose::Lti)?,
            };
            let keyset: Keyset = serde_json::from_value(keyset).map_err(|error| {
                Failure::new(
                    Kind::Failed,
                    "no keyset",
                    json_problem(&error),
                    "report this as a bug",
                )
            })?;
            context.print(&keyset)
        }
        Format::Pem => {
            let key = match key {
                Some(key) => key,
                None => read.active_signing_key(KeyPurpose::Lti)?,
            };
            let pem = keyset::public_pem(&key.modulus, &key.exponent);
            match context.format.output {
                Output::Table | Output::Wide => Context::print_text(pem.trim_end()),
                _ => context.print(&PublicPem { kid: key.kid.to_string(), pem }),
            }
        }
    }
}
