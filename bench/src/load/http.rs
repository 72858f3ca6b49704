//! As much of HTTP/1.1 as the handshakes of Engine.IO need.

use super::Fault;

/// A whole response.
#[derive(Debug)]
pub(crate) struct Response<'a> {
    pub(crate) status: u16,
    pub(crate) body: &'a [u8],
    pub(crate) rest: &'a [u8],
}

/// The first response in `input`, or `None` if it is not whole yet.
pub(crate) fn next_response(input: &[u8]) -> Result<Option<Response<'_>>, Fault> {
    let Some(end) = memchr::memmem::find(input, b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = std::str::from_utf8(&input[..end])
        .map_err(|_| Fault::Wrong("a response head that is not text".to_owned()))?;
    let wrong = || Fault::Wrong(format!("a response that begins with {head:?}"));
    let status = head.get(9..12).and_then(|status| status.parse().ok()).ok_or_else(wrong)?;
    let mut length = 0;
    for line in head.lines() {
        let Some((name, value)) = line.split_once(':') else { continue };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().map_err(|_| wrong())?;
        } else if name.eq_ignore_ascii_case("transfer-encoding") {
            return Err(wrong());
        }
    }
    let body = &input[end + 4..];
    Ok(body.split_at_checked(length).map(|(body, rest)| Response { status, body, rest }))
}

/// A request for a WebSocket.
pub(crate) fn upgrade(session: Option<&str>, header: Option<&str>) -> String {
    let sid = session.map_or(String::new(), |sid| format!("&sid={sid}"));
    format!(
        "GET /socket.io/?EIO=4&transport=websocket{sid} HTTP/1.1\r\nHost: 127.0.0.1\r\n\
         Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{}\r\n",
        authentication(header)
    )
}

/// A long-polling request.
pub(crate) fn poll(session: Option<&str>, header: Option<&str>) -> String {
    let sid = session.map_or(String::new(), |sid| format!("&sid={sid}"));
    format!(
        "GET /socket.io/?EIO=4&transport=polling{sid} HTTP/1.1\r\nHost: 127.0.0.1\r\n{}\r\n",
        authentication(header)
    )
}

/// A long-polling request that carries packets.
pub(crate) fn post(session: &str, body: &str) -> String {
    format!(
        "POST /socket.io/?EIO=4&transport=polling&sid={session} HTTP/1.1\r\nHost: 127.0.0.1\r\n\
         Content-Type: text/plain;charset=UTF-8\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// The header in which the original expects its token.
fn authentication(token: Option<&str>) -> String {
    token.map_or(String::new(), |token| format!("authentication: {token}\r\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_is_taken_when_it_is_whole() {
        let input = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP";
        for cut in 0..input.len() - 4 {
            assert!(next_response(&input[..cut]).unwrap().is_none(), "{cut}");
        }
        let response = next_response(input).unwrap().unwrap();
        assert_eq!(
            (response.status, response.body, response.rest),
            (200, &b"ok"[..], &b"HTTP"[..])
        );
    }

    #[test]
    fn what_cannot_be_measured_is_refused() {
        assert!(next_response(b"HTTP/1.1 2x0 OK\r\n\r\n").is_err());
        assert!(next_response(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").is_err());
    }
}
