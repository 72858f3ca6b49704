//! Time and chance: the one place where the wall clock is read and random bytes are drawn. Both are
//! passed in, so that tests decide what they are.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// The wall clock.
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    fn now_millis(&self) -> u64;
}

/// Randomness that nobody can guess.
pub trait Entropy: Send + Sync + std::fmt::Debug {
    /// Fills the whole buffer.
    fn fill(&self, bytes: &mut [u8]);
}

/// The machine's clock.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
    fn now_millis(&self) -> u64 {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX)
    }
}

/// The operating system's randomness.
#[derive(Debug, Clone, Copy)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the operating system gives random bytes once it has booted");
    }
}

/// Where everything gets its times, ids and salts from. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Sources {
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl Sources {
    /// The machine's clock and randomness.
    pub fn system() -> Self {
        Self::new(Arc::new(SystemClock), Arc::new(SystemEntropy))
    }

    /// Others, for tests.
    pub fn new(clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        Self { clock, entropy }
    }

    /// Milliseconds since the epoch.
    pub fn now_millis(&self) -> u64 {
        self.clock.now_millis()
    }

    /// Whole seconds since the epoch, rounded down, as tokens count them.
    pub fn now_secs(&self) -> u64 {
        self.clock.now_millis() / 1_000
    }

    /// Random bytes: salts and secrets.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.entropy.fill(&mut bytes);
        bytes
    }

    /// An id that says nothing (UUID v4).
    pub fn random_id(&self) -> Uuid {
        uuid::Builder::from_random_bytes(self.bytes()).into_uuid()
    }

    /// An id that sorts by the millisecond at which it was made (UUID v7).
    pub fn timed_id(&self) -> Uuid {
        uuid::Builder::from_unix_timestamp_millis(self.now_millis(), &self.bytes()).into_uuid()
    }
}

/// A time as it is written everywhere: RFC 3339 in UTC, to the millisecond
/// (`2026-01-31T12:00:00.000Z`). Times after the year 9999 are written as its last moment.
pub fn rfc3339(millis: u64) -> String {
    const LAST: i64 = 253_402_300_799_999;
    let millis = i64::try_from(millis).unwrap_or(LAST).min(LAST);
    let time = OffsetDateTime::UNIX_EPOCH + Duration::milliseconds(millis);
    format!(
        "{}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
        time.year(),
        u8::from(time.month()),
        time.day(),
        time.hour(),
        time.minute(),
        time.second(),
        time.millisecond()
    )
}

#[cfg(test)]
pub(crate) mod testing {
    //! A clock that stands still until it is told otherwise.

    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    /// Milliseconds since the epoch, set by the test.
    #[derive(Debug)]
    pub(crate) struct ManualClock(AtomicU64);

    impl ManualClock {
        /// A clock that shows this many seconds since the epoch.
        pub(crate) fn at_secs(secs: u64) -> Arc<Self> {
            Arc::new(Self(AtomicU64::new(secs * 1_000)))
        }

        /// Moves the hands.
        pub(crate) fn set_secs(&self, secs: u64) {
            self.0.store(secs * 1_000, Ordering::SeqCst);
        }

        /// Sources with this clock.
        pub(crate) fn sources(self: &Arc<Self>) -> Sources {
            Sources::new(Arc::<Self>::clone(self), Arc::new(SystemEntropy))
        }
    }

    impl Clock for ManualClock {
        fn now_millis(&self) -> u64 {
            self.0.load(Ordering::SeqCst)
        }
    }

    /// A clock that goes as tokio's does, paused or not, and can be set back.
    #[derive(Debug)]
    pub(crate) struct RunningClock {
        started: tokio::time::Instant,
        /// What it showed then, as it is set now.
        from_millis: AtomicU64,
    }

    impl RunningClock {
        /// A clock that shows this many seconds since the epoch.
        pub(crate) fn at_secs(secs: u64) -> Arc<Self> {
            let from_millis = AtomicU64::new(secs * 1_000);
            Arc::new(Self { started: tokio::time::Instant::now(), from_millis })
        }

        pub(crate) fn set_back_secs(&self, secs: u64) {
            self.from_millis.fetch_sub(secs * 1_000, Ordering::SeqCst);
        }

        /// Sources with this clock.
        pub(crate) fn sources(self: &Arc<Self>) -> Sources {
            Sources::new(Arc::<Self>::clone(self), Arc::new(SystemEntropy))
        }
    }

    impl Clock for RunningClock {
        fn now_millis(&self) -> u64 {
            let passed = u64::try_from(self.started.elapsed().as_millis()).unwrap();
            self.from_millis.load(Ordering::SeqCst) + passed
        }
    }
}

#[cfg(test)]
mod tests {
    use super::rfc3339;
    use super::testing::ManualClock;

    #[test]
    fn times_are_written_in_utc_to_the_millisecond() {
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(rfc3339(1_709_210_096_007), "2024-02-29T12:34:56.007Z");
        assert_eq!(rfc3339(u64::MAX), "9999-12-31T23:59:59.999Z");
    }

    #[test]
    fn ids_are_of_their_versions_and_sort_by_time() {
        let clock = ManualClock::at_secs(1_700_000_000);
        let sources = clock.sources();
        assert_eq!(sources.random_id().get_version_num(), 4);
        let early = sources.timed_id();
        clock.set_secs(1_700_000_001);
        let late = sources.timed_id();
        assert_eq!(early.get_version_num(), 7);
        assert!(early < late);
        assert_ne!(sources.random_id(), sources.random_id());
    }
}
