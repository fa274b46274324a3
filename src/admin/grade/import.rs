//! Imports grades from a file with comma-separated values (RFC 4180) and a header: all of them or
//! none.

use std::collections::HashMap;

use csv::{ReaderBuilder, StringRecord, Trim};
use jiff::Timestamp;

use crate::domain::{Account, Grade, Invalid, Resource, ResourceRef};
use crate::failure::{Failure, Kind};
use crate::rules::grade::{NewGrade, PreparedGrade, course_for, parse_maximum, parse_score};
use crate::rules::{self, account, resource};
use crate::store::{GradeCourse, Read, Store};

/// The names of the columns.
const COLUMNS: [&str; 7] =
    ["account", "score", "maximum", "comment", "activity_progress", "grading_progress", "course"];

/// Changes that make no difference to an import, such as those of launches.
const UNRELATED: &[&str] = &[
    "setting",
    "key",
    "registration",
    "deployment",
    "registration_url",
    "resource_registration",
    "account created",
    "account changed",
    "account_link",
    "account_grant",
    "consumer",
    "consumer_user",
    "enrolment",
];

/// The position of each column in the file.
type Header = [Option<usize>; COLUMNS.len()];

/// A problem with its line number in the file.
struct RowProblem {
    line: u64,
    problem: String,
}

/// Stores the grades of a file; `account` is a username or a UUID, and an empty cell means the
/// default. Returns the stored grades in the order of the file.
///
/// # Errors
///
/// If there is no such resource, it has no grades, or the file is invalid. All problems are
/// reported together, with line numbers, and nothing is stored.
pub fn import(
    store: &mut Store,
    resource: &ResourceRef,
    file: &str,
    now: Timestamp,
) -> Result<(Resource, Vec<ImportedGrade>), Failure> {
    store.write_prepared(
        |read| prepare(read, resource, file, now),
        |_| Some(UNRELATED),
        |write, (resource, grades)| {
            let store = |(account, grade, course): PreparedRow| {
                Ok::<_, Failure>((account, grade.store(write)?, course))
            };
            Ok((resource, grades.into_iter().map(store).collect::<Result<_, _>>()?))
        },
    )
}

/// A stored grade, with its account and its course.
pub type ImportedGrade = (Account, Grade, Option<GradeCourse>);

/// A row as it was read: the account, its grade and the course that it names.
type ReadRow = (Account, NewGrade, Option<String>);

/// A row that can be stored.
type PreparedRow = (Account, PreparedGrade, Option<GradeCourse>);

/// Checks the whole file, before others have to wait.
fn prepare(
    read: Read<'_>,
    resource: &ResourceRef,
    file: &str,
    now: Timestamp,
) -> Result<(Resource, Vec<PreparedRow>), Failure> {
    let resource = resource::find(read, resource)?;
    let text = file.trim_start_matches('\u{feff}');
    let mut reader =
        ReaderBuilder::new().trim(Trim::All).flexible(true).from_reader(text.as_bytes());
    let header = header(reader.headers().map_err(|error| unreadable(&error))?)?;
    let (mut prepared, mut rejected, mut seen, mut hint) =
        (Vec::new(), Vec::new(), HashMap::new(), String::new());
    for row in reader.records() {
        let row = row.map_err(|error| unreadable(&error))?;
        let line = line_of(text, &row);
        match self::row(read, &header, &row)? {
            Err(problems) => {
                rejected.extend(problems.into_iter().map(|problem| RowProblem { line, problem }))
            }
            Ok((account, grade, course)) => {
                let checked = course_for(read, &resource, &account, course.as_deref());
                let course = match checked {
                    Ok(course) => course,
                    Err(failure) if course.is_some() || failure.kind == Kind::Conflict => {
                        rejected.push(RowProblem { line, problem: failure.why });
                        hint = failure.hint;
                        continue;
                    }
                    Err(failure) => return Err(failure),
                };
                let id = course.as_ref().map(|course| course.id);
                if let Some(earlier) = seen.insert((account.id, id), line) {
                    let problem =
                        format!("{} is already listed in line {earlier}", account.username);
                    rejected.push(RowProblem { line, problem });
                    continue;
                }
                match rules::grade::prepare(read, &resource, &account, id, &grade, "import", now) {
                    Ok(grade) => prepared.push((account, grade, course)),
                    Err(failure) if failure.kind == Kind::Invalid => {
                        rejected.push(RowProblem { line, problem: failure.why });
                        hint = failure.hint;
                    }
                    Err(failure) => return Err(failure),
                }
            }
        }
    }
    match rejected.is_empty() {
        true => Ok((resource, prepared)),
        false if hint.is_empty() => Err(refused(&rejected)),
        false => Err(Failure { hint, ..refused(&rejected) }),
    }
}

