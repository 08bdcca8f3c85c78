//! The Lambda binary; see [`revoke_key::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    pennon_http::serve(revoke_key::ROUTE, pennon_store::open, revoke_key::handle).await
}
