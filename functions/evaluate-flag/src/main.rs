//! The Lambda binary; see [`evaluate_flag::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    pennon_http::serve(evaluate_flag::ROUTE, pennon_store::open_with_cache, evaluate_flag::handle).await
}
