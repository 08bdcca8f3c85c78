//! The Lambda binary; see [`revoke_key::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), pennon_http::Error> {
    let store = pennon_store::open().await?;
    pennon_http::serve(revoke_key::ROUTE, store, revoke_key::handle).await
}
