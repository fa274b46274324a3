//! JSON for programs, which is also safe on a terminal.

use std::io;

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter};

use super::text::is_hostile;

/// Formats a document like another formatter, and escapes every character that a terminal could act
/// on.
struct SafeFormatter<F>(F);

impl<F: Formatter> Formatter for SafeFormatter<F> {
    fn begin_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }
    fn end_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }
    fn begin_array_value<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }
    fn end_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }
    fn begin_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }
    fn end_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }
    fn begin_object_key<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }
    fn begin_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }
    fn end_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        if fragment.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            return writer.write_all(fragment.as_bytes());
        }
        let mut rest = fragment;
        while let Some(place) = rest.find(is_hostile) {
            writer.write_all(&rest.as_bytes()[..place])?;
            let character = rest[place..].chars().next().unwrap_or_default();
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                write!(writer, "\\u{unit:04x}")?;
            }
            rest = &rest[place + character.len_utf8()..];
        }
        writer.write_all(rest.as_bytes())
    }
}

/// Writes one indented JSON document.
pub(super) fn write(value: &impl Serialize, writer: impl io::Write) -> io::Result<()> {
    Ok(value.serialize(&mut serializer(writer))?)
}

/// Writes one indented JSON document, part by part.
pub(super) fn serializer<W: io::Write>(writer: W) -> serde_json::Serializer<W, impl Formatter> {
    serde_json::Serializer::with_formatter(writer, SafeFormatter(PrettyFormatter::new()))
}

/// One indented JSON document as text.
pub(super) fn to_text(value: &impl Serialize) -> io::Result<String> {
    let mut bytes = Vec::new();
    write(value, &mut bytes)?;
    String::from_utf8(bytes).map_err(io::Error::other)
}

/// One JSON document as text on one line.
pub(super) fn to_line(value: &impl Serialize) -> io::Result<String> {
    let mut bytes = Vec::new();
    value.serialize(&mut serde_json::Serializer::with_formatter(
        &mut bytes,
        SafeFormatter(CompactFormatter),
    ))?;
    String::from_utf8(bytes).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    #[test]
    fn hostile_characters_are_escaped_and_read_back() {
        let value = serde_json::json!({ "name": "a\u{1b}b\u{9b}c\u{202e}d é" });
        let text = super::to_text(&value).unwrap();
        assert_eq!(text, "{\n  \"name\": \"a\\u001bb\\u009bc\\u202ed é\"\n}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
        assert_eq!(super::to_line(&value).unwrap(), "{\"name\":\"a\\u001bb\\u009bc\\u202ed é\"}");
    }
}
