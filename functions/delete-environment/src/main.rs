//! The Lambda binary; see [`delete_environment::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    pennon_http::serve(delete_environment::ROUTE, pennon_store::open, delete_environment::handle).await
}
