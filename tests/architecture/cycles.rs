//! Files of a room do not import each other in a circle.
//!
//! An import through a `pub use` counts as an import of the file that defines the name, so a
//! `mod.rs` that only declares and re-exports its children is in no circle. Unit tests are left out.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::{MAY_USE, sources};

/// The path of a module within the crate, such as `["sandbox", "services", "fault"]`.
type Module = Vec<String>;

/// The code of each module.
type Modules = BTreeMap<Module, String>;

#[test]
fn files_of_a_room_do_not_import_each_other_in_a_circle() {
    let rooms = MAY_USE.iter().map(|(room, _)| *room);
    let problems: Vec<String> = rooms
        .flat_map(|room| {
            let modules = read(room);
            assert!(!modules.is_empty(), "{room} has no files");
            cycles(&modules)
        })
        .collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn cycles_are_found() {
    for (sources, expected) in [
        (&[("a", "use super::b::B;"), ("b", "use super::a::A;")][..], true),
        (&[("a", "use super::b::B;"), ("b", "")], false),
        // The name is defined in a module that imports the user.
        (
            &[
                ("", "mod a; pub use self::a::A;"),
                ("a", "use super::b::B;"),
                ("b", "use super::A;"),
            ],
            true,
        ),
        (&[("", "pub use self::a::A;"), ("a", ""), ("b", "use super::A;")], false),
        (&[("", "mod a; use self::a::A; fn f() {}"), ("a", "use super::f;")], true),
        (
            &[
                ("a", "use super::{c::C, b::{self, B}};"),
                ("b", "fn f() { super::a::g() }"),
                ("c", ""),
            ],
            true,
        ),
        (&[("a", "use crate::room::b::B;"), ("b", "use crate::room::a;")], true),
        (&[("a", "use super::b::B;"), ("b", "pub(in crate::room::a) struct B;")], false),
        (
            &[("a", "use super::b::B;"), ("b", "#[cfg(test)]\nmod tests { use super::super::a; }")],
            false,
        ),
    ] {
        let modules = sources.iter().map(|(name, source)| {
            let name = Some(*name).filter(|name| !name.is_empty());
            let module = ["room"].into_iter().chain(name).map(str::to_owned).collect();
            (module, code(source))
        });
        assert_eq!(!cycles(&modules.collect()).is_empty(), expected, "{sources:?}");
    }
}

/// The modules of a room, without those that are only compiled for tests.
fn read(room: &str) -> Modules {
    let mut modules = Modules::new();
    for path in sources(&Path::new("src").join(room)) {
        let file = path.strip_prefix("src").unwrap().with_extension("");
        let mut module: Module =
            file.iter().map(|part| part.to_str().unwrap().to_owned()).collect();
        module.pop_if(|name| name == "mod");
        if !module.iter().any(|name| name == "tests" || name == "test_support") {
            modules.insert(module, code(&fs::read_to_string(path).unwrap()));
        }
    }
    modules
}

/// A source without comments and unit tests.
fn code(source: &str) -> String {
    let is_unit_tests =
        |at: &usize| source[*at..].lines().nth(1).is_some_and(|line| line.ends_with("mod tests {"));
    let end = source.match_indices("#[cfg(test)]").map(|(at, _)| at).find(is_unit_tests);
    let source = &source[..end.unwrap_or(source.len())];
    source
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default().to_owned() + "\n")
        .collect()
}

/// Which modules import each other in a circle, each with those of the circle that it imports.
fn cycles(modules: &Modules) -> Vec<String> {
    let exports = exports(modules);
    let imports: BTreeMap<&Module, BTreeSet<&Module>> = modules
        .iter()
        .map(|(module, code)| {
            let paths =
                statements(code).into_iter().flat_map(|statement| statement.private_paths());
            let found = paths.filter_map(|path| {
                let (target, _) = definition(modules, &exports, resolve(modules, module, &path)?);
                modules.get_key_value(&target).map(|(target, _)| target)
            });
            (module, found.filter(|target| *target != module).collect())
        })
        .collect();
    let reach: BTreeMap<&Module, BTreeSet<&Module>> =
        modules.keys().map(|module| (module, reachable(&imports, module))).collect();
    let in_circle = reach.iter().filter(|(module, seen)| seen.contains(*module));
    in_circle
        .map(|(module, _)| {
            let next = imports[module].iter().filter(|target| reach[*target].contains(module));
            let next: Vec<String> = next.map(|target| target.join("::")).collect();
            format!("{} imports in a circle: {}", module.join("::"), next.join(", "))
        })
        .collect()
}

/// All modules that a module imports, and those that these import.
fn reachable<'m>(
    imports: &BTreeMap<&'m Module, BTreeSet<&'m Module>>,
    from: &'m Module,
) -> BTreeSet<&'m Module> {
    let (mut seen, mut open) = (BTreeSet::new(), vec![from]);
    while let Some(module) = open.pop() {
        open.extend(imports[module].iter().filter(|target| seen.insert(**target)));
    }
    seen
}

