//! The Lambda binary; see [`evaluate_flags::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), pennon_http::Error> {
    let store = pennon_store::open_with_cache().await?;
    pennon_http::serve(evaluate_flags::ROUTE, store, evaluate_flags::handle).await
}
