//! The list of published resources in the order of content selection: by course, and within a
//! course by name.

use std::ops::ControlFlow;

use uuid::Uuid;

use super::engine::ValueError;
use super::query::{Queries as _, Row, bind, sql};
use super::words::{Field, Key};
use super::{Error, Read, Write};
use crate::domain::{Search, Slug, folded};

/// The key of a resource in the list; the migration that fills the list has the same. The separators
/// sort before all letters, and no search contains them: U+0001 between names and slugs; U+0002 before
/// courses and before the course itself; U+0003 before its activities and before resources without a
/// course.
fn key(name: &str, slug: &Slug, is_course: bool, course: Option<(String, Slug)>) -> String {
    let (name, before) = (
        folded(name),
        match course {
            _ if is_course => format!("\u{2}{}\u{1}{slug}\u{2}", folded(name)),
            None => "\u{3}\u{3}".to_owned(),
            Some((name, slug)) => format!("\u{2}{}\u{1}{slug}\u{3}", folded(&name)),
        },
    );
    format!("{before}{name}\u{1}{slug}")
}

/// Whether a registration may use the resource of a row of `list`.
const IS_FOR_REGISTRATION: &str = "(CASE WHEN :is_limited THEN EXISTS (
         SELECT 1 FROM consumer_resource
         WHERE consumer_resource.resource_id = list.resource_id
             AND consumer_resource.registration_id = :registration_id)
     ELSE list.is_for_all = TRUE OR EXISTS (
         SELECT 1 FROM resource_registration
         WHERE resource_registration.resource_id = list.resource_id
             AND resource_registration.registration_id = :registration_id) END)";

/// Who selects: an account, through a registration.
#[derive(Debug, Clone, Copy)]
pub struct Selector {
    /// The account, by its key in the database.
    pub account_id: i64,
    /// Whether it may select everything.
    pub has_all: bool,
    /// The registration, by its key in the database.
    pub registration_id: i64,
    /// Whether it is a consumer that may use only the resources that it was given.
    pub is_limited: bool,
}

/// A resource in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedResource {
    /// The resource, by its key in the database.
    pub id: i64,
    /// Its place in the list.
    pub key: String,
}

impl ListedResource {
    /// Whether the resource is a course or belongs to one.
    pub fn has_course(&self) -> bool {
        self.key.starts_with('\u{2}')
    }
}

/// Where a part of the list begins or ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// At the beginning.
    Start,
    /// At the resource with this key.
    From(String),
    /// After the resource with this key.
    After(String),
    /// Before the resource with this key; the last resources before it, in reverse order.
    Before(String),
}

impl Place {
    /// The comparison with `:bound`, and the order.
    fn sql(&self) -> (&'static str, &'static str) {
        match self {
            Self::Start | Self::From(_) => (">=", ""),
            Self::After(_) => (">", ""),
            Self::Before(_) => ("<", "DESC"),
        }
    }

    fn bound(&self) -> &str {
        match self {
            Self::Start => "",
            Self::From(key) | Self::After(key) | Self::Before(key) => key,
        }
    }
}

