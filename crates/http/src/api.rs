//! Operations: how each is served, and how it is described.
//!
//! The two are kept apart, since every process serves and hardly one is asked to describe: the document of the whole API is
//! some megabytes of schemas while it is made, and the code that makes it is a tenth of the binary's.

use axum::{
    Router,
    extract::Request,
    response::IntoResponse,
    routing::{MethodFilter, MethodRouter, Route},
};
use tower::{Layer, Service};
use utoipa::{Path, openapi::OpenApi};
use utoipa_axum::{
    PathItemExt,
    router::{OpenApiRouter, UtoipaMethodRouter},
};

use crate::App;

/// Makes the part of the document that is about one path.
type Describe = fn() -> UtoipaMethodRouter<App>;

/// The operations of one path.
pub(crate) struct Operations {
    path: String,
    serve: MethodRouter<App>,
    describe: Describe,
}

impl Operations {
    /// What is served at a path, and what describes it.
    pub(crate) fn new(path: String, serve: MethodRouter<App>, describe: Describe) -> Self {
        Self {
            path,
            serve,
            describe,
        }
    }
}

/// A part of what is served.
pub(crate) struct Api {
    router: Router<App>,
    described: Vec<Describe>,
}

impl Api {
    /// Nothing yet.
    pub(crate) fn new() -> Self {
        Self {
            router: Router::new(),
            described: Vec::new(),
        }
    }

    /// With the operations of one more path.
    pub(crate) fn routes(mut self, operations: Operations) -> Self {
        self.router = self.router.route(&operations.path, operations.serve);
        self.described.push(operations.describe);
        self
    }

    /// With a page, which the document does not know.
    pub(crate) fn route(mut self, path: &str, serve: MethodRouter<App>) -> Self {
        self.router = self.router.route(path, serve);
        self
    }

    /// With another part.
    pub(crate) fn merge(mut self, other: Self) -> Self {
        self.router = self.router.merge(other.router);
        self.described.extend(other.described);
        self
    }

    /// With a layer around everything that is here by now.
    pub(crate) fn layer<L>(mut self, layer: L) -> Self
    where
        L: Layer<Route> + Clone + Send + Sync + 'static,
        L::Service: Service<Request> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request>>::Response: IntoResponse + 'static,
        <L::Service as Service<Request>>::Error: Into<std::convert::Infallible> + 'static,
        <L::Service as Service<Request>>::Future: Send + 'static,
    {
        self.router = self.router.layer(layer);
        self
    }

    /// What serves.
    pub(crate) fn into_router(self) -> Router<App> {
        self.router
    }

    /// What describes, in a document that has the rest.
    pub(crate) fn describe(&self, document: OpenApi) -> OpenApi {
        let described = self.described.iter().fold(
            OpenApiRouter::with_openapi(document),
            |document, describe| document.routes(describe()),
        );
        described.into_openapi()
    }
}

/// Where an operation is served.
pub(crate) fn path<P: Path>() -> String {
    P::path()
}

/// By which method it is.
pub(crate) fn method<P: Path>() -> MethodFilter {
    let mut methods = P::methods().into_iter();
    let first = methods.next().expect("an operation has a method");
    methods.fold(first.to_method_filter(), |filter, method| {
        filter.or(method.to_method_filter())
    })
}

/// The operations of one path, named by the functions that carry them out.
macro_rules! routes {
    ($first:ident :: $handler:ident $(, $module:ident :: $other:ident)* $(,)?) => {
        pastey::paste! {
            $crate::api::Operations::new(
                $crate::api::path::<$first::[<__path_ $handler>]>(),
                axum::routing::MethodRouter::new()
                    .on($crate::api::method::<$first::[<__path_ $handler>]>(), $first::$handler)
                    $(.on($crate::api::method::<$module::[<__path_ $other>]>(), $module::$other))*,
                || utoipa_axum::routes!($first::$handler $(, $module::$other)*),
            )
        }
    };
}

pub(crate) use routes;
