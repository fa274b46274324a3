//! What people type to search: words, phrases, fields, and conditions that combine them.
//!
//! ```text
//! linear algebra            both words
//! "linear algebra"          these words in this order
//! alg*                      words that begin with alg
//! registration:moodle-prod  in one field
//! algebra OR calculus       one of them
//! algebra NOT linear        without the second one
//! (algebra OR calculus) quiz
//! ```
//!
//! AND, which may be left out, combines more tightly than OR, and NOT more tightly than both.

use std::iter::Peekable;
use std::str::CharIndices;

use super::folded::{folded, search_words};

/// Maximum number of words, phrases and fields in a search.
const MAX_TERMS: usize = 32;

/// Minimum length of a beginning of words.
const MIN_PREFIX: usize = 2;

/// Maximum number of parentheses around a term.
const MAX_DEPTH: usize = 8;

/// A search; `F` are the fields that it can name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search<F = NoField> {
    /// `None` matches everything.
    condition: Option<Condition<F>>,
}

/// A condition of a search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition<F> {
    /// This text occurs.
    Term(Term<F>),
    /// All of these match.
    All(Vec<Self>),
    /// One of these matches.
    Any(Vec<Self>),
    /// This does not match.
    Not(Box<Self>),
}

/// A text that has to occur.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term<F> {
    /// In this field only.
    pub field: Option<F>,
    /// The text, without capitals and accents.
    pub text: String,
    /// Whether the last word may continue.
    pub is_prefix: bool,
}

/// The fields of a search that has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoField {}

impl NoField {
    /// No name is a field's.
    pub fn named(_: &str) -> Option<Self> {
        None
    }
}

/// Why a text is not a search.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SearchError {
    /// A quotation mark has no counterpart.
    #[error("the second quotation mark of a phrase is missing")]
    OpenPhrase,
    /// A parenthesis has no counterpart.
    #[error("a closing parenthesis is missing")]
    OpenParenthesis,
    /// A parenthesis has no counterpart.
    #[error("there is a closing parenthesis without an opening one")]
    ClosingParenthesis,
    /// An operator or a parenthesis is followed by nothing that it could apply to.
    #[error("something to search for is missing after {0:?}")]
    Missing(String),
    /// An operator is preceded by nothing that it could apply to.
    #[error("something to search for is missing before {0:?}")]
    MissingBefore(&'static str),
    /// A field has no value.
    #[error("the field {0:?} has no value")]
    NoValue(String),
    /// There is no text.
    #[error("there is nothing to search for")]
    Empty,
    /// A term consists of punctuation.
    #[error("{0:?} contains no letter or digit")]
    NoWord(String),
    /// Too many words have this beginning.
    #[error("the beginning {0:?} of a word is too short: at least {MIN_PREFIX} letters are needed")]
    ShortPrefix(String),
    /// Everything is excluded, and nothing required.
    #[error("NOT only excludes results: something to search for is missing")]
    OnlyNot,
    /// There are more terms than anyone types.
    #[error("there are more than {MAX_TERMS} words")]
    TooMany,
    /// There are more nested parentheses than anyone types.
    #[error("there are more than {MAX_DEPTH} parentheses within each other")]
    TooDeep,
}

impl<F> Default for Search<F> {
    fn default() -> Self {
        Self { condition: None }
    }
}

impl<F> Search<F> {
    /// Reads a search. `field` finds a field by its name.
    ///
    /// # Errors
    ///
    /// If the text is not a search; see the variants of [`SearchError`].
    pub fn parse(text: &str, field: impl Fn(&str) -> Option<F>) -> Result<Self, SearchError> {
        let mut parser = Parser { tokens: tokens(text, field)?.into_iter().peekable(), depth: 0 };
        if parser.tokens.peek().is_none() {
            return Ok(Self::default());
        }
        let condition = parser.any("")?;
        match parser.tokens.next() {
            None => Ok(Self { condition: Some(condition) }),
            Some(_) => Err(SearchError::ClosingParenthesis),
        }
    }

    /// Reads a search; if the text is not one, all of it is words, whatever they mean elsewhere.
    pub fn lenient(text: &str, field: impl Fn(&str) -> Option<F>) -> Self {
        Self::parse(text, field).unwrap_or_else(|_| {
            let terms = text.split_whitespace().take(MAX_TERMS).map(|word| {
                Condition::Term(Term { field: None, text: folded(word), is_prefix: false })
            });
            Self { condition: Some(Condition::All(terms.collect())) }
        })
    }

