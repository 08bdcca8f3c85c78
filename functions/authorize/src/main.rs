//! The Lambda binary; see [`authorize::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), pennon_http::Error> {
    pennon_http::serve_authorizer(pennon_auth::open(), authorize::handle).await
}
