//! The one place where this crate reads the wall clock.

use std::time::SystemTime;

#[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
pub(crate) fn now() -> SystemTime {
    SystemTime::now()
}
