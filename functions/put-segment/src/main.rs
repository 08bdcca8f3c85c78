//! The Lambda binary; see [`put_segment::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    pennon_http::serve(put_segment::ROUTE, pennon_store::open, put_segment::handle).await
}
