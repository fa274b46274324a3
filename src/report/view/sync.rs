//! Results and status of synchronization.

use schemars::JsonSchema;
use serde::Serialize;

use super::{localized, or_dash, rfc3339, short_time};
use crate::domain::{GradesWithoutColumn, Slug, StuckGrade};
use crate::failure::counted;
use crate::report::table::{Column, column, red_column, time_column};
use crate::report::{Style, Table, View};
use crate::sync::grades::GradeSummary;
use crate::sync::members::{HeldBack, MemberSummary, ResourceMembers};
use crate::sync::status::{LinkStatus, PlatformStatus, SyncStatus};

/// The result of sending grades.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct GradeSyncView<'s>(pub &'s GradeSummary);

impl GradeSyncView<'_> {
    /// How to see why grades were not sent, and how to send them now.
    fn stuck(&self) -> String {
        let GradeSummary { waiting, refused, dry_run, .. } = self.0;
        if waiting + refused == 0 {
            return String::new();
        }
        let numbers = if *dry_run {
            format!(
                "{} for another try, {refused} refused. ",
                counted(*waiting, "grade waits", "grades wait")
            )
        } else {
            String::new()
        };
        format!("\n{numbers}Why: ltictl sync status. To try again now: ltictl sync grades --retry")
    }
}

impl View for GradeSyncView<'_> {
    fn table(&self, style: Style) -> String {
        let summary = self.0;
        if summary.busy {
            return "Another process is synchronizing grades at the moment; nothing was \
                done here."
                .to_owned();
        }
        if summary.dry_run {
            let mut table =
                Table::new(style, &["REGISTRATION", "RESOURCE", "LINK", "USER", "GRADE"]);
            for grade in &summary.planned {
                table.row(
                    &[
                        grade.registration.as_str(),
                        grade.resource.as_str(),
                        &grade.resource_link_id,
                        &grade.sub,
                        &grade.grade,
                    ],
                    None,
                );
            }
            let stuck = summary.waiting + summary.refused;
            let mut text = table.finish(if stuck == 0 && summary.without_column.is_empty() {
                "Platforms have every grade; nothing would be sent."
            } else {
                "Nothing would be sent now."
            });
            text.push_str(&self.stuck());
            text.push_str(&without_column(&summary.without_column));
            return text;
        }
        let mut text = format!(
            "{} sent, {}, {} refused.",
            counted(summary.sent, "grade", "grades"),
            counted(summary.waiting, "waits", "wait"),
            summary.refused
        );
        for problem in &summary.problems {
            text.push_str(&format!("\n{}: {}", problem.registration, problem.problem));
        }
        if summary.problems.is_empty() {
            text.push_str(&self.stuck());
        }
        text.push_str(&without_column(&summary.without_column));
        text.push_str(&skipped(&summary.busy_registrations));
        text
    }
}

/// The grades that cannot be sent, a paragraph for each link.
fn without_column(links: &[GradesWithoutColumn]) -> String {
    links
        .iter()
        .map(|link| {
            let course =
                link.title.as_ref().map_or_else(String::new, |title| format!(" ({title})"));
            format!(
                "\n{} of {} cannot be sent through link {}{course} of {}: {}.\n  What to do: {}",
                counted(link.grades, "grade", "grades"),
                link.resource,
                link.resource_link_id,
                link.registration,
                link.problem(),
                link.fix()
            )
        })
        .collect()
}

/// The registrations that were skipped because of another process.
fn skipped(registrations: &[Slug]) -> String {
    if registrations.is_empty() {
        String::new()
    } else {
        format!(
            "\nSkipped, because another process is synchronizing them: {}.",
            registrations.iter().map(Slug::as_str).collect::<Vec<_>>().join(", ")
        )
    }
}

/// The result of synchronizing members.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct MemberSyncView<'s>(pub &'s MemberSummary);

const MEMBERS: &[Column<ResourceMembers>] = &[
    column("RESOURCE", |resource| resource.resource.to_string()),
    column("LISTED", |resource| resource.listed.to_string()),
    column("ACCOUNTS CREATED", |resource| resource.created.to_string()),
    column("ENROLLED", |resource| resource.enrolled.to_string()),
    column("ROLE CHANGED", |resource| resource.changed.to_string()),
    column("UNENROLLED", |resource| resource.unenrolled.to_string()),
    column("HELD BACK", |resource| resource.held_back.to_string()),
    column("NO ACCOUNT", |resource| resource.without_account.to_string()),
    column("KEPT OUT", |resource| resource.kept_out.to_string()),
    column("OVER LIMIT", |resource| resource.over_limit.to_string()),
];

