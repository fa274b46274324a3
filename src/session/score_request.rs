//! The body of a request in which an app sends a score.

use serde::Deserialize;

use crate::domain::{ActivityProgress, GradingProgress, Invalid, MaxGrade, Score};
use crate::lti::json_problem;
use crate::rules::grade::NewGrade;

/// Why a body is rejected.
#[derive(Debug, PartialEq, Eq)]
pub enum BadScore {
    /// It is not JSON from this position on.
    NotJson {
        /// Line, from 1.
        line: usize,
        /// Column, from 1; 0 at the beginning of a line.
        column: usize,
    },
    /// It is JSON, but has other fields; a description of the problem.
    WrongShape(String),
    /// One of the values breaks a rule.
    Invalid(Invalid),
}

/// The fields of a request; `score` is required, and `null` clears the grade.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ScoreRequest {
    #[serde(deserialize_with = "Option::deserialize")]
    score: Option<f64>,
    maximum: Option<f64>,
    activity_progress: Option<String>,
    grading_progress: Option<String>,
    comment: Option<String>,
}

/// Parses the body of a request.
pub fn read(body: &[u8]) -> Result<NewGrade, BadScore> {
    // serde would read a list as the object's fields in their order.
    if body.trim_ascii_start().starts_with(b"[") {
        return Err(BadScore::WrongShape("the body is a list".to_owned()));
    }
    let request: ScoreRequest =
        serde_json::from_slice(body).map_err(|error| match error.classify() {
            serde_json::error::Category::Data => BadScore::WrongShape(json_problem(&error)),
            _ => BadScore::NotJson { line: error.line(), column: error.column() },
        })?;
    let read = || -> Result<NewGrade, Invalid> {
        Ok(NewGrade {
            score: request.score.map(Score::new).transpose()?,
            maximum: request.maximum.map(MaxGrade::new).transpose()?,
            activity_progress: request
                .activity_progress
                .as_deref()
                .map(str::parse::<ActivityProgress>)
                .transpose()?,
            grading_progress: request
                .grading_progress
                .as_deref()
                .map(str::parse::<GradingProgress>)
                .transpose()?,
            comment: request.comment.clone(),
        })
    };
    read().map_err(BadScore::Invalid)
}
