//! The problems of a change, by part: a command reports the first one, a manifest all of them with
//! their positions.

use std::borrow::Cow;

use crate::failure::Failure;

/// The problems of a change, by part.
#[derive(Debug, Default)]
pub struct FailureList(Vec<(Cow<'static, str>, Failure)>);

impl FailureList {
    /// Records the failure of a part, which has the name of its key in manifests and JSON, such as
    /// `policy.leeway_seconds`; otherwise returns the value.
    pub fn take<T>(
        &mut self,
        part: impl Into<Cow<'static, str>>,
        result: Result<T, impl Into<Failure>>,
    ) -> Option<T> {
        result.map_err(|failure| self.0.push((part.into(), failure.into()))).ok()
    }

    /// The number of problems.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are no problems.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Fails with the first problem, if there is one.
    ///
    /// # Errors
    ///
    /// The first problem.
    pub fn first(self) -> Result<(), Failure> {
        self.0.into_iter().next().map_or(Ok(()), |(_, failure)| Err(failure))
    }
}

impl IntoIterator for FailureList {
    type Item = (Cow<'static, str>, Failure);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
