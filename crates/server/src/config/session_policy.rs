//! `sessions.policy`.

use std::num::NonZeroU32;
use std::str::FromStr;

/// How many live connections a user may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionPolicy {
    /// One: a new one ends the old one.
    Replace,
    /// One: a new one is refused while the old one is alive.
    Reject,
    /// This many: a new one more ends the oldest.
    Limit(NonZeroU32),
    /// Any number.
    Unlimited,
}

impl FromStr for SessionPolicy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refused = || "replace, reject, unlimited, or a limit such as limit:3".to_owned();
        match text {
            "replace" => Ok(Self::Replace),
            "reject" => Ok(Self::Reject),
            "unlimited" => Ok(Self::Unlimited),
            _ => {
                let limit = text.strip_prefix("limit:").ok_or_else(refused)?;
                limit.parse().map(Self::Limit).map_err(|_| refused())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_policies_are_known_by_name() {
        let limit = SessionPolicy::Limit(NonZeroU32::new(3).unwrap());
        for (text, policy) in [
            ("replace", SessionPolicy::Replace),
            ("reject", SessionPolicy::Reject),
            ("limit:3", limit),
            ("unlimited", SessionPolicy::Unlimited),
        ] {
            assert_eq!(text.parse(), Ok(policy));
        }
        for wrong in ["", "Replace", "limit", "limit:", "limit:0", "limit:-1", "limit:x", "3"] {
            assert!(wrong.parse::<SessionPolicy>().is_err(), "{wrong}");
        }
    }
}
