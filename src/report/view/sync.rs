//! The synchronizations: what came of a run, and how they stand.

use schemars::JsonSchema;
use serde::Serialize;

use super::{rfc3339, short_time};
use crate::domain::StuckGrade;
use crate::report::table::{Column, Health, column};
use crate::report::{Style, Table, View};
use crate::sync::grades::GradeSummary;
use crate::sync::members::{HeldBack, MemberSummary};
use crate::sync::status::{PlatformStatus, SyncStatus};

/// What came of sending grades.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct GradeSyncView<'s>(pub &'s GradeSummary);

impl View for GradeSyncView<'_> {
    fn table(&self, style: Style) -> String {
        let summary = self.0;
        if summary.busy {
            return "Grades are being synchronized by another process at this moment; nothing was \
                done here."
                .to_owned();
        }
        if summary.dry_run {
            let mut table =
                Table::new(style, &["REGISTRATION", "RESOURCE", "LINK", "USER", "GRADE"]);
            for grade in &summary.planned {
                table.row(
                    &[
                        &grade.registration,
                        &grade.resource,
                        &grade.resource_link_id,
                        &grade.sub,
                        &grade.grade,
                    ],
                    None,
                );
            }
            return table.finish("Platforms have every grade; nothing would be sent.");
        }
        let (grades, wait) = (
            if summary.sent == 1 { "grade" } else { "grades" },
            if summary.waiting == 1 { "waits" } else { "wait" },
        );
        let mut text = format!(
            "{} {grades} sent, {} {wait}, {} refused.",
            summary.sent, summary.waiting, summary.refused
        );
        for problem in &summary.problems {
            text.push_str(&format!("\n{}: {}", problem.registration, problem.problem));
        }
        text.push_str(&left_alone(&summary.busy_registrations));
        text
    }
}

/// Which registrations were left to another process.
fn left_alone(registrations: &[String]) -> String {
    if registrations.is_empty() {
        String::new()
    } else {
        format!("\nLeft to another process that is at work there: {}.", registrations.join(", "))
    }
}

/// What came of taking members over.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct MemberSyncView<'s>(pub &'s MemberSummary);

impl View for MemberSyncView<'_> {
    fn table(&self, style: Style) -> String {
        let summary = self.0;
        if summary.busy {
            return "Members are being synchronized by another process at this moment; nothing was \
                done here.".to_owned();
        }
        let mut table = Table::new(
            style,
            &[
                "RESOURCE",
                "LISTED",
                "ACCOUNTS MADE",
                "ENROLLED",
                "OTHER ROLE",
                "UNENROLLED",
                "HELD BACK",
                "NO ACCOUNT",
                "KEPT OUT",
                "OVER LIMIT",
            ],
        );
        for resource in &summary.resources {
            let numbers = [
                resource.listed,
                resource.created,
                resource.enrolled,
                resource.changed,
                resource.unenrolled,
                resource.held_back,
                resource.without_account,
                resource.kept_out,
                resource.over_limit,
            ]
            .map(|number| number.to_string());
            let cells: Vec<&str> = std::iter::once(resource.resource.as_str())
                .chain(numbers.iter().map(String::as_str))
                .collect();
            table.row(&cells, None);
        }
        let mut text = table.finish(
            "No published resource with member synchronization has a link \
            whose platform lists members.",
        );
        if summary.dry_run && !summary.resources.is_empty() {
            text.push_str("\nNothing was changed: this is what would happen.");
        }
        for problem in summary.resources.iter().flat_map(|resource| &resource.problems) {
            text.push_str(&format!(
                "\n{}, link {}: {}",
                problem.registration, problem.resource_link_id, problem.problem
            ));
        }
        for resource in &summary.resources {
            for held in &resource.held_back_links {
                let HeldBack { registration, resource_link_id, missing, members } = held;
                text.push_str(&format!(
                    "\n{registration}, link {resource_link_id}: {missing} of \
                    {members} members are missing and were held back"
                ));
            }
        }
        text.push_str(&left_alone(&summary.busy_registrations));
        text
    }
}

