//! Queries of the launch log that stay fast with a million launches, and the deletion of old
//! launches.

use std::ops::ControlFlow;

use jiff::Timestamp;
use serde_json::json;

use super::column::ToColumn as _;
use super::engine::ValueError;
use super::query::{
    Queries as _, Row, Which, as_record, bind, collected, each_record, select, sql,
};
use super::record::Record as _;
use super::{Error, Read, Write};
use crate::domain::{Launch, LaunchId, RegistrationRef, ResourceRef, Slug};

/// Which launches to list: those that meet all conditions.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LaunchFilter {
    /// Only refused launches.
    pub failed: bool,
    /// Only those of this registration, by its slug.
    pub registration: Option<RegistrationRef>,
    /// Only those of this resource, by its slug.
    pub resource: Option<ResourceRef>,
    /// Only those of this person, by the platform's identifier.
    pub sub: Option<String>,
    /// Only those refused for this reason.
    pub reason: Option<String>,
    /// Only those from this moment on.
    pub since: Option<Timestamp>,
    /// Only those before this moment.
    pub until: Option<Timestamp>,
    /// At most this many, the newest first.
    pub limit: u32,
}

/// How often launches of a registration had one outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutcomeCount {
    /// Slug of the registration, if it is known.
    pub registration: Option<Slug>,
    /// Why they were refused; `None` if they were accepted.
    pub reason: Option<String>,
    /// How many.
    pub count: u32,
}

fn outcome_count(row: &Row<'_>) -> Result<OutcomeCount, ValueError> {
    Ok(OutcomeCount {
        registration: row.get("registration")?,
        reason: row.get("reason")?,
        count: row.get("frequency")?,
    })
}

/// The time of the newest accepted launch of the registration `slug`, even if it is no longer in the
/// log.
const LAST_ACCEPTED: &str = "(SELECT max(at) FROM (
         SELECT (SELECT at FROM launch INDEXED BY launch_by_registration
             WHERE registration = slug AND reason IS NULL
             ORDER BY id DESC LIMIT 1) AS at
         UNION ALL
         SELECT (SELECT at FROM last_success WHERE registration = slug)) AS either)";

/// Separates the code of an error that the platform reported from the platform's own code.
const REASON_SEPARATOR: char = ':';

impl LaunchFilter {
    /// The index to use, the conditions and their parameters. SQLite cannot choose the best index
    /// because that depends on what launch logs contain: most launches are accepted, and each
    /// person has few.
    fn conditions(&self) -> Result<Which<'_>, ValueError> {
        let mut conditions: Vec<&str> = Vec::new();
        let mut parameters = Vec::new();
        let mut require = |condition, name, value| {
            conditions.push(condition);
            parameters.push((name, value));
        };
        if let Some(registration) = &self.registration {
            require("registration = :registration", ":registration", registration.to_column()?);
        }
        if let Some(resource) = &self.resource {
            require("resource = :resource", ":resource", resource.to_column()?);
        }
        if let Some(sub) = &self.sub {
            require("sub = :sub", ":sub", sub.to_column()?);
        }
        match &self.reason {
            Some(reason) if reason == "platform_error" => {
                require(
                    "substr(reason, 1, length(:reason)) = :reason",
                    ":reason",
                    format!("{reason}{REASON_SEPARATOR}").into(),
                );
            }
            Some(reason) => require("reason = :reason", ":reason", reason.to_column()?),
            None => {}
        }
        // Identifiers sort by time.
        if let Some(since) = self.since {
            require("id >= :since", ":since", LaunchId::first_of(since).to_string().into());
        }
        if let Some(until) = self.until {
            require("id < :until", ":until", LaunchId::first_of(until).to_string().into());
        }
        if self.failed || self.reason.is_some() {
            conditions.push("reason IS NOT NULL");
        }
        let conditions = if conditions.is_empty() {
            String::new()
        } else {
            format!("WHERE {}", conditions.join(" AND "))
        };
        Ok((format!("{} {conditions}", self.index()), parameters))
    }

    fn index(&self) -> &'static str {
        let refused = self.failed || self.reason.is_some();
        match (&self.sub, &self.registration, &self.resource, &self.reason) {
            (Some(_), ..) if refused => "INDEXED BY refused_launch_by_sub",
            (Some(_), None, ..) => "",
            (None, Some(_), ..) if refused => "INDEXED BY refused_launch_by_registration",
            (None, None, Some(_), _) if refused => "INDEXED BY refused_launch_by_resource",
            (.., Some(reason)) if reason != "platform_error" => "INDEXED BY launch_by_reason",
            _ if refused => "INDEXED BY refused_launch_by_time",
            (_, Some(_), ..) => "INDEXED BY launch_by_registration",
            _ => "",
        }
    }
}

