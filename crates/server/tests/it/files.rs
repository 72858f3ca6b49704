//! `POST /api/files/product` and `GET /api/files/product/:imageName`.

use std::io::{Read as _, Write as _};
use std::path::PathBuf;

use axum::body::Body;
use bytes::Bytes;
use http::Request;
use serde_json::json;

use crate::binary::Running;
use crate::images::{gif, jpeg, png, webp};
use crate::server::{Answer, TestServer};

const NOT_AN_IMAGE: &str = "Make sure that the file is an image";

/// A server with someone who is signed in.
struct House {
    server: TestServer,
    token: String,
}

/// A body with these parts: what stands after `form-data; `, and the content.
fn multipart(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (disposition, content) in parts {
        let head = format!(
            "--b\r\nContent-Disposition: form-data; {disposition}\r\nContent-Type: image/png\r\n\r\n"
        );
        body.extend([head.as_bytes(), content, b"\r\n"].concat());
    }
    body.extend(b"--b--\r\n");
    body
}

impl House {
    async fn new() -> Self {
        Self::with(&[]).await
    }

    async fn with(settings: &[(&str, &str)]) -> Self {
        let server = TestServer::with(settings).await;
        let ada = json!({ "email": "a@b.de", "password": "Abc123", "fullName": "Ada" });
        let user = server.post("/api/auth/register", &ada).await.json();
        let token = format!("Bearer {}", user["token"].as_str().unwrap());
        Self { server, token }
    }

    fn folder(&self) -> PathBuf {
        self.server.folder.path().join("images")
    }

    fn is_empty(&self) -> bool {
        std::fs::read_dir(self.folder()).unwrap().next().is_none()
    }

    async fn post(&self, content_type: &str, body: impl Into<Body>) -> Answer {
        let request = Request::post("/api/files/product")
            .header("authorization", &self.token)
            .header("host", "shop.example")
            .header("content-type", content_type);
        self.server.send(request.body(body.into()).unwrap()).await
    }

    async fn post_parts(&self, parts: &[(&str, &[u8])]) -> Answer {
        self.post("multipart/form-data; boundary=b", multipart(parts)).await
    }

    async fn upload(&self, content: &[u8]) -> Answer {
        self.post_parts(&[("name=\"file\"; filename=\"a.png\"", content)]).await
    }

    /// Uploads an image, and says the path where it is.
    async fn uploaded(&self, content: &[u8]) -> String {
        let answer = self.upload(content).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        let url = answer.json()["secureUrl"].as_str().unwrap().to_owned();
        url.strip_prefix("http://shop.example").unwrap().to_owned()
    }

    async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.ask(Request::get(path), headers).await
    }

    async fn ask(&self, mut request: http::request::Builder, headers: &[(&str, &str)]) -> Answer {
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.server.send(request.body(Body::empty()).unwrap()).await
    }
}

#[tokio::test]
async fn each_kind_is_kept_under_an_id_and_served_as_it_was() {
    let house = House::new().await;
    for (image, extension, content_type) in [
        (png(), "png", "image/png"),
        (gif(), "gif", "image/gif"),
        (webp(), "webp", "image/webp"),
        (jpeg(), "jpeg", "image/jpeg"),
    ] {
        let answer = house.upload(&image).await;
        assert_eq!(answer.status, 201);
        let url = answer.json();
        assert_eq!(url.as_object().unwrap().len(), 1);
        let url = url["secureUrl"].as_str().unwrap();
        let name = url.strip_prefix("http://shop.example/api/files/product/").unwrap();
        let (id, ending) = name.split_once('.').unwrap();
        assert_eq!((id.parse::<uuid::Uuid>().unwrap().get_version_num(), ending), (4, extension));
        for prefix in ["/api", "/api/v1"] {
            let served = house.get(&format!("{prefix}/files/product/{name}"), &[]).await;
            assert_eq!((served.status.as_u16(), &served.bytes[..]), (200, &image[..]));
            assert_eq!(served.headers["content-type"], content_type);
            assert_eq!(served.headers["content-length"], image.len().to_string());
        }
    }
}

