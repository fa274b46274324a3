//! Failures, for people and programs.

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;

use super::zone::localized;
use super::{Output, Style, clean, json, wants_color, yaml};
use crate::failure::{Failure, FileError};

/// The width of the labels of a failure for people.
const LABEL: usize = 7;

/// A failure for programs, on standard error; the order of the keys is part of the shape.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct FailureView<'f> {
    /// What went wrong.
    error: ErrorView<'f>,
}

/// What went wrong, why, and what helps.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct ErrorView<'f> {
    /// A stable word for each exit code.
    code: &'f str,
    /// What went wrong and why.
    message: String,
    /// The command that helps.
    hint: &'f str,
    /// The problems of a manifest, one by one; other errors do not have the key.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    problems: &'f [FileError],
}

impl<'f> FailureView<'f> {
    fn new(failure: &'f Failure) -> Self {
        let message = format!("{}: {}", failure.what, failure.why);
        let (code, hint, problems) = (failure.kind.code(), &*failure.hint, &*failure.problems);
        Self { error: ErrorView { code, message, hint, problems } }
    }
}

/// Writes a failure to standard error: as one object if the output is JSON or YAML, otherwise
/// what, why and the hint on a line each.
pub fn print_failure(failure: &Failure, output: Output) {
    let mut stderr = io::stderr().lock();
    let text = match output {
        Output::Json => json::to_text(&FailureView::new(failure)).unwrap_or_default(),
        Output::Yaml => {
            let mut bytes = Vec::new();
            // Writing to memory cannot fail.
            let _ = yaml::write_view(&FailureView::new(failure), &mut bytes);
            String::from_utf8_lossy(&bytes).trim_end().to_owned()
        }
        Output::Table | Output::Wide | Output::Csv | Output::Env => {
            let (red, bold, plain) = if wants_color(&stderr) {
                ("\u{1b}[1;31m", "\u{1b}[1m", "\u{1b}[0m")
            } else {
                ("", "", "")
            };
            let style = Style::of_stderr();
            let fitted = |text: &str| style.fitted(&clean(text), LABEL);
            let (what, why) = (localized(&failure.what), localized(&failure.why));
            format!(
                "{red}error:{plain} {bold}{}{plain}\n  why: {}\n hint: {}",
                fitted(&what),
                fitted(&why),
                fitted(&failure.hint)
            )
        }
    };
    // If standard error is closed, there is no other place to report anything.
    let _ = writeln!(stderr, "{text}");
}
