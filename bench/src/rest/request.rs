//! What is asked for.

use super::data;
use crate::users;

/// A request whose cost is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Request {
    List,
    Find,
    CheckStatus,
}

/// One `GET`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) path: String,
    pub(super) token: Option<String>,
}

impl Request {
    pub(super) const ALL: [Self; 3] = [Self::List, Self::Find, Self::CheckStatus];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::List => "products",
            Self::Find => "products-term",
            Self::CheckStatus => "check-status",
        }
    }

    pub(super) fn title(self) -> &'static str {
        match self {
            Self::List => "GET products",
            Self::Find => "GET products/:term",
            Self::CheckStatus => "GET auth/check-status",
        }
    }

    /// What is sent in turn: every page and gender; every product by its id, its slug and its title;
    /// every user.
    pub(super) fn lines(self, now_seconds: u64) -> Vec<Line> {
        match self {
            Self::List => {
                let pages =
                    (0..data::PRODUCTS).step_by(10).map(|offset| format!("offset={offset}"));
                let genders = data::GENDERS.map(|gender| format!("gender={gender}"));
                pages.chain(genders).map(|query| open(&format!("?limit=10&{query}"))).collect()
            }
            Self::Find => (0..data::PRODUCTS)
                .flat_map(|product| {
                    let title = data::title(product).to_uppercase().replace(' ', "%20");
                    [data::id(product).to_string(), data::slug(product), title]
                })
                .map(|term| open(&format!("/{term}")))
                .collect(),
            Self::CheckStatus => (0..data::USERS)
                .map(|user| Line {
                    path: "/api/auth/check-status".to_owned(),
                    token: Some(users::token(user, now_seconds)),
                })
                .collect(),
        }
    }
}

/// What everyone may ask for.
fn open(rest: &str) -> Line {
    Line { path: format!("/api/products{rest}"), token: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_ask_takes_its_turn() {
        let paths = |request: Request| {
            request.lines(0).into_iter().map(|line| line.path).collect::<Vec<_>>()
        };
        let lists = paths(Request::List);
        assert_eq!(lists[1], "/api/products?limit=10&offset=10");
        assert_eq!(lists.last().unwrap(), "/api/products?limit=10&gender=kid");
        let terms = paths(Request::Find);
        assert_eq!(terms.len(), 150);
        assert_eq!(terms[3], "/api/products/7e270000-0000-4000-9000-000000000001");
        assert_eq!(terms[4..6], ["/api/products/product_01", "/api/products/PRODUCT%2001"]);
        let tokens = Request::CheckStatus.lines(0);
        assert!(tokens.iter().all(|line| line.token.is_some()) && tokens[0] != tokens[1]);
    }
}
