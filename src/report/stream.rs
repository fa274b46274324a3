//! Prints lists whose rows are read one by one, so that they take little memory however long they
//! are.
//!
//! JSON, YAML, CSV, variables and identifiers are written row by row. A table shows a limited number of rows;
//! the others are only counted.

use std::io::{self, Write};
use std::ops::ControlFlow;

use serde::ser::SerializeSeq as _;
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::selection::{Keys, Plan, Selection};
use super::shape::Shape;
use super::sorter::Sorter;
use super::spool::{Spool, cannot_spool};
use super::{
    Format, Output, RowList, Taken, clean, csv, env, json, print_for_people, print_rows, yaml,
};
use crate::failure::Failure;

/// Where the rows of a list come from.
pub struct Source<E, C> {
    /// Calls a function with each row until it breaks.
    pub each: E,
    /// Counts all rows.
    pub count: C,
    /// Maximum number of rows of a table, unless another one is given.
    pub table_limit: Option<usize>,
    /// Whether the command selects some of the rows, so that there may be others if there are none.
    pub is_narrowed: bool,
}

/// How many rows were printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown {
    noun: &'static str,
    shown: u64,
    total: u64,
    is_search: bool,
}

impl Shown {
    /// How many of the rows of a list without a search were printed.
    pub(super) fn of(noun: &'static str, shown: u64, total: u64) -> Self {
        Self { noun, shown, total, is_search: false }
    }

    /// How to see the other rows, if there are any.
    pub fn note(&self) -> Option<String> {
        let Self { noun, shown, total, is_search } = *self;
        let matching = if is_search { "matching " } else { "" };
        (shown < total).then(|| {
            format!(
                "Showing {} of {} {matching}{noun}. Narrow the list with --search TEXT, or show \
                 more with --limit NUMBER.",
                grouped(shown),
                grouped(total)
            )
        })
    }
}

/// A number with commas between groups of three digits.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.char_indices() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Writes the selected rows and columns of a list to standard output.
///
/// # Errors
///
/// The selection names an unknown key, or the rows cannot be read. The inner error: standard output
/// cannot be written.
pub fn print_rows_of<L: RowList>(
    source: Source<
        impl FnOnce(&mut dyn FnMut(L::Row) -> Taken) -> Result<(), Failure>,
        impl FnOnce() -> Result<u64, Failure>,
    >,
    selection: &Selection,
    format: Format,
) -> Result<(io::Result<()>, Option<Shown>), Failure> {
    let shape = Shape::of::<L::Row>();
    let mut plan = selection.check(&shape)?;
    let Source { each, count, table_limit, is_narrowed } = source;
    if !format.is_text() {
        let mut spool = Spool::new();
        write::<L>(each, &plan, &shape, format, &mut spool)?;
        return Ok((spool.print(), None));
    }
    plan.limit = plan.limit.or(table_limit);
    let Collected { rows, seen, matched, is_cut } = collect::<L>(each, &plan)?;
    if (seen > 0 || is_narrowed) && rows.is_empty() {
        return Ok((print_for_people(&plan.nothing_matches(L::NOUN)), None));
    }
    let shown = Shown {
        noun: L::NOUN,
        shown: rows.len() as u64,
        total: if is_cut { count()? } else { matched },
        is_search: plan.selects(),
    };
    Ok((print_rows(L::of(rows), &shape, &plan, format), Some(shown)))
}

/// The rows of a table.
pub(super) struct Collected<R> {
    pub(super) rows: Vec<R>,
    /// How many rows were read.
    seen: u64,
    /// How many of these match.
    matched: u64,
    /// Whether not all rows were read.
    is_cut: bool,
}

