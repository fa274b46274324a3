//! Finds registrations, resources, accounts and everything else by words.

use jiff::Timestamp;

use crate::domain::{LaunchId, Search, SearchField, SearchKind};
use crate::failure::{Failure, not_a_search};
use crate::store::{FoundKind, Read, Store};

/// How many rows that are not in the index yet are left to the server.
const BACKLOG: u32 = 2_000;

/// How many rows are added to the index in one write.
const BATCH: u32 = 1_000;

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchOutcome {
    /// The best hits of each kind that has any.
    pub kinds: Vec<FoundKind>,
    /// Whether nothing contains the words as such, so these are hits with words that start so.
    pub continues_words: bool,
}

/// Reads a search of the whole database.
///
/// # Errors
///
/// A usage failure if the text is not a search, or not one that an index of words can answer.
pub fn parse(text: &str) -> Result<Search<SearchField>, Failure> {
    Search::parse(text, |name| name.parse().ok())
        .and_then(Search::check_indexed)
        .map_err(|error| not_a_search("this text", &error))
}

/// Finds what contains the words of a search, or if there is nothing, what contains words that start
/// so; at most `limit` objects of each kind.
pub fn find(
    read: Read<'_>,
    search: Search<SearchField>,
    kinds: &[SearchKind],
    limit: usize,
) -> Result<SearchOutcome, Failure> {
    let found = read.search(&search, kinds, limit)?;
    if !found.is_empty() {
        return Ok(SearchOutcome { kinds: found, continues_words: false });
    }
    let found = read.search(&search.with_prefixes(), kinds, limit)?;
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
