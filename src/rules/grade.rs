//! Grades that the admin, an import or the app behind a resource sets.

use jiff::Timestamp;

use crate::domain::{
    self, Account, ActivityProgress, Grade, GradeScope, GradingProgress, Invalid, MaxGrade,
    Resource, Score, Session, Submission, check_printable, trimmed,
};
use crate::failure::{Failure, Kind, counted};
use crate::lti::line_item;
use crate::store::{self, GradeCourse, Read, Write};

/// Tag of the line items that the tool creates.
pub const LINE_ITEM_TAG: &str = "grade";

impl From<domain::SubmissionPeriod> for line_item::SubmissionPeriod {
    fn from(period: domain::SubmissionPeriod) -> Self {
        Self { start_date_time: period.opens, end_date_time: period.closes }
    }
}

/// Maximum length of a comment, in characters.
pub const MAX_COMMENT_CHARACTERS: usize = 2000;

/// A grade to store. Values that are `None` take their defaults.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NewGrade {
    /// The score; `None` clears the grade.
    pub score: Option<Score>,
    /// The maximum score; by default the resource's maximum grade.
    pub maximum: Option<MaxGrade>,
    /// Activity progress; `Completed` by default.
    pub activity_progress: Option<ActivityProgress>,
    /// Grading progress; `FullyGraded` by default.
    pub grading_progress: Option<GradingProgress>,
    /// Feedback comment, as plain text.
    pub comment: Option<String>,
    /// When the work was started and submitted. `None` keeps the stored times, as far as the
    /// activity progress allows: a later score, such as a teacher's, is for the same work.
    pub submission: Option<Submission>,
}

/// A grade that was checked and compared with the stored one.
#[derive(Debug, Clone, PartialEq)]
pub struct PreparedGrade {
    /// The grade as it will be stored; the stored one if it is the same.
    pub grade: Grade,
    is_new: bool,
}

impl PreparedGrade {
    /// Stores the grade, replacing any existing one. If it is the same, nothing changes, not even
    /// its time.
    pub fn store(self, write: &Write<'_>) -> Result<Grade, store::Error> {
        if self.is_new {
            write.put_grade(&self.grade)?;
        }
        Ok(self.grade)
    }
}

/// Stores a grade as in [`prepare`] and [`PreparedGrade::store`].
///
/// # Errors
///
/// As for [`prepare`].
pub fn record(
    write: &Write<'_>,
    resource: &Resource,
    account: &Account,
    course: Option<i64>,
    new: &NewGrade,
    set_by: &str,
    now: Timestamp,
) -> Result<Grade, Failure> {
    Ok(prepare(**write, resource, account, course, new, set_by, now)?.store(write)?)
}

/// The course of an account's grade; `None` if the resource has one grade for each account, or the
/// account has opened it in no course. `named` is a course as its platform's ID, with or without
/// the registration's slug in front (`test-platform/2`); by default, it is the only one from which
/// the account has opened the resource.
///
/// # Errors
///
/// If the resource has no grades by course but one is named, no or several courses have this ID, or
/// none is named and there are several.
pub fn course_for(
    read: Read<'_>,
    resource: &Resource,
    account: &Account,
    named: Option<&str>,
) -> Result<Option<GradeCourse>, Failure> {
    match (resource.grade_scope, named) {
        (GradeScope::Resource, None) => Ok(None),
        (GradeScope::Resource, Some(_)) => Err(Failure::new(
            Kind::Conflict,
            format!("the grades of {} do not belong to courses", resource.slug),
            "each account has one grade, regardless of the course",
            format!("ltictl resource update {} --grade-scope course", resource.slug),
        )),
        (GradeScope::Course, Some(named)) => course_named(read, resource, account, named).map(Some),
        (GradeScope::Course, None) => {
            let mut courses = read.grade_courses(resource.id, Some(account.id), (None, None))?;
            match courses.len() {
                0 | 1 => Ok(courses.pop()),
                _ => Err(several_courses(resource, &courses)),
            }
        }
    }
}

/// The course with this name: its registration and ID, or the ID alone. Courses from which the account
/// has opened the resource come first, so that a platform cannot take the name of another one's.
fn course_named(
    read: Read<'_>,
    resource: &Resource,
    account: &Account,
    named: &str,
) -> Result<GradeCourse, Failure> {
    let mut courses = Vec::new();
    for account_id in [Some(account.id), None] {
        if let Some((registration, id)) = named.split_once('/') {
            courses =
                read.grade_courses(resource.id, account_id, (Some(registration), Some(id)))?;
        }
        if courses.is_empty() {
            courses = read.grade_courses(resource.id, account_id, (None, Some(named)))?;
        }
        if !courses.is_empty() {
            break;
        }
    }
    match courses.len() {
        1 => Ok(courses.remove(0)),
        0 => Err(Failure::new(
            Kind::NotFound,
            format!("no course {named:?} at {}", resource.slug),
            "no launch has opened the resource from a course with this ID",
            "ltictl context list",
        )),
        _ => Err(several_courses(resource, &courses)),
    }
}

fn several_courses(resource: &Resource, courses: &[GradeCourse]) -> Failure {
    let names: Vec<String> = courses.iter().map(GradeCourse::to_string).collect();
    Failure::new(
        Kind::Conflict,
        format!("{} has grades in several courses", resource.slug),
        format!("name one of the courses: {}", names.join(", ")),
        "ltictl context list",
    )
}

