//! The index of words in a column of the type `tsvector`.

use std::fmt::Write as _;
use std::ops::RangeInclusive;

use super::super::super::error::Error;
use super::super::search::{IndexedWords, Wanted};
use super::super::value::Parameters;
use super::Connection;
use crate::domain::SearchField;

/// The newest rows of a kind, which are looked at one by one. If they have enough of what is wanted,
/// the lists of all rows with common words are not read.
const NEWEST: u32 = 1_000;

/// Finds what is wanted among the newest rows.
pub(in crate::store) const AMONG_NEWEST: &str = "SELECT place FROM (
         SELECT place, words FROM search_index WHERE place BETWEEN :first AND :last
         ORDER BY place DESC LIMIT :newest) AS newest
     WHERE words @@ CAST(CAST(:wanted AS TEXT) AS TSQUERY) ORDER BY place DESC LIMIT :limit";

/// Finds what is wanted by the index, which knows the rows of each word, but not their order.
pub(in crate::store) const AMONG_ALL: &str = "WITH found AS MATERIALIZED (
         SELECT place FROM search_index WHERE words @@ CAST(CAST(:wanted AS TEXT) AS TSQUERY))
     SELECT place FROM found WHERE place BETWEEN :first AND :last
     ORDER BY place DESC LIMIT :limit";

/// Maximum length of a word in bytes; PostgreSQL takes 2046 with the letters of field and kind. Words
/// that begin with so many equal bytes are the same.
const MAX_WORD: usize = 2_000;

/// Maximum length of all words of a row in bytes, with room for what PostgreSQL adds to each of them,
/// up to 2^20 bytes altogether. What comes later is not found.
const MAX_WORDS: usize = 1_000_000;

/// The last position of a word that PostgreSQL distinguishes from later ones.
const MAX_POSITION: usize = 16_383;

impl Connection {
    /// Adds rows to the index, or replaces those that it has in the same places.
    pub(in crate::store) fn add_to_index(&self, rows: &[IndexedWords]) -> Result<(), Error> {
        let rows: Vec<(i64, String)> = rows.iter().map(|row| (row.place, vector(row))).collect();
        let rows = serde_json::json!(rows).to_string();
        self.execute(
            "INSERT INTO search_index (place, words)
                 SELECT CAST(pair ->> 0 AS BIGINT), CAST(pair ->> 1 AS TSVECTOR)
                 FROM json_array_elements(CAST(CAST(:rows AS TEXT) AS JSON)) AS pair
             ON CONFLICT (place) DO UPDATE SET words = excluded.words",
            &[(":rows", rows.into())],
        )?;
        Ok(())
    }

    /// The places of the last rows among some that have what is wanted.
    pub(in crate::store) fn find_in_index(
        &self,
        wanted: &Wanted,
        places: RangeInclusive<i64>,
        limit: u32,
    ) -> Result<Vec<i64>, Error> {
        let parameters = [
            (":first", (*places.start()).into()),
            (":last", (*places.end()).into()),
            (":wanted", query(wanted).into()),
            (":limit", limit.into()),
            (":newest", NEWEST.into()),
        ];
        let newest = self.places(AMONG_NEWEST, &parameters)?;
        let is_enough = newest.len() >= limit as usize;
        if is_enough { Ok(newest) } else { self.places(AMONG_ALL, &parameters) }
    }

    /// Removes from the index what the transaction has changed, and returns its places.
    pub(in crate::store) fn take_unindexed(&self) -> Result<Vec<i64>, Error> {
        let changed = self.places("DELETE FROM search_pending RETURNING place", &[])?;
        if !changed.is_empty() {
            self.execute(
                "DELETE FROM search_index WHERE place = ANY (
                     ARRAY(SELECT CAST(value AS BIGINT) FROM json_each(:changed)))",
                &[(":changed", serde_json::json!(changed).to_string().into())],
            )?;
        }
        Ok(changed)
    }

    fn places(&self, sql: &str, parameters: Parameters<'_>) -> Result<Vec<i64>, Error> {
        let mut places = Vec::new();
        self.all_rows(sql, parameters, |row| {
            places.push(row.value(0)?.as_i64()?);
            Ok(())
        })?;
        Ok(places)
    }
}

