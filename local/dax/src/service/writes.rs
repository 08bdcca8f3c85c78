//! Writing one item: DynamoDB first, then the item cache. What DynamoDB refuses is not cached.

use aws_sdk_dynamodb::operation::delete_item::DeleteItemInput;
use aws_sdk_dynamodb::operation::get_item::GetItemInput;
use aws_sdk_dynamodb::operation::put_item::PutItemInput;
use aws_sdk_dynamodb::operation::update_item::UpdateItemInput;
use aws_sdk_dynamodb::types::ReturnValue;
use dax_client::protocol::error::ServiceError;
use dax_client::protocol::key::Attributes;

use super::Service;
use crate::backend::Send as _;
use crate::cache::{CachedItem, ItemKey};
use crate::wire::{Output, Request, Write};

impl Service<'_> {
    pub(super) async fn put_item(
        self,
        request: &Request,
        write: &Write<PutItemInput>,
    ) -> Result<Output, ServiceError> {
        let input = write.input.clone();
        let key = key_of(input.table_name.as_deref(), write);
        let item = input.item.clone();
        let output = self.answered(request, input.send(self.server.backend()).await).await?;
        self.keep(key, item);
        Ok(Output::PutItem(output))
    }

    pub(super) async fn delete_item(
        self,
        request: &Request,
        write: &Write<DeleteItemInput>,
    ) -> Result<Output, ServiceError> {
        let input = write.input.clone();
        let key = key_of(input.table_name.as_deref(), write);
        let output = self.answered(request, input.send(self.server.backend()).await).await?;
        self.keep(key, None);
        Ok(Output::DeleteItem(output))
    }

    /// What the item has become is asked for with the update itself if the client does not ask for something else, and
    /// else is read afterwards.
    pub(super) async fn update_item(
        self,
        request: &Request,
        write: &Write<UpdateItemInput>,
    ) -> Result<Output, ServiceError> {
        let mut input = write.input.clone();
        let key = key_of(input.table_name.as_deref(), write);
        let wants_nothing = matches!(input.return_values, None | Some(ReturnValue::None));
        if wants_nothing {
            input.return_values = Some(ReturnValue::AllNew);
        }
        let tells_all = input.return_values == Some(ReturnValue::AllNew);
        let mut output = self.answered(request, input.send(self.server.backend()).await).await?;
        match (tells_all, wants_nothing) {
            (false, _) => self.refresh(key, &write.input).await,
            (true, false) => self.keep(key, output.attributes.clone()),
            (true, true) => self.keep(key, output.attributes.take()),
        }
        Ok(Output::UpdateItem(output))
    }

    fn keep(self, key: ItemKey, item: Option<Attributes>) {
        let cached = CachedItem::new(item, self.server.tick(), self.server.record_ttl());
        self.server.spread(self.node, vec![(key, cached)]);
    }

    /// Reads an item that has changed. If that fails, it is not cached any more.
    async fn refresh(self, key: ItemKey, update: &UpdateItemInput) {
        let order = self.server.tick();
        let input = GetItemInput::builder()
            .set_table_name(update.table_name.clone())
            .set_key(update.key.clone())
            .consistent_read(true)
            .build();
        let read = match input {
            Ok(input) => input.send(self.server.backend()).await.ok(),
            Err(_) => None,
        };
        let Some(read) = read else {
            tracing::warn!("an item that was updated could not be read");
            return self.server.forget(&[key]);
        };
        let cached = CachedItem::new(read.item, order, self.server.record_ttl());
        self.server.spread(self.node, vec![(key, cached)]);
    }
}

fn key_of<I>(table: Option<&str>, write: &Write<I>) -> ItemKey {
    ItemKey { table: table.unwrap_or_default().to_owned(), key: write.key.clone() }
}
