//! The Lambda binary; see [`rollback_flag::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), pennon_http::Error> {
    let store = pennon_store::open().await?;
    pennon_http::serve(rollback_flag::ROUTE, store, rollback_flag::handle).await
}
