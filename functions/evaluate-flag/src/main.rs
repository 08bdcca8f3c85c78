//! The Lambda binary; see [`evaluate_flag::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), pennon_http::Error> {
    let store = pennon_store::open_with_cache().await?;
    pennon_http::serve(evaluate_flag::ROUTE, store, evaluate_flag::handle).await
}
