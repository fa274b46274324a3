//! A service call, as passed to its handler.

use axum::http::{HeaderMap, Method, StatusCode, header};
use jiff::Timestamp;
use serde::de::DeserializeOwned;

use super::super::fields::{Fields, field};
use super::super::school::Course;
use super::response::{ServiceResponse, refuse};

/// A service call, as passed to its handler.
pub(super) struct Call<'a> {
    pub(super) method: &'a Method,
    pub(super) headers: &'a HeaderMap,
    pub(super) query: &'a Fields,
    pub(super) body: &'a [u8],
    pub(super) course: Course,
    /// The line item's number; 0 if there is none.
    pub(super) item: u32,
    pub(super) now: Timestamp,
    /// The base URL of the course's services, and the query of all service URLs.
    pub(super) base: String,
    pub(super) service_query: &'a str,
}

impl Call<'_> {
    pub(super) fn accept(&self) -> &str {
        self.header(&header::ACCEPT).unwrap_or("*/*")
    }

    pub(super) fn header(&self, name: &header::HeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| std::str::from_utf8(value.as_bytes()).ok())
    }

    /// Refuses a call that does not explicitly accept this media type.
    pub(super) fn require_accept(&self, media_type: &str) -> Result<(), ServiceResponse> {
        match self.accept() {
            "*/*" => refuse(StatusCode::BAD_REQUEST, "No context or unsupported content type"),
            accept if accept.split(',').any(|one| essence(one) == media_type) => Ok(()),
            accept => refuse(
                StatusCode::BAD_REQUEST,
                format!("No handler found for {accept}; ask for {media_type}"),
            ),
        }
    }

    /// Refuses a call whose body has another media type.
    pub(super) fn require_content_type(&self, media_type: &str) -> Result<(), ServiceResponse> {
        let sent = self.header(&header::CONTENT_TYPE).unwrap_or_default();
        if essence(sent) == media_type {
            Ok(())
        } else {
            refuse(
                StatusCode::BAD_REQUEST,
                format!("No handler found for {sent}; send {media_type}"),
            )
        }
    }

    pub(super) fn body<T: DeserializeOwned>(&self) -> Result<T, ServiceResponse> {
        serde_json::from_slice(self.body)
            .or_else(|_| refuse(StatusCode::BAD_REQUEST, "The body is not JSON"))
    }

    /// A URL below the course, with the query of all service URLs and further parameters.
    pub(super) fn url(&self, path: &str, more: &[(&str, String)]) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(more);
        let (own, more) = (self.service_query, query.finish());
        let separator = if own.is_empty() || more.is_empty() { "" } else { "&" };
        let mark = if own.is_empty() && more.is_empty() { "" } else { "?" };
        format!("{}/{path}{mark}{own}{separator}{more}", self.base)
    }

    pub(super) fn line_item_url(&self, id: u32) -> String {
        self.url(&format!("lineitems/{id}/lineitem"), &[])
    }

    /// The query's fields that the next page's URL must repeat.
    pub(super) fn repeated_fields<'a>(&self, names: &[&'a str]) -> Vec<(&'a str, String)> {
        names.iter().filter_map(|name| Some((*name, field(self.query, name)?.to_owned()))).collect()
    }
}

/// A media type without its parameters.
fn essence(media_type: &str) -> &str {
    media_type.split(';').next().unwrap_or_default().trim()
}
