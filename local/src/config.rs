//! How `pennon-local` is told what to do. The only file here that reads the environment, through `clap`.

use std::path::{Path, PathBuf};

use clap::{
    Parser,
    builder::{FalseyValueParser, OsStringValueParser, TypedValueParser},
};
use pennon_domain::Bucketing;

/// Runs every Pennon function on one local port, over an embedded DynamoDB.
///
/// Each option may also be given by the environment variable that it names.
#[derive(Clone, Debug, Parser)]
#[command(version, about)]
pub struct Options {
    /// A flagd definition file to serve, published again whenever it changes. Without it, a demo environment.
    #[arg(long, env = "FLAGS", value_name = "FILE", value_parser = path())]
    pub flags: Option<PathBuf>,

    /// The port on 127.0.0.1; 0 takes any free one.
    #[arg(long, env = "PORT", default_value_t = 9000)]
    pub port: u16,

    /// The generation of percentage bucketing: `v3`, or `v2` for flags from flagd 0.16 and earlier.
    #[arg(long, env = "BUCKETING", default_value_t)]
    pub bucketing: Bucketing,

    /// Where to keep the data between runs. Without it, the data is in memory.
    #[arg(long, env = "DATA_DIR", value_name = "DIR", value_parser = path())]
    pub data_dir: Option<PathBuf>,

    /// The port of the embedded DynamoDB on 127.0.0.1, for programs that want to share it; 0 takes any free one.
    #[arg(long, env = "DYNAMODB_PORT", default_value_t = 0, value_name = "PORT")]
    pub dynamodb_port: u16,

    /// Read snapshots through a local DAX cluster, as a deployment with DAX does.
    #[arg(long, env = "DAX", value_parser = FalseyValueParser::new())]
    pub dax: bool,

    /// The port of that cluster on 127.0.0.1, for programs that want to share it; 0 takes any free one.
    #[arg(long, env = "DAX_PORT", default_value_t = 0, value_name = "PORT")]
    pub dax_port: u16,

    /// The port of the event bus on 127.0.0.1, for programs that want to share it; 0 takes any free one.
    #[arg(long, env = "EVENTS_PORT", default_value_t = 0, value_name = "PORT")]
    pub events_port: u16,

    /// Other values for parameters of template.yaml, as `sam deploy --parameter-overrides` takes them, for example
    /// `EvaluationRateLimit=10 EvaluationBurstLimit=20`.
    #[arg(long, env = "PARAMETERS", default_value = "", value_name = "NAME=VALUE ...")]
    pub parameters: String,

    /// Do not throttle: otherwise each route takes as many requests as template.yaml lets it, and then answers 429.
    #[arg(long, env = "UNLIMITED", value_parser = FalseyValueParser::new())]
    pub unlimited: bool,

    /// API keys of the gateway, one for each client. With any, flags are evaluated only for requests with one of them in
    /// `X-API-Key`, and each client has the limits of the usage plan to itself, as after `make deploy CLIENT_KEYS=1`.
    #[arg(long, env = "CLIENT_KEYS", default_value = "", value_name = "KEY ...")]
    pub client_keys: String,

    /// The OpenID Connect issuer whose access tokens may manage flags, exactly as their `iss` says it. Without it, the server is
    /// an issuer of its own and prints the token of an admin.
    #[arg(long, env = "OIDC_ISSUER", value_name = "URL")]
    pub oidc_issuer: Option<String>,

    /// For whom that issuer's tokens are: their `aud`, or one of them.
    #[arg(long, env = "OIDC_AUDIENCE", default_value = "pennon", value_name = "AUDIENCE")]
    pub oidc_audience: String,

    /// The claim of that issuer's tokens that holds the grants: a name, or a JSON pointer if it begins with `/`.
    #[arg(long, env = "ROLES_CLAIM", default_value = pennon_auth::Config::ROLES_CLAIM, value_name = "CLAIM")]
    pub roles_claim: String,

    /// Where that issuer's keys are; by default where its discovery document says.
    #[arg(long, env = "JWKS_URI", value_name = "URL")]
    pub jwks_uri: Option<String>,
}

impl Options {
    /// The flag file, if one was given. An empty variable is one that was not set.
    pub(crate) fn flags(&self) -> Option<&Path> {
        self.flags.as_deref().filter(|path| !path.as_os_str().is_empty())
    }

    /// Which tokens to take; `None`: those of an issuer of our own.
    pub(crate) fn tokens(&self) -> Option<pennon_auth::Config> {
        let text = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        Some(pennon_auth::Config {
            issuer: text(&self.oidc_issuer)?,
            audience: self.oidc_audience.clone(),
            roles_claim: self.roles_claim.clone(),
            jwks_uri: text(&self.jwks_uri),
        })
    }

    /// The data directory, likewise.
    pub(crate) fn data_dir(&self) -> Option<&Path> {
        self.data_dir.as_deref().filter(|path| !path.as_os_str().is_empty())
    }
}

/// Reads a path that may be empty, which clap's own parser refuses.
fn path() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().map(PathBuf::from)
}
