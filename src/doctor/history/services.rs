//! Checks based on launches: whether grades and members are possible, whether teachers launch, and
//! whether platforms fetch the keyset.

use crate::doctor::{Check, Findings, labels};
use crate::domain::{Counted, Product, Registration, TotalWithoutColumn};
use crate::failure::{Failure, counted, shell_word};
use crate::lms::Purpose;
use crate::store::{
    LaunchesByRole, LinkServiceCounts, Read, RegistrationFacts, StuckGrades, TallyFilter,
    TallyOwner,
};

/// Minimum number of launches from which a lack of teachers is conspicuous.
const MIN_LAUNCHES: u32 = 20;
/// Clients that fetch the keyset and are no platforms.
const NO_PLATFORMS: [&str; 3] = ["ltictl", "browser", "curl"];

/// Which platforms' clients have fetched the tool's keyset, and how often.
pub(super) fn keyset_clients(read: Read<'_>) -> Result<Vec<(String, u64)>, Failure> {
    let fetched = read.tallies_by_detail(&TallyFilter {
        what: Counted::KeysetFetched,
        owner: TallyOwner::NoRegistration,
        since: jiff::Timestamp::UNIX_EPOCH,
    })?;
    Ok(fetched
        .into_iter()
        .filter(|tally| !NO_PLATFORMS.contains(&tally.detail.as_str()))
        .map(|tally| (tally.detail, tally.count))
        .collect())
}

pub(super) fn examine(
    findings: &mut Findings,
    registration: &Registration,
    keyset_clients: &[(String, u64)],
    facts: &RegistrationFacts,
    launches: LaunchesByRole,
) {
    let links = facts.links;
    services(findings, registration, links);
    stuck(findings, &facts.stuck_grades);
    teachers(findings, registration, launches);
    keyset(findings, registration, keyset_clients, launches, links);
}

/// Whether the services that the resources need were ever offered.
fn services(findings: &mut Findings, registration: &Registration, links: LinkServiceCounts) {
    for (check, what, purpose, wanted, possible) in [
        (
            Check::GradeService,
            "accept grades from",
            Purpose::Grades,
            links.grades_wanted,
            links.grades_possible,
        ),
        (
            Check::MemberService,
            "list the members of a course for",
            Purpose::Members,
            links.members_wanted,
            links.members_possible,
        ),
    ] {
        let evidence = format!(
            "{} that need it, {possible} that may use it",
            counted(wanted, "link", "links")
        );
        match (wanted, possible) {
            (0, _) => findings.skip(
                check,
                "No launched link of this platform leads to a resource that needs it.",
            ),
            (_, 0) => findings
                .warn(
                    check,
                    format!("The platform has never offered to {what} this tool."),
                    format!("{}; then launch a link again", labels::field(registration, purpose)),
                )
                .seen(evidence),
            _ => findings
                .ok(check, format!("The platform offers to {what} this tool."))
                .seen(evidence),
        };
    }
}

fn stuck(findings: &mut Findings, stuck: &[StuckGrades]) {
    const CHECK: Check = Check::StuckGrades;
    let Some(most) = stuck.first() else {
        findings.ok(CHECK, "No grades are waiting because of errors.");
        return;
    };
    let all: u64 = stuck.iter().map(|stuck| u64::from(stuck.count)).sum();
    let numbers = stuck
        .iter()
        .map(|stuck| format!("{} {}", stuck.code, stuck.count))
        .collect::<Vec<_>>()
        .join(", ");
    findings
        .warn(
            CHECK,
            format!(
                "{} and could not be sent to the platform.",
                counted(all, "grade is stuck", "grades are stuck")
            ),
            format!("{} (ltictl sync status)", most.fix),
        )
        .seen(format!("{numbers}; {}; `ltictl explain {}`", most.problem, shell_word(&most.code)));
}

/// Whether grades cannot be sent because the platform has no column for them.
pub(super) fn columns(findings: &mut Findings, total: Option<&TotalWithoutColumn>) {
    const CHECK: Check = Check::GradeColumns;
    let Some(TotalWithoutColumn { links, grades, most }) = total else {
        findings.ok(CHECK, "No grade lacks a column in the platform's grade book.");
        return;
    };
    findings
        .warn(
            CHECK,
            format!("{} cannot be sent: {}.", counted(*grades, "grade", "grades"), most.problem()),
            format!("{} (ltictl sync status)", most.fix()),
        )
        .seen(format!(
            "{}; most of them are {} through link {}",
            counted(*links, "link", "links"),
            most.resource,
            most.resource_link_id
        ));
}

fn teachers(findings: &mut Findings, registration: &Registration, launches: LaunchesByRole) {
    const CHECK: Check = Check::Teachers;
    let evidence = format!(
        "{} of {} by teachers or administrators",
        launches.teaching,
        counted(launches.all, "launch", "launches")
    );
    if launches.teaching > 0 {
        findings.ok(CHECK, "Teachers are recognized.").seen(evidence);
    } else if launches.all >= MIN_LAUNCHES {
        findings
            .warn(
                CHECK,
                "No teacher has launched so far: the platform may not send roles, or sends others \
                 than those of LTI.",
                format!(
                    "{}; then launch as a teacher of a course; if its teachers have another role \
                     of LTI: ltictl platform set {} --staff-roles LIST",
                    labels::field(registration, Purpose::Roles),
                    registration.slug
                ),
            )
            .seen(evidence);
    } else {
        findings
            .skip(CHECK, "There are too few launches to determine whether teachers are recognized.")
            .seen(evidence);
    }
}

/// Whether any client that may be this platform has fetched the keyset. A platform does so when it
/// first verifies a signature of the tool.
fn keyset(
    findings: &mut Findings,
    registration: &Registration,
    fetched: &[(String, u64)],
    launches: LaunchesByRole,
    links: LinkServiceCounts,
) {
    const CHECK: Check = Check::KeysetFetched;
    let product = registration.product.as_ref().map(Product::as_str).unwrap_or_default();
    let is_known = labels::lms(registration).is_some();
    // Canvas has several names in our list.
    let is_this = |word: &str| product.starts_with(word);
    let may_be = |word: &str| is_this(word) || !is_known || crate::lms::find(word).is_none();
    let candidates: Vec<String> = fetched
        .iter()
        .filter(|(word, _)| may_be(word))
        .map(|(word, count)| format!("{word} {count}"))
        .collect();
    let needs_it =
        launches.selecting > 0 || links.grades_possible > 0 || links.members_possible > 0;
    if !candidates.is_empty() {
        findings
            .ok(CHECK, "Platforms have fetched this tool's keyset.")
            .seen(candidates.join(", "));
    } else if needs_it {
        findings
            .warn(
                CHECK,
                "The platform has not fetched this tool's keyset: it will reject grades, members \
                 and deep links.",
                format!(
                    "{}: the JWKS URL that `ltictl registration tool-details {}` prints; the \
                     platform's server must reach it",
                    labels::field(registration, Purpose::Keyset)
                        .split(':')
                        .next()
                        .unwrap_or_default(),
                    registration.slug
                ),
            )
            .seen("no fetches that may be from this platform");
    } else {
        findings.skip(CHECK, "The platform has not needed this tool's keyset yet.");
    }
}
