//! Finds registrations, resources, accounts and everything else by words.

use jiff::Timestamp;

use crate::domain::{LaunchId, Search, SearchField, SearchKind};
use crate::failure::{Failure, Kind, nearest, not_a_search};
use crate::store::{FoundKind, Read, Store};

/// How many rows that are not in the index yet are left to the server: every search reads them.
const BACKLOG: u32 = 500;

/// How many rows are added to the index in one write.
const BATCH: u32 = 1_000;

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchOutcome {
    /// The best hits of each kind that has any.
    pub kinds: Vec<FoundKind>,
    /// Whether nothing contains the words as such, so these are hits with words that begin with
    /// them.
    pub continues_words: bool,
}

/// Reads a search of the whole database.
///
/// # Errors
///
/// A usage failure if the text is not a search, or not one that an index of words can answer.
pub fn parse(text: &str) -> Result<Search<SearchField>, Failure> {
    let search = Search::parse(text, field)
        .and_then(Search::check_indexed)
        .map_err(|error| not_a_search(&error))?;
    for name in unknown_fields(&search) {
        let meant = nearest(name, SearchField::WORDS.iter().copied());
        if !meant.is_empty() {
            return Err(Failure::new(
                Kind::Usage,
                format!("there is no field {name:?}"),
                format!(
                    "did you mean {}? the fields are {}",
                    meant.join(" or "),
                    SearchField::WORDS.join(", ")
                ),
                "ltictl search --help",
            ));
        }
    }
    Ok(search)
}

/// A field by its name, or by the name that tables and platforms use.
fn field(name: &str) -> Option<SearchField> {
    Some(match name {
        "slug" | "username" | "uuid" => SearchField::Id,
        "title" => SearchField::Name,
        "mail" => SearchField::Email,
        "client" => SearchField::ClientId,
        "context" => SearchField::Course,
        "sub" => SearchField::User,
        "code" => SearchField::Reason,
        name => return name.parse().ok(),
    })
}

/// What looks like the name of a field in a search, and is none: it is searched as text.
pub fn unknown_fields(search: &Search<SearchField>) -> Vec<&str> {
    let is_name = |name: &str| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
    };
    let terms = search.terms().into_iter().filter(|term| term.field.is_none());
    terms
        .filter_map(|term| term.text.split_once(':'))
        .filter(|(name, value)| is_name(name) && !value.is_empty() && !value.starts_with('/'))
        .map(|(name, _)| name)
        .collect()
}

/// Whether a search has an operator that is not in capitals, which makes it a word.
pub fn has_small_operator(search: &Search<SearchField>) -> bool {
    search.terms().iter().any(|term| ["and", "or", "not"].contains(&term.text.as_str()))
}

/// Finds what contains the words of a search, or if there is nothing, what contains words that begin
/// with them; at most `limit` objects of each kind.
pub fn find(
    read: Read<'_>,
    search: &Search<SearchField>,
    kinds: &[SearchKind],
    limit: usize,
) -> Result<SearchOutcome, Failure> {
    let found = read.search(search, kinds, limit)?;
    if !found.is_empty() {
        return Ok(SearchOutcome { kinds: found, continues_words: false });
    }
    let found = read.search(&search.clone().with_prefixes(), kinds, limit)?;
    Ok(SearchOutcome { continues_words: !found.is_empty(), kinds: found })
}

/// Adds to the index what was there before it, after an update, unless that is little. The server
/// does the same once a minute. `on_start` is called if this takes a while.
pub fn complete_index(
    store: &mut Store,
    now: Timestamp,
    on_start: impl FnOnce(),
) -> Result<(), Failure> {
    let settled = LaunchId::settled_before(now);
    if store.read().has_search_backlog(settled, BACKLOG)? {
        on_start();
        while store.write(|write| write.index_for_search(settled, BATCH))? {}
    }
    Ok(())
}
