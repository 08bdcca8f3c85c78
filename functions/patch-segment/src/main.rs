//! The Lambda binary; see [`patch_segment::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    pennon_http::serve(patch_segment::ROUTE, pennon_store::open, patch_segment::handle).await
}
