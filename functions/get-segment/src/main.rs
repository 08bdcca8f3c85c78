//! The Lambda binary; see [`get_segment::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), pennon_http::Error> {
    let store = pennon_store::open().await?;
    pennon_http::serve(get_segment::ROUTE, store, get_segment::handle).await
}