/// The course to which the grades of a session's resource belong.
pub fn course_of_session(
    read: Read<'_>,
    resource: &Resource,
    session: &Session,
) -> Result<Option<GradeCourse>, store::Error> {
    match resource.grade_scope {
        GradeScope::Resource => Ok(None),
        GradeScope::Course => read.course_of(session.registration_id, &session.details),
    }
}

/// Stores a changed resource, and its grades according to their new scope: to `course`, each
/// account's grade is kept in each course from which the account has opened the resource; to
/// `resource`, the newest one of each account.
///
/// # Errors
///
/// If grades would be lost that `may_drop` does not permit.
pub fn store_with_scope(
    write: &Write<'_>,
    before: &Resource,
    after: &Resource,
    may_drop: bool,
    now: Timestamp,
) -> Result<(), Failure> {
    let changed = before.grade_scope != after.grade_scope;
    if changed && after.grade_scope == GradeScope::Resource && !may_drop {
        let number = write.droppable_grades(before.id)?;
        if number > 0 {
            return Err(Failure::new(
                Kind::Conflict,
                format!(
                    "{} of {} would be dropped",
                    counted(number, "grade", "grades"),
                    before.slug
                ),
                "each account keeps only its newest grade if grades belong to the resource",
                format!(
                    "ltictl resource update {} --grade-scope resource --drop-grades",
                    before.slug
                ),
            ));
        }
    }
    write.update_resource(after, now)?;
    match after.grade_scope {
        _ if !changed => {}
        GradeScope::Course => write.split_grades_by_course(before.id)?,
        GradeScope::Resource => write.join_grades_of_courses(before.id)?,
    }
    Ok(())
}

/// Checks a grade, and compares it with the stored one. `set_by` is `cli`, `import` or `app`.
///
/// # Errors
///
/// If the resource has no grades, the score is above the maximum and the resource does not allow
/// extra credit, the comment is too long or has control characters, or the times of the submission
/// cannot be true.
pub fn prepare(
    read: Read<'_>,
    resource: &Resource,
    account: &Account,
    course: Option<i64>,
    new: &NewGrade,
    set_by: &str,
    now: Timestamp,
) -> Result<PreparedGrade, Failure> {
    let Some(maximum) = new.maximum.or(resource.max_grade).filter(|_| resource.max_grade.is_some())
    else {
        return Err(Failure::new(
            Kind::Conflict,
            format!("{} has no grades", resource.slug),
            "it has no maximum grade",
            format!("ltictl resource update {} --max-grade 10", resource.slug),
        ));
    };
    check_score(resource, new.score, maximum)?;
    let before = read.grade(account.id, resource.id, course)?;
    let activity_progress = new.activity_progress.unwrap_or(ActivityProgress::Completed);
    let submission = match new.submission {
        Some(times) => {
            times.check(now)?;
            times
        }
        None => before
            .as_ref()
            .map(|before| before.submission.at_progress(activity_progress))
            .unwrap_or_default(),
    };
    let grade = Grade {
        account_id: account.id,
        resource_id: resource.id,
        context_id: course,
        score: new.score,
        maximum,
        activity_progress,
        grading_progress: new.grading_progress.unwrap_or(GradingProgress::FullyGraded),
        comment: new.comment.as_deref().map(checked_comment).transpose()?.flatten(),
        submission,
        set_by: set_by.to_owned(),
        at: now,
    };
    Ok(match before {
        Some(before)
            if (Grade { at: before.at, set_by: before.set_by.clone(), ..grade.clone() })
                == before =>
        {
            PreparedGrade { grade: before, is_new: false }
        }
        _ => PreparedGrade { grade, is_new: true },
    })
}

/// The rule for scores above the maximum, regardless of who sends them: platforms accept them
/// (Assignment and Grade Services 2.0, 3.4.4), so only the resource's setting decides.
fn check_score(
    resource: &Resource,
    score: Option<Score>,
    maximum: MaxGrade,
) -> Result<(), Failure> {
    match score {
        Some(score) if score.get() > maximum.get() && !resource.extra_credit => Err(Failure::new(
            Kind::Invalid,
            "invalid score",
            format!(
                "score {score} is above the maximum of {maximum}, and {} does not allow extra \
                 credit",
                resource.slug
            ),
            format!("ltictl resource update {} --extra-credit on", resource.slug),
        )),
        _ => Ok(()),
    }
}

/// Parses a score: a number, or `none` to clear the grade.
///
/// # Errors
/// If the text is neither.
pub fn parse_score(text: &str) -> Result<Option<Score>, Invalid> {
    match text.trim() {
        "none" => Ok(None),
        number => number.parse().map(Some).map_err(|invalid: Invalid| {
            Invalid::new(invalid.field, format!("{}, or none", invalid.rule))
        }),
    }
}

/// Parses the maximum of a score.
///
/// # Errors
///
/// If it is not a number above 0.
pub fn parse_maximum(text: &str) -> Result<MaxGrade, Invalid> {
    text.parse().map_err(|invalid: Invalid| Invalid::new("maximum", invalid.rule))
}

fn checked_comment(text: &str) -> Result<Option<String>, Invalid> {
    let text = trimmed(text);
    if text.chars().count() > MAX_COMMENT_CHARACTERS {
        return Err(Invalid::new(
            "comment",
            format!("must be at most {MAX_COMMENT_CHARACTERS} characters long"),
        ));
    }
    check_printable("comment", text, &['\n', '\t'])?;
    Ok((!text.is_empty()).then(|| text.to_owned()))
}
