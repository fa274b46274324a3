//! Imports go down only. The floors and rooms are those of the crate's documentation; this walks
//! every `crate::…` path of `src/` and fails on an upward one.

mod cycles;
mod library_texts;
mod sql;

use std::fs;
use std::path::{Path, PathBuf};

/// The rooms that each room may use, besides itself.
const MAY_USE: [(&str, &[&str]); 19] = [
    ("cli", &["server", "sandbox", "report", FEATURES, LOWER]),
    ("server", &["report", FEATURES, LOWER]),
    ("sandbox", &["lti"]),
    ("report", &[FEATURES, LOWER]),
    ("admin", &[LOWER]),
    ("doctor", &[LOWER]),
    ("launch", &[LOWER]),
    ("provision", &[LOWER]),
    ("session", &[LOWER]),
    ("sync", &[LOWER]),
    ("rules", &["failure", "platform", "store", "lms", "token", "domain", "lti"]),
    ("failure", &["store", "domain"]),
    ("platform", &["domain", "lti", "web"]),
    ("store", &["domain", "lti"]),
    ("lms", &["domain", "lti"]),
    ("token", &["domain", "lti"]),
    ("domain", &[]),
    ("lti", &["web"]),
    ("web", &[]),
];

/// The rooms of one layer, none of which may use another.
const FEATURES: &str = "admin doctor launch provision session sync";

/// Everything below them.
const LOWER: &str = "rules failure platform store lms token domain lti web";

/// What the ground floor must not even mention: it does no I/O.
const INPUT_AND_OUTPUT: [&str; 9] = [
    "tokio",
    "tokio_postgres",
    "reqwest",
    "axum",
    "rusqlite",
    "std::fs",
    "std::net::TcpStream",
    "std::io::stdin",
    "std::process",
];

pub(crate) fn sources(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// The rooms that a source uses by `crate::room` or `crate::{room, …}`; comments do not count.
fn used_rooms(source: &str) -> Vec<String> {
    let code: String = source
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join("\n");
    let mut rooms = Vec::new();
    for (place, _) in code.match_indices("crate::") {
        let rest = &code[place + "crate::".len()..];
        let names = match rest.strip_prefix('{') {
            Some(group) => top_level_names(group),
            None => vec![
                rest.split(|character: char| {
                    !character.is_ascii_alphanumeric() && character != '_'
                })
                .next()
                .unwrap_or_default()
                .to_owned(),
            ],
        };
        rooms.extend(names);
    }
    rooms
}

/// The first names of a `use` group such as `{domain::{A, B}, lti}`.
fn top_level_names(group: &str) -> Vec<String> {
    let (mut depth, mut names, mut name) = (0_usize, Vec::new(), String::new());
    for character in group.chars() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(std::mem::take(&mut name)),
            _ if depth == 0 => name.push(character),
            _ => {}
        }
    }
    names.push(name);
    names
        .iter()
        .map(|name| name.trim().split("::").next().unwrap_or_default().to_owned())
        .filter(|name| !name.is_empty())
        .collect()
}

/// Whether a list of rooms, or of groups of rooms, has this room.
fn is_allowed(allowed: &[&str], room: &str) -> bool {
    allowed.iter().any(|group| group.split(' ').any(|name| name == room))
}

/// What is wrong with a source that lies in `room`.
fn violations(room: &str, source: &str) -> Vec<String> {
    let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == room) else {
        return Vec::new();
    };
    let is_room = |name: &str| MAY_USE.iter().any(|(known, _)| *known == name);
    let mut wrong: Vec<String> = used_rooms(source)
        .into_iter()
        .filter(|used| is_room(used) && used != room && !is_allowed(allowed, used))
        .map(|used| format!("{room} uses {used}"))
        .collect();
    if matches!(room, "domain" | "lti" | "lms" | "token" | "web") {
        wrong.extend(
            INPUT_AND_OUTPUT
                .iter()
                .filter(|name| source.contains(&format!("{name}::")))
                .map(|name| format!("{room} uses {name}")),
        );
    }
    wrong
}

/// Libraries that only one folder may use, with files that are only compiled for tests of it.
const USED_IN: [(&str, &str, &[&str]); 2] = [
    ("rusqlite", "src/store/engine/sqlite", &["src/store/plans.rs"]),
    ("tokio_postgres", "src/store/engine/postgres", &[]),
];

/// The libraries that a source uses although they belong to another folder.
fn misused_libraries(path: &Path, source: &str) -> Vec<&'static str> {
    USED_IN
        .iter()
        .filter(|(library, folder, tests)| {
            source.contains(library)
                && !path.starts_with(folder)
                && !tests.iter().any(|test| path == Path::new(test))
        })
        .map(|(library, ..)| *library)
        .collect()
}

