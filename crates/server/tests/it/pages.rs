//! Files at `/`: the owner's folder before the page inside the binary; compression of answers.

use std::io::{Read as _, Write as _};
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;

use axum::body::Body;
use http::{HeaderMap, Request, header};
use serde_json::json;
use tempfile::TempDir;
use tower::ServiceExt as _;
use tower_http::decompression::Decompression;

use crate::binary::Running;
use crate::server::{Answer, TestServer};

const HTML: &[(&str, &str)] = &[("accept", "text/html")];

/// A server with a folder of files, which has something secret beside it.
struct Site {
    server: TestServer,
    folder: TempDir,
}

impl Site {
    /// With these files.
    async fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let public = folder.path().join("public").display().to_string();
        let server = TestServer::with(&[("TERTULIA_PAGES__PUBLIC", &public)]).await;
        let site = Self { server, folder };
        std::fs::write(site.folder.path().join("secret"), "secret").unwrap();
        for (path, text) in files {
            site.write(path, text);
        }
        site
    }

    fn public(&self) -> std::path::PathBuf {
        self.folder.path().join("public")
    }

    fn write(&self, path: &str, text: &str) {
        let file = self.public().join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }

    async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.server.send(request.body(Body::empty()).unwrap()).await
    }

    async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.ask("GET", path, headers).await
    }

    #[track_caller]
    fn assert_not_served(answer: &Answer, path: &str) {
        assert_eq!(answer.status, 404, "{path}: {}", answer.text);
        assert_eq!(answer.json()["message"], format!("Cannot GET {path}"));
    }
}

fn value<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).unwrap_or_else(|| panic!("no {name}")).to_str().unwrap()
}

#[tokio::test]
async fn files_of_the_folder_win_and_the_page_remains_below_them() {
    let site = Site::new(&[("products/a b.svg", "<svg/>"), ("notes.txt", "notes")]).await;
    let page = site.get("/", &[]).await;
    assert!(page.headers.contains_key(header::CONTENT_SECURITY_POLICY));
    assert_eq!(site.get("/products/a%20b.svg", &[]).await.text, "<svg/>");
    let notes = site.get("/notes.txt", HTML).await;
    assert_eq!((notes.status.as_u16(), &*notes.text), (200, "notes"));
    assert_eq!(value(&notes.headers, "content-type"), "text/plain; charset=utf-8");
    assert_eq!(value(&notes.headers, "cache-control"), "no-cache");
    assert_eq!(value(&notes.headers, "x-content-type-options"), "nosniff");
    assert_eq!(site.get("/elsewhere", HTML).await.text, page.text);
    site.write("index.html", "mine");
    for path in ["/", "/index.html", "/elsewhere"] {
        let answer = site.get(path, HTML).await;
        assert_eq!(answer.text, "mine", "{path}");
        assert!(!answer.headers.contains_key(header::CONTENT_SECURITY_POLICY));
    }
    Site::assert_not_served(&site.get("/elsewhere", &[]).await, "/elsewhere");
}

#[tokio::test]
async fn a_folder_is_its_index() {
    let site = Site::new(&[("docs/index.html", "docs"), ("bare/a.txt", "a")]).await;
    assert_eq!(site.get("/docs/", &[]).await.text, "docs");
    let answer = site.get("/docs?a=b", &[]).await;
    assert_eq!((answer.status.as_u16(), value(&answer.headers, "location")), (307, "/docs/?a=b"));
    Site::assert_not_served(&site.get("/bare/", &[]).await, "/bare/");
    Site::assert_not_served(&site.get("/bare/a.txt/", &[]).await, "/bare/a.txt/");
}

#[tokio::test]
async fn nothing_in_the_folder_passes_for_the_api() {
    let site = Site::new(&[("api/x", "x"), ("api/index.html", "api"), ("apis", "other")]).await;
    for path in ["/api/x", "/api/v1/x", "/api/index.html", "/%61pi/x", "/api%2fx"] {
        Site::assert_not_served(&site.get(path, &[]).await, path);
    }
    assert_eq!(site.get("/apis", &[]).await.text, "other");
}

#[tokio::test]
async fn the_folder_may_be_missing_and_appear_later_or_never() {
    let site = Site::new(&[]).await;
    assert!(!site.public().exists());
    assert_eq!(site.get("/", &[]).await.status, 200);
    Site::assert_not_served(&site.get("/a.txt", &[]).await, "/a.txt");
    site.write("a.txt", "a");
    assert_eq!(site.get("/a.txt", &[]).await.text, "a");
    let none = TestServer::with(&[("TERTULIA_PAGES__PUBLIC", "")]).await;
    // Tests run in the folder of their package, which would then be the folder of files.
    assert!(Path::new("Cargo.toml").exists());
    Site::assert_not_served(&none.get("/Cargo.toml").await, "/Cargo.toml");
}

