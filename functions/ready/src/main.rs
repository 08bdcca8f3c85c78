//! The Lambda binary; see [`ready::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), pennon_http::Error> {
    let store = pennon_store::open().await?;
    pennon_http::serve(ready::ROUTE, store, ready::handle).await
}
