//! The Lambda binary; see [`list_flags::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    pennon_http::serve(list_flags::ROUTE, pennon_store::open, list_flags::handle).await
}