#[tokio::test]
async fn what_the_client_has_is_not_sent_again() {
    let site = Site::new(&[("a.txt", "one")]).await;
    let first = site.get("/a.txt", &[]).await.headers;
    let (tag, time) = (value(&first, "etag"), value(&first, "last-modified"));
    let weak = format!("\"other\", W/{tag}");
    for (name, known, confirmed) in [
        ("if-none-match", tag, tag),
        ("if-none-match", &*weak, &weak["\"other\", ".len()..]),
        ("if-modified-since", time, tag),
    ] {
        let answer = site.get("/a.txt", &[(name, known)]).await;
        assert_eq!((answer.status.as_u16(), &*answer.text), (304, ""), "{name}: {known}");
        assert_eq!(value(&answer.headers, "etag"), confirmed);
        assert_eq!(value(&answer.headers, "cache-control"), "no-cache");
        assert_eq!(value(&answer.headers, "vary").to_lowercase(), "accept-encoding");
    }
    let other = site.get("/a.txt", &[("if-none-match", "\"other\"")]).await;
    assert_eq!((other.status.as_u16(), &*other.text), (200, "one"));
}

#[tokio::test]
async fn a_file_that_was_replaced_is_served_anew() {
    let site = Site::new(&[("a.txt", "one")]).await;
    let before = site.get("/a.txt", &[]).await;
    site.write("b.txt", "two, and longer");
    std::fs::rename(site.public().join("b.txt"), site.public().join("a.txt")).unwrap();
    let tag = value(&before.headers, "etag");
    let after = site.get("/a.txt", &[("if-none-match", tag)]).await;
    assert_eq!((after.status.as_u16(), &*after.text), (200, "two, and longer"));
    assert_ne!(value(&after.headers, "etag"), tag);
}

#[tokio::test]
async fn parts_of_files() {
    let site = Site::new(&[("a.txt", "0123456789")]).await;
    let whole = site.get("/a.txt", &[]).await;
    assert_eq!(value(&whole.headers, "accept-ranges"), "bytes");
    for (range, part, place) in [
        ("bytes=2-4", "234", "bytes 2-4/10"),
        ("bytes=7-", "789", "bytes 7-9/10"),
        ("bytes=-1", "9", "bytes 9-9/10"),
        ("bytes=8-99", "89", "bytes 8-9/10"),
    ] {
        let answer = site.get("/a.txt", &[("range", range)]).await;
        assert_eq!((answer.status.as_u16(), &*answer.text), (206, part), "{range}");
        assert_eq!(value(&answer.headers, "content-range"), place);
        assert_eq!(value(&answer.headers, "etag"), value(&whole.headers, "etag"));
    }
    let outside = site.get("/a.txt", &[("range", "bytes=10-")]).await;
    assert_eq!((outside.status.as_u16(), &*outside.text), (416, ""));
    assert_eq!(value(&outside.headers, "content-range"), "bytes */10");
    for range in ["bytes=0-1,4-5", "lines=0-1"] {
        let answer = site.get("/a.txt", &[("range", range)]).await;
        assert_eq!((answer.status.as_u16(), &*answer.text), (200, "0123456789"), "{range}");
    }
}

#[tokio::test]
async fn parts_of_another_version_are_not_sent() {
    let site = Site::new(&[("a.txt", "0123456789")]).await;
    let headers = site.get("/a.txt", &[]).await.headers;
    let (tag, time) = (value(&headers, "etag"), value(&headers, "last-modified"));
    for version in [tag, time] {
        let part = [("range", "bytes=2-4"), ("if-range", version)];
        let answer = site.get("/a.txt", &part).await;
        assert_eq!((answer.status.as_u16(), &*answer.text), (206, "234"), "{version}");
    }
    let (weak, old) = (format!("W/{tag}"), "Thu, 01 Jan 2015 00:00:00 GMT");
    for version in ["\"other\"", &weak, old] {
        for range in ["bytes=2-4", "bytes=99-"] {
            let answer = site.get("/a.txt", &[("range", range), ("if-range", version)]).await;
            assert_eq!((answer.status.as_u16(), &*answer.text), (200, "0123456789"), "{version}");
        }
    }
}

