//! The Lambda binary; see [`evaluate_preview::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), pennon_http::Error> {
    let store = pennon_store::open().await?;
    pennon_http::serve(evaluate_preview::ROUTE, store, evaluate_preview::handle).await
}
