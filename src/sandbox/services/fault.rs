//! Injected faults: kind, affected calls, and number.

use std::time::Duration;

use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};

use super::super::words::words;
use super::endpoint::Endpoint;
use super::response::ServiceResponse;

/// The delay of a response that is practically never sent.
const NEVER: Duration = Duration::from_secs(600);

words! {
    /// A kind of fault of a service call.
    FaultKind, "fault" {
        TooManyRequests "too-many-requests" "Status 429, with Retry-After in seconds",
        TooManyRequestsUntil "too-many-requests-until" "Status 429, with Retry-After as a date",
        ServerError "server-error" "Status 500",
        Unavailable "unavailable" "Status 503",
        Delay "delay" "The correct response, but late",
        TimeOut "time-out" "No response at all",
        Dropped "dropped" "The connection is closed before anything is done",
        DroppedAfterwards "dropped-afterwards" "The call is carried out, but the connection is closed \
            before the response",
        ErrorAfterwards "error-afterwards" "The call is carried out, but the response has status 500",
        CutOff "cut-off" "The connection is closed in the middle of the response's body",
        CutShort "cut-short" "The response's body ends in the middle, as if it were complete",
        Html "html" "Status 200 with a web page, like a proxy's sign-in page",
        Redirect "redirect" "A redirect to another URL",
        Conflict "conflict" "Status 409",
        Unauthorized "unauthorized" "Status 401, as for an expired access token",
        Forbidden "forbidden" "Status 403 with a text",
        NotFound "not-found" "Status 404",
    }
}

/// A fault. By default, it affects the next service call, unless that is for an access token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    kind: FaultKind,
    endpoint: Option<Endpoint>,
    path: Option<String>,
    after: u64,
    times: u64,
    wait: Option<Duration>,
    text: Option<String>,
}

impl Fault {
    /// A fault of the next call.
    pub fn new(kind: FaultKind) -> Self {
        let wait = match kind {
            FaultKind::TooManyRequests | FaultKind::TooManyRequestsUntil | FaultKind::Delay => {
                Some(Duration::from_secs(1))
            }
            FaultKind::TimeOut => Some(NEVER),
            _ => None,
        };
        Self { kind, endpoint: None, path: None, after: 0, times: 1, wait, text: None }
    }

    /// Affects only calls of this kind.
    #[must_use]
    pub fn at(mut self, endpoint: Endpoint) -> Self {
        self.endpoint = Some(endpoint);
        self
    }

    /// Affects only calls whose path and query contain this text, such as `/lineitems/21/` or
    /// `from=100`.
    #[must_use]
    pub fn on(mut self, part: &str) -> Self {
        self.path = Some(part.to_owned());
        self
    }

    /// Lets this many matching calls succeed first: `after(n - 1)` affects the n-th call.
    #[must_use]
    pub fn after(mut self, calls: u64) -> Self {
        self.after = calls;
        self
    }

    /// Affects this many consecutive calls.
    #[must_use]
    pub fn times(mut self, calls: u64) -> Self {
        self.times = calls;
        self
    }

    /// Affects every call until [`Sandbox::cancel_faults`](super::super::Sandbox::cancel_faults).
    #[must_use]
    pub fn always(self) -> Self {
        self.times(u64::MAX)
    }

    /// Sets the delay of a late response, or the value of `Retry-After`, in whole seconds.
    #[must_use]
    pub fn with_wait(mut self, time: Duration) -> Self {
        self.wait = Some(time);
        self
    }

    /// Omits `Retry-After`.
    #[must_use]
    pub fn without_retry_after(mut self) -> Self {
        self.wait = None;
        self
    }

    /// Sets the reason in the response's body.
    #[must_use]
    pub fn with_reason(mut self, text: &str) -> Self {
        self.text = Some(text.to_owned());
        self
    }

    /// The kind of fault.
    pub fn kind(&self) -> FaultKind {
        self.kind
    }

    /// How long the call is delayed.
    pub(super) fn delay(&self) -> Duration {
        match self.kind {
            FaultKind::Delay | FaultKind::TimeOut => self.wait.unwrap_or_default(),
            _ => Duration::ZERO,
        }
    }

