//! Notices of platforms: where they are offered, what the tool has subscribed to, and what arrived.

use jiff::{SignedDuration, Timestamp};

use super::engine::ValueError;
use super::query::{Queries as _, Row, bind, sql};
use super::{Error, Read, Write};
use crate::domain::{
    AppNotice, ListedNotice, NewNotice, NoticeOffer, NoticeProbe, NoticeService,
    NoticeSubscription, RefusedNotice, StoredText, SyncProblem,
};

/// How many accepted notices of a registration are kept.
const KEPT: u32 = 5_000;
/// How many refused notices of a registration with and without a valid signature are kept: anyone
/// can send the latter.
const KEPT_SIGNED: u32 = 200;
const KEPT_UNSIGNED: u32 = 20;
/// The time between two comparisons with a platform.
const CHECK_INTERVAL: SignedDuration = SignedDuration::from_hours(24);
/// The time until the next one if it failed.
const RETRY_INTERVAL: SignedDuration = SignedDuration::from_hours(1);

/// The columns of a [`NoticeService`].
const SERVICE: &str = "service.deployment_id AS deployment,
         deployment.registration_id AS registration, deployment.deployment_id AS deployment_id,
         service.url AS url, service.types AS types, service.has_scope AS has_scope,
         service.checked_at AS checked_at,
         service.code AS code, service.problem AS problem, service.fix AS fix";

/// The deployments whose subscriptions may be due, each part by its own index, so that the others are
/// not read: not compared yet; a day ago; an hour ago, and it failed; for another URL; by a
/// registration that accepts no notices now; or with an interrupted check.
const MAY_BE_DUE: &str = "SELECT deployment_id FROM notice_service WHERE checked_at IS NULL
     UNION ALL SELECT deployment_id FROM notice_service WHERE checked_at <= :daily
     UNION ALL SELECT deployment_id FROM notice_service
         WHERE code IS NOT NULL AND checked_at <= :hourly
     UNION ALL SELECT deployment_id FROM notice_service WHERE checked_for < :prefix
     UNION ALL SELECT deployment_id FROM notice_service WHERE checked_for >= :after_prefix
     UNION ALL SELECT closed.deployment_id FROM registration
             CROSS JOIN deployment ON deployment.registration_id = registration.id
             CROSS JOIN notice_service AS closed ON closed.deployment_id = deployment.id
         WHERE registration.notices = 'off'
     UNION ALL SELECT deployment_id FROM notice_probe WHERE started_at <= :interrupted";

/// Which notices to list: those that meet all conditions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NoticeFilter {
    /// Only those of this registration, by its key.
    pub registration: Option<i64>,
    /// Only those of this type.
    pub notice_type: Option<String>,
    /// Only refused ones.
    pub refused: bool,
    /// Only those from this moment on.
    pub since: Option<Timestamp>,
    /// At most this many, the newest first.
    pub limit: u32,
}

fn service(row: &Row<'_>) -> Result<NoticeService, ValueError> {
    Ok(NoticeService {
        deployment: row.get("deployment")?,
        registration: row.get("registration")?,
        deployment_id: row.get("deployment_id")?,
        offer: NoticeOffer {
            url: row.get("url")?,
            types: row.get("types")?,
            has_scope: row.get("has_scope")?,
        },
        checked_at: row.get("checked_at")?,
        problem: problem(row)?,
    })
}

fn problem(row: &Row<'_>) -> Result<Option<SyncProblem>, ValueError> {
    let code: Option<String> = row.get("code")?;
    let text = |name| Ok::<_, ValueError>(row.get::<Option<String>>(name)?.unwrap_or_default());
    let (problem, fix) = (text("problem")?, text("fix")?);
    Ok(code.map(|code| SyncProblem { code, problem, fix }))
}

