//! The index of all words that [`Read::search`](super::Read) finds.
//!
//! Triggers keep it current for everything but the logs: an entry of a log costs nothing when it is
//! written. A PostgreSQL server cannot call the program to make words of texts, so its triggers only
//! list what has changed, and it is indexed before the transaction is committed. The logs, and what
//! was there before the index, are indexed later in short writes.

use jiff::Timestamp;

use super::engine::{Connection, IndexedWords, Value, ValueError};
use super::query::{Queries as _, Row, bind};
use super::words::with_letters;
use super::{Error, Read, Write};
use crate::domain::{LaunchId, SearchField, search_words};

/// A kind of rows in the index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Indexed {
    Registration,
    Deployment,
    Resource,
    Account,
    Course,
    Link,
    Launch,
    Audit,
}

/// How many rows that a transaction has changed are indexed at a time.
const ROWS_AT_ONCE: usize = 500;

/// How many bits of a place are the key of a row.
const KEY_BITS: u32 = 60;

impl Indexed {
    /// All kinds, in the order of their numbers.
    pub(super) const ALL: [Self; 8] = [
        Self::Registration,
        Self::Deployment,
        Self::Resource,
        Self::Account,
        Self::Course,
        Self::Link,
        Self::Launch,
        Self::Audit,
    ];

    /// The view that has the words of its rows.
    fn view(self) -> &'static str {
        match self {
            Self::Registration => "search_registration",
            Self::Deployment => "search_deployment",
            Self::Resource => "search_resource",
            Self::Account => "search_account",
            Self::Course => "search_course",
            Self::Link => "search_link",
            Self::Launch => "search_launch",
            Self::Audit => "search_audit",
        }
    }

    /// The fields that its rows have.
    pub(super) fn fields(self) -> &'static [SearchField] {
        use SearchField as F;
        match self {
            Self::Registration => {
                &[F::Name, F::Id, F::Issuer, F::ClientId, F::Url, F::Registration]
            }
            Self::Deployment => &[F::Name, F::Id, F::Registration, F::Deployment],
            Self::Course => &[F::Name, F::Id, F::Registration, F::Course, F::Deployment],
            Self::Resource => &[F::Name, F::Id, F::Url, F::Description, F::Resource],
            Self::Account => &[F::Name, F::Id, F::Email, F::Description, F::User],
            Self::Link => &[F::Name, F::Id, F::Registration, F::Resource, F::Deployment],
            Self::Launch => &[
                F::Name,
                F::Id,
                F::Registration,
                F::Resource,
                F::Course,
                F::User,
                F::Deployment,
                F::Reason,
                F::Role,
            ],
            Self::Audit => &[F::Name, F::Id, F::Noun, F::Action, F::Actor],
        }
    }

    /// The fields in which words without a field may occur: all but keys, and deployment IDs of what
    /// belongs to a deployment.
    pub(super) fn text_fields(self) -> Vec<SearchField> {
        let is_text = |field: &SearchField| {
            let belongs_to =
                [SearchField::Registration, SearchField::Resource, SearchField::Deployment];
            !self.has_keys() || !belongs_to.contains(field)
        };
        self.fields().iter().copied().filter(is_text).collect()
    }

    /// Whether registrations and resources are named by their keys instead of their slugs.
    pub(super) fn has_keys(self) -> bool {
        !matches!(self, Self::Launch | Self::Audit)
    }

    /// The letter that its words have in front.
    fn letter(self) -> char {
        char::from(b'a' + self as u8)
    }

    /// Words as the index has them.
    pub(super) fn with_letters(self, words: &str) -> String {
        with_letters(self.letter(), words)
    }

    /// Its first place.
    pub(super) fn first_place(self) -> i64 {
        (self as i64) << KEY_BITS
    }

    /// Its last place.
    pub(super) fn last_place(self) -> i64 {
        self.first_place() | ((1 << KEY_BITS) - 1)
    }

    /// The key in a place.
    pub(super) fn key_of(place: i64) -> i64 {
        place & ((1 << KEY_BITS) - 1)
    }

    /// The first key of a row in the table that has at least this key in the index.
    pub(super) fn column(self, key: i64) -> Value<'static> {
        match self {
            Self::Launch => LaunchId::first_at(key).to_string().into(),
            _ => key.into(),
        }
    }

    /// Selects rows from a key to before another one, up to a limit, in ascending (`ASC`) or
    /// descending (`DESC`) order.
    pub(super) fn select(self, order: &str) -> String {
        format!(
            "SELECT key, place, {} FROM {} WHERE key >= :from AND key < :end
             ORDER BY key {order} LIMIT :limit",
            self.columns(),
            self.view()
        )
    }

    /// Selects whether there are more rows than a limit.
    pub(super) fn select_more(self) -> String {
        format!(
            "SELECT EXISTS (SELECT 1 FROM {} WHERE key >= :from AND key < :end
                 LIMIT 1 OFFSET :limit) AS is_longer",
            self.view()
        )
    }

    /// Selects the rows with the keys of an array in JSON.
    pub(super) fn select_keys(self) -> String {
        format!(
            "SELECT key, place, {} FROM {}
             WHERE key IN (SELECT CAST(value AS BIGINT) FROM json_each(:keys))",
            self.columns(),
            self.view()
        )
    }

    /// The fields as columns. A word such as `user` has its own meaning without quotation marks.
    fn columns(self) -> String {
        let columns: Vec<String> =
            self.fields().iter().map(|field| format!("\"{field}\"")).collect();
        columns.join(", ")
    }
}

