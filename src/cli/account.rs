//! `ltictl account`: accounts, and the platform users linked to them.

mod delete;
mod link;
mod participation;

use clap::{Args, Subcommand};

use super::context::{Context, Question};
use super::examples::Examples;
use super::list_options::ListOptions;
use super::registration::nothing_to_change;
use crate::admin::account::{self, AccountRecord, Grants, NewAccount};
use crate::domain::{AccountRef, ResourceRef, Username};
use crate::failure::{Failure, Kind};
use crate::report::view::{AccountDetails, AccountList};
use crate::rules::account::AccountChange;
use crate::rules::{self, passwords, resource};

/// What to type, by verb: below the help of each command, and in its manual page.
pub(super) const EXAMPLES: Examples = &[
    (
        "create",
        &[
            (
                "ltictl account create tina --name \"Tina Teacher\" --email tina@example.edu",
                "Create an account without a password",
            ),
            (
                "ltictl account create tina --name \"Tina Teacher\" --grant algebra-quiz \
                 --registration moodle-prod --sub 5",
                "Create an account that a platform user has, and that may select a resource",
            ),
            (
                "ltictl account create tina --password-stdin < password.txt",
                "Create an account with a password from a file",
            ),
        ],
    ),
    (
        "list",
        &[
            ("ltictl account list", "List all accounts"),
            (
                "ltictl account list --resource algebra-quiz",
                "List the accounts enrolled in a resource",
            ),
        ],
    ),
    (
        "show",
        &[("ltictl account show tina", "Show an account with its links, enrolments and grants")],
    ),
    (
        "update",
        &[(
            "ltictl account update tina --email tina@example.edu --time-zone Europe/Lisbon",
            "Change profile fields",
        )],
    ),
    ("rename", &[("ltictl account rename tina tina.teacher", "Change the username")]),
    (
        "set-password",
        &[
            (
                "ltictl account set-password tina",
                "Prompt for the password twice, without showing it",
            ),
            ("ltictl account set-password tina --remove", "Remove the password"),
        ],
    ),
    (
        "link",
        &[
            (
                "ltictl account link tina --registration moodle-prod --sub 5",
                "Link the platform's user 5 to Tina's account",
            ),
            (
                "ltictl account link tina --consumer-key school.example --user-id 5",
                "Link an LTI 1.1 user to the account",
            ),
            (
                "ltictl account link tina --identity-provider microsoft --subject GUID",
                "Let a person at an identity provider sign in to the account",
            ),
        ],
    ),
    (
        "unlink",
        &[(
            "ltictl account unlink tina --registration moodle-prod --sub 5",
            "Unlink the platform's user 5 from Tina's account",
        )],
    ),
    ("enable", &[("ltictl account enable tina", "Accept the account's launches again")]),
    (
        "disable",
        &[("ltictl account disable tina", "Refuse the account's launches and end its sessions")],
    ),
    (
        "enrol",
        &[(
            "ltictl account enrol tina algebra-quiz --role-of teacher",
            "Enrol the account with the teacher's role",
        )],
    ),
    (
        "unenrol",
        &[("ltictl account unenrol tina algebra-quiz", "Unenrol the account; the grade is kept")],
    ),
    (
        "grant",
        &[
            ("ltictl account grant tina algebra-quiz", "Offer one resource in content selection"),
            ("ltictl account grant tina --all", "Offer all resources, including future ones"),
        ],
    ),
    (
        "revoke",
        &[(
            "ltictl account revoke tina algebra-quiz",
            "Stop offering the resource in content selection",
        )],
    ),
    (
        "delete",
        &[(
            "ltictl account delete tina --export tina.json",
            "Export the stored data, then delete the account",
        )],
    ),
];

