//! What is read and answered: the wire's view of products.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::Value;
use utoipa::openapi::schema::SchemaType;
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use super::{DescriptionChange, Gender, Product, Slug};
use crate::http::{Fields, Form, Refused};
use crate::users::ShownUser;

/// The longest title and slug, in characters.
const TITLE_CHARS: usize = 200;
/// The longest description, in characters.
const DESCRIPTION_CHARS: usize = 10_000;
/// The most sizes, tags, or images.
const LIST_ITEMS: usize = 100;
/// The longest size, tag, or address of an image, in characters.
const ITEM_CHARS: usize = 2_000;

/// What a new product must have.
const REQUIRED: [&str; 3] = ["title", "sizes", "gender"];

/// The properties of a product that people give. What is left out, or null, is `None`.
#[derive(Debug, Clone, PartialEq, ToSchema)]
#[schema(as = ProductChange, description = "What is left out stays as it is.")]
pub(super) struct Given {
    #[schema(min_length = 1, max_length = 200)]
    pub(super) title: Option<String>,
    #[schema(exclusive_minimum = 0)]
    pub(super) price: Option<f64>,
    /// Null removes it.
    #[schema(value_type = Option<String>, max_length = 10_000)]
    pub(super) description: DescriptionChange,
    /// The title's, if left out or empty.
    #[schema(value_type = Option<String>, max_length = 200)]
    pub(super) slug: Option<Slug>,
    #[schema(minimum = 0)]
    pub(super) stock: Option<i32>,
    #[schema(max_items = 100)]
    pub(super) sizes: Option<Vec<String>>,
    pub(super) gender: Option<Gender>,
    #[schema(max_items = 100)]
    pub(super) tags: Option<Vec<String>>,
    /// Addresses. They replace all that there were.
    #[schema(max_items = 100)]
    pub(super) images: Option<Vec<String>>,
}

/// The body of `POST products`.
#[derive(Debug)]
pub(super) struct NewBody {
    pub(super) title: String,
    pub(super) sizes: Vec<String>,
    pub(super) gender: Gender,
    /// The rest, of which everything may be left out.
    pub(super) more: Given,
}

/// The body of `PATCH products/:id`.
#[derive(Debug)]
pub(super) struct ChangeBody(pub(super) Given);

impl Form for NewBody {
    fn read(fields: &mut Fields) -> Option<Self> {
        for name in REQUIRED {
            fields.require(name);
        }
        let mut more = Given::read(fields)?;
        let (title, sizes, gender) = (more.title.take()?, more.sizes.take()?, more.gender.take()?);
        Some(Self { title, sizes, gender, more })
    }
}

impl Form for ChangeBody {
    fn read(fields: &mut Fields) -> Option<Self> {
        Given::read(fields).map(Self)
    }
}

impl Given {
    fn read(fields: &mut Fields) -> Option<Self> {
        let title = take(fields, "title", |value| text("title", value, 1, TITLE_CHARS));
        let price = take(fields, "price", price);
        let description = fields.take_with("description", description);
        let slug = take(fields, "slug", |value| text("slug", value, 0, TITLE_CHARS));
        let stock = take(fields, "stock", stock);
        let sizes = take(fields, "sizes", |value| texts("sizes", value));
        let gender = take(fields, "gender", gender);
        let tags = take(fields, "tags", |value| texts("tags", value));
        let images = take(fields, "images", |value| texts("images", value));
        Some(Self {
            title: title.ok()?,
            price: price.ok()?,
            description: description.ok()?.unwrap_or_default(),
            slug: slug.ok()?.map(|slug| Slug::of(&slug)).filter(|slug| !slug.as_str().is_empty()),
            stock: stock.ok()?,
            sizes: sizes.ok()?,
            gender: gender.ok()?,
            tags: tags.ok()?,
            images: images.ok()?,
        })
    }
}

type Read<T> = Result<T, Vec<String>>;

/// Takes a property for which null is the same as leaving it out.
fn take<T>(
    fields: &mut Fields,
    name: &str,
    read: impl FnOnce(&Value) -> Read<T>,
) -> Result<Option<T>, Refused> {
    let read = |value: &Value| if value.is_null() { Ok(None) } else { read(value).map(Some) };
    Ok(fields.take_with(name, read)?.flatten())
}

fn text(name: &str, value: &Value, least: usize, most: usize) -> Read<String> {
    let Value::String(text) = value else {
        return Err(vec![format!("{name} must be a string")]);
    };
    let chars = text.chars().count();
    if chars < least {
        return Err(vec![format!("{name} must be longer than or equal to {least} characters")]);
    }
    if chars > most {
        return Err(vec![format!("{name} must be shorter than or equal to {most} characters")]);
    }
    // Postgres cannot store it.
    if text.contains('\0') {
        return Err(vec![format!("{name} must not contain null characters")]);
    }
    Ok(text.clone())
}

