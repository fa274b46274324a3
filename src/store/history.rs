//! What is stored about registrations besides their settings, for `doctor`.
//!
//! Each statement reads one kind of facts about a batch of registrations, whose keys it gets as an
//! array in JSON; with each row it returns the place in that array. A statement for each
//! registration would take most of the time of a check of thousands.

use std::collections::HashMap;

use jiff::Timestamp;
use serde_json::json;

use super::engine::ValueError;
use super::query::{Parameters, Queries as _, Row, bind, sql};
use super::record::Record as _;
use super::{Error, OwnOrigin, Read, RegistrationTotal};
use crate::domain::{Counted, LaunchId, LogShare, Registration, RegistrationAttempt, Slug, Tally};

/// How many accepted launches of a registration are counted by their roles.
const MAX_LAUNCHES: u32 = 10_000;

/// What is stored about a registration besides its settings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RegistrationFacts {
    /// The totals that have limits.
    pub total: RegistrationTotal,
    /// The bytes of its accepted launches in the launch log.
    pub log_bytes: i64,
    /// Its first service origins, and how it uses each.
    pub service_origins: Vec<(String, OwnOrigin)>,
    /// The time of the newest accepted launch, even if it is no longer in the log.
    pub last_accepted_at: Option<Timestamp>,
    /// The recent refusals by reason, that with the newest first.
    pub refusals: Vec<Refusals>,
    /// The deployments whose launches were refused because they are still unknown, newest first.
    pub pending_deployments: Vec<PendingDeployment>,
    /// How many links have the services that their resources need.
    pub links: LinkServiceCounts,
    /// The grades that the platform has not accepted, by problem, the most frequent first.
    pub stuck_grades: Vec<StuckGrades>,
    /// The newest attempt at dynamic registration.
    pub attempt: Option<RegistrationAttempt>,
    /// The recent logins by hour, the newest first.
    pub logins: Vec<LoginsOfAnHour>,
    /// The recent logins that were completed, by browser, the most frequent first.
    pub logins_returned: Vec<(String, u64)>,
    /// The recent logins that were completed without the cookie, likewise.
    pub cookies_missing: Vec<(String, u64)>,
    /// The logins at the URL without a registration, likewise.
    pub generic_logins: Vec<(String, u64)>,
}

/// The logins of a registration in one hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoginsOfAnHour {
    /// How many were started.
    pub started: u64,
    /// How many were completed; some of them may have been started in the hour before.
    pub returned: u64,
}

/// Which facts to read.
#[derive(Debug, Clone, Copy)]
pub struct FactsFilter {
    /// Refusals and logins are recent from this moment on.
    pub since: Timestamp,
    /// Logins at the URL without a registration count from this moment on.
    pub generic_logins_since: Timestamp,
    /// At most this many service origins.
    pub max_origins: u32,
    /// At most this many pending deployments.
    pub max_deployments: u32,
    /// Who has to act after refusals that concern one person or browser, as the log has it.
    pub you: &'static str,
    /// The reason codes of other refusals that concern one person.
    pub personal_reasons: &'static [&'static str],
    /// Those of refusals that concern one link.
    pub link_reasons: &'static [&'static str],
    /// Those of refusals that no accepted launch disproves.
    pub lasting_reasons: &'static [&'static str],
}

/// The refusals of one reason since a moment, without those after which a launch of the same kind
/// was accepted: one of the same deployment, resource and type, as far as they are known, and of
/// the same person, browser or link if the reason concerns only them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusals {
    /// Stable reason code.
    pub reason: String,
    /// How many there were.
    pub count: u32,
    /// The newest one's identifier.
    pub newest: LaunchId,
    /// How to fix the newest one, as it was then.
    pub fix: String,
    /// Whether the registration, deployment or resource of the newest one was changed since.
    pub is_outdated: bool,
    /// The smallest and largest number of seconds by which the tool's clock was ahead of the
    /// platform's, if it was measured.
    pub clock_skew_seconds: Option<(i64, i64)>,
}

