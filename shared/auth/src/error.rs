//! Why a token does not say who is asking.

use http::{StatusCode, uri::InvalidUri};

/// Why a token does not say who is asking.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// The token is not valid. Who presented it learns no more than that; the reason is for the log.
    #[error("the access token is not valid: {0}")]
    Invalid(#[from] InvalidToken),
    /// The issuer's keys cannot be had, so nobody can tell. Worth another try.
    #[error("the keys of the issuer cannot be had")]
    Unavailable {
        /// What the attempt to fetch them met; `None` when it is too early for another one.
        #[source]
        source: Option<FetchError>,
    },
}

/// What is wrong with a token. None of it repeats what the token says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidToken {
    /// It is longer than a token may be.
    #[error("it is too long")]
    TooLong,
    /// It is no signed JWT, or of an algorithm that no key of ours has, such as `none`.
    #[error("it is no signed JWT")]
    Malformed,
    /// Its header names an extension that has to be understood (RFC 7515, section 4.1.11); there is none that is.
    #[error("its header has critical extensions")]
    CriticalHeader,
    /// The issuer has no key of its name.
    #[error("its key is unknown")]
    UnknownKey,
    /// Its key is not one for the algorithm that it names.
    #[error("its algorithm is not the key's")]
    WrongAlgorithm,
    /// Its key did not sign it.
    #[error("its signature does not verify")]
    WrongSignature,
    /// It is from another issuer.
    #[error("its issuer is another")]
    WrongIssuer,
    /// It is for another audience.
    #[error("its audience is another")]
    WrongAudience,
    /// It is valid no longer.
    #[error("it has expired")]
    Expired,
    /// It is not valid yet.
    #[error("it is not valid yet")]
    NotYetValid,
    /// A claim that must be there is not, or is not of its type.
    #[error("its claim {0} is missing or malformed")]
    Claim(&'static str),
}

/// Why the issuer's keys were not fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// It took longer than it may.
    #[error("no answer in time")]
    Timeout,
    /// There is no connection, or it broke.
    #[error("the connection failed")]
    Connection(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The system's certificates cannot be read.
    #[error("the system's certificates cannot be read")]
    Certificates(#[source] std::io::Error),
    /// The answer is not 200. A redirection is not followed: the keys are where the issuer says, or nowhere.
    #[error("the answer is {0}")]
    Status(StatusCode),
    /// The answer is larger than it may be, or ended early.
    #[error("the answer is too large or incomplete")]
    Body(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The answer is not the JSON that it should be.
    #[error("the answer is not what it should be")]
    Json(#[from] serde_json::Error),
    /// The discovery document is another issuer's (OpenID Connect Discovery 1.0, section 4.3).
    #[error("the discovery document is another issuer's")]
    OtherIssuer,
    /// The discovery document names a place where keys must not come from.
    #[error(transparent)]
    Url(#[from] InvalidUrl),
}

/// A URL that keys must not come from.
#[derive(Debug, thiserror::Error)]
pub enum InvalidUrl {
    /// It is none.
    #[error("this is no URL")]
    Malformed(#[from] InvalidUri),
    /// Whoever is on the way could put keys of their own in place.
    #[error("a URL has to be https, or http on this machine")]
    Insecure,
}
