//! LTI 1.1 consumer keys, without their secrets.

use schemars::JsonSchema;
use serde::Serialize;

use super::list;
use crate::report::{Details, Style, Table, View};

/// A consumer key.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ConsumerView {
    /// The key.
    pub consumer_key: String,
    /// How many secrets it has.
    pub secret_count: u32,
}

impl From<(String, u32)> for ConsumerView {
    fn from((consumer_key, secret_count): (String, u32)) -> Self {
        Self { consumer_key, secret_count }
    }
}

impl View for ConsumerView {
    fn table(&self, style: Style) -> String {
        let mut details = Details::new(style);
        details.add("Consumer key", &self.consumer_key);
        details.add("Secrets", &self.secret_count.to_string());
        details.finish()
    }

    fn identifiers(&self) -> Vec<String> {
        vec![self.consumer_key.clone()]
    }
}

/// Every consumer key.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct ConsumerList(pub Vec<ConsumerView>);

impl View for ConsumerList {
    fn table(&self, style: Style) -> String {
        let mut table = Table::new(style, &["CONSUMER KEY", "SECRETS"]);
        for consumer in &self.0 {
            table.row(&[&consumer.consumer_key, &consumer.secret_count.to_string()], None);
        }
        table.finish("No consumer keys. Add one with: ltictl consumer add KEY")
    }

    fn identifiers(&self) -> Vec<String> {
        self.0.iter().map(|consumer| consumer.consumer_key.clone()).collect()
    }
}

list!(ConsumerList, ConsumerView, |consumer| consumer.consumer_key.clone());