    /// The condition; `None` if everything matches.
    pub fn condition(&self) -> Option<&Condition<F>> {
        self.condition.as_ref()
    }

    /// All terms, also those that must not occur.
    pub fn terms(&self) -> Vec<&Term<F>> {
        let mut terms = Vec::new();
        let mut conditions: Vec<&Condition<F>> = self.condition.iter().collect();
        while let Some(condition) = conditions.pop() {
            match condition {
                Condition::Term(term) => terms.push(term),
                Condition::All(parts) | Condition::Any(parts) => {
                    conditions.extend(parts.iter().rev())
                }
                Condition::Not(part) => conditions.push(part),
            }
        }
        terms
    }

    /// Whether everything matches.
    pub fn is_empty(&self) -> bool {
        self.condition.is_none()
    }

    /// Whether a term for which `occurs` holds is all that the search requires.
    pub fn matches(&self, mut occurs: impl FnMut(&Term<F>) -> bool) -> bool {
        self.condition.as_ref().is_none_or(|condition| condition.matches(&mut occurs))
    }

    /// The same search with words that may all continue, unless they are single letters.
    #[must_use]
    pub fn with_prefixes(mut self) -> Self {
        if let Some(condition) = &mut self.condition {
            condition.each_term(&mut |term| {
                term.is_prefix = term.last_word().chars().count() >= MIN_PREFIX;
            });
        }
        self
    }

    /// Checks that the search can be answered by an index of words: every term has a word, what may
    /// continue has two letters, and something has to occur.
    ///
    /// # Errors
    ///
    /// [`SearchError::Empty`], [`SearchError::NoWord`], [`SearchError::ShortPrefix`] and [`SearchError::OnlyNot`].
    pub fn check_indexed(mut self) -> Result<Self, SearchError> {
        let Some(condition) = &mut self.condition else { return Err(SearchError::Empty) };
        let mut problem = None;
        condition.each_term(&mut |term| {
            let last = term.last_word();
            let is_short = last.chars().count() < MIN_PREFIX && last.is_ascii();
            if last.is_empty() {
                let star = if term.is_prefix { "*" } else { "" };
                problem.get_or_insert(SearchError::NoWord(format!("{}{star}", term.text)));
            } else if term.is_prefix && is_short {
                problem.get_or_insert(SearchError::ShortPrefix(last));
            }
        });
        if !condition.requires_something() {
            problem.get_or_insert(SearchError::OnlyNot);
        }
        problem.map_or(Ok(self), Err)
    }
}

impl<F> Condition<F> {
    fn matches(&self, occurs: &mut impl FnMut(&Term<F>) -> bool) -> bool {
        match self {
            Self::Term(term) => occurs(term),
            Self::All(conditions) => conditions.iter().all(|each| each.matches(occurs)),
            Self::Any(conditions) => conditions.iter().any(|each| each.matches(occurs)),
            Self::Not(condition) => !condition.matches(occurs),
        }
    }

    /// Whether only a text that contains one of the terms can match.
    fn requires_something(&self) -> bool {
        match self {
            Self::Term(_) => true,
            Self::All(conditions) => conditions.iter().any(Self::requires_something),
            Self::Any(conditions) => conditions.iter().all(Self::requires_something),
            Self::Not(_) => false,
        }
    }

    fn each_term(&mut self, change: &mut impl FnMut(&mut Term<F>)) {
        match self {
            Self::Term(term) => change(term),
            Self::All(conditions) | Self::Any(conditions) => {
                conditions.iter_mut().for_each(|each| each.each_term(change));
            }
            Self::Not(condition) => condition.each_term(change),
        }
    }
}

impl<F> Term<F> {
    /// Whether a text without capitals and accents contains the term, also within a word.
    pub fn is_in(&self, folded: &str) -> bool {
        folded.contains(&self.text)
    }

    /// The term's words, as [`search_words`] returns them.
    pub fn words(&self) -> String {
        search_words(&self.text)
    }

    /// The last of its words, which may continue.
    pub fn last_word(&self) -> String {
        self.words().rsplit(' ').next().unwrap_or_default().to_owned()
    }

    /// Whether words, as [`search_words`] returns them, contain those of the term one after another.
    pub fn is_among(&self, words: &str) -> bool {
        let wanted = self.words();
        let starts = |place: usize| place == 0 || words[..place].ends_with(' ');
        let ends = |place: usize| self.is_prefix || words[place..].starts_with(' ');
        !wanted.is_empty()
            && words.match_indices(&wanted).any(|(place, found)| {
                let end = place + found.len();
                starts(place) && (end == words.len() || ends(end))
            })
    }
}

