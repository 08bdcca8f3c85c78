//! The Lambda binary; see [`list_environments::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    pennon_http::serve(list_environments::ROUTE, pennon_store::open, list_environments::handle).await
}
