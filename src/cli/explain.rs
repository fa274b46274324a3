//! `ltictl explain`: explains reason codes.

use clap::Args;

use super::context::Context;
use super::examples::Examples;
use super::list_options::ListOptions;
use crate::failure::Failure;
use crate::lms;
use crate::report::explain_codes::{self, Explanation};
use crate::report::explain_openid;
use crate::report::view::{CodeList, Explanations, TermsList};
use crate::server::codes_of_apps;

/// What prints the terms of platforms in place of a code.
pub(super) const TERMS: &str = "lti-terms";

/// A description of that in a few words.
pub(super) const ABOUT_TERMS: &str = "what each platform calls the things of LTI 1.1 and 2.0";

/// What to type, by verb: below the help of the command, and in its manual page.
pub(super) const EXAMPLES: Examples = &[(
    "",
    &[
        (
            "ltictl explain deployment_unknown",
            "Explain why launches are refused for this reason, who has to act and what to do",
        ),
        ("ltictl explain --columns code,title", "List all codes"),
        ("ltictl explain lti-terms", "Show what each platform calls the things of LTI 1.1 and 2.0"),
    ],
)];

/// Explain a reason code: its meaning, who has to act, and how
///
/// Accepts the codes of refused launches, of failed registrations and synchronizations, of checks
/// by ltictl doctor, of errors in JSON, of errors that apps receive, of requests that a proxy
/// refuses, and of sign-ins at identity providers. Without a code, it lists them all. `lti-terms`
/// prints what each platform calls the things of LTI 1.1 and 2.0. No database is needed.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The code; case does not matter, and hyphens may replace underscores [default: list them all]
    #[arg(value_name = "CODE")]
    code: Option<String>,
    #[command(flatten)]
    options: ListOptions,
}

pub(super) fn run(context: &Context, arguments: Arguments) -> Result<(), Failure> {
    match arguments.code {
        Some(code) if code.replace('_', "-").eq_ignore_ascii_case(TERMS) => {
            context.print_list(TermsList(lms::terms()), arguments.options)
        }
        Some(code) => {
            context.print_list(Explanations(explain_codes::find(all(), &code)?), arguments.options)
        }
        None => context.print_list(CodeList(all()), arguments.options),
    }
}

/// Every code of the program, explained.
pub(super) fn all() -> Vec<Explanation> {
    let mut all = explain_codes::all();
    all.extend(explain_openid::all());
    all.extend(codes_of_apps());
    all
}
