//! What is wrong with a change, part by part: a command says the first of it, a manifest all of it,
//! each at its place.

use std::borrow::Cow;

use crate::failure::Failure;

/// What is wrong with a change, part by part.
#[derive(Debug, Default)]
pub struct Complaints(Vec<(Cow<'static, str>, Failure)>);

impl Complaints {
    /// Keeps what went wrong with a part, named as manifests and JSON name it, such as
    /// `policy.leeway_seconds`; gives what went well.
    pub fn take<T>(
        &mut self,
        part: impl Into<Cow<'static, str>>,
        result: Result<T, impl Into<Failure>>,
    ) -> Option<T> {
        result.map_err(|failure| self.0.push((part.into(), failure.into()))).ok()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether all is well.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The first one, as a command says it.
    ///
    /// # Errors
    ///
    /// There is one.
    pub fn first(self) -> Result<(), Failure> {
        self.0.into_iter().next().map_or(Ok(()), |(_, failure)| Err(failure))
    }
}

impl IntoIterator for Complaints {
    type Item = (Cow<'static, str>, Failure);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
