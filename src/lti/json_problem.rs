//! Why JSON from outside cannot be read, in words for people instead of the library's, which name Rust
//! types.

use serde_json::error::Category;

/// Why a document cannot be read, as the rest of a sentence about it.
pub fn json_problem(error: &serde_json::Error) -> String {
    let place = format!("line {}, column {}", error.line(), error.column());
    match error.classify() {
        Category::Io => "it cannot be read".to_owned(),
        Category::Syntax => format!("it is not JSON ({place})"),
        Category::Eof => format!("it ends in the middle of its JSON ({place})"),
        Category::Data => {
            let message = error.to_string();
            let named =
                |start: &str| Some(message.strip_prefix(start)?.split('`').next()?.to_owned());
            if let Some(name) = named("missing field `") {
                format!("{name} is missing ({place})")
            } else if let Some(name) = named("unknown field `") {
                format!("{name} is not a known key ({place})")
            } else if let Some(name) = named("duplicate field `") {
                format!("{name} is there twice ({place})")
            } else if message.starts_with("invalid ") || message.starts_with("unknown variant ") {
                match expected(&message) {
                    Some(what) => format!("expected {what} ({place})"),
                    None => format!("a value has another type than expected ({place})"),
                }
            } else {
                // A message of this program.
                let (words, _) = message.rsplit_once(" at line ").unwrap_or((&message, ""));
                format!("{words} ({place})")
            }
        }
    }
}

/// What a value of another type should have been.
fn expected(message: &str) -> Option<&'static str> {
    let (_, expected) = message.split_once(", expected ")?;
    let is = |starts: &[&str]| starts.iter().any(|start| expected.starts_with(start));
    if is(&["f32", "f64", "a number"]) {
        Some("a number")
    } else if is(&["i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64", "usize"]) {
        Some("a whole number")
    } else if is(&["a string", "a borrowed string", "a character", "a formatted"]) {
        Some("a text")
    } else if is(&["a boolean"]) {
        Some("true or false")
    } else if is(&["struct ", "a map", "an object", "internally tagged"]) {
        Some("an object")
    } else if is(&["a sequence", "an array", "tuple ", "a tuple"]) {
        Some("a list")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde::de::Error as _;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        #[expect(dead_code, reason = "it is only read")]
        score: f64,
        #[serde(default, rename = "comment", deserialize_with = "refused")]
        _comment: (),
    }

    fn refused<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
        String::deserialize(deserializer)?;
        Err(D::Error::custom("the comment is too long"))
    }

    #[test]
    fn problems_are_in_words_for_people() {
        for (text, expected) in [
            ("<html>", "it is not JSON (line 1, column 1)"),
            (r#"{"score":"#, "it ends in the middle of its JSON (line 1, column 9)"),
            ("{}", "score is missing (line 1, column 2)"),
            (r#"{"scor":1}"#, "scor is not a known key (line 1, column 7)"),
            (r#"{"score":1,"score":1}"#, "score is there twice (line 1, column 18)"),
            (r#"{"score":"x"}"#, "expected a number (line 1, column 12)"),
            ("7", "expected an object (line 1, column 1)"),
            (r#"{"score":1,"comment":"x"}"#, "the comment is too long (line 1, column 25)"),
        ] {
            let error = serde_json::from_str::<Sample>(text).unwrap_err();
            assert_eq!(json_problem(&error), expected, "{text}");
        }
    }
}
