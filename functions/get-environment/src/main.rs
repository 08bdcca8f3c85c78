//! The Lambda binary; see [`get_environment::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    pennon_http::serve(get_environment::ROUTE, pennon_store::open, get_environment::handle).await
}
