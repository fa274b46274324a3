//! Texts as searches compare them: without capitals and accents.

use icu_normalizer::DecomposingNormalizerBorrowed;
use icu_normalizer::properties::CanonicalCombiningClassMapBorrowed;

/// Maximum number of words in a search; further ones are ignored.
const MAX_WORDS: usize = 6;

/// A text without capitals and accents, for comparing.
pub fn folded(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let classes = CanonicalCombiningClassMapBorrowed::new();
    DecomposingNormalizerBorrowed::new_nfkd()
        .normalize_iter(text.chars())
        .filter(|character| classes.get_u8(*character) == 0)
        .flat_map(char::to_lowercase)
        .collect()
}

/// The words of a search. A text matches if it contains each of them, ignoring capitals and accents.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Search {
    words: Vec<String>,
}

impl Search {
    /// Splits a text into words.
    pub fn new(text: &str) -> Self {
        let text = folded(text);
        Self { words: text.split_whitespace().take(MAX_WORDS).map(str::to_owned).collect() }
    }

    /// The words, folded; empty texts, which every text contains, fill the rest.
    pub fn words(&self) -> [&str; MAX_WORDS] {
        std::array::from_fn(|index| self.words.get(index).map_or("", String::as_str))
    }

    /// Whether there are no words, so everything matches.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Whether a folded text contains every word.
    pub fn matches(&self, folded: &str) -> bool {
        self.words.iter().all(|word| folded.contains(word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capitals_and_accents_are_ignored() {
        for (text, expected) in [
            ("Algebra I", "algebra i"),
            ("Réading LÍST", "reading list"),
            ("Re\u{301}sume\u{301}", "resume"),
            ("Größe", "große"),
            ("Ⅳ ﬁne", "iv fine"),
            ("日本語", "日本語"),
            ("Ελλάδα", "ελλαδα"),
            ("", ""),
        ] {
            assert_eq!(folded(text), expected, "{text}");
        }
    }

    #[test]
    fn every_word_has_to_occur() {
        let search = Search::new("  LIST réad ");
        assert!(search.matches(&folded("Réading list")) && !search.matches(&folded("Reading")));
        assert_eq!(search.words()[..3], ["list", "read", ""]);
        assert!(Search::new(" ").is_empty() && Search::new("").matches("anything"));
    }
}
