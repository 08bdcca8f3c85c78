//! The Lambda binary; see [`get_flag_history::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    pennon_http::serve(get_flag_history::ROUTE, pennon_store::open, get_flag_history::handle).await
}
