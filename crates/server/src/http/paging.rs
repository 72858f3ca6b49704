//! `?limit=10&offset=0`: which part of a list is wanted.

use std::fmt;
use std::ops::RangeInclusive;

use axum::extract::FromRequestParts;
use http::request::Parts;
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::{ObjectBuilder, Type};

use super::ApiError;
use crate::database::Page;

/// How many are answered when it is not said.
const USUAL: u32 = 10;
/// The most that may be asked for at once.
const MOST: u32 = 100;

/// Extractor of the part that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paging(pub Page);

impl<S: Sync> FromRequestParts<S> for Paging {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let query = parts.uri.query().unwrap_or_default();
        let page = PagingQuery::read(query, |name, _| Err(PagingQuery::unknown(name)));
        page.map(Self).map_err(ApiError::validation)
    }
}

/// A query of which a part says what [`Paging`] is about.
#[derive(Debug, Clone, Copy)]
pub struct PagingQuery;

impl PagingQuery {
    /// Reads a query, or says everything that is wrong with it. Names other than `limit` and
    /// `offset` are given to `other`, which says what is wrong with them. Of a name that stands
    /// twice, the last counts.
    pub fn read(
        query: &str,
        mut other: impl FnMut(&str, &str) -> Result<(), String>,
    ) -> Result<Page, Vec<String>> {
        let (mut page, mut problems) = (Page { limit: USUAL, offset: 0 }, Vec::new());
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let read = match &*name {
                "limit" => number(&name, &value, 1, MOST).map(|limit| page.limit = limit),
                "offset" => number(&name, &value, 0, u32::MAX).map(|offset| page.offset = offset),
                name => other(name, &value),
            };
            problems.extend(read.err());
        }
        if problems.is_empty() { Ok(page) } else { Err(problems) }
    }

    /// What is wrong with a name that nothing goes by.
    pub fn unknown(name: &str) -> String {
        format!("property {name} should not exist")
    }
}

impl IntoParams for PagingQuery {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![
            parameter("limit", "How many to answer at most", 1..=MOST, USUAL),
            parameter("offset", "How many to leave out before", 0..=u32::MAX, 0),
        ]
    }
}

fn parameter(name: &str, what: &str, bounds: RangeInclusive<u32>, usual: u32) -> Parameter {
    let number = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(*bounds.start()))
        .maximum(Some(*bounds.end()))
        .default(Some(usual.into()));
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Query)
        .description(Some(what))
        .schema(Some(number))
        .build()
}

/// Reads a number within bounds, or says what is wrong with it.
pub(crate) fn number<N>(name: &str, text: &str, least: N, most: N) -> Result<N, String>
where
    N: TryFrom<i128> + Into<i128> + PartialOrd + fmt::Display + Copy,
{
    let number: i128 = text.parse().map_err(|_| format!("{name} must be an integer number"))?;
    if number < least.into() {
        return Err(format!("{name} must not be less than {least}"));
    }
    let number = N::try_from(number).ok().filter(|number| *number <= most);
    number.ok_or_else(|| format!("{name} must not be greater than {most}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(query: &str) -> Result<Page, Vec<String>> {
        PagingQuery::read(query, |name, _| Err(PagingQuery::unknown(name)))
    }

    #[test]
    fn what_is_said_and_what_is_usual() {
        assert_eq!(read(""), Ok(Page { limit: 10, offset: 0 }));
        assert_eq!(read("offset=5&limit=100"), Ok(Page { limit: 100, offset: 5 }));
        assert_eq!(read("limit=%31%32"), Ok(Page { limit: 12, offset: 0 }));
    }

    #[test]
    fn everything_that_is_wrong_is_named() {
        let problems = read("limit=0&offset=-1&sort=name").unwrap_err();
        let expected = [
            "limit must not be less than 1",
            "offset must not be less than 0",
            "property sort should not exist",
        ];
        assert_eq!(problems, expected);
        for (query, problem) in [
            ("limit=101", "limit must not be greater than 100"),
            ("limit=1.5", "limit must be an integer number"),
            ("limit=", "limit must be an integer number"),
            ("offset=99999999999999999999", "offset must not be greater than 4294967295"),
        ] {
            assert_eq!(read(query), Err(vec![problem.to_owned()]), "{query}");
        }
    }

    proptest! {
        /// The model: a number within its bounds is taken as it is, any other is refused.
        #[test]
        fn agrees_with_its_bounds(limit: i64, offset: i64) {
            let fits = (1..=100).contains(&limit) && (0..=i64::from(u32::MAX)).contains(&offset);
            let page = read(&format!("limit={limit}&offset={offset}"));
            prop_assert_eq!(page.is_ok(), fits);
            if let Ok(page) = page {
                prop_assert_eq!((i64::from(page.limit), i64::from(page.offset)), (limit, offset));
            }
        }

        #[test]
        fn no_query_panics(query in "\\PC{0,60}") {
            // Whether it is refused does not matter here.
            let _page = read(&query);
        }
    }
}
