//! The Lambda binary; see [`rollback_flag::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    pennon_http::serve(rollback_flag::ROUTE, pennon_store::open, rollback_flag::handle).await
}