#[tokio::test]
async fn a_head_has_the_headers_of_a_get_and_no_body() {
    let site = Site::new(&[("a.txt", "0123456789"), ("docs/index.html", "docs")]).await;
    for (path, length) in [("/a.txt", "10"), ("/docs/", "4")] {
        let mut get = site.ask("GET", path, &[]).await;
        let mut head = site.ask("HEAD", path, &[]).await;
        assert_eq!((head.status.as_u16(), &*head.text), (200, ""));
        assert_eq!(value(&head.headers, "content-length"), length);
        for headers in [&mut get.headers, &mut head.headers] {
            headers.remove("x-request-id");
        }
        assert_eq!(head.headers, get.headers, "{path}");
    }
    let part = site.ask("HEAD", "/a.txt", &[("range", "bytes=0-1")]).await;
    assert_eq!((part.status.as_u16(), value(&part.headers, "content-length")), (200, "10"));
}

#[tokio::test]
async fn other_methods_find_no_file() {
    let site = Site::new(&[("a.txt", "a")]).await;
    for method in ["POST", "PUT", "DELETE"] {
        let answer = site.ask(method, "/a.txt", &[]).await;
        answer.assert_error(404, "Not Found", &format!("Cannot {method} /a.txt"));
    }
    assert_eq!(site.get("/a.txt", &[]).await.text, "a");
}

#[tokio::test]
async fn no_spelling_leads_out_of_the_folder() {
    let site = Site::new(&[("sub/a.txt", "a")]).await;
    let absolute = site.folder.path().join("secret").display().to_string();
    let encoded = absolute.replace('/', "%2f");
    for path in [
        "/../secret",
        "/sub/../../secret",
        "/sub/../a.txt",
        "/%2e%2e/secret",
        "/.%2e/secret",
        "/%2e%2e%2fsecret",
        "/..%2fsecret",
        "/sub%2f..%2f..%2fsecret",
        "/..%5csecret",
        "/%252e%252e/secret",
        "/%252e%252e%252fsecret",
        "/....//secret",
        "/..;/secret",
        "/%c0%ae%c0%ae/secret",
        "/%ff",
        &format!("/{absolute}"),
        &format!("/{encoded}"),
        "/sub//a.txt",
        "//sub/a.txt",
        "/sub/./a.txt",
    ] {
        Site::assert_not_served(&site.get(path, &[]).await, path);
    }
}

#[tokio::test]
async fn no_link_leads_out_of_the_folder() {
    let site = Site::new(&[("a.txt", "a"), ("sub/b.txt", "b")]).await;
    let (public, outside) = (site.public(), site.folder.path().join("outside"));
    std::fs::create_dir(&outside).unwrap();
    std::fs::write(outside.join("index.html"), "secret").unwrap();
    symlink(site.folder.path().join("secret"), public.join("file")).unwrap();
    symlink(&outside, public.join("folder")).unwrap();
    symlink("../../secret", public.join("sub/index.html")).unwrap();
    symlink("nowhere", public.join("broken")).unwrap();
    symlink("loop", public.join("loop")).unwrap();
    for path in ["/file", "/folder", "/folder/", "/folder/index.html", "/sub/", "/broken", "/loop"]
    {
        Site::assert_not_served(&site.get(path, &[]).await, path);
    }
    symlink("sub/b.txt", public.join("inside")).unwrap();
    assert_eq!(site.get("/inside", &[]).await.text, "b");
}

#[tokio::test]
async fn what_is_hidden_or_no_file_is_not_served() {
    let hidden = [(".env", "secret"), (".git/config", "secret"), ("sub/.htpasswd", "secret")];
    let site = Site::new(&hidden).await;
    let _socket = UnixListener::bind(site.public().join("socket")).unwrap();
    let long = "x".repeat(300);
    let deep = "x/".repeat(20_000);
    for path in [
        "/.env",
        "/%2eenv",
        "/.git/config",
        "/sub/.htpasswd",
        "/sub%2f.htpasswd",
        "/socket",
        "/sub%00.txt",
        "/%00",
        &format!("/{long}"),
        &format!("/{deep}"),
    ] {
        Site::assert_not_served(&site.get(path, &[]).await, path);
    }
}

