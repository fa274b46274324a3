//! YAML for programs and people, which is also safe on a terminal.

use std::io;

use serde::ser::{Serialize, SerializeMap as _, Serializer};
use serde_json::Value;
use serde_saphyr::DoubleQuoted;

use super::text::is_hostile;

/// A value whose texts are in double quotes if they contain a character to escape: only double
/// quotes allow escapes in YAML.
struct Quoted<'v>(&'v Value);

impl Serialize for Quoted<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::String(text) if text.contains(is_hostile) => {
                DoubleQuoted(text.as_str()).serialize(serializer)
            }
            Value::Array(entries) => serializer.collect_seq(entries.iter().map(Quoted)),
            Value::Object(members) => {
                let mut map = serializer.serialize_map(Some(members.len()))?;
                for (key, value) in members {
                    map.serialize_entry(key, &Quoted(value))?;
                }
                map.end()
            }
            other => other.serialize(serializer),
        }
    }
}

/// Escapes characters in the serializer's output that a terminal would act on, but the serializer
/// does not escape.
struct SafeWriter<W>(W);

impl<W: io::Write> io::Write for SafeWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // The serializer writes whole texts, so that no character is split.
        let text = std::str::from_utf8(bytes).map_err(io::Error::other)?;
        let mut rest = text;
        while let Some(place) = rest.find(is_hostile) {
            self.0.write_all(&rest.as_bytes()[..place])?;
            let character = rest[place..].chars().next().unwrap_or_default();
            match u32::from(character) {
                code @ ..=0xffff => write!(self.0, "\\u{code:04x}")?,
                code => write!(self.0, "\\U{code:08x}")?,
            }
            rest = &rest[place + character.len_utf8()..];
        }
        self.0.write_all(rest.as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Writes a view as one YAML document.
pub(super) fn write_view(view: &impl Serialize, writer: impl io::Write) -> io::Result<()> {
    write(&serde_json::to_value(view)?, writer)
}

/// Writes one YAML document.
pub(super) fn write(value: &Value, writer: impl io::Write) -> io::Result<()> {
    // Long lines are not folded, so that URLs can be copied.
    let options = serde_saphyr::ser_options! { prefer_block_scalars: false };
    serde_saphyr::to_io_writer_with_options(&mut SafeWriter(writer), &Quoted(value), options)
        .map_err(io::Error::other)
}

/// Writes a list entry by entry, so that it is never held in memory as a whole.
pub(super) fn write_entries(
    entries: impl Iterator<Item = io::Result<Value>>,
    mut writer: impl io::Write,
) -> io::Result<()> {
    let mut is_empty = true;
    for entry in entries {
        is_empty = false;
        write_entry(entry?, &mut writer)?;
    }
    if is_empty { writeln!(writer, "[]") } else { Ok(()) }
}

/// Writes one entry of a list that is not empty.
pub(super) fn write_entry(entry: Value, writer: impl io::Write) -> io::Result<()> {
    write(&Value::Array(vec![entry]), writer)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn text(value: &Value) -> String {
        let mut bytes = Vec::new();
        write(value, &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn hostile_characters_are_escaped_and_read_back() {
        for hostile in [
            "a\u{1b}[31mb",
            "\u{9b}31m",
            "a\u{202e}b",
            "\u{200b}",
            "x\r\ny",
            "\u{feff}",
            "\u{e0041}",
            "\u{ad}",
            "\u{2066}'\"\\",
            "\u{7}",
        ] {
            for place in [
                hostile.to_owned(),
                format!("it's {hostile}"),
                format!("{hostile}: # - "),
                format!("a\n{hostile}\n"),
            ] {
                let value = json!({ "name": place, "list": [place] });
                let text = text(&value);
                assert!(!text.contains(is_hostile), "{text:?}");
                assert_eq!(serde_saphyr::from_str::<Value>(&text).unwrap(), value, "{text}");
            }
        }
    }

    #[test]
    fn words_with_a_meaning_in_yaml_remain_text() {
        let words = [
            "no",
            "true",
            "null",
            "~",
            "",
            " ",
            "1",
            "1.0",
            "0x1",
            "1e3",
            "2026-01-01",
            "- a",
            "a: b",
            "#",
            "&a",
            "*a",
            "!t",
            "%",
            "@",
            "`",
            "|",
            ">",
            "?",
            "=",
            "<<",
            "12:30:45",
            ".inf",
            "a\nb",
            "a\n",
            "\n",
        ];
        let value = json!(words);
        assert_eq!(serde_saphyr::from_str::<Value>(&text(&value)).unwrap(), value);
        let long = json!(format!("https://lms.example.edu/{}", "x".repeat(300)));
        assert_eq!(text(&long).lines().count(), 1);
    }

    #[test]
    fn a_list_written_in_parts_is_the_same_document() {
        let rows: Vec<Value> = serde_json::from_str(
            r#"[{"a":1,"b":[{"c":2}],"d":{}},{"a":null,"b":[],"d":{"x":true}}]"#,
        )
        .unwrap();
        let mut parts = Vec::new();
        write_entries(rows.iter().cloned().map(Ok), &mut parts).unwrap();
        assert_eq!(serde_saphyr::from_slice::<Value>(&parts).unwrap(), Value::Array(rows));
        let mut none = Vec::new();
        write_entries(std::iter::empty(), &mut none).unwrap();
        assert_eq!(none, b"[]\n");
    }
}