/// A source without its unit tests: they may set up a tool with what lies beside or above.
fn without_tests<'s>(path: &Path, source: &'s str) -> &'s str {
    if path.file_name().is_some_and(|name| name == "tests.rs") {
        return "";
    }
    let tests = source.match_indices("#[cfg(test)]\n").find(|(place, attribute)| {
        let item = source[place + attribute.len()..].lines().next().unwrap_or_default();
        item.contains("mod ") && item.ends_with('{')
    });
    tests.map_or(source, |(place, _)| &source[..place])
}

#[test]
fn imports_go_down_only() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for (room, _) in MAY_USE {
        for path in sources(&Path::new("src").join(room)) {
            let source = fs::read_to_string(&path).unwrap();
            let source = without_tests(&path, &source);
            wrong.extend(
                violations(room, source)
                    .into_iter()
                    .map(|problem| format!("{}: {problem}", path.display())),
            );
            seen += 1;
        }
    }
    assert!(seen > 80, "only {seen} files were looked at");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn libraries_are_used_in_one_folder() {
    let mut wrong = Vec::new();
    for path in sources(Path::new("src")) {
        let source = fs::read_to_string(&path).unwrap();
        let misused = misused_libraries(&path, without_tests(&path, &source)).into_iter();
        wrong.extend(misused.map(|library| format!("{}: {library}", path.display())));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for (library, folder, tests) in USED_IN {
        let uses = |path: &Path| fs::read_to_string(path).unwrap().contains(library);
        assert!(sources(Path::new(folder)).iter().any(|path| uses(path)), "{folder}");
        assert!(tests.iter().all(|test| uses(Path::new(test))), "{tests:?}");
    }
    for (path, misused) in [
        ("src/launch/accept.rs", true),
        ("src/store/session.rs", true),
        ("src/store/engine/mod.rs", true),
        ("src/store/engine/sqlite/open.rs", false),
        ("src/store/plans.rs", false),
    ] {
        let found = misused_libraries(Path::new(path), "use rusqlite::Connection;");
        assert_eq!(!found.is_empty(), misused, "{path}");
    }
}

/// The audit log can only name who acts if the code that opens a store names an actor. Code that
/// writes nothing needs none.
#[test]
fn headers_are_read_as_octets() {
    // `HeaderValue::to_str` fails because of one octet beyond ASCII, even in a part that no one
    // reads.
    for room in ["server", "platform", "sandbox", "doctor", "admin", "web"] {
        let sources = sources(Path::new(&format!("src/{room}")));
        for path in sources.into_iter().filter(|path| !path.iter().any(|part| part == "tests")) {
            let source = fs::read_to_string(&path).unwrap();
            let source = without_tests(&path, &source);
            assert!(!source.contains(".to_str()"), "{}: use web::header::text", path.display());
        }
    }
}

#[test]
fn every_store_is_opened_with_an_actor() {
    const ONLY_READS: [&str; 2] = ["src/cli/doctor.rs", "src/cli/serve.rs"];
    let mut seen = 0;
    for room in ["cli", "server"] {
        for path in sources(&Path::new("src").join(room)) {
            let source = fs::read_to_string(&path).unwrap();
            let code = source.split("#[cfg(test)]").next().unwrap();
            for opening in ["Store::open(", "Store::create(", "Pool::open("] {
                for line in code.lines().filter(|line| line.contains(opening)) {
                    let says_it = ["acting", "with_actor"].iter().any(|word| line.contains(word))
                        || ONLY_READS
                            .iter()
                            .any(|file| path.ends_with(file.trim_start_matches("src/")));
                    assert!(
                        says_it,
                        "{}: {line} (use the context's store, or acting_as)",
                        path.display()
                    );
                    seen += 1;
                }
            }
        }
    }
    assert!(seen >= 4, "{seen}");
}

#[test]
fn every_folder_of_the_source_is_a_known_room() {
    for entry in fs::read_dir("src").unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            assert!(
                MAY_USE.iter().any(|(room, _)| *room == name),
                "{name} has no place in the architecture"
            );
        }
    }
}

#[test]
fn the_walk_sees_what_it_must_see() {
    for (room, source, wrong) in [
        ("domain", "use crate::lti::Refusal;", true),
        ("lti", "use crate::{domain::{Slug, Name}, lti::claims};", true),
        ("store", "let x = crate::platform::Keysets::new();", true),
        ("server", "use crate::cli::run;", true),
        ("sandbox", "use crate::{lti::Refusal, domain::Clock};", true),
        ("admin", "use crate::report::View;", true),
        ("domain", "use tokio::sync::Mutex;", true),
        ("admin", "use crate::launch::accept;", true),
        ("rules", "use crate::{domain::{Slug, Name}, store};", false),
        ("server", "// crate::cli is upstairs\nuse crate::launch;", false),
        ("cli", "use crate::server::Server;", false),
    ] {
        assert_eq!(!violations(room, source).is_empty(), wrong, "{room}: {source}");
    }
}

