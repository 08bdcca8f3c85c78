//! The Lambda binary; see [`delete_segment::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), pennon_http::Error> {
    let store = pennon_store::open().await?;
    pennon_http::serve(delete_segment::ROUTE, store, delete_segment::handle).await
}
