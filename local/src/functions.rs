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
    ($state:expr; $($function:ident),* $(,)?) => {
        [$(Function::new(stringify!($function), $function::ROUTE, $state, $function::handle)),*]
    };
}

/// All of them, over one store.
pub fn functions(store: &Store) -> Vec<Function> {
    let stateless = over![(); get_openapi, health];
    let stateful = over![
        store.clone();
        create_key,
        delete_environment,
        delete_flag,
        delete_project,
        delete_segment,
        evaluate_flag,
        evaluate_flags,
        evaluate_preview,
        export_flags,
        get_environment,
        get_flag,
        get_flag_history,
        get_project,
        get_segment,
        get_snapshot,
        import_flags,
        list_audit,
        list_environments,
        list_flags,
        list_keys,
        list_projects,
        list_segments,
        patch_flag,
        patch_segment,
        promote_flags,
        put_environment,
        put_flag,
        put_project,
        put_segment,
        ready,
        revoke_key,
        rollback_environment,
        rollback_flag,
    ];
    stateless.into_iter().chain(stateful).collect()
}
