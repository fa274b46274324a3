//! The response to a request to select content (Content-Item Message 1.0).

/// The media type of a link to a tool (Content-Item Message 1.0, 2.2).
pub const LINK_MEDIA_TYPE: &str = "application/vnd.ims.lti.v1.ltilink";
