//! Published resources.

use std::ops::ControlFlow;

use jiff::Timestamp;
use uuid::Uuid;

use super::engine::{Value, ValueError};
use super::query::{Queries as _, as_record, bind, each_record, once, select};
use super::record::{Column, Columns, Cursor, Record as _, columns, list_plain, record};
use super::{CreatedBy, Error, Read, Write};
use crate::domain::{
    AccountDefaults, AppKeys, AppPlace, EnrolmentRules, Resource, Slug, SubmissionPeriod, Target,
    WebApp,
};

record! {
    Resource in "resource" {
        id, slug, uuid, name, description, kind, course, target, app, max_grade,
        submissions, grade_sync, member_sync, student_provisioning, teacher_provisioning, teacher_role, student_role,
        enrolment, completion_required, extra_credit, defaults, registrations, published,
        created_at, updated_at,
    }
    computed {
        id = "resource.id",
        course =
            "(SELECT course.slug FROM resource AS course WHERE course.id = resource.course_id)",
        registrations =
            "CASE WHEN resource.all_registrations THEN NULL ELSE coalesce((
                 SELECT string_agg(registration.slug, ' ' ORDER BY registration.slug)
                 FROM resource_registration JOIN registration ON registration.id = registration_id
                 WHERE resource_id = resource.id), '') END",
    }
    fixed { slug, uuid, created_at }
}

columns! {
    WebApp {
        handover: handover,
        allow_role: allow_role,
        paths: paths,
        guests: guests,
        token_header: token_header,
        omit_headers: omit_headers,
        cross_site: cross_site,
    }
}

columns! {
    SubmissionPeriod {
        opens: opens,
        closes: closes,
    }
}

columns! {
    EnrolmentRules {
        start: enrolment_start,
        end: enrolment_end,
        duration: enrolment_duration,
        maximum: enrolment_maximum,
    }
}

columns! {
    AccountDefaults {
        locale: default_locale,
        time_zone: default_time_zone,
        institution: default_institution,
    }
}

/// Columns that the computed ones of a resource are stored in.
const STORED_ELSEWHERE: [(&str, &str); 2] = [
    ("course_id", "(SELECT id FROM resource WHERE slug = :course)"),
    ("all_registrations", "CAST(:registrations AS TEXT) IS NULL"),
];

impl Columns for Target {
    fn list(_: &'static str, list: &mut Vec<Column>) {
        list_plain(&["target_kind", "target"], list);
    }

    fn read(row: &mut Cursor<'_>) -> Result<Self, ValueError> {
        let kind: String = row.next()?;
        Ok(match kind.as_str() {
            "directory" => row.next::<Option<_>>()?.map_or(Self::Page, Self::Directory),
            "app" => row.next::<Option<_>>()?.map_or(Self::Page, Self::App),
            _ => {
                row.skip::<Option<String>>();
                Self::Page
            }
        })
    }

    fn write<'v>(&'v self, values: &mut Vec<Value<'v>>) -> Result<(), ValueError> {
        let kind = match self {
            Self::Page => "page",
            Self::Directory(_) => "directory",
            Self::App(_) => "app",
        };
        values.extend([kind.into(), self.to_text().map_or(super::record::NULL, Into::into)]);
        Ok(())
    }
}

/// What is deleted with a resource.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ResourceExtent {
    /// Links on platforms that open it.
    pub resource_links: u32,
    /// Enrolments.
    pub enrolments: u32,
    /// Grades.
    pub grades: u32,
    /// Open sessions.
    pub sessions: u32,
    /// OpenID clients.
    pub clients: u32,
}