/// Reads the first rows up to the limit in the selected order.
pub(super) fn collect<L: RowList>(
    each: impl FnOnce(&mut dyn FnMut(L::Row) -> Taken) -> Result<(), Failure>,
    plan: &Plan,
) -> Result<Collected<L::Row>, Failure> {
    let limit = plan.limit.unwrap_or(usize::MAX);
    let mut kept: Vec<(Keys, L::Row)> = Vec::new();
    let (mut seen, mut matched, mut is_cut) = (0, 0, false);
    let keep_first = |kept: &mut Vec<(Keys, L::Row)>| {
        kept.sort_by(|(one, _), (other, _)| plan.compare(one, other));
        kept.truncate(limit);
    };
    each(&mut |row| {
        seen += 1;
        let Some(keys) = matching_keys::<L>(plan, &row)? else {
            return Ok(ControlFlow::Continue(()));
        };
        matched += 1;
        if plan.sorts() || kept.len() < limit {
            kept.push((keys, row));
        } else if !plan.selects() {
            is_cut = true;
            return Ok(ControlFlow::Break(()));
        }
        if plan.sorts() && kept.len() >= limit.saturating_mul(2) {
            keep_first(&mut kept);
        }
        Ok(ControlFlow::Continue(()))
    })?;
    keep_first(&mut kept);
    let rows = kept.into_iter().map(|(_, row)| row).collect();
    Ok(Collected { rows, seen, matched, is_cut })
}

/// The keys of a row if it matches.
pub(super) fn matching_keys<L: RowList>(
    plan: &Plan,
    row: &L::Row,
) -> Result<Option<Keys>, Failure> {
    if !plan.selects() && !plan.sorts() {
        return Ok(Some(Keys::new()));
    }
    let value = serde_json::to_value(row).map_err(cannot_spool)?;
    Ok(plan.matches(&value, || L::searched(row)).then(|| plan.keys(&value)))
}

/// A row to write: as it was read, or after it was sorted.
enum Entry<'e, R> {
    Read(&'e R),
    Sorted { identifier: Option<&'e str>, value: &'e Value },
}

impl<R: Serialize> Entry<'_, R> {
    fn to_value(&self) -> io::Result<Value> {
        Ok(match self {
            Self::Read(row) => serde_json::to_value(row)?,
            Self::Sorted { value, .. } => (*value).clone(),
        })
    }
}

impl<R: Serialize> Serialize for Entry<'_, R> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Read(row) => row.serialize(serializer),
            Self::Sorted { value, .. } => value.serialize(serializer),
        }
    }
}

/// Writes the selected rows in a format that has a form for each row.
pub(super) fn write<L: RowList>(
    each: impl FnOnce(&mut dyn FnMut(L::Row) -> Taken) -> Result<(), Failure>,
    plan: &Plan,
    shape: &Shape,
    format: Format,
    output: &mut impl Write,
) -> Result<(), Failure> {
    if format.quiet {
        return select::<L>(each, plan, &mut |entry| {
            let identifier = match entry {
                Entry::Read(row) => L::identifier(row),
                Entry::Sorted { identifier, .. } => identifier.map(str::to_owned),
            };
            identifier.map_or(Ok(()), |identifier| writeln!(output, "{}", clean(&identifier)))
        });
    }
    let projected = |entry: &Entry<'_, L::Row>| Ok::<_, io::Error>(plan.project(entry.to_value()?));
    match format.output {
        Output::Csv => {
            let columns = plan.columns_of(shape);
            let mut rows = csv::Rows::begin(&columns, &mut *output).map_err(cannot_spool)?;
            select::<L>(each, plan, &mut |entry| rows.add(&projected(&entry)?))?;
            rows.end().map_err(cannot_spool)
        }
        Output::Yaml => {
            let mut is_empty = true;
            select::<L>(each, plan, &mut |entry| {
                is_empty = false;
                yaml::write_entry(projected(&entry)?, &mut *output)
            })?;
            if is_empty { writeln!(output, "[]").map_err(cannot_spool) } else { Ok(()) }
        }
        Output::Env => {
            let (mut rows, mut number) = (Spool::new(), 0);
            let shape = plan.shape_of(shape);
            select::<L>(each, plan, &mut |entry| {
                number += 1;
                env::write_row(number, &shape, &projected(&entry)?, &mut rows)
            })?;
            env::write_count(number, &mut *output).map_err(cannot_spool)?;
            let copied = rows.read().and_then(|mut rows| io::copy(&mut rows, output));
            copied.map(drop).map_err(cannot_spool)
        }
        _ => {
            {
                let mut serializer = json::serializer(&mut *output);
                let mut list = serializer.serialize_seq(None).map_err(cannot_spool)?;
                select::<L>(each, plan, &mut |entry| {
                    let written = if plan.columns.is_empty() {
                        list.serialize_element(&entry)
                    } else {
                        list.serialize_element(&projected(&entry)?)
                    };
                    written.map_err(io::Error::from)
                })?;
                list.end().map_err(cannot_spool)?;
            }
            writeln!(output).map_err(cannot_spool)
        }
    }
}

