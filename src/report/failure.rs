//! A failure as people and programs read it.

use std::io::{self, Write};

use serde::Serialize;

use super::{Output, clean, json, wants_color};
use crate::usecase::Failure;

/// A failure as programs read it; the order of the keys is part of the shape.
#[derive(Serialize)]
struct FailureView<'f> {
    error: ErrorView<'f>,
}

#[derive(Serialize)]
struct ErrorView<'f> {
    code: &'f str,
    message: String,
    hint: &'f str,
}

/// Writes a failure to standard error: what, why and the hint on a line each, or as one JSON object.
pub fn print_failure(failure: &Failure, output: Output) {
    let mut stderr = io::stderr().lock();
    let text = match output {
        Output::Json => {
            let message = format!("{}: {}", failure.what, failure.why);
            json::to_text(&FailureView { error: ErrorView { code: failure.kind.code(), message, hint: &failure.hint } }).unwrap_or_default()
        }
        Output::Table => {
            let (red, bold, plain) = if wants_color(&stderr) { ("\u{1b}[1;31m", "\u{1b}[1m", "\u{1b}[0m") } else { ("", "", "") };
            format!(
                "{red}error:{plain} {bold}{}{plain}\n  why: {}\n hint: {}",
                clean(&failure.what),
                clean(&failure.why).replace('\n', "\n       "),
                clean(&failure.hint)
            )
        }
    };
    // Nothing is left to tell anybody when standard error is gone.
    let _ = writeln!(stderr, "{text}");
}
