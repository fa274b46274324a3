//! How far lists of members have been read, and which list is next.

use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, params};

use super::{Error, Read, Write, from_milliseconds, to_milliseconds};

/// A list of members that has been read in part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberPass {
    /// When the first page was requested.
    pub began_at: Timestamp,
    /// The URL of the first page.
    pub first_url: String,
    /// The URL of the next page.
    pub next_url: String,
    /// Pages read so far.
    pub pages: u32,
    /// Members on them.
    pub members: u32,
    /// Their size.
    pub bytes: u64,
}

/// A list of members that is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemberList {
    /// Key of the link.
    pub link_id: i64,
    /// Key of its registration.
    pub registration_id: i64,
    /// Key of its resource.
    pub resource_id: i64,
    /// Whether part of it has been read.
    pub is_unfinished: bool,
}

impl Read<'_> {
    /// The lists to read: of enabled registrations with platform details, of published resources
    /// with member synchronization. Those of one registration come together, the one that has
    /// waited longest first.
    pub fn member_lists(
        &self,
        resource_id: Option<i64>,
        registration_id: Option<i64>,
    ) -> Result<Vec<MemberList>, Error> {
        let mut statement = self.connection.prepare_cached(
            "SELECT link.id, deployment.registration_id, link.resource_id, member_pass.resource_link_id IS NOT NULL
             FROM resource_link AS link JOIN deployment ON deployment.id = link.deployment_id JOIN registration ON registration.id = deployment.registration_id
                 JOIN resource ON resource.id = link.resource_id
                 LEFT JOIN member_pass ON member_pass.resource_link_id = link.id LEFT JOIN member_sync ON member_sync.resource_link_id = link.id
             WHERE registration.enabled AND registration.issuer IS NOT NULL AND resource.published AND resource.member_sync <> 'off'
                 AND link.memberships_url IS NOT NULL AND (?1 IS NULL OR link.resource_id = ?1) AND (?2 IS NULL OR registration.id = ?2)
             ORDER BY deployment.registration_id, coalesce(member_sync.tried_at, member_sync.at, 0), link.id",
        )?;
        let list = |row: &rusqlite::Row<'_>| {
            Ok(MemberList {
                link_id: row.get(0)?,
                registration_id: row.get(1)?,
                resource_id: row.get(2)?,
                is_unfinished: row.get(3)?,
            })
        };
        Ok(statement
            .query_map(params![resource_id, registration_id], list)?
            .collect::<Result<_, _>>()?)
    }

    /// How far a link's list has been read; none if it has not been begun or has been read to its
    /// end.
    pub fn member_pass(&self, link_id: i64) -> Result<Option<MemberPass>, Error> {
        let mut statement = self.connection.prepare_cached(
            "SELECT began_at, first_url, next_url, pages, members, \
                bytes FROM member_pass WHERE resource_link_id = ?1",
        )?;
        let pass = |row: &rusqlite::Row<'_>| {
            Ok(MemberPass {
                began_at: from_milliseconds(row.get(0)?),
                first_url: row.get(1)?,
                next_url: row.get(2)?,
                pages: row.get(3)?,
                members: row.get(4)?,
                bytes: u64::try_from(row.get::<_, i64>(5)?).unwrap_or_default(),
            })
        };
        Ok(statement.query_row([link_id], pass).optional()?)
    }
}

impl Write<'_> {
    /// Stores how far a link's list has been read.
    pub fn put_member_pass(&self, link_id: i64, pass: &MemberPass) -> Result<(), Error> {
        self.connection
            .prepare_cached(
                "INSERT INTO member_pass (resource_link_id, began_at, first_url, next_url, pages, members, bytes) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                 ON CONFLICT (resource_link_id) DO UPDATE SET began_at = excluded.began_at, first_url = excluded.first_url, next_url = excluded.next_url,
                     pages = excluded.pages, members = excluded.members, bytes = excluded.bytes",
            )?
            .execute(params![
                link_id,
                to_milliseconds(pass.began_at),
                pass.first_url,
                pass.next_url,
                pass.pages,
                pass.members,
                i64::try_from(pass.bytes).unwrap_or(i64::MAX)
            ])?;
        Ok(())
    }

    /// Forgets how far a link's list has been read: it is complete, or the next run has to start
    /// with its first page.
    pub fn delete_member_pass(&self, link_id: i64) -> Result<(), Error> {
        self.connection
            .prepare_cached("DELETE FROM member_pass WHERE resource_link_id = ?1")?
            .execute([link_id])?;
        Ok(())
    }
}