/// Status of synchronization.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SyncStatusView {
    /// Whether grades are being synchronized now.
    pub grades_under_way: bool,
    /// Whether members are being synchronized now.
    pub members_under_way: bool,
    /// Every registration with a link that offers a service.
    pub platforms: Vec<PlatformStatus>,
    /// Every link with a service.
    pub links: Vec<LinkView>,
    /// Grades that were refused, or whose next attempt is due later.
    pub stuck: Vec<StuckGrade>,
}

/// How far a list of members has been read.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct UnfinishedListView {
    /// When its first page was requested.
    pub began_at: String,
    /// Pages read so far.
    pub pages: u32,
    /// Members on them.
    pub members: u32,
}

/// Status of a link.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct LinkView {
    /// Slug of the registration.
    pub registration: String,
    /// Slug of the resource.
    pub resource: String,
    /// Identifier of the link.
    pub resource_link_id: String,
    /// The course's title, or the link's.
    pub title: Option<String>,
    /// Grades that the platform has; null if it accepts none.
    pub grades_accepted: Option<u32>,
    /// Grades that are waiting to be sent.
    pub grades_waiting: Option<u32>,
    /// Grades that the platform refused.
    pub grades_refused: Option<u32>,
    /// Members in the latest list.
    pub members: Option<u32>,
    /// When that list was requested.
    pub members_at: Option<String>,
    /// What went wrong with it.
    pub members_problem: Option<String>,
    /// What to do.
    pub members_fix: Option<String>,
    /// How far the list has been read, if the next run continues there.
    pub members_unfinished: Option<UnfinishedListView>,
    #[serde(skip)]
    when: Option<String>,
}

const STUCK: &[Column<StuckGrade>] = &[
    column("REGISTRATION", |stuck| stuck.registration.clone()),
    column("RESOURCE", |stuck| stuck.resource.clone()),
    column("LINK", |stuck| stuck.resource_link_id.clone()),
    column("ACCOUNT", |stuck| stuck.account.clone()),
    column("TRIES", |stuck| stuck.tries.to_string()),
    column("NEXT TRY (UTC)", |stuck| {
        stuck.next_try_at.map_or_else(|| "with --retry".to_owned(), short_time)
    }),
    column("REASON", |stuck| stuck.trouble.problem.clone()),
    column("WHAT TO DO", |stuck| stuck.trouble.fix.clone()),
];

impl SyncStatusView {
    /// The view of a status.
    pub fn new(status: &SyncStatus) -> Self {
        let links = status.links.iter().map(|link| LinkView {
            registration: link.registration.clone(),
            resource: link.resource.clone(),
            resource_link_id: link.resource_link_id.clone(),
            title: link.title.clone(),
            grades_accepted: link.grades.map(|grades| grades.accepted),
            grades_waiting: link.grades.map(|grades| grades.waiting),
            grades_refused: link.grades.map(|grades| grades.refused),
            members: link.members.as_ref().map(|members| members.members),
            members_at: link.members.as_ref().map(|members| rfc3339(members.at)),
            members_problem: link
                .members
                .as_ref()
                .and_then(|members| members.trouble.as_ref())
                .map(|trouble| trouble.problem.clone()),
            members_fix: link
                .members
                .as_ref()
                .and_then(|members| members.trouble.as_ref())
                .map(|trouble| trouble.fix.clone()),
            members_unfinished: link.pass.as_ref().map(|pass| UnfinishedListView {
                began_at: rfc3339(pass.began_at),
                pages: pass.pages,
                members: pass.members,
            }),
            when: link.members.as_ref().map(|members| short_time(members.at)),
        });
        Self {
            grades_under_way: status.grades_under_way(),
            members_under_way: status.members_under_way(),
            platforms: status.platforms.clone(),
            links: links.collect(),
            stuck: status.stuck.clone(),
        }
    }
}

