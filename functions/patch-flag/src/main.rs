//! The Lambda binary; see [`patch_flag::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    pennon_http::serve(patch_flag::ROUTE, pennon_store::open, patch_flag::handle).await
}
