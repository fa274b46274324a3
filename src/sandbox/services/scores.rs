//! Scores and results (Assignment and Grade Services 2.0, 3.4 and 3.3), with Moodle's checks.

use axum::http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::fields::field;
use super::call::Call;
use super::grade_book::{Grade, GradeColumn};
use super::line_items::{missing, number};
use super::log::AcceptedScore;
use super::options::UnfinishedScores;
use super::paging::{Paging, linked, page};
use super::response::{Outcome, ServiceResponse, refuse};
use super::state::Services;

const SCORE: &str = "application/vnd.ims.lis.v1.score+json";
const SCORE_RESPONSE: &str = "application/vnd.ims.lis.v1.score+json; charset=utf-8";
const RESULTS: &str = "application/vnd.ims.lis.v2.resultcontainer+json";
const RESULTS_RESPONSE: &str = "application/vnd.ims.lis.v2.resultcontainer+json; charset=utf-8";

/// The key of Canvas's extension.
const CANVAS: &str = "https://canvas.instructure.com/lti/submission";

const ACTIVITY: [&str; 5] = ["Initialized", "Started", "InProgress", "Submitted", "Completed"];
const GRADING: [&str; 5] = ["FullyGraded", "Pending", "PendingManual", "Failed", "NotReady"];

/// `POST /services/{course}/lineitems/{item}/lineitem/scores`
pub(super) fn post(services: &mut Services, call: &Call<'_>) -> Outcome {
    call.require_content_type(SCORE)?;
    let rule = services.options.unfinished_scores;
    let Some(column) = services.grade_book.find(call.course, call.item) else {
        return missing(call);
    };
    let score = read(&call.body()?, call.line_item_url(call.item), call.now)?;
    if !services.rosters.of(call.course).is_gradable(&score.user_id) {
        return refuse(
            StatusCode::BAD_REQUEST,
            format!("The user {} cannot be graded in this course", score.user_id),
        );
    }
    // Moodle compares whole seconds.
    if column
        .grades
        .get(&score.user_id)
        .is_some_and(|old| old.timestamp.as_second() >= score.timestamp.as_second())
    {
        return refuse(
            StatusCode::CONFLICT,
            "A score of the same or a later second is stored already",
        );
    }
    let grade = grade(&score, rule, column.grades.get(&score.user_id), column.score_maximum);
    column.grades.insert(score.user_id.clone(), grade);
    services.log.accept(score);
    Ok(ServiceResponse::new(StatusCode::OK, SCORE_RESPONSE, ""))
}

/// A score on the column's scale, at most the maximum, and what becomes of the grade before it.
fn grade(
    score: &AcceptedScore,
    rule: UnfinishedScores,
    before: Option<&Grade>,
    maximum: f64,
) -> Grade {
    let share = score.score_given.zip(score.score_maximum);
    let scaled = share.map(|(given, of)| (given / of * maximum).min(maximum));
    let kept = before.and_then(|before| before.score);
    let is_final = score.grading_progress == "FullyGraded";
    let is_preliminary = score.grading_progress == "PendingManual";
    let result = match rule {
        UnfinishedScores::Canvas if score.preserve_score => kept,
        UnfinishedScores::Canvas if is_preliminary => scaled,
        UnfinishedScores::Ignored if !is_final => kept,
        _ => scaled.filter(|_| is_final),
    };
    Grade {
        score: result,
        comment: score.comment.clone(),
        timestamp: score.timestamp,
        attempts: before.map_or(0, |before| before.attempts) + u32::from(score.new_submission),
    }
}

