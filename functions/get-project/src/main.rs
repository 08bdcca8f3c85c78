//! The Lambda binary; see [`get_project::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), pennon_http::Error> {
    let store = pennon_store::open().await?;
    pennon_http::serve(get_project::ROUTE, store, get_project::handle).await
}
