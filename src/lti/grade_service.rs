//! Scores and results (Assignment and Grade Services 2.0, 3.3 and 3.4).

use jiff::Timestamp;
use serde::{Deserialize, Serialize, Serializer};
use url::Url;

use super::service_url::{with_parameters, with_segment};
use super::tolerant::{self, Object};

/// The `Content-Type` of a score: version 1, although everything else is version 2.
pub const SCORE_MEDIA_TYPE: &str = "application/vnd.ims.lis.v1.score+json";
/// The `Accept` of a list of results.
pub const RESULTS_MEDIA_TYPE: &str = "application/vnd.ims.lis.v2.resultcontainer+json";

/// The URL to which a line item's scores are sent.
pub fn scores_url(line_item: &Url) -> Url {
    with_segment(line_item, "scores")
}

/// The URL of a line item's results, of one user or of all.
pub fn results_url(line_item: &Url, user_id: Option<&str>) -> Url {
    with_parameters(&with_segment(line_item, "results"), &[("user_id", user_id)])
}

/// A user's score in the format of the service (3.4.2).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Score<'a> {
    /// The platform's user (`sub` of their launches).
    pub user_id: &'a str,
    /// The score and its maximum; `None` removes an earlier score.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub points: Option<Points>,
    /// Activity progress: `Initialized`, `Started`, `InProgress`, `Submitted` or
    /// `Completed` (3.4.7).
    pub activity_progress: &'a str,
    /// Grading progress: `FullyGraded`, `Pending`, `PendingManual`, `Failed` or
    /// `NotReady` (3.4.8). Most platforms ignore the points unless it is `FullyGraded`.
    pub grading_progress: &'a str,
    /// When the score was given, to the millisecond. It must increase from score to score of a user
    /// and line item; Moodle compares whole seconds.
    #[serde(serialize_with = "timestamp")]
    pub timestamp: Timestamp,
    /// The grader's comment, as plain text; `None` removes an earlier one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<&'a str>,
    /// When the work was started and submitted; `None` leaves it to the platform.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub submission: Option<Submission>,
    /// Canvas's extension; only for Canvas.
    #[serde(
        rename = "https://canvas.instructure.com/lti/submission",
        skip_serializing_if = "Option::is_none"
    )]
    pub canvas: Option<CanvasSubmission>,
}

/// How Canvas treats a score (its documentation of the score service). Absent members have Canvas's
/// defaults.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct CanvasSubmission {
    /// Whether the score is a new attempt; true by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new_submission: Option<bool>,
    /// Whether the grade stays as it is, whatever the score says; false by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preserve_score: Option<bool>,
}

/// When a user started and submitted the work (3.4.10).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Submission {
    /// When the user started.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "optional_timestamp")]
    pub started_at: Option<Timestamp>,
    /// When the user submitted; not before `started_at`.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "optional_timestamp")]
    pub submitted_at: Option<Timestamp>,
}

/// A score and its maximum.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Points {
    /// At least 0; can be more than the maximum.
    #[serde(rename = "scoreGiven", serialize_with = "number")]
    pub given: f64,
    /// More than 0. The platform scales the score to its line item's maximum.
    #[serde(rename = "scoreMaximum", serialize_with = "number")]
    pub maximum: f64,
}

/// Writes whole numbers without a fraction: `15`, not `15.0`.
pub(super) fn number<S: Serializer>(number: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    // Up to 2^53, every whole number is exact, so the cast loses nothing.
    if number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0 {
        serializer.serialize_i64(*number as i64)
    } else {
        serializer.serialize_f64(*number)
    }
}

/// RFC 3339 in UTC with milliseconds, which every platform accepts.
fn timestamp<S: Serializer>(timestamp: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{timestamp:.3}"))
}

/// The same for an optional time.
fn optional_timestamp<S: Serializer>(
    time: &Option<Timestamp>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    time.map(|time| format!("{time:.3}")).serialize(serializer)
}

/// A user's result in the platform's grade book (3.3.2). Absent, empty and `null` all mean `None`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResultItem {
    /// The platform's user.
    #[serde(default, deserialize_with = "tolerant::text")]
    pub user_id: Option<String>,
    /// The user's grade.
    #[serde(default, deserialize_with = "tolerant::number")]
    pub result_score: Option<f64>,
    /// Its maximum.
    #[serde(default, deserialize_with = "tolerant::number")]
    pub result_maximum: Option<f64>,
    /// The comment.
    #[serde(default, deserialize_with = "tolerant::text")]
    pub comment: Option<String>,
}

