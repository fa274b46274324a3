//! Line items: the columns of a platform's grade book (Assignment and Grade Services 2.0, 3.2).

use serde::{Deserialize, Serialize};
use url::Url;

use super::service_url::with_parameters;
use super::tolerant::{self, Object};

/// One line item, as `Accept` and as `Content-Type`.
pub const MEDIA_TYPE: &str = "application/vnd.ims.lis.v2.lineitem+json";
/// A list of them, as `Accept`.
pub const CONTAINER_MEDIA_TYPE: &str = "application/vnd.ims.lis.v2.lineitemcontainer+json";

/// A line item of a platform. What is absent, empty or `null` there is none here.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LineItem {
    /// Its URL; scores go to `scores` below it. As it came: perhaps relative to the list in which
    /// it stood.
    #[serde(default, deserialize_with = "tolerant::text")]
    pub id: Option<String>,
    /// What the column is called.
    #[serde(default, deserialize_with = "tolerant::text")]
    pub label: Option<String>,
    /// The most that can be reached, more than 0.
    #[serde(default, deserialize_with = "tolerant::number")]
    pub score_maximum: Option<f64>,
    /// What the tool calls the thing that is graded.
    #[serde(default, deserialize_with = "tolerant::text")]
    pub resource_id: Option<String>,
    /// What the tool calls this one of its columns.
    #[serde(default, deserialize_with = "tolerant::text")]
    pub tag: Option<String>,
    /// The link to which it belongs.
    #[serde(default, deserialize_with = "tolerant::text")]
    pub resource_link_id: Option<String>,
}

impl LineItem {
    /// Reads one line item.
    ///
    /// # Errors
    ///
    /// When it is not a JSON object.
    pub fn read(body: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(body).map(|Object(line_item)| line_item)
    }

    /// Reads one page of a list: a bare array, or an object with `lineItems` as platforms of the
    /// first version send it.
    ///
    /// # Errors
    ///
    /// When it is neither; a list that breaks off is no short list.
    pub fn read_container(body: &[u8]) -> Result<Vec<Self>, serde_json::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Container {
            Bare(Vec<Object<LineItem>>),
            Wrapped(Object<Wrapped>),
        }
        #[derive(Deserialize)]
        struct Wrapped {
            #[serde(rename = "lineItems", alias = "lineitems")]
            line_items: Vec<Object<LineItem>>,
        }
        serde_json::from_slice(body).map(|container| match container {
            Container::Bare(line_items) | Container::Wrapped(Object(Wrapped { line_items })) => {
                Object::unwrap_all(line_items)
            }
        })
    }
}

/// A line item to be made, or what one is changed into.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewLineItem {
    /// What the column is called; not blank.
    pub label: String,
    /// The most that can be reached, more than 0.
    #[serde(serialize_with = "super::grade_service::number")]
    pub score_maximum: f64,
    /// What we call the thing that is graded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_id: Option<String>,
    /// What we call this one of our columns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// The link to which it belongs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_link_id: Option<String>,
}

/// By what a line item is looked for; what is none does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LineItemFilter {
    /// The link to which it belongs.
    pub resource_link_id: Option<String>,
    /// What we call the thing that is graded.
    pub resource_id: Option<String>,
    /// What we call this one of our columns.
    pub tag: Option<String>,
}

impl LineItemFilter {
    /// The URL of the list with the filter in its query (3.2.4). `limit` is how many may come in
    /// one page; a platform takes it as a hint.
    pub fn url(&self, line_items: &Url, limit: Option<u32>) -> Url {
        let limit = limit.map(|limit| limit.to_string());
        let parameters = [
            ("resource_link_id", &self.resource_link_id),
            ("resource_id", &self.resource_id),
            ("tag", &self.tag),
            ("limit", &limit),
        ];
        with_parameters(line_items, &parameters.map(|(name, value)| (name, value.as_deref())))
    }

