//! Published resources.

use std::path::PathBuf;

use jiff::Timestamp;
use rusqlite::types::Type;
use rusqlite::{OptionalExtension, Row, Statement, params};
use uuid::Uuid;

use super::{Error, Maker, Read, Write, from_milliseconds, to_milliseconds};
use crate::domain::{
    AccountDefaults, AppKeys, EnrolmentDuration, EnrolmentRules, MaxGrade, Name, Resource, Slug,
    Target, TargetUrl,
};

const COLUMNS: &str = "resource.id, resource.slug, resource.uuid, resource.name, \
    resource.description, resource.kind, course.slug, resource.target_kind, resource.target, \
    resource.max_grade, resource.grade_sync, resource.member_sync, resource.student_provisioning, \
    resource.teacher_provisioning, resource.published, resource.created_at, resource.updated_at, \
    resource.enrolment_start, resource.enrolment_end, resource.enrolment_duration, \
    resource.enrolment_maximum, resource.teacher_role, resource.student_role, \
    resource.completion_required, resource.default_locale, resource.default_time_zone, \
    resource.default_institution, resource.extra_credit, CASE WHEN resource.all_registrations THEN \
    NULL ELSE coalesce((SELECT group_concat(registration.slug, ' ' ORDER BY registration.slug) \
    FROM resource_registration JOIN registration ON registration.id = registration_id WHERE \
    resource_id = resource.id), '') END";

const TABLES: &str = "resource LEFT JOIN resource AS course ON course.id = resource.course_id";

fn resource(row: &Row<'_>) -> Result<Resource, rusqlite::Error> {
    /// A column that holds one of our value types, as its text.
    fn parsed<T: std::str::FromStr<Err: std::error::Error + Send + Sync + 'static>>(
        row: &Row<'_>,
        column: usize,
    ) -> Result<T, rusqlite::Error> {
        row.get::<_, String>(column)?.parse().map_err(|error| invalid(column, error))
    }
    fn invalid(
        column: usize,
        error: impl std::error::Error + Send + Sync + 'static,
    ) -> rusqlite::Error {
        rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error))
    }
    let target = match (row.get_ref(7)?.as_str()?, row.get::<_, Option<String>>(8)?) {
        ("directory", Some(path)) => Target::Directory(PathBuf::from(path)),
        ("app", Some(url)) => Target::App(TargetUrl::stored(url)),
        _ => Target::Page,
    };
    Ok(Resource {
        id: row.get(0)?,
        slug: Slug::new(row.get_ref(1)?.as_str()?).map_err(|error| invalid(1, error))?,
        uuid: parsed::<Uuid>(row, 2)?,
        name: Name::stored(row.get(3)?),
        description: row.get(4)?,
        kind: parsed(row, 5)?,
        course: row
            .get::<_, Option<String>>(6)?
            .map(|slug| Slug::new(&slug))
            .transpose()
            .map_err(|error| invalid(6, error))?,
        target,
        max_grade: row
            .get::<_, Option<f64>>(9)?
            .map(MaxGrade::new)
            .transpose()
            .map_err(|error| invalid(9, error))?,
        extra_credit: row.get(27)?,
        grade_sync: parsed(row, 10)?,
        member_sync: parsed(row, 11)?,
        student_provisioning: parsed(row, 12)?,
        teacher_provisioning: parsed(row, 13)?,
        teacher_role: parsed(row, 21)?,
        student_role: parsed(row, 22)?,
        enrolment: EnrolmentRules {
            start: row.get::<_, Option<i64>>(17)?.map(from_milliseconds),
            end: row.get::<_, Option<i64>>(18)?.map(from_milliseconds),
            duration: row
                .get::<_, Option<u32>>(19)?
                .map(EnrolmentDuration::from_seconds)
                .transpose()
                .map_err(|error| invalid(19, error))?,
            maximum: row.get(20)?,
        },
        completion_required: row.get(23)?,
        defaults: AccountDefaults {
            locale: row.get(24)?,
            time_zone: row.get(25)?,
            institution: row.get(26)?,
        },
        registrations: match row.get::<_, Option<String>>(28)? {
            None => None,
            Some(slugs) => Some(
                slugs
                    .split_whitespace()
                    .map(Slug::new)
                    .collect::<Result<_, _>>()
                    .map_err(|error| invalid(28, error))?,
            ),
        },
        published: row.get(14)?,
        created_at: from_milliseconds(row.get(15)?),
        updated_at: from_milliseconds(row.get(16)?),
    })
}