/// The columns of a problem, cut.
fn parts(problem: Option<&SyncProblem>) -> [Option<String>; 3] {
    let Some(SyncProblem { code, problem, fix }) = problem else { return [None, None, None] };
    [
        Some(StoredText::Word.cut(code).into_owned()),
        Some(StoredText::Cause.cut(problem).into_owned()),
        Some(StoredText::Fix.cut(fix).into_owned()),
    ]
}

fn probe(row: &Row<'_>) -> Result<NoticeProbe, ValueError> {
    Ok(NoticeProbe {
        deployment: row.get("deployment")?,
        previous: row.get("previous")?,
        started_at: row.get("started_at")?,
        received_at: row.get("received_at")?,
    })
}

/// A list of texts in JSON.
fn list(text: &str) -> Vec<String> {
    serde_json::from_str(text).unwrap_or_default()
}

impl Read<'_> {
    /// Where the platform of a registration offers notices, by deployment.
    pub fn notice_services(&self, registration_id: i64) -> Result<Vec<NoticeService>, Error> {
        self.connection.all(
            sql!(
                "SELECT {SERVICE} FROM deployment
                     CROSS JOIN notice_service AS service ON service.deployment_id = deployment.id
                 WHERE deployment.registration_id = :registration_id
                 ORDER BY deployment.id"
            ),
            bind! { registration_id },
            service,
        )
    }

    /// Where platforms offer notices, by the name of the registration.
    pub fn all_notice_services(&self) -> Result<Vec<NoticeService>, Error> {
        self.connection.all(
            sql!(
                "SELECT {SERVICE} FROM notice_service AS service
                     CROSS JOIN deployment ON deployment.id = service.deployment_id
                     CROSS JOIN registration ON registration.id = deployment.registration_id
                 ORDER BY registration.name, registration.slug, deployment.id"
            ),
            bind! {},
            service,
        )
    }

    /// The services that have to be compared: daily, hourly after a failure, and if the newest
    /// launch says something else, the tool has moved, the policy was changed, or a check was
    /// interrupted. `prefix` is the URL for notices without the slug; it ends with a slash.
    pub fn due_notice_services(
        &self,
        prefix: &str,
        now: Timestamp,
    ) -> Result<Vec<NoticeService>, Error> {
        let moment = |ago| now.saturating_sub(ago).unwrap_or(Timestamp::MIN);
        // What begins with the prefix is before this text: 0 follows the slash.
        let after_prefix = format!("{}0", prefix.trim_end_matches('/'));
        self.connection.all(
            sql!(
                "SELECT {SERVICE} FROM notice_service AS service
                     CROSS JOIN deployment ON deployment.id = service.deployment_id
                     CROSS JOIN registration ON registration.id = deployment.registration_id
                     LEFT JOIN notice_probe AS probe
                         ON probe.deployment_id = service.deployment_id
                 WHERE service.deployment_id IN ({MAY_BE_DUE}) AND registration.enabled AND (
                     (registration.notices = 'on' AND (service.checked_at IS NULL
                         OR service.checked_at <= :daily
                         OR (service.code IS NOT NULL AND service.checked_at <= :hourly)
                         OR service.checked_for IS DISTINCT FROM
                             CAST(:prefix AS TEXT) || registration.slug))
                     OR (registration.notices = 'off'
                         AND (service.checked_at IS NULL OR service.checked_for <> ''))
                     OR (probe.started_at <= :interrupted
                         AND coalesce(service.checked_at, 0) <= :interrupted))
                 ORDER BY deployment.registration_id, deployment.id"
            ),
            bind! {
                prefix, after_prefix, daily: moment(CHECK_INTERVAL), hourly: moment(RETRY_INTERVAL),
                interrupted: moment(NoticeProbe::TIME),
            },
            service,
        )
    }

    /// The subscriptions of a deployment, by type.
    pub fn notice_subscriptions(&self, deployment: i64) -> Result<Vec<NoticeSubscription>, Error> {
        self.connection.all(
            "SELECT type, wanted, state, handler, code, problem, fix FROM notice_subscription
             WHERE deployment_id = :deployment ORDER BY type",
            bind! { deployment },
            |row| {
                Ok(NoticeSubscription {
                    notice_type: row.get("type")?,
                    wanted: row.get("wanted")?,
                    state: row.get("state")?,
                    handler: row.get("handler")?,
                    problem: problem(row)?,
                })
            },
        )
    }

    /// The check of a deployment that is under way or was interrupted.
    pub fn notice_probe(&self, deployment: i64) -> Result<Option<NoticeProbe>, Error> {
        self.connection.find(
            "SELECT deployment_id AS deployment, previous, started_at, received_at
             FROM notice_probe WHERE deployment_id = :deployment",
            bind! { deployment },
            probe,
        )
    }

    /// The check with a URL, by the digest of its random part, and the key of its registration.
    pub fn notice_probe_of(&self, digest: &[u8]) -> Result<Option<(NoticeProbe, i64)>, Error> {
        self.connection.find(
            "SELECT probe.deployment_id AS deployment, probe.previous AS previous,
                 probe.started_at AS started_at, probe.received_at AS received_at,
                 deployment.registration_id AS registration
             FROM notice_probe AS probe JOIN deployment ON deployment.id = probe.deployment_id
             WHERE probe.digest = :digest",
            bind! { digest },
            |row| Ok((probe(row)?, row.get("registration")?)),
        )
    }

    /// The key of a deployment in the database.
    pub fn deployment_key(
        &self,
        registration_id: i64,
        deployment_id: &str,
    ) -> Result<Option<i64>, Error> {
        self.connection.find(
            "SELECT id FROM deployment
             WHERE registration_id = :registration_id AND deployment_id = :deployment_id",
            bind! { registration_id, deployment_id },
            |row| row.get("id"),
        )
    }

    /// Notices that were accepted or refused, the newest first.
    pub fn notices(&self, filter: &NoticeFilter) -> Result<Vec<ListedNotice>, Error> {
        let mut all = self.refused_notices(filter)?;
        if !filter.refused {
            all.extend(self.accepted_notices(filter)?);
        }
        all.sort_by_key(|one| std::cmp::Reverse(one.received_at));
        all.truncate(filter.limit as usize);
        Ok(all)
    }

    fn accepted_notices(&self, filter: &NoticeFilter) -> Result<Vec<ListedNotice>, Error> {
        let NoticeFilter { registration, notice_type, since, limit, .. } = filter;
        self.connection.all(
            "SELECT notice.received_at AS received_at, notice.at AS at,
                 registration.slug AS registration, deployment.deployment_id AS deployment_id,
                 notice.type AS type, notice.notice_id AS notice_id,
                 notice.context_id AS context_id, notice.origins AS origins
             FROM notice JOIN registration ON registration.id = notice.registration_id
                 JOIN deployment ON deployment.id = notice.deployment_id
             WHERE (CAST(:registration AS BIGINT) IS NULL OR notice.registration_id = :registration)
                 AND (CAST(:notice_type AS TEXT) IS NULL OR notice.type = :notice_type)
                 AND (CAST(:since AS BIGINT) IS NULL OR notice.received_at >= :since)
             ORDER BY notice.id DESC LIMIT :limit",
            bind! { registration, notice_type, since, limit },
            |row| {
                Ok(ListedNotice {
                    received_at: row.get("received_at")?,
                    at: row.get("at")?,
                    registration: row.get("registration")?,
                    deployment_id: row.get("deployment_id")?,
                    notice_type: row.get("type")?,
                    notice_id: row.get("notice_id")?,
                    context_id: row.get("context_id")?,
                    origin_contexts: list(&row.get::<String>("origins")?),
                    reason: None,
                    cause: None,
                    fix: None,
                })
            },
        )
    }

    fn refused_notices(&self, filter: &NoticeFilter) -> Result<Vec<ListedNotice>, Error> {
        let NoticeFilter { registration, notice_type, since, limit, .. } = filter;
        self.connection.all(
            "SELECT refused.received_at AS received_at, registration.slug AS registration,
                 refused.deployment AS deployment_id, refused.type AS type,
                 refused.notice_id AS notice_id, refused.reason AS reason,
                 refused.cause AS cause, refused.fix AS fix
             FROM refused_notice AS refused
                 JOIN registration ON registration.id = refused.registration_id
             WHERE (CAST(:registration AS BIGINT) IS NULL
                     OR refused.registration_id = :registration)
                 AND (CAST(:notice_type AS TEXT) IS NULL OR refused.type = :notice_type)
                 AND (CAST(:since AS BIGINT) IS NULL OR refused.received_at >= :since)
             ORDER BY refused.id DESC LIMIT :limit",
            bind! { registration, notice_type, since, limit },
            |row| {
                Ok(ListedNotice {
                    received_at: row.get("received_at")?,
                    at: None,
                    registration: row.get("registration")?,
                    deployment_id: row.get("deployment_id")?,
                    notice_type: row.get("type")?,
                    notice_id: row.get("notice_id")?,
                    context_id: None,
                    origin_contexts: Vec::new(),
                    reason: row.get("reason")?,
                    cause: row.get("cause")?,
                    fix: row.get("fix")?,
                })
            },
        )
    }

    /// The position of the newest notice; 0 if there is none.
    pub fn last_notice(&self) -> Result<i64, Error> {
        self.connection
            .one("SELECT coalesce(max(id), 0) AS last FROM notice", bind! {}, |row| row.get("last"))
    }

    /// Notices after a position and up to another one, about courses with a link to a resource, or
    /// about copies of such a course; `types` is a list in JSON. Only the courses that a notice names
    /// are looked up.
    pub fn notices_of_resource(
        &self,
        resource_id: i64,
        types: &str,
        (after, last): (i64, i64),
        limit: u32,
    ) -> Result<Vec<AppNotice>, Error> {
        self.connection.all(
            "SELECT notice.id AS position, registration.slug AS registration,
                 deployment.deployment_id AS deployment_id, notice.notice_id AS notice_id,
                 notice.type AS type, notice.context_id AS context_id, notice.at AS at,
                 notice.claims AS claims
             FROM notice JOIN registration ON registration.id = notice.registration_id
                 JOIN deployment ON deployment.id = notice.deployment_id
             WHERE notice.id > :after AND notice.id <= :last AND registration.enabled
                 AND notice.type IN (SELECT value FROM json_each(:types))
                 AND EXISTS (
                     SELECT 1 FROM (
                             SELECT notice.context_id AS id
                             UNION ALL SELECT value FROM json_each(notice.origins)) AS named
                         CROSS JOIN context ON context.deployment_id = notice.deployment_id
                             AND context.context_id = named.id
                         CROSS JOIN resource_link AS link ON link.context_id = context.id
                             AND +link.resource_id = :resource_id)
             ORDER BY notice.id LIMIT :limit",
            bind! { resource_id, types, after, last, limit },
            |row| {
                Ok(AppNotice {
                    position: row.get("position")?,
                    registration: row.get("registration")?,
                    deployment_id: row.get("deployment_id")?,
                    notice_id: row.get("notice_id")?,
                    notice_type: row.get("type")?,
                    context_id: row.get("context_id")?,
                    at: row.get("at")?,
                    claims: row.get("claims")?,
                })
            },
        )
    }
}

