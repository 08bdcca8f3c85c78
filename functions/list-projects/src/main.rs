//! The Lambda binary; see [`list_projects::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), pennon_http::Error> {
    let store = pennon_store::open().await?;
    pennon_http::serve(list_projects::ROUTE, store, list_projects::handle).await
}