fn target_kind(target: &Target) -> &'static str {
    match target {
        Target::Page => "page",
        Target::Directory(_) => "directory",
        Target::App(_) => "app",
    }
}

impl Read<'_> {
    /// Every resource by name.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn resources(&self) -> Result<Vec<Resource>, Error> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM {TABLES} ORDER BY resource.name, resource.slug"
        ))?;
        Ok(statement.query_map([], resource)?.collect::<Result<_, _>>()?)
    }

    /// The resource of that slug.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn resource(&self, slug: &str) -> Result<Option<Resource>, Error> {
        let mut statement = self
            .connection
            .prepare_cached(&format!("SELECT {COLUMNS} FROM {TABLES} WHERE resource.slug = ?1"))?;
        Ok(statement.query_row([slug], resource).optional()?)
    }

    /// The resource that links name by their custom parameter `id`.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn resource_by_uuid(&self, uuid: &Uuid) -> Result<Option<Resource>, Error> {
        let mut statement = self
            .connection
            .prepare_cached(&format!("SELECT {COLUMNS} FROM {TABLES} WHERE resource.uuid = ?1"))?;
        Ok(statement.query_row([uuid.to_string()], resource).optional()?)
    }

    /// The resource of that key within the database.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn resource_by_id(&self, id: i64) -> Result<Option<Resource>, Error> {
        let mut statement = self
            .connection
            .prepare_cached(&format!("SELECT {COLUMNS} FROM {TABLES} WHERE resource.id = ?1"))?;
        Ok(statement.query_row([id], resource).optional()?)
    }

    /// The slugs of all resources.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn resource_slugs(&self) -> Result<Vec<String>, Error> {
        let mut statement =
            self.connection.prepare_cached("SELECT slug FROM resource ORDER BY slug")?;
        Ok(statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
    }
}

/// What goes when a resource is deleted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ResourceExtent {
    /// Links on platforms that lead to it.
    pub resource_links: u32,
    /// People who take part.
    pub enrolments: u32,
    /// Their grades.
    pub grades: u32,
    /// People who are in at this moment.
    pub sessions: u32,
}

impl Read<'_> {
    /// What goes when a resource is deleted.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn resource_extent(&self, id: i64) -> Result<ResourceExtent, Error> {
        Ok(self.connection.query_row(
            "SELECT (SELECT count(*) FROM resource_link WHERE resource_id = ?1), (SELECT count(*) FROM enrolment WHERE resource_id = ?1),
                    (SELECT count(*) FROM grade WHERE resource_id = ?1), (SELECT count(*) FROM session WHERE resource_id = ?1)",
            [id],
            |row| Ok(ResourceExtent { resource_links: row.get(0)?, enrolments: row.get(1)?, grades: row.get(2)?, sessions: row.get(3)? }),
        )?)
    }
}

/// Binds what may change of a resource to the parameters 2 to 26.
fn bind(
    statement: &mut Statement<'_>,
    resource: &Resource,
    now: Timestamp,
) -> Result<(), rusqlite::Error> {
    let (enrolment, defaults) = (&resource.enrolment, &resource.defaults);
    statement.raw_bind_parameter(2, resource.name.as_str())?;
    statement.raw_bind_parameter(3, resource.description.as_deref())?;
    statement.raw_bind_parameter(4, resource.kind.as_str())?;
    statement.raw_bind_parameter(5, resource.course.as_ref().map(Slug::as_str))?;
    statement.raw_bind_parameter(6, target_kind(&resource.target))?;
    statement.raw_bind_parameter(7, resource.target.to_text())?;
    statement.raw_bind_parameter(8, resource.max_grade.map(MaxGrade::get))?;
    statement.raw_bind_parameter(9, resource.grade_sync.as_str())?;
    statement.raw_bind_parameter(10, resource.member_sync.as_str())?;
    statement.raw_bind_parameter(11, resource.student_provisioning.as_str())?;
    statement.raw_bind_parameter(12, resource.teacher_provisioning.as_str())?;
    statement.raw_bind_parameter(13, resource.published)?;
    statement.raw_bind_parameter(14, to_milliseconds(now))?;
    statement.raw_bind_parameter(15, enrolment.start.map(to_milliseconds))?;
    statement.raw_bind_parameter(16, enrolment.end.map(to_milliseconds))?;
    statement.raw_bind_parameter(17, enrolment.duration.map(EnrolmentDuration::seconds))?;
    statement.raw_bind_parameter(18, enrolment.maximum)?;
    statement.raw_bind_parameter(19, resource.teacher_role.as_str())?;
    statement.raw_bind_parameter(20, resource.student_role.as_str())?;
    statement.raw_bind_parameter(21, resource.completion_required)?;
    statement.raw_bind_parameter(22, defaults.locale.as_deref())?;
    statement.raw_bind_parameter(23, defaults.time_zone.as_deref())?;
    statement.raw_bind_parameter(24, defaults.institution.as_deref())?;
    statement.raw_bind_parameter(25, resource.registrations.is_none())?;
    statement.raw_bind_parameter(26, resource.extra_credit)
}

