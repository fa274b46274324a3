//! Maximum lengths of stored texts from platforms.
//!
//! Values that are compared are never truncated: a token with an overlong identifier or service URL
//! is refused ([`crate::lti::Refusal::ClaimTooLong`] and the checks of [`crate::lti::id_token`]).
//! Texts that are only shown are truncated to these lengths and then end with `…`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use unicode_segmentation::GraphemeCursor;

use super::is_unprintable;

/// The end of a truncated text.
const CUT: char = '…';

/// Custom parameters that the tool itself reads, which take precedence over the others.
const OWN_PARAMETERS: [&str; 2] = ["id", "force_embed"];

/// A kind of text that platforms send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoredText {
    /// Full, given or family name of a person.
    PersonName,
    /// Email address. A longer one is not stored, because part of an address is another address.
    Email,
    /// Language tag. A longer one is not stored.
    Locale,
    /// Title or label of a course, a link or selected content; name of a platform.
    Title,
    /// Description that comes with a content selection.
    Description,
    /// Message type or product code.
    Word,
    /// Identifier in the log entry of a refused launch. Accepted launches have no longer ones.
    Identifier,
    /// Value of one custom parameter.
    CustomValue,
    /// URL to which a person can return, or of their picture. Another one is not stored.
    Url,
    /// Identifier from a student information system. A longer one is not stored.
    SourcedId,
    /// Why a launch, a registration or a synchronization failed.
    Cause,
    /// How to fix it.
    Fix,
}

impl StoredText {
    /// All of them, in the order of the documentation.
    pub const ALL: [Self; 12] = [
        Self::PersonName,
        Self::Email,
        Self::Locale,
        Self::Title,
        Self::Description,
        Self::Word,
        Self::Identifier,
        Self::CustomValue,
        Self::Url,
        Self::SourcedId,
        Self::Cause,
        Self::Fix,
    ];

    /// The label in the documentation.
    pub const fn label(self) -> &'static str {
        match self {
            Self::PersonName => "full, given or family name",
            Self::Email => "email address",
            Self::Locale => "language",
            Self::Title => "title or label of a course or link, name of a platform",
            Self::Description => "description of selected content",
            Self::Word => "message type, product",
            Self::Identifier => "identifier in the log entry of a refused launch",
            Self::CustomValue => "value of a custom parameter",
            Self::Url => "return URL, URL of a person's picture",
            Self::SourcedId => "identifier from a student information system",
            Self::Cause => "cause of a refusal or a failed synchronization",
            Self::Fix => "what to do about it",
        }
    }

    /// Maximum number of characters (Unicode scalar values) that are stored, including the `…`.
    pub const fn longest(self) -> usize {
        match self {
            Self::Word | Self::Locale => 64,
            Self::PersonName | Self::Email | Self::Title | Self::Identifier | Self::SourcedId => {
                255
            }
            Self::Description | Self::Cause => 1_000,
            Self::Fix => 2_000,
            Self::Url => 2_048,
            Self::CustomValue => 4_096,
        }
    }

    /// The text if it is short enough, or else its beginning and `…`. Characters are never
    /// separated from combining ones, such as accents. U+0000, which PostgreSQL cannot store, is
    /// left out.
    pub fn cut(self, text: &str) -> Cow<'_, str> {
        if text.contains('\0') {
            return Cow::Owned(self.cut_owned(text.replace('\0', "")));
        }
        let longest = self.longest();
        if text.len() <= longest || text.chars().nth(longest).is_none() {
            return Cow::Borrowed(text);
        }
        let end = text.char_indices().nth(longest - 1).map_or(0, |(place, _)| place);
        Cow::Owned(format!("{}{CUT}", &text[..whole_characters(text, end)]))
    }

    /// Like [`Self::cut`], for an owned text.
    pub fn cut_owned(self, text: String) -> String {
        match self.cut(&text) {
            Cow::Borrowed(_) => text,
            Cow::Owned(cut) => cut,
        }
    }

    /// The text if it is short enough and has no control characters and the like.
    pub fn whole(self, text: &str) -> Option<&str> {
        let is_short = text.chars().nth(self.longest()).is_none();
        (is_short && !text.contains(is_unprintable)).then_some(text)
    }
}

/// The last position up to `end` at which a user-perceived character ends. If the first one is
/// longer than the limit, it is cut.
fn whole_characters(text: &str, end: usize) -> usize {
    let mut cursor = GraphemeCursor::new(end, text.len(), true);
    if cursor.is_boundary(text, 0) == Ok(true) {
        return end;
    }
    cursor.prev_boundary(text, 0).ok().flatten().filter(|place| *place > 0).unwrap_or(end)
}

/// A list that platforms send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoredList {
    /// Roles of a person.
    Roles,
    /// Types of a context, scopes of a service, or accepted types of a content selection.
    Words,
    /// Platform users whom a person mentors.
    Mentored,
    /// Custom parameters with their names.
    Custom,
}