/// A deployment whose launches were refused because it is unknown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingDeployment {
    /// Deployment ID as the platform sends it.
    pub deployment_id: String,
    /// How many launches were refused.
    pub count: u32,
    /// When the newest one came.
    pub newest_at: Timestamp,
}

/// How many accepted launches of a registration the log contains, and with which roles; at most the
/// newest 10,000.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LaunchesByRole {
    /// All of them.
    pub all: u32,
    /// Those of teachers and administrators.
    pub teaching: u32,
    /// Those of content selection.
    pub selecting: u32,
}

/// How many links of a registration have the services that their resources need.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LinkServiceCounts {
    /// Links whose resources send grades.
    pub grades_wanted: u32,
    /// How many of them can: the platform sent the URL of a line item or of the line items, and the
    /// scope for scores.
    pub grades_possible: u32,
    /// Links whose resources synchronize members.
    pub members_wanted: u32,
    /// How many of them can: the platform sent the URL of the members.
    pub members_possible: u32,
}

/// Grades that a registration's platform has not accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StuckGrades {
    /// Stable code of the problem.
    pub code: String,
    /// How many.
    pub count: u32,
    /// The problem of the newest one.
    pub problem: String,
    /// How to fix it.
    pub fix: String,
}

/// What [`LaunchesByRole`] counts.
const LAUNCH_ROLES: &str = "registration, coalesce(role IN ('admin', 'staff'), FALSE) AS teaching,
     coalesce(message_type = 'LtiDeepLinkingRequest', FALSE) AS selecting";

/// How many launches that were accepted after a refusal are compared with it: the newest ones.
const CONSIDERED: u32 = 200;

/// How many kinds of refusals of a registration are compared with accepted launches: the newest
/// ones. Others last until they are too old, because a platform can send any number of kinds.
const KINDS: u32 = 50;

/// The refusals of a batch of registrations; see [`Refusals`].
const REFUSALS: &str = "WITH refused AS (
         SELECT batch.key AS place, launch.*,
             launch.actor = :you OR launch.reason IN (SELECT value FROM json_each(:personal))
                 AS is_personal,
             launch.reason IN (SELECT value FROM json_each(:of_link)) AS is_of_link
         FROM json_each(:slugs) AS batch
             CROSS JOIN launch INDEXED BY refused_launch_by_registration
                 ON launch.registration IS NOT DISTINCT FROM batch.value
                     AND launch.reason IS NOT NULL
         WHERE launch.at >= :since),
     alike AS (
         SELECT place, registration, reason, deployment_id, resource, message_type,
             CASE WHEN is_personal THEN sub END AS person,
             CASE WHEN is_personal AND sub IS NULL THEN browser END AS browser_used,
             CASE WHEN is_of_link THEN resource_link_id END AS link,
             count(*) AS frequency, max(id) AS newest, min(clock_skew_seconds) AS least,
             max(clock_skew_seconds) AS most
         FROM refused
         GROUP BY place, registration, reason, deployment_id, resource, message_type, person,
             browser_used, link),
     numbered AS (
         SELECT *, row_number() OVER (PARTITION BY place ORDER BY newest DESC) AS number
         FROM alike),
     lasting AS (
         SELECT place, reason, sum(frequency) AS frequency, max(newest) AS newest,
             min(least) AS least, max(most) AS most
         FROM numbered AS alike
         WHERE alike.number > :kinds
             OR alike.reason IN (SELECT value FROM json_each(:lasting))
             OR NOT EXISTS (
                 SELECT 1 FROM (
                     SELECT * FROM launch INDEXED BY launch_by_registration
                     WHERE registration = alike.registration AND reason IS NULL
                         AND id > alike.newest
                     ORDER BY id DESC LIMIT :considered) AS accepted
                 WHERE accepted.deployment_id IS NOT DISTINCT FROM
                         coalesce(alike.deployment_id, accepted.deployment_id)
                     AND accepted.resource IS NOT DISTINCT FROM
                         coalesce(alike.resource, accepted.resource)
                     AND accepted.message_type IS NOT DISTINCT FROM
                         coalesce(alike.message_type, accepted.message_type)
                     AND accepted.resource_link_id IS NOT DISTINCT FROM
                         coalesce(alike.link, accepted.resource_link_id)
                     AND accepted.sub IS NOT DISTINCT FROM
                         coalesce(alike.person, accepted.sub)
                     AND accepted.browser IS NOT DISTINCT FROM
                         coalesce(alike.browser_used, accepted.browser))
         GROUP BY place, reason)
     SELECT lasting.*, coalesce(launch.fix, '') AS fix,
         EXISTS (SELECT 1 FROM registration AS changed
             WHERE changed.slug = launch.registration AND changed.updated_at > launch.at)
         OR EXISTS (SELECT 1 FROM resource AS changed
             WHERE changed.slug = launch.resource AND changed.updated_at > launch.at)
             AS is_outdated
     FROM lasting CROSS JOIN launch ON launch.id = lasting.newest
     ORDER BY lasting.place, lasting.newest DESC";