/// Rows of a kind that are not in the index yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Backlog {
    pub(super) kind: Indexed,
    /// The last key that is in the index.
    pub(super) position: i64,
    /// The last key that is not; `None` if all later ones are not.
    last: Option<i64>,
}

impl Backlog {
    /// From which key to before which one its rows are; launches, to those from before `settled`.
    fn bounds(self, settled: Timestamp) -> [(&'static str, Value<'static>); 2] {
        let Self { kind, position, last } = self;
        let end = match (kind, last) {
            (Indexed::Launch, _) => LaunchId::first_of(settled).place(),
            (_, Some(last)) => last + 1,
            (_, None) => 1 << KEY_BITS,
        };
        [(":from", kind.column(position + 1)), (":end", kind.column(end))]
    }
}

/// The words of a row.
pub(super) struct IndexedRow {
    pub(super) place: i64,
    /// In the order of the kind's fields, as the index has them.
    pub(super) words: Vec<Option<String>>,
}

impl IndexedRow {
    /// The words of a field without the letter of the kind.
    pub(super) fn plain(&self, field: usize) -> Option<String> {
        let words = self.words[field].as_deref()?;
        // The letter is an ASCII one.
        let plain: Vec<&str> = words.split(' ').filter_map(|word| word.get(1..)).collect();
        Some(plain.join(" "))
    }
}

/// Reads a row of a view.
pub(super) fn indexed_row(kind: Indexed, row: &Row<'_>) -> Result<IndexedRow, ValueError> {
    let words = kind.fields().iter().map(|field| {
        Ok(match row.text(field.as_str())? {
            Some(words) if row.has_words() => Some(words.to_owned()),
            text => text.map(|text| kind.with_letters(&search_words(text))),
        })
    });
    Ok(IndexedRow { place: row.get("place")?, words: words.collect::<Result<_, ValueError>>()? })
}

/// The rows of a kind in these places, in any order. Not of launches.
pub(super) fn rows_at(
    connection: &Connection,
    kind: Indexed,
    places: &[i64],
) -> Result<Vec<IndexedRow>, Error> {
    let keys: Vec<i64> = places.iter().copied().map(Indexed::key_of).collect();
    let keys = serde_json::json!(keys).to_string();
    connection.all(&kind.select_keys(), bind! { keys }, |row| indexed_row(kind, row))
}

/// Indexes what a transaction has changed, unless triggers have done so.
pub(super) fn index_changes(connection: &Connection) -> Result<(), Error> {
    let mut places = connection.take_unindexed()?;
    places.sort_unstable();
    for kind in Indexed::ALL {
        let is_of_kind = |place: &&i64| (kind.first_place()..=kind.last_place()).contains(*place);
        let places: Vec<i64> = places.iter().filter(is_of_kind).copied().collect();
        for places in places.chunks(ROWS_AT_ONCE) {
            index_rows(connection, kind, rows_at(connection, kind, places)?)?;
        }
    }
    Ok(())
}

/// Adds rows in the order of their places; those with the same place together.
fn index_rows(connection: &Connection, kind: Indexed, rows: Vec<IndexedRow>) -> Result<(), Error> {
    let indexed = rows.chunk_by(|one, other| one.place == other.place).map(|rows| {
        let words = |index: usize| {
            let words: Vec<&str> =
                rows.iter().filter_map(|row| row.words[index].as_deref()).collect();
            words.join(" ")
        };
        let fields = kind.fields().iter().copied().enumerate();
        IndexedWords {
            place: rows[0].place,
            words: fields.map(|(index, field)| (field, words(index))).collect(),
        }
    });
    connection.add_to_index(&indexed.collect::<Vec<_>>())
}