impl StoredList {
    /// All of them, in the order of the documentation.
    pub const ALL: [Self; 4] = [Self::Roles, Self::Words, Self::Mentored, Self::Custom];

    /// The label in the documentation.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Roles => "roles of a person, in all",
            Self::Words => "types of a course, scopes, accepted content, each list in all",
            Self::Mentored => "users whom a person mentors, in all",
            Self::Custom => "custom parameters with their names, in all",
        }
    }

    /// Maximum number of bytes (UTF-8) that are stored of the whole list, including quotation marks
    /// and commas. Entries that do not fit are omitted.
    pub const fn largest(self) -> usize {
        match self {
            Self::Words => 1_024,
            Self::Roles | Self::Mentored => 4_096,
            Self::Custom => 8_192,
        }
    }

    /// The entries that fit, in order. Those with U+0000, which PostgreSQL cannot store, are omitted.
    pub fn keep(self, entries: impl IntoIterator<Item = String>) -> Vec<String> {
        let mut room = self.largest();
        let entries = entries.into_iter().filter(|entry| !entry.contains('\0'));
        entries.filter(|entry| take(&mut room, entry.len() + 3)).collect()
    }
}

/// The custom parameters that fit, with long values truncated: first those that the tool itself
/// reads, then by name.
pub fn kept_custom(custom: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let own = OWN_PARAMETERS.iter().filter_map(|name| custom.get_key_value(*name));
    let others = custom.iter().filter(|(name, _)| !OWN_PARAMETERS.contains(&name.as_str()));
    let mut room = StoredList::Custom.largest();
    own.chain(others)
        .map(|(name, value)| (name, StoredText::CustomValue.cut(value)))
        .filter(|(name, value)| take(&mut room, name.len() + value.len() + 6))
        .map(|(name, value)| (name.clone(), value.into_owned()))
        .collect()
}

/// Takes this many bytes if they fit.
fn take(room: &mut usize, bytes: usize) -> bool {
    let left = room.checked_sub(bytes);
    *room = left.unwrap_or(*room);
    left.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_between_characters_and_marked() {
        let longest = StoredText::Word.longest();
        let x = |number: usize| "x".repeat(number);
        for (text, expected) in [
            (String::new(), String::new()),
            (x(longest), x(longest)),
            ("ü".repeat(longest), "ü".repeat(longest)),
            (x(longest + 1), format!("{}…", x(longest - 1))),
            ("学".repeat(1000), format!("{}…", "学".repeat(longest - 1))),
            ("a\0b\0".to_owned(), "ab".to_owned()),
            (format!("\0{}", x(longest + 1)), format!("{}…", x(longest - 1))),
            // An accent, a joined emoji and a flag are not split.
            (format!("{}e\u{301}{}", x(longest - 2), x(9)), format!("{}…", x(longest - 2))),
            (format!("{}👩\u{200d}🏫{}", x(longest - 3), x(9)), format!("{}…", x(longest - 3))),
            (format!("{}🇵🇹{}", x(longest - 2), x(9)), format!("{}…", x(longest - 2))),
            // A letter with more accents than fit.
            (format!("e{}", "\u{301}".repeat(999)), format!("e{}…", "\u{301}".repeat(longest - 2))),
        ] {
            let cut = StoredText::Word.cut(&text);
            assert_eq!(cut, expected);
            assert!(cut.chars().count() <= longest);
            assert_eq!(StoredText::Word.cut(&cut), cut, "a truncated text is not changed again");
            assert_eq!(StoredText::Word.cut_owned(text), expected);
        }
    }

    #[test]
    fn lists_keep_entries_that_fit() {
        let entry = |number: usize| "x".repeat(number);
        let largest = StoredList::Words.largest();
        assert_eq!(
            StoredList::Words.keep([entry(largest - 7), entry(2), entry(1)]),
            [entry(largest - 7), entry(1)]
        );
        assert_eq!(StoredList::Words.keep([entry(largest - 2)]), Vec::<String>::new());
    }

    #[test]
    fn custom_parameters_keep_the_tools_own_first() {
        let mut custom: BTreeMap<String, String> =
            (0..100).map(|number| (format!("a{number:02}"), "v".repeat(500))).collect();
        custom.insert("id".into(), "uuid".into());
        custom.insert("force_embed".into(), "1".into());
        custom.insert("a00".into(), "v".repeat(5000));
        let kept = kept_custom(&custom);
        assert_eq!((kept["id"].as_str(), kept["force_embed"].as_str()), ("uuid", "1"));
        assert!(kept["a00"].ends_with('…') && kept["a00"].chars().count() == 4096);
        let bytes: usize = kept.iter().map(|(name, value)| name.len() + value.len() + 6).sum();
        assert!(bytes <= StoredList::Custom.largest() && kept.len() > 5, "{bytes}");
        let few: BTreeMap<String, String> = [("a".to_owned(), "b".to_owned())].into();
        assert_eq!(kept_custom(&few), few);
    }
}
