//! What is answered when a file cannot be written.

use std::io;

use crate::http::ApiError;

/// 503 if there is no room, which someone may make by the next try; else the folder itself is at
/// fault, and it is a 500. The cause goes to the log.
pub(crate) fn not_written(cause: &io::Error) -> ApiError {
    match cause.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            tracing::error!(%cause, "there is no room for an image");
            ApiError::unavailable()
        }
        _ => ApiError::internal(cause),
    }
}
