//! Prints the findings of `doctor`: thousands of registrations have hundreds of thousands, of which
//! few are in memory at a time.

use std::io;
use std::ops::ControlFlow;

use super::selection::{Plan, Selection};
use super::shape::Shape;
use super::spool::{Spool, cannot_spool};
use super::stream::{collect, matching_keys, write};
use super::view::{Findings, FindingsOrder, FindingsTable};
use super::{Format, Taken, print_for_people, print_rows, to_stdout};
use crate::doctor::{Finding, Totals, Verdict};
use crate::failure::Failure;

/// Which findings to print.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShownFindings {
    /// Tables show problems, or all findings that match a filter or search, up to a limit; other
    /// formats contain all findings.
    Default,
    /// Problems.
    Problems,
    /// All, without a limit.
    All,
}

impl ShownFindings {
    /// Whether checks without problems are among them.
    fn has_all(self, format: Format, selects: bool) -> bool {
        match self {
            Self::Default => selects || !format.is_text(),
            Self::Problems => false,
            Self::All => true,
        }
    }
}

/// Writes the selected rows and columns of findings to standard output. `each` calls a function with
/// each finding until it breaks, those about one subject after each other, and returns the totals of
/// all findings. A table has at most `limit` rows unless the selection has another limit.
///
/// # Errors
///
/// The selection names an unknown key, or `each` fails; nothing was printed then. The inner error:
/// standard output cannot be written.
pub fn print_findings(
    each: impl FnOnce(&mut dyn FnMut(Finding) -> Taken) -> Result<Totals, Failure>,
    shown: ShownFindings,
    limit: usize,
    selection: &Selection,
    format: Format,
) -> Result<io::Result<()>, Failure> {
    let shape = Shape::of::<Finding>();
    let mut plan = selection.check(&shape)?;
    let has_all = shown.has_all(format, plan.selects());
    if shown != ShownFindings::All && format.is_text() {
        plan.limit = plan.limit.or(Some(limit));
    }
    if format.is_text() && !plan.sorts() && plan.columns.is_empty() {
        return print_groups(each, has_all, &plan, format);
    }
    let each_shown = |take: &mut dyn FnMut(Finding) -> Taken| {
        each(&mut |finding| match has_all || is_problem(&finding) {
            true => take(finding),
            false => Ok(ControlFlow::Continue(())),
        })
    };
    if !format.is_text() {
        let mut spool = Spool::new();
        write::<Findings>(|take| each_shown(take).map(drop), &plan, &shape, format, &mut spool)?;
        return Ok(spool.print());
    }
    let mut totals = Totals::default();
    let rows = |take: &mut dyn FnMut(Finding) -> Taken| {
        totals = each_shown(take)?;
        Ok(())
    };
    let list = collect::<Findings>(rows, &plan)?.rows;
    if list.is_empty() && plan.selects() {
        return Ok(print_for_people(&plan.nothing_matches("findings")));
    }
    Ok(print_rows(Findings { list, totals }, &shape, &plan, format))
}

fn is_problem(finding: &Finding) -> bool {
    matches!(finding.result, Verdict::Warn | Verdict::Fail)
}

/// Writes a table of the findings by their subjects.
fn print_groups(
    each: impl FnOnce(&mut dyn FnMut(Finding) -> Taken) -> Result<Totals, Failure>,
    has_all: bool,
    plan: &Plan,
    format: Format,
) -> Result<io::Result<()>, Failure> {
    let order = if plan.selects() { FindingsOrder::WorstOfSome } else { FindingsOrder::Worst };
    let mut table = FindingsTable::new(format.output.style(), order);
    let totals = each(&mut |finding| {
        let is_listed = (has_all || is_problem(&finding))
            && matching_keys::<Findings>(plan, &finding)?.is_some();
        table.add(finding, is_listed).map_err(cannot_spool)?;
        Ok(ControlFlow::Continue(()))
    })?;
    if plan.selects() && table.is_empty().map_err(cannot_spool)? {
        return Ok(print_for_people(&plan.nothing_matches("findings")));
    }
    let limit = plan.limit.unwrap_or(usize::MAX);
    Ok(to_stdout(|stdout| table.write(&totals, limit, !has_all, stdout)))
}