impl Read<'_> {
    /// All resources by name.
    pub fn resources(&self) -> Result<Vec<Resource>, Error> {
        self.connection.all(select!(Resource, "ORDER BY name, slug"), bind! {}, as_record)
    }

    /// Calls `callback` for each resource, by name, until it breaks.
    pub fn each_resource<E: From<Error>>(
        &self,
        mut callback: impl FnMut(Resource) -> Result<ControlFlow<()>, E>,
    ) -> Result<(), E> {
        each_record!(self, select!(Resource, "ORDER BY name, slug"), bind! {}, callback)
    }

    /// The same, by slug.
    pub fn each_resource_by_slug<E: From<Error>>(
        &self,
        mut callback: impl FnMut(Resource) -> Result<ControlFlow<()>, E>,
    ) -> Result<(), E> {
        each_record!(self, select!(Resource, "ORDER BY slug"), bind! {}, callback)
    }

    /// Number of resources.
    pub fn resource_count(&self) -> Result<u64, Error> {
        self.connection
            .one("SELECT count(*) AS count FROM resource", bind! {}, |row| row.get("count"))
    }

    /// The resource with this slug.
    pub fn resource(&self, slug: &Slug) -> Result<Option<Resource>, Error> {
        self.connection.find(select!(Resource, "WHERE slug = :slug"), bind! { slug }, as_record)
    }

    /// The resource that links name by their custom parameter `id`.
    pub fn resource_by_uuid(&self, uuid: &Uuid) -> Result<Option<Resource>, Error> {
        self.cached(
            |records| &mut records.resources,
            uuid,
            |_| true,
            || {
                let sql = select!(Resource, "WHERE uuid = :uuid");
                self.connection.find(sql, bind! { uuid }, as_record)
            },
        )
    }

    /// The resource with this key in the database.
    pub fn resource_by_id(&self, id: i64) -> Result<Option<Resource>, Error> {
        self.cached(
            |records| &mut records.resources_by_id,
            &id,
            |_| true,
            || self.connection.find(select!(Resource, "WHERE id = :id"), bind! { id }, as_record),
        )
    }

    /// The resources with a web app behind a proxy at this origin, each with the path below which it
    /// is. Those that are unpublished keep their paths.
    pub fn web_apps_at(&self, origin: &str) -> Result<Vec<AppPlace>, Error> {
        let found = self.cached(
            |records| &mut records.web_apps,
            &origin.to_owned(),
            |_| true,
            || {
                let places = self.connection.all(
                    // Such targets are stored as browsers write them, and 0 follows the slash.
                    "SELECT id, paths FROM resource
                     WHERE handover = 'headers'
                         AND target >= :origin || '/' AND target < :origin || '0'
                     ORDER BY id",
                    bind! { origin },
                    |row| Ok(AppPlace { resource_id: row.get("id")?, paths: row.get("paths")? }),
                )?;
                Ok(Some(places).filter(|places| !places.is_empty()))
            },
        )?;
        Ok(found.unwrap_or_default())
    }

    /// The slugs of all resources.
    pub fn resource_slugs(&self) -> Result<Vec<Slug>, Error> {
        self.connection
            .all("SELECT slug FROM resource ORDER BY slug", bind! {}, |row| row.get("slug"))
    }

    /// The slugs of the activities that belong to a course, by name.
    pub fn activities_of(&self, course: &Slug) -> Result<Vec<Slug>, Error> {
        self.connection.all(
            "SELECT slug FROM resource
             WHERE course_id = (SELECT id FROM resource WHERE slug = :course)
             ORDER BY name, slug",
            bind! { course },
            |row| row.get("slug"),
        )
    }

    /// What is deleted with a resource.
    pub fn resource_extent(&self, id: i64) -> Result<ResourceExtent, Error> {
        self.connection.one(
            "SELECT (SELECT count(*) FROM resource_link WHERE resource_id = :id) AS resource_links,
                 (SELECT count(*) FROM enrolment WHERE resource_id = :id) AS enrolments,
                 (SELECT count(*) FROM grade WHERE resource_id = :id) AS grades,
                 (SELECT count(*) FROM session WHERE resource_id = :id) AS sessions,
                 (SELECT count(*) FROM client WHERE resource_id = :id) AS clients",
            bind! { id },
            |row| {
                Ok(ResourceExtent {
                    resource_links: row.get("resource_links")?,
                    enrolments: row.get("enrolments")?,
                    grades: row.get("grades")?,
                    sessions: row.get("sessions")?,
                    clients: row.get("clients")?,
                })
            },
        )
    }
}

impl Write<'_> {
    /// Adds a resource; its `id` is ignored. The caller has checked that the slug is free and the
    /// course exists.
    pub fn insert_resource(&self, resource: &Resource) -> Result<(), Error> {
        self.add_resource(resource, CreatedBy::Hand)
    }

    /// Adds a resource that was made by hand or by a manifest.
    pub fn add_resource(&self, resource: &Resource, maker: CreatedBy) -> Result<(), Error> {
        let app_keys = AppKeys::new(resource.created_at);
        let id = self.connection.insert_with(
            once!(Resource::table().insert_with_key(&[
                STORED_ELSEWHERE[0],
                STORED_ELSEWHERE[1],
                ("managed", ":managed"),
                ("app_key_generation", ":app_key_generation"),
                ("app_key_created_at", ":app_key_created_at"),
            ])),
            resource,
            bind! {
                updated_at: resource.created_at,
                managed: maker.is_manifest(),
                app_key_generation: app_keys.generation,
                app_key_created_at: app_keys.created_at,
            },
        )?;
        self.store_registrations(id, resource)?;
        self.list_resource(id)
    }

    /// Stores everything that may change of a resource: all but its slug, its UUID and when it was
    /// created. The caller has checked that course and registrations exist.
    pub fn update_resource(&self, resource: &Resource, now: Timestamp) -> Result<(), Error> {
        self.connection.change_with(
            once!(Resource::table().update(&STORED_ELSEWHERE, "WHERE id = :id")),
            resource,
            bind! { updated_at: now },
        )?;
        self.connection.change(
            "DELETE FROM resource_registration WHERE resource_id = :id",
            bind! { id: resource.id },
        )?;
        self.store_registrations(resource.id, resource)?;
        self.list_resource(resource.id)
    }

    fn store_registrations(&self, resource_id: i64, resource: &Resource) -> Result<(), Error> {
        for slug in resource.registrations.iter().flatten() {
            self.connection.change(
                "INSERT INTO resource_registration (resource_id, registration_id)
                 SELECT :resource_id, id FROM registration WHERE slug = :slug",
                bind! { resource_id, slug },
            )?;
        }
        Ok(())
    }

    /// Deletes a resource with its links, enrolments, grades and sessions; accounts stay. The
    /// caller has checked that no activity belongs to it.
    pub fn delete_resource(&self, id: i64) -> Result<(), Error> {
        self.connection.change("DELETE FROM resource WHERE id = :id", bind! { id })?;
        Ok(())
    }
}
