//! The Lambda binary; see [`list_audit::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), pennon_http::Error> {
    let store = pennon_store::open().await?;
    pennon_http::serve(list_audit::ROUTE, store, list_audit::handle).await
}
