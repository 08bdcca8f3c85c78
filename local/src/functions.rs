//! Every function, as the gateway mounts it.

use std::{future::Future, pin::Pin, sync::Arc};

use pennon_http::{Answer, Request, Response, Route, respond};
use pennon_store::Store;

type Answering = Pin<Box<dyn Future<Output = Response> + Send>>;

/// A function on its route.
pub struct Function {
    /// The name of its folder and its binary.
    pub name: String,
    /// Where it is mounted.
    pub route: Route,
    answer: Box<dyn Fn(Request) -> Answering + Send + Sync>,
}

impl Function {
    fn new<S, F>(module: &str, route: Route, state: S, handle: fn(S, Arc<Request>) -> F) -> Self
    where
        S: Clone + Send + Sync + 'static,
        F: Future<Output = Answer> + Send + 'static,
    {
        let answer = move |request| -> Answering {
            let state = state.clone();
            Box::pin(async move { respond(&route, request, |request| handle(state, request)).await })
        };
        Self { name: module.replace('_', "-"), route, answer: Box::new(answer) }
    }

    /// Whether the path is this function's: from its start, since there is no stage in front of it here. Where a flag is named as
    /// another route is, the later match is not meant.
    pub(crate) fn is_at(&self, path: &str) -> bool {
        self.route.base(path) == Some(0)
    }

    /// Answers as the Lambda function does.
    pub fn answer(&self, request: Request) -> impl Future<Output = Response> + Send + use<> {
        (self.answer)(request)
    }
}

impl std::fmt::Debug for Function {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Function")
            .field("name", &self.name)
            .field("route", &self.route)
            .finish_non_exhaustive()
    }
}

/// Mounts functions that share a state.
macro_rules! over {
    ($state:expr; $($function:ident::handle),* $(,)?) => {
        [$(Function::new(stringify!($function), $function::ROUTE, $state, $function::handle)),*]
    };
}

/// All of them, over one store.
pub fn functions(store: &Store) -> Vec<Function> {
    let stateless = over![(); get_openapi::handle, health::handle];
    let stateful = over![
        store.clone();
        create_key::handle,
        delete_environment::handle,
        delete_flag::handle,
        delete_project::handle,
        delete_segment::handle,
        evaluate_flag::handle,
        evaluate_flags::handle,
        evaluate_preview::handle,
        export_flags::handle,
        get_environment::handle,
        get_flag::handle,
        get_flag_history::handle,
        get_project::handle,
        get_segment::handle,
        get_snapshot::handle,
        import_flags::handle,
        list_audit::handle,
        list_environments::handle,
        list_flags::handle,
        list_keys::handle,
        list_projects::handle,
        list_segments::handle,
        patch_flag::handle,
        patch_segment::handle,
        promote_flags::handle,
        put_environment::handle,
        put_flag::handle,
        put_project::handle,
        put_segment::handle,
        ready::handle,
        revoke_key::handle,
        rollback_environment::handle,
        rollback_flag::handle,
    ];
    stateless.into_iter().chain(stateful).collect()
}
