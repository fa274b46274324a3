//! Grades.

use std::fmt;
use std::ops::ControlFlow;

use super::engine::ValueError;
use super::query::{Queries as _, Row, as_record, bind, collected, once, select, sql};
use super::record::{Record as _, columns, record};
use super::{Error, Read, Write};
use crate::domain::{Account, Grade, LaunchDetails, Slug, Submission};

columns! { Submission { started_at, submitted_at } }

record! {
    Grade in "grade" {
        account_id, resource_id, context_id, score, maximum, activity_progress, grading_progress, comment,
        submission, set_by, at,
    }
    fixed { account_id, resource_id, context_id }
}

/// Maximum number of courses that are listed when one has to be named.
const MAX_COURSES: u32 = 20;

/// Whether a grade is newer than another one of the same account at the same resource.
const NEWER: &str = "WHERE newer.account_id = grade.account_id
         AND newer.resource_id = grade.resource_id
         AND (newer.at > grade.at OR (newer.at = grade.at AND newer.id > grade.id))";

/// The name of a grade's course, as [`GradeCourse`] writes it.
const COURSE: &str = "(SELECT registration.slug || '/' || context.context_id FROM context
         JOIN deployment ON deployment.id = context.deployment_id
         JOIN registration ON registration.id = deployment.registration_id
     WHERE context.id = grade.context_id)";

/// A course in which grades may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GradeCourse {
    /// Row ID in the database.
    pub id: i64,
    /// Slug of its registration.
    pub registration: Slug,
    /// The platform's ID.
    pub context_id: String,
}

impl fmt::Display for GradeCourse {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.registration, self.context_id)
    }
}

fn grade_course(row: &Row<'_>) -> Result<GradeCourse, ValueError> {
    Ok(GradeCourse {
        id: row.get("id")?,
        registration: row.get("registration")?,
        context_id: row.get("context_id")?,
    })
}