/// Reads a score with all required members.
fn read(sent: &Value, line_item: String, at: Timestamp) -> Result<AcceptedScore, ServiceResponse> {
    let bad = |reason: &str| ServiceResponse::error(StatusCode::BAD_REQUEST, reason);
    let present = |name: &str| sent.get(name).filter(|value| !value.is_null());
    let text = |name: &str| {
        present(name)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
            .ok_or_else(|| bad(&format!("{name} is missing")))
    };
    let word = |name: &str, words: &[&str]| {
        let word = text(name)?;
        words
            .contains(&word)
            .then(|| word.to_owned())
            .ok_or_else(|| bad(&format!("{name} must be one of {}", words.join(", "))))
    };
    let amount = |name: &str| match present(name).map(Value::as_f64) {
        None => Ok(None),
        Some(Some(amount)) if amount >= 0.0 => Ok(Some(amount)),
        Some(_) => Err(bad(&format!("{name} must be a number of at least 0"))),
    };
    let (score_given, score_maximum) = (amount("scoreGiven")?, amount("scoreMaximum")?);
    if score_given.is_some() && !score_maximum.is_some_and(|maximum| maximum > 0.0) {
        return Err(bad("scoreMaximum above 0 must come with scoreGiven"));
    }
    let [started_at, submitted_at] = submission(sent, at)?;
    let canvas = |name: &str| sent.get(CANVAS)?.get(name)?.as_bool();
    Ok(AcceptedScore {
        line_item,
        started_at,
        submitted_at,
        user_id: text("userId")?.to_owned(),
        score_given,
        score_maximum,
        activity_progress: word("activityProgress", &ACTIVITY)?,
        grading_progress: word("gradingProgress", &GRADING)?,
        new_submission: canvas("new_submission").unwrap_or(true),
        preserve_score: canvas("preserve_score").unwrap_or_default(),
        comment: present("comment")
            .and_then(Value::as_str)
            .filter(|comment| !comment.is_empty())
            .map(str::to_owned),
        timestamp: text("timestamp")?
            .parse()
            .map_err(|_| bad("timestamp is not an ISO 8601 time with a zone"))?,
        at,
    })
}

/// The times of `submission` (3.4.10), with Canvas's limit on times in the future.
fn submission(sent: &Value, now: Timestamp) -> Result<[Option<Timestamp>; 2], ServiceResponse> {
    let bad = |reason: &str| ServiceResponse::error(StatusCode::BAD_REQUEST, reason);
    let object = match sent.get("submission").filter(|value| !value.is_null()) {
        None => return Ok([None, None]),
        Some(value) => value.as_object().ok_or_else(|| bad("submission must be an object"))?,
    };
    let time = |name: &str| match object.get(name).filter(|value| !value.is_null()) {
        None => Ok(None),
        Some(value) => {
            let time: Option<Timestamp> = value.as_str().and_then(|text| text.parse().ok());
            match time {
                Some(time) if time.as_second() <= now.as_second() + 60 => Ok(Some(time)),
                Some(_) => Err(bad(&format!("{name} is in the future"))),
                None => Err(bad(&format!("{name} is not an ISO 8601 time with a zone"))),
            }
        }
    };
    let [started_at, submitted_at] = [time("startedAt")?, time("submittedAt")?];
    match started_at.zip(submitted_at) {
        Some((started, submitted)) if submitted < started => {
            Err(bad("submittedAt is before startedAt"))
        }
        _ => Ok([started_at, submitted_at]),
    }
}

/// `GET /services/{course}/lineitems/{item}/lineitem/results`
pub(super) fn results(services: &mut Services, call: &Call<'_>) -> Outcome {
    call.require_accept(RESULTS)?;
    let paging = Paging::read(call.query, services.options.largest_page)?;
    let links = services.options.links;
    let Some(column) = services.grade_book.find(call.course, call.item) else {
        return missing(call);
    };
    let user_id = field(call.query, "user_id");
    let grades: Vec<(&String, &Grade)> = match user_id {
        Some(user) => column.grades.get_key_value(user).into_iter().collect(),
        None => column.grades.iter().collect(),
    };
    let (grades, next, last) = page(grades, paging);
    let body: Vec<Value> =
        grades.into_iter().map(|(user, grade)| result(call, column, user, grade)).collect();
    let response = ServiceResponse::json(StatusCode::OK, RESULTS_RESPONSE, &Value::Array(body));
    let path = format!("lineitems/{}/lineitem/results", call.item);
    let filters = call.repeated_fields(&["user_id"]);
    Ok(linked(response, links, paging, next, last, |from| {
        call.url(
            &path,
            &[
                filters.clone(),
                vec![("limit", paging.limit.to_string()), ("from", from.to_string())],
            ]
            .concat(),
        )
    }))
}

/// A result as JSON; a cleared one has only the person, as in Moodle.
fn result(call: &Call<'_>, column: &GradeColumn, user: &str, grade: &Grade) -> Value {
    let id = call
        .url(&format!("lineitems/{}/lineitem/results", column.id), &[("user_id", user.to_owned())]);
    let mut result = json!({ "id": id, "userId": user });
    if let Some(score) = grade.score {
        result["resultScore"] = number(score);
        result["resultMaximum"] = number(column.score_maximum);
        if let Some(comment) = &grade.comment {
            result["comment"] = json!(comment);
        }
        result["scoreOf"] = json!(call.line_item_url(column.id));
        result["timestamp"] =
            json!(grade.timestamp.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string());
    }
    result
}
