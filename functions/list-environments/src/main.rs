//! The Lambda binary; see [`list_environments::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), pennon_http::Error> {
    let store = pennon_store::open().await?;
    pennon_http::serve(list_environments::ROUTE, store, list_environments::handle).await
}
