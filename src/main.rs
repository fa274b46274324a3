//! The `ltictl` command: arguments in, exit code out.

use std::process::ExitCode;

fn main() -> ExitCode {
    ltictl::cli::run(std::env::args_os())
}
