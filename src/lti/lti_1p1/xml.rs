//! Small XML documents: written from elements, and read into them.
//!
//! Platforms choose their own namespace prefixes, so only local names are read. A document with a
//! DTD is refused: only with one could entities be defined, which grow or read files.

use quick_xml::Reader;
use quick_xml::escape::{escape, resolve_xml_entity};
use quick_xml::events::{BytesStart, Event};

/// Maximum depth of a document. Those of LTI have about ten levels.
const MAX_DEPTH: usize = 32;

/// The first line of every document.
const DECLARATION: &str = r#"<?xml version="1.0" encoding="UTF-8"?>"#;

/// An element with text or with other elements; mixed content is not needed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Element {
    /// Its name: written as it is, and read without a prefix.
    pub(super) name: String,
    /// Its attributes; they are only written.
    attributes: Vec<(&'static str, String)>,
    /// Its text, all parts together.
    pub(super) text: String,
    /// The elements in it.
    pub(super) children: Vec<Element>,
}

/// Why a document cannot be read, as the rest of a sentence about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum XmlProblem {
    /// It is not well-formed, or is truncated.
    #[error("it is not complete, well-formed XML")]
    Malformed,
    /// It has a DTD or uses an entity of one.
    #[error("it has a DTD or entities, which are not read")]
    Doctype,
    /// Its elements are nested too deeply.
    #[error("its elements are nested more than 32 levels deep")]
    TooDeep,
}

impl Element {
    /// An element with other elements in it.
    pub(super) fn new(name: &str, children: impl Into<Vec<Self>>) -> Self {
        Self { name: name.to_owned(), children: children.into(), ..Self::default() }
    }

    /// An element with text.
    pub(super) fn text(name: &str, text: &str) -> Self {
        Self { name: name.to_owned(), text: text.to_owned(), ..Self::default() }
    }

    /// The same with another attribute.
    pub(super) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.attributes.push((name, value.to_owned()));
        self
    }

    /// The document with this root, as UTF-8.
    pub(super) fn to_document(&self) -> String {
        let mut document = DECLARATION.to_owned();
        document.push('\n');
        self.write(&mut document);
        document
    }

    fn write(&self, document: &mut String) {
        document.push('<');
        document.push_str(&self.name);
        for (name, value) in &self.attributes {
            document.push(' ');
            document.push_str(name);
            document.push_str("=\"");
            push_escaped(value, document);
            document.push('"');
        }
        if self.text.is_empty() && self.children.is_empty() {
            document.push_str("/>");
            return;
        }
        document.push('>');
        push_escaped(&self.text, document);
        for child in &self.children {
            child.write(document);
        }
        document.push_str("</");
        document.push_str(&self.name);
        document.push('>');
    }

    /// Reads a document.
    ///
    /// # Errors
    ///
    /// [`XmlProblem`].
    pub(super) fn parse(document: &[u8]) -> Result<Self, XmlProblem> {
        let text = decode(document);
        let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}').trim());
        // The elements that are open, the innermost last; the first is the document itself.
        let mut open = vec![Self::default()];
        loop {
            let event = reader.read_event().map_err(|_| XmlProblem::Malformed)?;
            match event {
                Event::Start(_) if open.len() > MAX_DEPTH => return Err(XmlProblem::TooDeep),
                Event::Start(start) => open.push(Self::new(local_name(&start), [])),
                Event::Empty(start) => add(&mut open, Self::new(local_name(&start), []))?,
                Event::End(_) => {
                    let closed = open.pop().ok_or(XmlProblem::Malformed)?;
                    add(&mut open, closed)?;
                }
                Event::Text(text) => push_text(&mut open, &text.xml10_content()),
                Event::CData(text) => push_text(&mut open, &text.xml10_content()),
                Event::GeneralRef(reference) => {
                    match reference.resolve_char_ref().map_err(|_| XmlProblem::Malformed)? {
                        Some(character) => push_text(&mut open, character.encode_utf8(&mut [0; 4])),
                        None => push_text(
                            &mut open,
                            resolve_xml_entity(&reference).ok_or(XmlProblem::Doctype)?,
                        ),
                    }
                }
                Event::DocType(_) => return Err(XmlProblem::Doctype),
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
                Event::Eof => break,
            }
        }
        match (open.pop(), open.is_empty()) {
            (Some(mut document), true)
                if document.children.len() == 1 && document.text.trim().is_empty() =>
            {
                document.children.pop().ok_or(XmlProblem::Malformed)
            }
            _ => Err(XmlProblem::Malformed),
        }
    }

    /// The first element with this name directly in it.
    pub(super) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The element at a path of names below it.
    pub(super) fn descendant(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |element, name| element.child(name))
    }

    /// The text of the element at a path of names below it, if it is not blank.
    pub(super) fn text_at(&self, path: &[&str]) -> Option<&str> {
        self.descendant(path).map(|element| element.text.trim()).filter(|text| !text.is_empty())
    }
}

fn local_name<'a>(start: &'a BytesStart<'_>) -> &'a str {
    start.local_name().into_inner()
}

/// Adds an element to the innermost open one.
fn add(open: &mut [Element], element: Element) -> Result<(), XmlProblem> {
    open.last_mut().ok_or(XmlProblem::Malformed)?.children.push(element);
    Ok(())
}

fn push_text(open: &mut [Element], text: &str) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(text);
    }
}

