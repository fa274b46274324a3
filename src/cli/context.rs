//! What every command uses: database, output format and prompts.

use std::cell::Cell;
use std::ffi::OsStr;
use std::io::{self, IsTerminal, Read};
use std::path::Path;

use dialoguer::console::{Key, Term};
use dialoguer::theme::{ColorfulTheme, Theme};
use dialoguer::{Confirm, Input, Password};
use jiff::Timestamp;
use zeroize::Zeroizing;

use super::database::DatabaseOptions;
use super::list_options::{ListOptions, RowOptions};
use super::who;
use crate::doctor::{Finding, Totals};
use crate::domain::{Actor, Clock, Invalid, Random, Settings, parse_moment};
use crate::failure::{Failure, Kind};
use crate::provision::Exported;
use crate::report::progress::Bar;
use crate::report::{self, Format, LineView, List, RowList, ShownFindings, Source, Taken, View};
use crate::store::{Database, Store};

/// The most rows that a table of a long list shows, unless there is an option.
const TABLE_LIMIT: u32 = 1_000;

/// The longest text that is read from a file or standard input, in bytes.
const LARGEST_INPUT: u64 = 1024 * 1024;

/// A prompt for one value.
pub(super) struct Question<'q> {
    /// The prompt's text, which uses the LMS's label if there is one.
    pub(super) text: &'q str,
    /// The value if the user just presses Enter.
    pub(super) default: Option<&'q str>,
    /// The flag or argument to use instead.
    pub(super) flag: &'q str,
    /// A complete command to use instead.
    pub(super) command: &'q str,
}

/// What every command uses.
pub(super) struct Context {
    /// Noun and verb of the command.
    command: String,
    database: DatabaseOptions,
    pub(super) format: Format,
    may_ask: bool,
    no_input: bool,
    /// Whether the user was prompted already.
    has_asked: Cell<bool>,
    clock: Clock,
    /// Randomness.
    pub(super) random: Random,
}

