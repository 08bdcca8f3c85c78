//! The Lambda binary; see [`list_audit::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    pennon_http::serve(list_audit::ROUTE, pennon_store::open, list_audit::handle).await
}
