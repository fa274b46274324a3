//! Every command in a text of the program is complete, and what is inserted into it is quoted for a
//! shell.

use std::fs;
use std::path::Path;

use ltictl::domain::Slug;
use ltictl::rules::refusal::{NamedRegistration, Refusal};
use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::architecture::sources;
use crate::commands::{check, find_in, hole, hole_number, problems_in};

/// Texts that are no command although they look like one.
const NOT_COMMANDS: [&str; 3] = [
    // The title of an API.
    "ltictl for apps",
    // The heading of a manual page.
    ".TH ",
    // The title of a JSON Schema.
    "ltictl {name}: {of}",
];

/// Functions that quote a value for a shell.
const QUOTING: [&str; 5] = ["shell_word", "word", "shell_argument", "option", "argument"];

/// Values that need no quotes: what they are, and the last word of the expression.
const PLAIN: [(&str, &[&str]); 7] = [
    (
        "names that have no other characters, and references, whose Display quotes them",
        &[
            "slug",
            "username",
            "plain",
            "kid",
            "registration",
            "resource",
            "activity",
            "first",
            "other",
        ],
    ),
    ("key IDs and usernames again", &["before", "present"]),
    ("names that are constants", &["REGISTRATION", "RESOURCE", "DATABASE", "noun", "setting"]),
    ("words of the command line", &["name", "platform", "product", "purpose", "reason"]),
    (
        "numbers, IDs and addresses of this program",
        &["id", "2", "newest", "listen", "port", "local_addr", "url"],
    ),
    ("algorithms", &["alg", "algorithms"]),
    (
        "options that are quoted elsewhere",
        &["flag", "flags", "to_flags", "client", "client_id", "host", "quoted"],
    ),
];

/// A text literal of the program, and the expressions that are inserted into it.
struct Text {
    value: String,
    inserted: Vec<String>,
}

#[test]
fn commands_in_texts_of_the_program_are_complete() {
    let mut complaints = String::new();
    for path in sources(Path::new("src")) {
        let is_test = path.ends_with("tests.rs") || path.iter().any(|part| part == "tests");
        if is_test {
            continue;
        }
        let mut texts = Vec::new();
        collect(fs::read_to_string(&path).unwrap().parse().unwrap(), &mut texts);
        let is_command = |text: &&Text| {
            let readable = text.readable(&text.value);
            readable.contains("ltictl ")
                && !NOT_COMMANDS.iter().any(|other| readable.starts_with(other))
        };
        for text in texts.iter().filter(is_command) {
            for problem in problems_in(&text.value).into_iter().chain(unquoted(text)) {
                complaints += &format!("{}: {}\n", path.display(), text.readable(&problem));
            }
        }
    }
    assert!(complaints.is_empty(), "{complaints}");
}

/// What is inserted into the commands of a text and may need quotes.
fn unquoted(text: &Text) -> impl Iterator<Item = String> {
    let commands = find_in(&text.value).0;
    let numbers: Vec<usize> =
        commands.iter().flat_map(|command| command.chars().filter_map(hole_number)).collect();
    let inserted = numbers.into_iter().filter_map(|number| text.inserted.get(number));
    inserted
        .filter(|expression| !is_plain(expression))
        .map(|expression| format!("{expression} is inserted into a command without shell_word()"))
}

fn is_plain(expression: &str) -> bool {
    let mut words = expression.split([' ', '.', '(', ')']).filter(|word| !word.is_empty());
    let first = words.next().unwrap_or_default();
    let last = words.next_back().unwrap_or(first);
    QUOTING.contains(&first) || PLAIN.iter().any(|(_, words)| words.contains(&last))
}

