//! The Lambda binary; see [`evaluate_flags::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    pennon_http::serve(evaluate_flags::ROUTE, pennon_store::open_with_cache, evaluate_flags::handle).await
}