    /// Whether a line item is meant. Platforms that know a filter leave out what does not fit;
    /// those that do not send everything.
    pub fn matches(&self, line_item: &LineItem) -> bool {
        let fits = |wanted: &Option<String>, is: &Option<String>| wanted.is_none() || wanted == is;
        fits(&self.resource_link_id, &line_item.resource_link_id)
            && fits(&self.resource_id, &line_item.resource_id)
            && fits(&self.tag, &line_item.tag)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn line_item() -> LineItem {
        LineItem {
            id: Some("https://m.example/5".into()),
            label: Some("Quiz".into()),
            score_maximum: Some(50.0),
            resource_id: None,
            tag: None,
            resource_link_id: None,
        }
    }

    #[test]
    fn absent_empty_and_null_are_the_same() {
        for body in [
            r#"{"id":"https://m.example/5","label":"Quiz","scoreMaximum":50}"#,
            r#"{"id":"https://m.example/5","label":"Quiz","scoreMaximum":50.0,"resourceId":"","tag":null,"resourceLinkId":" ","ltiLinkId":"1"}"#,
            r#"{"id":"https://m.example/5","label":"Quiz","scoreMaximum":"50","tag":false,"endDateTime":"2026-12-01T08:00:00.123Z"}"#,
        ] {
            assert_eq!(LineItem::read(body.as_bytes()).unwrap(), line_item(), "{body}");
        }
        let numbered =
            LineItem::read(br#"{"id":"x","resourceLinkId":7,"resourceId":"quiz-7","tag":"grade"}"#)
                .unwrap();
        assert_eq!(
            (
                numbered.resource_link_id.as_deref(),
                numbered.resource_id.as_deref(),
                numbered.tag.as_deref()
            ),
            (Some("7"), Some("quiz-7"), Some("grade"))
        );
    }

    #[test]
    fn lists_come_bare_or_wrapped_and_never_cut() {
        let one = r#"{"id":"https://m.example/5","label":"Quiz","scoreMaximum":50}"#;
        for body in [
            format!("[{one}]"),
            format!("{{\"lineItems\":[{one}]}}"),
            format!("{{\"id\":\"x\",\"lineItems\":[{one}]}}"),
        ] {
            assert_eq!(LineItem::read_container(body.as_bytes()).unwrap(), [line_item()], "{body}");
        }
        assert!(LineItem::read_container(b"[]").unwrap().is_empty());
        for body in [
            format!("[{one}"),
            format!("[{one},"),
            "{}".into(),
            "null".into(),
            String::new(),
            "<html>".into(),
            "{\"lineItems\":null}".into(),
            format!("[[{one}]]"),
        ] {
            assert!(LineItem::read_container(body.as_bytes()).is_err(), "{body}");
        }
        let in_order = r#"["https://m.example/5","Quiz",50,"","",""]"#;
        assert!(
            LineItem::read(in_order.as_bytes()).is_err()
                && LineItem::read_container(format!("[{in_order}]").as_bytes()).is_err()
        );
    }

    #[test]
    fn what_is_none_is_not_sent() {
        let mut new = NewLineItem {
            label: "Quiz".into(),
            score_maximum: 10.0,
            resource_id: None,
            tag: None,
            resource_link_id: None,
        };
        assert_eq!(serde_json::to_string(&new).unwrap(), r#"{"label":"Quiz","scoreMaximum":10}"#);
        (new.resource_id, new.tag, new.resource_link_id) =
            (Some("u".into()), Some("grade".into()), Some("1".into()));
        new.score_maximum = 12.5;
        assert_eq!(
            json!(new),
            json!({ "label": "Quiz", "scoreMaximum": 12.5, "resourceId": "u", "tag": "grade", "resourceLinkId": "1" })
        );
    }

    #[test]
    fn a_filter_stands_in_the_query_and_is_checked_again() {
        let filter = LineItemFilter {
            resource_link_id: Some("1".into()),
            resource_id: Some("a b".into()),
            tag: None,
        };
        let list = Url::parse("https://m.example/l?type_id=2").unwrap();
        assert_eq!(
            filter.url(&list, Some(5)).as_str(),
            "https://m.example/l?type_id=2&resource_link_id=1&resource_id=a+b&limit=5"
        );
        let mut found = LineItem {
            resource_link_id: Some("1".into()),
            resource_id: Some("a b".into()),
            ..line_item()
        };
        assert!(filter.matches(&found) && LineItemFilter::default().matches(&found));
        found.resource_id = None;
        assert!(!filter.matches(&found));
    }
}
