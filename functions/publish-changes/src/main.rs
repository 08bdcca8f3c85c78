//! The Lambda binary; see [`publish_changes::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), pennon_http::Error> {
    pennon_http::serve_stream(pennon_events::open(), publish_changes::handle).await
}
