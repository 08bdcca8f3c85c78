//! The Lambda binary; see [`list_segments::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    pennon_http::serve(list_segments::ROUTE, pennon_store::open, list_segments::handle).await
}
