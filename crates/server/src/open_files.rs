//! How many sockets the process may have.

/// Raises the soft limit of open files to the hard one, and logs it.
pub(crate) fn raise_limit() {
    let raised = rlimit::Resource::NOFILE
        .get()
        .and_then(|(soft, hard)| rlimit::increase_nofile_limit(hard).map(|limit| (soft, limit)));
    match raised {
        Ok((before, limit)) => tracing::info!(before, limit, "open files"),
        Err(error) => tracing::warn!(%error, "the limit of open files stays as it is"),
    }
}
