//! Values in commands that people copy.

/// A word, quoted for a POSIX shell if necessary.
pub fn shell_word(word: &str) -> String {
    let plain = !word.is_empty()
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._:/@%+=,-".contains(&byte));
    if plain { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

/// A positional argument as one word of a shell command; it is not read as an option.
pub fn shell_argument(word: &str) -> String {
    if word.starts_with('-') { format!("-- {}", shell_word(word)) } else { shell_word(word) }
}

/// An option with its value as words of a shell command; the value is not read as an option.
pub fn shell_option(name: &str, value: &str) -> String {
    let separator = if value.starts_with('-') { '=' } else { ' ' };
    format!("{name}{separator}{}", shell_word(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shell_words_are_quoted_reversibly() {
        assert_eq!(shell_word("1:abc"), "1:abc");
        assert_eq!(shell_word("it's; rm -rf"), r"'it'\''s; rm -rf'");
        assert_eq!(shell_argument("a b"), "'a b'");
        assert_eq!(shell_argument("-x"), "-- -x");
    }
}
