//! Where a client may put its token.

/// The token of a socket's handshake: Socket.IO's `auth.token`, else `Authorization: Bearer`, else
/// the header `authentication` of the original system. The first that is present decides, even if
/// it is not valid; blanks count as absent.
pub fn presented_token<'a>(
    auth_token: Option<&'a str>,
    authorization: Option<&'a str>,
    authentication: Option<&'a str>,
) -> Option<&'a str> {
    let not_blank = |token: &&str| !token.trim().is_empty();
    auth_token
        .filter(not_blank)
        .or_else(|| authorization.and_then(bearer).filter(not_blank))
        .or_else(|| authentication.filter(not_blank))
}

/// The token of an `Authorization: Bearer` header.
pub(crate) fn bearer(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_that_is_present_decides() {
        assert_eq!(presented_token(Some("a"), Some("Bearer b"), Some("c")), Some("a"));
        assert_eq!(presented_token(Some(" "), Some("bearer b"), Some("c")), Some("b"));
        assert_eq!(presented_token(None, Some("Basic b"), Some("c")), Some("c"));
        assert_eq!(presented_token(None, Some("Bearer "), Some("")), None);
        assert_eq!(presented_token(None, None, None), None);
    }
}
