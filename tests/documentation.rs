//! Committed files match the program: completions, manual pages, help texts, the recording, and the
//! commands in the README and in `docs/`.
//!
//! `UPDATE_DOCUMENTATION=1 cargo test --test main documentation::` updates the generated files.

mod hints;
mod language;
#[cfg(unix)]
mod recording;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{fs, iter};

const UPDATE: &str = "UPDATE_DOCUMENTATION=1 cargo test --test main documentation::";

const COMPLETIONS: [(&str, &str); 5] = [
    ("bash", "ltictl.bash"),
    ("zsh", "_ltictl"),
    ("fish", "ltictl.fish"),
    ("elvish", "ltictl.elv"),
    ("powershell", "_ltictl.ps1"),
];

fn ltictl(arguments: &[&str]) -> Output {
    ltictl_in("110", arguments)
}

/// The same in a terminal with this number of columns.
fn ltictl_in(columns: &str, arguments: &[&str]) -> Output {
    crate::lab::binary()
        .args(arguments)
        .env_remove("LTICTL_DB")
        .env_remove("LTICTL_LOG")
        .env("NO_COLOR", "1")
        .env("COLUMNS", columns)
        .output()
        .unwrap()
}

/// Compares with what is committed, or writes it when asked to.
fn check(path: &Path, fresh: &str) {
    if std::env::var_os("UPDATE_DOCUMENTATION").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, fresh).unwrap();
    }
    let committed = fs::read_to_string(path).unwrap_or_default();
    assert!(
        committed == fresh,
        "{} is not what the program says now; run {UPDATE}",
        path.display()
    );
}

fn names_in(directory: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn the_description_for_apps_is_current() {
    let document = ltictl::server::openapi_document("https://tool.example.edu");
    let text = serde_json::to_string_pretty(&document).unwrap() + "\n";
    check(Path::new("docs/openapi.json"), &text);
}

#[test]
fn completions_are_current() {
    for (shell, file) in COMPLETIONS {
        let output = ltictl(&["completions", shell]);
        assert!(output.status.success(), "{shell}");
        check(&Path::new("completions").join(file), &String::from_utf8(output.stdout).unwrap());
    }
}

#[test]
fn manual_pages_are_current() {
    let fresh = tempfile::tempdir().unwrap();
    assert!(ltictl(&["man", fresh.path().to_str().unwrap()]).status.success());
    let names = names_in(fresh.path());
    assert!(names.contains(&"ltictl-registration-create.1".to_owned()), "{names:?}");
    for name in &names {
        check(&Path::new("man").join(name), &fs::read_to_string(fresh.path().join(name)).unwrap());
    }
    assert_eq!(
        names_in(Path::new("man")),
        names,
        "a page of a command that is gone; run rm man/* and {UPDATE}"
    );
}

/// Every command with its subcommands, as words.
fn commands(command: &clap::Command, path: &[String]) -> Vec<Vec<String>> {
    let mut found = vec![path.to_vec()];
    for child in command.get_subcommands().filter(|child| child.get_name() != "help") {
        let path = [path, &[child.get_name().to_owned()]].concat();
        found.extend(commands(child, &path));
    }
    found
}

#[test]
fn help_texts_are_current_and_fit_a_screen() {
    let mut all = String::new();
    for path in commands(&ltictl::cli::command(), &[]) {
        let words: Vec<&str> = path.iter().map(String::as_str).chain(["-h"]).collect();
        let output = ltictl(&words);
        let help = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && !help.is_empty(), "{words:?}");
        // The list of all commands is longer than other lists.
        let most = if path.is_empty() { 60 } else { 40 };
        assert!(help.lines().count() <= most, "{words:?} has {} lines", help.lines().count());
        let widest = help.lines().map(|line| line.chars().count()).max().unwrap_or(0);
        assert!(widest <= 110, "{words:?} is {widest} columns wide");
        all.push_str(&format!("$ ltictl {}\n{help}\n", words.join(" ")));
    }
    check(Path::new("tests/snapshots/help.txt"), &all);
}

