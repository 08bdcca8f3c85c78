//! The Lambda binary; see [`put_flag::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    pennon_http::serve(put_flag::ROUTE, pennon_store::open, put_flag::handle).await
}
