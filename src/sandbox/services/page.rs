//! `GET /grades`: the grade book of a course, its members, and faults.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use axum::body::Bytes;
use axum::extract::{RawQuery, State as Shared};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};

use super::super::fields::{Fields, field, parse_fields};
use super::super::platform::{Platform, State};
use super::super::school::{Course, Role, User};
use super::super::web::{html, message, own_form};
use super::super::words::{UnknownWord, optional};
use super::endpoint::Endpoint;
use super::fault::{Fault, FaultKind};
use super::grade_book::GradeColumn;
use super::line_items::number;
use super::member::{Member, MemberStatus, Roster};

/// Number of members in a page.
const MEMBERS_ON_A_PAGE: usize = 50;

/// Number of latest calls in a page.
const CALLS_ON_A_PAGE: usize = 10;

/// An option of a list.
struct Entry {
    name: &'static str,
    label: &'static str,
    chosen: bool,
}

/// A column's heading.
struct Heading {
    label: String,
    maximum: String,
}

/// A person and their grades, in the order of the columns.
struct Row {
    id: String,
    name: String,
    role: &'static str,
    status: &'static str,
    active: bool,
    /// The word for the member in the launch form, if the teacher can review their work.
    reviewable: Option<&'static str>,
    cells: Vec<Cell>,
}

/// A grade.
struct Cell {
    score: String,
    comment: String,
}

/// A service call.
struct LoggedCall {
    time: String,
    call: String,
    outcome: String,
}

#[derive(Template)]
#[template(path = "sandbox-grades.html")]
struct Page {
    nonce: String,
    courses: Vec<Entry>,
    course: &'static str,
    title: &'static str,
    headings: Vec<Heading>,
    rows: Vec<Row>,
    count: usize,
    from: usize,
    next: Option<usize>,
    roles: Vec<Entry>,
    statuses: Vec<Entry>,
    faults: Vec<Entry>,
    endpoints: Vec<Entry>,
    waiting: Vec<&'static str>,
    calls: Vec<LoggedCall>,
    done: Option<&'static str>,
}

/// `GET /grades?course=…&from=…`
pub(in crate::sandbox) async fn show(
    Shared(platform): Shared<Arc<Platform>>,
    RawQuery(query): RawQuery,
) -> Response {
    let query = parse_fields(query.unwrap_or_default().as_bytes());
    let course = match course(&query) {
        Ok(course) => course,
        Err(why) => {
            return message(
                &platform,
                StatusCode::BAD_REQUEST,
                "This grade book cannot be shown",
                &[why],
            );
        }
    };
    let from = field(&query, "from").and_then(|from| from.parse().ok()).unwrap_or(0);
    let page = page(&platform, course, from, field(&query, "done"));
    html(&platform, StatusCode::OK, &page, &page.nonce, "; form-action 'self'")
}

fn page(platform: &Platform, course: Course, from: usize, done: Option<&str>) -> Page {
    let nonce = platform.fresh_identifier();
    let state = platform.state();
    let services = &state.services;
    let columns: Vec<&GradeColumn> = services.grade_book.columns(course).collect();
    let roster: &Roster = services.rosters.of(course);
    let (members, next) = roster.page(from, MEMBERS_ON_A_PAGE, |_| true);
    let log = services.log.latest(CALLS_ON_A_PAGE);
    let chosen = |chosen: bool, name, label| Entry { name, label, chosen };
    Page {
        nonce,
        courses: courses(&state)
            .map(|one| chosen(one == course, one.name(), one.description()))
            .collect(),
        course: course.name(),
        title: course.description(),
        headings: columns
            .iter()
            .map(|column| Heading {
                label: column.label.clone(),
                maximum: number(column.score_maximum).to_string(),
            })
            .collect(),
        rows: members.into_iter().map(|member| row(member, &columns)).collect(),
        count: roster.count(),
        from,
        next,
        roles: Role::ALL.iter().map(|one| chosen(false, one.name(), one.description())).collect(),
        statuses: MemberStatus::ALL
            .iter()
            .map(|one| chosen(false, one.name(), one.description()))
            .collect(),
        faults: FaultKind::ALL
            .iter()
            .map(|one| chosen(false, one.name(), one.description()))
            .collect(),
        endpoints: Endpoint::ALL
            .iter()
            .map(|one| chosen(false, one.name(), one.description()))
            .collect(),
        waiting: services.faults.pending().iter().map(|fault| fault.kind().description()).collect(),
        calls: log.into_iter().map(logged).collect(),
        done: match done {
            Some("added") => Some("The member was added."),
            Some("removed") => Some("The member was removed."),
            Some("changed") => Some("The member's status was changed."),
            Some("ordered") => Some("The fault was added."),
            Some("cancelled") => Some("All faults were cancelled."),
            _ => None,
        },
    }
}

fn row(member: Member, columns: &[&GradeColumn]) -> Row {
    let cell = |column: &&GradeColumn| match column.grades.get(&member.id) {
        None => Cell { score: String::new(), comment: String::new() },
        Some(grade) => Cell {
            score: grade
                .score
                .map(|score| number((score * 100.0).round() / 100.0).to_string())
                .unwrap_or_default(),
            comment: grade.comment.clone().unwrap_or_default(),
        },
    };
    Row {
        cells: columns.iter().map(cell).collect(),
        name: member.name().unwrap_or_else(|| "(no name)".to_owned()),
        role: member.role.description(),
        status: member.status.description(),
        active: member.status == MemberStatus::Active,
        reviewable: User::ALL
            .iter()
            .find(|user| user.person().id == member.id && user.usual_role() == Role::Student)
            .map(|user| user.name()),
        id: member.id,
    }
}

