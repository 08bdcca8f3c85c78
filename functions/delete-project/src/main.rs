//! The Lambda binary; see [`delete_project::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    pennon_http::serve(delete_project::ROUTE, pennon_store::open, delete_project::handle).await
}