impl Context {
    pub(super) fn new(
        command: String,
        database: DatabaseOptions,
        format: Format,
        no_input: bool,
    ) -> Self {
        let may_ask = !no_input && io::stdin().is_terminal() && io::stderr().is_terminal();
        Self {
            command,
            database,
            format,
            may_ask,
            no_input,
            has_asked: Cell::new(false),
            clock: Clock::System,
            random: Random::System,
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Where the database is: `--db`, `LTICTL_DB`, or the user's data directory.
    pub(super) fn database(&self) -> Result<Database, Failure> {
        self.database.database()
    }

    /// The database with this path or URL.
    pub(super) fn database_at(&self, given: &OsStr) -> Result<Database, Failure> {
        self.database.database_at(given)
    }

    /// The file with the password for PostgreSQL, if one was named.
    pub(super) fn password_file(&self) -> Option<&Path> {
        self.database.password_file()
    }

    /// The database, which must exist.
    pub(super) fn store(&self) -> Result<Store, Failure> {
        self.store_at(&self.database()?)
    }

    /// A database, which must exist.
    pub(super) fn store_at(&self, database: &Database) -> Result<Store, Failure> {
        let store = self.with_actor(Store::open(database)?);
        self.set_zone(&store);
        Ok(store)
    }

    /// Prints times for people in the zone of the database's settings.
    pub(super) fn set_zone(&self, store: &Store) {
        if self.format.is_text()
            && let Ok(settings) = store.read().settings()
        {
            report::set_zone(settings.time_zone);
        }
    }

    /// A database, created if it does not exist.
    pub(super) fn created_store(&self, database: &Database) -> Result<Store, Failure> {
        Ok(self.with_actor(Store::create(database)?))
    }

    /// Sets user, command and clock for the audit log, and how the user learns of waiting.
    fn with_actor(&self, store: Store) -> Store {
        store.acting_as(self.actor()).with_clock(self.clock).announcing_waits(|| {
            report::note(
                "waiting for another process that is writing to the database (30 s at most)",
            );
        })
    }

    /// User and command, for the audit log.
    pub(super) fn actor(&self) -> Actor {
        Actor { name: who::user(), via: self.command.clone().into() }
    }

    /// The database and the tool's settings.
    pub(super) fn store_and_settings(&self) -> Result<(Store, Settings), Failure> {
        let store = self.store()?;
        let settings = store.read().settings()?;
        Ok((store, settings))
    }

    pub(super) fn print(&self, view: &impl View) -> Result<(), Failure> {
        if self.has_asked.take() {
            // An empty line between the prompts and the output.
            self.note("");
        }
        report::print(view, self.format).map_err(|error| cannot_write(&error))
    }

    /// Prints the selected rows and columns of a list.
    pub(super) fn print_list(&self, list: impl List, options: ListOptions) -> Result<(), Failure> {
        report::print_list(list, &options.into(), self.format)?
            .map_err(|error| cannot_write(&error))
    }

    /// Prints the selected rows and columns of findings; see [`report::print_findings`].
    pub(super) fn print_findings(
        &self,
        each: impl FnOnce(&mut dyn FnMut(Finding) -> Taken) -> Result<Totals, Failure>,
        shown: ShownFindings,
        options: ListOptions,
    ) -> Result<(), Failure> {
        let limit = TABLE_LIMIT as usize;
        report::print_findings(each, shown, limit, &options.into(), self.format)?
            .map_err(|error| cannot_write(&error))
    }

    /// Prints the selected rows and columns of a list whose rows are read one by one, and notes how
    /// to see more if a table does not show all.
    pub(super) fn print_rows<L: RowList>(
        &self,
        each: impl FnOnce(&mut dyn FnMut(L::Row) -> Taken) -> Result<(), Failure>,
        count: impl FnOnce() -> Result<u64, Failure>,
        options: ListOptions,
    ) -> Result<(), Failure> {
        let source =
            Source { each, count, table_limit: Some(TABLE_LIMIT as usize), is_narrowed: false };
        let (printed, shown) = report::print_rows_of::<L>(source, &options.into(), self.format)?;
        printed.map_err(|error| cannot_write(&error))?;
        if let Some(note) = shown.and_then(|shown| shown.note()) {
            self.note(&format!("\n{note}"));
        }
        Ok(())
    }

    /// How many rows of a list are needed to print it and to see whether there are more; `None` if
    /// all are needed.
    pub(super) fn rows_needed(&self, options: &ListOptions) -> Option<u32> {
        let is_table = self.format.is_text();
        let limit = options.limit().or(is_table.then_some(TABLE_LIMIT))?;
        (!options.selects_or_sorts()).then(|| limit.saturating_add(1))
    }

    /// Prints the newest rows of a log, which has a limit of its own; `is_narrowed` says whether the
    /// command selects some of them.
    pub(super) fn print_log<L: RowList>(
        &self,
        each: impl FnOnce(&mut dyn FnMut(L::Row) -> Taken) -> Result<(), Failure>,
        is_narrowed: bool,
        limit: u32,
        options: RowOptions,
    ) -> Result<(), Failure> {
        let mut count = 0;
        let counted = |take: &mut dyn FnMut(L::Row) -> Taken| {
            each(&mut |row| {
                count += 1;
                take(row)
            })
        };
        let source = Source { each: counted, count: || Ok(0), table_limit: None, is_narrowed };
        let (printed, _) = report::print_rows_of::<L>(source, &options.into(), self.format)?;
        printed.map_err(|error| cannot_write(&error))?;
        self.note_limit(count, limit);
        Ok(())
    }

    /// Prints a manifest part by part.
    pub(super) fn print_manifest(
        &self,
        export: impl FnOnce(&mut dyn FnMut(Exported) -> Result<(), Failure>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        report::print_manifest(export, self.format)?.map_err(|error| cannot_write(&error))
    }

    /// Prints text that is the same in every output format.
    pub(super) fn print_text(text: &str) -> Result<(), Failure> {
        report::print_text(text).map_err(|error| cannot_write(&error))
    }

    /// A bar for the progress of a long command, which is shown on a terminal unless `--quiet` is
    /// used.
    pub(super) fn bar(&self, what: &'static str) -> Bar {
        if self.format.quiet { Bar::hidden(what) } else { Bar::new(what) }
    }

    /// Prints one entry of an endless list on a line; `false` if standard output is closed.
    pub(super) fn print_line(&self, view: &impl LineView) -> Result<bool, Failure> {
        report::print_line(view, self.format).map_err(|error| cannot_write(&error))
    }

    /// Notes that a list was cut off at its limit, if it was.
    fn note_limit(&self, listed: u64, limit: u32) {
        if listed == u64::from(limit) {
            self.note(&format!("\nOnly the newest {limit} are shown; use --limit to see more."));
        }
    }

    /// Parses a flag's value as a time in the past.
    pub(super) fn moment(
        &self,
        field: &str,
        text: Option<&str>,
    ) -> Result<Option<Timestamp>, Invalid> {
        text.map(|text| parse_moment(field, text, self.now())).transpose()
    }

    /// Prints a note to standard error, unless `--quiet` or another format than a table is used.
    pub(super) fn note(&self, text: &str) {
        if self.format.is_text() {
            report::note(text);
        }
    }

    /// The given value, or else the reply to a prompt; without a terminal, a usage failure that
    /// names the flag.
    pub(super) fn value_or_ask(
        &self,
        given: Option<String>,
        question: &Question<'_>,
        check: impl Fn(&str) -> Result<(), Invalid>,
    ) -> Result<String, Failure> {
        match given {
            Some(value) => Ok(value),
            None => self.ask(question, check),
        }
    }

    /// Prompts until the reply passes `check`.
    pub(super) fn ask(
        &self,
        question: &Question<'_>,
        check: impl Fn(&str) -> Result<(), Invalid>,
    ) -> Result<String, Failure> {
        self.ask_in(question, false, check)
    }

    /// Prompts until the reply passes `check`; an empty reply is `None`.
    pub(super) fn ask_or_skip(
        &self,
        question: &Question<'_>,
        check: impl Fn(&str) -> Result<(), Invalid>,
    ) -> Result<Option<String>, Failure> {
        let reply = self
            .ask_in(question, true, |reply| if reply.is_empty() { Ok(()) } else { check(reply) })?;
        Ok(Some(reply).filter(|reply| !reply.is_empty()))
    }

    fn ask_in(
        &self,
        question: &Question<'_>,
        may_be_empty: bool,
        check: impl Fn(&str) -> Result<(), Invalid>,
    ) -> Result<String, Failure> {
        if !self.may_ask {
            return Err(Failure::new(
                Kind::Usage,
                format!("{} is missing", question.flag),
                self.why_not_asked(),
                question.command,
            ));
        }
        self.begin_asking();
        let theme = ColorfulTheme::default();
        let mut input = Input::<String>::with_theme(&theme)
            .with_prompt(question.text)
            .allow_empty(may_be_empty)
            .validate_with(|reply: &String| {
                check(reply.trim())
                    .map_err(|invalid| report::clean(&invalid.to_string()).into_owned())
            });
        if let Some(default) = question.default {
            input = input.default(default.to_owned());
        }
        input
            .interact_text()
            .map(|reply| reply.trim().to_owned())
            .map_err(|error| prompt_failed(&error, question.command))
    }

    /// Prints once how to cancel.
    pub(super) fn begin_asking(&self) {
        if !self.has_asked.replace(true) {
            report::note(
                "Press Ctrl-C to stop; nothing is changed until you have answered the \
                last prompt.",
            );
        }
    }

    /// Lets the user choose with the arrow keys or by number; `None` after Esc or Ctrl-C. Call it
    /// only if the terminal can be used for prompts.
    pub(super) fn choose(
        &self,
        question: &str,
        items: &[String],
        first: usize,
    ) -> Result<Option<usize>, Failure> {
        self.has_asked.set(true);
        // dialoguer's own list hides the cursor, and an interrupt would leave it hidden.
        choose_on(&Term::stderr(), question, items, first).map_err(|error| {
            Failure::new(
                Kind::Failed,
                "no reply",
                error.to_string(),
                "give the value on the command line",
            )
        })
    }

    /// Asks a yes-or-no question; Enter means `default`.
    pub(super) fn ask_yes_or_no(
        &self,
        question: &str,
        default: bool,
        command: &str,
    ) -> Result<bool, Failure> {
        self.has_asked.set(true);
        Confirm::with_theme(&ColorfulTheme::default())
            .with_prompt(report::clean(question))
            .default(default)
            .interact()
            .map_err(|error| prompt_failed(&error, command))
    }

    /// A secret: the line on standard input, or else typed twice at a prompt that does not show it.
    /// It is never read from the command line, which other users can see.
    pub(super) fn secret(
        &self,
        from_stdin: bool,
        question: &Question<'_>,
        check: impl Fn(&str) -> Result<(), Invalid>,
    ) -> Result<Zeroizing<String>, Failure> {
        if from_stdin {
            let secret = read_secret_line()?;
            check(&secret)?;
            return Ok(secret);
        }
        if !self.may_ask {
            return Err(Failure::new(
                Kind::Usage,
                format!("{} is missing", question.flag),
                self.why_not_asked(),
                question.command,
            ));
        }
        self.has_asked.set(true);
        Password::with_theme(&ColorfulTheme::default())
            .with_prompt(question.text)
            .with_confirmation("Repeat to confirm", "The entries do not match")
            .validate_with(|reply: &String| check(reply).map_err(|invalid| invalid.to_string()))
            .interact()
            .map(Zeroizing::new)
            .map_err(|error| prompt_failed(&error, question.command))
    }

    /// Why the user cannot be prompted.
    pub(super) fn why_not_asked(&self) -> &'static str {
        if self.no_input {
            "it is not asked because of --no-input"
        } else {
            "there is no terminal to prompt on"
        }
    }

    /// Whether the user can be prompted.
    pub(super) fn may_ask(&self) -> bool {
        self.may_ask
    }

    /// Asks for confirmation before something is deleted or replaced, unless `yes` is set.
    /// `command` is the command without `--yes`, for the hint.
    pub(super) fn confirm(&self, yes: bool, question: &str, command: &str) -> Result<(), Failure> {
        if yes {
            return Ok(());
        }
        let hint = with_yes(command);
        if !self.may_ask {
            return Err(Failure::new(
                Kind::Usage,
                "--yes is missing",
                format!("{}: {question}", self.why_not_asked()),
                hint,
            ));
        }
        let theme = ColorfulTheme::default();
        match Confirm::with_theme(&theme)
            .with_prompt(report::clean(&report::localized(question)))
            .default(false)
            .interact()
        {
            Ok(true) => Ok(()),
            Ok(false) => {
                Err(Failure::new(Kind::Failed, "nothing was changed", "you answered no", hint))
            }
            Err(error) => Err(prompt_failed(&error, &hint)),
        }
    }

    /// Reads a file, or standard input for `-`.
    pub(super) fn read_text(path: &Path) -> Result<String, Failure> {
        let cannot_read = |error: io::Error| {
            Failure::new(
                Kind::Failed,
                format!("cannot read {}", path.display()),
                error.to_string(),
                "check the path, or give - for standard input",
            )
        };
        let mut text = String::new();
        let read = if path.as_os_str() == "-" {
            io::stdin().lock().take(LARGEST_INPUT + 1).read_to_string(&mut text)
        } else {
            std::fs::File::open(path)
                .and_then(|file| file.take(LARGEST_INPUT + 1).read_to_string(&mut text))
        };
        read.map_err(cannot_read)?;
        if text.len() as u64 > LARGEST_INPUT {
            return Err(Failure::from(Invalid::new("input", "must be at most 1 MiB")));
        }
        Ok(text)
    }
}

fn choose_on(
    terminal: &Term,
    question: &str,
    items: &[String],
    first: usize,
) -> io::Result<Option<usize>> {
    let theme = ColorfulTheme::default();
    let mut chosen = first.min(items.len().saturating_sub(1));
    loop {
        let mut shown = String::new();
        let written = theme.format_select_prompt(&mut shown, question).and_then(|()| {
            items.iter().enumerate().try_for_each(|(place, item)| {
                shown.push('\n');
                theme.format_select_prompt_item(&mut shown, item, place == chosen)
            })
        });
        written.map_err(io::Error::other)?;
        terminal.write_line(&shown)?;
        let key = terminal.read_key_raw()?;
        terminal.clear_last_lines(items.len() + 1)?;
        match key {
            Key::ArrowDown | Key::Tab => chosen = (chosen + 1) % items.len(),
            Key::ArrowUp | Key::BackTab => chosen = (chosen + items.len() - 1) % items.len(),
            Key::Home => chosen = 0,
            Key::End => chosen = items.len() - 1,
            Key::Char(digit @ '1'..='9') if (digit as usize - '1' as usize) < items.len() => {
                chosen = digit as usize - '1' as usize
            }
            Key::Enter => {
                let mut shown = String::new();
                theme
                    .format_select_prompt_selection(&mut shown, question, &items[chosen])
                    .map_err(io::Error::other)?;
                terminal.write_line(&shown)?;
                return Ok(Some(chosen));
            }
            Key::Escape | Key::CtrlC => return Ok(None),
            _ => {}
        }
    }
}

/// Reads the only line of standard input, without its line break.
fn read_secret_line() -> Result<Zeroizing<String>, Failure> {
    let mut text = Zeroizing::new(String::new());
    io::stdin().lock().take(LARGEST_INPUT + 1).read_to_string(&mut text).map_err(|error| {
        Failure::new(
            Kind::Failed,
            "cannot read standard input",
            error.to_string(),
            "send the secret as one line of UTF-8 text",
        )
    })?;
    let line = text
        .strip_suffix('\n')
        .map_or(text.as_str(), |line| line.strip_suffix('\r').unwrap_or(line));
    if line.contains(['\n', '\r']) || text.len() as u64 > LARGEST_INPUT {
        return Err(Invalid::new("standard input", "must be one line").into());
    }
    Ok(Zeroizing::new(line.to_owned()))
}

fn cannot_write(error: &io::Error) -> Failure {
    Failure::new(
        Kind::Failed,
        "cannot write the output",
        error.to_string(),
        "check where standard output is written to; the command itself succeeded",
    )
}

fn prompt_failed(error: &dialoguer::Error, hint: &str) -> Failure {
    Failure::new(Kind::Failed, "no reply", error.to_string(), hint)
}

/// A command with --yes, before arguments that start with a hyphen.
fn with_yes(command: &str) -> String {
    match command.split_once(" -- ") {
        Some((options, arguments)) if options.matches('\'').count() % 2 == 0 => {
            format!("{options} --yes -- {arguments}")
        }
        _ => format!("{command} --yes"),
    }
}
