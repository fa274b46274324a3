//! The stored data of the services, behind the platform's lock.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::super::content::ContentItem;
use super::super::school::Course;
use super::access::AccessTokens;
use super::fault::Faults;
use super::grade_book::GradeBook;
use super::log::Log;
use super::member::Rosters;
use super::options::ServiceOptions;

pub(in crate::sandbox) struct Services {
    pub(in crate::sandbox) options: ServiceOptions,
    pub(super) grade_book: GradeBook,
    pub(super) rosters: Rosters,
    pub(super) tokens: AccessTokens,
    pub(super) faults: Faults,
    pub(super) log: Log,
}

impl Services {
    pub(in crate::sandbox) fn new(options: ServiceOptions) -> Self {
        Self {
            grade_book: GradeBook::new(),
            rosters: Rosters::new(options.members),
            tokens: AccessTokens::default(),
            faults: Faults::default(),
            log: Log::default(),
            options,
        }
    }

    /// Adds the columns of selected content, and removes those of dropped content.
    pub(in crate::sandbox) fn change_columns(
        &mut self,
        added: &[ContentItem],
        dropped: &[ContentItem],
    ) {
        self.grade_book.add_items(added);
        for id in dropped.iter().filter_map(|item| item.id.parse().ok()) {
            self.grade_book.delete(id);
        }
    }

    /// Copies the columns of a course, see [`GradeBook::copy`].
    pub(in crate::sandbox) fn copy_columns(
        &mut self,
        from: Course,
        to: Course,
        links: &BTreeMap<String, String>,
    ) {
        self.grade_book.copy(from, to, links);
    }

    /// Stores an access token; returns its lifetime in seconds.
    pub(in crate::sandbox) fn grant(&mut self, token: &str, scopes: &str, now: Timestamp) -> i64 {
        let lifetime = self.options.token_lifetime;
        self.tokens.grant(
            token.to_owned(),
            scopes.split(' ').map(str::to_owned).collect(),
            now.as_second(),
            lifetime,
        );
        lifetime
    }
}
