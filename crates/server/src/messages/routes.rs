//! `GET /api/rooms/:room/messages`: what was said in a room.

use axum::Json;
use axum::extract::{FromRef, RawQuery, State};
use http::StatusCode;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Conversations;
use super::history::{History, MOST, Part, USUAL};
use crate::auth::{Authenticator, VerifiedUser};
use crate::code::Code;
use crate::events::Problem;
use crate::http::{ApiError, ErrorBody, Segment, number};
use crate::rooms::Address;

/// The greatest number that JavaScript can tell from the next one. No room gets as far.
const LAST: u64 = (1 << 53) - 1;

#[derive(Debug, Clone)]
struct HistoryState {
    conversations: Conversations,
    authenticator: Authenticator,
}

impl FromRef<HistoryState> for Authenticator {
    fn from_ref(state: &HistoryState) -> Self {
        state.authenticator.clone()
    }
}

/// Which part of what was said is wanted.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes what `part` reads")]
struct HistoryQuery {
    /// Only messages with lower numbers.
    #[param(maximum = 9_007_199_254_740_991u64)]
    before: Option<u64>,
    /// Only messages with higher numbers, the first of them. Without it, the last ones.
    #[param(maximum = 9_007_199_254_740_991u64)]
    after: Option<u64>,
    /// How many at most.
    #[param(minimum = 1, maximum = 100, default = 50)]
    limit: Option<u32>,
}

/// The routes, to be nested under `/rooms`.
pub(crate) fn routes(conversations: Conversations, authenticator: Authenticator) -> OpenApiRouter {
    let state = HistoryState { conversations, authenticator };
    OpenApiRouter::default().routes(routes!(read)).with_state(state)
}

/// Answers with messages of a room that the user is a member of, the oldest first; without `after`,
/// the newest ones. Those of a large page are fewer than asked for: `hasMore` says so.
#[utoipa::path(
    get, path = "/{room}/messages", operation_id = "listMessages", tag = "rooms",
    params(("room" = String, Path, description = "`lobby`, a room, or `direct:<id>:<id>`"), HistoryQuery),
    security(("token" = [])),
    responses(
        (status = 200, body = History, description = "This part of what was said"),
        (status = 403, body = ErrorBody, description = "The user is not a member"),
        (status = 404, body = ErrorBody, description = "There is no such room"),
    ),
)]
async fn read(
    user: VerifiedUser,
    State(state): State<HistoryState>,
    Segment(room): Segment,
    RawQuery(query): RawQuery,
) -> Result<Json<History>, ApiError> {
    let part = part(query.as_deref().unwrap_or_default()).map_err(ApiError::validation)?;
    let channel = Address::read(&room, user.user(), None).and_then(Address::channel)?;
    Ok(Json(state.conversations.history(user.user(), &channel, part).await?))
}

/// Reads a query, or says everything that is wrong with it.
fn part(query: &str) -> Result<Part, Vec<String>> {
    let (mut part, mut problems) = (Part { before: None, after: None, limit: USUAL }, Vec::new());
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let read = match &*name {
            "before" => number(&name, &value, 0, LAST).map(|number| part.before = Some(number)),
            "after" => number(&name, &value, 0, LAST).map(|number| part.after = Some(number)),
            "limit" => number(&name, &value, 1, MOST).map(|limit| part.limit = limit),
            name => Err(format!("property {name} should not exist")),
        };
        problems.extend(read.err());
    }
    if problems.is_empty() { Ok(part) } else { Err(problems) }
}

impl From<Problem> for ApiError {
    fn from(problem: Problem) -> Self {
        let status = match problem.code {
            Code::Forbidden => StatusCode::FORBIDDEN,
            Code::NotFound => StatusCode::NOT_FOUND,
            Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::BAD_REQUEST,
        };
        Self::new(status, problem.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_read_and_what_is_wrong_with_it_is_named() {
        assert_eq!(part(""), Ok(Part { before: None, after: None, limit: 50 }));
        let whole = Part { before: Some(9), after: Some(0), limit: 100 };
        assert_eq!(part("after=0&before=9&limit=100"), Ok(whole));
        let problems = part("before=-1&limit=0&limit=101&offset=3&after=x&after=9007199254740992")
            .unwrap_err();
        let expected = [
            "before must not be less than 0",
            "limit must not be less than 1",
            "limit must not be greater than 100",
            "property offset should not exist",
            "after must be an integer number",
            "after must not be greater than 9007199254740991",
        ];
        assert_eq!(problems, expected);
    }
}
