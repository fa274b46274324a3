//! Plain names: what slugs and usernames are made of if people do not choose them.

/// A name in lower-case ASCII letters, digits and single hyphens, of at most `max` characters:
/// `École de Zoë` becomes `ecole-de-zoe`, `Школа № 5` becomes `shkola-no-5`, `学校` becomes `xuexiao`.
/// If none of the letters has a transliteration, they are written as their code points. `None` if
/// the name has neither letters nor digits.
pub(super) fn plain_name(name: &str, max: usize) -> Option<String> {
    let mut plain = String::new();
    for character in name.chars() {
        for letter in any_ascii::any_ascii_char(character).chars() {
            if letter.is_ascii_alphanumeric() {
                plain.push(letter.to_ascii_lowercase());
            } else if !character.is_alphabetic() {
                separate(&mut plain);
            }
        }
    }
    if plain.is_empty() {
        for character in name.chars().filter(|character| character.is_alphanumeric()) {
            separate(&mut plain);
            plain.push_str(&format!("u{:x}", u32::from(character)));
        }
    }
    // All of it is ASCII.
    plain.truncate(max);
    let plain = plain.trim_end_matches('-');
    (!plain.is_empty()).then(|| plain.to_owned())
}

/// Ends a word.
fn separate(plain: &mut String) {
    if !plain.is_empty() && !plain.ends_with('-') {
        plain.push('-');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Name, Random, Slug, Username};

    const NAMES: &[(&str, &str)] = &[
        ("Moodle Prod", "moodle-prod"),
        ("  Canvas — École (2026) ", "canvas-ecole-2026"),
        ("a__b", "a-b"),
        ("Zoë Núñez", "zoe-nunez"),
        ("E\u{301}cole d’été", "ecole-d-ete"),
        ("Straße & Søn, Łódź", "strasse-son-lodz"),
        ("Πανεπιστήμιο Αθηνών", "panepistimio-athinon"),
        ("Школа № 5", "shkola-no-5"),
        ("Кремль", "kreml"),
        ("学校", "xuexiao"),
        ("東京 Moodle", "dongjing-moodle"),
        ("한국어", "hangugeo"),
        ("جامعة", "jmh"),
        ("Ⅻ ½", "xii-1-2"),
    ];

    #[test]
    fn names_are_transliterated() {
        for (name, plain) in NAMES {
            assert_eq!(plain_name(name, 64).as_deref(), Some(*plain), "{name}");
        }
        for name in ["", "!!!", "—", "\u{301}"] {
            assert_eq!(plain_name(name, 64), None, "{name:?}");
        }
        assert_eq!(plain_name(&"x".repeat(100), 64), Some("x".repeat(64)));
        assert_eq!(plain_name("ab cd", 3).as_deref(), Some("ab"));
    }

    /// Every letter and digit of Unicode, alone: slug and username are valid.
    #[test]
    fn no_letter_is_refused() {
        let random = Random::seeded(1);
        for letter in ('\0'..=char::MAX).filter(|character| character.is_alphanumeric()) {
            let name = Name::new(&letter.to_string()).unwrap();
            let slug = Slug::from_name(&name).unwrap_or_else(|_| panic!("{letter:?}"));
            assert_eq!(Slug::new(slug.as_str()).as_ref(), Ok(&slug), "{letter:?}");
            let username = Username::fresh(Some(name.as_str()), &random);
            assert_eq!(Username::new(username.as_str()).as_ref(), Ok(&username), "{letter:?}");
        }
    }
}