impl Read<'_> {
    /// An account's grade for a resource, in a course if the resource has grades by course.
    pub fn grade(
        &self,
        account_id: i64,
        resource_id: i64,
        context_id: Option<i64>,
    ) -> Result<Option<Grade>, Error> {
        self.connection.find(
            select!(
                Grade,
                "WHERE account_id = :account_id AND resource_id = :resource_id
                     AND coalesce(context_id, 0) = coalesce(CAST(:context_id AS BIGINT), 0)"
            ),
            bind! { account_id, resource_id, context_id },
            as_record,
        )
    }

    /// The courses from which a resource was opened, by anyone or by an account, of this registration
    /// and with this ID, or any; at most a few.
    pub fn grade_courses(
        &self,
        resource_id: i64,
        account_id: Option<i64>,
        (registration, context_id): (Option<&str>, Option<&str>),
    ) -> Result<Vec<GradeCourse>, Error> {
        let limit = MAX_COURSES;
        match account_id {
            Some(account_id) => self.connection.all(
                "SELECT DISTINCT context.id AS id, registration.slug AS registration,
                     context.context_id AS context_id
                 FROM resource_link_user AS known
                     CROSS JOIN resource_link AS link ON link.id = known.resource_link_id
                     CROSS JOIN context ON context.id = link.context_id
                     CROSS JOIN deployment ON deployment.id = context.deployment_id
                     CROSS JOIN registration ON registration.id = deployment.registration_id
                 WHERE known.account_id = :account_id AND link.resource_id = :resource_id
                     AND (CAST(:context_id AS TEXT) IS NULL OR context.context_id = :context_id)
                     AND (CAST(:registration AS TEXT) IS NULL OR registration.slug = :registration)
                 ORDER BY context.id DESC LIMIT :limit",
                bind! { resource_id, account_id, registration, context_id, limit },
                grade_course,
            ),
            None => self.connection.all(
                "SELECT DISTINCT context.id AS id, registration.slug AS registration,
                     context.context_id AS context_id
                 FROM resource_link AS link
                     CROSS JOIN context ON context.id = link.context_id
                     CROSS JOIN deployment ON deployment.id = context.deployment_id
                     CROSS JOIN registration ON registration.id = deployment.registration_id
                 WHERE link.resource_id = :resource_id
                     AND (CAST(:context_id AS TEXT) IS NULL OR context.context_id = :context_id)
                     AND (CAST(:registration AS TEXT) IS NULL OR registration.slug = :registration)
                 ORDER BY context.id DESC LIMIT :limit",
                bind! { resource_id, registration, context_id, limit },
                grade_course,
            ),
        }
    }

    /// The course of a session.
    pub fn course_of(
        &self,
        registration_id: i64,
        details: &LaunchDetails,
    ) -> Result<Option<GradeCourse>, Error> {
        let LaunchDetails { deployment_id, context_id, .. } = details;
        self.connection.find(
            "SELECT context.id AS id, registration.slug AS registration,
                 context.context_id AS context_id
             FROM deployment
                 JOIN registration ON registration.id = deployment.registration_id
                 JOIN context ON context.deployment_id = deployment.id
                     AND context.context_id = :context_id
             WHERE deployment.registration_id = :registration_id
                 AND deployment.deployment_id = :deployment_id",
            bind! { registration_id, deployment_id, context_id },
            grade_course,
        )
    }

    /// How many grades are dropped if each account keeps only its newest one: those that differ
    /// from it.
    pub fn droppable_grades(&self, resource_id: i64) -> Result<u64, Error> {
        self.connection.one(
            sql!(
                "SELECT count(*) AS count FROM grade WHERE grade.resource_id = :resource_id
                     AND EXISTS (SELECT 1 FROM grade AS newer {NEWER}
                         AND newer.fingerprint <> grade.fingerprint)"
            ),
            bind! { resource_id },
            |row| row.get("count"),
        )
    }

    /// The grades for a resource, by username.
    pub fn grades(&self, resource_id: i64) -> Result<Vec<(Account, Grade)>, Error> {
        collected(|take| self.each_grade(resource_id, |account, grade, _| take((account, grade))))
    }

    /// Calls `callback` for each grade for a resource with its course, by username, until it breaks.
    pub fn each_grade<E: From<Error>>(
        &self,
        resource_id: i64,
        mut callback: impl FnMut(Account, Grade, Option<String>) -> Result<ControlFlow<()>, E>,
    ) -> Result<(), E> {
        self.connection.walk(
            sql!(
                "SELECT {}, {}, {COURSE} AS course FROM grade
                     JOIN account ON account.id = grade.account_id
                 WHERE grade.resource_id = :resource_id
                 ORDER BY account.username, grade.context_id",
                Account::table().selected,
                Grade::table().selected
            ),
            &[(":resource_id", resource_id.into())],
            |row| {
                let read = || Ok((row.record()?, row.record()?, row.get("course")?));
                let (account, grade, course) =
                    read().map_err(|error: ValueError| Error::from(error))?;
                callback(account, grade, course)
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

    /// The grades of an account with the slugs of their resources, and their courses.
    pub fn grades_of(&self, account_id: i64) -> Result<Vec<(Slug, Grade, Option<String>)>, Error> {
        self.connection.all(
            sql!(
                "SELECT {}, resource.slug AS slug, {COURSE} AS course FROM grade
                     JOIN resource ON resource.id = grade.resource_id
                 WHERE grade.account_id = :account_id ORDER BY resource.slug, grade.context_id",
                Grade::table().selected
            ),
            bind! { account_id },
            |row| Ok((row.get("slug")?, row.record()?, row.get("course")?)),
        )
    }
}

impl Write<'_> {
    /// Stores a grade, replacing any existing one.
    pub fn put_grade(&self, grade: &Grade) -> Result<(), Error> {
        self.connection.change_with(
            once!(Grade::table().upsert(&[], "account_id, resource_id, coalesce(context_id, 0)")),
            grade,
            bind! {},
        )?;
        Ok(())
    }

    /// Gives each account the grade that it has at a resource in each course from which it has
    /// opened the resource. It stays without course, too, if the account has opened the resource
    /// outside of a course, or in none.
    pub fn split_grades_by_course(&self, resource_id: i64) -> Result<(), Error> {
        self.connection.change(
            "INSERT INTO grade (account_id, resource_id, context_id, score, maximum,
                 activity_progress, grading_progress, comment, started_at, submitted_at, set_by, at)
             SELECT DISTINCT grade.account_id, grade.resource_id, link.context_id, grade.score,
                     grade.maximum, grade.activity_progress, grade.grading_progress, grade.comment,
                     grade.started_at, grade.submitted_at, grade.set_by, grade.at
                 FROM grade
                     JOIN resource_link_user AS known ON known.account_id = grade.account_id
                     JOIN resource_link AS link ON link.id = known.resource_link_id
                         AND link.resource_id = grade.resource_id
                 WHERE grade.resource_id = :resource_id AND grade.context_id IS NULL
                     AND link.context_id IS NOT NULL
             ON CONFLICT DO NOTHING",
            bind! { resource_id },
        )?;
        self.connection.change(
            "DELETE FROM grade WHERE resource_id = :resource_id AND context_id IS NULL
                 AND EXISTS (SELECT 1 FROM grade AS other
                     WHERE other.account_id = grade.account_id
                         AND other.resource_id = grade.resource_id
                         AND other.context_id IS NOT NULL)
                 AND NOT EXISTS (SELECT 1 FROM resource_link_user AS known
                         JOIN resource_link AS link ON link.id = known.resource_link_id
                     WHERE known.account_id = grade.account_id
                         AND link.resource_id = grade.resource_id AND link.context_id IS NULL)",
            bind! { resource_id },
        )?;
        Ok(())
    }

    /// Keeps the newest grade of each account at a resource, without course.
    pub fn join_grades_of_courses(&self, resource_id: i64) -> Result<(), Error> {
        self.connection.change(
            sql!(
                "DELETE FROM grade WHERE grade.resource_id = :resource_id
                     AND EXISTS (SELECT 1 FROM grade AS newer {NEWER})"
            ),
            bind! { resource_id },
        )?;
        self.connection.change(
            "UPDATE grade SET context_id = NULL
             WHERE resource_id = :resource_id AND context_id IS NOT NULL",
            bind! { resource_id },
        )?;
        Ok(())
    }
}
