//! A product. Deliberately not serializable: what of it is shown is decided at the edge.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;
use uuid::fmt::Hyphenated;

use super::Slug;
use crate::users::User;

/// The id of a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProductId(Uuid);

impl ProductId {
    /// Wraps an id that was drawn for a new product.
    pub const fn new(id: Uuid) -> Self {
        Self(id)
    }

    /// The id without its meaning.
    pub const fn as_uuid(self) -> Uuid {
        self.0
    }
}

impl fmt::Display for ProductId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl FromStr for ProductId {
    type Err = uuid::Error;

    /// Reads the usual form alone: others would be other names for the same product.
    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        text.parse::<Hyphenated>().map(|id| Self(id.into_uuid()))
    }
}

/// Whom a product is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gender {
    /// Men.
    Men,
    /// Women.
    Women,
    /// Children.
    Kid,
    /// Everyone.
    Unisex,
}

impl Gender {
    /// All of them, in the order in which they are named.
    pub const ALL: [Self; 4] = [Self::Men, Self::Women, Self::Kid, Self::Unisex];

    /// Its name in databases, requests and answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Men => "men",
            Self::Women => "women",
            Self::Kid => "kid",
            Self::Unisex => "unisex",
        }
    }

    /// The gender of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|gender| gender.as_str() == name)
    }
}

/// A product as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Product {
    /// Never changes.
    pub id: ProductId,
    /// Unique.
    pub title: String,
    /// Above 0, or 0 if it was never said.
    pub price: f64,
    /// May be absent.
    pub description: Option<String>,
    /// Unique.
    pub slug: Slug,
    /// How many there are.
    pub stock: i32,
    /// In which it comes.
    pub sizes: Vec<String>,
    /// The name of a [`Gender`], or whatever an existing database holds.
    pub gender: String,
    /// What it is found by.
    pub tags: Vec<String>,
    /// Names or addresses of its images, in their order.
    pub images: Vec<String>,
    /// Who made or last changed it; absent for what an existing database has without one.
    pub user: Option<User>,
}

/// What one product is looked up by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Term {
    /// Its id.
    Id(ProductId),
    /// Its slug, or else its title, in any case.
    Name(String),
}

impl Term {
    /// Whatever has the form of an id is one.
    pub fn parse(text: &str) -> Self {
        text.parse().map_or_else(|_| Self::Name(text.to_owned()), Self::Id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms() {
        let id = "7b0ac1f4-6a52-4b5c-9a39-0f7f8ac4a1de";
        assert_eq!(Term::parse(id), Term::Id(id.parse().unwrap()));
        assert_eq!(Term::parse(&id.to_uppercase()), Term::Id(id.parse().unwrap()));
        for name in ["", "rain_coat", "7b0ac1f46a524b5c9a390f7f8ac4a1de", &format!("{{{id}}}")] {
            assert_eq!(Term::parse(name), Term::Name(name.to_owned()));
        }
    }
}
