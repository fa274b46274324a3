//! Examples of commands. Each noun's file defines them beside its arguments; help texts and manual
//! pages show them.

/// Command lines with captions, by verb; a command without verbs has one entry, whose verb is
/// empty.
pub(super) type Examples = &'static [(&'static str, &'static [(&'static str, &'static str)])];

/// The longest line of an example; indented and with what continues it, it fits into 80 columns.
const MAX_LINE: usize = 76;

pub(super) fn text(examples: &[(&str, &str)]) -> String {
    let lines = examples.iter().map(|(line, meaning)| {
        let line = broken(line).replace('\n', "\n  ");
        format!("  {line}\n      {meaning}")
    });
    format!("Examples:\n{}", lines.collect::<Vec<_>>().join("\n"))
}

/// A command line in several lines, if it is long, as a shell accepts it. A flag stays with its
/// value.
pub(super) fn broken(line: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for part in parts(line) {
        match lines.last_mut() {
            Some(last) if last.chars().count() + 1 + part.chars().count() <= MAX_LINE => {
                last.push(' ');
                last.push_str(&part);
            }
            Some(_) => lines.push(format!("  {part}")),
            None => lines.push(part),
        }
    }
    lines.join(" \\\n")
}

/// The words of a command line, each flag with its value.
fn parts(line: &str) -> Vec<String> {
    let (mut parts, mut quote): (Vec<String>, Option<char>) = (Vec::new(), None);
    let mut starts_word = true;
    for character in line.chars() {
        if character == ' ' && quote.is_none() {
            starts_word = true;
            continue;
        }
        match quote {
            Some(open) if open == character => quote = None,
            None if matches!(character, '"' | '\'') => quote = Some(character),
            _ => {}
        }
        if std::mem::take(&mut starts_word) {
            let is_value = character != '-'
                && parts.last().is_some_and(|flag| flag.starts_with('-') && !flag.contains(' '));
            match parts.last_mut().filter(|_| is_value) {
                Some(flag) => flag.push(' '),
                None => parts.push(String::new()),
            }
        }
        if let Some(part) = parts.last_mut() {
            part.push(character);
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_examples_are_broken_between_words() {
        for (line, expected) in [
            ("ltictl init", "ltictl init"),
            (
                "ltictl platform set moodle-prod --issuer https://moodle.example.edu --client-id \
                 \"a b\" --keyset-url https://moodle.example.edu/mod/lti/certs.php",
                "ltictl platform set moodle-prod --issuer https://moodle.example.edu \\\n  \
                 --client-id \"a b\" \\\n  --keyset-url \
                 https://moodle.example.edu/mod/lti/certs.php",
            ),
        ] {
            assert_eq!(broken(line), expected);
        }
    }
}
