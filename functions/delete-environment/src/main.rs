//! The Lambda binary; see [`delete_environment::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), pennon_http::Error> {
    let store = pennon_store::open().await?;
    pennon_http::serve(delete_environment::ROUTE, store, delete_environment::handle).await
}
