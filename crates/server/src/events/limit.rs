//! How often one user may send what, over all connections.

use super::problem::Problem;
use super::user_limiter::UserLimiter;
use crate::config::{Rate, RateLimits};
use crate::users::UserId;

/// A limit that events count against. Each has a setting of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Limit {
    /// What others get to read.
    Messages,
    /// Notices of little weight, sent while someone does something else.
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
    all: UserLimiter,
    messages: UserLimiter,
    typing: UserLimiter,
    requests: UserLimiter,
    patience: Option<Rate>,
}

impl EventLimits {
    /// The limits that are configured.
    pub(crate) fn new(settings: &RateLimits) -> Self {
        let limiter = |rate| UserLimiter::new(rate, settings.enabled);
        Self {
            all: limiter(settings.events_per_user),
            messages: limiter(settings.messages_per_user),
            typing: limiter(settings.typing_per_user),
            requests: limiter(settings.requests_per_user),
            patience: settings.enabled.then_some(settings.refusals_per_connection),
        }
    }

    /// The refusals after which a connection that goes on is ended, if there are limits at all.
    pub(crate) fn patience(&self) -> Option<Rate> {
        self.patience
    }

    /// Counts one event of a user.
    pub(crate) fn count(&self, limit: Limit, user: UserId) -> Result<(), Problem> {
        let limiter = match limit {
            Limit::Messages => &self.messages,
            Limit::Typing => &self.typing,
            Limit::Requests => &self.requests,
        };
        self.all.try_take(user).and_then(|()| limiter.try_take(user)).map_err(|wait| {
            let what = match limit {
                Limit::Messages => "too many messages",
                Limit::Typing => "too many notices",
                Limit::Requests => "too many requests",
            };
            Problem::rate_limited(what, wait)
        })
    }
}
