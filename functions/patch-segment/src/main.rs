//! The Lambda binary; see [`patch_segment::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), pennon_http::Error> {
    let store = pennon_store::open().await?;
    pennon_http::serve(patch_segment::ROUTE, store, patch_segment::handle).await
}
