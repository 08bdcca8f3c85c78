//! Idempotent requests: the answer to each is stored, and given again.

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use pennon_domain::{Call, ChangeError, Refusal, StoreError, StoredAnswer};

use crate::{
    Store,
    item::{self, AnswerRow, PK, TTL},
    table::unavailable,
};

const CONTEXT: &str = "storing an answer";

impl Store {
    /// The answer that this call was given before, if it can be told from others and was made within a day.
    ///
    /// # Errors
    /// [`Refusal::IdempotencyKeyReused`] if its key was given with another request.
    pub(crate) async fn earlier_answer(&self, call: &Call) -> Result<Option<StoredAnswer>, ChangeError> {
        let Some(key) = &call.idempotency else { return Ok(None) };
        let item = self.0.tables.ops.get_large(AnswerRow::key(key), "reading a stored answer").await?;
        let row = item.map(|item| AnswerRow::decode(&item)).transpose()?;
        let Some(row) = row.filter(|row| row.is_alive(self.0.clock.now())) else { return Ok(None) };
        if !row.is_of(key) {
            return Err(Refusal::IdempotencyKeyReused.into());
        }
        Ok(Some(row.open(key)?))
    }

    /// Stores the answer to a call that changed nothing; `false` if the same call has been answered meanwhile.
    pub(crate) async fn store_answer(&self, call: &Call, answer: &StoredAnswer) -> Result<bool, StoreError> {
        let Some(key) = &call.idempotency else { return Ok(true) };
        let now = self.0.clock.now();
        let put = self
            .0
            .tables
            .ops
            .put_item()
            .set_item(Some(AnswerRow::encode(key, answer, now)?))
            .condition_expression("attribute_not_exists(#pk) OR #ttl <= :now")
            .expression_attribute_names("#pk", PK)
            .expression_attribute_names("#ttl", TTL)
            .expression_attribute_values(":now", item::number(now.as_secs()));
        match put.send().await {
            Ok(_) => Ok(true),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(PutItemError::is_conditional_check_failed_exception) =>
            {
                Ok(false)
            }
            Err(error) => Err(unavailable(CONTEXT, &error)),
        }
    }
}
