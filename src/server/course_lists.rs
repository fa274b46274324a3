//! The members, grades and links of a teacher's own course, as tables that fit a phone and stay
//! usable with a thousand people: a search and pages of fifty.

use askama::Template;
use axum::response::Response;
use jiff::Timestamp;

use super::form::{self, Parameters};
use super::page::PagePolicy;
use super::tabs::{TabPage, line};
use crate::domain::{ActivityProgress, Grade, GradingProgress, Resource, Score, Zone};
use crate::report::clean;
use crate::report::view::rfc3339;
use crate::session::overview::{GradeReturn, GradedMember, PeoplePage, PeopleQuery, grade_return};
use crate::store::{LinkUse, Member};

/// A list with more people has a search.
const SEARCHABLE: usize = 20;

/// Parses the query of a list's URL: `q` searches names, `page` is the page. A malformed query is
/// ignored.
pub(super) fn people_query(query: Option<&str>) -> PeopleQuery {
    let mut parameters = Parameters::new();
    if form::decode(query.unwrap_or_default().as_bytes(), &mut parameters).is_err() {
        return PeopleQuery::default();
    }
    let value = |name: &str| {
        parameters.iter().find(|(found, _)| found == name).map(|(_, value)| value.trim())
    };
    PeopleQuery {
        search: form::search_text(value("q").unwrap_or_default()),
        page: value("page").and_then(|page| page.parse::<usize>().ok()).unwrap_or(1).max(1),
    }
}

/// A page of a list, with links to the others.
struct ListPage<T> {
    page: PeoplePage<T>,
    search: String,
}

impl<T> ListPage<T> {
    fn new(page: PeoplePage<T>, query: &PeopleQuery) -> Self {
        Self { page, search: query.search.clone() }
    }

    fn is_searchable(&self) -> bool {
        self.page.total > SEARCHABLE || !self.search.is_empty()
    }

    /// The query of another page of the same search.
    fn query(&self, page: usize) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        if !self.search.is_empty() {
            query.append_pair("q", &self.search);
        }
        query.append_pair("page", &page.to_string()).finish()
    }

    fn before(&self) -> Option<String> {
        (self.page.page > 1).then(|| self.query(self.page.page - 1))
    }

    fn after(&self) -> Option<String> {
        (self.page.page < self.page.pages).then(|| self.query(self.page.page + 1))
    }
}

/// A time as text, and in RFC 3339 for `<time>`.
pub(super) struct Time {
    pub(super) text: String,
    iso: String,
}

impl Time {
    fn new(moment: Timestamp, zone: &Zone) -> Self {
        Self { text: zone.on_page(moment), iso: rfc3339(moment) }
    }
}

struct MemberRow {
    name: String,
    role: String,
    since: Time,
    ended: bool,
    last_access: Option<Time>,
}

#[derive(Template)]
#[template(path = "server-members.html")]
struct MembersPage<'a> {
    tab: &'a TabPage<'a>,
    list: ListPage<MemberRow>,
    nonce: &'a str,
}

/// The list of members.
pub(super) fn members(
    tab: &TabPage<'_>,
    members: PeoplePage<Member>,
    query: &PeopleQuery,
    now: Timestamp,
) -> Response {
    let rows = members.map(|Member { account, enrolment }| MemberRow {
        name: line(&account.display_name()),
        role: role(&enrolment.role),
        since: Time::new(enrolment.created_at, &tab.zone),
        ended: enrolment.has_ended(now),
        last_access: enrolment.last_access_at.map(|at| Time::new(at, &tab.zone)),
    });
    let list = ListPage::new(rows, query);
    let rules = PagePolicy::default();
    tab.page(&MembersPage { tab, list, nonce: &tab.nonce }, rules)
}

/// A role's name as a label.
fn role(name: &str) -> String {
    let mut letters = line(name).replace('-', " ");
    if let Some(first) = letters.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    letters
}

struct GradeRow {
    name: String,
    grade: Option<GradeCells>,
}

/// A grade in words.
pub(super) struct GradeCells {
    pub(super) score: String,
    pub(super) progress: String,
    pub(super) comment: Option<String>,
    pub(super) at: Time,
    pub(super) by: &'static str,
}

