//! The Lambda binary; see [`put_environment::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), pennon_http::Error> {
    let store = pennon_store::open().await?;
    pennon_http::serve(put_environment::ROUTE, store, put_environment::handle).await
}