/// A part of a search's text.
enum Token<F> {
    Open,
    Close,
    And,
    Or,
    Not,
    Term(Term<F>),
}

impl<F> Token<F> {
    /// As it is written; empty for a term.
    fn text(&self) -> &'static str {
        match self {
            Self::Open => "(",
            Self::Close => ")",
            Self::And => "AND",
            Self::Or => "OR",
            Self::Not => "NOT",
            Self::Term(_) => "",
        }
    }
}

/// Splits a text into its parts. Spaces in a phrase become single ones.
fn tokens<F>(text: &str, field: impl Fn(&str) -> Option<F>) -> Result<Vec<Token<F>>, SearchError> {
    let mut tokens = Vec::new();
    let mut terms = 0;
    let mut characters = text.char_indices().peekable();
    while let Some((start, character)) = characters.peek().copied() {
        match character {
            _ if character.is_whitespace() => {
                characters.next();
                continue;
            }
            '(' => {
                characters.next();
                tokens.push(Token::Open);
                continue;
            }
            ')' => {
                characters.next();
                tokens.push(Token::Close);
                continue;
            }
            _ => {}
        }
        let word = word(text, start, &mut characters);
        let operator = match word {
            "AND" => Some(Token::And),
            "OR" => Some(Token::Or),
            "NOT" => Some(Token::Not),
            _ => None,
        };
        tokens.push(match operator {
            Some(operator) if !follows_phrase(&mut characters) => operator,
            _ => Token::Term(term(text, word, &mut characters, &field)?),
        });
        terms += usize::from(matches!(tokens.last(), Some(Token::Term(_))));
        if terms > MAX_TERMS {
            return Err(SearchError::TooMany);
        }
    }
    Ok(tokens)
}

/// Whether a quotation mark is next.
fn follows_phrase(characters: &mut Peekable<CharIndices<'_>>) -> bool {
    characters.peek().is_some_and(|(_, next)| *next == '"')
}

/// The text up to the next space or quotation mark, or to a closing parenthesis that has no opening
/// one in it.
fn word<'t>(text: &'t str, start: usize, characters: &mut Peekable<CharIndices<'_>>) -> &'t str {
    let mut own = 0_usize;
    while let Some((_, character)) = characters.peek().copied() {
        match character {
            '"' => break,
            ')' if own == 0 => break,
            '(' => own += 1,
            ')' => own = own.saturating_sub(1),
            _ if character.is_whitespace() => break,
            _ => {}
        }
        characters.next();
    }
    let end = characters.peek().map_or(text.len(), |(end, _)| *end);
    &text[start..end]
}

/// The term that begins with `word`, which may name a field and be followed by a phrase.
fn term<F>(
    text: &str,
    word: &str,
    characters: &mut Peekable<CharIndices<'_>>,
    field: impl Fn(&str) -> Option<F>,
) -> Result<Term<F>, SearchError> {
    let named = word
        .split_once(':')
        .and_then(|(name, value)| Some((name, field(&name.to_ascii_lowercase())?, value)));
    let (name, field, value) = match named {
        Some((name, field, value)) => (name, Some(field), value),
        None => ("", None, word),
    };
    if !value.is_empty() || !follows_phrase(characters) {
        let (value, is_prefix) =
            value.strip_suffix('*').map_or((value, false), |value| (value, true));
        if value.is_empty() && field.is_some() {
            return Err(SearchError::NoValue(name.to_owned()));
        }
        return Ok(Term { field, text: folded(value), is_prefix });
    }
    characters.next();
    let start = characters.peek().map_or(text.len(), |(start, _)| *start);
    let (end, _) =
        characters.find(|(_, character)| *character == '"').ok_or(SearchError::OpenPhrase)?;
    let is_prefix = characters.next_if(|(_, next)| *next == '*').is_some();
    let phrase: Vec<&str> = text[start..end].split_whitespace().collect();
    if phrase.is_empty() {
        return Err(SearchError::Missing("\"".to_owned()));
    }
    Ok(Term { field, text: folded(&phrase.join(" ")), is_prefix })
}

/// Combines parts to conditions.
struct Parser<F> {
    tokens: Peekable<std::vec::IntoIter<Token<F>>>,
    depth: usize,
}

