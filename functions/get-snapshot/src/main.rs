//! The Lambda binary; see [`get_snapshot::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), pennon_http::Error> {
    let store = pennon_store::open_with_cache().await?;
    pennon_http::serve_streaming(get_snapshot::ROUTE, store, get_snapshot::handle).await
}