impl Read<'_> {
    /// The published resources that an account may select through a registration and that match a
    /// search, from a place on. With everything granted, this reads the resources of all
    /// registrations by index, and sorts those that only this registration may use.
    pub fn listed_resources(
        &self,
        selector: Selector,
        search: &str,
        place: &Place,
        limit: u32,
    ) -> Result<Vec<ListedResource>, Error> {
        let (compared, order) = place.sql();
        let condition = format!("list.key {compared} :bound");
        let sql = if selector.has_all && selector.is_limited {
            format!(
                "SELECT list.resource_id AS id, list.key AS key FROM consumer_resource
                     CROSS JOIN resource_list AS list USING (resource_id)
                 WHERE registration_id = :registration_id
                     AND CAST(:account_id AS BIGINT) IS NOT NULL
                     AND :is_limited AND {condition}
                 ORDER BY list.key {order} LIMIT :limit"
            )
        } else if selector.has_all {
            format!(
                "SELECT resource_id AS id, key FROM resource_list AS list
                 WHERE list.is_for_all = TRUE AND CAST(:account_id AS BIGINT) IS NOT NULL
                     AND NOT :is_limited
                     AND {condition}
                 UNION ALL
                 SELECT list.resource_id AS id, list.key AS key FROM resource_registration
                     JOIN resource_list AS list USING (resource_id)
                 WHERE registration_id = :registration_id AND list.is_for_all = FALSE
                     AND {condition}
                 ORDER BY key {order} LIMIT :limit"
            )
        } else {
            format!(
                "SELECT list.resource_id AS id, list.key AS key FROM account_grant
                     CROSS JOIN resource_list AS list USING (resource_id)
                 WHERE account_id = :account_id AND {IS_FOR_REGISTRATION} AND {condition}
                 ORDER BY list.key {order} LIMIT :limit"
            )
        };
        let Selector { account_id, registration_id, is_limited, .. } = selector;
        let (bound, search) = (place.bound(), Search::lenient(search, Field::named));
        let read = |row: &Row<'_>| -> Result<ListedResource, ValueError> {
            Ok(ListedResource { id: row.get("id")?, key: row.get("key")? })
        };
        if search.is_empty() {
            let parameters = bind! { account_id, registration_id, is_limited, bound, limit };
            return self.connection.all(&sql, parameters, read);
        }
        // Read until enough are found.
        let (mut found, wanted, limit) = (Vec::new(), limit as usize, i64::MAX);
        let parameters = bind! { account_id, registration_id, is_limited, bound, limit };
        self.connection.walk(&sql, parameters, |row| {
            let listed = read(row)?;
            let key = Key::of(&listed.key);
            if found.len() < wanted && search.matches(|term| key.contains(term)) {
                found.push(listed);
            }
            let is_enough = found.len() >= wanted;
            Ok::<_, Error>(if is_enough {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            })
        })?;
        Ok(found)
    }

    /// A resource by its UUID, if it is in the list and an account may select it through a
    /// registration.
    pub fn listed_resource(
        &self,
        selector: Selector,
        uuid: &Uuid,
    ) -> Result<Option<ListedResource>, Error> {
        let Selector { account_id, has_all, registration_id, is_limited } = selector;
        self.connection.find(
            sql!(
                "SELECT list.resource_id AS id, list.key AS key FROM resource
                     JOIN resource_list AS list ON list.resource_id = resource.id
                 WHERE resource.uuid = :uuid AND {IS_FOR_REGISTRATION}
                     AND (:has_all OR EXISTS (
                         SELECT 1 FROM account_grant
                         WHERE account_grant.account_id = :account_id
                             AND account_grant.resource_id = list.resource_id))"
            ),
            bind! { uuid, account_id, has_all, registration_id, is_limited },
            |row| Ok(ListedResource { id: row.get("id")?, key: row.get("key")? }),
        )
    }

    /// Whether an account has any grants of single resources.
    pub fn has_grants(&self, account_id: i64) -> Result<bool, Error> {
        self.connection.one(
            "SELECT EXISTS (SELECT 1 FROM account_grant WHERE account_id = :account_id)
                 AS has_grants",
            bind! { account_id },
            |row| row.get("has_grants"),
        )
    }
}