/// Manage accounts and the platform users linked to them
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Args)]
struct CreateArguments {
    /// Username to sign in with, for instance tina [default: derived from --name]
    username: Option<String>,
    #[command(flatten)]
    profile: AccountChange,
    /// Read a password from standard input
    #[arg(long)]
    password_stdin: bool,
    /// Resource that content selection offers; can be given multiple times
    #[arg(long = "grant", value_name = "RES", conflicts_with = "grant_all")]
    resources: Vec<ResourceRef>,
    /// Offer all resources in content selection, including future ones
    #[arg(long)]
    grant_all: bool,
    /// Succeed without changes if it already exists
    #[arg(long)]
    if_not_exists: bool,
    #[command(flatten)]
    user: link::User,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Create an account
    Create(Box<CreateArguments>),
    /// List every account
    List {
        /// List only accounts enrolled in this resource
        #[arg(long, value_name = "RES")]
        resource: Option<ResourceRef>,
        #[command(flatten)]
        options: ListOptions,
    },
    /// Show an account with its profile, linked users, enrolments and grants
    Show(AccountArgument),
    /// Update an account's profile
    Update {
        #[command(flatten)]
        argument: AccountArgument,
        #[command(flatten)]
        profile: Box<AccountChange>,
    },
    /// Change an account's username; its UUID does not change
    Rename {
        #[command(flatten)]
        argument: AccountArgument,
        /// The new username
        #[arg(value_name = "USERNAME")]
        username: String,
    },
    /// Set or remove an account's password
    ///
    /// You are prompted for the password, or it is read from standard input; it is never given on
    /// the command line, where others could see it. It is stored as an argon2id hash.
    SetPassword {
        #[command(flatten)]
        argument: AccountArgument,
        /// Read the password from standard input instead of prompting for it
        #[arg(long)]
        password_stdin: bool,
        /// Remove the password
        #[arg(long, conflicts_with = "password_stdin")]
        remove: bool,
    },
    /// Link a platform user or an identity to an account; users are never linked by email address
    Link(link::LinkArguments),
    /// Unlink a platform user or an identity from an account
    Unlink(link::UnlinkArguments),
    /// Enable an account: accept its launches again
    Enable(AccountArgument),
    /// Refuse the account's launches and end its sessions until it is enabled again
    Disable(AccountArgument),
    /// Enrol an account in a resource, regardless of its enrolment rules
    ///
    /// Those rules are for launches. An expired enrolment starts again, for the resource's
    /// enrolment duration.
    Enrol(participation::EnrolArguments),
    /// Unenrol an account from a resource; its grade is kept
    Unenrol(participation::UnenrolArguments),
    /// Offer resources to an account in content selection
    Grant(participation::GrantArguments),
    /// Stop offering resources to an account in content selection
    Revoke(participation::GrantArguments),
    /// Delete an account with its links, enrolments and grades; the launch log is kept
    Delete(delete::DeleteArguments),
}

/// An account, given by name.
#[derive(Debug, Args)]
struct AccountArgument {
    /// Username or UUID of the account
    #[arg(value_name = "ACCOUNT")]
    account: AccountRef,
}

pub(super) fn run(context: &Context, arguments: Arguments) -> Result<(), Failure> {
    match arguments.verb {
        Verb::Create(arguments) => create(context, *arguments),
        Verb::List { resource, options } => list(context, resource.as_ref(), options),
        Verb::Show(argument) => {
            print(context, &account::show(context.store()?.read(), &argument.account)?)
        }
        Verb::Update { argument, profile } => update(context, &argument.account, *profile),
        Verb::Rename { argument, username } => rename(context, &argument.account, &username),
        Verb::SetPassword { argument, password_stdin, remove } => {
            set_password(context, &argument.account, password_stdin, remove)
        }
        Verb::Link(arguments) => link::link(context, arguments),
        Verb::Unlink(arguments) => link::unlink(context, arguments),
        Verb::Enable(argument) => set_enabled(context, &argument.account, true),
        Verb::Disable(argument) => set_enabled(context, &argument.account, false),
        Verb::Enrol(arguments) => participation::enrol(context, &arguments),
        Verb::Unenrol(arguments) => participation::unenrol(context, &arguments),
        Verb::Grant(arguments) => participation::grant(context, arguments),
        Verb::Revoke(arguments) => participation::revoke(context, arguments),
        Verb::Delete(arguments) => delete::delete(context, &arguments),
    }
}

fn print(context: &Context, dossier: &AccountRecord) -> Result<(), Failure> {
    context.print(&AccountDetails::new(dossier, context.now()))
}

/// The username of a new account, derived from the name if none is given.
fn chosen_username(
    context: &Context,
    username: Option<String>,
    profile: &AccountChange,
) -> Result<Username, Failure> {
    let name = profile.name.as_ref().and_then(|name| name.0.as_ref()).map(ToString::to_string);
    let proposed = name.as_deref().and_then(Username::from_name);
    let username = match &proposed {
        // As for a slug: the name is enough.
        Some(proposed) if !context.may_ask() => username.or_else(|| Some(proposed.to_string())),
        _ => username,
    };
    let question = Question {
        text: "Username to sign in with",
        default: proposed.as_ref().map(Username::as_str),
        flag: "USERNAME",
        command: "ltictl account create tina",
    };
    let username = context.value_or_ask(username, &question, |username| {
        rules::account::new_username(username).map(drop)
    })?;
    rules::account::new_username(&username).map_err(|invalid| {
        let plain = Username::from_name(&username)
            .filter(|plain| rules::account::new_username(plain.as_str()).is_ok())
            .unwrap_or_else(Username::placeholder);
        Failure::invalid(&invalid, format!("ltictl account create {plain}"))
    })
}