#[tokio::test]
async fn the_browser_may_keep_it_and_may_do_nothing_else_with_it() {
    let house = House::new().await;
    let path = house.uploaded(&png()).await;
    std::fs::write(house.folder().join("8529107-00-A_0_2000.jpg"), jpeg()).unwrap();
    for (path, caching) in [
        (path.as_str(), "public, max-age=31536000, immutable"),
        ("/api/files/product/8529107-00-A_0_2000.jpg", "no-cache"),
    ] {
        let headers = house.get(path, &[]).await.headers;
        assert_eq!(headers["cache-control"], caching);
        assert_eq!(headers["content-security-policy"], "default-src 'none'; sandbox");
        assert_eq!(headers["x-content-type-options"], "nosniff");
    }
}

#[tokio::test]
async fn strangers_are_refused_before_a_byte_is_read() {
    let house = House::new().await;
    for token in ["", "Bearer x"] {
        let never = futures_util::stream::pending::<Result<Bytes, std::io::Error>>();
        let request = Request::post("/api/files/product")
            .header("content-type", "multipart/form-data; boundary=b")
            .header("authorization", token);
        let answer = house.server.send(request.body(Body::from_stream(never)).unwrap()).await;
        assert_eq!(answer.status, 401);
        assert_eq!(answer.json(), json!({ "message": "Unauthorized", "statusCode": 401 }));
    }
    assert!(house.is_empty());
}

#[tokio::test]
async fn what_is_no_image_is_refused_whatever_it_is_called() {
    let house = House::new().await;
    for content in [
        b"".as_slice(),
        b"just text",
        b"<!doctype html><script>alert(1)</script>",
        b"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>",
        b"GIF89a/*<script>*/=1;alert(1)//;",
        b"\x89PNG\r\n\x1a\n<html><script>alert(1)</script>",
        b"\xff\xd8\xff<html><script>alert(1)</script>",
        &png()[..20],
        &[png(), b"<script>alert(1)</script>".to_vec()].concat(),
    ] {
        house.upload(content).await.assert_error(400, "Bad Request", NOT_AN_IMAGE);
    }
    assert!(house.is_empty());
}

#[tokio::test]
async fn a_body_without_the_file_is_refused() {
    let house = House::new().await;
    let image = png();
    for parts in [
        [].as_slice(),
        &[("name=\"file\"", b"".as_slice())],
        &[("name=\"image\"; filename=\"a.png\"", &image)],
        &[("name=\"image\"", &image)],
        &[("filename=\"a.png\"", &image)],
    ] {
        house.post_parts(parts).await.assert_error(400, "Bad Request", NOT_AN_IMAGE);
    }
    for content_type in
        ["application/json", "image/png", "multipart/form-data", "multipart/mixed; boundary=b"]
    {
        let answer = house.post(content_type, multipart(&[])).await;
        answer.assert_error(400, "Bad Request", NOT_AN_IMAGE);
    }
    let answer = house.post("multipart/form-data; boundary=b", "--b\r\nno header\r\n\r\n").await;
    let message = "The body is not valid multipart/form-data";
    answer.assert_error(400, "Bad Request", message);
    assert!(house.is_empty());
}

#[tokio::test]
async fn fields_beside_the_file_are_read_over_but_no_second_file() {
    let house = House::new().await;
    let (image, file) = (png(), "name=\"file\"; filename=\"a.png\"");
    let parts = [("name=\"title\"", b"A hat".as_slice()), (file, &image), ("name=\"b\"", b"")];
    assert_eq!(house.post_parts(&parts).await.status, 201);
    for second in [file, "name=\"other\"; filename=\"b.png\""] {
        let answer = house.post_parts(&[(file, &image), (second, &image)]).await;
        answer.assert_error(400, "Bad Request", "Unexpected field");
    }
    assert_eq!(std::fs::read_dir(house.folder()).unwrap().count(), 1);
}

