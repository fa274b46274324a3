//! Limits the number of connections, so that the process never runs out of file descriptors for its
//! database, the files that it serves and its requests to platforms.

/// Default for the maximum number of connections: at 20 kB per idle connection, they use 80 MB.
const DEFAULT_MAX: usize = 4096;

/// Minimum number of connections of a usable server.
const MIN_CONNECTIONS: usize = 4;

/// File descriptors that are opened later: more readers of the database, name look-ups, the
/// metrics.
const RESERVED_DESCRIPTORS: usize = 16;

/// The maximum numbers of connections of a listener.
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
    /// The limit; `None` if there is none.
    limit: Option<u64>,
    /// Number of open ones.
    open: usize,
}

impl Capacity {
    /// The capacity that this process's limit on open files allows: at most `wanted`, by default
    /// [`DEFAULT_MAX`]. Logs a warning if it is less than wanted.
    pub(in crate::server) fn of_process(wanted: Option<usize>, per_address: Option<usize>) -> Self {
        let capacity = Self::of(Files::of_process(), wanted, per_address);
        if let Some(wanted) = wanted.filter(|wanted| *wanted > capacity.total) {
            let needed = wanted.saturating_mul(2).saturating_add(RESERVED_DESCRIPTORS * 4);
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
            .saturating_sub(files.open + RESERVED_DESCRIPTORS);
        // A request in progress may need a file or a connection to a platform.
        let total = wanted.unwrap_or(DEFAULT_MAX).min(left / 2).max(MIN_CONNECTIONS);
        // A quarter: it takes four addresses to affect others, and a school behind one address has
        // enough.
        Self { total, per_address: per_address.unwrap_or(total / 4).clamp(1, total) }
    }

    /// How many logins and launches may be in progress before each registration is limited to its
    /// share. Half, so that those of one registration never take all connections, even if its
    /// platform delays them.
    pub(in crate::server) fn launches(self) -> usize {
        self.total / 2
    }

    /// For metrics, which few clients read.
    pub(in crate::server) fn of_metrics() -> Self {
        Self { total: RESERVED_DESCRIPTORS / 2, per_address: RESERVED_DESCRIPTORS / 2 }
    }
}

impl Files {
    #[cfg(unix)]
    fn of_process() -> Self {
        let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
        // Reading the directory opens it, which is counted, too, to be safe.
        let open = std::fs::read_dir("/dev/fd").map_or(RESERVED_DESCRIPTORS, Iterator::count);
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
