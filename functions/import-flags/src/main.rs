//! The Lambda binary; see [`import_flags::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    pennon_http::serve(import_flags::ROUTE, pennon_store::open, import_flags::handle).await
}