impl Text {
    fn new(literal: &str, arguments: &[String]) -> Self {
        let (mut value, mut inserted) = (String::new(), Vec::new());
        let mut rest = literal.replace("{{", "\u{2}").replace("}}", "\u{3}");
        let mut next = 0;
        while let Some((before, after)) = rest.split_once('{')
            && let Some((name, after)) = after.split_once('}')
        {
            let name = name.split(':').next().unwrap_or_default();
            let named = format!("{name} = ");
            let argument = match name.parse::<usize>() {
                Ok(index) => arguments.get(index).cloned(),
                Err(_) if name.is_empty() => {
                    next += 1;
                    arguments.get(next - 1).cloned()
                }
                Err(_) => arguments.iter().find_map(|text| Some(text.strip_prefix(&named)?.into())),
            };
            value += before;
            value.push(hole(inserted.len()));
            inserted.push(argument.unwrap_or_else(|| name.to_owned()));
            rest = after.to_owned();
        }
        value += &rest;
        // The beginning of a command whose end is added elsewhere.
        if value.ends_with([' ', '=']) {
            value.push(hole(inserted.len()));
        }
        Self { value: value.replace('\u{2}', "{").replace('\u{3}', "}"), inserted }
    }

    /// A text with the names of what is inserted.
    fn readable(&self, text: &str) -> String {
        let readable = |character| match hole_number(character) {
            Some(number) => format!("{{{}}}", self.inserted.get(number).map_or("", |text| text)),
            None => String::from(character),
        };
        text.chars().map(readable).collect()
    }
}

/// The text literals of a source without its tests, attributes and documentation comments.
fn collect(tokens: TokenStream, texts: &mut Vec<Text>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let is = |token: Option<&TokenTree>, sign| matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == sign);
    let (mut index, mut is_test) = (0, false);
    while let Some(token) = tokens.get(index) {
        match token {
            TokenTree::Punct(_) if is(Some(token), '#') => {
                index += usize::from(is(tokens.get(index + 1), '!'));
                if let Some(TokenTree::Group(attribute)) = tokens.get(index + 1) {
                    is_test |= attribute.stream().to_string() == "cfg (test)";
                    index += 1;
                }
            }
            TokenTree::Group(group) => {
                if !is_test {
                    collect(group.stream(), texts);
                }
                is_test &= group.delimiter() != Delimiter::Brace;
            }
            TokenTree::Literal(literal) if !is_test => {
                if let Ok(text) = syn::parse_str::<syn::LitStr>(&literal.to_string()) {
                    texts.push(Text::new(&text.value(), &arguments(&tokens[index + 1..])));
                }
            }
            _ => is_test &= !is(Some(token), ';'),
        }
        index += 1;
    }
}

/// The arguments that follow a text in a macro.
fn arguments(tokens: &[TokenTree]) -> Vec<String> {
    let is_comma =
        |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',');
    let mut arguments = tokens.split(is_comma);
    // After the text is a comma, so there is nothing before the first one.
    if arguments.next().is_none_or(|before| !before.is_empty()) {
        return Vec::new();
    }
    let text =
        |argument: &[TokenTree]| argument.iter().cloned().collect::<TokenStream>().to_string();
    arguments.map(text).collect()
}

#[test]
fn fixes_of_refused_launches_are_complete_whatever_a_platform_sends() {
    let registration = NamedRegistration::from(&Slug::placeholder());
    for evidence in ["plain", "two words", "it's", "$(id)", "-x", "`id`", "a\nb; ltictl c", ""] {
        for refusal in Refusal::one_of_each(|_| evidence.to_owned()) {
            // Backticks in a value end the command for readers of the text only.
            let fix = refusal.fix(Some(&registration)).replace("`id`", "id");
            check(&fix);
        }
    }
}

#[test]
fn commands_on_pages_are_complete() {
    for path in
        std::fs::read_dir("src/server/templates").unwrap().map(|entry| entry.unwrap().path())
    {
        let page = fs::read_to_string(&path).unwrap();
        for text in page.split(['<', '>']).filter(|text| text.contains("ltictl ")) {
            let filled = text.split("{{").map(|part| part.rsplit("}}").next().unwrap_or_default());
            check(&filled.collect::<Vec<_>>().join("VALUE"));
        }
    }
}