/// At 80 columns nothing is wider, and the commands in it are complete: the parser would break long
/// ones where a shell does not continue them.
#[test]
fn help_texts_fit_80_columns() {
    for path in commands(&ltictl::cli::command(), &[]) {
        for flag in ["-h", "--help"] {
            let words: Vec<&str> = path.iter().map(String::as_str).chain([flag]).collect();
            let help = String::from_utf8(ltictl_in("80", &words).stdout).unwrap();
            let widest = help.lines().map(|line| line.chars().count()).max().unwrap_or(0);
            assert!(widest <= 80, "{words:?} is {widest} columns wide");
            let examples = help.split("Examples:\n").nth(1).unwrap_or_default();
            let lines: Vec<&str> = examples.lines().collect();
            for pair in lines.windows(2) {
                let continues = pair[1].starts_with("    ") && !pair[1].starts_with("      ");
                assert_eq!(pair[0].ends_with('\\'), continues, "{words:?}: {pair:?}");
                assert!(pair[1].starts_with("  "), "{words:?}: {pair:?}");
            }
        }
    }
}

#[test]
fn every_argument_has_a_help_text() {
    fn walk(command: &clap::Command) {
        for argument in command.get_arguments() {
            assert!(
                argument.get_help().is_some(),
                "{}: {} has no help text",
                command.get_name(),
                argument.get_id()
            );
        }
        assert!(command.get_about().is_some(), "{} says nothing about itself", command.get_name());
        command.get_subcommands().for_each(walk);
    }
    walk(&ltictl::cli::command());
}

/// The examples below the help of a command, up to where the shell's own words begin.
fn examples(command: &clap::Command) -> Vec<String> {
    let text = command.get_after_long_help().map(ToString::to_string).unwrap_or_default();
    let text = text.replace(" \\\n    ", " ");
    let examples = text.strip_prefix("Examples:\n").unwrap_or_default();
    let lines = examples
        .lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .map(str::trim);
    let without_shell = |line: &str| {
        let line = line.trim_start_matches("source <(").trim_end_matches(')');
        let end = [" < ", " > ", " | "]
            .iter()
            .filter_map(|sign| line.find(sign))
            .min()
            .unwrap_or(line.len());
        line[..end].to_owned()
    };
    lines.map(without_shell).collect()
}

#[test]
fn every_command_has_examples_that_can_be_typed() {
    fn walk(command: &clap::Command, path: &[&str], seen: &mut usize) {
        let below: Vec<&clap::Command> =
            command.get_subcommands().filter(|child| child.get_name() != "help").collect();
        if below.is_empty() {
            let examples = examples(command);
            assert!(
                !examples.is_empty(),
                "{path:?} has no example; see EXAMPLES in its noun's file"
            );
            for line in examples {
                let words = words(&line);
                let named: Vec<&str> =
                    words.iter().map(String::as_str).filter(|word| path.contains(word)).collect();
                assert!(named.starts_with(path), "{line} is no example of {path:?}");
                if let Err(error) = ltictl::cli::command().try_get_matches_from(&words) {
                    panic!("{line}: {error}");
                }
                *seen += 1;
            }
        }
        for child in below {
            walk(child, &[path, &[child.get_name()]].concat(), seen);
        }
    }
    let mut seen = 0;
    walk(&ltictl::cli::command(), &[], &mut seen);
    assert!(seen > 80, "only {seen} examples were looked at");
    let help = String::from_utf8(ltictl(&["registration", "create", "--help"]).stdout).unwrap();
    assert!(help.contains("Examples:\n  ltictl registration create \"Moodle Prod\"\n"), "{help}");
    let help = String::from_utf8(ltictl(&["help", "registration", "create"]).stdout).unwrap();
    assert!(help.contains("Examples:"), "{help}");
}