impl View for MemberSyncView<'_> {
    fn table(&self, style: Style) -> String {
        let summary = self.0;
        if summary.busy {
            return "Another process is synchronizing members at the moment; nothing was \
                done here."
                .to_owned();
        }
        let mut text = Table::of(style, MEMBERS, &summary.resources).finish(
            "No published resource with member synchronization has a link whose platform lists \
             members.",
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
        for held in summary.resources.iter().flat_map(|resource| &resource.held_back_links) {
            let HeldBack { registration, resource_link_id, missing, members } = held;
            text.push_str(&format!(
                "\n{registration}, link {resource_link_id}: {missing} of {members} members are \
                 missing and were not unenrolled"
            ));
        }
        text.push_str(&skipped(&summary.busy_registrations));
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
    /// The registrations of these links, and those that are being synchronized.
    pub platforms: Vec<PlatformStatus>,
    /// The links with a service.
    pub links: Vec<LinkView>,
    /// Whether links are omitted, of more than 100, because their grades were sent and their lists
    /// of members read; `--all` adds them.
    pub omits_links: bool,
    /// Grades that were refused, or whose next attempt is due later.
    pub stuck: Vec<StuckGrade>,
    /// Grades that have no column in the platform's grade book, by link.
    pub without_column: Vec<GradesWithoutColumn>,
}

/// How much of a list of members has been read.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct UnfinishedListView {
    /// When its first page was requested.
    pub began_at: String,
    /// Pages read so far.
    pub pages: u32,
    /// Number of members on them.
    pub members: u32,
}

/// Status of a link.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct LinkView {
    /// The link.
    #[serde(flatten)]
    pub link: LinkStatus,
    /// Number of grades that the platform has, without cleared ones; null if it accepts none.
    pub grades_accepted: Option<u32>,
    /// Number of grades that are waiting to be sent.
    pub grades_waiting: Option<u32>,
    /// Number of grades that the platform refused.
    pub grades_refused: Option<u32>,
    /// Number of members in the latest list.
    pub members: Option<u32>,
    /// When that list was requested.
    pub members_at: Option<String>,
    /// The problem with it.
    pub members_problem: Option<String>,
    /// What to do.
    pub members_fix: Option<String>,
    /// How much of the list has been read, if the next run continues it.
    pub members_unfinished: Option<UnfinishedListView>,
}

const STUCK: &[Column<StuckGrade>] = &[
    column("REGISTRATION", |stuck| stuck.registration.to_string()),
    column("RESOURCE", |stuck| stuck.resource.to_string()),
    column("LINK", |stuck| stuck.resource_link_id.clone()),
    column("ACCOUNT", |stuck| stuck.account.to_string()),
    column("TRIES", |stuck| stuck.tries.to_string()),
    time_column("NEXT TRY", |stuck| {
        stuck.next_try_at.map_or_else(|| "with --retry".to_owned(), short_time)
    }),
    column("REASON", |stuck| stuck.problem.problem.clone()),
    column("WHAT TO DO", |stuck| stuck.problem.fix.clone()),
];

impl SyncStatusView {
    /// The view of a status.
    pub fn new(status: &SyncStatus) -> Self {
        Self {
            grades_under_way: status.grades_under_way(),
            members_under_way: status.members_under_way(),
            platforms: status.platforms.clone(),
            links: status.links.iter().cloned().map(LinkView::from).collect(),
            omits_links: status.omits_links,
            stuck: status.stuck.clone(),
            without_column: status.without_column.clone(),
        }
    }
}

impl From<LinkStatus> for LinkView {
    fn from(link: LinkStatus) -> Self {
        let (grades, members) = (link.grades, link.members.as_ref());
        let problem = members.and_then(|members| members.problem.as_ref());
        Self {
            grades_accepted: grades.map(|grades| grades.accepted),
            grades_waiting: grades.map(|grades| grades.waiting),
            grades_refused: grades.map(|grades| grades.refused),
            members: members.map(|members| members.members),
            members_at: members.map(|members| rfc3339(members.at)),
            members_problem: problem.map(|problem| problem.problem.clone()),
            members_fix: problem.map(|problem| problem.fix.clone()),
            members_unfinished: link.pass.as_ref().map(|pass| UnfinishedListView {
                began_at: rfc3339(pass.began_at),
                pages: pass.pages,
                members: pass.members,
            }),
            link,
        }
    }
}

