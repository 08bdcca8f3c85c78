//! The Lambda binary; see [`delete_flag::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), pennon_http::Error> {
    let store = pennon_store::open().await?;
    pennon_http::serve(delete_flag::ROUTE, store, delete_flag::handle).await
}
