//! Sessions, and the nonces that their launches spent.
//!
//! Both are written at every launch, so their keys begin with a time: what is written together is
//! in the same pages.

use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::engine::{Value, ValueError};
use super::query::{Queries as _, as_record, bind, select, sql};
use super::record::{Column, Columns, Cursor, NULL, Record as _, list_plain, record};
use super::{Error, Read, RegistrationTotal, Write};
use crate::domain::{LaunchDetails, LaunchId, MAX_SESSION_BYTES, Purpose, Session, SessionHandle};
use crate::lti::login::Fingerprint;
use crate::lti::roles::Role;

/// How many of the oldest sessions are deleted at once if a registration's sessions are too large.
const SESSION_BATCH: u32 = 32;

/// Deletes the oldest expired rows, in a statement for each table, with the number of rows that it
/// deletes at once. A session is in several indexes, so its deletion takes longer.
const EXPIRED: [(&str, u8); 3] = [
    (
        "DELETE FROM spent_nonce WHERE (expires_at, nonce) IN (
             SELECT expires_at, nonce FROM spent_nonce WHERE expires_at < :now
             ORDER BY expires_at, nonce LIMIT :rows)",
        64,
    ),
    (
        "DELETE FROM session WHERE handle IN (
             SELECT handle FROM session WHERE expires_at < :now
             ORDER BY expires_at LIMIT :rows)",
        16,
    ),
    (
        "DELETE FROM pending_proxy WHERE registration_id IN (
             SELECT registration_id FROM pending_proxy WHERE expires_at < :now
             ORDER BY expires_at LIMIT :rows)",
        16,
    ),
];

record! {
    Session in "session" {
        handle, secret_digest, launch_id, registration_id, purpose, account_id, details: visit, created_at,
        expires_at,
    }
}

impl Columns for Purpose {
    fn list(_: &'static str, list: &mut Vec<Column>) {
        list_plain(&["resource_id", "selection"], list);
    }

    fn read(row: &mut Cursor<'_>) -> Result<Self, ValueError> {
        match row.next()? {
            Some(resource_id) => {
                row.skip::<Option<String>>();
                Ok(Self::Resource(resource_id))
            }
            None => row.next().map(Self::Selection),
        }
    }

    fn write<'v>(&'v self, values: &mut Vec<Value<'v>>) -> Result<(), ValueError> {
        values.extend(match self {
            Self::Resource(resource_id) => [(*resource_id).into(), NULL],
            Self::Selection(selection) => [NULL, selection.as_str().into()],
        });
        Ok(())
    }
}

impl Read<'_> {
    /// The session with this handle, unless it has ended.
    pub fn session(&self, handle: SessionHandle, now: Timestamp) -> Result<Option<Session>, Error> {
        self.connection.find(
            select!(Session, "WHERE handle = :handle AND expires_at > :now"),
            bind! { handle, now },
            as_record,
        )
    }

    /// The session that a launch opened, unless it has ended.
    pub fn session_of_launch(
        &self,
        launch_id: &LaunchId,
        now: Timestamp,
    ) -> Result<Option<Session>, Error> {
        let [first, last] = SessionHandle::range_of(launch_id);
        self.connection.find(
            select!(
                Session,
                "WHERE expires_at > :now AND handle = coalesce(
                     (SELECT handle FROM session
                      WHERE handle BETWEEN :first AND :last AND launch_id = :launch_id),
                     (SELECT handle FROM session
                      WHERE moved IS NOT NULL AND launch_id = :launch_id))"
            ),
            bind! { launch_id, first, last, now },
            as_record,
        )
    }

    /// How many sessions have not ended.
    pub fn open_sessions(&self, now: Timestamp) -> Result<u32, Error> {
        self.connection.one(
            "SELECT count(*) AS sessions FROM session WHERE expires_at > :now",
            bind! { now },
            |row| row.get("sessions"),
        )
    }

    /// Whether a nonce is already spent; see [`Write::spend_nonce`].
    pub fn nonce_is_spent(&self, nonce: &str, expires_at: Timestamp) -> Result<bool, Error> {
        self.connection.one(
            "SELECT EXISTS (SELECT 1 FROM spent_nonce
                 WHERE expires_at = :expires_at AND nonce = :nonce) AS is_spent",
            bind! { expires_at, nonce },
            |row| row.get("is_spent"),
        )
    }

    /// The course of a link: its identifier within its deployment, if the link is in one.
    pub fn context_of_link(&self, link_id: i64) -> Result<Option<String>, Error> {
        self.connection.find(
            "SELECT context.context_id FROM resource_link
                 JOIN context ON context.id = resource_link.context_id
             WHERE resource_link.id = :link_id",
            bind! { link_id },
            |row| row.get("context_id"),
        )
    }
}

