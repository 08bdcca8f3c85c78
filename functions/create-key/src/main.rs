//! The Lambda binary; see [`create_key::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    pennon_http::serve(create_key::ROUTE, pennon_store::open, create_key::handle).await
}
