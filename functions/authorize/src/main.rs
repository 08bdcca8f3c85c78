//! The Lambda binary; see [`authorize::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    pennon_http::serve_authorizer(pennon_auth::open, authorize::handle).await
}
