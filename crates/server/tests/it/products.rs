//! `products`: the rows of the contract's §3, one test each.

use axum::body::Body;
use http::Request;
use serde_json::{Value, json};
use tertulia::users::{Role, UserChange, UserId};

use crate::server::{Answer, Kind, TestServer, on_each_database};

/// A server with an admin and one more user.
struct Shop {
    server: TestServer,
    admin: Person,
    bob: Person,
}

struct Person {
    token: String,
    id: String,
}

impl Shop {
    async fn open(database: Kind) -> Self {
        let server = TestServer::on(database).await;
        let admin = register(&server, "ada@example.com", "Ada").await;
        let bob = register(&server, "bob@example.com", "Bob").await;
        let change = UserChange { roles: Some(vec![Role::Admin]), ..UserChange::default() };
        let id: UserId = admin.id.parse().unwrap();
        server.app.core().users.update(id, &change).await.unwrap().unwrap();
        Self { server, admin, bob }
    }

    async fn send(&self, method: &str, path: &str, token: &str, body: &Value) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", token)
            .header("content-type", "application/json");
        self.server.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    async fn create(&self, body: &Value) -> Answer {
        self.send("POST", "/api/products", &self.bob.token, body).await
    }

    async fn created(&self, title: &str) -> Value {
        let answer = self.create(&json!({ "title": title, "sizes": [], "gender": "men" })).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        answer.json()
    }

    async fn change(&self, id: &str, body: &Value) -> Answer {
        self.send("PATCH", &format!("/api/products/{id}"), &self.admin.token, body).await
    }
}

async fn register(server: &TestServer, email: &str, name: &str) -> Person {
    let body = json!({ "email": email, "password": "Abc123", "fullName": name });
    let user = server.post("/api/auth/register", &body).await.json();
    let token = format!("Bearer {}", user["token"].as_str().unwrap());
    Person { token, id: user["id"].as_str().unwrap().to_owned() }
}

async fn someone_signed_in_adds_a_product(database: Kind) {
    let shop = Shop::open(database).await;
    let whole = json!({
        "title": "Men's Rain Coat", "price": 75.5, "description": "Dry.", "stock": 7,
        "sizes": ["S", "M"], "gender": "men", "tags": ["rain"], "images": ["b.png", "a.png"],
    });
    let answer = shop.create(&whole).await;
    let product = answer.json();
    let mut expected = whole;
    expected["id"] = product["id"].clone();
    expected["slug"] = json!("mens_rain_coat");
    expected["user"] = json!({
        "id": shop.bob.id, "email": "bob@example.com", "fullName": "Bob", "isActive": true,
        "roles": ["user"],
    });
    assert_eq!((answer.status.as_u16(), &product), (201, &expected));

    let least = json!({ "title": "Cap", "sizes": [], "gender": "kid", "price": null });
    let product = shop.create(&least).await.json();
    for (name, value) in [
        ("price", json!(0.0)),
        ("stock", json!(0)),
        ("description", Value::Null),
        ("tags", json!([])),
        ("images", json!([])),
        ("slug", json!("cap")),
    ] {
        assert_eq!(product[name], value, "{name}");
    }
    let slug = json!({ "title": "Hat", "sizes": [], "gender": "kid", "slug": "My Kid's HAT" });
    assert_eq!(shop.create(&slug).await.json()["slug"], "my_kids_hat");
    let anonymous = shop.server.post("/api/products", &least).await;
    assert_eq!(anonymous.status, 401);
    assert_eq!(anonymous.json(), json!({ "message": "Unauthorized", "statusCode": 401 }));
}

async fn no_product_is_without_an_address(database: Kind) {
    let shop = Shop::open(database).await;
    let quote = json!({ "title": "'", "sizes": [], "gender": "men" });
    let problem = "slug must be longer than or equal to 1 characters";
    shop.create(&quote).await.assert_problems(&[problem]);
    let coat = json!({ "title": "Coat", "slug": "'", "sizes": [], "gender": "men" });
    assert_eq!(shop.create(&coat).await.json()["slug"], "coat");
}

