//! `ltictl launch follow`: prints launches as they arrive.

use std::time::Duration;

use crate::admin::launch_log::Follower;
use crate::cli::context::Context;
use crate::cli::serve::runtime;
use crate::cli::signals::stopped;
use crate::failure::{Failure, Kind};
use crate::report::view::LoggedLaunch;
use crate::report::{self, Output};
use crate::store::{LaunchFilter, Store};

/// How often the database is polled.
const PAUSE: Duration = Duration::from_millis(500);

/// Number of launches printed before the first new one.
const BEFORE: u32 = 10;

/// Follows the launch log until Ctrl-C, SIGTERM or until standard output is closed; none of them is
/// a failure.
pub(super) fn run(context: &Context, store: &Store, filter: &LaunchFilter) -> Result<(), Failure> {
    if matches!(context.format.output, Output::Csv | Output::Env) {
        return Err(Failure::new(
            Kind::Usage,
            "this format is not supported for following launches",
            "the list has no end",
            "ltictl launch follow -o json",
        ));
    }
    runtime()?.block_on(async {
        tokio::select! {
            () = stopped() => Ok(()),
            result = follow(context, store, filter) => result,
        }
    })
}

async fn follow(context: &Context, store: &Store, filter: &LaunchFilter) -> Result<(), Failure> {
    let (mut follower, mut launches) = Follower::start(store.read(), filter, BEFORE)?;
    loop {
        for launch in launches {
            let comparison = store.read().signature_comparison(&launch.id)?;
            if !context.print_line(&LoggedLaunch::new(launch, comparison))? {
                return Ok(());
            }
        }
        tokio::time::sleep(PAUSE).await;
        if report::stdout_is_closed() {
            return Ok(());
        }
        launches = follower.next(store.read())?;
    }
}