impl Read<'_> {
    /// The launches that match the filter, newest first.
    pub fn launches(&self, filter: &LaunchFilter) -> Result<Vec<Launch>, Error> {
        collected(|take| self.each_launch(filter, take))
    }

    /// Calls `callback` for the launches that match the filter, newest first, until it breaks.
    pub fn each_launch<E: From<Error>>(
        &self,
        filter: &LaunchFilter,
        mut callback: impl FnMut(Launch) -> Result<ControlFlow<()>, E>,
    ) -> Result<(), E> {
        let (which, mut parameters) = filter.conditions().map_err(Error::from)?;
        parameters.push((":limit", filter.limit.into()));
        let selected = &Launch::table().selected;
        each_record!(
            self,
            &format!("SELECT {selected} FROM launch {which} ORDER BY id DESC LIMIT :limit"),
            &parameters,
            callback
        )
    }

    /// The newest launch that a request with this ID began or ended.
    pub fn launch_of_request(&self, request_id: &str) -> Result<Option<Launch>, Error> {
        self.connection.find(
            select!(
                Launch,
                "WHERE id = (SELECT max(id) FROM launch
                     WHERE request_id = :request_id OR first_request_id = :request_id)"
            ),
            bind! { request_id },
            as_record,
        )
    }

    /// The newest launch's identifier.
    pub fn newest_launch_id(&self) -> Result<Option<LaunchId>, Error> {
        self.connection
            .one("SELECT max(id) AS newest FROM launch", bind! {}, |row| row.get("newest"))
    }

    /// The outcomes of a registration's launches since then with their numbers, the most frequent
    /// first.
    pub fn launch_outcomes(
        &self,
        registration: &Slug,
        since: Timestamp,
    ) -> Result<Vec<OutcomeCount>, Error> {
        self.connection.all(
            "SELECT registration, reason, count(*) AS frequency
             FROM launch INDEXED BY launch_by_registration
             WHERE registration = :registration AND id >= :first
             GROUP BY registration, reason ORDER BY frequency DESC, reason",
            bind! { registration, first: LaunchId::first_of(since) },
            outcome_count,
        )
    }

    /// The slugs of all registrations in the launch log, even if they no longer exist, with the
    /// times of their newest accepted launches, even if these are no longer in the log, by slug; at
    /// most `limit`. Takes a few look-ups per registration, regardless of the number of launches.
    pub fn launched_registrations(
        &self,
        limit: u32,
    ) -> Result<Vec<(Slug, Option<Timestamp>)>, Error> {
        self.connection.all(
            sql!(
                "WITH RECURSIVE launched (slug) AS (
                 SELECT min(registration) FROM launch INDEXED BY launch_by_registration
                 WHERE registration > ''
                 UNION ALL
                 SELECT (SELECT min(registration) FROM launch INDEXED BY launch_by_registration
                     WHERE registration > launched.slug)
                 FROM launched WHERE launched.slug IS NOT NULL)
             SELECT slug, {LAST_ACCEPTED} AS last FROM launched WHERE slug IS NOT NULL
             LIMIT :limit"
            ),
            bind! { limit },
            |row| Ok((row.get("slug")?, row.get("last")?)),
        )
    }

    /// The time of a registration's newest accepted launch, even if it is no longer in the log.
    pub fn last_accepted_at(&self, registration: &Slug) -> Result<Option<Timestamp>, Error> {
        let mut last = None;
        self.each_last_accepted(&json!([registration.as_str()]).to_string(), |_, at| last = at)?;
        Ok(last)
    }

    /// Calls `callback` with the time of the newest accepted launch of each registration, even if
    /// it is no longer in the log, and with the place of the registration in `slugs`, an array in
    /// JSON.
    pub(super) fn each_last_accepted(
        &self,
        slugs: &str,
        mut callback: impl FnMut(usize, Option<Timestamp>),
    ) -> Result<(), Error> {
        self.connection.each(
            sql!(
                "SELECT place, {LAST_ACCEPTED} AS last
                 FROM (SELECT key AS place, value AS slug FROM json_each(:slugs)) AS batch"
            ),
            bind! { slugs },
            |row| {
                callback(row.get::<u32>("place")? as usize, row.get("last")?);
                Ok(())
            },
        )
    }
}