/// The body of an answer as a client has it that accepts this encoding alone.
async fn decoded(site: &Site, path: &str, encoding: &str) -> String {
    let router = Decompression::new(site.server.app.router());
    let router = if encoding == "br" { router.no_gzip() } else { router.no_br() };
    let response = router.oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
    let bytes = axum::body::to_bytes(Body::new(response.into_body()), 100_000).await.unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[tokio::test]
async fn files_are_compressed_for_those_who_understand_it() {
    let text = "All work and no play. ".repeat(1_000);
    let site = Site::new(&[("a.txt", &text)]).await;
    let plain = site.get("/a.txt", &[]).await;
    assert!(!plain.headers.contains_key("content-encoding"));
    assert_eq!(value(&plain.headers, "vary").to_lowercase(), "accept-encoding");
    for (accepted, encoding) in
        [("gzip, deflate, br", "br"), ("gzip", "gzip"), ("br;q=0, gzip", "gzip")]
    {
        let small = site.get("/a.txt", &[("accept-encoding", accepted)]).await;
        assert_eq!(value(&small.headers, "content-encoding"), encoding);
        assert!(small.bytes.len() < text.len() / 10);
        assert_eq!(value(&small.headers, "vary").to_lowercase(), "accept-encoding");
        assert_eq!(decoded(&site, "/a.txt", encoding).await, text);
        // The same version, but not the same bytes.
        let tag = value(&small.headers, "etag");
        assert_eq!(tag, format!("W/{}", value(&plain.headers, "etag")));
        let again = [("accept-encoding", accepted), ("if-none-match", tag)];
        let again = site.get("/a.txt", &again).await;
        assert_eq!((again.status.as_u16(), value(&again.headers, "etag")), (304, tag));
        let part = [("accept-encoding", accepted), ("range", "bytes=0-1999")];
        let part = site.get("/a.txt", &part).await;
        assert_eq!((part.status.as_u16(), &*part.text), (206, &text[..2_000]));
    }
}

#[tokio::test]
async fn what_compression_does_not_pay_for_is_sent_as_it_is() {
    let (text, large) = ("x".repeat(9_000), "x".repeat(1_048_577));
    let files = [("small.txt", &text[..1_000]), ("a.webp", &text), ("a.zip", &text)];
    let site = Site::new(&files).await;
    site.write("large.txt", &large);
    for path in ["/small.txt", "/a.webp", "/a.zip", "/large.txt"] {
        let answer = site.get(path, &[("accept-encoding", "gzip, br")]).await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(!answer.headers.contains_key("content-encoding"), "{path}");
        assert!(!value(&answer.headers, "etag").starts_with("W/"), "{path}");
    }
}

#[tokio::test]
async fn long_lists_of_the_api_are_compressed_and_tokens_are_not() {
    let site = Site::new(&[]).await;
    let accepted = ("accept-encoding", "gzip");
    let ada = json!({ "email": "a@b.de", "password": "Abc123", "fullName": "Ada" });
    let user = site.server.post("/api/auth/register", &ada).await;
    assert_eq!(value(&user.headers, "cache-control"), "no-store");
    let token = format!("Bearer {}", user.json()["token"].as_str().unwrap());
    assert!(site.get("/api/products", &[accepted]).await.headers.get("content-encoding").is_none());
    for number in 0..10 {
        let product = json!({ "title": format!("Shirt {number}"), "sizes": [], "gender": "men" });
        let request = Request::post("/api/products")
            .header("authorization", &token)
            .header("content-type", "application/json");
        let request = request.body(Body::from(product.to_string())).unwrap();
        assert_eq!(site.server.send(request).await.status, 201);
    }
    let plain = site.get("/api/products", &[]).await;
    let small = site.get("/api/products", &[accepted]).await;
    assert_eq!(value(&small.headers, "content-encoding"), "gzip");
    assert!(value(&small.headers, "vary").to_lowercase().contains("accept-encoding"));
    assert!(small.bytes.len() < plain.bytes.len());
    assert_eq!(decoded(&site, "/api/products", "gzip").await, plain.text);
    let status = [("authorization", &*token), accepted];
    let status = site.get("/api/auth/check-status", &status).await;
    assert_eq!(
        (status.status.as_u16(), value(&status.headers, "cache-control")),
        (200, "no-store")
    );
    assert!(!status.headers.contains_key("content-encoding"));
}

#[test]
fn the_folder_is_public_unless_it_is_said() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("public")).unwrap();
    std::fs::write(folder.path().join("public/a.txt"), "from the folder").unwrap();
    std::fs::write(folder.path().join("secret"), "secret").unwrap();
    let server = Running::start(folder.path(), &["serve", "--demo"], &[]);
    let ask = |path: &str| {
        let mut stream = server.connect();
        let head = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    assert!(ask("/a.txt").ends_with("\r\n\r\nfrom the folder"));
    assert!(ask("/../secret").starts_with("HTTP/1.1 404"));
}