/// Passes the selected rows on, in their order.
fn select<L: RowList>(
    each: impl FnOnce(&mut dyn FnMut(L::Row) -> Taken) -> Result<(), Failure>,
    plan: &Plan,
    put: &mut dyn FnMut(Entry<'_, L::Row>) -> io::Result<()>,
) -> Result<(), Failure> {
    let mut left = plan.limit.unwrap_or(usize::MAX);
    let mut put = |entry: Entry<'_, L::Row>| -> Taken {
        put(entry).map_err(cannot_spool)?;
        left -= 1;
        Ok(if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    };
    if !plan.sorts() {
        return each(&mut |row| match matching_keys::<L>(plan, &row)? {
            Some(_) => put(Entry::Read(&row)),
            None => Ok(ControlFlow::Continue(())),
        });
    }
    let mut sorter = Sorter::new(plan);
    each(&mut |row| {
        let value = serde_json::to_value(&row).map_err(cannot_spool)?;
        if plan.matches(&value, || L::searched(&row)) {
            sorter.add(L::identifier(&row).as_deref(), &value).map_err(cannot_spool)?;
        }
        Ok(ControlFlow::Continue(()))
    })?;
    sorter.each(|identifier, value| put(Entry::Sorted { identifier, value }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Deployment, DeploymentId, Name, Slug};
    use crate::report::view::{DeploymentList, DeploymentView};

    const FORMATS: [Format; 5] = [
        Format { output: Output::Json, quiet: false },
        Format { output: Output::Env, quiet: false },
        Format { output: Output::Yaml, quiet: false },
        Format { output: Output::Csv, quiet: false },
        Format { output: Output::Table, quiet: true },
    ];

    /// Deployments whose names occur several times.
    fn deployments(count: u32) -> Vec<DeploymentView> {
        (0..count)
            .map(|number| DeploymentView {
                registration: Slug::new("moodle").unwrap(),
                deployment: Deployment {
                    deployment_id: DeploymentId::new(&format!("{}", number * 7919 % 10_007))
                        .unwrap(),
                    name: Name::new(&format!("Course {} of =\"é\"", number % 13)).ok(),
                },
            })
            .collect()
    }

    fn each(
        rows: Vec<DeploymentView>,
    ) -> impl FnOnce(&mut dyn FnMut(DeploymentView) -> Taken) -> Result<(), Failure> {
        |take| {
            for row in rows {
                if take(row)?.is_break() {
                    break;
                }
            }
            Ok(())
        }
    }

    fn plan(selection: &Selection) -> (Shape, Plan) {
        let shape = Shape::of::<DeploymentView>();
        let plan = selection.check(&shape).unwrap();
        (shape, plan)
    }

    fn streamed(rows: Vec<DeploymentView>, selection: &Selection, format: Format) -> String {
        let (shape, plan) = plan(selection);
        let mut output = Vec::new();
        write::<DeploymentList>(each(rows), &plan, &shape, format, &mut output).unwrap();
        String::from_utf8(output).unwrap()
    }

    /// What is written if all rows are in memory.
    fn at_once(mut rows: Vec<DeploymentView>, selection: &Selection, format: Format) -> String {
        use crate::report::{List as _, View as _};
        let (shape, plan) = plan(selection);
        plan.apply(&mut rows, DeploymentList::searched).unwrap();
        rows.truncate(plan.limit.unwrap_or(usize::MAX));
        let list = DeploymentList(rows);
        let values: Vec<Value> =
            list.0.iter().map(|row| plan.project(serde_json::to_value(row).unwrap())).collect();
        let mut output = Vec::new();
        match format.output {
            _ if format.quiet => {
                list.identifiers().iter().for_each(|name| writeln!(output, "{name}").unwrap());
            }
            Output::Yaml => yaml::write_entries(values.into_iter().map(Ok), &mut output).unwrap(),
            Output::Csv => {
                let columns = plan.columns_of(&shape);
                csv::write(&columns, values.into_iter().map(Ok), &mut output).unwrap();
            }
            Output::Env => {
                let shape = Shape::List(Box::new(plan.shape_of(&shape)));
                env::write(&shape, &Value::Array(values), &mut output).unwrap();
            }
            _ => {
                json::write(&values, &mut output).unwrap();
                writeln!(output).unwrap();
            }
        }
        String::from_utf8(output).unwrap()
    }

    fn owned(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    fn selections() -> [Selection; 7] {
        let all = Selection::default;
        [
            all(),
            Selection { columns: owned(&["name"]), ..all() },
            // Many more rows than are sorted in memory.
            Selection { sort: owned(&["-name"]), ..all() },
            Selection { sort: owned(&["name", "-deployment_id"]), limit: Some(5), ..all() },
            Selection { search: Some("É course 1".to_owned()), ..all() },
            Selection { filters: owned(&["name~12"]), limit: Some(2), ..all() },
            Selection { search: Some("nothing".to_owned()), ..all() },
        ]
    }

    #[test]
    fn lists_are_the_same_row_by_row_as_at_once() {
        for selection in selections() {
            for count in [0, 1, 500] {
                for format in FORMATS {
                    assert_eq!(
                        streamed(deployments(count), &selection, format),
                        at_once(deployments(count), &selection, format),
                        "{count} rows, {selection:?}, {format:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn tables_show_the_first_rows_and_count_the_others() {
        let sort = owned(&["-name", "deployment_id"]);
        for selection in [
            Selection::default(),
            Selection { sort, ..Selection::default() },
            Selection { search: Some("course 7".to_owned()), ..Selection::default() },
        ] {
            let (_, mut plan) = plan(&selection);
            let mut expected = deployments(500);
            plan.apply(&mut expected, <DeploymentList as crate::report::List>::searched).unwrap();
            plan.limit = Some(7);
            let collected = collect::<DeploymentList>(each(deployments(500)), &plan).unwrap();
            assert_eq!(collected.rows, expected[..7], "{selection:?}");
            // Without a selection, the others need not be read to be counted.
            let is_cut = selection.is_empty();
            let matched = if is_cut { 8 } else { expected.len() as u64 };
            assert_eq!((collected.matched, collected.is_cut), (matched, is_cut), "{selection:?}");
        }
    }

    #[test]
    fn notes_say_how_many_rows_there_are() {
        let shown = Shown { noun: "accounts", shown: 1_000, total: 1_234_567, is_search: false };
        assert_eq!(
            shown.note().unwrap(),
            "Showing 1,000 of 1,234,567 accounts. Narrow the list with --search TEXT, or show more \
             with --limit NUMBER."
        );
        let found = Shown { total: 1_001, is_search: true, ..shown };
        assert!(found.note().unwrap().starts_with("Showing 1,000 of 1,001 matching accounts."));
        assert_eq!(Shown { total: 1_000, ..shown }.note(), None);
    }
}
