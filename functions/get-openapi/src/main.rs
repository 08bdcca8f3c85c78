//! The Lambda binary; see [`get_openapi::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    pennon_http::serve(get_openapi::ROUTE, pennon_http::stateless, get_openapi::handle).await
}
