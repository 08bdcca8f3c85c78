//! Our client, making the same calls.

use std::{any::Any, time::Duration};

use aws_sdk_dynamodb::{
    config::Credentials,
    error::{DisplayErrorContext, ProvideErrorMetadata, SdkError},
    operation::transact_write_items::TransactWriteItemsError,
    types::CancellationReason,
};
use dax_client::{Client, Config, protocol::operation::Operation};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::{
    input::{self, with_input},
    json::{item_json, object},
    lab::{ACCESS_KEY, Lab, REGION, SECRET_KEY, runtime},
    output::ToJson,
};

/// How long a call may take: the machine runs other tests as well.
const PATIENCE: Duration = Duration::from_secs(20);

/// Our client, from code that waits.
#[derive(Debug)]
pub(super) struct Ours {
    client: Client,
    runtime: Runtime,
}

impl Ours {
    /// A client of that cluster, with the credentials that the lab's clusters take.
    pub(super) fn start(lab: &Lab) -> Self {
        Self::start_with(lab, SECRET_KEY)
    }

    /// A client with that secret key.
    pub(super) fn start_with(lab: &Lab, secret_key: &str) -> Self {
        let config = config(lab, secret_key).read_deadline(PATIENCE).write_deadline(PATIENCE);
        Self::of(config.attempt_timeout(PATIENCE).connect_timeout(PATIENCE))
    }

    /// A client with the deadlines that it has by default.
    pub(super) fn impatient(lab: &Lab) -> Self {
        Self::of(config(lab, SECRET_KEY))
    }

    fn of(config: Config) -> Self {
        Self { client: Client::new(config).expect("a configuration"), runtime: runtime() }
    }

    /// Makes the call of a case. Returns `{"output": ..}` or `{"error": ..}`.
    pub(super) fn call(&self, case: &Value) -> Value {
        with_input!(case, outcome(self))
    }
}

fn config(lab: &Lab, secret_key: &str) -> Config {
    let credentials = Credentials::new(ACCESS_KEY, secret_key, None, None, "test");
    let config = Config::new(&lab.url(), REGION, credentials).expect("a URL of a cluster");
    match lab.tls() {
        Some(tls) => config.tls(tls),
        None => config,
    }
}

fn outcome<I>(input: &I, ours: &Ours) -> Value
where
    I: Operation<Output: ToJson, Error: ProvideErrorMetadata + std::error::Error + 'static> + Clone,
{
    match ours.runtime.block_on(ours.client.send(input.clone())) {
        Ok(output) => json!({"output": output.to_json()}),
        Err(error) => json!({"error": described(&error)}),
    }
}

fn described<E>(error: &SdkError<E>) -> Value
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let service = error.as_service_error();
    let reasons = service.and_then(|error| (error as &dyn Any).downcast_ref());
    let reasons = match reasons {
        Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
            Some(cancelled.cancellation_reasons().iter().map(reason).collect())
        }
        _ => None,
    };
    let name = error.code().map_or_else(|| variant(error).to_owned(), str::to_owned);
    let message = error.message().map_or_else(|| DisplayErrorContext(error).to_string(), str::to_owned);
    object([("name", Some(json!(name))), ("message", Some(json!(message))), ("reasons", reasons)])
}

fn reason(reason: &CancellationReason) -> Value {
    object([
        ("Code", reason.code().map(Value::from)),
        ("Message", reason.message().map(Value::from)),
        ("Item", reason.item().map(item_json)),
    ])
}

fn variant<E>(error: &SdkError<E>) -> &'static str {
    match error {
        SdkError::ConstructionFailure(_) => "ConstructionFailure",
        SdkError::TimeoutError(_) => "TimeoutError",
        SdkError::DispatchFailure(_) => "DispatchFailure",
        SdkError::ResponseError(_) => "ResponseError",
        _ => "ServiceError",
    }
}
