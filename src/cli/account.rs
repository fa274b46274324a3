//! `ltictl account`: people's accounts on the tool, and the platform users who have them.

mod delete;
mod link;
mod participation;

use clap::{Args, Subcommand};

use super::context::{Context, Question};
use super::examples::Examples;
use super::list_options::ListOptions;
use super::registration::nothing_to_change;
use crate::admin::account::{self, Dossier};
use crate::failure::{Failure, Kind};
use crate::report::view::{AccountDetails, AccountList};
use crate::rules::account::ProfileChange;
use crate::rules::{self, passwords, resource};

/// What to type, by verb: below the help of each command, and in its manual page.
pub(super) const EXAMPLES: Examples = &[
    (
        "create",
        &[
            (
                "ltictl account create tina --name \"Tina Teacher\" --email tina@example.edu",
                "An account without a password",
            ),
            (
                "ltictl account create tina --password-stdin < password.txt",
                "With one, which no command line shows",
            ),
        ],
    ),
    (
        "list",
        &[
            ("ltictl account list", "Everybody"),
            ("ltictl account list --resource algebra-quiz", "Who takes part in a resource"),
        ],
    ),
    ("show", &[("ltictl account show tina", "One of them with links, enrolments and grants")]),
    (
        "update",
        &[(
            "ltictl account update tina --email tina@example.edu --time-zone Europe/Lisbon",
            "Change what is said of the person",
        )],
    ),
    ("rename", &[("ltictl account rename tina tina.teacher", "Another name to sign in with")]),
    (
        "set-password",
        &[
            ("ltictl account set-password tina", "Ask for it twice, unseen"),
            ("ltictl account set-password tina --remove", "Take it away"),
        ],
    ),
    (
        "link",
        &[
            (
                "ltictl account link tina --registration moodle-prod --sub 5",
                "The platform's user 5 is Tina",
            ),
            (
                "ltictl account link tina --consumer-key school.example --user-id 5",
                "Who somebody was over LTI 1.1",
            ),
        ],
    ),
    (
        "unlink",
        &[(
            "ltictl account unlink tina --registration moodle-prod --sub 5",
            "The platform's user 5 is somebody else",
        )],
    ),
    ("enable", &[("ltictl account enable tina", "Let the account's launches in again")]),
    ("disable", &[("ltictl account disable tina", "Refuse them, and end its visits")]),
    (
        "enrol",
        &[(
            "ltictl account enrol tina algebra-quiz --role-of teacher",
            "Take part with a teacher's role",
        )],
    ),
    (
        "unenrol",
        &[("ltictl account unenrol tina algebra-quiz", "Take part no more; the grade stays")],
    ),
    (
        "grant",
        &[
            ("ltictl account grant tina algebra-quiz", "Content selection offers it"),
            ("ltictl account grant tina --all", "It offers everything, also what comes later"),
        ],
    ),
    (
        "revoke",
        &[("ltictl account revoke tina algebra-quiz", "Content selection offers it no more")],
    ),
    (
        "delete",
        &[(
            "ltictl account delete tina --export tina.json",
            "Write down what was kept of the person, then delete it",
        )],
    ),
];

/// People's accounts on the tool, and the platform users who have them
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Make an account
    Create {
        /// What the person signs in with, for instance tina
        username: Option<String>,
        #[command(flatten)]
        profile: Box<ProfileArguments>,
        /// Read a password from standard input
        #[arg(long)]
        password_stdin: bool,
        /// Succeed, and change nothing, when it exists already
        #[arg(long)]
        if_not_exists: bool,
    },
    /// List every account
    #[command(alias = "ls")]
    List {
        /// Only those who take part in this resource
        #[arg(long, value_name = "RES")]
        resource: Option<String>,
        #[command(flatten)]
        options: ListOptions,
    },
    /// Show an account: person, linked users, enrolments, grants
    Show(Who),
    /// Change what an account says of its person
    Update {
        #[command(flatten)]
        who: Who,
        #[command(flatten)]
        profile: Box<ProfileArguments>,
    },
    /// Give an account another username; its UUID stays
    Rename {
        #[command(flatten)]
        who: Who,
        /// The new username
        #[arg(value_name = "USERNAME")]
        username: String,
    },
    /// Give an account a password to sign in with, or take it away
    ///
    /// The password is asked for on the terminal, or read from standard input; it never comes by
    /// the command line, where others see it. It is kept as an argon2id hash.
    SetPassword {
        #[command(flatten)]
        who: Who,
        /// Read the password from standard input instead of asking for it
        #[arg(long)]
        password_stdin: bool,
        /// Take the password away
        #[arg(long, conflicts_with = "password_stdin")]
        remove: bool,
    },
    /// Let a platform's user have an account; e-mail addresses never do that by themselves
    Link(link::LinkArguments),
    /// Take an account away from a platform's user
    Unlink(link::UnlinkArguments),
    /// Let launches in again
    Enable(Who),
    /// Refuse its launches and end its visits, until it is enabled again
    Disable(Who),
    /// Let an account take part in a resource, whatever its rules of enrolment
    ///
    /// Those are for launches. An enrolment whose time is over begins anew, for as long as the
    /// resource's enrolment duration says.
    Enrol(participation::EnrolArguments),
    /// End an account's part in a resource; its grade stays
    Unenrol(participation::UnenrolArguments),
    /// Let content selection offer resources to an account
    Grant(participation::GrantArguments),
    /// Keep content selection from offering resources to an account
    Revoke(participation::GrantArguments),
    /// Delete an account with its links, enrolments and grades; the launch log stays
    #[command(alias = "rm")]
    Delete(delete::DeleteArguments),
}