/// The line in which a row begins. The reader counts preceding empty lines as part of it.
fn line_of(text: &str, row: &StringRecord) -> u64 {
    row.position().map_or(0, |position| {
        let start = usize::try_from(position.byte()).unwrap_or(usize::MAX);
        let empty = text
            .as_bytes()
            .iter()
            .skip(start)
            .take_while(|byte| matches!(byte, b'\r' | b'\n'))
            .filter(|byte| **byte == b'\n')
            .count();
        position.line() + empty as u64
    })
}

fn header(names: &StringRecord) -> Result<Header, Failure> {
    let mut header = Header::default();
    let mut problems = Vec::new();
    for (place, name) in names.iter().enumerate() {
        match COLUMNS.iter().position(|column| *column == name) {
            None => problems.push(format!("unknown column {name:?}")),
            Some(column) if header[column].is_some() => {
                problems.push(format!("column {name} is listed twice"))
            }
            Some(column) => header[column] = Some(place),
        }
    }
    problems.extend(
        COLUMNS
            .iter()
            .zip(&header)
            .take(2)
            .filter(|(_, place)| place.is_none())
            .map(|(column, _)| format!("column {column} is missing")),
    );
    if problems.is_empty() {
        Ok(header)
    } else {
        Err(refused(&[RowProblem { line: 1, problem: problems.join(", ") }]))
    }
}

/// The values of a row, or all its problems.
fn row(
    read: Read<'_>,
    header: &Header,
    row: &StringRecord,
) -> Result<Result<ReadRow, Vec<String>>, Failure> {
    fn parsed<T>(
        cell: Option<&str>,
        parse: impl Fn(&str) -> Result<T, Invalid>,
        problems: &mut Vec<String>,
    ) -> Option<T> {
        cell.and_then(|text| parse(text).map_err(|invalid| problems.push(invalid.to_string())).ok())
    }
    let cells: [Option<&str>; COLUMNS.len()] =
        header.map(|place| place.and_then(|place| row.get(place)).filter(|text| !text.is_empty()));
    let [name, score, maximum, comment, activity_progress, grading_progress, course] = cells;
    let mut problems = Vec::new();
    let longest = header.iter().flatten().max().map_or(0, |place| place + 1);
    if row.len() > longest {
        problems.push(format!("has {} cells under {longest} columns", row.len()));
    }
    let account = match name {
        Some(name) => {
            let account = account::known(read, &name.into())?;
            if account.is_none() {
                problems.push(format!("no account {name:?}"));
            }
            account
        }
        None => {
            problems.push("account is missing".to_owned());
            None
        }
    };
    if score.is_none() {
        problems.push("score is missing; use none to clear a grade".to_owned());
    }
    let grade = NewGrade {
        score: parsed(score, parse_score, &mut problems).flatten(),
        maximum: parsed(maximum, parse_maximum, &mut problems),
        activity_progress: parsed(activity_progress, str::parse, &mut problems),
        grading_progress: parsed(grading_progress, str::parse, &mut problems),
        comment: comment.map(str::to_owned),
        submission: None,
    };
    Ok(match account {
        Some(account) if problems.is_empty() => Ok((account, grade, course.map(str::to_owned))),
        _ => Err(problems),
    })
}

fn refused(rejected: &[RowProblem]) -> Failure {
    let why: Vec<String> =
        rejected.iter().map(|row| format!("line {}: {}", row.line, row.problem)).collect();
    Failure::new(
        Kind::Invalid,
        "invalid grades, nothing was stored",
        why.join("; "),
        "ltictl grade import --help",
    )
}

fn unreadable(error: &csv::Error) -> Failure {
    Failure::new(
        Kind::Invalid,
        "invalid grades, nothing was stored",
        match error.position() {
            Some(position) => format!("line {} is not a row of CSV", position.line()),
            None => "the file is not CSV".to_owned(),
        },
        "ltictl grade import --help",
    )
}
