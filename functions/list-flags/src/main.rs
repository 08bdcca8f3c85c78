//! The Lambda binary; see [`list_flags::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), pennon_http::Error> {
    let store = pennon_store::open().await?;
    pennon_http::serve(list_flags::ROUTE, store, list_flags::handle).await
}