impl ResultItem {
    /// Parses one page of results.
    ///
    /// # Errors
    ///
    /// If it is not a JSON array of objects.
    pub fn read_container(body: &[u8]) -> Result<Vec<Self>, serde_json::Error> {
        serde_json::from_slice(body).map(Object::unwrap_all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole() -> Score<'static> {
        Score {
            user_id: "4",
            points: None,
            activity_progress: "Completed",
            grading_progress: "FullyGraded",
            timestamp: "2026-11-23T16:08:07.8359Z".parse().unwrap(),
            comment: None,
            submission: None,
            canvas: None,
        }
    }

    fn score(points: Option<Points>, comment: Option<&str>) -> String {
        serde_json::to_string(&Score { points, comment, ..whole() }).unwrap()
    }

    #[test]
    fn scores_are_numbers_and_times_have_milliseconds() {
        const PROGRESS: &str = r#""activityProgress":"Completed","gradingProgress":"FullyGraded","timestamp":"2026-11-23T16:08:07.835Z""#;
        for (points, comment, expected) in [
            (
                Some((15.0, 20.0)),
                None,
                format!(r#"{{"userId":"4","scoreGiven":15,"scoreMaximum":20,{PROGRESS}}}"#),
            ),
            (
                Some((0.0, 0.5)),
                Some("No"),
                format!(
                    r#"{{"userId":"4","scoreGiven":0,"scoreMaximum":0.5,{PROGRESS},"comment":"No"}}"#
                ),
            ),
            (
                Some((37.333, 50.0)),
                None,
                format!(r#"{{"userId":"4","scoreGiven":37.333,"scoreMaximum":50,{PROGRESS}}}"#),
            ),
            (None, None, format!(r#"{{"userId":"4",{PROGRESS}}}"#)),
        ] {
            assert_eq!(
                score(points.map(|(given, maximum)| Points { given, maximum }), comment),
                expected
            );
        }
    }

    #[test]
    fn a_time_without_fraction_gets_one() {
        let timestamp = "2026-11-23T16:08:07Z".parse().unwrap();
        let score = Score { timestamp, ..whole() };
        assert!(serde_json::to_string(&score).unwrap().contains("\"2026-11-23T16:08:07.000Z\""));
    }

    #[test]
    fn a_submission_has_the_times_that_are_known() {
        let time = |text: &str| Some(text.parse().unwrap());
        let started_at = time("2026-11-23T16:00:00Z");
        let submitted_at = time("2026-11-23T17:08:07.8359+01:00");
        for (submission, expected) in [
            (
                Submission { started_at, submitted_at },
                r#"{"startedAt":"2026-11-23T16:00:00.000Z","submittedAt":"2026-11-23T16:08:07.835Z"}"#,
            ),
            (
                Submission { started_at: None, submitted_at },
                r#"{"submittedAt":"2026-11-23T16:08:07.835Z"}"#,
            ),
        ] {
            let mut sent = Score { submission: Some(submission), ..whole() };
            assert!(
                serde_json::to_string(&sent)
                    .unwrap()
                    .ends_with(&format!(",\"submission\":{expected}}}"))
            );
            sent.submission = None;
            assert!(!serde_json::to_string(&sent).unwrap().contains("submission"));
        }
    }

    #[test]
    fn urls_of_scores_and_results_are_below_the_line_item() {
        let line_item =
            Url::parse("https://m.example/mod/lti/services.php/2/lineitems/5/lineitem?type_id=1")
                .unwrap();
        assert_eq!(
            scores_url(&line_item).as_str(),
            "https://m.example/mod/lti/services.php/2/lineitems/5/lineitem/scores?type_id=1"
        );
        assert_eq!(
            results_url(&line_item, None).as_str(),
            "https://m.example/mod/lti/services.php/2/lineitems/5/lineitem/results?type_id=1"
        );
        assert_eq!(results_url(&line_item, Some("a b")).query(), Some("type_id=1&user_id=a+b"));
    }

    #[test]
    fn results_may_be_empty() {
        let results =
            ResultItem::read_container(br#"[{"userId":"4","resultScore":37.5,"resultMaximum":50},{"userId":5},{"userId":"6","resultScore":null}]"#).unwrap();
        let read: Vec<_> =
            results.iter().map(|result| (result.user_id.as_deref(), result.result_score)).collect();
        assert_eq!(read, [(Some("4"), Some(37.5)), (Some("5"), None), (Some("6"), None)]);
        for body in ["[{", r#"[["4",37.5,50,""]]"#, r#"{"userId":"4"}"#] {
            assert!(ResultItem::read_container(body.as_bytes()).is_err(), "{body}");
        }
    }
}
