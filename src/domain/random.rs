//! Randomness, as an argument.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_lc_rs::digest;

/// The source of random bytes: the operating system, or a fixed seed for tests.
#[derive(Debug, Clone, Default)]
pub enum Random {
    /// The operating system's generator, through the cryptographic library.
    #[default]
    System,
    /// A reproducible stream, only for tests because anyone with the seed can predict it.
    Seeded {
        /// The start of the stream.
        seed: u64,
        /// The number of blocks used so far.
        counter: Arc<AtomicU64>,
    },
}

impl Random {
    /// A reproducible stream of bytes for tests.
    pub fn seeded(seed: u64) -> Self {
        Self::Seeded { seed, counter: Arc::default() }
    }

    /// `N` random bytes.
    ///
    /// # Panics
    ///
    /// If the operating system cannot provide random bytes, because no safe alternative exists.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        match self {
            Self::System => aws_lc_rs::rand::fill(&mut bytes)
                .expect("the operating system provides random bytes"),
            Self::Seeded { seed, counter } => {
                for chunk in bytes.chunks_mut(32) {
                    let block =
                        [seed.to_be_bytes(), counter.fetch_add(1, Ordering::Relaxed).to_be_bytes()]
                            .concat();
                    chunk.copy_from_slice(
                        &digest::digest(&digest::SHA256, &block).as_ref()[..chunk.len()],
                    );
                }
            }
        }
        bytes
    }

    /// A random (version 4) UUID.
    pub fn uuid(&self) -> uuid::Uuid {
        uuid::Builder::from_random_bytes(self.bytes()).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::Random;

    #[test]
    fn seeded_bytes_are_reproducible_and_system_bytes_are_not() {
        assert_eq!(Random::seeded(7).bytes::<40>(), Random::seeded(7).bytes::<40>());
        let stream = Random::seeded(7);
        assert_ne!(stream.bytes::<16>(), stream.bytes::<16>());
        assert_ne!(Random::System.bytes::<16>(), Random::System.bytes::<16>());
    }
}