#[test]
fn manual_pages_have_their_sections_and_no_line_that_groff_would_swallow() {
    for name in names_in(Path::new("man")) {
        let page = fs::read_to_string(Path::new("man").join(&name)).unwrap();
        let is_leaf = !page.contains(".SH SUBCOMMANDS") && !page.contains(".SH VERBS");
        let wanted = [
            ".SH NAME",
            ".SH SYNOPSIS",
            ".SH DESCRIPTION",
            ".SH \"EXIT STATUS\"",
            ".SH ENVIRONMENT",
        ];
        for heading in wanted {
            assert!(
                page.contains(heading)
                    || page.contains(&heading.replace(".SH ENVIRONMENT", ".SH \"ENVIRONMENT\"")),
                "{name} has no {heading}"
            );
        }
        assert!(!is_leaf || page.contains(".SH \"EXAMPLES\""), "{name} has no examples");
        assert_eq!(name == "ltictl.1", !page.contains(".SH \"SEE ALSO\""), "{name}");
        for line in page.lines().filter(|line| line.starts_with(['.', '\''])) {
            let request = line.split(' ').next().unwrap_or_default();
            assert!(
                [
                    ".ie", ".el", ".TH", ".SH", ".TP", ".IP", ".PP", ".RS", ".RE", ".br", ".sp",
                    ".nf", ".fi"
                ]
                .contains(&request),
                "{name}: {line}"
            );
        }
    }
}

/// The formatter itself, where it is installed.
#[test]
fn groff_takes_the_manual_pages() {
    let pages = names_in(Path::new("man")).into_iter().map(|name| Path::new("man").join(name));
    let Ok(output) =
        Command::new("groff").args(["-man", "-Tutf8", "-ww", "-z"]).args(pages).output()
    else {
        return;
    };
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// The linter of manual pages, where it is installed: not even a remark about style.
#[test]
fn mandoc_has_nothing_to_say_about_the_manual_pages() {
    let pages = names_in(Path::new("man")).into_iter().map(|name| Path::new("man").join(name));
    if let Ok(output) = Command::new("mandoc").arg("-Tlint").args(pages).output() {
        let remarks = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && remarks.is_empty(), "{remarks}");
    }
}

/// The title has the date of the version: that of the newest section of the changelog with a date.
#[test]
fn manual_pages_have_the_date_of_the_version_and_options_with_their_arguments() {
    let page = |name: &str| fs::read_to_string(Path::new("man").join(name)).unwrap();
    let create = page("ltictl-registration-create.1");
    let title = create.lines().find(|line| line.starts_with(".TH ")).unwrap();
    let date = title.split(' ').nth(3).unwrap();
    let is_date = |text: &str| text.parse::<jiff::civil::Date>().is_ok();
    assert!(is_date(date), "{title}");
    let changelog = fs::read_to_string("CHANGELOG.md").unwrap();
    let sections = changelog.lines().filter(|line| line.starts_with("## "));
    let released = sections.flat_map(|line| line.split([' ', '(', ')'])).find(|word| is_date(word));
    assert_eq!(released.unwrap_or(date), date, "VERSION_DATE in src/cli/man.rs");
    for (name, synopsis) in [
        ("ltictl-registration-create.1", "[\\fB\\-\\-issuer\\fR\\ \\fIURL\\fR]"),
        ("ltictl-registration-create.1", "[\\fB\\-\\-deployment\\-id\\fR\\ \\fIID\\fR]..."),
        ("ltictl-registration-create.1", "[\\fINAME\\fR]"),
        ("ltictl-platform-set.1", "\\fIREG\\fR"),
        ("ltictl-serve.1", "[\\fB\\-\\-metrics\\fR[=\\fIADDRESS\\fR]]"),
        ("ltictl-apply.1", "\\fB\\-f\\fR|\\fB\\-\\-file\\fR\\ \\fIFILE\\fR..."),
        ("ltictl-key.1", "\\fIcommand\\fR"),
    ] {
        assert!(
            page(name).lines().any(|line| line.strip_prefix("\\%") == Some(synopsis)),
            "{name}: {synopsis}"
        );
    }
}

