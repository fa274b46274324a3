//! Prints the findings of `doctor` one by one: thousands of registrations have hundreds of
//! thousands.

use std::io;
use std::ops::ControlFlow;

use super::selection::Selection;
use super::shape::Shape;
use super::spool::{Spool, cannot_spool};
use super::stream::{matching_keys, write};
use super::view::{Findings, FindingsTable, write_aligned};
use super::{Format, Output, Taken, print_list, print_text};
use crate::doctor::{Finding, Totals};
use crate::failure::Failure;

/// Writes the selected rows and columns of findings to standard output. `each` calls a function with
/// each finding to show until it breaks, and returns the totals of all findings.
///
/// # Errors
///
/// The selection names an unknown key, or `each` fails; nothing was printed then. The inner error:
/// standard output cannot be written.
pub fn print_findings(
    each: impl FnOnce(&mut dyn FnMut(Finding) -> Taken) -> Result<Totals, Failure>,
    selection: &Selection,
    format: Format,
) -> Result<io::Result<()>, Failure> {
    let shape = Shape::of::<Finding>();
    let plan = selection.check(&shape)?;
    if format.quiet || matches!(format.output, Output::Json | Output::Yaml | Output::Csv) {
        let mut spool = Spool::new();
        write::<Findings>(|take| each(take).map(drop), &plan, &shape, format, &mut spool)?;
        return Ok(spool.print());
    }
    if !format.output.is_text() || plan.sorts() || !plan.columns.is_empty() {
        let mut list = Vec::new();
        let totals = each(&mut |finding| {
            list.push(finding);
            Ok(ControlFlow::Continue(()))
        })?;
        return print_list(Findings { list, totals }, selection, format);
    }
    let style = format.output.style();
    let mut table = FindingsTable::new(style, Spool::new());
    let (mut had_rows, mut left) = (false, plan.limit.unwrap_or(usize::MAX));
    let totals = each(&mut |finding| {
        had_rows = true;
        if matching_keys::<Findings>(&plan, &finding)?.is_some() {
            table.add(&finding).map_err(cannot_spool)?;
            left -= 1;
        }
        Ok(if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    })?;
    if had_rows && table.is_empty() {
        return Ok(print_text(&plan.nothing_matches("findings")));
    }
    let (spool, width) = table.end(&totals).map_err(cannot_spool)?;
    Ok(spool.print_lines(|line, stdout| write_aligned(line, width, style, stdout)))
}