/// Where a platform has assigned a role to a person: in a course, or at a link outside of any
/// course.
#[derive(Debug, Clone, Copy)]
pub struct CoursePlace<'a> {
    /// The registration, by its key in the database.
    pub registration_id: i64,
    /// The platform's identifier of the person; empty for an anonymous launch.
    pub sub: &'a str,
    /// The platform's deployment ID.
    pub deployment_id: &'a str,
    /// The course's identifier within the deployment.
    pub context_id: Option<&'a str>,
    /// The link's identifier within the deployment; used if there is no course.
    pub resource_link_id: &'a str,
}

impl<'a> CoursePlace<'a> {
    /// The place of a launch.
    pub fn of(registration_id: i64, details: &'a LaunchDetails) -> Self {
        Self {
            registration_id,
            sub: details.sub.as_deref().unwrap_or_default(),
            deployment_id: &details.deployment_id,
            context_id: details.context_id.as_deref(),
            resource_link_id: &details.resource_link_id,
        }
    }

    /// By which an index finds the sessions of a place; those of few other places have the same.
    fn fingerprint(&self) -> i64 {
        let place = match self.context_id {
            Some(context_id) => ["course", context_id],
            None => ["link", self.resource_link_id],
        };
        // Characters that identifiers cannot contain keep the parts apart.
        let number = self.registration_id.to_string();
        let text = [&number, self.sub, self.deployment_id, place[0], place[1]].join("\n");
        let [first @ .., _, _, _, _, _, _, _, _] = Fingerprint::of(&text).to_bytes();
        i64::from_be_bytes(first)
    }
}

/// The sessions of an account and a person in a [`CoursePlace`] whose role ranks above `:rank`. The
/// index finds them by `:place`; sessions that the index does not know the place of have 0.
const SESSIONS_ABOVE: &str = "account_id = :account_id AND place IN (:place, 0) AND rank > :rank
     AND visit ->> 'sub' = :sub
     AND registration_id = :registration_id AND visit ->> 'deployment_id' = :deployment_id
     AND visit ->> 'context_id' IS NOT DISTINCT FROM :context_id
     AND (:context_id IS NOT NULL OR visit ->> 'resource_link_id' = :resource_link_id)";

/// The rank of a role in these conditions.
pub(super) fn rank(role: Role) -> u8 {
    match role {
        Role::Admin => 2,
        Role::Staff => 1,
        Role::Learner => 0,
    }
}