/// A statement that imports, or one that names other modules in its code.
enum Statement<'s> {
    Import { is_public: bool, tree: &'s str },
    Code(&'s str),
}

impl Statement<'_> {
    /// The paths that the statement imports for its own module.
    fn private_paths(&self) -> Vec<String> {
        match self {
            Self::Import { is_public: true, .. } => Vec::new(),
            Self::Import { tree, .. } => expand(tree),
            Self::Code(code) => inline_paths(code),
        }
    }
}

fn statements(code: &str) -> Vec<Statement<'_>> {
    code.split(';')
        .flat_map(|statement| {
            let Some(place) = statement.rfind("use ").filter(|place| {
                statement[..*place].chars().next_back().is_none_or(|before| !is_in_name(before))
            }) else {
                return vec![Statement::Code(statement)];
            };
            let before = &statement[..place];
            let line = before.rsplit('\n').next().unwrap_or_default();
            let tree = statement[place + "use ".len()..].trim();
            vec![
                Statement::Code(before),
                Statement::Import { is_public: line.contains("pub"), tree },
            ]
        })
        .collect()
}

/// The paths in an import tree such as `super::{a::A, b::{self, B}}`.
fn expand(tree: &str) -> Vec<String> {
    let tree = tree.trim();
    let Some((start, group)) = tree.split_once('{') else {
        return vec![tree.split(" as ").next().unwrap_or_default().trim().to_owned()];
    };
    let group = group.trim_end().strip_suffix('}').unwrap_or(group);
    let (mut depth, mut parts, mut part) = (0_usize, Vec::new(), String::new());
    for character in group.chars() {
        match character {
            ',' if depth == 0 => parts.push(std::mem::take(&mut part)),
            _ => {
                depth = match character {
                    '{' => depth + 1,
                    '}' => depth.saturating_sub(1),
                    _ => depth,
                };
                part.push(character);
            }
        }
    }
    parts.push(part);
    parts
        .iter()
        .filter(|part| !part.trim().is_empty())
        .flat_map(|part| expand(part))
        .map(|path| format!("{start}{path}"))
        .map(|path| path.strip_suffix("::self").unwrap_or(&path).to_owned())
        .collect()
}

/// The paths in code that start with `crate`, `super` or `self`.
fn inline_paths(code: &str) -> Vec<String> {
    let starts = ["crate::", "super::", "self::"].into_iter().flat_map(|start| {
        code.match_indices(start).map(|(place, _)| place).filter(|place| {
            // `pub(in path)` imports nothing.
            if code[..*place].ends_with("pub(in ") {
                return false;
            }
            let before = code[..*place].chars().next_back();
            before.is_none_or(|before| !is_in_name(before) && before != ':')
        })
    });
    starts
        .map(|place| {
            let rest = &code[place..];
            let end = rest.find(|character| !is_in_name(character) && character != ':');
            rest[..end.unwrap_or(rest.len())].to_owned()
        })
        .filter(|path| !path.ends_with(':'))
        .collect()
}

fn is_in_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

/// The module that a path leads to from a module, and what it names there.
fn resolve(modules: &Modules, from: &Module, path: &str) -> Option<(Module, Vec<String>)> {
    let mut names: Vec<String> = path.split("::").map(|name| name.trim().to_owned()).collect();
    let mut module = from.clone();
    match names[0].as_str() {
        "crate" => {
            module.clear();
            names.remove(0);
        }
        "self" | "super" => {
            while names.first().is_some_and(|name| name == "super" || name == "self") {
                if names.remove(0) == "super" {
                    module.pop();
                }
            }
        }
        name => {
            module.push(name.to_owned());
            modules.get(&module)?;
            names.remove(0);
        }
    }
    while let Some(name) = names.first() {
        module.push(name.clone());
        // The crate and a room above are no files of this room.
        if !modules.keys().any(|known| known.starts_with(&module)) {
            module.pop();
            break;
        }
        names.remove(0);
    }
    Some((module, names))
}

/// What each module re-exports, by name.
fn exports(modules: &Modules) -> BTreeMap<(Module, String), (Module, Vec<String>)> {
    let mut exports = BTreeMap::new();
    for (module, code) in modules {
        for statement in statements(code) {
            let Statement::Import { is_public: true, tree } = statement else { continue };
            for path in expand(tree) {
                let Some((target, names)) = resolve(modules, module, &path) else { continue };
                if let Some(name) = names.last().cloned() {
                    exports.insert((module.clone(), name), (target, names));
                }
            }
        }
    }
    exports
}

/// Follows re-exports to the module that defines a name.
fn definition(
    modules: &Modules,
    exports: &BTreeMap<(Module, String), (Module, Vec<String>)>,
    (mut module, mut names): (Module, Vec<String>),
) -> (Module, Vec<String>) {
    for _ in 0..modules.len() {
        let Some(name) = names.first().cloned() else { break };
        let Some(target) = exports.get(&(module.clone(), name)) else { break };
        (module, names) = target.clone();
    }
    (module, names)
}