impl<F> Parser<F> {
    /// Conditions with OR between them; `after` is what they follow.
    fn any(&mut self, after: &str) -> Result<Condition<F>, SearchError> {
        let mut conditions = vec![self.all(after)?];
        while self.tokens.next_if(|token| matches!(token, Token::Or)).is_some() {
            conditions.push(self.all("OR")?);
        }
        Ok(one_or(conditions, Condition::Any))
    }

    /// Conditions with AND or nothing between them.
    fn all(&mut self, after: &str) -> Result<Condition<F>, SearchError> {
        let mut conditions = vec![self.not(after)?];
        loop {
            let and = self.tokens.next_if(|token| matches!(token, Token::And));
            match self.tokens.peek() {
                None | Some(Token::Or | Token::Close) if and.is_none() => break,
                _ => conditions.push(self.not("AND")?),
            }
        }
        Ok(one_or(conditions, Condition::All))
    }

    /// A term or parentheses, with or without NOT.
    fn not(&mut self, after: &str) -> Result<Condition<F>, SearchError> {
        let missing = |after: &str| Err(SearchError::Missing(after.to_owned()));
        match self.tokens.next() {
            Some(Token::Term(term)) => Ok(Condition::Term(term)),
            Some(Token::Not) => match self.tokens.peek() {
                Some(Token::Not) => missing("NOT"),
                _ => Ok(match self.not("NOT")? {
                    Condition::Not(condition) => *condition,
                    condition => Condition::Not(Box::new(condition)),
                }),
            },
            Some(Token::Open) => {
                self.depth += 1;
                if self.depth > MAX_DEPTH {
                    return Err(SearchError::TooDeep);
                }
                let condition = self.any("(")?;
                self.depth -= 1;
                match self.tokens.next() {
                    Some(Token::Close) => Ok(condition),
                    _ => Err(SearchError::OpenParenthesis),
                }
            }
            Some(token) if after.is_empty() => Err(SearchError::MissingBefore(token.text())),
            Some(_) | None => missing(after),
        }
    }
}

