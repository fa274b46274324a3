//! Invisible characters: the table that decides what an admin may enter and how text from outside
//! is shown.
//!
//! They make different texts look the same, or change how the surrounding text is shown. Text
//! copied from a web page or a chat often ends with one.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use super::Invalid;

/// Soft hyphen, Arabic letter mark, zero-width characters and direction marks, direction embeddings
/// and overrides, word joiners and direction isolates, byte order mark, tags.
const INVISIBLE: [RangeInclusive<char>; 7] = [
    '\u{ad}'..='\u{ad}',
    '\u{61c}'..='\u{61c}',
    '\u{200b}'..='\u{200f}',
    '\u{202a}'..='\u{202e}',
    '\u{2060}'..='\u{2069}',
    '\u{feff}'..='\u{feff}',
    '\u{e0000}'..='\u{e007f}',
];

/// Whether a character is invisible.
pub fn is_invisible(character: char) -> bool {
    // Most text is ASCII, which has none of these.
    !character.is_ascii() && INVISIBLE.iter().any(|range| range.contains(&character))
}

/// Whether a text has an invisible character.
pub fn has_invisible(text: &str) -> bool {
    // Most long texts are ASCII, which is seen faster than by looking at each character.
    !text.is_ascii() && text.contains(is_invisible)
}

/// Whether a character must not reach a terminal, a log or a page: an invisible one, a control
/// character, or a line or paragraph separator.
pub fn is_unprintable(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{2028}' | '\u{2029}')
        || is_invisible(character)
}

/// Text without white space and invisible characters at its ends.
pub fn trimmed(text: &str) -> &str {
    text.trim_matches(|character: char| character.is_whitespace() || is_invisible(character))
}

/// Text without invisible characters, for names that platforms send: emoji sequences contain them,
/// and some scripts use them within words.
pub fn without_invisible(text: &str) -> Cow<'_, str> {
    if has_invisible(text) {
        Cow::Owned(text.replace(is_invisible, ""))
    } else {
        Cow::Borrowed(text)
    }
}

/// Rejects entered text with unprintable characters, except those in `allowed`, such as line
/// breaks.
///
/// # Errors
///
/// The error contains `field` and the character, for instance U+200B.
pub fn check_printable(field: &str, text: &str, allowed: &[char]) -> Result<(), Invalid> {
    match text.chars().find(|character| is_unprintable(*character) && !allowed.contains(character))
    {
        None => Ok(()),
        Some(character) => {
            let code = u32::from(character);
            let rule = if is_invisible(character) {
                format!("must not contain the invisible character U+{code:04X}")
            } else {
                format!("must not contain control characters, such as U+{code:04X}")
            };
            Err(Invalid::new(field, rule))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        ClientId, DeploymentId, EndpointUrl, Issuer, LogoUrl, Name, Product, PublicUrl, Slug,
        TargetUrl, Username,
    };

    /// The first, the last and one inner character of each range, each with its name, and the
    /// characters just outside.
    const SAMPLES: [(char, &str); 17] = [
        ('\u{ad}', "U+00AD"),
        ('\u{61c}', "U+061C"),
        ('\u{200b}', "U+200B"),
        ('\u{200d}', "U+200D"),
        ('\u{200f}', "U+200F"),
        ('\u{202a}', "U+202A"),
        ('\u{202c}', "U+202C"),
        ('\u{202e}', "U+202E"),
        ('\u{2060}', "U+2060"),
        ('\u{2065}', "U+2065"),
        ('\u{2069}', "U+2069"),
        ('\u{feff}', "U+FEFF"),
        ('\u{e0000}', "U+E0000"),
        ('\u{e0001}', "U+E0001"),
        ('\u{e0041}', "U+E0041"),
        ('\u{e007e}', "U+E007E"),
        ('\u{e007f}', "U+E007F"),
    ];

    #[test]
    fn table_contains_the_invisible_characters() {
        for (character, _) in SAMPLES {
            assert!(is_invisible(character) && is_unprintable(character), "{character:?}");
        }
        for visible in [
            '\u{ac}',
            '\u{ae}',
            '\u{200a}',
            '\u{2010}',
            '\u{205f}',
            '\u{206a}',
            '\u{e0080}',
            'a',
            ' ',
            '\u{a0}',
            '\u{1f468}',
            '学',
        ] {
            assert!(!is_invisible(visible), "{visible:?}");
        }
        for control in ['\0', '\n', '\u{1b}', '\u{9b}', '\u{2028}', '\u{2029}'] {
            assert!(!is_invisible(control) && is_unprintable(control), "{control:?}");
        }
        assert_eq!(without_invisible("a\u{200d}b\u{ad}"), "ab");
    }

    /// Every check of admin input, with a character at the ends of the text or inside.
    #[test]
    fn invisible_characters_are_trimmed_at_the_ends_and_named_inside() {
        type Check = fn(&str) -> Result<String, Invalid>;
        let checks: [(&str, &str, Check); 11] = [
            ("School ", "A", |text| Name::new(text).map(|value| value.to_string())),
            ("client", "7", |text| ClientId::new(text).map(|value| value.to_string())),
            ("deployment", "7", |text| DeploymentId::new(text).map(|value| value.to_string())),
            ("https://lms", ".example", |text| {
                Issuer::new(text, false).map(|value| value.to_string())
            }),
            ("https://lms.example/to", "ken", |text| {
                EndpointUrl::new("token URL", text, false).map(|value| value.to_string())
            }),
            ("https://tool", ".example", |text| {
                PublicUrl::new(text, false).map(|value| value.to_string())
            }),
            ("https://app", ".example/", |text| {
                TargetUrl::new(text, false).map(|value| value.as_str().to_owned())
            }),
            ("https://tool", ".example/a.png", |text| {
                LogoUrl::new(text).map(|value| value.as_str().to_owned())
            }),
            ("moodle-", "prod", |text| Slug::new(text).map(|value| value.to_string())),
            ("sam", "uel", |text| Username::new(text).map(|value| value.to_string())),
            ("moo", "dle", |text| Product::new(text).map(|value| value.as_str().to_owned())),
        ];
        for (front, back, check) in checks {
            let plain = format!("{front}{back}");
            for (character, name) in SAMPLES {
                assert_eq!(
                    check(&format!("{character} {plain} {character}{character}")).unwrap(),
                    plain,
                    "{name}"
                );
                let rule = check(&format!("{front}{character}{back}")).unwrap_err().rule;
                assert_eq!(
                    rule,
                    format!("must not contain the invisible character {name}"),
                    "{plain}"
                );
            }
            assert!(check("\u{200b}").is_err());
        }
    }
}
