//! How many connections there may be, so that the process never runs out of file descriptors for
//! its database, the files that it serves and the platforms that it asks.

/// The most connections unless the command line says otherwise: at 20 kB for an idle one, 80 MB.
const MOST: usize = 4096;

/// Fewer connections than these make no server.
const FEWEST: usize = 4;

/// File descriptors that open later: more readers of the database, name look-ups, the metrics.
const SPARE: usize = 16;

/// The most connections of a listener.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::server) struct Capacity {
    /// Of all clients.
    pub(in crate::server) total: usize,
    /// Of one address, or of one /64 of IPv6.
    pub(in crate::server) per_address: usize,
}

/// The file descriptors of the process.
#[derive(Debug, Clone, Copy)]
struct Files {
    /// How many there may be; without a limit, none.
    limit: Option<u64>,
    /// How many are open.
    open: usize,
}

impl Capacity {
    /// What the limits on open files of this process leave, at most `wanted` and [`MOST`] unless
    /// that is given. Says so in the log when it is less than wanted.
    pub(in crate::server) fn of_process(wanted: Option<usize>, per_address: Option<usize>) -> Self {
        let capacity = Self::of(Files::of_process(), wanted, per_address);
        if let Some(wanted) = wanted.filter(|wanted| *wanted > capacity.total) {
            let needed = wanted.saturating_mul(2).saturating_add(SPARE * 4);
            tracing::warn!(
                wanted,
                connections = capacity.total,
                "the limit on open files leaves fewer connections than --max-connections; raise it \
                 to {needed} (LimitNOFILE of systemd, ulimit -n)"
            );
        }
        capacity
    }

    fn of(files: Files, wanted: Option<usize>, per_address: Option<usize>) -> Self {
        let left = files
            .limit
            .map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX))
            .saturating_sub(files.open + SPARE);
        // A request that is being answered may need a file or a connection to a platform.
        let total = wanted.unwrap_or(MOST).min(left / 2).max(FEWEST);
        // A quarter: four addresses have to join before others notice, and a school behind one
        // address has enough.
        Self { total, per_address: per_address.unwrap_or(total / 4).clamp(1, total) }
    }

    /// How many logins and launches there may be before each registration is held to its share.
    /// Half, so that those of one registration never take all connections, even if its platform
    /// keeps them waiting.
    pub(in crate::server) fn launches(self) -> usize {
        self.total / 2
    }

    /// For the few who read metrics.
    pub(in crate::server) fn of_metrics() -> Self {
        Self { total: SPARE / 2, per_address: SPARE / 2 }
    }
}

impl Files {
    #[cfg(unix)]
    fn of_process() -> Self {
        let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
        // Reading the directory opens it; that one is counted too, on the safe side.
        let open = std::fs::read_dir("/dev/fd").map_or(SPARE, Iterator::count);
        Self { limit, open }
    }

    #[cfg(not(unix))]
    fn of_process() -> Self {
        Self { limit: None, open: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_file_descriptors_for_everything_else() {
        for (limit, wanted, per_address, total, of_one) in [
            (Some(64), None, None, 14, 3),
            (Some(64), Some(1000), None, 14, 3),
            (Some(64), Some(10), Some(20), 10, 10),
            (Some(1024), None, None, 494, 123),
            (Some(16_384), None, None, 4096, 1024),
            (Some(1_048_576), Some(20_000), None, 20_000, 5000),
            (None, None, None, 4096, 1024),
            (Some(10), None, None, 4, 1),
            (Some(0), Some(0), Some(0), 4, 1),
        ] {
            let capacity = Capacity::of(Files { limit, open: 20 }, wanted, per_address);
            assert_eq!(
                capacity,
                Capacity { total, per_address: of_one },
                "{limit:?} {wanted:?} {per_address:?}"
            );
            assert!((2..total).contains(&capacity.launches()), "{limit:?} {wanted:?}");
        }
    }
}
