//! What came of a run.

use schemars::JsonSchema;
use serde::Serialize;

use super::page::Verdict;

/// What came of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct MemberSummary {
    /// Whether nothing was done because another process was synchronizing every platform.
    pub busy: bool,
    /// Slugs of registrations that another process was synchronizing.
    pub busy_registrations: Vec<String>,
    /// Whether nothing was changed because only the plan was asked for.
    pub dry_run: bool,
    /// Each resource with member synchronization.
    pub resources: Vec<ResourceMembers>,
}

/// What came of a run at one resource.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ResourceMembers {
    /// Its slug.
    pub resource: String,
    /// Members that platforms list, each once for every link.
    pub listed: u64,
    /// Accounts that were made.
    pub created: u64,
    /// People who were enrolled.
    pub enrolled: u64,
    /// People who got another role.
    pub changed: u64,
    /// People who were unenrolled.
    pub unenrolled: u64,
    /// Members without an account, where the resource makes none by itself.
    pub without_account: u64,
    /// Members whom the resource's enrolment rules keep out.
    pub kept_out: u64,
    /// Members without an account who got none because the registration has as many as it may
    /// (`account_limit`).
    pub over_limit: u64,
    /// People who would have been unenrolled, and were not because they are more than half of a
    /// link's.
    pub held_back: u64,
    /// The links whose people they are.
    pub held_back_links: Vec<HeldBack>,
    /// Links whose members could not be read.
    pub problems: Vec<LinkProblem>,
}

/// A link of whose people more than half are missing on the platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct HeldBack {
    /// Slug of the registration.
    pub registration: String,
    /// The link's identifier.
    pub resource_link_id: String,
    /// How many are missing.
    pub missing: u32,
    /// Of how many.
    pub members: u32,
}

/// A link whose members could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LinkProblem {
    /// Slug of the registration.
    pub registration: String,
    /// The link's identifier.
    pub resource_link_id: String,
    /// A stable word.
    pub code: String,
    /// Why, in a sentence.
    pub problem: String,
    /// What to do about it.
    pub fix: String,
}

impl ResourceMembers {
    /// Counts what became of a member.
    pub(super) fn count(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Enrol { .. } => self.enrolled += 1,
            Verdict::Create => {
                (self.created, self.enrolled) = (self.created + 1, self.enrolled + 1)
            }
            Verdict::WithoutAccount => self.without_account += 1,
            Verdict::KeptOut => self.kept_out += 1,
            Verdict::OverLimit => self.over_limit += 1,
            Verdict::Member { .. } | Verdict::Known | Verdict::Gone => {}
        }
    }

    /// Adds what one platform's lists came to.
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
