//! The Lambda binary; see [`delete_flag::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    pennon_http::serve(delete_flag::ROUTE, pennon_store::open, delete_flag::handle).await
}