/// The README and the pages in `docs/`.
fn documents() -> Vec<PathBuf> {
    let pages = names_in(Path::new("docs")).into_iter().filter(|name| name.ends_with(".md"));
    let pages = pages.map(|name| Path::new("docs").join(name));
    iter::once(PathBuf::from("README.md")).chain(pages).collect()
}

/// The lines of a document's shell blocks that start with `ltictl`, continued lines joined.
fn commands_in(document: &Path) -> Vec<String> {
    let text = fs::read_to_string(document).unwrap();
    let blocks = text
        .split("```sh\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap_or_default().replace("\\\n", " "));
    blocks
        .flat_map(|block| block.lines().map(str::to_owned).collect::<Vec<_>>())
        .filter(|line| line.starts_with("ltictl "))
        .map(|line| {
            let before = |text: &str| line.split(text).next().unwrap().len();
            line[..before(" > ").min(before(" < "))].to_owned()
        })
        .collect()
}

/// Words as a shell splits them, with double quotes.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), String::new(), false);
    for character in line.chars() {
        match character {
            '"' => quoted = !quoted,
            ' ' if !quoted => words.extend((!word.is_empty()).then(|| std::mem::take(&mut word))),
            _ => word.push(character),
        }
    }
    words.extend((!word.is_empty()).then_some(word));
    words
}

#[test]
fn documents_name_commands_that_exist() {
    assert!(commands_in(Path::new("README.md")).len() >= 8);
    for document in documents() {
        for line in commands_in(&document) {
            if let Err(error) = ltictl::cli::command().try_get_matches_from(words(&line)) {
                panic!("{}: {line}: {error}", document.display());
            }
        }
    }
}

/// The anchor of a heading, as GitHub makes it.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