fn description(value: &Value) -> Read<DescriptionChange> {
    if value.is_null() {
        return Ok(DescriptionChange::Remove);
    }
    text("description", value, 0, DESCRIPTION_CHARS).map(DescriptionChange::Replace)
}

fn price(value: &Value) -> Read<f64> {
    match value.as_f64() {
        None => {
            Err(vec!["price must be a number conforming to the specified constraints".to_owned()])
        }
        Some(price) if price > 0.0 => Ok(price),
        Some(_) => Err(vec!["price must be a positive number".to_owned()]),
    }
}

fn stock(value: &Value) -> Read<i32> {
    let refused = |problem: &str| Err(vec![problem.to_owned()]);
    match value.as_f64() {
        Some(stock) if stock.fract() != 0.0 => refused("stock must be an integer number"),
        None => refused("stock must be an integer number"),
        Some(stock) if stock < 0.0 => refused("stock must not be less than 0"),
        Some(stock) if stock > f64::from(i32::MAX) => {
            refused("stock must not be greater than 2147483647")
        }
        #[expect(clippy::cast_possible_truncation, reason = "it is whole and within the bounds")]
        Some(stock) => Ok(stock as i32),
    }
}

fn gender(value: &Value) -> Read<Gender> {
    let gender = value.as_str().and_then(Gender::parse);
    gender.ok_or_else(|| vec![not_a_gender()])
}

/// What is said about a gender of another name.
pub(super) fn not_a_gender() -> String {
    let names = Gender::ALL.map(Gender::as_str).join(", ");
    format!("gender must be one of the following values: {names}")
}

fn texts(name: &str, value: &Value) -> Read<Vec<String>> {
    let Value::Array(items) = value else {
        return Err(vec![
            format!("each value in {name} must be a string"),
            format!("{name} must be an array"),
        ]);
    };
    if items.len() > LIST_ITEMS {
        return Err(vec![format!("{name} must contain no more than {LIST_ITEMS} elements")]);
    }
    let each = format!("each value in {name}");
    items.iter().map(|item| text(&each, item, 0, ITEM_CHARS)).collect()
}

impl ToSchema for NewBody {
    fn name() -> Cow<'static, str> {
        "NewProduct".into()
    }

    fn schemas(all: &mut Vec<(String, RefOr<Schema>)>) {
        Given::schemas(all);
    }
}

impl PartialSchema for NewBody {
    fn schema() -> RefOr<Schema> {
        let mut schema = Given::schema();
        if let RefOr::T(Schema::Object(body)) = &mut schema {
            body.description = Some("A product to be added.".to_owned());
            body.required.extend(REQUIRED.map(str::to_owned));
            for name in REQUIRED {
                if let Some(property) = body.properties.get_mut(name) {
                    forbid_null(property);
                }
            }
        }
        schema
    }
}

fn forbid_null(property: &mut RefOr<Schema>) {
    match property {
        RefOr::T(Schema::Object(value)) => value.schema_type = not_null(&value.schema_type),
        RefOr::T(Schema::Array(list)) => list.schema_type = not_null(&list.schema_type),
        RefOr::T(Schema::OneOf(choice)) => {
            choice.items.retain(|item| matches!(item, RefOr::Ref(_)));
        }
        _ => {}
    }
}

fn not_null(kind: &SchemaType) -> SchemaType {
    match kind {
        SchemaType::Array(kinds) => {
            SchemaType::Array(kinds.iter().filter(|kind| **kind != Type::Null).cloned().collect())
        }
        other => other.clone(),
    }
}

impl ToSchema for Gender {}

impl PartialSchema for Gender {
    fn schema() -> RefOr<Schema> {
        let names = Self::ALL.map(Self::as_str);
        ObjectBuilder::new().schema_type(Type::String).enum_values(Some(names)).into()
    }
}

/// A product as everyone sees it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Product)]
#[serde(rename_all = "camelCase")]
pub(super) struct ShownProduct {
    #[schema(format = "uuid")]
    id: String,
    title: String,
    price: f64,
    #[schema(required = true)]
    description: Option<String>,
    slug: String,
    stock: i32,
    sizes: Vec<String>,
    gender: String,
    tags: Vec<String>,
    images: Vec<String>,
    /// Who added it, or changed it last.
    #[schema(required = true)]
    user: Option<ShownUser>,
}

impl From<Product> for ShownProduct {
    fn from(product: Product) -> Self {
        Self {
            id: product.id.to_string(),
            title: product.title,
            price: product.price,
            description: product.description,
            slug: product.slug.as_str().to_owned(),
            stock: product.stock,
            sizes: product.sizes,
            gender: product.gender,
            tags: product.tags,
            images: product.images,
            user: product.user.as_ref().map(ShownUser::from),
        }
    }
}
