//! The answers that follow from what an operation takes. No handler names them, so none can forget
//! them.

use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::schema::AdditionalProperties;
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{
    Content, OpenApi, Ref, RefOr, Required, Response, ResponseBuilder, Schema, path::PathsBuilder,
};

use super::{ADMIN, TOKEN};
use crate::http::ErrorBody;

const JSON: &str = "application/json";

/// The document with what its operations have in common.
pub(super) fn completed(mut document: OpenApi) -> OpenApi {
    let mut paths = PathsBuilder::new();
    for (path, mut item) in std::mem::take(&mut document.paths.paths) {
        for operation in operations(&mut item) {
            if let Some(form) = json_body(operation) {
                let must_be_sent = close(&mut document, &form);
                if let Some(RefOr::T(body)) = &mut operation.request_body {
                    let required = if must_be_sent { Required::True } else { Required::False };
                    body.required = Some(required);
                }
            }
            for (status, when) in implied(operation) {
                let answers = &mut operation.responses.responses;
                answers.entry(status.to_owned()).or_insert_with(|| refusal(when).into());
            }
        }
        // To the router, `{*name}` is a variable part that may hold slashes.
        paths = paths.path(path.replace("{*", "{"), item);
    }
    document.paths = paths.build();
    document
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.post, &mut item.patch, &mut item.delete]
        .into_iter()
        .filter_map(Option::as_mut)
}

fn implied(operation: &Operation) -> Vec<(&'static str, &'static str)> {
    let has_body = operation.request_body.is_some();
    let has_form = json_body(operation).is_some();
    let security = operation.security.as_deref().unwrap_or_default();
    let is_for_admins = security.contains(&SecurityRequirement::new(TOKEN, [ADMIN]));
    [
        (has_body || operation.parameters.is_some(), "400", "What was sent is not valid"),
        (!security.is_empty(), "401", "No token, or not one of an active user"),
        (is_for_admins, "403", "Not an admin"),
        (has_body, "408", "The body took too long"),
        (has_body, "413", "The body is too large"),
        (has_form, "415", "The body is not JSON"),
        (true, "500", "The server is at fault"),
        (true, "503", "The server is busy, or its database away; may be tried again"),
    ]
    .into_iter()
    .filter_map(|(applies, status, when)| applies.then_some((status, when)))
    .collect()
}

fn refusal(when: &str) -> Response {
    let body = Ref::from_schema_name(<ErrorBody as utoipa::ToSchema>::name());
    ResponseBuilder::new().description(when).content(JSON, Content::new(Some(body))).build()
}

/// Where the schema of an operation's JSON body is.
fn json_body(operation: &Operation) -> Option<String> {
    let RefOr::T(body) = operation.request_body.as_ref()? else { return None };
    let RefOr::T(content) = body.content.get(JSON)? else { return None };
    let RefOr::Ref(schema) = content.schema.as_ref()? else { return None };
    Some(schema.ref_location.clone())
}

/// Bodies are read by `http::Validated`, which refuses properties that it does not know, and takes a
/// body that is absent for an empty one. Whether such a one would lack something is returned.
fn close(document: &mut OpenApi, form: &str) -> bool {
    let schemas = document.components.as_mut().map(|components| &mut components.schemas);
    let name = form.rsplit('/').next().unwrap_or(form);
    let Some(RefOr::T(Schema::Object(form))) = schemas.and_then(|all| all.get_mut(name)) else {
        return true;
    };
    form.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(false)));
    !form.required.is_empty()
}
