//! The people of a resource, for its app.

use jiff::Timestamp;

use crate::domain::{Account, Enrolment, Resource};
use crate::store::{self, Member, Read};
use crate::token::launch_token::person_id;

/// How many people a page may have.
pub const MAX_PEOPLE: u32 = 500;

/// How many people a page has by default.
pub const DEFAULT_PEOPLE: u32 = 100;

/// Which people are requested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MembersQuery {
    /// The end of the previous page; 0 for the first page.
    pub after: i64,
    /// The most people of the page.
    pub limit: u32,
}

impl Default for MembersQuery {
    fn default() -> Self {
        Self { after: 0, limit: DEFAULT_PEOPLE }
    }
}

/// A person who is enrolled in a resource.
#[derive(Debug, Clone, PartialEq)]
pub struct AppMember {
    /// Their account.
    pub account: Account,
    /// Their enrolment.
    pub enrolment: Enrolment,
    /// The IDs of the person in launch tokens, one for each platform from which they came.
    pub person_ids: Vec<String>,
    /// Whether they can use the resource now.
    pub status: MemberStatus,
}

/// Whether a person can use a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberStatus {
    /// They can.
    Active,
    /// Their account was disabled.
    Disabled,
    /// Their enrolment has ended.
    Ended,
}

/// A page of people.
#[derive(Debug, Clone, PartialEq)]
pub struct MembersPage {
    /// The people, in the order in which they were enrolled.
    pub members: Vec<AppMember>,
    /// The end of the page; `None` if it is the last one.
    pub next: Option<i64>,
}

/// A page of the people who are enrolled in a resource, through any platform or by an admin.
pub fn members(
    read: Read<'_>,
    resource: &Resource,
    query: MembersQuery,
    now: Timestamp,
) -> Result<MembersPage, store::Error> {
    let mut rows = read.members_after(resource.id, query.after, query.limit.saturating_add(1))?;
    let has_more = rows.len() > query.limit as usize;
    rows.truncate(query.limit as usize);
    let next = rows.last().map(|(position, _)| *position).filter(|_| has_more);
    let members = rows
        .into_iter()
        .map(|(_, Member { account, enrolment })| {
            let users = read.platform_users_at(account.id, resource.id)?;
            let person_ids =
                users.iter().map(|user| person_id(&user.issuer, &user.tenant, &user.sub)).collect();
            let status = match (account.enabled, enrolment.has_ended(now)) {
                (false, _) => MemberStatus::Disabled,
                (true, true) => MemberStatus::Ended,
                (true, false) => MemberStatus::Active,
            };
            Ok(AppMember { account, enrolment, person_ids, status })
        })
        .collect::<Result<_, store::Error>>()?;
    Ok(MembersPage { members, next })
}