fn create(context: &Context, arguments: CreateArguments) -> Result<(), Failure> {
    let mut store = context.store()?;
    let CreateArguments { username, profile, resources, grant_all, .. } = arguments;
    let username = chosen_username(context, username, &profile)?;
    let user = match arguments.user.is_given() {
        true => Some(arguments.user.into_target(&format!("ltictl account create {username}"))?),
        false => None,
    };
    let password = match arguments.password_stdin {
        true => {
            let question = Question {
                text: "Password",
                default: None,
                flag: "--password-stdin",
                command: "ltictl account create --help",
            };
            Some(context.secret(true, &question, passwords::check)?)
        }
        false => None,
    };
    let new = NewAccount {
        change: profile,
        password: password.as_deref().map(String::as_str),
        grants: match (grant_all, resources.is_empty()) {
            (true, _) => Some(Grants::All),
            (false, true) => None,
            (false, false) => Some(Grants::Resources(resources)),
        },
        user,
    };
    let (dossier, created) = account::create(
        &mut store,
        &username,
        &new,
        arguments.if_not_exists,
        context.now(),
        &context.random,
    )?;
    print(context, &dossier)?;
    if created && new.password.is_none() && new.user.is_none() {
        context.note(&format!(
            "\nNext, set a password to sign in with, or link a platform user:\n\
             \x20 ltictl account set-password {username}\n\
             \x20 ltictl account link {username} --registration REG --sub SUB"
        ));
    }
    Ok(())
}

fn list(
    context: &Context,
    resource: Option<&ResourceRef>,
    options: ListOptions,
) -> Result<(), Failure> {
    let store = context.store()?;
    let read = store.read();
    match resource {
        None => context.print_rows::<AccountList>(
            |take| read.each_account(None, take),
            || Ok(read.account_count()?),
            options,
        ),
        Some(resource) => {
            let resource = resource::find(read, resource)?;
            context.print_rows::<AccountList>(
                |take| read.each_member(resource.id, |member| take(member.account)),
                || Ok(read.member_count(resource.id)?),
                options,
            )
        }
    }
}

fn update(context: &Context, name: &AccountRef, profile: AccountChange) -> Result<(), Failure> {
    let mut store = context.store()?;
    let username = rules::account::find(store.read(), name)?.username;
    if profile == AccountChange::default() {
        return Err(nothing_to_change(format!("ltictl account update {username} --help")));
    }
    print(context, &account::update(&mut store, name, &profile, context.now())?)
}

fn rename(context: &Context, name: &AccountRef, username: &str) -> Result<(), Failure> {
    let mut store = context.store()?;
    let username = rules::account::new_username(username)?;
    print(context, &account::rename(&mut store, name, &username, context.now())?)
}

fn set_password(
    context: &Context,
    name: &AccountRef,
    password_stdin: bool,
    remove: bool,
) -> Result<(), Failure> {
    let mut store = context.store()?;
    let username = rules::account::find(store.read(), name)?.username;
    let password = if remove {
        None
    } else {
        let command = format!("ltictl account set-password {username} --password-stdin < FILE");
        let question = Question {
            text: "New password",
            default: None,
            flag: "--password-stdin",
            command: &command,
        };
        Some(context.secret(password_stdin, &question, passwords::check)?)
    };
    let dossier = account::set_password(
        &mut store,
        name,
        password.as_deref().map(String::as_str),
        context.now(),
        &context.random,
    )?;
    print(context, &dossier)
}

fn set_enabled(context: &Context, name: &AccountRef, enabled: bool) -> Result<(), Failure> {
    let mut store = context.store()?;
    let dossier = account::set_enabled(&mut store, name, enabled, context.now())?;
    print(context, &dossier)?;
    if !enabled {
        let username = &dossier.account.username;
        context.note(&format!(
            "\nIts launches are refused from the next request on.\nTo accept them again: ltictl \
             account enable {username}"
        ));
    }
    Ok(())
}

/// A usage failure: one of two arguments that identify a user together is missing.
fn missing(flags: &str, hint: String) -> Failure {
    Failure::new(
        Kind::Usage,
        format!("{flags} is missing"),
        "a user is identified by both together",
        hint,
    )
}
