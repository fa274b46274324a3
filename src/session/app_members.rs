//! The people of a resource, for its app.

use jiff::Timestamp;

use crate::domain::{Account, AccountRef, Enrolment, Resource};
use crate::failure::Failure;
use crate::rules::account;
use crate::store::{Member, Read};
use crate::token::launch_token::person_id;

/// How many people a page may have.
pub const MAX_PEOPLE: u32 = 500;

/// How many people a page has by default.
pub const DEFAULT_PEOPLE: u32 = 100;

/// Which people are requested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MembersQuery {
    /// The only account to return, if it is enrolled.
    pub account: Option<AccountRef>,
    /// The end of the previous page; 0 for the first page.
    pub after: i64,
    /// The most people of the page.
    pub limit: u32,
}

impl Default for MembersQuery {
    fn default() -> Self {
        Self { account: None, after: 0, limit: DEFAULT_PEOPLE }
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
    query: &MembersQuery,
    now: Timestamp,
) -> Result<MembersPage, Failure> {
    let (rows, next) = match &query.account {
        Some(name) => {
            let account = account::known(read, name)?;
            let member = account.map(|account| read.member(account.id, resource.id)).transpose()?;
            (member.flatten().into_iter().collect(), None)
        }
        None => page(read, resource, query)?,
    };
    let members = rows
        .into_iter()
        .map(|member| app_member(read, resource, member, now))
        .collect::<Result<_, Failure>>()?;
    Ok(MembersPage { members, next })
}

/// The people of a page, and where the next one begins.
fn page(
    read: Read<'_>,
    resource: &Resource,
    query: &MembersQuery,
) -> Result<(Vec<Member>, Option<i64>), Failure> {
    let mut rows = read.members_after(resource.id, query.after, query.limit.saturating_add(1))?;
    let has_more = rows.len() > query.limit as usize;
    rows.truncate(query.limit as usize);
    let next = rows.last().map(|(position, _)| *position).filter(|_| has_more);
    Ok((rows.into_iter().map(|(_, member)| member).collect(), next))
}

fn app_member(
    read: Read<'_>,
    resource: &Resource,
    Member { account, enrolment }: Member,
    now: Timestamp,
) -> Result<AppMember, Failure> {
    let users = read.platform_users_at(account.id, resource.id)?;
    let person_ids =
        users.iter().map(|user| person_id(&user.issuer, &user.tenant, &user.sub)).collect();
    let status = match (account.enabled, enrolment.has_ended(now)) {
        (false, _) => MemberStatus::Disabled,
        (true, true) => MemberStatus::Ended,
        (true, false) => MemberStatus::Active,
    };
    Ok(AppMember { account, enrolment, person_ids, status })
}
