//! The Lambda binary; see [`delete_segment::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    pennon_http::serve(delete_segment::ROUTE, pennon_store::open, delete_segment::handle).await
}
