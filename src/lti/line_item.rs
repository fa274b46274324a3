//! Line items: the columns of a platform's grade book (Assignment and Grade Services 2.0, 3.2).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

use super::service_url::with_parameters;
use super::tolerant::{self, Object};

/// The media type of a line item.
pub const MEDIA_TYPE: &str = "application/vnd.ims.lis.v2.lineitem+json";
/// The media type of a list of line items.
pub const CONTAINER_MEDIA_TYPE: &str = "application/vnd.ims.lis.v2.lineitemcontainer+json";

/// A line item of a platform. Absent, empty and `null` all mean `None`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LineItem {
    /// Its URL, as received: can be relative to the URL of the list. Scores are sent to `scores`
    /// below it.
    #[serde(default, deserialize_with = "tolerant::text")]
    pub id: Option<String>,
    /// The title of the column.
    #[serde(default, deserialize_with = "tolerant::text")]
    pub label: Option<String>,
    /// The maximum score, more than 0.
    #[serde(default, deserialize_with = "tolerant::number")]
    pub score_maximum: Option<f64>,
    /// The tool's ID of the resource.
    #[serde(default, deserialize_with = "tolerant::text")]
    pub resource_id: Option<String>,
    /// The tool's tag of the line item.
    #[serde(default, deserialize_with = "tolerant::text")]
    pub tag: Option<String>,
    /// The ID of the link to which it belongs.
    #[serde(default, deserialize_with = "tolerant::text")]
    pub resource_link_id: Option<String>,
}

impl LineItem {
    /// Reads one line item.
    ///
    /// # Errors
    ///
    /// If it is not a JSON object.
    pub fn read(body: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(body).map(|Object(line_item)| line_item)
    }

    /// Reads one page of a list: an array, or an object with `lineItems` as platforms with version
    /// 1 send it.
    ///
    /// # Errors
    ///
    /// If it is neither; a truncated list is an error, too.
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

/// When submissions are accepted (Assignment and Grade Services 2.0, 3.2.12 and 3.2.13; Deep
/// Linking 2.0, 3.1, `submission`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SubmissionPeriod {
    /// When submissions open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_date_time: Option<Timestamp>,
    /// When submissions close.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_date_time: Option<Timestamp>,
}

/// A line item to create or update.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewLineItem {
    /// The title of the column; not blank.
    pub label: String,
    /// The maximum score, more than 0.
    #[serde(serialize_with = "super::grade_service::number")]
    pub score_maximum: f64,
    /// The tool's ID of the resource.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_id: Option<String>,
    /// The tool's tag of the line item.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// The ID of the link to which it belongs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_link_id: Option<String>,
    /// When submissions are accepted.
    #[serde(flatten)]
    pub submissions: SubmissionPeriod,
}

/// A filter for line items; `None` matches everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LineItemFilter {
    /// The ID of the link to which it belongs.
    pub resource_link_id: Option<String>,
    /// The tool's ID of the resource.
    pub resource_id: Option<String>,
    /// The tool's tag of the line item.
    pub tag: Option<String>,
}

impl LineItemFilter {
    /// The URL of the list with the filter in its query (3.2.4). `limit` is the maximum number per
    /// page, which platforms treat as a hint.
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

    /// Whether the filter matches a line item. Platforms without filters send everything.
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
    fn lists_are_arrays_or_objects_and_never_truncated() {
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
    fn none_is_not_sent() {
        let mut new = NewLineItem {
            label: "Quiz".into(),
            score_maximum: 10.0,
            resource_id: None,
            tag: None,
            resource_link_id: None,
            submissions: SubmissionPeriod::default(),
        };
        assert_eq!(serde_json::to_string(&new).unwrap(), r#"{"label":"Quiz","scoreMaximum":10}"#);
        (new.resource_id, new.tag, new.resource_link_id) =
            (Some("u".into()), Some("grade".into()), Some("1".into()));
        new.score_maximum = 12.5;
        new.submissions.start_date_time = Some("2026-11-01T08:00:00Z".parse().unwrap());
        new.submissions.end_date_time = Some("2026-12-01T08:00:00.123Z".parse().unwrap());
        assert_eq!(
            json!(new),
            json!({
                "label": "Quiz", "scoreMaximum": 12.5, "resourceId": "u", "tag": "grade", "resourceLinkId": "1",
                "startDateTime": "2026-11-01T08:00:00Z", "endDateTime": "2026-12-01T08:00:00.123Z",
            })
        );
    }

    #[test]
    fn filter_is_sent_in_the_query_and_checked_again() {
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