impl Write<'_> {
    /// Lowers the role of a person's open sessions in a course to the one that the platform sends
    /// now. Sessions with a lower role stay as they are: only a launch raises a role. Sessions that
    /// select content, which only teachers do, end if the role is a learner's.
    pub fn lower_role(
        &self,
        account_id: i64,
        place: CoursePlace<'_>,
        role: Role,
        roles: &[String],
    ) -> Result<(), Error> {
        if role == Role::Admin {
            return Ok(());
        }
        let (rank, fingerprint) = (rank(role), place.fingerprint());
        let has_any = self.connection.one(
            // A list of the two places would be a temporary table.
            "SELECT EXISTS (SELECT 1 FROM session WHERE account_id = :account_id
                     AND place = :place AND rank > :rank)
                 OR EXISTS (SELECT 1 FROM session WHERE account_id = :account_id
                     AND place = 0 AND rank > :rank) AS has_any",
            bind! { account_id, place: fingerprint, rank },
            |row| row.get::<bool>("has_any"),
        )?;
        if !has_any {
            return Ok(());
        }
        let CoursePlace { registration_id, sub, deployment_id, context_id, resource_link_id } =
            place;
        if role == Role::Learner {
            self.connection.change(
                sql!("DELETE FROM session WHERE {SESSIONS_ABOVE} AND selection IS NOT NULL"),
                bind! {
                    account_id, sub, registration_id, deployment_id, context_id, resource_link_id,
                    rank, place: fingerprint,
                },
            )?;
        }
        let roles = serde_json::to_string(roles).map_err(|_| Error::Corrupt("session"))?;
        self.connection.change(
            sql!(
                "UPDATE session
                 SET visit = json_set(visit, '$.role', :role, '$.roles', json(:roles)),
                     rank = :rank
                 WHERE {SESSIONS_ABOVE}"
            ),
            bind! {
                account_id, sub, registration_id, deployment_id, context_id, resource_link_id,
                rank, place: fingerprint, role: role.as_str(), roles,
            },
        )?;
        Ok(())
    }

    /// Ends a session.
    pub fn delete_session(&self, handle: SessionHandle) -> Result<(), Error> {
        self.connection.change("DELETE FROM session WHERE handle = :handle", bind! { handle })?;
        Ok(())
    }

    /// Spends a nonce. Returns `false` if it is already spent. It must always be given with the same
    /// time, which therefore follows from the state that contains it.
    pub fn spend_nonce(&self, nonce: &str, expires_at: Timestamp) -> Result<bool, Error> {
        let inserted = self.connection.change(
            "INSERT INTO spent_nonce (expires_at, nonce) VALUES (:expires_at, :nonce)
             ON CONFLICT (expires_at, nonce) DO NOTHING",
            bind! { nonce, expires_at },
        )?;
        Ok(inserted == 1)
    }

    /// Opens a session, and ends the oldest ones of its registration if these already take too many
    /// bytes according to its totals. Returns `false`, and changes nothing, if its handle is taken.
    pub fn insert_session(
        &self,
        session: &Session,
        total: RegistrationTotal,
    ) -> Result<bool, Error> {
        self.insert_session_within(session, total, MAX_SESSION_BYTES)
    }

    /// Opens a session, with another limit on the bytes of a registration's sessions.
    pub(super) fn insert_session_within(
        &self,
        session: &Session,
        total: RegistrationTotal,
        largest: i64,
    ) -> Result<bool, Error> {
        let registration_id = session.registration_id;
        let place = CoursePlace::of(registration_id, &session.details).fingerprint();
        let role = Role::named(&session.details.role);
        let inserted = self.connection.change_with(
            sql!(
                "{} ON CONFLICT (handle) DO NOTHING",
                Session::table().insert(&[("rank", ":rank"), ("place", ":place")])
            ),
            session,
            bind! { rank: rank(role), place },
        )?;
        if inserted == 0 {
            return Ok(false);
        }
        if total.session_bytes > largest {
            self.connection.change(
                "DELETE FROM session WHERE handle IN (
                     SELECT handle FROM session WHERE registration_id = :registration_id
                     ORDER BY handle LIMIT :limit)",
                bind! { registration_id, limit: SESSION_BATCH },
            )?;
        }
        Ok(true)
    }

    /// Deletes nonces, sessions and unconfirmed changes of registrations by LTI 2.0 that have
    /// expired, until none is left or this much time has passed. Returns how many were deleted; 0 if there are none.
    pub fn delete_expired(&self, now: Timestamp, time: Duration) -> Result<usize, Error> {
        let started = Instant::now();
        let mut deleted = 0;
        for (sql, rows) in EXPIRED {
            loop {
                let changed = self.connection.change(sql, bind! { now, rows })?;
                deleted += changed;
                if started.elapsed() >= time && deleted > 0 {
                    return Ok(deleted);
                }
                if changed < usize::from(rows) {
                    break;
                }
            }
        }
        Ok(deleted)
    }
}
