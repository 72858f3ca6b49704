//! `?limit=10&offset=0&gender=men`: which products are wanted.

use axum::extract::FromRequestParts;
use http::request::Parts;

use super::body::not_a_gender;
use super::{Gender, ProductFilter};
use crate::database::Page;
use crate::http::{ApiError, PagingQuery};

/// Extractor of what is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) filter: ProductFilter,
    pub(super) page: Page,
}

impl<S: Sync> FromRequestParts<S> for Wanted {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        read(parts.uri.query().unwrap_or_default()).map_err(ApiError::validation)
    }
}

fn read(query: &str) -> Result<Wanted, Vec<String>> {
    let mut filter = ProductFilter::default();
    let page = PagingQuery::read(query, |name, value| {
        if name != "gender" {
            return Err(PagingQuery::unknown(name));
        }
        filter.gender = Some(Gender::parse(value).ok_or_else(not_a_gender)?);
        Ok(())
    })?;
    Ok(Wanted { filter, page })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gender_may_be_asked_for() {
        let wanted = read("gender=kid&limit=3").unwrap();
        assert_eq!(wanted.filter.gender, Some(Gender::Kid));
        assert_eq!(wanted.page, Page { limit: 3, offset: 0 });
        assert_eq!(read("").unwrap().filter.gender, None);
    }

    #[test]
    fn everything_that_is_wrong_is_named() {
        assert_eq!(
            read("gender=&limit=x&color=red").unwrap_err(),
            [
                "gender must be one of the following values: men, women, kid, unisex",
                "limit must be an integer number",
                "property color should not exist",
            ]
        );
    }
}
