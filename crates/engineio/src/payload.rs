//! Long-polling payloads: packets joined by a record separator.

/// Separates the packets of a payload (U+001E).
pub(crate) const SEPARATOR: u8 = 0x1e;
