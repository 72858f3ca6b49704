//! `?limit=10&offset=0`: which part of a list is wanted.

use axum::extract::FromRequestParts;
use http::request::Parts;

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
        read(parts.uri.query().unwrap_or_default()).map(Self).map_err(ApiError::validation)
    }
}

/// Reads a query, or says everything that is wrong with it. Of a name that stands twice, the last
/// counts.
fn read(query: &str) -> Result<Page, Vec<String>> {
    let (mut page, mut problems) = (Page { limit: USUAL, offset: 0 }, Vec::new());
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let (place, least, most) = match &*name {
            "limit" => (&mut page.limit, 1, MOST),
            "offset" => (&mut page.offset, 0, u32::MAX),
            _ => {
                problems.push(format!("property {name} should not exist"));
                continue;
            }
        };
        match value.parse::<i128>() {
            Err(_) => problems.push(format!("{name} must be an integer number")),
            Ok(number) if number < i128::from(least) => {
                problems.push(format!("{name} must not be less than {least}"));
            }
            Ok(number) => match u32::try_from(number) {
                Ok(number) if number <= most => *place = number,
                _ => problems.push(format!("{name} must not be greater than {most}")),
            },
        }
    }
    if problems.is_empty() { Ok(page) } else { Err(problems) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

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
