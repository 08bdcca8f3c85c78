//! The Lambda binary; see [`list_keys::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), pennon_http::Error> {
    let store = pennon_store::open().await?;
    pennon_http::serve(list_keys::ROUTE, store, list_keys::handle).await
}