/// Puts everything into the backlog.
pub(super) fn index_all_later(connection: &Connection) -> Result<(), Error> {
    connection.change("DELETE FROM search_backlog", bind! {})?;
    for kind in Indexed::ALL {
        let last = if kind.has_keys() {
            let newest = format!("SELECT max(key) AS last FROM {}", kind.view());
            match connection.one(&newest, bind! {}, |row| row.get::<Option<i64>>("last"))? {
                None => continue,
                last => last,
            }
        } else {
            None
        };
        connection.change(
            "INSERT INTO search_backlog (kind, position, last) VALUES (:kind, 0, :last)",
            bind! { kind: kind as i64, last },
        )?;
    }
    Ok(())
}

impl Read<'_> {
    /// What is not in the index yet.
    pub(super) fn search_backlogs(&self) -> Result<Vec<Backlog>, Error> {
        let backlogs = self.connection.all(
            "SELECT kind, position, last FROM search_backlog ORDER BY kind",
            bind! {},
            |row| Ok((row.get::<i64>("kind")?, row.get("position")?, row.get("last")?)),
        )?;
        Ok(backlogs
            .into_iter()
            .filter_map(|(number, position, last)| {
                let kind = Indexed::ALL.into_iter().find(|kind| *kind as i64 == number)?;
                Some(Backlog { kind, position, last })
            })
            .collect())
    }

    /// Whether more than `limit` entries of a log, or any other rows, are not in the index yet: a search
    /// reads these entries, but nothing else that the index does not have.
    pub fn has_search_backlog(&self, settled: Timestamp, limit: u32) -> Result<bool, Error> {
        for backlog in self.search_backlogs()? {
            let [from, end] = backlog.bounds(settled);
            let limit = if backlog.last.is_some() { 0 } else { limit };
            let parameters = [from, end, (":limit", limit.into())];
            let sql = backlog.kind.select_more();
            if self.connection.one(&sql, &parameters, |row| row.get("is_longer"))? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The next rows of a backlog; of launches, those from before `settled`.
    fn next_rows(
        &self,
        backlog: Backlog,
        settled: Timestamp,
        limit: u32,
    ) -> Result<Vec<IndexedRow>, Error> {
        let kind = backlog.kind;
        let [from, end] = backlog.bounds(settled);
        let parameters = [from, end, (":limit", limit.into())];
        self.connection.all(&kind.select("ASC"), &parameters, |row| indexed_row(kind, row))
    }
}

impl Write<'_> {
    /// Adds the next rows to the index, at most `limit`. Launches may still arrive with an ID that
    /// is later than `settled`, so the others are added. Returns whether there were any.
    pub fn index_for_search(&self, settled: Timestamp, limit: u32) -> Result<bool, Error> {
        for mut backlog in self.search_backlogs()? {
            let end = LaunchId::first_of(settled).place();
            if backlog.kind == Indexed::Launch && backlog.position > end {
                // The clock was ahead, so later launches have smaller IDs.
                backlog.position = end;
                self.set_search_position(backlog.kind, end)?;
            }
            let mut rows = self.next_rows(backlog, settled, limit)?;
            let is_last = rows.len() < limit as usize;
            if !is_last {
                drop_last_place(&mut rows);
            }
            let position = rows.last().map(|row| Indexed::key_of(row.place));
            index_rows(self.connection, backlog.kind, rows)?;
            if is_last && backlog.last.is_some() {
                self.connection.change(
                    "DELETE FROM search_backlog WHERE kind = :kind",
                    bind! { kind: backlog.kind as i64 },
                )?;
            } else if let Some(position) = position {
                self.set_search_position(backlog.kind, position)?;
            }
            if position.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn set_search_position(&self, kind: Indexed, position: i64) -> Result<(), Error> {
        self.connection.change(
            "UPDATE search_backlog SET position = :position WHERE kind = :kind",
            bind! { kind: kind as i64, position },
        )?;
        Ok(())
    }
}

/// Leaves the rows of the last place for the next time: there may be more of them.
fn drop_last_place(rows: &mut Vec<IndexedRow>) {
    if let (Some(first), Some(last)) = (rows.first(), rows.last()) {
        let place = last.place;
        if first.place != place {
            rows.retain(|row| row.place != place);
        }
    }
}
