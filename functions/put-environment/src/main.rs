//! The Lambda binary; see [`put_environment::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    pennon_http::serve(put_environment::ROUTE, pennon_store::open, put_environment::handle).await
}
