//! The Lambda binary; see [`export_flags::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), pennon_http::Error> {
    let store = pennon_store::open().await?;
    pennon_http::serve_streaming(export_flags::ROUTE, store, export_flags::handle).await
}
