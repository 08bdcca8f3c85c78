//! Every function, as the gateway mounts it.

use std::{future::Future, pin::Pin, sync::Arc};

use pennon_http::{Answer, Request, Response, Route, respond};
use pennon_store::Store;

type Answering = Pin<Box<dyn Future<Output = Response> + Send>>;

/// A function on its route.
pub(crate) struct Function {
    pub(crate) route: Route,
    answer: Box<dyn Fn(Request) -> Answering + Send + Sync>,
}

impl Function {
    fn new<S, F>(route: Route, state: S, handle: fn(S, Arc<Request>) -> F) -> Self
    where
        S: Clone + Send + Sync + 'static,
        F: Future<Output = Answer> + Send + 'static,
    {
        let answer = move |request| -> Answering {
            let state = state.clone();
            Box::pin(async move { respond(&route, request, |request| handle(state, request)).await })
        };
        Self { route, answer: Box::new(answer) }
    }

    /// Answers as the Lambda function does.
    pub(crate) fn answer(&self, request: Request) -> Answering {
        (self.answer)(request)
    }
}

/// All of them, over one store.
pub(crate) fn all(store: &Store) -> Vec<Function> {
    let store = || store.clone();
    vec![
        Function::new(evaluate_flag::ROUTE, store(), evaluate_flag::handle),
        Function::new(evaluate_flags::ROUTE, store(), evaluate_flags::handle),
        Function::new(get_snapshot::ROUTE, store(), get_snapshot::handle),
        Function::new(health::ROUTE, (), health::handle),
        Function::new(ready::ROUTE, store(), ready::handle),
    ]
}
