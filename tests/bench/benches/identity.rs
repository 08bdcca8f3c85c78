//! What the authorizer pays for a token: reading it, checking its signature and its claims.

#![allow(
    missing_docs,
    clippy::expect_used,
    reason = "criterion's macros write public functions; a benchmark may stop"
)]

use std::{hint::black_box, sync::Arc, time::Instant};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use criterion::{Criterion, criterion_group, criterion_main};
use pennon_auth::{Authenticator, Config, KeySet};
use pennon_domain::SystemClock;
use ring::{
    rand::SystemRandom,
    rsa::PublicKeyComponents,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
    },
};
use serde_json::{Value, json};

const ISSUER: &str = "https://id.example";
const RSA: &[u8] = include_bytes!("../../../shared/auth/testdata/rsa-2048.pkcs8.der");

/// A public key, and a token that is signed by its private one.
struct Signed {
    algorithm: &'static str,
    key: Value,
    token: String,
}

fn verify(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    for Signed { algorithm, key, token } in [rs256(), es256(), eddsa()] {
        let keys = json!({ "keys": [key] }).to_string();
        let keys = KeySet::from_json(keys.as_bytes()).expect("a key set");
        let config = Config::new(ISSUER, "pennon");
        let authenticator = Authenticator::with_keys(config, keys, Arc::new(SystemClock));
        criterion.bench_function(&format!("access token, {algorithm}"), |bencher| {
            // Many tokens per `block_on`: entering the runtime is not what is measured.
            bencher.iter_custom(|tokens| {
                runtime.block_on(async {
                    let start = Instant::now();
                    for _ in 0..tokens {
                        black_box(authenticator.principal(&token).await.expect("a valid token"));
                    }
                    start.elapsed()
                })
            });
        });
    }
}

fn rs256() -> Signed {
    let pair = RsaKeyPair::from_pkcs8(RSA).expect("an RSA key");
    let PublicKeyComponents { n, e } = PublicKeyComponents::<Vec<u8>>::from(pair.public());
    let token = token("RS256", |message| {
        let mut signature = vec![0; pair.public().modulus_len()];
        let random = SystemRandom::new();
        pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).expect("a signature");
        signature
    });
    Signed {
        algorithm: "RS256",
        key: json!({ "kty": "RSA", "kid": "k", "n": encode(n), "e": encode(e) }),
        token,
    }
}

fn es256() -> Signed {
    let (algorithm, random) = (&ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &random).expect("a key");
    let pair = EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref(), &random).expect("a P-256 key");
    let token = token("ES256", |message| pair.sign(&random, message).expect("a signature").as_ref().to_vec());
    // An uncompressed point: 4, x, y.
    let (_, point) = pair.public_key().as_ref().split_at(1);
    let (x, y) = point.split_at(32);
    Signed {
        algorithm: "ES256",
        key: json!({ "kty": "EC", "crv": "P-256", "kid": "k", "x": encode(x), "y": encode(y) }),
        token,
    }
}

fn eddsa() -> Signed {
    let pkcs8 = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).expect("a key");
    let pair = Ed25519KeyPair::from_pkcs8(pkcs8.as_ref()).expect("an Ed25519 key");
    let token = token("EdDSA", |message| pair.sign(message).as_ref().to_vec());
    Signed {
        algorithm: "EdDSA",
        key: json!({ "kty": "OKP", "crv": "Ed25519", "kid": "k", "x": encode(pair.public_key()) }),
        token,
    }
}

fn token(algorithm: &str, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let header = json!({ "alg": algorithm, "typ": "JWT", "kid": "k" });
    let claims = json!({
        "iss": ISSUER, "aud": "pennon", "sub": "ada", "iat": 1_790_000_000, "nbf": 1_790_000_000,
        "exp": 4_000_000_000_u64, "pennon_roles": ["viewer", "shop:admin"],
    });
    let message = format!("{}.{}", encode(header.to_string()), encode(claims.to_string()));
    let signature = encode(sign(message.as_bytes()));
    format!("{message}.{signature}")
}

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

criterion_group!(benches, verify);
criterion_main!(benches);
