//! Long lists are read in parts.

/// A part of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// The most that is wanted.
    pub limit: u32,
    /// How many to pass over.
    pub offset: u32,
}