async fn what_is_wrong_with_a_product_is_named(database: Kind) {
    let shop = Shop::open(database).await;
    let genders = "gender must be one of the following values: men, women, kid, unisex";
    shop.create(&json!({})).await.assert_problems(&[
        "title must be a string",
        "each value in sizes must be a string",
        "sizes must be an array",
        genders,
    ]);
    let wrong = json!({
        "title": "", "price": 0, "description": 1, "slug": "a\u{0}", "stock": -1, "sizes": [1],
        "gender": "Men", "tags": "x", "images": [null], "user": "me", "id": "x",
    });
    shop.create(&wrong).await.assert_problems(&[
        "property id should not exist",
        "property user should not exist",
        "title must be longer than or equal to 1 characters",
        "price must be a positive number",
        "description must be a string",
        "slug must not contain null characters",
        "stock must not be less than 0",
        "each value in sizes must be a string",
        genders,
        "each value in tags must be a string",
        "tags must be an array",
        "each value in images must be a string",
    ]);
    for (name, value, problem) in [
        ("price", json!("7"), "price must be a number conforming to the specified constraints"),
        ("price", json!(-1), "price must be a positive number"),
        ("stock", json!(1.5), "stock must be an integer number"),
        ("stock", json!("1"), "stock must be an integer number"),
        ("stock", json!(1e10), "stock must not be greater than 2147483647"),
        ("title", json!("x".repeat(201)), "title must be shorter than or equal to 200 characters"),
        ("tags", json!(vec!["x"; 101]), "tags must contain no more than 100 elements"),
        ("title", json!(["x"]), "title must be a string"),
    ] {
        let mut body = json!({ "title": "Cap", "sizes": [], "gender": "kid" });
        body[name] = value;
        shop.create(&body).await.assert_problems(&[problem]);
    }
    let long = json!({ "title": "x".repeat(200), "sizes": [], "gender": "kid", "stock": 2.0 });
    assert_eq!(shop.create(&long).await.json()["stock"], 2);
}

async fn a_taken_title_or_slug_is_400(database: Kind) {
    let shop = Shop::open(database).await;
    let first = shop.created("Cap").await;
    let again = json!({ "title": "Cap", "sizes": [], "gender": "men", "slug": "other" });
    let message = "Key (title)=(Cap) already exists.";
    shop.create(&again).await.assert_error(400, "Bad Request", message);
    let again = json!({ "title": "CAP", "sizes": [], "gender": "men" });
    let message = "Key (slug)=(cap) already exists.";
    shop.create(&again).await.assert_error(400, "Bad Request", message);
    let other = shop.created("Other").await;
    let change = json!({ "slug": "Cap", "images": ["lost.png"] });
    let answer = shop.change(other["id"].as_str().unwrap(), &change).await;
    answer.assert_error(400, "Bad Request", message);
    let own = json!({ "slug": "cap", "title": "Cap" });
    assert_eq!(shop.change(first["id"].as_str().unwrap(), &own).await.status, 200);
}

async fn everyone_lists_products_in_pages(database: Kind) {
    let shop = Shop::open(database).await;
    assert_eq!(shop.server.get("/api/products").await.json(), json!([]));
    let mut all = Vec::new();
    for (number, gender) in ["men", "women", "kid", "unisex"].iter().cycle().take(12).enumerate() {
        let title = format!("Product {number}");
        let body = json!({ "title": title, "sizes": [], "gender": gender, "images": ["1.png"] });
        all.push(shop.create(&body).await.json());
    }
    let list = async |query: &str| {
        let answer = shop.server.get(&format!("/api/products{query}")).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()
    };
    assert_eq!(list("").await, json!(all[..10]));
    assert_eq!(list("?limit=3&offset=10").await, json!(all[10..]));
    let suits: Vec<_> = all
        .iter()
        .filter(|product| ["kid", "unisex"].contains(&product["gender"].as_str().unwrap()))
        .collect();
    assert_eq!(list("?gender=kid&limit=100").await, json!(suits));
    let answer = shop.server.get("/api/v1/products?limit=101&offset=-1&gender=cat&a=b").await;
    answer.assert_problems(&[
        "limit must not be greater than 100",
        "offset must not be less than 0",
        "gender must be one of the following values: men, women, kid, unisex",
        "property a should not exist",
    ]);
}

