//! The Lambda binary; see [`get_flag::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    pennon_http::serve(get_flag::ROUTE, pennon_store::open, get_flag::handle).await
}
