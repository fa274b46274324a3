//! Grades.

use rusqlite::{OptionalExtension, Row, params};

use super::account::account;
use super::{Error, Read, Write, from_milliseconds, to_milliseconds};
use crate::domain::{Account, ActivityProgress, Grade, GradingProgress, MaxGrade, Score};

pub(super) const COLUMNS: &str = "grade.account_id, grade.resource_id, grade.score, grade.maximum, \
    grade.activity_progress, grade.grading_progress, grade.comment, grade.set_by, grade.at";

pub(super) fn grade(row: &Row<'_>) -> Result<Grade, rusqlite::Error> {
    fn invalid(
        column: usize,
        error: impl std::error::Error + Send + Sync + 'static,
    ) -> rusqlite::Error {
        rusqlite::Error::FromSqlConversionFailure(
            column,
            rusqlite::types::Type::Text,
            Box::new(error),
        )
    }
    Ok(Grade {
        account_id: row.get(0)?,
        resource_id: row.get(1)?,
        score: row
            .get::<_, Option<f64>>(2)?
            .map(Score::new)
            .transpose()
            .map_err(|error| invalid(2, error))?,
        maximum: MaxGrade::new(row.get(3)?).map_err(|error| invalid(3, error))?,
        activity_progress: row
            .get_ref(4)?
            .as_str()?
            .parse::<ActivityProgress>()
            .map_err(|error| invalid(4, error))?,
        grading_progress: row
            .get_ref(5)?
            .as_str()?
            .parse::<GradingProgress>()
            .map_err(|error| invalid(5, error))?,
        comment: row.get(6)?,
        set_by: row.get(7)?,
        at: from_milliseconds(row.get(8)?),
    })
}

impl Read<'_> {
    /// An account's grade at a resource.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn grade(&self, account_id: i64, resource_id: i64) -> Result<Option<Grade>, Error> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM grade WHERE account_id = ?1 AND resource_id = ?2"
        ))?;
        Ok(statement.query_row([account_id, resource_id], grade).optional()?)
    }

    /// The grades at a resource, by username.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn grades(&self, resource_id: i64) -> Result<Vec<(Account, Grade)>, Error> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {COLUMNS}, {} FROM grade JOIN account ON account.id = grade.account_id WHERE \
             grade.resource_id = ?1 ORDER BY account.username",
            super::account::COLUMNS
        ))?;
        Ok(statement
            .query_map([resource_id], |row| Ok((account(row, 9)?, grade(row)?)))?
            .collect::<Result<_, _>>()?)
    }

    /// The grades of an account with the slugs of their resources.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn grades_of(&self, account_id: i64) -> Result<Vec<(String, Grade)>, Error> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {COLUMNS}, resource.slug FROM grade JOIN resource ON resource.id = \
             grade.resource_id WHERE grade.account_id = ?1 ORDER BY resource.slug"
        ))?;
        Ok(statement
            .query_map([account_id], |row| Ok((row.get(9)?, grade(row)?)))?
            .collect::<Result<_, _>>()?)
    }
}

impl Write<'_> {
    /// Stores a grade in place of the one that is there.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn put_grade(&self, grade: &Grade) -> Result<(), Error> {
        self.connection
            .prepare_cached(
                "INSERT INTO grade (account_id, resource_id, score, maximum, activity_progress, grading_progress, comment, set_by, at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
                 ON CONFLICT (account_id, resource_id) DO UPDATE SET score = excluded.score, maximum = excluded.maximum,
                     activity_progress = excluded.activity_progress, grading_progress = excluded.grading_progress, comment = excluded.comment,
                     set_by = excluded.set_by, at = excluded.at",
            )?
            .execute(params![
                grade.account_id,
                grade.resource_id,
                grade.score.map(Score::get),
                grade.maximum.get(),
                grade.activity_progress.as_str(),
                grade.grading_progress.as_str(),
                grade.comment,
                grade.set_by,
                to_milliseconds(grade.at),
            ])?;
        Ok(())
    }
}