/// The letter that the words of a field have in front. The index is stored with them.
fn letter(field: SearchField) -> char {
    match field {
        SearchField::Name => 'n',
        SearchField::Id => 'i',
        SearchField::Email => 'e',
        SearchField::Issuer => 's',
        SearchField::ClientId => 'k',
        SearchField::Url => 'u',
        SearchField::Description => 'd',
        SearchField::Registration => 'r',
        SearchField::Resource => 't',
        SearchField::Course => 'c',
        SearchField::User => 'p',
        SearchField::Deployment => 'y',
        SearchField::Reason => 'w',
        SearchField::Role => 'o',
        SearchField::Noun => 'b',
        SearchField::Action => 'a',
        SearchField::Actor => 'm',
    }
}

/// A word of a field as the index has it, in quotation marks. Words are letters and digits.
fn lexeme(field: SearchField, word: &str) -> String {
    let mut end = word.len().min(MAX_WORD);
    while !word.is_char_boundary(end) {
        end -= 1;
    }
    format!("'{}{}'", letter(field), &word[..end])
}

/// The words of a row with their positions. Each field has its own, because its words differ from
/// those of all others.
fn vector(row: &IndexedWords) -> String {
    let mut vector = String::new();
    let mut length = 0;
    for (field, words) in &row.words {
        let words = words.split(' ').filter(|word| !word.is_empty());
        for (place, word) in words.enumerate() {
            let lexeme = lexeme(*field, word);
            length += lexeme.len() + 4;
            if length > MAX_WORDS {
                return vector;
            }
            // Writing into a string does not fail.
            let _ = write!(vector, "{lexeme}:{} ", (place + 1).min(MAX_POSITION));
        }
    }
    vector
}

/// A condition as a text of the type `tsquery`.
fn query(wanted: &Wanted) -> String {
    let joined = |parts: &[Wanted], operator: &str| {
        format!("({})", parts.iter().map(query).collect::<Vec<_>>().join(operator))
    };
    match wanted {
        Wanted::Words { fields, words, is_prefix } => {
            let star = if *is_prefix { ":*" } else { "" };
            let phrase = |field: &SearchField| {
                let words: Vec<String> =
                    words.split(' ').map(|word| lexeme(*field, word)).collect();
                format!("({}{star})", words.join(" <-> "))
            };
            format!("({})", fields.iter().map(phrase).collect::<Vec<_>>().join(" | "))
        }
        Wanted::All(parts) => joined(parts, " & "),
        Wanted::Any(parts) => joined(parts, " | "),
        Wanted::Without(wanted, unwanted) => format!("({} & !{})", query(wanted), query(unwanted)),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn fields_have_different_letters() {
        let letters: BTreeSet<char> = SearchField::ALL.iter().copied().map(letter).collect();
        assert_eq!(letters.len(), SearchField::ALL.len());
    }

    #[test]
    fn words_and_rows_have_a_maximum_length() {
        let long = "é".repeat(MAX_WORD);
        assert_eq!(lexeme(SearchField::Name, &long).len(), "'n'".len() + MAX_WORD);
        let odd = format!("x{long}");
        assert_eq!(lexeme(SearchField::Name, &odd).len(), "'n'".len() + MAX_WORD - 1);
        let words = vec![(SearchField::Name, "word ".repeat(400_000))];
        let vector = vector(&IndexedWords { place: 1, words });
        assert_eq!(vector.split_whitespace().count(), MAX_WORDS / ("'nword'".len() + 4));
        assert!(vector.ends_with("'nword':16383 "));
    }
}
