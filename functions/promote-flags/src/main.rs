//! The Lambda binary; see [`promote_flags::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), pennon_http::Error> {
    let store = pennon_store::open().await?;
    pennon_http::serve(promote_flags::ROUTE, store, promote_flags::handle).await
}
