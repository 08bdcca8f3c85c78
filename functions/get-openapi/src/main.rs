//! The Lambda binary; see [`get_openapi::handle`].

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), pennon_http::Error> {
    pennon_http::serve(get_openapi::ROUTE, (), get_openapi::handle).await
}
