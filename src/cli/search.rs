//! `ltictl search`: finds anything by words.

use clap::Args;

use super::context::Context;
use super::examples::Examples;
use super::list_options::ListOptions;
use crate::admin::search;
use crate::domain::{SearchField, SearchKind};
use crate::failure::Failure;
use crate::report::view::SearchResults;

/// What to type, by verb: below the help of the command, and in its manual page.
pub(super) const EXAMPLES: Examples = &[(
    "",
    &[
        ("ltictl search zoe", "Find accounts, launches and everything else with this word"),
        (
            "ltictl search '\"linear algebra\" OR calc*'",
            "Find a phrase, or words that begin with calc",
        ),
        (
            "ltictl search registration:moodle-prod reason:cookie_missing --kind launch",
            "Find launches by their fields",
        ),
    ],
)];

/// Find registrations, resources, people, launches and changes
///
/// Words are found whole, ignoring capitals and accents; if nothing contains them, words that begin
/// with them are found. "a phrase" finds these words in this order, and alg* words that begin with
/// alg. All words have to occur; AND, OR, NOT (in capitals) and parentheses combine them.
/// FIELD:VALUE searches one field: name, id (slugs, usernames and other identifiers), email, issuer,
/// client_id, url, description, registration (its slug), resource (its slug), course, user (name,
/// username or the platform's user ID), deployment, reason, role, and in the audit log noun, action
/// and actor. Results with the words in their names come first.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// What to search for
    #[arg(required = true, value_name = "TEXT")]
    text: Vec<String>,
    /// Show only this kind; can be given multiple times
    #[arg(long = "kind", value_name = "KIND")]
    kinds: Vec<SearchKind>,
    /// Maximum number of results of each kind
    #[arg(
        long,
        value_name = "NUMBER",
        default_value_t = 5,
        value_parser = clap::value_parser!(u16).range(1..)
    )]
    limit: u16,
}

pub(super) fn run(context: &Context, arguments: Arguments) -> Result<(), Failure> {
    let Arguments { text, kinds, limit } = arguments;
    let text = text.join(" ");
    let search = search::parse(&text)?;
    let mut store = context.store()?;
    search::complete_index(&mut store, context.now(), || {
        context.note("Indexing what was there before the first search …");
    })?;
    let kinds = if kinds.is_empty() { SearchKind::ALL.to_vec() } else { kinds };
    let outcome = search::find(store.read(), &search, &kinds, limit.into())?;
    let more: Vec<&str> = outcome
        .kinds
        .iter()
        .filter(|group| group.has_more)
        .map(|group| group.kind.as_str())
        .collect();
    let (more, continues_words) = (more.join(", "), outcome.continues_words);
    let is_empty = outcome.kinds.is_empty();
    context.print_list(SearchResults::new(outcome), ListOptions::default())?;
    if continues_words {
        context
            .note("\nNothing contains these words; these results have words that begin with them.");
    }
    if !more.is_empty() {
        context.note(&format!(
            "\nMore results: {more}. Add words, or use --limit {}.",
            u32::from(limit) * 10
        ));
    }
    if is_empty {
        for name in search::unknown_fields(&search) {
            let fields = SearchField::WORDS.join(", ");
            context.note(&format!("There is no field {name:?}. The fields are {fields}."));
        }
        if search::has_small_operator(&search) {
            context.note("AND, OR and NOT combine words only if they are in capitals.");
        }
    }
    Ok(())
}