impl Write<'_> {
    /// Deletes at most `limit` launches from before `moment`, oldest first, and stores the time of
    /// each registration's last accepted launch. Returns how many it deleted.
    pub fn delete_old_launches(&self, moment: Timestamp, limit: u32) -> Result<usize, Error> {
        let before = LaunchId::first_of(moment);
        let next: Option<LaunchId> = self.connection.find(
            "SELECT id FROM launch WHERE id < :before ORDER BY id LIMIT 1 OFFSET :limit",
            bind! { before, limit },
            |row| row.get("id"),
        )?;
        let end = next.unwrap_or(before);
        self.connection.change(
            "INSERT INTO last_success (registration, at)
             SELECT registration, max(at) FROM launch
                 WHERE id < :end AND reason IS NULL AND registration IS NOT NULL
                 GROUP BY registration
             ON CONFLICT (registration) DO UPDATE
                 SET at = CASE WHEN last_success.at > excluded.at THEN last_success.at
                     ELSE excluded.at END",
            bind! { end },
        )?;
        self.forget_counts(end.moment(), limit)?;
        self.connection.change("DELETE FROM launch WHERE id < :end", bind! { end })
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::domain::{Browser, Outcome, Random};
    use crate::store::Store;
    use crate::store::both_engines::each_engine;

    fn at(second: i64) -> Timestamp {
        "2026-11-23T17:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_secs(second)
    }

    fn slug(text: &str) -> Slug {
        Slug::new(text).unwrap()
    }

    fn entry(second: i64, reason: Option<&str>, registration: Option<&str>) -> Launch {
        let outcome = reason.map_or(Outcome::Accepted, |reason| Outcome::Refused {
            reason: reason.into(),
            cause: "".into(),
            actor: "".into(),
            fix: "".into(),
        });
        Launch {
            registration: registration.map(slug),
            resource: Some(slug("quiz")),
            sub: Some("4".into()),
            browser: Some(Browser::Safari),
            ..Launch::new(LaunchId::fresh(at(second), &Random::System), at(second), outcome)
        }
    }

    fn store() -> (tempfile::TempDir, Store) {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::create(directory.path().join("ltictl.db")).unwrap();
        (directory, store)
    }

    /// The lines of a query plan; its parameters need no values.
    fn lines(statement: &mut rusqlite::Statement<'_>) -> Vec<String> {
        rusqlite::fallible_iterator::FallibleIterator::collect(
            statement.raw_query().map(|row| row.get("detail")),
        )
        .unwrap()
    }

    /// Filters, and the index that each must use.
    fn filters() -> [(LaunchFilter, &'static str); 17] {
        let some = || Some("x".to_owned());
        let (registration, resource) = (|| Some("x".into()), || Some("x".into()));
        let all = LaunchFilter::default;
        let moment = Some(at(0));
        [
            (all(), "SCAN launch"),
            (LaunchFilter { since: moment, until: moment, ..all() }, "PRIMARY KEY (id>? AND id<?)"),
            (LaunchFilter { failed: true, ..all() }, "refused_launch_by_time"),
            (
                LaunchFilter { failed: true, since: moment, ..all() },
                "refused_launch_by_time (id>?)",
            ),
            (
                LaunchFilter { failed: true, resource: resource(), ..all() },
                "refused_launch_by_resource (resource=?)",
            ),
            (
                LaunchFilter { registration: registration(), since: moment, ..all() },
                "launch_by_registration (registration=? AND id>?)",
            ),
            (
                LaunchFilter { registration: registration(), failed: true, ..all() },
                "refused_launch_by_registration (registration=?)",
            ),
            (
                LaunchFilter { registration: registration(), reason: some(), ..all() },
                "refused_launch_by_registration (registration=?)",
            ),
            (
                LaunchFilter { registration: registration(), resource: resource(), ..all() },
                "launch_by_registration (registration=?)",
            ),
            (
                LaunchFilter { registration: registration(), failed: true, since: moment, ..all() },
                "refused_launch_by_registration (registration=? AND id>?)",
            ),
            (LaunchFilter { sub: some(), ..all() }, "SCAN launch"),
            (
                LaunchFilter { sub: some(), since: moment, ..all() },
                "SEARCH launch USING PRIMARY KEY (id>?)",
            ),
            (
                LaunchFilter {
                    sub: some(),
                    failed: true,
                    since: moment,
                    registration: registration(),
                    ..all()
                },
                "refused_launch_by_sub (sub=? AND id>?)",
            ),
            (LaunchFilter { resource: resource(), ..all() }, "SCAN launch"),
            (LaunchFilter { registration: registration(), ..all() }, "launch_by_registration"),
            (LaunchFilter { reason: some(), ..all() }, "launch_by_reason (reason=?)"),
            (
                LaunchFilter { reason: Some("platform_error".into()), ..all() },
                "refused_launch_by_time",
            ),
        ]
    }

    #[test]
    fn launch_lists_use_an_index() {
        let (_directory, store) = store();
        for (filter, index) in filters() {
            let (which, _) = filter.conditions().unwrap();
            let mut statement = store
                .connection
                .raw()
                .prepare(&format!(
                    "EXPLAIN QUERY PLAN SELECT {} FROM launch {which} ORDER BY id DESC LIMIT 1",
                    Launch::table().selected
                ))
                .unwrap();
            let plan = lines(&mut statement);
            assert_eq!(plan.len(), 1, "{filter:?}: {plan:?}");
            assert!(plan[0].contains(index), "{filter:?}: {plan:?}");
        }
    }

    #[test]
    fn launch_queries_use_an_index() {
        let (_directory, store) = store();
        for (question, indexes) in [
            (
                "SELECT max(id) FROM launch WHERE request_id = ?1 OR first_request_id = ?1",
                ["launch_by_request", "launch_by_first_request"],
            ),
            (
                "SELECT reason, count(*) FROM launch INDEXED BY launch_by_registration WHERE \
                 registration IS ?1 AND id >= ?2 GROUP BY reason",
                ["COVERING INDEX launch_by_registration (registration=? AND id>?)", ""],
            ),
            (
                "SELECT min(registration) FROM launch INDEXED BY launch_by_registration WHERE \
                 registration > ?1",
                ["SEARCH launch USING COVERING INDEX launch_by_registration (registration>?)", ""],
            ),
        ] {
            let mut statement =
                store.connection.raw().prepare(&format!("EXPLAIN QUERY PLAN {question}")).unwrap();
            let plan = lines(&mut statement);
            assert!(
                indexes.iter().all(|index| plan.iter().any(|line| line.contains(index))),
                "{plan:?}"
            );
        }
    }

    #[test]
    fn launches_are_deleted_in_batches_and_the_last_success_stays() {
        each_engine(|mut store| {
            store
                .write(|write| {
                    for second in 0..5 {
                        write.insert_launch(&entry(second, None, Some("gone-quiet")))?;
                        write.insert_launch(&entry(
                            second,
                            Some("token_expired"),
                            Some("never-worked"),
                        ))?;
                    }
                    write.insert_launch(&entry(100, None, Some("busy")))?;
                    write.insert_launch(&entry(2, None, Some("busy")))
                })
                .unwrap();
            let mut batches = Vec::new();
            loop {
                let gone = store.write(|write| write.delete_old_launches(at(4), 4)).unwrap();
                batches.push(gone);
                if gone == 0 {
                    break;
                }
            }
            assert_eq!(batches, [4, 4, 1, 0]);
            let left = store
                .read()
                .launches(&LaunchFilter { limit: 100, ..LaunchFilter::default() })
                .unwrap();
            assert_eq!(
                left.iter().map(|launch| launch.at).collect::<Vec<_>>(),
                [at(100), at(4), at(4)]
            );
            store.write(|write| write.delete_old_launches(at(5), 100)).unwrap();
            for (registration, last) in
                [("gone-quiet", Some(at(4))), ("never-worked", None), ("busy", Some(at(100)))]
            {
                assert_eq!(
                    store.read().last_accepted_at(&slug(registration)).unwrap(),
                    last,
                    "{registration}"
                );
            }
        });
    }

    #[test]
    fn stored_text_that_is_no_slug_is_an_error() {
        each_engine(|mut store| {
            store.write(|write| write.insert_launch(&entry(0, None, Some("moodle")))).unwrap();
            let damage = "UPDATE launch SET registration = 'Not a slug'";
            store.connection.execute_batch(damage).unwrap();
            let all = LaunchFilter { limit: 1, ..LaunchFilter::default() };
            let error = store.read().launches(&all).unwrap_err().to_string();
            assert!(error.contains("slug must be"), "{error}");
            assert!(store.read().launched_registrations(u32::MAX).is_err());
        });
    }

    #[test]
    fn launch_is_found_by_its_requests() {
        each_engine(|mut store| {
            let launch = Launch {
                request_id: Some("proxys-name".into()),
                first_request_id: Some("the-first".into()),
                ..entry(0, None, None)
            };
            store.write(|write| write.insert_launch(&launch)).unwrap();
            for name in ["proxys-name", "the-first"] {
                assert_eq!(
                    store.read().launch_of_request(name).unwrap().as_ref(),
                    Some(&launch),
                    "{name}"
                );
            }
            assert_eq!(store.read().launch_of_request("other").unwrap(), None);
        });
    }
}