/// Links between documents: files and headings.
#[test]
fn links_between_documents_work() {
    let headings = |document: &Path| -> Vec<String> {
        let text = fs::read_to_string(document).unwrap();
        text.lines().filter_map(|line| Some(anchor(line.split_once("# ")?.1))).collect()
    };
    let others = ["CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "fuzz/README.md"];
    let mut seen = 0;
    for document in documents().into_iter().chain(others.map(PathBuf::from)) {
        let text = fs::read_to_string(&document).unwrap();
        for target in text.split("](").skip(1).map(|rest| rest.split(')').next().unwrap()) {
            if target.starts_with("http") {
                continue;
            }
            seen += 1;
            let (file, heading) = target.split_once('#').unwrap_or((target, ""));
            let file = match file {
                "" => document.clone(),
                file => document.parent().unwrap().join(file),
            };
            assert!(file.exists(), "{}: {target} does not exist", document.display());
            assert!(
                heading.is_empty() || headings(&file).contains(&heading.to_owned()),
                "{}: there is no heading for {target}",
                document.display()
            );
        }
    }
    assert!(seen > 40, "only {seen} links were checked");
}

/// Rows such as ``| 1 | `src/main.rs` | `main` | … |`` of the walkthroughs, and paths elsewhere.
#[test]
fn contributing_names_files_and_items_that_exist() {
    let guide = fs::read_to_string("CONTRIBUTING.md").unwrap();
    let in_backticks: Vec<&str> = guide.split('`').skip(1).step_by(2).collect();
    let paths = in_backticks.iter().filter(|text| {
        text.starts_with("src/") || text.starts_with("tests/") || text.starts_with("fuzz/")
    });
    for path in paths {
        let path = path.split(' ').next().unwrap();
        assert!(Path::new(path).exists(), "CONTRIBUTING.md names {path}, which does not exist");
    }
    let mut steps = 0;
    for row in guide.lines() {
        let cells: Vec<&str> =
            row.trim_matches('|').split('|').map(|cell| cell.trim().trim_matches('`')).collect();
        let [_, path, item, _] = cells[..] else { continue };
        if !path.starts_with("src/") {
            continue;
        }
        let source = fs::read_to_string(path).unwrap();
        // A macro defines some types; their names are indented.
        let is_defined = ["fn ", "struct ", "enum ", "    "].iter().any(|kind| {
            let definition = format!("{kind}{item}");
            source.match_indices(&definition).any(|(start, _)| {
                let next = source[start + definition.len()..].chars().next();
                next.is_none_or(|character| !character.is_alphanumeric() && character != '_')
            })
        });
        assert!(is_defined, "CONTRIBUTING.md names {item} in {path}, which has no such item");
        steps += 1;
    }
    assert_eq!(steps, 20, "two walkthroughs of ten steps");
}

#[test]
fn readme_is_short_and_documents_are_wrapped() {
    let readme = fs::read_to_string("README.md").unwrap();
    assert!(readme.lines().count() < 200, "the README has {} lines", readme.lines().count());
    let others = ["CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "fuzz/README.md"];
    for document in documents().into_iter().chain(others.map(PathBuf::from)) {
        let text = fs::read_to_string(&document).unwrap();
        for (number, line) in text.lines().enumerate() {
            let can_be_wrapped = !line.starts_with(['|', '!']) && line.contains(' ');
            assert!(
                !can_be_wrapped || line.chars().count() <= 100,
                "{}:{} has more than 100 characters",
                document.display(),
                number + 1
            );
        }
    }
}

#[test]
fn refusals_name_commands_and_flags_that_exist() {
    let source: String = ["refusal.rs", "refusal/fix.rs"]
        .iter()
        .map(|file| fs::read_to_string(Path::new("src/rules").join(file)).unwrap())
        .collect();
    // A string may continue on the next line.
    let source: String = source.split("\\\n").map(str::trim_start).collect();
    let commands: Vec<&str> = source
        .split('`')
        .filter(|text| text.starts_with("ltictl ") && !text.contains('\n'))
        .collect();
    assert!(commands.len() >= 20, "{commands:?}");
    let tree = ltictl::cli::command();
    for line in commands {
        let mut command = &tree;
        for word in line.split(' ').skip(1) {
            if let Some(flag) = word.strip_prefix("--") {
                let known =
                    command.get_arguments().any(|argument| argument.get_long() == Some(flag));
                assert!(known, "{line}: there is no --{flag}");
            } else if command.has_subcommands() {
                command = command
                    .find_subcommand(word)
                    .unwrap_or_else(|| panic!("{line}: there is no {word}"));
            }
        }
    }
}

/// The Rust sources below a directory, in one text.
fn sources(directory: &Path) -> String {
    let mut all = String::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all += &sources(&path);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            all += &fs::read_to_string(&path).unwrap();
        }
    }
    all
}

/// The last cell of each row of the threat table holds names of tests, each in backticks, a path
/// before the name allowed.
#[test]
fn every_threat_has_a_test_that_exists() {
    let security = fs::read_to_string("SECURITY.md").unwrap();
    let code = sources(Path::new("src")) + sources(Path::new("tests")).as_str();
    let is_head = |row: &str| row.starts_with("| attacker") || row.starts_with("|---");
    for row in security.lines().filter(|line| line.starts_with('|') && !is_head(line)) {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").collect();
        assert_eq!(
            cells.len(),
            4,
            "a threat has an attacker, an attack, a protection and a test: {row}"
        );
        let tests: Vec<&str> = cells[3].split('`').skip(1).step_by(2).collect();
        assert!(!tests.is_empty(), "no test is named: {row}");
        for test in tests {
            let name = test.rsplit("::").next().unwrap();
            assert!(code.contains(&format!("fn {name}(")), "there is no test {name}: {row}");
        }
    }
}
