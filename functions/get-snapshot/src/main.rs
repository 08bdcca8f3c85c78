//! The Lambda binary; see [`get_snapshot::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    pennon_http::serve_streaming(get_snapshot::ROUTE, pennon_store::open_with_cache, get_snapshot::handle)
        .await
}
