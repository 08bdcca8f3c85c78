//! The Lambda binary; see [`create_key::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), pennon_http::Error> {
    let store = pennon_store::open().await?;
    pennon_http::serve(create_key::ROUTE, store, create_key::handle).await
}
