//! The Lambda binary; see [`import_flags::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), pennon_http::Error> {
    let store = pennon_store::open().await?;
    pennon_http::serve(import_flags::ROUTE, store, import_flags::handle).await
}
