//! The Lambda binary; see [`list_segments::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), pennon_http::Error> {
    let store = pennon_store::open().await?;
    pennon_http::serve(list_segments::ROUTE, store, list_segments::handle).await
}