/// Whose account.
#[derive(Debug, Args)]
struct Who {
    /// Username or UUID of the account
    #[arg(value_name = "ACCOUNT")]
    account: String,
}

#[derive(Debug, Args)]
struct ProfileArguments {
    /// Full name; "" takes it away
    #[arg(long)]
    name: Option<String>,
    /// Given name; "" takes it away
    #[arg(long, value_name = "NAME")]
    given_name: Option<String>,
    /// Family name; "" takes it away
    #[arg(long, value_name = "NAME")]
    family_name: Option<String>,
    /// E-mail address; "" takes it away
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,
    /// Language tag, such as en or pt-BR; "" takes it away
    #[arg(long)]
    locale: Option<String>,
    /// Time zone, such as Europe/Lisbon; "" takes it away
    #[arg(long, value_name = "ZONE")]
    time_zone: Option<String>,
    /// School or university; "" takes it away
    #[arg(long, value_name = "NAME")]
    institution: Option<String>,
}

impl From<ProfileArguments> for ProfileChange {
    fn from(arguments: ProfileArguments) -> Self {
        let ProfileArguments {
            name,
            given_name,
            family_name,
            email,
            locale,
            time_zone,
            institution,
        } = arguments;
        Self { name, given_name, family_name, email, locale, time_zone, institution }
    }
}

pub(super) fn run(context: &Context, arguments: Arguments) -> Result<(), Failure> {
    match arguments.verb {
        Verb::Create { username, profile, password_stdin, if_not_exists } => {
            create(context, username, *profile, password_stdin, if_not_exists)
        }
        Verb::List { resource, options } => list(context, resource.as_deref(), options),
        Verb::Show(who) => print(context, &account::show(context.store()?.read(), &who.account)?),
        Verb::Update { who, profile } => update(context, &who.account, *profile),
        Verb::Rename { who, username } => rename(context, &who.account, &username),
        Verb::SetPassword { who, password_stdin, remove } => {
            set_password(context, &who.account, password_stdin, remove)
        }
        Verb::Link(arguments) => link::link(context, arguments),
        Verb::Unlink(arguments) => link::unlink(context, arguments),
        Verb::Enable(who) => set_enabled(context, &who.account, true),
        Verb::Disable(who) => set_enabled(context, &who.account, false),
        Verb::Enrol(arguments) => participation::enrol(context, &arguments),
        Verb::Unenrol(arguments) => participation::unenrol(context, &arguments),
        Verb::Grant(arguments) => participation::grant(context, arguments),
        Verb::Revoke(arguments) => participation::revoke(context, arguments),
        Verb::Delete(arguments) => delete::delete(context, &arguments),
    }
}

/// Answers with an account.
fn print(context: &Context, dossier: &Dossier) -> Result<(), Failure> {
    context.print(&AccountDetails::new(dossier, context.now()))
}

fn create(
    context: &Context,
    username: Option<String>,
    profile: ProfileArguments,
    password_stdin: bool,
    if_not_exists: bool,
) -> Result<(), Failure> {
    let mut store = context.store()?;
    let question = Question {
        text: "What the person signs in with",
        default: None,
        flag: "USERNAME",
        command: "ltictl account create tina",
    };
    let username = context.value_or_ask(username, &question, |username| {
        rules::account::new_username(username).map(drop)
    })?;
    let username = rules::account::new_username(&username)?;
    let password = match password_stdin {
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
    let password = password.as_deref().map(String::as_str);
    let (dossier, made) = account::create(
        &mut store,
        &username,
        &profile.into(),
        password,
        if_not_exists,
        context.now(),
        &context.random,
    )?;
    print(context, &dossier)?;
    if made && password.is_none() {
        context.note(&format!(
            "\nNext, a password to sign in with, or the link to a platform's user:\n\
             \x20 ltictl account set-password {username}\n\
             \x20 ltictl account link {username} --registration REG --sub SUB"
        ));
    }
    Ok(())
}

fn list(context: &Context, resource: Option<&str>, options: ListOptions) -> Result<(), Failure> {
    let store = context.store()?;
    let accounts = match resource {
        None => store.read().accounts()?,
        Some(resource) => {
            let resource = resource::find(store.read(), resource)?;
            store
                .read()
                .members(resource.id, None)?
                .into_iter()
                .map(|member| member.account)
                .collect()
        }
    };
    context.print_list(AccountList(accounts), options)
}

fn update(context: &Context, name: &str, profile: ProfileArguments) -> Result<(), Failure> {
    let mut store = context.store()?;
    let username = rules::account::find(store.read(), name)?.username;
    let change = ProfileChange::from(profile);
    if change == ProfileChange::default() {
        return Err(nothing_to_change(format!("ltictl account update {username} --help")));
    }
    print(context, &account::update(&mut store, name, &change, context.now())?)
}

fn rename(context: &Context, name: &str, username: &str) -> Result<(), Failure> {
    let mut store = context.store()?;
    let username = rules::account::new_username(username)?;
    print(context, &account::rename(&mut store, name, &username, context.now())?)
}

fn set_password(
    context: &Context,
    name: &str,
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

fn set_enabled(context: &Context, name: &str, enabled: bool) -> Result<(), Failure> {
    let mut store = context.store()?;
    let dossier = account::set_enabled(&mut store, name, enabled, context.now())?;
    print(context, &dossier)?;
    if !enabled {
        let username = &dossier.account.username;
        context.note(&format!(
            "\nIts launches are refused from the next request on.\nTo let them \
            in again: ltictl account enable {username}"
        ));
    }
    Ok(())
}

/// A usage failure of arguments that belong together.
fn missing(flags: &str, hint: String) -> Failure {
    Failure::new(
        Kind::Usage,
        format!("{flags} is missing"),
        "a user is known by both together",
        hint,
    )
}
