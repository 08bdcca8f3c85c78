//! The Lambda binary; see [`publish_changes::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    pennon_http::serve_stream(pennon_events::open, publish_changes::handle).await
}
