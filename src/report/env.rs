//! Variables for a shell: lines that sh, bash, dash and zsh read with `.` or `eval`.
//!
//! The names depend on the type of the output alone, never on its values: `LTI_` and the path of
//! the key in upper-case letters, with `_` between its parts. Keys of the sections `tool` and
//! `platform` have names without the section, so that all commands print them as `LTI_TOOL_URL` or
//! `LTI_ISSUER`. Null is empty; words of a list are separated by spaces; for a list of objects,
//! `…_COUNT` is its length, and its entries are numbered from 1.

use std::io;

use serde_json::Value;

use super::shape::Shape;
use super::text::is_hostile;
use super::value;

/// The prefix of all names.
const PREFIX: &str = "LTI";

/// Sections that are omitted from names.
const SPLICED: [&str; 2] = ["tool", "platform"];

/// Writes the variables, one per line unless a value has line breaks.
pub(super) fn write(shape: &Shape, value: &Value, mut writer: impl io::Write) -> io::Result<()> {
    let mut lines = Vec::new();
    add(PREFIX, shape, value, &mut lines);
    for (name, text) in lines {
        writeln!(writer, "{name}={}", quoted(&text))?;
    }
    Ok(())
}

/// Writes the number of rows of a list, which comes before them.
pub(super) fn write_count(count: usize, mut writer: impl io::Write) -> io::Result<()> {
    writeln!(writer, "{}={}", below(PREFIX, "count"), quoted(&count.to_string()))
}

/// Writes the variables of one row of a list, by its number from 1 on.
pub(super) fn write_row(
    number: usize,
    shape: &Shape,
    row: &Value,
    mut writer: impl io::Write,
) -> io::Result<()> {
    let mut lines = Vec::new();
    add(&below(PREFIX, &number.to_string()), shape, row, &mut lines);
    lines.iter().try_for_each(|(name, text)| writeln!(writer, "{name}={}", quoted(text)))
}

fn add(name: &str, shape: &Shape, value: &Value, lines: &mut Vec<(String, String)>) {
    match (shape, value) {
        (Shape::Object(members), value) => {
            for (key, shape) in members {
                let is_spliced =
                    SPLICED.contains(&key.as_str()) && matches!(shape, Shape::Object(_));
                add(
                    &if is_spliced { name.to_owned() } else { below(name, key) },
                    shape,
                    &value[key],
                    lines,
                );
            }
        }
        (Shape::Map(shape), Value::Object(members)) => {
            for (key, value) in members {
                add(&below(name, key), shape, value, lines);
            }
        }
        (Shape::List(entry), Value::Array(entries)) if matches!(**entry, Shape::Object(_)) => {
            lines.push((below(name, "count"), entries.len().to_string()));
            for (place, value) in entries.iter().enumerate() {
                add(&below(name, &(place + 1).to_string()), entry, value, lines);
            }
        }
        (Shape::List(entry), Value::Null) if matches!(**entry, Shape::Object(_)) => {
            lines.push((below(name, "count"), "0".to_owned()))
        }
        (Shape::Map(_), _) => {}
        (Shape::Word(_) | Shape::List(_), value) => {
            lines.push((name.to_owned(), value::cell(value).into_owned()))
        }
    }
}

/// The name of a key below another; characters that names cannot contain become `_`.
fn below(name: &str, key: &str) -> String {
    let key: String =
        key.chars()
            .map(|character| {
                if character.is_ascii_alphanumeric() { character.to_ascii_uppercase() } else { '_' }
            })
            .collect();
    format!("{name}_{key}")
}

/// A value that a shell reads back exactly: in single quotes, where only the quote itself is
/// special. A character on which a terminal would act is printed by `printf` from octal bytes, so
/// that the lines can be displayed. NUL is removed, since variables cannot contain it.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("'");
    for character in text.chars() {
        match character {
            '\'' => quoted.push_str(r"'\''"),
            '\0' => {}
            hostile if is_hostile(hostile) => {
                let mut bytes = [0; 4];
                let octal: String = hostile
                    .encode_utf8(&mut bytes)
                    .bytes()
                    .map(|byte| format!("\\{byte:03o}"))
                    .collect();
                quoted.push_str(&format!("'\"$(printf '{octal}')\"'"));
            }
            harmless => quoted.push(harmless),
        }
    }
    quoted.push('\'');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::view::{RegistrationList, RegistrationView};

    fn variables(shape: &Shape, json: &str) -> String {
        let mut bytes = Vec::new();
        write(shape, &serde_json::from_str(json).unwrap(), &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn names_depend_only_on_the_type_of_output() {
        let text = variables(
            &Shape::of::<RegistrationView>(),
            r#"{"slug":"m","missing":["platform","deployment"],"platform":null,"deployments":[{"deployment_id":"1","name":"It's"}]}"#,
        );
        for line in [
            "LTI_SLUG='m'",
            "LTI_TOOL_URL=''",
            "LTI_ISSUER=''",
            "LTI_MISSING='platform deployment'",
            "LTI_DEPLOYMENTS_COUNT='1'",
            r"LTI_DEPLOYMENTS_1_NAME='It'\''s'",
        ] {
            assert!(text.lines().any(|one| one == line), "{line} in\n{text}");
        }
        assert_eq!(variables(&Shape::of::<RegistrationList>(), "[]"), "LTI_COUNT='0'\n");
        assert!(
            variables(&Shape::of::<RegistrationList>(), r#"[{"slug":"a"},{"slug":"b"}]"#)
                .contains("\nLTI_2_SLUG='b'\n")
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_shell_reads_every_value_back() {
        for value in [
            "",
            "'",
            "''",
            "a'b'",
            "$(touch x) `id` $HOME \\ \" !",
            "a\nb\n",
            "\u{1b}[31m",
            "a\u{202e}b\u{9b}",
            "\r",
            "#",
            "é 学校",
            "\t-n",
            "\\n\\033",
        ] {
            let script = format!("v={}; printf '%s|' \"$v\"", quoted(value));
            #[expect(clippy::disallowed_methods, reason = "the shell is what reads the quotes")]
            let output = std::process::Command::new("sh").arg("-c").arg(&script).output().unwrap();
            assert_eq!(String::from_utf8(output.stdout).unwrap(), format!("{value}|"), "{script}");
            assert!(!quoted(value).contains(is_hostile), "{script}");
        }
    }
}
