//! The state of `registration connect`: the registration, its LMS, and how to print.

use crate::cli::context::Context;
use crate::domain::{Deployment, Registration, Settings, Slug};
use crate::failure::{Failure, Kind};
use crate::lms::Lms;
use crate::report::{self, Style};

/// The exchange with one platform, and what is known of it.
pub(super) struct Guide<'c> {
    pub(super) context: &'c Context,
    pub(super) settings: Settings,
    pub(super) lms: &'static Lms,
    /// The name of the LMS in commands.
    pub(super) platform: &'static str,
    pub(super) registration: Registration,
    pub(super) deployments: Vec<Deployment>,
    pub(super) allow_http: bool,
}

impl Guide<'_> {
    pub(super) fn slug(&self) -> &Slug {
        &self.registration.slug
    }

    /// Prints to standard error, like the prompts, in every output format.
    #[expect(clippy::unused_self, reason = "called like the other methods")]
    pub(super) fn note(&self, text: &str) {
        report::note(text);
    }

    /// The heading of a step.
    pub(super) fn heading(&self, text: &str) {
        self.note(&format!("\n{}", Style::of_stderr().bold(text)));
    }

    pub(super) fn terminal_gone(&self, error: &std::io::Error) -> Failure {
        Failure::new(
            Kind::Failed,
            "no reply",
            error.to_string(),
            format!("ltictl platform import {} FILE", self.slug()),
        )
    }
}
