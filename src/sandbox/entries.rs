//! Lists of choices on the pages.

/// An option of a list.
pub(super) struct Entry {
    pub(super) name: &'static str,
    pub(super) label: &'static str,
}

/// Choices under a heading.
pub(super) struct Group {
    pub(super) heading: &'static str,
    pub(super) refused: Vec<Entry>,
    pub(super) valid: Vec<Entry>,
}

pub(super) fn entries<T: Copy>(
    all: &[T],
    name: fn(T) -> &'static str,
    description: fn(T) -> &'static str,
) -> Vec<Entry> {
    all.iter().map(|one| Entry { name: name(*one), label: description(*one) }).collect()
}

/// Misbehaviours by heading, those that must be refused first; each comes with its heading and whether
/// it is valid.
pub(super) fn grouped(all: impl Iterator<Item = (&'static str, bool, Entry)>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for (heading, is_valid, entry) in all {
        if groups.last().is_none_or(|group| group.heading != heading) {
            groups.push(Group { heading, refused: Vec::new(), valid: Vec::new() });
        }
        if let Some(group) = groups.last_mut() {
            let list = if is_valid { &mut group.valid } else { &mut group.refused };
            list.push(entry);
        }
    }
    groups
}
