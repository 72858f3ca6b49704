//! `products`: everyone may look, those who are signed in add, admins change and remove.

use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRef, State};
use http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::body::{ChangeBody, Given, NewBody, ShownProduct};
use super::query::Wanted;
use super::{
    ChangeError, NewProduct, ProductChange, ProductId, ProductRepository, Slug, Taken, Term,
};
use crate::auth::{Admin, Authenticator, VerifiedUser};
use crate::clock::Sources;
use crate::http::{ApiError, BodyTimeout, ErrorBody, Segment, Validated};
use crate::users::UserId;

/// What the routes need.
#[derive(Debug, Clone, FromRef)]
pub(crate) struct ProductsState {
    pub(crate) products: Arc<dyn ProductRepository>,
    pub(crate) authenticator: Authenticator,
    pub(crate) sources: Sources,
    pub(crate) body_timeout: BodyTimeout,
}

/// The routes, to be nested under `/products`.
pub(crate) fn routes(state: ProductsState) -> OpenApiRouter {
    OpenApiRouter::default()
        .routes(routes!(list, create))
        .routes(routes!(find, change, remove))
        .with_state(state)
}

type Products = State<Arc<dyn ProductRepository>>;

/// Lists products, in a stable order.
#[utoipa::path(
    get, path = "/", operation_id = "listProducts", tag = "products", params(Wanted),
    responses((status = 200, body = Vec<ShownProduct>, description = "This part of the list")),
)]
async fn list(
    State(products): Products,
    Wanted { filter, page }: Wanted,
) -> Result<Json<Vec<ShownProduct>>, ApiError> {
    let products = products.list(filter, page).await?;
    Ok(Json(products.into_iter().map(ShownProduct::from).collect()))
}

/// Answers the product of an id, a slug, or a title in any case.
#[utoipa::path(
    get, path = "/{term}", operation_id = "findProduct", tag = "products",
    params(("term" = String, Path, description = "An id, a slug or a title")),
    responses(
        (status = 200, body = ShownProduct, description = "The product"),
        (status = 404, body = ErrorBody, description = "There is no such product"),
    ),
)]
async fn find(
    State(products): Products,
    Segment(term): Segment,
) -> Result<Json<ShownProduct>, ApiError> {
    match products.find(&Term::parse(&term)).await? {
        Some(product) => Ok(Json(product.into())),
        None => Err(not_found(format!("Product with {term} not found"))),
    }
}

/// Adds a product.
#[utoipa::path(
    post, path = "/", operation_id = "addProduct", tag = "products",
    request_body = NewBody,
    security(("token" = [])),
    responses((status = 201, body = ShownProduct, description = "The product")),
)]
async fn create(
    creator: VerifiedUser,
    State(products): Products,
    State(sources): State<Sources>,
    Validated(body): Validated<NewBody>,
) -> Result<(StatusCode, Json<ShownProduct>), ApiError> {
    let NewBody { title, sizes, gender, more } = body;
    let Given { price, description, slug, stock, tags, images, .. } = more;
    let slug = slug.unwrap_or_else(|| Slug::of(&title));
    if slug.as_str().is_empty() {
        let problem = "slug must be longer than or equal to 1 characters";
        return Err(ApiError::validation(vec![problem.to_owned()]));
    }
    let product = NewProduct {
        id: ProductId::new(sources.timed_id()),
        slug,
        title,
        price: price.unwrap_or_default(),
        description: description.new_value().1.map(str::to_owned),
        stock: stock.unwrap_or_default(),
        sizes,
        gender,
        tags: tags.unwrap_or_default(),
        images: images.unwrap_or_default(),
        user: creator.user().id,
    };
    let stored = products
        .insert(&product)
        .await
        .map_err(|error| refusal(error, Some(&product.title), Some(&product.slug)))?;
    tracing::info!(product = %stored.id, by = %product.user, "added a product");
    Ok((StatusCode::CREATED, Json(stored.into())))
}

/// Changes what is given of a product.
#[utoipa::path(
    patch, path = "/{term}", operation_id = "changeProduct", tag = "products",
    params(("term" = String, Path, format = "uuid", description = "Its id")),
    request_body = Given,
    security(("token" = ["admin"])),
    responses(
        (status = 200, body = ShownProduct, description = "The product as it is now"),
        (status = 404, body = ErrorBody, description = "There is no such product"),
    ),
)]
async fn change(
    admin: Admin,
    State(products): Products,
    Segment(id): Segment,
    Validated(ChangeBody(given)): Validated<ChangeBody>,
) -> Result<Json<ShownProduct>, ApiError> {
    let id = read_id(&id)?;
    let change = to_change(given, admin.verified().user().id);
    let changed = products
        .update(id, &change)
        .await
        .map_err(|error| refusal(error, change.title.as_deref(), change.slug.as_ref()))?
        .ok_or_else(|| not_found(format!("Product with id: {id} not found")))?;
    tracing::info!(product = %id, by = %change.user, "changed a product");
    Ok(Json(changed.into()))
}

/// Removes a product.
#[utoipa::path(
    delete, path = "/{term}", operation_id = "removeProduct", tag = "products",
    params(("term" = String, Path, format = "uuid", description = "Its id")),
    security(("token" = ["admin"])),
    responses(
        (status = 200, description = "It is gone"),
        (status = 404, body = ErrorBody, description = "There is no such product"),
    ),
)]
async fn remove(
    admin: Admin,
    State(products): Products,
    Segment(id): Segment,
) -> Result<StatusCode, ApiError> {
    let id = read_id(&id)?;
    if !products.remove(id).await? {
        return Err(not_found(format!("Product with {id} not found")));
    }
    tracing::info!(product = %id, by = %admin.verified().user().id, "removed a product");
    Ok(StatusCode::OK)
}

fn to_change(given: Given, user: UserId) -> ProductChange {
    let Given { title, price, description, slug, stock, sizes, gender, tags, images } = given;
    ProductChange { title, price, description, slug, stock, sizes, gender, tags, images, user }
}

fn read_id(text: &str) -> Result<ProductId, ApiError> {
    text.parse().map_err(|_| ApiError::bad_request("Validation failed (uuid is expected)"))
}

fn not_found(message: String) -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, message)
}

/// Says which of the two is taken, as Postgres does.
fn refusal(error: ChangeError, title: Option<&str>, slug: Option<&Slug>) -> ApiError {
    let (key, value) = match error {
        ChangeError::Taken(Taken::Title) => ("title", title),
        ChangeError::Taken(Taken::Slug) => ("slug", slug.map(Slug::as_str)),
        ChangeError::Storage(error) => return error.into(),
    };
    let value = value.unwrap_or_default();
    ApiError::bad_request(format!("Key ({key})=({value}) already exists."))
}
