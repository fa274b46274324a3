//! Waiting for answers on the thread that asks.

use std::future::Future;
use std::thread;

use tokio::runtime::{Handle, Runtime, RuntimeFlavor};
use tokio::task;

/// Runs a connection's runtime until an answer is there. The thread may work for another runtime: then
/// other threads of this take over what it has to do meanwhile, or, if it has no other, nothing else
/// happens on it.
pub(super) fn wait_for<T: Send>(runtime: &Runtime, answer: impl Future<Output = T> + Send) -> T {
    let outer = Handle::try_current().map(|outer| outer.runtime_flavor());
    match outer {
        Err(_) => runtime.block_on(answer),
        Ok(RuntimeFlavor::MultiThread) => task::block_in_place(|| runtime.block_on(answer)),
        // A runtime cannot be run on the only thread of another one.
        Ok(_) => thread::scope(|scope| {
            let waiting = scope.spawn(|| runtime.block_on(answer));
            waiting.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        }),
    }
}
