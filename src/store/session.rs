//! Sessions of launched people, and the nonces that their launches spent.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

use super::{Error, Read, Write, from_milliseconds, to_milliseconds};
use crate::domain::{LARGEST_SESSIONS, LaunchId, Purpose, Session, SessionHandle};
use crate::lti::roles::Role;

/// How many of the oldest sessions end together if a registration's sessions are too large.
const ENDED_TOGETHER: u32 = 32;

const COLUMNS: &str = "handle, secret_digest, launch_id, registration_id, resource_id, account_id, \
    selection, visit, created_at, expires_at";

fn session(row: &Row<'_>) -> Result<Session, rusqlite::Error> {
    let handle: String = row.get(0)?;
    let visit: String = row.get(7)?;
    let purpose = match (row.get(4)?, row.get(6)?) {
        (Some(resource_id), _) => Purpose::Resource(resource_id),
        (None, Some(selection)) => Purpose::Selection(selection),
        (None, None) => {
            return Err(rusqlite::Error::InvalidColumnType(
                6,
                "selection".into(),
                rusqlite::types::Type::Null,
            ));
        }
    };
    Ok(Session {
        handle: SessionHandle::parse(&handle).ok_or(rusqlite::Error::InvalidColumnType(
            0,
            "handle".into(),
            rusqlite::types::Type::Text,
        ))?,
        secret_digest: row.get(1)?,
        launch_id: LaunchId::stored(row.get(2)?),
        registration_id: row.get(3)?,
        purpose,
        account_id: row.get(5)?,
        details: serde_json::from_str(&visit).map_err(|error| {
            rusqlite::Error::FromSqlConversionFailure(
                7,
                rusqlite::types::Type::Text,
                Box::new(error),
            )
        })?,
        created_at: from_milliseconds(row.get(8)?),
        expires_at: from_milliseconds(row.get(9)?),
    })
}

impl Read<'_> {
    /// The session of that handle, unless it has ended.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn session(
        &self,
        handle: &SessionHandle,
        now: Timestamp,
    ) -> Result<Option<Session>, Error> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM session WHERE handle = ?1 AND expires_at > ?2"
        ))?;
        Ok(statement
            .query_row(params![handle.as_str(), to_milliseconds(now)], session)
            .optional()?)
    }

    /// The session that a launch opened, unless it has ended.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn session_of_launch(
        &self,
        launch: &LaunchId,
        now: Timestamp,
    ) -> Result<Option<Session>, Error> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM session WHERE launch_id = ?1 AND expires_at > ?2"
        ))?;
        Ok(statement
            .query_row(params![launch.as_str(), to_milliseconds(now)], session)
            .optional()?)
    }

    /// How many sessions have not ended.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn open_sessions(&self, now: Timestamp) -> Result<u32, Error> {
        Ok(self
            .connection
            .prepare_cached("SELECT count(*) FROM session WHERE expires_at > ?1")?
            .query_row([to_milliseconds(now)], |row| row.get(0))?)
    }

    /// Whether a nonce was spent already.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn nonce_is_spent(&self, nonce: &str) -> Result<bool, Error> {
        Ok(self
            .connection
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM spent_nonce WHERE nonce = ?1)")?
            .query_row([nonce], |row| row.get(0))?)
    }
}

/// Where a platform has said which role somebody has: in a course, or at a link outside of any
/// course.
#[derive(Debug, Clone, Copy)]
pub struct CoursePlace<'a> {
    /// The registration, by its key in the database.
    pub registration_id: i64,
    /// The platform's deployment ID.
    pub deployment_id: &'a str,
    /// The course's identifier within the deployment.
    pub context_id: Option<&'a str>,
    /// The link's identifier within the deployment; it counts if there is no course.
    pub resource_link_id: &'a str,
}

/// The waiting launches of the platform user ?1 at the place ?2 to ?5 whose role ranks above ?6.
const WAITING_ABOVE: &str = "registration_id = ?2 AND launch ->> '$.visit.sub' = ?1 AND launch ->> '$.visit.deployment_id' = ?3
     AND launch ->> '$.visit.context_id' IS ?4 AND (?4 IS NOT NULL OR launch ->> '$.visit.resource_link_id' = ?5)
     AND CASE launch ->> '$.visit.role' WHEN 'admin' THEN 2 WHEN 'staff' THEN 1 ELSE 0 END > ?6";

/// How roles rank, as the conditions above have it.
fn rank(role: Role) -> u8 {
    match role {
        Role::Admin => 2,
        Role::Staff => 1,
        Role::Learner => 0,
    }
}

/// The sessions of the account ?1 and the platform user ?2 at the place ?3 to ?6 whose role ranks
/// above ?7.
const ABOVE: &str = "account_id = ?1 AND visit ->> 'sub' = ?2 AND registration_id = ?3 AND visit ->> 'deployment_id' = ?4 AND visit ->> 'context_id' IS ?5
     AND (?5 IS NOT NULL OR visit ->> 'resource_link_id' = ?6)
     AND CASE visit ->> 'role' WHEN 'admin' THEN 2 WHEN 'staff' THEN 1 ELSE 0 END > ?7";