async fn everyone_finds_a_product_by_id_slug_and_title(database: Kind) {
    let shop = Shop::open(database).await;
    let coat = shop.created("Rain Coat").await;
    let id = coat["id"].as_str().unwrap();
    for term in [id, &id.to_uppercase(), "rain_coat", "RAIN_COAT", "rain%20coat", "Rain%20COAT"] {
        let answer = shop.server.get(&format!("/api/products/{term}")).await;
        assert_eq!((answer.status.as_u16(), answer.json()), (200, coat.clone()), "{term}");
    }
    let stranger = "7b0ac1f4-6a52-4b5c-9a39-0f7f8ac4a1de";
    for (path, term) in [
        (stranger, stranger),
        ("rain", "rain"),
        ("%27%20OR%20%271%27=%271", "' OR '1'='1"),
        ("%22;DROP%20TABLE%20products;--", "\";DROP TABLE products;--"),
        ("a%00b", "a\0b"),
        ("%25", "%"),
        ("..%2f..%2fetc%2fpasswd", "../../etc/passwd"),
        ("%C3%B1%F0%9F%A7%A5", "\u{f1}\u{1F9E5}"),
    ] {
        let answer = shop.server.get(&format!("/api/products/{path}")).await;
        answer.assert_error(404, "Not Found", &format!("Product with {term} not found"));
    }
    let answer = shop.server.get("/api/products/%FF").await;
    answer.assert_error(400, "Bad Request", "The path is not valid UTF-8");
    assert_eq!(shop.server.get("/api/products/rain_coat").await.status, 200);
}

async fn an_admin_changes_what_is_given(database: Kind) {
    let shop = Shop::open(database).await;
    let mut expected = shop.created("Coat").await;
    let id = expected["id"].as_str().unwrap().to_owned();
    expected["user"] = json!({
        "id": shop.admin.id, "email": "ada@example.com", "fullName": "Ada", "isActive": true,
        "roles": ["admin"],
    });
    for (change, name, value) in [
        (json!({}), "stock", json!(0)),
        (json!({ "title": "Cloak" }), "title", json!("Cloak")),
        (json!({ "slug": "The Cloak" }), "slug", json!("the_cloak")),
        (json!({ "price": 9.99 }), "price", json!(9.99)),
        (json!({ "description": "Long." }), "description", json!("Long.")),
        (json!({ "description": null }), "description", json!(null)),
        (json!({ "images": ["2", "1"] }), "images", json!(["2", "1"])),
        (json!({ "images": null, "stock": 4 }), "stock", json!(4)),
        (json!({ "images": [] }), "images", json!([])),
    ] {
        expected[name] = value;
        let answer = shop.change(&id, &change).await;
        assert_eq!((answer.status.as_u16(), answer.json()), (200, expected.clone()), "{change}");
    }
    shop.change(&id, &json!({ "price": 0, "x": 1 }))
        .await
        .assert_problems(&["property x should not exist", "price must be a positive number"]);
}

async fn changing_and_removing_are_for_admins_and_need_an_id(database: Kind) {
    let shop = Shop::open(database).await;
    let coat = shop.created("Coat").await;
    let path = format!("/api/products/{}", coat["id"].as_str().unwrap());
    for method in ["PATCH", "DELETE"] {
        let answer = shop.send(method, &path, &shop.bob.token, &json!({})).await;
        answer.assert_error(403, "Forbidden", "User Bob need a valid role: [admin]");
        let answer = shop.send(method, &path, "Bearer x", &json!({})).await;
        assert_eq!(answer.status, 401);
        let answer = shop.send(method, "/api/products/coat", &shop.admin.token, &json!({})).await;
        answer.assert_error(400, "Bad Request", "Validation failed (uuid is expected)");
    }
    let nobody = "7b0ac1f4-6a52-4b5c-9a39-0f7f8ac4a1de";
    let answer = shop.change(nobody, &json!({})).await;
    answer.assert_error(404, "Not Found", &format!("Product with id: {nobody} not found"));
    let remove = async |path: &str| shop.send("DELETE", path, &shop.admin.token, &json!({})).await;
    let answer = remove(&path).await;
    assert_eq!((answer.status.as_u16(), answer.text.as_str()), (200, ""));
    let id = coat["id"].as_str().unwrap();
    let message = format!("Product with {id} not found");
    remove(&path).await.assert_error(404, "Not Found", &message);
    shop.server.get(&path).await.assert_error(404, "Not Found", &message);
}

async fn a_database_that_is_away_is_503(database: Kind) {
    let shop = Shop::open(database).await;
    shop.server.app.close().await;
    for path in ["/api/products", "/api/products/coat"] {
        let answer = shop.server.get(path).await;
        let message = "Busy, try again in a moment";
        answer.assert_error(503, "Service Unavailable", message);
    }
}

on_each_database!(
    someone_signed_in_adds_a_product,
    no_product_is_without_an_address,
    what_is_wrong_with_a_product_is_named,
    a_taken_title_or_slug_is_400,
    everyone_lists_products_in_pages,
    everyone_finds_a_product_by_id_slug_and_title,
    an_admin_changes_what_is_given,
    changing_and_removing_are_for_admins_and_need_an_id,
    a_database_that_is_away_is_503,
);
