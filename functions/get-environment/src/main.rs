//! The Lambda binary; see [`get_environment::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), pennon_http::Error> {
    let store = pennon_store::open().await?;
    pennon_http::serve(get_environment::ROUTE, store, get_environment::handle).await
}
