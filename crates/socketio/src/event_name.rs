//! Names of events.

/// Names that only the library itself may give to events, on either side: stock clients close
/// their transport when they are sent one.
const RESERVED: [&str; 6] =
    ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"];

/// Whether neither side may send an event of this name.
pub(crate) fn is_reserved(name: &str) -> bool {
    RESERVED.contains(&name)
}
