//! The parameters of a query or a form. None may occur twice, and an empty one counts as absent
//! (RFC 6749, 3.1 and 3.2).

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// Parameters by name.
#[derive(Debug, Clone, Default)]
pub struct Parameters {
    values: BTreeMap<String, String>,
    /// The first name that occurs twice.
    repeated: Vec<String>,
}

impl Parameters {
    /// The parameters of a request, in any order.
    pub fn new(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut parameters = Self::default();
        for (name, value) in pairs.into_iter().filter(|(_, value)| !value.is_empty()) {
            match parameters.values.entry(name) {
                Entry::Occupied(known) => parameters.repeated.push(known.key().clone()),
                Entry::Vacant(place) => {
                    place.insert(value);
                }
            }
        }
        parameters
    }

    /// The value of a parameter; `None` if it is absent or empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// Whether a parameter occurs more than once.
    pub fn is_repeated(&self, name: &str) -> bool {
        self.repeated.iter().any(|repeated| repeated == name)
    }

    /// The name of one that occurs more than once, if there is any.
    pub fn any_repeated(&self) -> Option<&str> {
        self.repeated.first().map(String::as_str)
    }
}

#[cfg(test)]
impl Parameters {
    /// The parameters of a query.
    pub(crate) fn of(query: &str) -> Self {
        Self::new(url::form_urlencoded::parse(query.as_bytes()).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_values_are_absent_and_repeated_ones_are_found() {
        let parameters = Parameters::of("a=1&b=&c=2&c=2&b=3&d=&d=");
        let values = ["a", "b", "c", "d", "e"].map(|name| parameters.get(name));
        assert_eq!(values, [Some("1"), Some("3"), Some("2"), None, None]);
        assert_eq!(parameters.any_repeated(), Some("c"));
        assert!(parameters.is_repeated("c") && !parameters.is_repeated("b"));
        assert_eq!(Parameters::of("a=1").any_repeated(), None);
    }
}
