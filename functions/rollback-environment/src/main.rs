//! The Lambda binary; see [`rollback_environment::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    pennon_http::serve(rollback_environment::ROUTE, pennon_store::open, rollback_environment::handle).await
}
