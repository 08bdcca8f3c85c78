//! The Lambda binary; see [`health::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), pennon_http::Error> {
    pennon_http::serve(health::ROUTE, (), health::handle).await
}