/// The only condition, or several together.
fn one_or<F>(
    mut conditions: Vec<Condition<F>>,
    several: impl FnOnce(Vec<Condition<F>>) -> Condition<F>,
) -> Condition<F> {
    match conditions.pop() {
        Some(only) if conditions.is_empty() => only,
        Some(last) => {
            conditions.push(last);
            several(conditions)
        }
        None => several(conditions),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The fields of the tests.
    fn field(name: &str) -> Option<&'static str> {
        ["name", "id"].into_iter().find(|known| *known == name)
    }

    /// A condition as text: terms in quotation marks, operators before what they combine.
    fn shown(condition: &Condition<&str>) -> String {
        let several = |conditions: &[Condition<&str>]| {
            conditions.iter().map(shown).collect::<Vec<_>>().join(" ")
        };
        match condition {
            Condition::Term(Term { field, text, is_prefix }) => format!(
                "{}{text:?}{}",
                field.map(|field| format!("{field}:")).unwrap_or_default(),
                if *is_prefix { "*" } else { "" }
            ),
            Condition::All(conditions) => format!("all({})", several(conditions)),
            Condition::Any(conditions) => format!("any({})", several(conditions)),
            Condition::Not(condition) => format!("not({})", shown(condition)),
        }
    }

    #[test]
    fn searches_have_the_usual_syntax() {
        for (text, expected) in [
            ("Algebra", r#""algebra""#),
            ("linear  Algebra", r#"all("linear" "algebra")"#),
            (r#""linear   Algebra" x"#, r#"all("linear algebra" "x")"#),
            (r#"name:"linear algebra"*"#, r#"name:"linear algebra"*"#),
            ("alg* NAME:zoe*", r#"all("alg"* name:"zoe"*)"#),
            ("a AND b OR c d", r#"any(all("a" "b") all("c" "d"))"#),
            ("a NOT b AND NOT c", r#"all("a" not("b") not("c"))"#),
            ("NOT a", r#"not("a")"#),
            ("a NOT (NOT b)", r#"all("a" "b")"#),
            ("(a OR b) c", r#"all(any("a" "b") "c")"#),
            ("a and b or not", r#"all("a" "and" "b" "or" "not")"#),
            (r#""AND" "OR""#, r#"all("and" "or")"#),
            ("f(x) (g(y))", r#"all("f(x)" "g(y)")"#),
            ("https://a.example:8080/?q=1", r#""https://a.example:8080/?q=1""#),
            ("other:value a:b:c", r#"all("other:value" "a:b:c")"#),
            ("id:urn:x:1", r#"id:"urn:x:1""#),
            ("*", r#"""*"#),
        ] {
            let search = Search::parse(text, field).unwrap();
            assert_eq!(shown(search.condition().unwrap()), expected, "{text}");
        }
        assert!(Search::parse("  ", field).unwrap().is_empty());
    }

    #[test]
    fn what_is_not_a_search_has_a_reason() {
        let many = "x ".repeat(MAX_TERMS + 1);
        let deep = format!("{}x{}", "(".repeat(MAX_DEPTH + 1), ")".repeat(MAX_DEPTH + 1));
        let missing = |after: &str| SearchError::Missing(after.to_owned());
        for (text, expected) in [
            (r#"a "b"#, SearchError::OpenPhrase),
            ("(a b", SearchError::OpenParenthesis),
            ("a OR", missing("OR")),
            ("a OR AND b", missing("OR")),
            ("a AND", missing("AND")),
            ("a NOT", missing("NOT")),
            ("NOT NOT a", missing("NOT")),
            ("()", missing("(")),
            (r#" "" "#, missing("\"")),
            ("x) y", SearchError::ClosingParenthesis),
            (")", SearchError::MissingBefore(")")),
            ("OR a", SearchError::MissingBefore("OR")),
            ("AND", SearchError::MissingBefore("AND")),
            ("name: x", SearchError::NoValue("name".to_owned())),
            ("name:*", SearchError::NoValue("name".to_owned())),
            (&many, SearchError::TooMany),
            (&deep, SearchError::TooDeep),
        ] {
            assert_eq!(Search::parse(text, field), Err(expected), "{text}");
            assert!(!Search::lenient(text, field).is_empty(), "{text}");
        }
    }

    #[test]
    fn searches_of_an_index_require_words() {
        let no_word = |text: &str| Err(SearchError::NoWord(text.to_owned()));
        let short = |text: &str| Err(SearchError::ShortPrefix(text.to_owned()));
        for (text, expected) in [
            (" ", Err(SearchError::Empty)),
            ("a", Ok(())),
            ("al* NOT a", Ok(())),
            ("数*", Ok(())),
            ("a OR b NOT c", Ok(())),
            ("…", no_word("...")),
            ("a *", no_word("*")),
            ("a*", short("a")),
            (r#""linear a"*"#, short("a")),
            ("NOT a", Err(SearchError::OnlyNot)),
            ("a OR NOT b", Err(SearchError::OnlyNot)),
        ] {
            let search = Search::parse(text, field).unwrap();
            assert_eq!(search.check_indexed().map(drop), expected, "{text}");
        }
        let search = Search::parse("linear a", field).unwrap().with_prefixes();
        assert_eq!(shown(search.condition().unwrap()), r#"all("linear"* "a")"#);
    }

    #[test]
    fn terms_occur_in_texts_and_among_words() {
        for (text, within, occurs, is_among) in [
            ("algebra", "Linear Algebra", true, true),
            ("lgebra", "Linear Algebra", true, false),
            ("alg", "Linear Algebra", true, false),
            ("alg*", "Linear Algebra", true, true),
            ("réad", "To read", true, true),
            (r#""linear algebra""#, "Linear algebra II", true, true),
            (r#""linear alg"*"#, "Linear algebra II", true, true),
            (r#""linear algebra""#, "Linear, algebra", false, true),
            ("example.edu", "zoe@example.edu", true, true),
            ("数学", "高等数学", true, true),
            ("a", "b a", true, true),
            ("linear NOT algebra", "Linear algebra", false, false),
            ("x OR linear", "Linear algebra", true, true),
        ] {
            let search = Search::parse(text, NoField::named).unwrap();
            assert_eq!(search.matches(|term| term.is_in(&folded(within))), occurs, "{text}");
            assert_eq!(
                search.matches(|term| term.is_among(&search_words(within))),
                is_among,
                "{text}"
            );
        }
    }

    proptest::proptest! {
        /// Any text is a search or not one, and a lenient search always matches what it is.
        #[test]
        fn any_text_is_read(text in r#"[a-b"():* ]{0,12}|(AND|OR|NOT|a|\(|\)| ){0,12}"#) {
            let _ = Search::parse(&text, field);
            let lenient = Search::lenient(&text, NoField::named);
            proptest::prop_assert_eq!(lenient.is_empty(), text.trim().is_empty());
        }
    }
}
