//! The Lambda binary; see [`health::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    pennon_http::serve(health::ROUTE, pennon_http::stateless, health::handle).await
}
