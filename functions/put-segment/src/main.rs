//! The Lambda binary; see [`put_segment::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), pennon_http::Error> {
    let store = pennon_store::open().await?;
    pennon_http::serve(put_segment::ROUTE, store, put_segment::handle).await
}
