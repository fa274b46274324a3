//! `${VARIABLE}` in a manifest's values.
//!
//! Only the text of values is replaced, after parsing: whatever a variable contains, it cannot
//! become a key, a list or another document.

use std::cell::RefCell;

/// Returns a variable's value, if it is set.
pub type Environment<'e> = &'e dyn Fn(&str) -> Option<String>;

/// Replaces `${NAME}` with the variable's value and `$${` with `${`; also returns whether there was
/// a variable. An error is a description of the problem.
pub(super) fn substitute(
    text: &str,
    environment: Environment<'_>,
) -> Result<(String, bool), String> {
    let (mut result, mut rest, mut substituted) = (String::new(), text, false);
    while let Some(start) = rest.find("${") {
        if rest[..start].ends_with('$') {
            result.push_str(&rest[..start - 1]);
            result.push_str("${");
            rest = &rest[start + 2..];
            continue;
        }
        result.push_str(&rest[..start]);
        rest = &rest[start + 2..];
        let (name, after) =
            rest.split_once('}').ok_or("a } is missing after ${; write $${ for a literal ${")?;
        let is_name =
            name.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_')
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if !is_name {
            return Err(format!(
                "${{{name}}} is not a valid variable: names consist of letters, digits and _"
            ));
        }
        result.push_str(
            &environment(name)
                .ok_or_else(|| format!("the environment variable {name} is not set"))?,
        );
        rest = after;
        substituted = true;
    }
    result.push_str(rest);
    Ok((result, substituted))
}

/// The first name in a text that contains `${NAME}`.
pub(super) fn variable_in(text: &str) -> Option<String> {
    let first = RefCell::new(None);
    let note = |name: &str| {
        first.borrow_mut().get_or_insert_with(|| name.to_owned());
        Some(String::new())
    };
    if text.contains("${") && substitute(text, &note).is_ok() { first.into_inner() } else { None }
}

#[cfg(test)]
mod tests {
    use super::substitute;

    #[test]
    fn variables_are_replaced_and_dollars_escaped() {
        let environment = |name: &str| match name {
            "HOST" => Some("lms.example.edu".to_owned()),
            "EMPTY" => Some(String::new()),
            "ODD" => Some("${HOST}: [x]".to_owned()),
            _ => None,
        };
        for (text, expected) in [
            ("https://${HOST}/a", Ok(("https://lms.example.edu/a", true))),
            ("${HOST}${EMPTY}.", Ok(("lms.example.edu.", true))),
            ("$${HOST} $HOST $", Ok(("${HOST} $HOST $", false))),
            ("$$${HOST}", Ok(("$${HOST}", false))),
            // A variable's value is not substituted again.
            ("${ODD}", Ok(("${HOST}: [x]", true))),
            ("${MISSING}", Err("the environment variable MISSING is not set")),
            (
                "${A-B}",
                Err("${A-B} is not a valid variable: names consist of letters, digits and _"),
            ),
            ("${}", Err("${} is not a valid variable: names consist of letters, digits and _")),
            ("${HOST", Err("a } is missing after ${; write $${ for a literal ${")),
        ] {
            let expected = expected
                .map(|(text, substituted)| (text.to_owned(), substituted))
                .map_err(str::to_owned);
            assert_eq!(substitute(text, &environment), expected, "{text}");
        }
    }
}
