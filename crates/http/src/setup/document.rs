//! The four operations of a noun in the OpenAPI document. Handlers that are generic cannot carry the document's attribute,
//! so this writes what it would.

use plugboard_protocol::{Page, page::PageQuery};
use utoipa::{
    IntoParams, IntoResponses, PartialSchema, ToSchema,
    openapi::{
        Content, Ref, RefOr, Required, ResponseBuilder,
        path::{
            HttpMethod, Operation, OperationBuilder, Parameter, ParameterBuilder, ParameterIn,
            Paths,
        },
        request_body::{RequestBody, RequestBodyBuilder},
        schema::{ArrayItems, ObjectBuilder, Schema, Type},
    },
};

use super::Noun;
use crate::responses::{ReadErrors, WriteErrors};

/// The schemas that a noun's operations refer to.
pub(super) fn schemas<N: Noun>() -> Vec<(String, RefOr<Schema>)> {
    let mut schemas = vec![
        (page_name::<N>(), page::<N>()),
        (N::Shown::name().into_owned(), N::Shown::schema()),
        (N::Asked::name().into_owned(), N::Asked::schema()),
    ];
    N::Shown::schemas(&mut schemas);
    N::Asked::schemas(&mut schemas);
    schemas
}

/// The path without an id, and what it does.
pub(super) fn collection<N: Noun>() -> Paths {
    let words = &N::WORDS;
    let path = path_of::<N>();
    let list = operation::<N>(format!("list_{}", words.plural), words.list)
        .parameters(Some(PageQuery::into_params(|| Some(ParameterIn::Query))))
        .response("200", answer("Items", Some(&page_name::<N>())));
    let create = operation::<N>(format!("create_{}", words.singular), words.create)
        .request_body(Some(body(&N::Asked::name())))
        .response("201", answer("Made", Some(&N::Shown::name())));
    let mut paths = Paths::new();
    paths.add_path_operation(&path, vec![HttpMethod::Get], reading(list));
    paths.add_path_operation(&path, vec![HttpMethod::Post], writing(create));
    paths
}

/// The path of one, and what it does.
pub(super) fn item<N: Noun>() -> Paths {
    let words = &N::WORDS;
    let path = format!("{}/{{id}}", path_of::<N>());
    let mut paths = Paths::new();
    if let Some(summary) = words.replace {
        let replace = operation::<N>(format!("update_{}", words.singular), summary)
            .parameter(id())
            .request_body(Some(body(&N::Asked::name())))
            .response("200", answer("Replaced", Some(&N::Shown::name())));
        paths.add_path_operation(&path, vec![HttpMethod::Put], writing(replace));
    }
    let remove = operation::<N>(format!("delete_{}", words.singular), words.remove)
        .parameter(id())
        .response("204", answer("Removed", None));
    paths.add_path_operation(&path, vec![HttpMethod::Delete], writing(remove));
    paths
}

/// Where they are served.
pub(super) fn path_of<N: Noun>() -> String {
    format!("/api/v1/{}", N::WORDS.plural)
}

fn page_name<N: Noun>() -> String {
    format!("Page_{}", N::Shown::name())
}

/// A page of them, written out as the attribute does it for the other lists.
fn page<N: Noun>() -> RefOr<Schema> {
    let mut page = Page::<N::Shown>::schema();
    if let RefOr::T(Schema::Object(page)) = &mut page
        && let Some(RefOr::T(Schema::Array(items))) = page.properties.get_mut("items")
    {
        items.items = ArrayItems::RefOrSchema(Box::new(N::Shown::schema()));
    }
    page
}

fn operation<N: Noun>(id: String, summary: &str) -> OperationBuilder {
    OperationBuilder::new()
        .tag(N::WORDS.tag)
        .operation_id(Some(id))
        .summary(Some(summary))
}

/// With the answers of an operation that only reads.
fn reading(operation: OperationBuilder) -> Operation {
    with_errors::<ReadErrors>(operation)
}

/// With the answers of an operation that changes something.
fn writing(operation: OperationBuilder) -> Operation {
    with_errors::<WriteErrors>(operation)
}

fn with_errors<E: IntoResponses>(operation: OperationBuilder) -> Operation {
    let mut operation = operation.build();
    operation.responses.responses.extend(E::responses());
    operation
}

fn id() -> Parameter {
    ParameterBuilder::new()
        .name("id")
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .build()
}

fn body(schema: &str) -> RequestBody {
    RequestBodyBuilder::new()
        .content(
            "application/json",
            Content::new(Some(Ref::from_schema_name(schema))),
        )
        .required(Some(Required::True))
        .build()
}

fn answer(description: &str, schema: Option<&str>) -> utoipa::openapi::Response {
    let answer = ResponseBuilder::new().description(description);
    match schema {
        Some(schema) => answer.content(
            "application/json",
            Content::new(Some(Ref::from_schema_name(schema))),
        ),
        None => answer,
    }
    .build()
}
