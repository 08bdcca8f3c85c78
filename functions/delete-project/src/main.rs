//! The Lambda binary; see [`delete_project::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), pennon_http::Error> {
    let store = pennon_store::open().await?;
    pennon_http::serve(delete_project::ROUTE, store, delete_project::handle).await
}
