//! The Lambda binary; see [`evaluate_preview::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    pennon_http::serve(evaluate_preview::ROUTE, pennon_store::open, evaluate_preview::handle).await
}
