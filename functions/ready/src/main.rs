//! The Lambda binary; see [`ready::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    pennon_http::serve(ready::ROUTE, pennon_store::open_with_cache, ready::handle).await
}