    /// The response that replaces the correct one; `None` if the call is carried out.
    pub(super) fn response(&self, now: Timestamp) -> Option<ServiceResponse> {
        let (status, reason) = match self.kind {
            FaultKind::TooManyRequests | FaultKind::TooManyRequestsUntil => {
                (StatusCode::TOO_MANY_REQUESTS, "Too many requests")
            }
            FaultKind::ServerError => (StatusCode::INTERNAL_SERVER_ERROR, "Out of order"),
            // The status of a dropped connection is never sent.
            FaultKind::Unavailable | FaultKind::Dropped => {
                (StatusCode::SERVICE_UNAVAILABLE, "The platform is being maintained")
            }
            FaultKind::TimeOut => (StatusCode::GATEWAY_TIMEOUT, "No response in time"),
            FaultKind::Html => {
                return Some(ServiceResponse::new(
                    StatusCode::OK,
                    "text/html; charset=utf-8",
                    "<!doctype html><title>Sign in</title><p>Please sign in.</p>",
                ));
            }
            FaultKind::Redirect => {
                return Some(
                    ServiceResponse::error(StatusCode::TEMPORARY_REDIRECT, "Moved")
                        .with("location", "/attacker/jwks"),
                );
            }
            FaultKind::Conflict => (StatusCode::CONFLICT, "A newer score is stored already"),
            FaultKind::Unauthorized => (StatusCode::UNAUTHORIZED, "Unauthorized"),
            FaultKind::Forbidden => (StatusCode::FORBIDDEN, "The tool may not do this"),
            FaultKind::NotFound => (StatusCode::NOT_FOUND, "Not Found"),
            FaultKind::Delay
            | FaultKind::DroppedAfterwards
            | FaultKind::ErrorAfterwards
            | FaultKind::CutOff
            | FaultKind::CutShort => return None,
        };
        let response = ServiceResponse::error(status, self.text.as_deref().unwrap_or(reason));
        Some(match (self.kind, self.wait) {
            (FaultKind::Unauthorized, _) => response
                .with("www-authenticate", r#"Bearer realm="services", error="invalid_token""#),
            (FaultKind::TooManyRequests | FaultKind::Unavailable, Some(wait)) => {
                response.with("retry-after", &wait.as_secs().to_string())
            }
            (FaultKind::TooManyRequestsUntil, Some(wait)) => {
                response.with("retry-after", &http_date(now, wait))
            }
            _ => response,
        })
    }

    fn matches(&self, endpoint: Endpoint, path: &str) -> bool {
        let at = self.endpoint.map_or(endpoint != Endpoint::Token, |wanted| wanted == endpoint);
        at && self.path.as_deref().is_none_or(|part| path.contains(part))
    }
}

/// A time in HTTP's format (RFC 9110, 5.6.7).
fn http_date(now: Timestamp, wait: Duration) -> String {
    let then = now
        .saturating_add(SignedDuration::try_from(wait).unwrap_or(SignedDuration::MAX))
        .unwrap_or(Timestamp::MAX);
    then.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// The faults that have not happened yet, in the order in which they were added.
#[derive(Default)]
pub(super) struct Faults(Vec<Fault>);

impl Faults {
    pub(super) fn add(&mut self, fault: Fault) {
        if fault.times > 0 {
            self.0.push(fault);
        }
    }

    pub(super) fn cancel(&mut self) {
        self.0.clear();
    }

    pub(super) fn pending(&self) -> &[Fault] {
        &self.0
    }

    /// The fault of this call: the first one that is due. The call counts for all other matching
    /// faults that are not due yet.
    pub(super) fn take(&mut self, endpoint: Endpoint, path: &str) -> Option<Fault> {
        let mut taken = None;
        for fault in self.0.iter_mut().filter(|fault| fault.matches(endpoint, path)) {
            if fault.after > 0 {
                fault.after -= 1;
            } else if taken.is_none() {
                taken = Some(fault.clone());
                if fault.times != u64::MAX {
                    fault.times -= 1;
                }
            }
        }
        self.0.retain(|fault| fault.times > 0);
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_affect_the_chosen_calls_in_the_chosen_number() {
        let mut faults = Faults::default();
        faults.add(Fault::new(FaultKind::Conflict).at(Endpoint::Scores).after(1).times(2));
        faults.add(Fault::new(FaultKind::NotFound).on("/21/").always());
        let mut take = |endpoint, path| faults.take(endpoint, path).map(|fault| fault.kind);
        assert_eq!(take(Endpoint::Results, "/22/"), None);
        assert_eq!(take(Endpoint::Token, "/21/"), None);
        assert_eq!(take(Endpoint::Scores, "/22/"), None);
        assert_eq!(take(Endpoint::Scores, "/22/"), Some(FaultKind::Conflict));
        assert_eq!(take(Endpoint::Scores, "/21/"), Some(FaultKind::Conflict));
        assert_eq!(take(Endpoint::Scores, "/21/"), Some(FaultKind::NotFound));
        assert_eq!(take(Endpoint::Scores, "/22/"), None);
        assert_eq!(faults.pending().len(), 1);
    }

    #[test]
    fn dates_have_the_format_of_http() {
        let now = "2026-11-23T17:00:00.5Z".parse().unwrap();
        assert_eq!(http_date(now, Duration::from_secs(61)), "Mon, 23 Nov 2026 17:01:01 GMT");
    }
}
