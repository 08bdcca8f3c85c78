//! The Lambda binary; see [`rollback_environment::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), pennon_http::Error> {
    let store = pennon_store::open().await?;
    pennon_http::serve(rollback_environment::ROUTE, store, rollback_environment::handle).await
}