impl GradeCells {
    pub(super) fn new(grade: Grade, zone: &Zone) -> Self {
        Self {
            score: grade.score.map_or_else(
                || "Cleared".to_owned(),
                |score| format!("{} / {}", short(score), grade.maximum),
            ),
            progress: progress(grade.activity_progress, grade.grading_progress),
            comment: grade.comment.as_deref().map(|comment| clean(comment).into_owned()),
            at: Time::new(grade.at, zone),
            by: match grade.set_by.as_str() {
                "app" => "The app",
                "import" => "An import",
                _ => "The administrator",
            },
        }
    }
}

/// A score to the second decimal.
fn short(score: Score) -> f64 {
    (score.get() * 100.0).round() / 100.0
}

fn progress(activity: ActivityProgress, grading: GradingProgress) -> String {
    let activity = match activity {
        ActivityProgress::Initialized => "Not started",
        ActivityProgress::Started => "Started",
        ActivityProgress::InProgress => "In progress",
        ActivityProgress::Submitted => "Submitted",
        ActivityProgress::Completed => "Completed",
    };
    let grading = match grading {
        GradingProgress::FullyGraded => "",
        GradingProgress::Pending => ", grade not final",
        GradingProgress::PendingManual => ", waiting to be graded",
        GradingProgress::Failed => ", grading failed",
        GradingProgress::NotReady => ", not graded yet",
    };
    format!("{activity}{grading}")
}

#[derive(Template)]
#[template(path = "server-grades.html")]
struct GradesPage<'a> {
    tab: &'a TabPage<'a>,
    /// `None` if the resource has no grades.
    list: Option<ListPage<GradeRow>>,
    nonce: &'a str,
}

/// The list of grades; `None` if the resource has none.
pub(super) fn grades(
    tab: &TabPage<'_>,
    grades: Option<PeoplePage<GradedMember>>,
    query: &PeopleQuery,
) -> Response {
    let list = grades.map(|grades| {
        let rows = grades.map(|(member, grade)| GradeRow {
            name: line(&member.account.display_name()),
            grade: grade.map(|grade| GradeCells::new(grade, &tab.zone)),
        });
        ListPage::new(rows, query)
    });
    let rules = PagePolicy::default();
    tab.page(&GradesPage { tab, list, nonce: &tab.nonce }, rules)
}

struct LinkRow {
    title: String,
    course: Option<String>,
    people: u32,
    grades_sent: &'static str,
}

#[derive(Template)]
#[template(path = "server-links.html")]
struct LinksPage<'a> {
    tab: &'a TabPage<'a>,
    links: Vec<LinkRow>,
    nonce: &'a str,
}

/// The list of links.
pub(super) fn links(tab: &TabPage<'_>, resource: &Resource, links: Vec<LinkUse>) -> Response {
    let links = links.into_iter().map(|link| LinkRow {
        title: link
            .title
            .as_deref()
            .map_or_else(|| format!("Link {}", line(&link.resource_link_id)), line),
        course: link.context.as_deref().map(line),
        people: link.people,
        grades_sent: match grade_return(resource, &link) {
            GradeReturn::Yes => "Yes",
            GradeReturn::NoGrades => "No: the resource has no grades",
            GradeReturn::SyncIsOff => "No: synchronization is off",
            GradeReturn::NotSupported => "No: the learning platform accepts none for this link",
        },
    });
    tab.page(&LinksPage { tab, links: links.collect(), nonce: &tab.nonce }, PagePolicy::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn query_has_a_search_and_a_page() {
        for (query, search, page) in [
            (None, "", 1),
            (Some(""), "", 1),
            (Some("q=+Sam+S%C3%A9&page=3"), "Sam Sé", 3),
            (Some("page=0"), "", 1),
            (Some("page=-1"), "", 1),
            (Some("page=99999999999999999999999"), "", 1),
            (Some("q=%zz&page=2"), "", 0),
            (Some("q=a%1Bb"), "a\u{fffd}b", 1),
        ] {
            assert_eq!(
                people_query(query),
                PeopleQuery { search: search.to_owned(), page },
                "{query:?}"
            );
        }
        assert_eq!(
            people_query(Some(&format!("q={}", "é".repeat(200)))).search.chars().count(),
            form::MAX_SEARCH_CHARACTERS
        );
    }

    #[test]
    fn scores_and_roles_are_short() {
        for (score, expected) in [(10.0, "10"), (8.5, "8.5"), (2.0 / 3.0, "0.67"), (0.0, "0")] {
            assert_eq!(short(Score::new(score).unwrap()).to_string(), expected);
        }
        for (name, expected) in
            [("teacher", "Teacher"), ("course-creator", "Course creator"), ("", ""), ("é", "é")]
        {
            assert_eq!(role(name), expected);
        }
    }
}