/// Parameters and fields with these names are slugs, or what slugs name.
const NAMES_OF_SLUGS: [&str; 3] = ["slug", "registration", "resource"];

/// The rooms that may hold slugs as plain text: `cli` receives them, and the others know nothing of
/// the tool's own types.
const TEXT_ROOMS: [&str; 3] = ["cli", "lti", "sandbox"];

/// The parameters and fields of a source that are called like slugs and are plain text.
fn slugs_as_text(source: &str) -> Vec<&str> {
    let code = source.lines().map(|line| line.split("//").next().unwrap_or_default());
    code.filter(|line| NAMES_OF_SLUGS.iter().any(|name| is_text(line, name))).collect()
}

/// Whether a line declares `name` as plain text, such as `name: &str` or `name: Option<String>`.
fn is_text(line: &str, name: &str) -> bool {
    let start = format!("{name}: ");
    line.match_indices(&start).any(|(place, _)| {
        let is_whole = !line[..place].ends_with(is_part_of_name);
        let declared = declared_type(&line[place + start.len()..]);
        is_whole && ["str", "String"].iter().any(|text| names_type(declared, text))
    })
}

/// The type at the start of a text, up to what follows a parameter or a field.
fn declared_type(text: &str) -> &str {
    let mut depth = 0;
    let end = text.find(|character| {
        depth += match character {
            '<' | '(' | '[' => 1,
            '>' | ')' | ']' => -1,
            _ => 0,
        };
        depth < 0 || (depth == 0 && matches!(character, ',' | '=' | '|' | '{'))
    });
    &text[..end.unwrap_or(text.len())]
}

/// Whether a type contains another one. In `String::new()` and the like, which are values, it is
/// the beginning of a path.
fn names_type(declared: &str, name: &str) -> bool {
    declared.match_indices(name).any(|(place, _)| {
        let after = &declared[place + name.len()..];
        !declared[..place].ends_with(is_part_of_name)
            && !after.starts_with(is_part_of_name)
            && !after.starts_with("::")
    })
}

fn is_part_of_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

#[test]
fn slugs_are_types_below_the_command_line() {
    let mut wrong = Vec::new();
    for (room, _) in MAY_USE.iter().filter(|(room, _)| !TEXT_ROOMS.contains(room)) {
        for path in sources(&Path::new("src").join(room)) {
            let source = fs::read_to_string(&path).unwrap();
            let found = slugs_as_text(without_tests(&path, &source));
            let found = found.iter().map(|line| format!("{}: {}", path.display(), line.trim()));
            wrong.extend(found);
        }
    }
    assert!(wrong.is_empty(), "use Slug, RegistrationRef or ResourceRef:\n{}", wrong.join("\n"));
}

#[test]
fn slugs_as_text_are_found() {
    for (line, expected) in [
        ("fn find(read: Read<'_>, slug: &str) -> bool {", true),
        ("    pub registration: Option<String>,", true),
        ("    resource: &'static str,", true),
        ("|registration: Option<&str>, share| 1", true),
        ("fn find(slug: &Slug, name: &str) -> String {", false),
        ("    pub registration: Option<Slug>,", false),
        ("    registration: slug.map(str::to_owned),", false),
        ("    resource: String::new(),", false),
        ("    registration: registration.slug.to_string(),", false),
        ("    initial_slug: String,", false),
        ("    // slug: String", false),
    ] {
        assert_eq!(!slugs_as_text(line).is_empty(), expected, "{line}");
    }
}

/// The names of what lies in a directory, without extensions.
fn names_in(directory: &str) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

/// `fuzz/run` runs what it finds, and CI runs `fuzz/run`; nothing else lists the targets.
#[test]
fn every_fuzz_target_has_seeds_and_says_what_must_hold() {
    let targets = names_in("fuzz/src/bin");
    assert_eq!(targets, names_in("fuzz/seeds"));
    for target in &targets {
        let source = fs::read_to_string(format!("fuzz/src/bin/{target}.rs")).unwrap();
        assert!(
            source.starts_with("//! ")
                && source.contains("fuzz_target!(")
                && source.contains("assert"),
            "{target}"
        );
        assert!(!names_in(&format!("fuzz/seeds/{target}")).is_empty(), "{target}");
    }
    assert!(
        fs::read_to_string(".ci/run").unwrap().lines().any(|line| line.starts_with("fuzz/run "))
    );
}

#[test]
fn everything_that_reads_what_strangers_send_is_fuzzed() {
    let sources: String = names_in("fuzz/src/bin")
        .iter()
        .map(|target| fs::read_to_string(format!("fuzz/src/bin/{target}.rs")).unwrap())
        .collect();
    for parser in names_in("src/web").iter().filter(|name| *name != "mod") {
        assert!(
            sources.contains(&format!("web::{parser}")),
            "no fuzz target reads with web::{parser}"
        );
    }
}