impl Write<'_> {
    /// Adds a resource; its `id` is ignored, and the caller has made sure that the slug is free and
    /// the course exists.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn insert_resource(&self, resource: &Resource) -> Result<(), Error> {
        self.add_resource(resource, Maker::Hand)
    }

    /// The same, and says who makes it.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn add_resource(&self, resource: &Resource, maker: Maker) -> Result<(), Error> {
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO resource (name, description, kind, course_id, target_kind, target, max_grade, grade_sync, member_sync, student_provisioning,
                 teacher_provisioning, published, updated_at, enrolment_start, enrolment_end, enrolment_duration, enrolment_maximum, teacher_role, student_role,
                 completion_required, default_locale, default_time_zone, default_institution, all_registrations, extra_credit, slug, uuid, created_at,
                 managed, app_key_generation, app_key_created_at)
             VALUES (?2, ?3, ?4, (SELECT id FROM resource WHERE slug = ?5), ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24,
                 ?25, ?26, ?1, ?27, ?14, ?28, ?29, ?30)",
        )?;
        bind(&mut statement, resource, resource.created_at)?;
        statement.raw_bind_parameter(1, resource.slug.as_str())?;
        let app_keys = AppKeys::new(resource.created_at);
        statement.raw_bind_parameter(27, resource.uuid.to_string())?;
        statement.raw_bind_parameter(28, maker.is_manifest())?;
        statement.raw_bind_parameter(29, app_keys.generation)?;
        statement.raw_bind_parameter(30, to_milliseconds(app_keys.created_at))?;
        statement.raw_execute()?;
        self.store_registrations(self.connection.last_insert_rowid(), resource)
    }

    /// Stores what may change of a resource: everything but slug, UUID and creation.
    ///
    /// # Errors
    ///
    /// Of the database only; the caller has made sure that course and registrations exist.
    pub fn update_resource(&self, resource: &Resource, now: Timestamp) -> Result<(), Error> {
        let mut statement = self.connection.prepare_cached(
            "UPDATE resource SET name = ?2, description = ?3, kind = ?4, course_id = (SELECT id FROM resource WHERE slug = ?5), target_kind = ?6, target = ?7,
                 max_grade = ?8, grade_sync = ?9, member_sync = ?10, student_provisioning = ?11, teacher_provisioning = ?12, published = ?13, updated_at = ?14,
                 enrolment_start = ?15, enrolment_end = ?16, enrolment_duration = ?17, enrolment_maximum = ?18, teacher_role = ?19, student_role = ?20,
                 completion_required = ?21, default_locale = ?22, default_time_zone = ?23, default_institution = ?24, all_registrations = ?25,
                 extra_credit = ?26
             WHERE id = ?1",
        )?;
        bind(&mut statement, resource, now)?;
        statement.raw_bind_parameter(1, resource.id)?;
        statement.raw_execute()?;
        self.connection
            .prepare_cached("DELETE FROM resource_registration WHERE resource_id = ?1")?
            .execute([resource.id])?;
        self.store_registrations(resource.id, resource)
    }

    fn store_registrations(&self, id: i64, resource: &Resource) -> Result<(), Error> {
        for slug in resource.registrations.iter().flatten() {
            self.connection
                .prepare_cached(
                    "INSERT INTO resource_registration (resource_id, registration_id) \
                    SELECT ?1, id FROM registration WHERE slug = ?2",
                )?
                .execute(params![id, slug.as_str()])?;
        }
        Ok(())
    }

    /// Deletes a resource with its links, enrolments, grades and sessions; accounts stay.
    ///
    /// # Errors
    ///
    /// Of the database only; the caller has made sure that no activity belongs to it.
    pub fn delete_resource(&self, id: i64) -> Result<(), Error> {
        self.connection.prepare_cached("DELETE FROM resource WHERE id = ?1")?.execute([id])?;
        Ok(())
    }
}
