//! The Lambda binary; see [`list_projects::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    pennon_http::serve(list_projects::ROUTE, pennon_store::open, list_projects::handle).await
}
