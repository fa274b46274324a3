//! The people of a resource, in JSON.

use schemars::JsonSchema;
use serde::Serialize;

use crate::domain::{Resource, Slug, rfc3339};
use crate::lti::roles::Role;
use crate::session::app_members::{AppMember, MemberStatus, MembersPage};
use crate::token::launch_token::Account;

/// A page of the people who are enrolled in a resource.
#[derive(Serialize, JsonSchema)]
pub(super) struct MemberPage {
    /// Slug of the resource.
    resource: Slug,
    /// The people, in the order in which they were enrolled.
    members: Vec<Member>,
    /// The value of `after` that requests the next page; null on the last page.
    next: Option<String>,
}

impl MemberPage {
    pub(super) fn new(resource: Resource, page: MembersPage) -> Self {
        Self {
            resource: resource.slug,
            members: page.members.into_iter().map(Member::from).collect(),
            next: page.next.map(|position| position.to_string()),
        }
    }
}

/// A person who is enrolled in a resource.
#[derive(Serialize, JsonSchema)]
struct Member {
    /// The person's account on the tool.
    account: Account,
    /// The IDs of the person in launch tokens (`sub`), one for each platform from which they came
    /// to this resource.
    subs: Vec<String>,
    /// Given name.
    given_name: Option<String>,
    /// Family name.
    family_name: Option<String>,
    /// Email address, which is not verified.
    email: Option<String>,
    /// `staff` for people who teach, otherwise `learner`.
    role: Role,
    /// The role that the resource gives them, such as `teacher` or `student`.
    tool_role: String,
    /// Whether the person can use the resource now.
    status: Status,
    /// When they were enrolled.
    enrolled_at: String,
    /// When the enrolment ends; null if it has no end.
    ends_at: Option<String>,
    /// When they last opened the resource.
    last_access_at: Option<String>,
}

/// Whether a person can use a resource.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
enum Status {
    /// They can.
    Active,
    /// Their account was disabled.
    Disabled,
    /// Their enrolment has ended.
    Ended,
}

impl From<AppMember> for Member {
    fn from(member: AppMember) -> Self {
        let AppMember { account, enrolment, person_ids, status } = member;
        Self {
            account: Account {
                id: account.uuid,
                username: account.username,
                name: account.profile.name,
            },
            subs: person_ids,
            given_name: account.profile.given_name,
            family_name: account.profile.family_name,
            email: account.profile.email,
            role: if enrolment.teaches { Role::Staff } else { Role::Learner },
            tool_role: enrolment.role,
            status: match status {
                MemberStatus::Active => Status::Active,
                MemberStatus::Disabled => Status::Disabled,
                MemberStatus::Ended => Status::Ended,
            },
            enrolled_at: rfc3339(enrolment.created_at),
            ends_at: enrolment.ends_at.map(rfc3339),
            last_access_at: enrolment.last_access_at.map(rfc3339),
        }
    }
}
