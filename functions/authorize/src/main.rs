//! The Lambda binary; see [`authorize::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), pennon_http::Error> {
    let authenticator = pennon_auth::open().await?;
    pennon_http::serve_authorizer(authenticator, authorize::handle).await
}
