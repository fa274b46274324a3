//! Texts that searches compare.

use crate::domain::Term;

/// Words with a letter in front of each.
pub(super) fn with_letters(letter: char, words: &str) -> String {
    let mut text = String::with_capacity(words.len() + 8);
    for word in words.split(' ').filter(|word| !word.is_empty()) {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push(letter);
        text.push_str(word);
    }
    text
}

/// The fields that a search of the list can name.
#[derive(Debug, Clone, Copy)]
pub(super) enum Field {
    Name,
    Id,
    Course,
}

impl Field {
    /// The field with this name.
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "name" => Some(Self::Name),
            "id" => Some(Self::Id),
            "course" => Some(Self::Course),
            _ => None,
        }
    }
}

/// The parts of a key of the list: the course with its slug, and the resource's own name and slug.
pub(super) struct Key<'k> {
    whole: &'k str,
    course: &'k str,
    name: &'k str,
    id: &'k str,
}

impl<'k> Key<'k> {
    /// Takes a key apart.
    pub(super) fn of(whole: &'k str) -> Self {
        let (course, own) = whole
            .trim_start_matches(['\u{2}', '\u{3}'])
            .rsplit_once(['\u{2}', '\u{3}'])
            .unwrap_or(("", whole.trim_start_matches('\u{3}')));
        let (name, id) = own.split_once('\u{1}').unwrap_or((own, ""));
        Self { whole, course, name, id }
    }

    /// Whether a term of a search is in it.
    pub(super) fn contains(&self, term: &Term<Field>) -> bool {
        term.is_in(match term.field {
            None => self.whole,
            Some(Field::Name) => self.name,
            Some(Field::Id) => self.id,
            Some(Field::Course) => self.course,
        })
    }
}
