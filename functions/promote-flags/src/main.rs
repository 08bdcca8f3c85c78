//! The Lambda binary; see [`promote_flags::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    pennon_http::serve(promote_flags::ROUTE, pennon_store::open, promote_flags::handle).await
}