impl Write<'_> {
    /// Stores where a deployment offers notices, unless that is known. A change makes the comparison
    /// due.
    pub fn put_notice_service(
        &self,
        registration_id: i64,
        deployment_id: &str,
        offer: &NoticeOffer,
        now: Timestamp,
    ) -> Result<(), Error> {
        let NoticeOffer { url, types, has_scope } = offer;
        let changed = self.connection.change(
            "INSERT INTO notice_service (deployment_id, url, types, has_scope, seen_at)
             SELECT id, :url, :types, :has_scope, :now FROM deployment
                 WHERE registration_id = :registration_id AND deployment_id = :deployment_id
             ON CONFLICT (deployment_id) DO UPDATE
                 SET url = excluded.url, types = excluded.types, has_scope = excluded.has_scope,
                     seen_at = excluded.seen_at, checked_at = NULL
                 WHERE notice_service.url <> excluded.url
                     OR notice_service.types IS DISTINCT FROM excluded.types
                     OR notice_service.has_scope <> excluded.has_scope",
            bind! { registration_id, deployment_id, url, types, has_scope, now },
        )?;
        if changed > 0 {
            self.add_service_origin(registration_id, url)?;
        }
        Ok(())
    }

    /// Stores that a deployment's subscriptions were compared, with the tool's URL for notices, and
    /// why that failed.
    pub fn set_notice_check(
        &self,
        deployment: i64,
        checked_for: &str,
        problem: Option<&SyncProblem>,
        now: Timestamp,
    ) -> Result<(), Error> {
        let [code, problem, fix] = parts(problem);
        self.connection.change(
            "UPDATE notice_service SET checked_at = :now, checked_for = :checked_for, code = :code,
                 problem = :problem, fix = :fix
             WHERE deployment_id = :deployment",
            bind! { deployment, checked_for, code, problem, fix, now },
        )?;
        Ok(())
    }

    /// Stores what the platform says about a subscription.
    pub fn put_notice_subscription(
        &self,
        deployment: i64,
        subscription: &NoticeSubscription,
    ) -> Result<(), Error> {
        let NoticeSubscription { notice_type, state, handler, problem, .. } = subscription;
        let [code, problem, fix] = parts(problem.as_ref());
        self.connection.change(
            "INSERT INTO notice_subscription
                 (deployment_id, type, state, handler, code, problem, fix)
             SELECT deployment_id, :notice_type, :state, :handler, :code, :problem, :fix
                 FROM notice_service WHERE deployment_id = :deployment
             ON CONFLICT (deployment_id, type) DO UPDATE
                 SET state = excluded.state, handler = excluded.handler, code = excluded.code,
                     problem = excluded.problem, fix = excluded.fix",
            bind! { deployment, notice_type, state, handler, code, problem, fix },
        )?;
        Ok(())
    }

    /// Stores whether an administrator wants notices of a type.
    pub fn want_notices(
        &self,
        deployment: i64,
        notice_type: &str,
        wanted: bool,
    ) -> Result<(), Error> {
        self.connection.change(
            "INSERT INTO notice_subscription (deployment_id, type, wanted, state)
             VALUES (:deployment, :notice_type, :wanted, 'unknown')
             ON CONFLICT (deployment_id, type) DO UPDATE SET wanted = excluded.wanted",
            bind! { deployment, notice_type, wanted },
        )?;
        Ok(())
    }

    /// Deletes the subscriptions of a deployment that the platform no longer lists and no one asked
    /// for. `types` is a list in JSON.
    pub fn delete_unlisted_subscriptions(&self, deployment: i64, types: &str) -> Result<(), Error> {
        self.connection.change(
            "DELETE FROM notice_subscription
             WHERE deployment_id = :deployment AND wanted IS NULL
                 AND type NOT IN (SELECT value FROM json_each(:types))",
            bind! { deployment, types },
        )?;
        Ok(())
    }

    /// Stores a check with a URL that is used once, before the platform learns the URL. Returns
    /// `false` if there is one whose setting has not been restored.
    pub fn begin_notice_probe(
        &self,
        deployment: i64,
        digest: &[u8],
        previous: &str,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let begun = self.connection.change(
            "INSERT INTO notice_probe (deployment_id, digest, previous, started_at)
             VALUES (:deployment, :digest, :previous, :now)
             ON CONFLICT (deployment_id) DO NOTHING",
            bind! { deployment, digest, previous, now },
        )?;
        Ok(begun == 1)
    }

    /// Stores that the notice of a check has arrived.
    pub fn receive_notice_probe(&self, digest: &[u8], now: Timestamp) -> Result<(), Error> {
        self.connection.change(
            "UPDATE notice_probe SET received_at = :now
             WHERE digest = :digest AND received_at IS NULL",
            bind! { digest, now },
        )?;
        Ok(())
    }

    /// Ends a check whose setting was restored.
    pub fn end_notice_probe(&self, deployment: i64) -> Result<(), Error> {
        self.connection.change(
            "DELETE FROM notice_probe WHERE deployment_id = :deployment",
            bind! { deployment },
        )?;
        Ok(())
    }

    /// Stores a notice. Returns `false` if it was stored before.
    pub fn insert_notice(&self, notice: &NewNotice) -> Result<bool, Error> {
        let NewNotice {
            registration,
            deployment,
            notice_id,
            notice_type,
            context_id,
            origins,
            at,
            received_at,
            claims,
        } = notice;
        let origins = serde_json::json!(origins).to_string();
        let inserted = self.connection.change(
            "INSERT INTO notice (registration_id, deployment_id, notice_id, type, context_id,
                 origins, at, received_at, claims)
             VALUES (:registration, :deployment, :notice_id, :notice_type, :context_id,
                 :origins, :at, :received_at, :claims)
             ON CONFLICT (registration_id, notice_id) DO NOTHING",
            bind! {
                registration, deployment, notice_id, notice_type, context_id, origins, at,
                received_at, claims,
            },
        )?;
        Ok(inserted == 1)
    }

    /// Deletes the oldest notices of a registration that has more than are kept.
    pub fn shrink_notices(&self, registration: i64) -> Result<(), Error> {
        self.connection.change(
            "DELETE FROM notice WHERE registration_id = :registration AND id <= (
                 SELECT id FROM notice WHERE registration_id = :registration
                 ORDER BY id DESC LIMIT 1 OFFSET :kept)",
            bind! { registration, kept: KEPT },
        )?;
        Ok(())
    }

    /// Stores a notice that was refused, and deletes the oldest of its kind.
    pub fn insert_refused_notice(
        &self,
        registration: i64,
        notice: &RefusedNotice,
    ) -> Result<(), Error> {
        let RefusedNotice {
            is_signed,
            deployment,
            notice_id,
            notice_type,
            reason,
            cause,
            fix,
            received_at,
        } = notice;
        self.connection.change(
            "INSERT INTO refused_notice (registration_id, is_signed, deployment, notice_id, type,
                 reason, cause, fix, received_at)
             VALUES (:registration, :is_signed, :deployment, :notice_id, :notice_type, :reason,
                 :cause, :fix, :received_at)",
            bind! {
                registration, is_signed, deployment, notice_id, notice_type, reason, cause, fix,
                received_at,
            },
        )?;
        let kept = if *is_signed { KEPT_SIGNED } else { KEPT_UNSIGNED };
        self.connection.change(
            "DELETE FROM refused_notice
             WHERE registration_id = :registration AND is_signed = :is_signed AND id <= (
                 SELECT id FROM refused_notice
                 WHERE registration_id = :registration AND is_signed = :is_signed
                 ORDER BY id DESC LIMIT 1 OFFSET :kept)",
            bind! { registration, is_signed, kept },
        )?;
        Ok(())
    }

    /// Deletes at most `limit` notices that arrived before a moment. Returns how many it deleted.
    pub fn delete_old_notices(&self, moment: Timestamp, limit: u32) -> Result<usize, Error> {
        let accepted = self.connection.change(
            "DELETE FROM notice WHERE id IN (
                 SELECT id FROM notice WHERE received_at < :moment
                 ORDER BY received_at LIMIT :limit)",
            bind! { moment, limit },
        )?;
        let refused = self.connection.change(
            "DELETE FROM refused_notice WHERE id IN (
                 SELECT id FROM refused_notice WHERE received_at < :moment
                 ORDER BY received_at LIMIT :limit)",
            bind! { moment, limit },
        )?;
        Ok(accepted + refused)
    }
}

#[cfg(test)]
mod tests;