/// Appends escaped text. Characters that XML cannot contain (XML 1.0, 2.2) are omitted, and a
/// carriage return is written so that parsers do not drop it.
fn push_escaped(text: &str, document: &mut String) {
    let is_allowed = |character: &char| {
        matches!(character, '\t' | '\n' | '\r')
            || !(*character < ' ' || matches!(character, '\u{fffe}' | '\u{ffff}'))
    };
    let allowed: String = text.chars().filter(is_allowed).collect();
    document.push_str(&escape(allowed.as_str()).replace('\r', "&#13;"));
}

/// The text of a document in UTF-8, UTF-16 with a byte order mark, or ISO 8859-1 as its declaration
/// says. Octets that are not UTF-8 are replaced.
fn decode(document: &[u8]) -> String {
    let utf16 = |pair: fn([u8; 2]) -> u16| {
        let (pairs, _) = document[2..].as_chunks::<2>();
        let units = pairs.iter().map(|octets| pair(*octets));
        char::decode_utf16(units).map(|unit| unit.unwrap_or('\u{fffd}')).collect()
    };
    match document {
        [0xff, 0xfe, ..] => utf16(u16::from_le_bytes),
        [0xfe, 0xff, ..] => utf16(u16::from_be_bytes),
        _ => match std::str::from_utf8(document) {
            Ok(text) => text.to_owned(),
            Err(_) if is_latin1(document) => {
                document.iter().map(|octet| char::from(*octet)).collect()
            }
            Err(_) => String::from_utf8_lossy(document).into_owned(),
        },
    }
}

/// Whether the declaration of a document names ISO 8859-1 or its relative of Windows, whose letters
/// are the same.
fn is_latin1(document: &[u8]) -> bool {
    let start = document[..document.len().min(100)].to_ascii_lowercase();
    let start = String::from_utf8_lossy(&start);
    let declaration = start.split("?>").next().unwrap_or_default();
    ["iso-8859-1", "windows-1252", "latin1"].iter().any(|name| declaration.contains(name))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn documents_are_read_without_prefixes() {
        let document = Element::parse(
            b"\xef\xbb\xbf<?xml version=\"1.0\"?>\n<!-- c --><a:r xmlns:a='x'><a:b> 1 &amp;&#x20;<![CDATA[<2>]]></a:b><c/><b>3</b></a:r>\n",
        )
        .expect("a document");
        assert_eq!(document.name, "r");
        assert_eq!(document.text_at(&["b"]), Some("1 & <2>"));
        assert_eq!(document.text_at(&["c"]), None);
        assert_eq!(document.children.len(), 3);
        assert!(document.descendant(&["b", "c"]).is_none());
    }

    #[test]
    fn other_encodings_are_read() {
        let utf16 = |octets: fn(u16) -> [u8; 2]| -> Vec<u8> {
            "\u{feff}<?xml version='1.0' encoding='UTF-16'?><a>é</a>"
                .encode_utf16()
                .flat_map(octets)
                .collect()
        };
        for document in [
            utf16(u16::to_le_bytes),
            utf16(u16::to_be_bytes),
            b"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe9</a>".to_vec(),
            "<?xml version='1.0' encoding='unknown-8'?><a>é</a>".into(),
        ] {
            assert_eq!(Element::parse(&document).expect("a document").text, "é");
        }
        assert_eq!(Element::parse(b"<a>\xe9</a>").expect("a document").text, "\u{fffd}");
    }

    #[test]
    fn dangerous_and_broken_documents_are_refused() {
        let nested = |depth: usize| format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
        assert!(Element::parse(nested(32).as_bytes()).is_ok());
        for (document, expected) in [
            (nested(33), XmlProblem::TooDeep),
            ("<a>".repeat(100_000), XmlProblem::TooDeep),
            ("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>".to_owned(), XmlProblem::Doctype),
            ("<a>&b;</a>".to_owned(), XmlProblem::Doctype),
            ("<a>&#xD800;</a>".to_owned(), XmlProblem::Malformed),
            ("<a><b></a>".to_owned(), XmlProblem::Malformed),
            ("<a>".to_owned(), XmlProblem::Malformed),
            ("<a/><b/>".to_owned(), XmlProblem::Malformed),
            ("<a/>x".to_owned(), XmlProblem::Malformed),
            ("Fatal error".to_owned(), XmlProblem::Malformed),
            ("</a>".to_owned(), XmlProblem::Malformed),
            (String::new(), XmlProblem::Malformed),
        ] {
            let shown = document.chars().take(40).collect::<String>();
            assert_eq!(Element::parse(document.as_bytes()), Err(expected), "{shown}");
        }
    }

    proptest! {
        #[test]
        fn texts_are_read_back(text in "[^\u{0}-\u{8}\u{b}\u{c}\u{e}-\u{1f}\u{fffe}\u{ffff}]{0,40}", value in ".{0,20}") {
            let element = Element::new("a", [Element::text("b", &text).with("c", &value)]);
            let read = Element::parse(element.to_document().as_bytes()).unwrap();
            prop_assert_eq!(&read.children[0].text, &text);
        }

        #[test]
        fn any_text_makes_a_document(text in prop::collection::vec(any::<char>(), 0..20)) {
            let element = Element::text("b", &String::from_iter(text));
            prop_assert!(Element::parse(element.to_document().as_bytes()).is_ok());
        }

        #[test]
        fn nothing_makes_it_panic(document in prop::collection::vec(any::<u8>(), 0..200), text in "[<>/&;a!\\[\\]?#x-]{0,60}") {
            let _ = Element::parse(&document);
            let _ = Element::parse(text.as_bytes());
        }
    }
}
