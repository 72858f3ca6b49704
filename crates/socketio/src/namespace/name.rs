//! What a namespace is called, or those are that are made by a pattern.

use std::fmt;
use std::sync::Arc;

/// The name of a namespace, or how to tell the names of those that a pattern makes.
pub(crate) enum Name {
    Exactly(Arc<str>),
    Matching(Pattern),
}

type Pattern = Box<dyn Fn(&str) -> bool + Send + Sync>;

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(path) => write!(f, "the namespace {path:?}"),
            Self::Matching(_) => f.write_str("the namespaces of a pattern"),
        }
    }
}