impl Write<'_> {
    /// Puts a resource in its place in the list, and its activities if it is a course, or removes
    /// it if it is not published.
    pub(super) fn list_resource(&self, id: i64) -> Result<(), Error> {
        let listed: Vec<(i64, String)> = self.connection.all(
            "SELECT resource.id AS id, resource.name AS name, resource.slug AS slug,
                 resource.kind = 'course' AS is_course, course.name AS course_name,
                 course.slug AS course_slug
             FROM resource LEFT JOIN resource AS course ON course.id = resource.course_id
             WHERE resource.published AND (resource.id = :id OR resource.course_id = :id)",
            bind! { id },
            |row| {
                let (name, slug): (String, Slug) = (row.get("name")?, row.get("slug")?);
                let course: Option<String> = row.get("course_name")?;
                let course = course.zip(row.get("course_slug")?);
                Ok((row.get("id")?, key(&name, &slug, row.get("is_course")?, course)))
            },
        )?;
        for (id, key) in listed {
            self.connection.change(
                "INSERT INTO resource_list (resource_id, key, is_for_all)
                     SELECT id, :key, all_registrations FROM resource WHERE id = :id
                 ON CONFLICT (resource_id) DO UPDATE
                     SET key = excluded.key, is_for_all = excluded.is_for_all
                     WHERE resource_list.key <> excluded.key
                         OR resource_list.is_for_all <> excluded.is_for_all",
                bind! { id, key },
            )?;
        }
        self.connection.change(
            "DELETE FROM resource_list WHERE resource_id = :id
                 AND NOT (SELECT published FROM resource WHERE id = :id)",
            bind! { id },
        )?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        Account, Clock, Name, Profile, Random, Resource, ResourceKind, Slug, Username,
    };
    use crate::store::Store;
    use crate::store::both_engines::each_engine;
    use crate::store::engine::sqlite::functions::add_for_migrations;

    fn slug(text: &str) -> Slug {
        Slug::new(text).unwrap()
    }

    fn resource(text: &str, name: &str, course: Option<&str>) -> Resource {
        let (name, now) = (Name::new(name).unwrap(), Clock::System.now());
        Resource {
            course: course.map(slug),
            ..Resource::new(slug(text), Random::System.uuid(), name, now)
        }
    }

    /// Two registrations and an account, and a course with an activity and a resource without one.
    struct Listed {
        store: Store,
        selector: Selector,
    }

    impl Listed {
        fn of(mut store: Store) -> Self {
            let now = Clock::System.now();
            let add = |write: &Write<'_>| {
                for text in ["mine", "other"] {
                    write.insert_registration(&slug(text), &Name::new(text).unwrap(), now)?;
                }
                let course = resource("zoo", "Zoology", None);
                write.insert_resource(&Resource { kind: ResourceKind::Course, ..course })?;
                write.insert_resource(&resource("lions", "Liöns", Some("zoo")))?;
                write.insert_resource(&resource("essay", "An essay", None))?;
                let account_id = write.insert_account(&Account::by_admin(
                    Username::new("tina").unwrap(),
                    Random::System.uuid(),
                    Profile::default(),
                    now,
                ))?;
                let registration_id = write.registration(&slug("mine"))?.unwrap().id;
                let is_limited = false;
                Ok::<_, Error>(Selector { account_id, has_all: true, registration_id, is_limited })
            };
            let selector = store.write(add).unwrap();
            Self { store, selector }
        }

        /// The slugs of what is listed, from a place on.
        fn from(&self, search: &str, place: &Place) -> String {
            let read = self.store.read();
            let rows = read.listed_resources(self.selector, search, place, 10);
            let slug_of = |row: &ListedResource| read.resource_by_id(row.id).unwrap().unwrap().slug;
            let slugs: Vec<String> =
                rows.unwrap().iter().map(|row| slug_of(row).to_string()).collect();
            slugs.join(" ")
        }

        fn all(&self) -> String {
            self.from("", &Place::Start)
        }

        fn update(&mut self, text: &str, change: impl FnOnce(&mut Resource)) {
            let mut resource = self.store.read().resource(&slug(text)).unwrap().unwrap();
            change(&mut resource);
            self.store
                .write(|write| write.update_resource(&resource, Clock::System.now()))
                .unwrap();
        }
    }

    #[test]
    fn list_follows_changes_of_resources() {
        each_engine(|store| {
            let mut listed = Listed::of(store);
            assert_eq!(listed.all(), "zoo lions essay");
            listed
                .store
                .write(|write| write.insert_resource(&resource("a", "Atoms", Some("zoo"))))
                .unwrap();
            assert_eq!(listed.all(), "zoo a lions essay");
            assert_eq!(listed.from("LION zoo", &Place::Start), "lions");
            listed.update("zoo", |zoo| zoo.name = Name::new("Biology").unwrap());
            assert_eq!(listed.from("biol", &Place::Start), "zoo a lions", "activities move along");
            listed.update("a", |atoms| atoms.course = None);
            assert_eq!(listed.all(), "zoo lions essay a");
            listed.update("a", |atoms| atoms.published = false);
            assert_eq!(listed.all(), "zoo lions essay");
            listed.update("essay", |essay| essay.registrations = Some(vec![slug("other")]));
            assert_eq!(listed.all(), "zoo lions");
            listed.update("essay", |essay| essay.registrations = Some(vec![slug("mine")]));
            assert_eq!(listed.all(), "zoo lions essay");
            let zoo = listed.store.read().resource(&slug("zoo")).unwrap().unwrap().id;
            listed.store.write(|write| write.detach_activities(zoo)).unwrap();
            listed.store.write(|write| write.delete_resource(zoo)).unwrap();
            assert_eq!(listed.all(), "essay lions");
        });
    }

    #[test]
    fn pages_begin_and_end_at_a_key() {
        each_engine(|store| {
            let mut listed = Listed::of(store);
            let rows = listed
                .store
                .read()
                .listed_resources(listed.selector, "", &Place::Start, 10)
                .unwrap();
            let key = rows[1].key.clone();
            assert_eq!(listed.from("", &Place::From(key.clone())), "lions essay");
            assert_eq!(listed.from("", &Place::After(key.clone())), "essay");
            assert_eq!(listed.from("", &Place::Before(key)), "zoo");
            assert_eq!(
                rows.iter().map(ListedResource::has_course).collect::<Vec<_>>(),
                [true, true, false]
            );

            listed.selector.has_all = false;
            assert_eq!(listed.all(), "");
            let lions = listed.store.read().resource(&slug("lions")).unwrap().unwrap();
            let found = |listed: &Listed| {
                listed.store.read().listed_resource(listed.selector, &lions.uuid).unwrap()
            };
            assert_eq!(found(&listed), None);
            let account_id = listed.selector.account_id;
            listed.store.write(|write| write.insert_grant_of(account_id, &slug("lions"))).unwrap();
            assert_eq!((listed.all(), found(&listed)), ("lions".to_owned(), Some(rows[1].clone())));
            assert!(listed.store.read().has_grants(account_id).unwrap());
        });
    }

    #[test]
    fn a_page_takes_no_more_steps_however_many_resources_there_are() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::create(directory.path().join("ltictl.db")).unwrap();
        let mut listed = Listed::of(store);
        let steps = |listed: &Listed, has_all| {
            let selector = Selector { has_all, ..listed.selector };
            let (rows, steps) = listed
                .store
                .counting_steps(|read| read.listed_resources(selector, "", &Place::Start, 3));
            assert_eq!(rows.unwrap().len(), if has_all { 3 } else { 1 });
            steps
        };
        let account_id = listed.selector.account_id;
        listed.store.write(|write| write.insert_grant_of(account_id, &slug("essay"))).unwrap();
        let before = [true, false].map(|has_all| steps(&listed, has_all));
        let add = |write: &Write<'_>| {
            (0..300).try_for_each(|number| {
                write.insert_resource(&resource(&format!("r-{number}"), "Another", None))
            })
        };
        listed.store.write(add).unwrap();
        for (has_all, before) in [true, false].into_iter().zip(before) {
            let after = steps(&listed, has_all);
            assert!(after <= before, "{after} steps instead of {before}");
        }
    }

    #[test]
    fn migration_lists_resources_with_the_same_keys() {
        let migration = include_str!("migrations/022_resource_list.sql");
        let directory = tempfile::tempdir().unwrap();
        let listed = Listed::of(Store::create(directory.path().join("ltictl.db")).unwrap());
        let keys = || -> Vec<(i64, String, bool)> {
            let sql = "SELECT resource_id, key, is_for_all FROM resource_list ORDER BY 1";
            let read = |row: &super::super::query::Row<'_>| {
                Ok((row.get("resource_id")?, row.get("key")?, row.get("is_for_all")?))
            };
            listed.store.connection.all(sql, bind! {}, read).unwrap()
        };
        let before = keys();
        let (_, insert) = migration.split_once("INSERT INTO").unwrap();
        add_for_migrations(listed.store.connection.raw()).unwrap();
        listed.store.connection.execute_batch("DELETE FROM resource_list").unwrap();
        listed.store.connection.execute_batch(&format!("INSERT INTO {insert}")).unwrap();
        assert_eq!((keys(), before.len()), (before, 3));
    }
}
