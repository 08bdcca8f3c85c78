//! Functions that stream answer what they answer in one piece.

use bytes::Bytes;
use lambda_harness::Failure;
use pennon_test_support::events::{event, expectations};
use serde_json::Value;

use crate::support::{Demo, answer};

#[tokio::test]
async fn a_streamed_answer_is_the_buffered_one() {
    let demo = Demo::new().await;
    let mut compared = 0;
    for name in ["get-snapshot", "export-flags"] {
        let buffering = demo.function(name).variable("RESPONSE_MODE", "buffer").build();
        let streaming = demo.function(name).variable("RESPONSE_MODE", "stream").build();
        for case in expectations().unwrap().into_keys().filter(|case| case.starts_with(&format!("{name}/"))) {
            let whole = answer(&buffering, &case).await;
            let streamed = streaming.invoke_streaming(event(&case).unwrap()).await.unwrap();
            let prelude = streamed.prelude.clone();
            let (body, _) = streamed.collect().await.unwrap();
            assert_eq!(Value::from(prelude.status_code), whole["statusCode"], "{case}");
            let (body, whole_body) = (String::from_utf8(body.into()).unwrap(), whole["body"].as_str());
            assert_eq!(without_id(&body), without_id(whole_body.unwrap_or_default()), "{case}");
            for (header, value) in &prelude.headers {
                let header = header.as_str();
                // Each answer has its own; the runtime adds a type to what has none.
                if matches!(header, "server-timing") || (body.is_empty() && header == "content-type") {
                    continue;
                }
                assert_eq!(multi(&whole, header), *value, "{header} of {case}");
            }
            compared += 1;
        }
    }
    assert!(compared >= 8, "{compared}");
}

/// A body, but for the identifier of the request in it.
fn without_id(body: &str) -> String {
    let Some((before, rest)) = body.split_once("urn:pennon:request:") else { return body.to_owned() };
    format!("{before}{}", &rest[36..])
}

/// The values of a header, joined.
fn multi(answer: &Value, header: &str) -> String {
    let values = answer["multiValueHeaders"][header].as_array().cloned().unwrap_or_default();
    let values: Vec<_> = values.iter().map(|value| value.as_str().unwrap().to_owned()).collect();
    if values.is_empty() {
        return answer["headers"][header].as_str().unwrap_or_default().to_owned();
    }
    values.join(",")
}

#[tokio::test]
async fn a_snapshot_of_megabytes_comes_in_pieces() {
    let demo = Demo::new().await;
    let text = |n: u32| {
        format!("{:x}", u128::from(n).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835)).repeat(40)
    };
    let flags: serde_json::Map<_, _> = (0..1_500)
        .map(|n| {
            let flag = serde_json::json!({
                "state": "ENABLED", "variants": { "on": text(n) }, "defaultVariant": "on",
            });
            (format!("flag-{n}"), flag)
        })
        .collect();
    let definition = serde_json::json!({ "flags": flags }).to_string();
    demo.publish(&definition).await;
    let snapshot = event("get-snapshot/whole-rest").unwrap();

    let streaming = demo.function("get-snapshot").variable("RESPONSE_MODE", "stream").build();
    let mut streamed = streaming.invoke_streaming(snapshot.clone()).await.unwrap();
    let (mut chunks, mut body) = (0, Vec::new());
    while let Some(chunk) = streamed.chunk().await {
        let chunk: Bytes = chunk.unwrap();
        body.extend_from_slice(&chunk);
        chunks += 1;
    }
    assert!(chunks > 1 && body.len() > 1_500_000, "{chunks} chunks, {} bytes", body.len());
    let found: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(found["flags"].as_object().unwrap().len(), 1_500);

    let buffering = demo.function("get-snapshot").variable("RESPONSE_MODE", "buffer").build();
    let refused = buffering.invoke_streaming(snapshot).await.unwrap_err();
    assert!(matches!(refused, Failure::Malformed(_)), "{refused}");
}