fn logged(call: super::ServiceCall) -> LoggedCall {
    let outcome = match (call.status, call.fault) {
        (Some(status), None) => status.to_string(),
        (Some(status), Some(fault)) => format!("{status}, injected fault: {}", fault.description()),
        (None, Some(fault)) => format!("no response, injected fault: {}", fault.description()),
        (None, None) => "in progress, or the tool has disconnected".to_owned(),
    };
    LoggedCall {
        time: call.at.strftime("%H:%M:%S").to_string(),
        call: format!("{} {}", call.method, call.path),
        outcome,
    }
}

fn courses(state: &State) -> impl Iterator<Item = Course> {
    let exists = |course: &Course| course.context().is_some() && state.copies.has(*course);
    Course::ALL.iter().copied().filter(exists)
}

/// One of the sandbox's words in a field; `None` if the field is empty.
fn word<T: FromStr<Err = UnknownWord>>(fields: &Fields, name: &str) -> Result<Option<T>, String> {
    optional(field(fields, name).unwrap_or_default())
        .map_err(|error: UnknownWord| error.to_string())
}

/// The course of a query or form; the first one by default.
fn course(fields: &Fields) -> Result<Course, String> {
    let course = word(fields, "course")?.unwrap_or(Course::Algebra);
    if course.context().is_some() {
        Ok(course)
    } else {
        Err("Only courses have grades and members.".to_owned())
    }
}

/// Handles a form of the page and redirects back to it.
fn take(
    platform: &Platform,
    headers: &HeaderMap,
    body: &Bytes,
    change: impl FnOnce(&Fields, Course) -> Result<&'static str, String>,
) -> Response {
    let refuse = |status, why: String| message(platform, status, "Nothing was changed", &[why]);
    let form = match own_form(&platform.issuer, headers, body) {
        Ok(form) => form,
        Err(why) => return refuse(StatusCode::FORBIDDEN, why.to_owned()),
    };
    match course(&form).and_then(|course| Ok((course, change(&form, course)?))) {
        Ok((course, done)) => {
            Redirect::to(&format!("/grades?course={course}&done={done}")).into_response()
        }
        Err(why) => refuse(StatusCode::BAD_REQUEST, why),
    }
}

/// `POST /grades/members`: adds, removes or changes a member.
pub(in crate::sandbox) async fn change_members(
    Shared(platform): Shared<Arc<Platform>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    take(&platform, &headers, &body, |form, course| {
        let mut state = platform.state();
        let roster = state.services.rosters.of_mut(course);
        if let Some(id) = field(form, "remove") {
            return if roster.remove(id) {
                Ok("removed")
            } else {
                Err(format!("No member of this course has the identifier {id}."))
            };
        }
        if let Some(id) = field(form, "toggle") {
            let member = roster
                .find(id)
                .ok_or_else(|| format!("No member of this course has the identifier {id}."))?;
            let status = if member.status == MemberStatus::Active {
                MemberStatus::Inactive
            } else {
                MemberStatus::Active
            };
            roster.set(Member { status, ..member });
            return Ok("changed");
        }
        roster.set(read_member(form)?);
        Ok("added")
    })
}

fn read_member(form: &Fields) -> Result<Member, String> {
    let text = |name: &str| {
        field(form, name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    };
    let id = text("id")
        .filter(|id| id.len() <= 255)
        .ok_or("A member needs an identifier of at most 255 characters.")?;
    Ok(Member {
        role: word(form, "role")?.unwrap_or(Role::Student),
        status: word(form, "status")?.unwrap_or(MemberStatus::Active),
        given_name: text("given_name"),
        family_name: text("family_name"),
        email: text("email"),
        ..Member::student(&id, "", "")
    })
}

/// `POST /grades/faults`: adds a fault, or cancels all.
pub(in crate::sandbox) async fn change_faults(
    Shared(platform): Shared<Arc<Platform>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    take(&platform, &headers, &body, |form, _| {
        if field(form, "cancel").is_some() {
            platform.state().services.faults.cancel();
            return Ok("cancelled");
        }
        let fault = read_fault(form)?;
        platform.state().services.faults.add(fault);
        Ok("ordered")
    })
}

fn read_fault(form: &Fields) -> Result<Fault, String> {
    let kind: FaultKind = field(form, "fault")
        .unwrap_or_default()
        .parse()
        .map_err(|error: UnknownWord| error.to_string())?;
    let whole = |name: &str| match field(form, name).map(str::parse::<u32>) {
        None => Ok(None),
        Some(Ok(number)) => Ok(Some(number)),
        Some(Err(_)) => Err(format!("{name} must be a whole number.")),
    };
    let mut fault = Fault::new(kind)
        .times(u64::from(whole("times")?.unwrap_or(1)))
        .after(u64::from(whole("after")?.unwrap_or(0)));
    if let Some(endpoint) = word(form, "endpoint")? {
        fault = fault.at(endpoint);
    }
    if let Some(seconds) = whole("wait")? {
        fault = fault.with_wait(Duration::from_secs(u64::from(seconds)));
    }
    Ok(fault)
}
