//! Notices of platforms: what the tool does about one, the URLs that it gives to platforms, and what
//! a check with a URL that is used once leaves behind.

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::BASE64URL_NOPAD;
use jiff::Timestamp;
use url::Url;

use crate::domain::{
    NOTICE_PROBE_PATH, NOTICES_PATH, NoticeProbe, NoticeService, PublicUrl, Random, Registration,
    StoredText, is_web_url,
};
use crate::lti::notice::{CONTEXT_COPY, Notice};
use crate::platform::{NoticeHandlers, ServiceClient, ServiceError};
use crate::rules::course_copy::{self, CopiedCourse};
use crate::store::{self, CopyReport, Pool, Write};

/// Maximum length of the claims that are kept for apps, in bytes.
const MAX_CLAIMS_BYTES: usize = 16 * 1024;

/// The types to which the tool subscribes automatically.
pub const AUTOMATIC: [&str; 1] = [CONTEXT_COPY];

/// The URL to which the platform of a registration sends its notices.
pub fn handler(url: &PublicUrl, registration: &Registration) -> String {
    format!("{}{}", url.join(NOTICES_PATH), registration.slug)
}

/// The same without the slug.
pub fn handler_prefix(url: &PublicUrl) -> String {
    url.join(NOTICES_PATH)
}

/// Whether a handler is one that this tool has set at an earlier public URL, or for a check that is
/// over.
pub fn is_own(handler: &str, url: &PublicUrl, registration: &Registration, stored: &str) -> bool {
    handler == self::handler(url, registration)
        || (!stored.is_empty() && handler == stored)
        || handler.starts_with(&url.join(NOTICE_PROBE_PATH))
}

/// The claims as they are kept for apps, unless they are too long.
pub fn kept_claims(claims: String) -> Option<String> {
    Some(claims).filter(|claims| claims.len() <= MAX_CLAIMS_BYTES && !claims.contains("\\u0000"))
}

/// What the tool does about a notice that has arrived for the first time, in the transaction that
/// stores it. Registration and deployment were looked up; all else in the notice was chosen by that
/// platform, and concerns that deployment only.
pub fn apply(
    write: &Write<'_>,
    registration_id: i64,
    notice: &Notice,
    now: Timestamp,
) -> Result<(), store::Error> {
    let Some(context) = notice.context.as_ref().filter(|_| notice.notice_type == CONTEXT_COPY)
    else {
        return Ok(());
    };
    let course = CopiedCourse {
        registration_id,
        deployment_id: &notice.deployment_id,
        context_id: &context.id,
        label: context.label.as_deref(),
        title: context.title.as_deref(),
    };
    let report = CopyReport::Notice(&notice.id);
    course_copy::record(write, &course, &notice.origin_contexts, report, now)
}

/// A new random part of a URL that is used once.
pub fn probe_code(random: &Random) -> String {
    BASE64URL_NOPAD.encode(&random.bytes::<24>())
}

/// What is stored of it.
pub fn probe_digest(code: &str) -> Vec<u8> {
    digest(&SHA256, code.as_bytes()).as_ref().to_vec()
}

/// A URL that is used once.
pub fn probe_url(url: &PublicUrl, code: &str) -> String {
    format!("{}{code}", url.join(NOTICE_PROBE_PATH))
}

/// What the platform has set, as it is stored before a check: a URL that could be restored, or
/// nothing.
pub fn restorable(handler: &str) -> &str {
    StoredText::Url.whole(handler).filter(|handler| is_web_url(handler)).unwrap_or_default()
}

/// The service of a deployment. Blackboard's has to be given the deployment, too.
///
/// # Errors
///
/// [`ServiceError::OutOfReach`] if the URL cannot be used.
pub fn handlers(
    client: &ServiceClient,
    registration: &Registration,
    service: &NoticeService,
) -> Result<NoticeHandlers, ServiceError> {
    let product = registration.product.as_ref().map(crate::domain::Product::as_str);
    let url = service.offer.url.as_str();
    match Url::parse(url) {
        Ok(mut parsed) if product.is_some_and(|product| product.starts_with("blackboard")) => {
            parsed.query_pairs_mut().append_pair("deploymentId", service.deployment_id.as_str());
            client.notice_handlers(parsed.as_str())
        }
        _ => client.notice_handlers(url),
    }
}

/// Restores what the platform had set before a check, and ends the check. If the platform no longer
/// accepts the earlier URL, the notices of the check's type end.
///
/// # Errors
///
/// If the platform cannot be reached; the check is then restored later.
pub async fn restore(
    pool: &Pool,
    handlers: &NoticeHandlers,
    notice_type: &str,
    probe: &NoticeProbe,
) -> Result<(), RestoreError> {
    let set = handlers.set(notice_type, &probe.previous).await;
    match set {
        Err(ServiceError::Refused { status: 400 | 422, .. }) if !probe.previous.is_empty() => {
            handlers.set(notice_type, "").await?;
        }
        set => set?,
    }
    let deployment = probe.deployment;
    pool.write(move |write| write.end_notice_probe(deployment)).await?;
    Ok(())
}

/// Why an earlier setting was not restored.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The platform.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// The database.
    #[error(transparent)]
    Store(#[from] store::Error),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Clock, Name, Slug};

    #[test]
    fn own_handlers_are_recognised() {
        let url = PublicUrl::new("https://tool.example.edu/lti", false).unwrap();
        let (slug, name) = (Slug::new("moodle").unwrap(), Name::new("Moodle").unwrap());
        let moodle = Registration::draft(slug, name, Clock::System.now());
        let own = "https://tool.example.edu/lti/lti/notices/moodle";
        assert_eq!(handler(&url, &moodle), own);
        let before = "https://old.example.edu/lti/notices/moodle";
        for (handler, stored, expected) in [
            (own, "", true),
            (before, before, true),
            (before, "", false),
            ("https://tool.example.edu/lti/lti/notices/probe/abc", "", true),
            ("https://tool.example.edu/lti/lti/notices/canvas", "", false),
            ("", "", false),
            ("https://other.example.edu/", before, false),
        ] {
            assert_eq!(is_own(handler, &url, &moodle, stored), expected, "{handler}");
        }
    }

    #[test]
    fn only_urls_are_restored() {
        let long = format!("https://lms.example/{}", "x".repeat(3000));
        for (handler, expected) in [
            ("https://other.example.edu/n", "https://other.example.edu/n"),
            ("", ""),
            ("javascript:alert(1)", ""),
            ("https://a.example/\n", ""),
            (long.as_str(), ""),
        ] {
            assert_eq!(restorable(handler), expected, "{handler:.40}");
        }
    }
}
