//! The Lambda binary; see [`get_project::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    pennon_http::serve(get_project::ROUTE, pennon_store::open, get_project::handle).await
}
