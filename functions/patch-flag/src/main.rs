//! The Lambda binary; see [`patch_flag::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), pennon_http::Error> {
    let store = pennon_store::open().await?;
    pennon_http::serve(patch_flag::ROUTE, store, patch_flag::handle).await
}