impl Read<'_> {
    /// The course of a link: its identifier within its deployment, if the link is in one.
    pub fn context_of_link(&self, link_id: i64) -> Result<Option<String>, Error> {
        let mut statement = self.connection.prepare_cached(
            "SELECT context.context_id FROM resource_link JOIN context ON \
                context.id = resource_link.context_id WHERE resource_link.id = ?1",
        )?;
        Ok(statement.query_row([link_id], |row| row.get(0)).optional()?)
    }
}

impl Write<'_> {
    /// Lowers the role of a platform user's open sessions in a course to the one that the platform
    /// says now. Sessions with a lower role stay as they are: a higher one comes with a launch.
    /// Sessions that select content, which only teachers do, end when the role is a learner's.
    pub fn lower_role(
        &self,
        account_id: i64,
        sub: &str,
        place: CoursePlace<'_>,
        role: Role,
        roles: &[String],
    ) -> Result<(), Error> {
        if role == Role::Admin {
            return Ok(());
        }
        let rank = rank(role);
        let CoursePlace { registration_id, deployment_id, context_id, resource_link_id } = place;
        if role == Role::Learner {
            self.connection
                .prepare_cached(&format!(
                    "DELETE FROM session WHERE {ABOVE} AND selection IS NOT NULL"
                ))?
                .execute(params![
                    account_id,
                    sub,
                    registration_id,
                    deployment_id,
                    context_id,
                    resource_link_id,
                    rank
                ])?;
        }
        let roles = serde_json::to_string(roles).map_err(|_| Error::Corrupt("session"))?;
        self.connection
            .prepare_cached(&format!(
                "UPDATE session SET visit = json_set(visit, '$.role', ?8, \
                '$.roles', json(?9)) WHERE {ABOVE}"
            ))?
            .execute(params![
                account_id,
                sub,
                registration_id,
                deployment_id,
                context_id,
                resource_link_id,
                rank,
                role.as_str(),
                roles
            ])?;
        Ok(())
    }

    /// Ends the waiting launches of a platform user in a course that came with a higher role than
    /// the platform says now: their pages lead back to the link.
    pub fn end_waiting_launches_above(
        &self,
        sub: &str,
        place: CoursePlace<'_>,
        role: Role,
    ) -> Result<(), Error> {
        let CoursePlace { registration_id, deployment_id, context_id, resource_link_id } = place;
        self.connection
            .prepare_cached(&format!("DELETE FROM pending_launch WHERE {WAITING_ABOVE}"))?
            .execute(params![
                sub,
                registration_id,
                deployment_id,
                context_id,
                resource_link_id,
                rank(role)
            ])?;
        Ok(())
    }

    /// Ends a session.
    pub fn delete_session(&self, handle: &SessionHandle) -> Result<(), Error> {
        self.connection
            .prepare_cached("DELETE FROM session WHERE handle = ?1")?
            .execute([handle.as_str()])?;
        Ok(())
    }

    /// Spends a nonce, or says `false` when somebody else has spent it before.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn spend_nonce(&self, nonce: &str, expires_at: Timestamp) -> Result<bool, Error> {
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO spent_nonce (nonce, \
            expires_at) VALUES (?1, ?2) ON CONFLICT (nonce) DO NOTHING",
        )?;
        Ok(statement.execute(params![nonce, to_milliseconds(expires_at)])? == 1)
    }

    /// Opens a session, and ends the oldest ones of its registration if they are too large
    /// together.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn insert_session(&self, session: &Session) -> Result<(), Error> {
        self.insert_session_within(session, LARGEST_SESSIONS)
    }

    /// The same with another size.
    pub(super) fn insert_session_within(
        &self,
        session: &Session,
        largest: i64,
    ) -> Result<(), Error> {
        let visit =
            serde_json::to_string(&session.details).map_err(|_| Error::Corrupt("session"))?;
        let (resource_id, selection) = match &session.purpose {
            Purpose::Resource(id) => (Some(*id), None),
            Purpose::Selection(selection) => (None, Some(selection)),
        };
        self.connection
            .prepare_cached(&format!(
                "INSERT INTO session ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
            ))?
            .execute(params![
                session.handle.as_str(),
                session.secret_digest,
                session.launch_id.as_str(),
                session.registration_id,
                resource_id,
                session.account_id,
                selection,
                visit,
                to_milliseconds(session.created_at),
                to_milliseconds(session.expires_at),
            ])?;
        if self.registration_total(session.registration_id)?.session_bytes > largest {
            self.connection
                .prepare_cached(
                    "DELETE FROM session WHERE handle IN (SELECT handle FROM session WHERE \
                     registration_id = ?1 ORDER BY created_at, handle LIMIT ?2)",
                )?
                .execute(params![session.registration_id, ENDED_TOGETHER])?;
        }
        Ok(())
    }

    /// Forgets nonces, sessions and waiting launches whose time is over; says how many rows went.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn forget_expired(&self, now: Timestamp) -> Result<usize, Error> {
        let now = [to_milliseconds(now)];
        let nonces =
            self.connection.execute("DELETE FROM spent_nonce WHERE expires_at < ?1", now)?;
        let sessions = self.connection.execute("DELETE FROM session WHERE expires_at < ?1", now)?;
        let pending =
            self.connection.execute("DELETE FROM pending_launch WHERE expires_at < ?1", now)?;
        Ok(nonces + sessions + pending)
    }
}
