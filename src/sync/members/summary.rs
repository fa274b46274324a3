//! Outcome of a run.

use schemars::JsonSchema;
use serde::Serialize;

use super::page::Verdict;
use crate::domain::Slug;

/// Outcome of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct MemberSummary {
    /// Whether nothing was done because another process was synchronizing every platform.
    pub busy: bool,
    /// Slugs of registrations that another process was synchronizing.
    #[schemars(with = "Vec<String>")]
    pub busy_registrations: Vec<Slug>,
    /// Whether this was a dry run, which changes nothing.
    pub dry_run: bool,
    /// Each resource with member synchronization.
    pub resources: Vec<ResourceMembers>,
}

/// Outcome of a run for one resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ResourceMembers {
    /// Its slug.
    pub resource: Slug,
    /// Members that platforms list, each once for every link.
    pub listed: u64,
    /// Accounts that were created.
    pub created: u64,
    /// People who were enrolled.
    pub enrolled: u64,
    /// People whose role changed.
    pub changed: u64,
    /// People who were unenrolled.
    pub unenrolled: u64,
    /// Members without an account, if the resource does not create accounts automatically.
    pub without_account: u64,
    /// Members who do not meet the resource's enrolment rules.
    pub kept_out: u64,
    /// Members who got no account because the registration has reached its limit (`account_limit`).
    pub over_limit: u64,
    /// People who were not unenrolled because they are more than half of a link's members.
    pub held_back: u64,
    /// The links that they belong to.
    pub held_back_links: Vec<HeldBack>,
    /// Links whose members could not be read.
    pub problems: Vec<LinkProblem>,
}

/// A link with more than half of its members missing on the platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct HeldBack {
    /// Slug of the registration.
    pub registration: Slug,
    /// The link's identifier.
    pub resource_link_id: String,
    /// Number of missing members.
    pub missing: u32,
    /// Number of all members.
    pub members: u32,
}

/// A link whose members could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LinkProblem {
    /// Slug of the registration.
    pub registration: Slug,
    /// The link's identifier.
    pub resource_link_id: String,
    /// Stable code.
    pub code: String,
    /// Why, in a sentence.
    pub problem: String,
    /// How to fix it.
    pub fix: String,
}

impl ResourceMembers {
    /// Nothing so far.
    pub(super) fn none_of(resource: Slug) -> Self {
        Self {
            resource,
            listed: 0,
            created: 0,
            enrolled: 0,
            changed: 0,
            unenrolled: 0,
            without_account: 0,
            kept_out: 0,
            over_limit: 0,
            held_back: 0,
            held_back_links: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// Counts the result for a member.
    pub(super) fn count(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Enrol { .. } => self.enrolled += 1,
            Verdict::Create => {
                (self.created, self.enrolled) = (self.created + 1, self.enrolled + 1)
            }
            Verdict::WithoutAccount => self.without_account += 1,
            Verdict::NotAdmitted => self.kept_out += 1,
            Verdict::OverLimit => self.over_limit += 1,
            Verdict::Member { .. } | Verdict::Known | Verdict::Inactive => {}
        }
    }

    /// Adds the results of one platform's lists.
    pub(super) fn add(&mut self, other: Self) {
        self.listed += other.listed;
        self.created += other.created;
        self.enrolled += other.enrolled;
        self.without_account += other.without_account;
        self.kept_out += other.kept_out;
        self.over_limit += other.over_limit;
        self.problems.extend(other.problems);
    }
}
