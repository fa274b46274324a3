//! How far member lists have been read, and which list is next.

use jiff::Timestamp;

use super::engine::ValueError;
use super::query::{Queries as _, Row, as_record, bind, once, select, sql};
use super::record::{Record as _, record};
use super::{Error, Read, Write};

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

record! {
    MemberPass in "member_pass" { began_at, first_url, next_url, pages, members, bytes }
}

/// A list of members that is to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberList {
    /// Key of the link.
    pub link_id: i64,
    /// Key of its registration.
    pub registration_id: i64,
    /// Key of its resource.
    pub resource_id: i64,
    /// The URL of its service.
    pub url: String,
    /// Whether part of it has been read.
    pub is_unfinished: bool,
}

/// Every link with what decides whether its list is read, and when.
const LISTS: &str = "SELECT link.id AS link_id, deployment.registration_id AS registration_id,
         link.resource_id AS resource_id, coalesce(link.memberships_url, '') AS url,
         member_pass.resource_link_id IS NOT NULL AS is_unfinished
     FROM resource_link AS link
         JOIN deployment ON deployment.id = link.deployment_id
         JOIN registration ON registration.id = deployment.registration_id
         JOIN resource ON resource.id = link.resource_id
         LEFT JOIN member_pass ON member_pass.resource_link_id = link.id
         LEFT JOIN member_sync ON member_sync.resource_link_id = link.id";

/// Whether the list of a link is read.
const IS_READ: &str = "registration.enabled
     AND (registration.issuer IS NOT NULL OR registration.protocol <> 'lti-1.3')
     AND resource.published AND resource.member_sync <> 'off' AND link.memberships_url IS NOT NULL";

/// The lists of one registration together, the one that has waited longest first.
const ORDER: &str = "ORDER BY deployment.registration_id,
     coalesce(member_sync.tried_at, member_sync.at, 0), link.id";

fn member_list(row: &Row<'_>) -> Result<MemberList, ValueError> {
    Ok(MemberList {
        link_id: row.get("link_id")?,
        registration_id: row.get("registration_id")?,
        resource_id: row.get("resource_id")?,
        url: row.get("url")?,
        is_unfinished: row.get("is_unfinished")?,
    })
}

impl Read<'_> {
    /// The lists to read: of enabled registrations that are no drafts, of published resources with
    /// member synchronization. Those of one registration come together, the one that has
    /// waited longest first.
    pub fn member_lists(
        &self,
        resource_id: Option<i64>,
        registration_id: Option<i64>,
    ) -> Result<Vec<MemberList>, Error> {
        match (resource_id, registration_id) {
            (None, None) => {
                self.connection.all(sql!("{LISTS} WHERE {IS_READ} {ORDER}"), bind! {}, member_list)
            }
            (None, Some(registration_id)) => self.connection.all(
                sql!(
                    "{LISTS} WHERE deployment.registration_id = :registration_id AND {IS_READ}
                     {ORDER}"
                ),
                bind! { registration_id },
                member_list,
            ),
            (Some(resource_id), _) => self.connection.all(
                sql!(
                    "{LISTS} WHERE link.resource_id = :resource_id AND {IS_READ}
                         AND (CAST(:registration_id AS BIGINT) IS NULL
                             OR registration.id = :registration_id)
                     {ORDER}"
                ),
                bind! { resource_id, registration_id },
                member_list,
            ),
        }
    }

    /// How far a link's list has been read; `None` if it has not been started or has been read to
    /// its end.
    pub fn member_pass(&self, link_id: i64) -> Result<Option<MemberPass>, Error> {
        self.connection.find(
            select!(MemberPass, "WHERE resource_link_id = :link_id"),
            bind! { link_id },
            as_record,
        )
    }
}

impl Write<'_> {
    /// Stores how far a link's list has been read.
    pub fn put_member_pass(&self, link_id: i64, pass: &MemberPass) -> Result<(), Error> {
        self.connection.change_with(
            once!(
                MemberPass::table().upsert(&[("resource_link_id", ":link_id")], "resource_link_id")
            ),
            pass,
            bind! { link_id },
        )?;
        Ok(())
    }

    /// Deletes the position in a link's list: it is complete, or the next run has to start with its
    /// first page.
    pub fn delete_member_pass(&self, link_id: i64) -> Result<(), Error> {
        self.connection.change(
            "DELETE FROM member_pass WHERE resource_link_id = :link_id",
            bind! { link_id },
        )?;
        Ok(())
    }
}
