//! What holds for every input of the decoders. The targets of `fuzz/` call this; it is part of no
//! interface.

mod frames;
mod payload;

pub use frames::check_frames;
pub use payload::{Decoded, check_payload, decode_payload};
