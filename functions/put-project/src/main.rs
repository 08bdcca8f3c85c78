//! The Lambda binary; see [`put_project::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), pennon_http::Error> {
    let store = pennon_store::open().await?;
    pennon_http::serve(put_project::ROUTE, store, put_project::handle).await
}