#[tokio::test]
async fn the_bound_is_exact() {
    let house = House::new().await;
    let mut image = jpeg();
    image.resize(5_000_000, 0);
    let path = house.uploaded(&image).await;
    assert!(house.get(&path, &[]).await.bytes == image);
    image.push(0);
    let answer = house.upload(&image).await;
    answer.assert_error(413, "Payload Too Large", "File too large");
    assert_eq!(std::fs::read_dir(house.folder()).unwrap().count(), 1);
}

#[tokio::test]
async fn the_bound_is_a_setting() {
    let length = png().len().to_string();
    let house = House::with(&[("TERTULIA_FILES__MAX_BYTES", &length)]).await;
    house.uploaded(&png()).await;
    let longer = [png(), vec![0]].concat();
    house.upload(&longer).await.assert_error(413, "Payload Too Large", "File too large");
}

#[tokio::test]
async fn addresses_begin_with_what_is_configured() {
    let house = House::with(&[("HOST_API", "https://cdn.example/shop/api/")]).await;
    let answer = house.upload(&png()).await.json();
    let url = answer["secureUrl"].as_str().unwrap();
    assert!(url.starts_with("https://cdn.example/shop/api/files/product/"), "{url}");
}

#[tokio::test]
async fn nothing_but_stored_images_is_served() {
    let house = House::new().await;
    let secret = house.server.folder.path().join("secret.png");
    std::fs::write(&secret, png()).unwrap();
    std::os::unix::fs::symlink(&secret, house.folder().join("link.png")).unwrap();
    std::fs::create_dir(house.folder().join("folder.png")).unwrap();
    std::fs::write(house.folder().join("notes.txt"), "x").unwrap();
    std::fs::write(house.folder().join(".hidden.png"), png()).unwrap();
    let absolute = format!("/{}", secret.display());
    let long = "x".repeat(300) + ".png";
    for (asked, shown) in [
        ("absent.png", "absent.png"),
        ("../secret.png", "../secret.png"),
        ("..%2fsecret.png", "../secret.png"),
        ("..%2F..%2fetc%2fpasswd", "../../etc/passwd"),
        ("%2e%2e/secret.png", "../secret.png"),
        ("%2e%2e%2fsecret.png", "../secret.png"),
        ("%252e%252e%252fsecret.png", "%2e%2e%2fsecret.png"),
        ("....//secret.png", "....//secret.png"),
        ("./notes.txt", "./notes.txt"),
        ("notes.txt", "notes.txt"),
        (".hidden.png", ".hidden.png"),
        ("..%5csecret.png", "..\\secret.png"),
        ("secret.png%00.png", "secret.png\0.png"),
        ("%00.png", "\0.png"),
        ("notes.txt%00.png", "notes.txt\0.png"),
        ("%c0%ae%c0%ae%2fsecret.png", "\u{fffd}\u{fffd}\u{fffd}\u{fffd}/secret.png"),
        ("%E2%88%95secret.png", "\u{2215}secret.png"),
        ("%ff.png", "\u{fffd}.png"),
        ("link.png", "link.png"),
        ("folder.png", "folder.png"),
        ("folder.png/", "folder.png"),
        ("%3Cscript%3E%22.png", "<script>\".png"),
        (absolute.as_str(), absolute.as_str()),
        (long.as_str(), long.as_str()),
    ] {
        let answer = house.get(&format!("/api/files/product/{asked}"), &[]).await;
        assert_eq!(answer.headers["content-type"], "application/json", "{asked}");
        let message = format!("No product found with image {shown}");
        answer.assert_error(400, "Bad Request", &message);
    }
    let answer = house.get("/api/files/product", &[]).await;
    answer.assert_error(404, "Not Found", "Cannot GET /api/files/product");
}

