//! The Lambda binary; see [`export_flags::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    pennon_http::serve_streaming(export_flags::ROUTE, pennon_store::open, export_flags::handle).await
}
