//! `${VARIABLE}` in a manifest's values.
//!
//! Only the text of a value changes, after everything is parsed: whatever a variable holds, it
//! cannot become a key, a list or another document.

/// Gives a variable's value, if it is set.
pub type Environment<'e> = &'e dyn Fn(&str) -> Option<String>;

/// The text with `${NAME}` replaced by the variable's value and `$${` by `${`; whether any variable
/// stood in it.
///
/// # Errors
///
/// What is wrong with it, in words.
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
        let (name, after) = rest
            .split_once('}')
            .ok_or("a } is missing after ${; write $${ for a ${ that is meant as it stands")?;
        let is_name =
            name.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_')
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if !is_name {
            return Err(format!(
                "${{{name}}} is no environment variable: its name is made of letters, digits and _"
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
            // What a variable holds is not looked at again.
            ("${ODD}", Ok(("${HOST}: [x]", true))),
            ("${MISSING}", Err("the environment variable MISSING is not set")),
            (
                "${A-B}",
                Err("${A-B} is no environment variable: its name is made of letters, digits and _"),
            ),
            (
                "${}",
                Err("${} is no environment variable: its name is made of letters, digits and _"),
            ),
            (
                "${HOST",
                Err("a } is missing after ${; write $${ for a ${ that is meant as it stands"),
            ),
        ] {
            let expected = expected
                .map(|(text, substituted)| (text.to_owned(), substituted))
                .map_err(str::to_owned);
            assert_eq!(substitute(text, &environment), expected, "{text}");
        }
    }
}