#[tokio::test]
async fn parts_of_an_image_are_served() {
    let house = House::new().await;
    let (image, path) = (png(), house.uploaded(&png()).await);
    let size = image.len();
    for (range, from, to) in
        [("bytes=0-3", 0, 4), ("bytes=10-", 10, size), ("bytes=-12", size - 12, size)]
    {
        let part = house.get(&path, &[("range", range)]).await;
        assert_eq!((part.status.as_u16(), &part.bytes[..]), (206, &image[from..to]), "{range}");
        let said = format!("bytes {from}-{}/{size}", to - 1);
        assert_eq!(part.headers["content-range"], said);
    }
    let past = house.get(&path, &[("range", "bytes=1000-")]).await;
    assert_eq!((past.status.as_u16(), past.bytes.len()), (416, 0));
    assert_eq!(past.headers["content-range"], format!("bytes */{size}"));
    assert!(!past.headers.contains_key("cache-control"));
    for headers in [
        [("range", "bytes=0-1,4-5"), ("accept", "*/*")],
        [("range", "bytes=0-3"), ("if-range", "\"another\"")],
    ] {
        let whole = house.get(&path, &headers).await;
        assert_eq!((whole.status.as_u16(), &whole.bytes[..]), (200, &image[..]));
    }
}

#[tokio::test]
async fn what_the_client_has_is_not_sent_again() {
    let house = House::new().await;
    let path = house.uploaded(&png()).await;
    let tag = house.get(&path, &[]).await.headers["etag"].to_str().unwrap().to_owned();
    let same = house.get(&path, &[("if-none-match", &tag)]).await;
    assert_eq!((same.status.as_u16(), same.bytes.len()), (304, 0));
    assert_eq!(same.headers["etag"], tag);
    assert!(same.headers["cache-control"].to_str().unwrap().contains("immutable"));
    assert_eq!(house.get(&path, &[("if-none-match", "\"another\"")]).await.status, 200);
}

#[tokio::test]
async fn a_head_has_everything_but_the_body() {
    let house = House::new().await;
    let path = house.uploaded(&png()).await;
    let whole = house.get(&path, &[]).await;
    let head = house.ask(Request::head(&path), &[]).await;
    assert_eq!((head.status.as_u16(), head.bytes.len()), (200, 0));
    for name in ["content-type", "content-length", "etag", "cache-control"] {
        assert_eq!(head.headers[name], whole.headers[name], "{name}");
    }
}

#[tokio::test]
async fn images_outlive_the_server() {
    let kept = tempfile::tempdir().unwrap();
    let settings = [("TERTULIA_FILES__FOLDER", kept.path().to_str().unwrap())];
    let path = House::with(&settings).await.uploaded(&png()).await;
    let served = House::with(&settings).await.get(&path, &[]).await;
    assert_eq!(&served.bytes[..], png());
}

#[tokio::test]
async fn a_folder_that_is_gone_is_a_500_that_names_no_path() {
    let house = House::new().await;
    std::fs::remove_dir(house.folder()).unwrap();
    let answer = house.upload(&png()).await;
    let expected = json!({ "message": "Internal server error", "statusCode": 500 });
    assert_eq!((answer.status.as_u16(), answer.json()), (500, expected));
    assert!(!house.folder().exists());
}

/// Over TCP, where a connection that ends while the client is still sending takes the answer with it.
#[test]
fn who_sends_too_much_sees_the_answer() {
    let folder = tempfile::tempdir().unwrap();
    // More than the kernel holds remains when the bound is reached.
    let bound = ("TERTULIA_FILES__MAX_BYTES", "20000000");
    let server = Running::start(folder.path(), &["serve", "--demo"], &[bound]);
    let login = json!({ "email": "test1@google.com", "password": "Abc123" });
    let (_, user) = server.post("/api/auth/login", &login);
    let files = || std::fs::read_dir(folder.path().join("data/files")).unwrap().count();
    let before = files();
    let body = multipart(&[("name=\"file\"; filename=\"a.png\"", &vec![0; 38_000_000])]);
    let head = format!(
        "POST /api/files/product HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
         authorization: Bearer {}\r\ncontent-type: multipart/form-data; boundary=b\r\n\
         content-length: {}\r\n\r\n",
        user["token"].as_str().unwrap(),
        body.len()
    );
    let mut stream = server.connect();
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&body).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert_eq!(files(), before);
}
