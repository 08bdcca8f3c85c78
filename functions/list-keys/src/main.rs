//! The Lambda binary; see [`list_keys::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    pennon_http::serve(list_keys::ROUTE, pennon_store::open, list_keys::handle).await
}
