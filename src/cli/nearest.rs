//! The known word that a misspelled one means.

use std::cmp::Reverse;

/// What ranks a word that is only the start of a known one, or starts with it.
const ABBREVIATION: usize = 3;

/// The known words that are nearest to another word.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Nearest<'k> {
    /// Their names; several if they are equally near.
    pub(super) names: Vec<&'k str>,
    /// Whether only one of them can be meant.
    pub(super) is_clear: bool,
}

/// The nearest of the known words, which are given as they can be written, with their name; `None`
/// if none is near.
pub(super) fn nearest<'k>(
    word: &str,
    known: impl IntoIterator<Item = (&'k str, &'k str)>,
) -> Option<Nearest<'k>> {
    let word = word.to_lowercase();
    let mut ranked: Vec<((usize, Reverse<usize>), &str)> = known
        .into_iter()
        .filter_map(|(spelling, name)| Some((rank(&word, spelling)?, name)))
        .collect();
    ranked.sort_unstable();
    let (best, first) = *ranked.first()?;
    let mut names: Vec<&str> =
        ranked.iter().filter(|(rank, _)| *rank == best).map(|(_, name)| *name).collect();
    names.dedup();
    let is_alone = ranked.iter().all(|((distance, _), name)| *distance > best.0 || *name == first);
    Some(Nearest { names, is_clear: best.0 < ABBREVIATION && is_alone })
}

/// The number of typing errors between the words, and their common start; `None` if they are too
/// different.
fn rank(word: &str, known: &str) -> Option<(usize, Reverse<usize>)> {
    let length = word.chars().count();
    let distance = strsim::damerau_levenshtein(word, known);
    let start = word.chars().zip(known.chars()).take_while(|(one, other)| one == other).count();
    let is_abbreviation = start >= 3 && start == length.min(known.chars().count());
    let is_near = match distance {
        _ if length < 3 => false,
        0 => true,
        1 => start > 0 || length > 3,
        _ => start > 0 && distance <= length / 3,
    };
    let distance = if is_abbreviation { distance.min(ABBREVIATION) } else { distance };
    (is_near || is_abbreviation).then_some((distance, Reverse(start)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_that_is_obviously_meant_is_nearest() {
        const KNOWN: [&str; 12] = [
            "enable",
            "disable",
            "delete",
            "create",
            "rename",
            "publish",
            "unpublish",
            "restore",
            "resource",
            "registration",
            "export",
            "grade",
        ];
        for (word, names, is_clear) in [
            ("enabled", &["enable"][..], true),
            ("disabled", &["disable"], true),
            ("delte", &["delete"], true),
            ("creat", &["create"], true),
            ("publsh", &["publish"], true),
            ("unpublished", &["unpublish"], true),
            ("regsitration", &["registration"], true),
            ("Registration", &["registration"], true),
            ("resorce", &["resource"], true),
            ("reg", &["registration"], false),
            ("res", &["resource", "restore"], false),
            ("gradebook", &["grade"], false),
            ("import", &[], false),
            ("upgrade", &[], false),
            ("course", &[], false),
            ("rm", &[], false),
        ] {
            let found = nearest(word, KNOWN.map(|name| (name, name)));
            let expected = Nearest { names: names.to_vec(), is_clear };
            assert_eq!(found, Some(expected).filter(|near| !near.names.is_empty()), "{word}");
        }
    }
}