const PLATFORMS: &[Column<PlatformStatus>] = &[
    column("REGISTRATION", |platform| platform.registration.to_string()),
    column("GRADES WAITING", |platform| platform.grades_waiting.to_string()),
    column("REFUSED", |platform| platform.grades_refused.to_string()),
    column("LISTS", |platform| platform.lists.to_string()),
    column("UNFINISHED", |platform| platform.lists_unfinished.to_string()),
    red_column(
        "WITH PROBLEM",
        |platform| platform.lists_with_problem.to_string(),
        |platform| platform.lists_with_problem > 0 || platform.grades_refused > 0,
    ),
    column("IN PROGRESS", |platform| {
        match (platform.grades_under_way, platform.members_under_way) {
            (true, true) => "grades, members",
            (true, false) => "grades",
            (false, true) => "members",
            (false, false) => "-",
        }
        .to_owned()
    }),
];

const LINKS: &[Column<LinkView>] = &[
    column("REGISTRATION", |view| view.link.registration.to_string()),
    column("RESOURCE", |view| view.link.resource.to_string()),
    column("LINK", |view| view.link.resource_link_id.clone()),
    column("COURSE", |view| or_dash(view.link.title.as_ref())),
    column("GRADES SENT", |view| or_dash(view.grades_accepted)),
    column("WAITING", |view| or_dash(view.grades_waiting)),
    red_column(
        "REFUSED",
        |view| or_dash(view.grades_refused),
        |view| {
            view.grades_refused.is_some_and(|refused| refused > 0) || view.members_problem.is_some()
        },
    ),
    column("MEMBERS", |view| or_dash(view.members)),
    time_column("LISTED", |view| {
        let members = view.link.members.as_ref();
        members.map_or_else(|| "never".to_owned(), |members| short_time(members.at))
    }),
];

impl LinkView {
    /// Why members were not synchronized, and how much of their list has been read.
    fn problem(&self) -> Option<String> {
        let problem = self.members_problem.as_deref()?;
        let mut text = format!(
            "Members of link {} ({}): {problem}\n  What to do: {}",
            self.link.resource_link_id,
            self.link.registration,
            self.members_fix.as_deref().unwrap_or_default()
        );
        if let Some(list) = &self.members_unfinished {
            text.push_str(&format!(
                "\n  {} members on {} pages have been read since {}; the next run continues there.",
                list.members,
                list.pages,
                localized(&list.began_at)
            ));
        }
        Some(text)
    }
}

impl SyncStatusView {
    /// What is being synchronized now.
    fn under_way(&self) -> Option<String> {
        let what: Vec<&str> =
            [(self.grades_under_way, "grades"), (self.members_under_way, "members")]
                .into_iter()
                .filter(|(is_under_way, _)| *is_under_way)
                .map(|(_, what)| what)
                .collect();
        let platforms: Vec<&str> = self
            .platforms
            .iter()
            .filter(|platform| platform.grades_under_way || platform.members_under_way)
            .map(|platform| platform.registration.as_str())
            .collect();
        (!what.is_empty()).then(|| {
            format!(
                "A process is synchronizing {} of {} at the moment.",
                what.join(" and "),
                platforms.join(", ")
            )
        })
    }
}

impl View for SyncStatusView {
    fn table(&self, style: Style) -> String {
        let has_all = self.omits_links && self.without_column.is_empty();
        let mut parts = vec![Table::of(style, LINKS, &self.links).finish(if has_all {
            "All grades have been sent, and all lists of members were read completely."
        } else if self.omits_links {
            "No grade can be sent now, and all lists of members were read completely."
        } else {
            "No link offers grades or members yet; platforms report them with the first launch."
        })];
        if self.omits_links {
            parts.push(
                "Links with nothing to report are omitted; to list them: ltictl sync status --all"
                    .to_owned(),
            );
        }
        parts.extend(self.links.iter().filter_map(LinkView::problem));
        if !self.without_column.is_empty() {
            parts.push(without_column(&self.without_column).trim_start().to_owned());
        }
        if self.platforms.len() > 1 {
            let table = Table::of(style, PLATFORMS, &self.platforms).finish("");
            parts.push(format!("Platforms\n{table}"));
        }
        if !self.stuck.is_empty() {
            let table = Table::of(style, STUCK, &self.stuck).finish("");
            parts.push(format!("Stuck grades\n{table}"));
        }
        parts.extend(self.under_way());
        parts.join("\n\n")
    }
}
