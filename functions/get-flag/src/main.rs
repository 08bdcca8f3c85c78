//! The Lambda binary; see [`get_flag::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), pennon_http::Error> {
    let store = pennon_store::open().await?;
    pennon_http::serve(get_flag::ROUTE, store, get_flag::handle).await
}
