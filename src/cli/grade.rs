//! `ltictl grade`: manages grades.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::context::Context;
use super::examples::Examples;
use super::list_options::ListOptions;
use crate::admin::grade;
use crate::domain::{AccountRef, ResourceRef};
use crate::failure::Failure;
use crate::report::view::{GradeList, GradeView};
use crate::rules::grade::NewGrade;
use crate::rules::{self, resource};

/// What to type, by verb: below the help of each command, and in its manual page.
pub(super) const EXAMPLES: Examples = &[
    (
        "set",
        &[
            (
                "ltictl grade set algebra-quiz sam 7.5 --comment \"Well done\"",
                "Set a grade, out of the resource's maximum",
            ),
            ("ltictl grade set algebra-quiz sam none", "Clear the grade"),
            (
                "ltictl grade set algebra-quiz sam 9 --course test-platform/2",
                "Set the grade in a course, if the resource has grades by course",
            ),
        ],
    ),
    ("list", &[("ltictl grade list algebra-quiz", "List everyone's grades")]),
    ("show", &[("ltictl grade show algebra-quiz sam", "Show one account's grade")]),
    (
        "import",
        &[("ltictl grade import algebra-quiz grades.csv", "Import all rows of a file, or none")],
    ),
];

/// Manage grades
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Set a grade, replacing any existing one
    Set(SetArguments),
    /// List the grades of a resource
    List {
        /// Slug or UUID of the resource
        #[arg(value_name = "RES")]
        resource: ResourceRef,
        #[command(flatten)]
        options: ListOptions,
    },
    /// Show an account's grade for a resource
    Show {
        /// Slug or UUID of the resource
        #[arg(value_name = "RES")]
        resource: ResourceRef,
        /// Username or UUID of the account
        #[arg(value_name = "ACCOUNT")]
        account: AccountRef,
        /// ID of the course, or REG/ID [default: the only course]
        #[arg(long = "course", value_name = "COURSE")]
        of_course: Option<String>,
    },
    /// Import grades from a CSV file: all rows or none
    ///
    /// The first line names the columns, in any order: account (username or UUID) and score (a
    /// number, or none), and optionally maximum, comment, activity_progress, grading_progress and
    /// course (its ID, or REG/ID). An empty cell means the default. Every problem with the file is reported in one go, with
    /// line numbers.
    Import {
        /// Slug or UUID of the resource
        #[arg(value_name = "RES")]
        resource: ResourceRef,
        /// The file, or - for standard input
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

#[derive(Debug, Args)]
struct SetArguments {
    /// Slug or UUID of the resource
    #[arg(value_name = "RES")]
    resource: ResourceRef,
    /// Username or UUID of the account
    #[arg(value_name = "ACCOUNT")]
    account: AccountRef,
    /// Score, or none to clear the grade
    #[arg(value_name = "SCORE", allow_negative_numbers = true)]
    score: String,
    /// ID of the course, or REG/ID [default: the only course]
    ///
    /// For resources with --grade-scope course, if the account has opened the resource in several.
    /// ltictl context list shows the IDs.
    #[arg(long = "course", value_name = "COURSE")]
    of_course: Option<String>,
    /// Maximum score [default: the resource's maximum grade]
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    maximum: Option<String>,
    /// Activity progress [default: Completed]
    ///
    /// One of Initialized, Started, InProgress, Submitted and Completed.
    #[arg(long, value_name = "WORD")]
    activity_progress: Option<String>,
    /// Grading progress [default: FullyGraded]
    ///
    /// One of FullyGraded, Pending, PendingManual, Failed and NotReady.
    #[arg(long, value_name = "WORD")]
    grading_progress: Option<String>,
    /// Feedback comment, as plain text
    #[arg(long, value_name = "TEXT")]
    comment: Option<String>,
}

pub(super) fn run(context: &Context, arguments: Arguments) -> Result<(), Failure> {
    match arguments.verb {
        Verb::Set(arguments) => set(context, arguments),
        Verb::List { resource, options } => list(context, &resource, options),
        Verb::Show { resource, account, of_course } => {
            show(context, &resource, &account, of_course.as_deref())
        }
        Verb::Import { resource, file } => import(context, &resource, &file),
    }
}

fn set(context: &Context, arguments: SetArguments) -> Result<(), Failure> {
    let new = NewGrade {
        score: rules::grade::parse_score(&arguments.score)?,
        maximum: arguments.maximum.as_deref().map(rules::grade::parse_maximum).transpose()?,
        activity_progress: arguments.activity_progress.as_deref().map(str::parse).transpose()?,
        grading_progress: arguments.grading_progress.as_deref().map(str::parse).transpose()?,
        comment: arguments.comment,
        submission: None,
    };
    let mut store = context.store()?;
    let course = arguments.of_course.as_deref();
    let (resource, account, grade, course) = grade::set_in(
        &mut store,
        &arguments.resource,
        &arguments.account,
        course,
        &new,
        context.now(),
    )?;
    let is_enrolled = store.read().enrolment(account.id, resource.id)?.is_some();
    context.print(&GradeView::new(&resource.slug, &account, &grade, course))?;
    if !is_enrolled {
        let (username, slug) = (&account.username, &resource.slug);
        context.note(&format!(
            "\n{username} is not enrolled in {slug}.\nTo enrol this account: ltictl \
            account enrol {username} {slug}"
        ));
    }
    Ok(())
}

fn list(context: &Context, resource: &ResourceRef, options: ListOptions) -> Result<(), Failure> {
    let store = context.store()?;
    let read = store.read();
    let resource = resource::find(read, resource)?;
    let view = |account, grade, course: Option<String>| {
        GradeView::new(&resource.slug, &account, &grade, course)
    };
    context.print_rows::<GradeList>(
        |take| {
            read.each_grade(resource.id, |account, grade, course| {
                take(view(account, grade, course))
            })
        },
        || Ok(read.grade_count(resource.id)?),
        options,
    )
}

fn show(
    context: &Context,
    resource: &ResourceRef,
    account: &AccountRef,
    course: Option<&str>,
) -> Result<(), Failure> {
    let store = context.store()?;
    let (resource, account, grade, course) = grade::show(store.read(), resource, account, course)?;
    context.print(&GradeView::new(&resource.slug, &account, &grade, course))
}

fn import(context: &Context, resource: &ResourceRef, file: &Path) -> Result<(), Failure> {
    let mut store = context.store()?;
    resource::find(store.read(), resource)?;
    let text = Context::read_text(file)?;
    let (resource, grades) = grade::import(&mut store, resource, &text, context.now())?;
    context.print(&GradeList(
        grades
            .iter()
            .map(|(account, grade, course)| {
                GradeView::new(&resource.slug, account, grade, course.as_ref())
            })
            .collect(),
    ))?;
    let (number, slug) = (grades.len(), &resource.slug);
    context.note(&format!(
        "\nRows imported from the file: {number}. To list all grades: ltictl grade list {slug}"
    ));
    Ok(())
}
