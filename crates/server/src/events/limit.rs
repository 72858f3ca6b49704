//! How often one user may send what, over all connections.

use std::time::Duration;

use super::problem::Problem;
use crate::config::RateLimits;
use crate::http::Limiter;
use crate::users::UserId;

/// A limit that events count against. Each has a setting of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Limit {
    /// What others get to read.
    Messages,
    /// Notices of little weight, sent while someone does something else.
    #[expect(dead_code, reason = "`typing` comes next")]
    Typing,
    /// Everything else: what asks, and what changes something for the sender alone.
    Requests,
}

impl Limit {
    /// The setting in `[rate_limits]` that says how often.
    pub(crate) const fn setting(self) -> &'static str {
        match self {
            Self::Messages => "messages_per_user",
            Self::Typing => "typing_per_user",
            Self::Requests => "requests_per_user",
        }
    }
}

/// The limits on events.
#[derive(Debug)]
pub(crate) struct EventLimits {
    messages: Limiter,
    typing: Limiter,
    requests: Limiter,
}

impl EventLimits {
    /// The limits that are configured.
    pub(crate) fn new(settings: &RateLimits) -> Self {
        let limiter = |rate| Limiter::new(rate, settings.enabled);
        Self {
            messages: limiter(settings.messages_per_user),
            typing: limiter(settings.typing_per_user),
            requests: limiter(settings.requests_per_user),
        }
    }

    /// Counts one event of a user.
    pub(crate) fn count(&self, limit: Limit, user: UserId) -> Result<(), Problem> {
        let limiter = match limit {
            Limit::Messages => &self.messages,
            Limit::Typing => &self.typing,
            Limit::Requests => &self.requests,
        };
        limiter.try_take(user).map_err(too_often)
    }
}

fn too_often(wait: Duration) -> Problem {
    Problem::rate_limited("too many events", wait)
}
