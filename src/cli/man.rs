//! `ltictl man`: the manual pages.

use std::path::PathBuf;

use clap::Args;

use crate::usecase::{Failure, Kind};

/// Write the manual pages into a directory
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The directory; it is created if need be
    #[arg(value_name = "DIR")]
    directory: PathBuf,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    std::fs::create_dir_all(&arguments.directory).and_then(|()| clap_mangen::generate_to(super::command(), &arguments.directory)).map_err(|error| {
        Failure::new(
            Kind::Failed,
            "the manual pages cannot be written",
            format!("{}: {error}", arguments.directory.display()),
            "give a directory that you can write to",
        )
    })
}
