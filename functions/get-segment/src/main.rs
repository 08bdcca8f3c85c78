//! The Lambda binary; see [`get_segment::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    pennon_http::serve(get_segment::ROUTE, pennon_store::open, get_segment::handle).await
}
