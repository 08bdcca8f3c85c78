//! The Lambda binary; see [`put_project::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    pennon_http::serve(put_project::ROUTE, pennon_store::open, put_project::handle).await
}
