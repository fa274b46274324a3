//! Grades.

use std::ops::ControlFlow;

use super::engine::ValueError;
use super::query::{Queries as _, as_record, bind, collected, once, select, sql};
use super::record::{Record as _, columns, record};
use super::{Error, Read, Write};
use crate::domain::{Account, Grade, Slug, Submission};

columns! { Submission { started_at, submitted_at } }

record! {
    Grade in "grade" {
        account_id, resource_id, score, maximum, activity_progress, grading_progress, comment,
        submission, set_by, at,
    }
    fixed { account_id, resource_id }
}

impl Read<'_> {
    /// An account's grade for a resource.
    pub fn grade(&self, account_id: i64, resource_id: i64) -> Result<Option<Grade>, Error> {
        self.connection.find(
            select!(Grade, "WHERE account_id = :account_id AND resource_id = :resource_id"),
            bind! { account_id, resource_id },
            as_record,
        )
    }

    /// The grades for a resource, by username.
    pub fn grades(&self, resource_id: i64) -> Result<Vec<(Account, Grade)>, Error> {
        collected(|take| self.each_grade(resource_id, |account, grade| take((account, grade))))
    }

    /// Calls `callback` for each grade for a resource, by username, until it breaks.
    pub fn each_grade<E: From<Error>>(
        &self,
        resource_id: i64,
        mut callback: impl FnMut(Account, Grade) -> Result<ControlFlow<()>, E>,
    ) -> Result<(), E> {
        self.connection.walk(
            sql!(
                "SELECT {}, {} FROM grade JOIN account ON account.id = grade.account_id
                 WHERE grade.resource_id = :resource_id ORDER BY account.username",
                Account::table().selected,
                Grade::table().selected
            ),
            &[(":resource_id", resource_id.into())],
            |row| {
                let read = || Ok((row.record()?, row.record()?));
                let (account, grade) = read().map_err(|error: ValueError| Error::from(error))?;
                callback(account, grade)
            },
        )
    }

    /// Number of grades for a resource.
    pub fn grade_count(&self, resource_id: i64) -> Result<u64, Error> {
        self.connection.one(
            "SELECT count(*) AS count FROM grade WHERE resource_id = :resource_id",
            bind! { resource_id },
            |row| row.get("count"),
        )
    }

    /// The grades of an account with the slugs of their resources.
    pub fn grades_of(&self, account_id: i64) -> Result<Vec<(Slug, Grade)>, Error> {
        self.connection.all(
            sql!(
                "SELECT {}, resource.slug AS slug FROM grade
                     JOIN resource ON resource.id = grade.resource_id
                 WHERE grade.account_id = :account_id ORDER BY resource.slug",
                Grade::table().selected
            ),
            bind! { account_id },
            |row| Ok((row.get("slug")?, row.record()?)),
        )
    }
}

impl Write<'_> {
    /// Stores a grade, replacing any existing one.
    pub fn put_grade(&self, grade: &Grade) -> Result<(), Error> {
        self.connection.change_with(
            once!(Grade::table().upsert(&[], "account_id, resource_id")),
            grade,
            bind! {},
        )?;
        Ok(())
    }
}
