//! The configuration, and the only file of this crate that reads the environment.

use pennon_config::{ConfigError, Variables};

use crate::error::InvalidUrl;

/// Which access tokens are taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// `OIDC_ISSUER`: who issues the tokens, exactly as their `iss` says it. An https URL, or http on this machine.
    pub issuer: String,
    /// `OIDC_AUDIENCE`: for whom the tokens are: their `aud`, or one of them.
    pub audience: String,
    /// `ROLES_CLAIM`: the claim that holds the grants, as an array of strings or as one string with spaces between them. A name,
    /// or a JSON pointer if it begins with `/`: Keycloak's are in `/realm_access/roles`. Default `pennon_roles`.
    pub roles_claim: String,
    /// `JWKS_URI`: where the issuer's keys are; by default where its discovery document says. An https URL, or http on this
    /// machine.
    pub jwks_uri: Option<String>,
}

impl Config {
    /// The claim that holds the grants unless another is named.
    pub const ROLES_CLAIM: &'static str = "pennon_roles";

    /// Tokens of that issuer for that audience; the rest by default.
    pub fn new(issuer: impl Into<String>, audience: impl Into<String>) -> Self {
        let roles_claim = Self::ROLES_CLAIM.to_owned();
        Self { issuer: issuer.into(), audience: audience.into(), roles_claim, jwks_uri: None }
    }

    /// Reads the environment variables that the fields name.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::from_variables(Variables::of_process())
    }

    fn from_variables(variables: Variables<'_>) -> Result<Self, ConfigError> {
        Ok(Self {
            issuer: variables.required("OIDC_ISSUER", InvalidUrl::EXPECTED)?,
            audience: variables.required("OIDC_AUDIENCE", "the audience of the access tokens")?,
            roles_claim: variables.text("ROLES_CLAIM").unwrap_or_else(|| Self::ROLES_CLAIM.to_owned()),
            jwks_uri: variables.text("JWKS_URI"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Config, ConfigError> {
        Config::from_variables(Variables::given(pairs))
    }

    #[test]
    fn issuer_and_audience_are_enough() {
        let config = read(&[("OIDC_ISSUER", "https://id.example"), ("OIDC_AUDIENCE", "pennon")]);
        assert_eq!(config, Ok(Config::new("https://id.example", "pennon")));
    }

    #[test]
    fn everything_can_be_said() {
        let config = read(&[
            ("OIDC_ISSUER", "https://id.example"),
            ("OIDC_AUDIENCE", "pennon"),
            ("ROLES_CLAIM", "/realm_access/roles"),
            ("JWKS_URI", "https://id.example/keys"),
        ]);
        let expected = Config {
            roles_claim: "/realm_access/roles".to_owned(),
            jwks_uri: Some("https://id.example/keys".to_owned()),
            ..Config::new("https://id.example", "pennon")
        };
        assert_eq!(config, Ok(expected));
    }

    #[test]
    fn what_is_missing_is_named() {
        assert_eq!(read(&[]).unwrap_err().variable, "OIDC_ISSUER");
        let empty = [("OIDC_ISSUER", "https://id.example"), ("OIDC_AUDIENCE", "")];
        assert_eq!(
            read(&empty).unwrap_err().to_string(),
            "OIDC_AUDIENCE must be the audience of the access tokens, not \"\""
        );
    }
}
