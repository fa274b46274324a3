//! What libraries say about JSON, YAML and CSV that they cannot read never reaches people: it names
//! Rust types, and may quote what was read. [`ltictl::lti::json_problem`] says it instead.

use std::fs;
use std::path::Path;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::{sources, without_tests};

/// What reads, and the errors of what reads.
const READERS: [&[&str]; 8] = [
    &["serde_json", "::", "from_"],
    &["serde_json", "::", "Error"],
    &["serde_saphyr", "::", "from_"],
    &["serde_saphyr", "::", "Error"],
    &["toml", "::"],
    &["csv", "::", "Error"],
    &["ReaderBuilder", "::"],
    &["ScanError"],
];

/// Functions that read and format an error, and why they may.
const ALLOWED: [(&str, &str, &str); 4] = [
    ("src/lti/json_problem.rs", "json_problem", "the one place that translates"),
    ("src/lms/mod.rs", "read", "the files are part of the program, and a test reads them"),
    ("src/doctor/platform.rs", "openid_configuration", "the error of a request, in our own words"),
    ("src/doctor/public_url.rs", "fetched_keyset", "the error of a request, in our own words"),
];

/// Tokens in one row, with the delimiters of groups.
fn flat(tokens: TokenStream, row: &mut Vec<String>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                let [open, close] = match group.delimiter() {
                    Delimiter::Parenthesis => ["(", ")"],
                    Delimiter::Brace => ["{", "}"],
                    Delimiter::Bracket => ["[", "]"],
                    Delimiter::None => ["", ""],
                };
                row.push(open.to_owned());
                flat(group.stream(), row);
                row.push(close.to_owned());
            }
            TokenTree::Punct(mark)
                if mark.as_char() == ':' && row.last().is_some_and(|one| one == ":") =>
            {
                row.pop();
                row.push("::".to_owned());
            }
            other => row.push(other.to_string()),
        }
    }
}

/// Every function with its name and all its tokens, those in modules and implementations, too.
fn functions(tokens: TokenStream, found: &mut Vec<(String, Vec<String>)>) {
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Ident(word) if word == "fn" => {
                let Some(TokenTree::Ident(name)) = tokens.peek().cloned() else { continue };
                let is_body = |token: &TokenTree| matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace);
                let mut row = Vec::new();
                for token in tokens.by_ref() {
                    let is_last = is_body(&token);
                    flat(token.into(), &mut row);
                    if is_last {
                        break;
                    }
                }
                found.push((name.to_string(), row));
            }
            TokenTree::Group(group) => functions(group.stream(), found),
            _ => {}
        }
    }
}

/// The names under which a function has errors: of closures, patterns and arguments.
fn error_names(row: &[String]) -> Vec<&str> {
    let mut names = Vec::new();
    for window in row.windows(6) {
        match [0, 1, 2, 3, 4, 5].map(|place: usize| window[place].as_str()) {
            ["map_err" | "unwrap_or_else" | "or_else", "(", "|", name, "|", _]
            | ["Err", "(", name, ")", _, _]
            | [name, ":", "&", "serde_json" | "serde_saphyr" | "csv", "::", "Error"]
            | [_, name, ":", "serde_json" | "serde_saphyr" | "csv", "::", "Error"] => {
                names.push(name);
            }
            _ => {}
        }
    }
    names.retain(|name| *name != "_");
    names
}

/// Whether a function reads and formats an error.
fn shows_library_text(row: &[String]) -> bool {
    let reads = READERS.iter().any(|reader| {
        row.windows(reader.len()).any(|window| {
            window.iter().zip(*reader).all(|(one, start)| {
                if start.ends_with('_') { one.starts_with(start) } else { one == start }
            })
        })
    });
    let converts = |window: &[String]| {
        ["map_err", "(", "ToString", "::", "to_string"].iter().zip(window).all(|(a, b)| a == b)
    };
    reads
        && (row.windows(5).any(converts)
            || error_names(row).into_iter().any(|name| {
                let in_text = [format!("{{{name}}}"), format!("{{{name}:")];
                row.iter().any(|token| {
                    token.starts_with(['"', 'r']) && in_text.iter().any(|text| token.contains(text))
                }) || row.windows(4).any(|window| {
                    match [0, 1, 2, 3].map(|place: usize| window[place].as_str()) {
                        [first, ".", "to_string" | "info", _] => first == name,
                        // The first argument of a macro that formats.
                        [text, ",", argument, ")" | ","] => {
                            text.starts_with('"') && argument == name
                        }
                        _ => false,
                    }
                })
            }))
}

fn offenders(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    functions(source.parse().unwrap(), &mut found);
    found.into_iter().filter(|(_, row)| shows_library_text(row)).map(|(name, _)| name).collect()
}

#[test]
fn what_libraries_say_reaches_no_one() {
    let mut found = Vec::new();
    for path in sources(Path::new("src")) {
        let source = fs::read_to_string(&path).unwrap();
        if !path.iter().any(|part| part == "tests") {
            let path = path.display().to_string();
            let names = offenders(without_tests(Path::new(&path), &source));
            found.extend(names.into_iter().map(|name| (path.clone(), name)));
        }
    }
    let is_allowed = |(path, name): &&(String, String)| {
        ALLOWED.iter().any(|(file, function, _)| path == file && name == function)
    };
    let wrong: Vec<_> = found.iter().filter(|one| !is_allowed(one)).collect();
    assert!(wrong.is_empty(), "use lti::json_problem: {wrong:?}");
    for (path, name, reason) in ALLOWED {
        let one = (path.to_owned(), name.to_owned());
        assert!(found.contains(&one), "{path} {name} ({reason}) is no exception any more");
    }
}

#[test]
fn each_way_to_show_what_a_library_says_is_found() {
    for (body, is_wrong) in [
        ("serde_json::from_str(text).map_err(|error| format!(\"bad: {error}\"))", true),
        ("serde_json::from_slice(text).map_err(|e| e.to_string())", true),
        ("serde_json::from_slice(text).map_err(ToString::to_string)", true),
        ("match toml::from_str(text) { Err(why) => format!(\"{}\", why), Ok(_) => todo() }", true),
        ("serde_saphyr::from_str(text).map_err(|error| format!(\"{error:#}\"))", true),
        ("let b = '{'; serde_json::from_str(text).map_err(|error| json_problem(&error))", false),
        ("serde_json::from_str(text).map_err(|_| \"no JSON\".to_owned())", false),
        ("std::fs::read(text).map_err(|error| error.to_string())", false),
    ] {
        let source =
            format!("mod m {{ impl X {{ pub fn read(text: &str) -> Y<T> {{ {body} }} }} }}");
        let expected: &[&str] = if is_wrong { &["read"] } else { &[] };
        assert_eq!(offenders(&source), expected, "{body}");
    }
    for argument in ["error: &csv::Error", "error: serde_json::Error"] {
        let source = format!("fn why({argument}) -> String {{ error.to_string() }}");
        assert_eq!(offenders(&source), ["why"], "{argument}");
    }
}