impl SyncStatusView {
    fn platform_table(&self, style: Style) -> String {
        let mut table = Table::new(
            style,
            &[
                "REGISTRATION",
                "GRADES WAITING",
                "REFUSED",
                "LISTS",
                "UNFINISHED",
                "WITH PROBLEM",
                "AT WORK",
            ],
        );
        for platform in &self.platforms {
            let numbers = [
                platform.grades_waiting,
                platform.grades_refused,
                platform.lists,
                platform.lists_unfinished,
                platform.lists_with_problem,
            ]
            .map(|number| number.to_string());
            let at_work = match (platform.grades_under_way, platform.members_under_way) {
                (true, true) => "grades, members",
                (true, false) => "grades",
                (false, true) => "members",
                (false, false) => "-",
            };
            let cells: Vec<&str> = std::iter::once(platform.registration.as_str())
                .chain(numbers.iter().map(String::as_str))
                .chain([at_work])
                .collect();
            table.row(
                &cells,
                (platform.lists_with_problem > 0 || platform.grades_refused > 0)
                    .then_some((5, Health::Bad)),
            );
        }
        table.finish("")
    }
}

impl View for SyncStatusView {
    fn table(&self, style: Style) -> String {
        let mut table = Table::new(
            style,
            &[
                "REGISTRATION",
                "RESOURCE",
                "LINK",
                "COURSE",
                "GRADES THERE",
                "WAITING",
                "REFUSED",
                "MEMBERS",
                "LISTED (UTC)",
            ],
        );
        let number = |number: Option<u32>| {
            number.map_or_else(|| "-".to_owned(), |number| number.to_string())
        };
        for link in &self.links {
            let (accepted, waiting, refused, members) = (
                number(link.grades_accepted),
                number(link.grades_waiting),
                number(link.grades_refused),
                number(link.members),
            );
            let is_bad = link.grades_refused.is_some_and(|refused| refused > 0)
                || link.members_problem.is_some();
            table.row(
                &[
                    &link.registration,
                    &link.resource,
                    &link.resource_link_id,
                    link.title.as_deref().unwrap_or("-"),
                    &accepted,
                    &waiting,
                    &refused,
                    &members,
                    link.when.as_deref().unwrap_or("never"),
                ],
                is_bad.then_some((6, Health::Bad)),
            );
        }
        let mut text = table.finish(
            "No link offers grades or members yet; platforms report them with the first launch.",
        );
        for link in self.links.iter().filter(|link| link.members_problem.is_some()) {
            let (problem, fix) = (
                link.members_problem.as_deref().unwrap_or_default(),
                link.members_fix.as_deref().unwrap_or_default(),
            );
            text.push_str(&format!(
                "\n\nMembers of link {} ({}): {problem}\n  What to do: {fix}",
                link.resource_link_id, link.registration
            ));
            if let Some(list) = &link.members_unfinished {
                text.push_str(&format!(
                    "\n  {} members on {} pages have been read since {}; the next run continues \
                     there.",
                    list.members, list.pages, list.began_at
                ));
            }
        }
        if self.platforms.len() > 1 {
            text.push_str(&format!("\n\nPlatforms\n{}", self.platform_table(style)));
        }
        if !self.stuck.is_empty() {
            text.push_str("\n\nStuck grades\n");
            text.push_str(&Table::of(style, STUCK, &self.stuck).finish(""));
        }
        if self.grades_under_way || self.members_under_way {
            let what: Vec<&str> =
                [(self.grades_under_way, "grades"), (self.members_under_way, "members")]
                    .into_iter()
                    .filter(|(is, _)| *is)
                    .map(|(_, what)| what)
                    .collect();
            let busy = self
                .platforms
                .iter()
                .filter(|platform| platform.grades_under_way || platform.members_under_way);
            let busy: Vec<&str> = busy.map(|platform| platform.registration.as_str()).collect();
            text.push_str(&format!(
                "\n\nAt this moment a process works at {} of {}.",
                what.join(" and "),
                busy.join(", ")
            ));
        }
        text
    }
}
