//! The Lambda binary; see [`put_flag::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), pennon_http::Error> {
    let store = pennon_store::open().await?;
    pennon_http::serve(put_flag::ROUTE, store, put_flag::handle).await
}