/// The keys of registrations, as arrays in JSON.
struct Batch {
    ids: String,
    slugs: String,
}

impl Batch {
    fn of(registrations: &[Registration]) -> Self {
        let ids: Vec<i64> = registrations.iter().map(|registration| registration.id).collect();
        let slugs: Vec<&str> =
            registrations.iter().map(|registration| registration.slug.as_str()).collect();
        Self { ids: json!(ids).to_string(), slugs: json!(slugs).to_string() }
    }
}

impl LaunchesByRole {
    /// Counts a launch; launches are added newest first.
    fn add(&mut self, row: &Row<'_>) -> Result<(), ValueError> {
        if self.all < MAX_LAUNCHES {
            self.all += 1;
            self.teaching += row.get::<u32>("teaching")?;
            self.selecting += row.get::<u32>("selecting")?;
        }
        Ok(())
    }
}

impl Read<'_> {
    /// The numbers of accepted launches: of one registration, or of each by its slug. All are read
    /// in the order of the log, because its rows are larger than those of an index, and reading
    /// them in another order takes twice as long.
    pub fn launches_by_role(
        &self,
        only: Option<&Slug>,
    ) -> Result<HashMap<String, LaunchesByRole>, Error> {
        let mut counts: HashMap<String, LaunchesByRole> = HashMap::new();
        let mut add = |row: &Row<'_>| {
            let slug = row.text("registration")?.unwrap_or_default();
            if let Some(count) = counts.get_mut(slug) {
                return Ok(count.add(row)?);
            }
            Ok(counts.entry(slug.to_owned()).or_default().add(row)?)
        };
        match only {
            Some(slug) => self.connection.each(
                sql!(
                    "SELECT {LAUNCH_ROLES} FROM launch INDEXED BY launch_by_registration
                      WHERE registration = :slug AND reason IS NULL
                      ORDER BY id DESC LIMIT :limit"
                ),
                bind! { slug, limit: MAX_LAUNCHES },
                &mut add,
            )?,
            None => self.connection.each(
                sql!(
                    "SELECT {LAUNCH_ROLES} FROM launch
                      WHERE registration IS NOT NULL AND reason IS NULL ORDER BY id DESC"
                ),
                bind! {},
                &mut add,
            )?,
        }
        Ok(counts)
    }

    /// The facts about each of these registrations.
    pub fn registration_facts(
        &self,
        registrations: &[Registration],
        filter: &FactsFilter,
    ) -> Result<Vec<RegistrationFacts>, Error> {
        let mut facts = vec![RegistrationFacts::default(); registrations.len()];
        let batch = Batch::of(registrations);
        self.read_totals(&batch, &mut facts)?;
        self.read_service_origins(&batch, filter.max_origins, &mut facts)?;
        self.read_last_accepted(&batch, &mut facts)?;
        self.read_refusals(&batch.slugs, filter, &mut facts, |facts| &mut facts.refusals)?;
        self.read_pending_deployments(&batch, filter.max_deployments, &mut facts)?;
        self.read_links(&batch, &mut facts)?;
        self.read_stuck_grades(&batch, &mut facts)?;
        self.read_attempts(&batch, &mut facts)?;
        self.read_tallies(&batch, filter, &mut facts)?;
        Ok(facts)
    }

    /// The recent refusals of launches without a registration by their reason, that with the newest
    /// first.
    pub fn unattributed_refusals(&self, filter: &FactsFilter) -> Result<Vec<Refusals>, Error> {
        let mut facts = [Vec::new()];
        self.read_refusals("[null]", filter, &mut facts, |refusals| refusals)?;
        let [refusals] = facts;
        Ok(refusals)
    }

    /// Calls `add` with each row and with the facts that it belongs to, by its `place`.
    fn each_fact<F>(
        &self,
        facts: &mut [F],
        sql: &str,
        parameters: Parameters<'_>,
        mut add: impl FnMut(&mut F, &Row<'_>) -> Result<(), ValueError>,
    ) -> Result<(), Error> {
        self.connection.each(sql, parameters, |row| {
            let place: u32 = row.get("place")?;
            Ok(facts.get_mut(place as usize).map_or(Ok(()), |facts| add(facts, row))?)
        })
    }

    fn read_totals(&self, batch: &Batch, facts: &mut [RegistrationFacts]) -> Result<(), Error> {
        self.each_fact(
            facts,
            sql!(
                "SELECT batch.key AS place, {}
                 FROM json_each(:ids) AS batch
                     CROSS JOIN registration_total ON registration_id = CAST(batch.value AS BIGINT)",
                RegistrationTotal::table().selected
            ),
            bind! { ids: batch.ids },
            |facts, row| {
                facts.total = row.record()?;
                Ok(())
            },
        )?;
        self.each_fact(
            facts,
            "SELECT batch.key AS place, bytes
             FROM json_each(:slugs) AS batch
                 CROSS JOIN launch_log_size ON registration = batch.value AND kind = :share",
            bind! { slugs: batch.slugs, share: LogShare::Accepted },
            |facts, row| {
                facts.log_bytes = row.get("bytes")?;
                Ok(())
            },
        )
    }

    fn read_service_origins(
        &self,
        batch: &Batch,
        limit: u32,
        facts: &mut [RegistrationFacts],
    ) -> Result<(), Error> {
        self.each_fact(
            facts,
            "SELECT batch.key AS place, service.origin AS origin, service.id AS signed,
                 EXISTS (SELECT 1 FROM registration_origin AS own
                     WHERE own.registration_id = CAST(batch.value AS BIGINT) AND own.origin = service.origin
                         AND own.kind IN ('issuer', 'keyset', 'token')) AS is_declared
             FROM json_each(:ids) AS batch
                 CROSS JOIN registration_origin AS service ON service.id IN (
                     SELECT id FROM registration_origin
                     WHERE registration_id = CAST(batch.value AS BIGINT) AND kind = 'service'
                     ORDER BY id LIMIT :limit)
             ORDER BY place, signed",
            bind! { ids: batch.ids, limit },
            |facts, row| {
                let own = OwnOrigin {
                    is_declared: row.get("is_declared")?,
                    signed: Some(row.get("signed")?),
                };
                facts.service_origins.push((row.get("origin")?, own));
                Ok(())
            },
        )
    }

    fn read_refusals<F>(
        &self,
        slugs: &str,
        filter: &FactsFilter,
        facts: &mut [F],
        refusals: impl Fn(&mut F) -> &mut Vec<Refusals>,
    ) -> Result<(), Error> {
        let list = |reasons: &[&str]| json!(reasons).to_string();
        let FactsFilter { since, you, .. } = *filter;
        self.each_fact(
            facts,
            REFUSALS,
            bind! {
                slugs, since, you, personal: list(filter.personal_reasons),
                of_link: list(filter.link_reasons), lasting: list(filter.lasting_reasons),
                kinds: KINDS, considered: CONSIDERED,
            },
            |facts, row| {
                refusals(facts).push(Refusals {
                    reason: row.get("reason")?,
                    count: row.get("frequency")?,
                    newest: row.get("newest")?,
                    fix: row.get("fix")?,
                    is_outdated: row.get("is_outdated")?,
                    clock_skew_seconds: row.get::<Option<i64>>("least")?.zip(row.get("most")?),
                });
                Ok(())
            },
        )
    }

    fn read_pending_deployments(
        &self,
        batch: &Batch,
        limit: u32,
        facts: &mut [RegistrationFacts],
    ) -> Result<(), Error> {
        self.each_fact(
            facts,
            "SELECT batch.key AS place, launch.deployment_id AS deployment_id,
                 count(*) AS launches, max(launch.at) AS newest
             FROM json_each(:slugs) AS batch
                 CROSS JOIN launch INDEXED BY refused_launch_by_registration
                     ON launch.registration = batch.value
                         AND launch.reason = 'deployment_unknown'
             WHERE launch.deployment_id IS NOT NULL AND NOT EXISTS (
                 SELECT 1 FROM registration
                     JOIN deployment ON deployment.registration_id = registration.id
                         AND deployment.deployment_id = launch.deployment_id
                 WHERE registration.slug = batch.value)
             GROUP BY place, launch.deployment_id ORDER BY place, newest DESC",
            bind! { slugs: batch.slugs },
            |facts, row| {
                if facts.pending_deployments.len() < limit as usize {
                    facts.pending_deployments.push(PendingDeployment {
                        deployment_id: row.get("deployment_id")?,
                        count: row.get("launches")?,
                        newest_at: row.get("newest")?,
                    });
                }
                Ok(())
            },
        )
    }

    fn read_links(&self, batch: &Batch, facts: &mut [RegistrationFacts]) -> Result<(), Error> {
        self.each_fact(
            facts,
            "WITH wanted AS (
                 SELECT batch.key AS place,
                     resource.grade_sync = 'on' AND resource.max_grade IS NOT NULL AS grades,
                     resource.member_sync <> 'off' AS members,
                     (link.own_lineitem_url IS NOT NULL OR link.lineitems_url IS NOT NULL)
                         AND instr(coalesce(link.grade_scopes, ''), 'lti-ags/scope/score') > 0
                         AS can_grade,
                     link.memberships_url IS NOT NULL AS can_list
                 FROM json_each(:ids) AS batch
                     CROSS JOIN deployment ON deployment.registration_id = CAST(batch.value AS BIGINT)
                     CROSS JOIN graded_link AS link ON link.deployment_id = deployment.id
                     JOIN resource ON resource.id = link.resource_id
                 WHERE resource.published)
             SELECT place, count(*) FILTER (WHERE grades) AS grades_wanted,
                 count(*) FILTER (WHERE grades AND can_grade) AS grades_possible,
                 count(*) FILTER (WHERE members) AS members_wanted,
                 count(*) FILTER (WHERE members AND can_list) AS members_possible
             FROM wanted GROUP BY place",
            bind! { ids: batch.ids },
            |facts, row| {
                facts.links = LinkServiceCounts {
                    grades_wanted: row.get("grades_wanted")?,
                    grades_possible: row.get("grades_possible")?,
                    members_wanted: row.get("members_wanted")?,
                    members_possible: row.get("members_possible")?,
                };
                Ok(())
            },
        )
    }

    fn read_stuck_grades(
        &self,
        batch: &Batch,
        facts: &mut [RegistrationFacts],
    ) -> Result<(), Error> {
        self.each_fact(
            facts,
            "SELECT place, code, frequency, problem, fix FROM (
                 SELECT batch.key AS place, delivery.code AS code, delivery.problem AS problem,
                     delivery.fix AS fix,
                     count(*) OVER (PARTITION BY batch.key, delivery.code) AS frequency,
                     row_number() OVER (PARTITION BY batch.key, delivery.code
                         ORDER BY delivery.newest_time DESC) AS number
                 FROM json_each(:ids) AS batch
                     CROSS JOIN deployment ON deployment.registration_id = CAST(batch.value AS BIGINT)
                     CROSS JOIN resource_link AS link ON link.deployment_id = deployment.id
                     CROSS JOIN grade_delivery AS delivery INDEXED BY stuck_grade
                         ON delivery.resource_link_id = link.id
                 WHERE delivery.code IS NOT NULL) AS stuck
             WHERE number = 1 ORDER BY place, frequency DESC, code",
            bind! { ids: batch.ids },
            |facts, row| {
                facts.stuck_grades.push(StuckGrades {
                    code: row.get("code")?,
                    count: row.get("frequency")?,
                    problem: row.get("problem")?,
                    fix: row.get("fix")?,
                });
                Ok(())
            },
        )
    }

    fn read_tallies(
        &self,
        batch: &Batch,
        filter: &FactsFilter,
        facts: &mut [RegistrationFacts],
    ) -> Result<(), Error> {
        type Counts = fn(&mut RegistrationFacts) -> &mut Vec<(String, u64)>;
        let kinds: [(Counted, Timestamp, Counts); 3] = [
            (Counted::LoginReturned, filter.since, |facts| &mut facts.logins_returned),
            (Counted::CookieMissing, filter.since, |facts| &mut facts.cookies_missing),
            (Counted::GenericLogin, filter.generic_logins_since, |facts| &mut facts.generic_logins),
        ];
        for (what, since, counts) in kinds {
            self.each_fact(
                facts,
                "SELECT batch.key AS place, detail, sum(count) AS count
                 FROM json_each(:slugs) AS batch
                     CROSS JOIN tally ON tally.registration = batch.value
                         AND tally.what = :what AND tally.hour >= :since
                 GROUP BY place, detail ORDER BY place, sum(count) DESC, detail",
                bind! { slugs: batch.slugs, what: what.as_str(), since: Tally::hour_of(since) },
                |facts, row| {
                    counts(facts).push((row.get("detail")?, row.get("count")?));
                    Ok(())
                },
            )?;
        }
        self.each_fact(
            facts,
            "SELECT batch.key AS place, hour,
                 coalesce(sum(count) FILTER (WHERE what = :started), 0) AS started,
                 coalesce(sum(count) FILTER (WHERE what = :returned), 0) AS returned
             FROM json_each(:slugs) AS batch
                 CROSS JOIN tally ON tally.registration = batch.value
                     AND tally.what IN (:started, :returned) AND tally.hour >= :since
             GROUP BY place, hour ORDER BY place, hour DESC",
            bind! {
                slugs: batch.slugs,
                started: Counted::LoginStarted.as_str(),
                returned: Counted::LoginReturned.as_str(),
                since: Tally::hour_of(filter.since),
            },
            |facts, row| {
                facts.logins.push(LoginsOfAnHour {
                    started: row.get("started")?,
                    returned: row.get("returned")?,
                });
                Ok(())
            },
        )
    }

    fn read_last_accepted(
        &self,
        batch: &Batch,
        facts: &mut [RegistrationFacts],
    ) -> Result<(), Error> {
        self.each_last_accepted(&batch.slugs, |place, last| {
            if let Some(facts) = facts.get_mut(place) {
                facts.last_accepted_at = last;
            }
        })
    }

    fn read_attempts(&self, batch: &Batch, facts: &mut [RegistrationFacts]) -> Result<(), Error> {
        self.each_newest_attempt(&batch.ids, |place, attempt| {
            if let Some(facts) = facts.get_mut(place) {
                facts.attempt = Some(attempt);
            }
        })
    }

    /// Whether a launch with an LTI 1.1 user of this consumer key was ever accepted, so that its
    /// secret has been used.
    pub fn has_consumer_user(&self, consumer_key: &str) -> Result<bool, Error> {
        self.connection.one(
            "SELECT EXISTS (SELECT 1 FROM consumer_user WHERE consumer_key = :consumer_key)
                 AS has_user",
            bind! { consumer_key },
            |row| row.get("has_user"),
        )
    }

    /// When the oldest secret of a consumer was entered.
    pub fn consumer_secret_since(&self, registration_id: i64) -> Result<Option<Timestamp>, Error> {
        self.connection.one(
            "SELECT min(created_at) AS oldest FROM consumer_secret
             WHERE registration_id = :registration_id",
            bind! { registration_id },
            |row| row.get("oldest"),
        )
    }
}
