//! The queries of requests of apps. Unknown parameters are rejected: a mistyped one could otherwise
//! change whose data a request is about.

use std::time::Duration;

use axum::http::Uri;

use super::error::{ApiError, invalid_query};
use crate::domain::AccountRef;
use crate::lti::notice::handlers::{MAX_TYPES, is_type};
use crate::session::app_members::{MAX_PEOPLE, MembersQuery};
use crate::session::app_notices::{MAX_WAIT_SECONDS, NoticesQuery};
use crate::web::form;

/// The account that a request is about.
pub(super) const ACCOUNT: &str = "account";
/// The course of the account's grade.
pub(super) const COURSE: &str = "course";
/// The most people of a page.
pub(super) const LIMIT: &str = "limit";
/// The end of the previous page.
pub(super) const AFTER: &str = "after";

/// The types of notices.
pub(super) const TYPES: &str = "types";
/// How long to wait for a notice, in seconds.
pub(super) const WAIT: &str = "wait";

/// Checks the query of an endpoint without parameters.
pub(super) fn none(uri: &Uri) -> Result<(), ApiError> {
    values(uri, []).map(drop)
}

/// The account and the course of a query, if it names them.
pub(super) fn account_and_course(
    uri: &Uri,
) -> Result<(Option<AccountRef>, Option<String>), ApiError> {
    let [account, course] = values(uri, [ACCOUNT, COURSE])?;
    Ok((account.as_deref().map(AccountRef::from), course))
}

/// Which people a query requests.
pub(super) fn members(uri: &Uri) -> Result<MembersQuery, ApiError> {
    let [account, limit, after] = values(uri, [ACCOUNT, LIMIT, AFTER])?;
    if account.is_some() && (limit.is_some() || after.is_some()) {
        return Err(invalid_query("the query has account and a page"));
    }
    let default = MembersQuery::default();
    let limit = match limit.as_deref().map(str::parse) {
        None => default.limit,
        Some(Ok(limit @ 1..=MAX_PEOPLE)) => limit,
        Some(_) => {
            return Err(invalid_query(format!("limit must be a number from 1 to {MAX_PEOPLE}")));
        }
    };
    let after = match after.as_deref().map(str::parse::<u64>) {
        None => default.after,
        Some(Ok(after)) => i64::try_from(after).unwrap_or(i64::MAX),
        Some(Err(_)) => {
            return Err(invalid_query("after must be the value of next of the previous page"));
        }
    };
    Ok(MembersQuery { account: account.as_deref().map(AccountRef::from), after, limit })
}

/// Which notices a query requests.
pub(super) fn notices(uri: &Uri) -> Result<NoticesQuery, ApiError> {
    let [types, after, wait] = values(uri, [TYPES, AFTER, WAIT])?;
    let types: Vec<String> =
        types.unwrap_or_default().split(',').map(|name| name.trim().to_owned()).collect();
    if types.len() > MAX_TYPES || !types.iter().all(|name| is_type(name)) {
        return Err(invalid_query("types must name the types of notices, separated by commas"));
    }
    let after = match after.as_deref().map(str::parse::<u64>) {
        None => 0,
        Some(Ok(after)) => i64::try_from(after).unwrap_or(i64::MAX),
        Some(Err(_)) => {
            return Err(invalid_query("after must be the value of next of the previous page"));
        }
    };
    let wait = match wait.as_deref().map(str::parse) {
        None => 0,
        Some(Ok(wait @ 0..=MAX_WAIT_SECONDS)) => wait,
        Some(_) => {
            let problem = format!("wait must be a number of seconds from 0 to {MAX_WAIT_SECONDS}");
            return Err(invalid_query(problem));
        }
    };
    Ok(NoticesQuery { types, after, wait: Duration::from_secs(wait) })
}

/// The values of these parameters, each at most once and no others.
fn values<const N: usize>(
    uri: &Uri,
    names: [&'static str; N],
) -> Result<[Option<String>; N], ApiError> {
    let mut parameters = form::Parameters::new();
    form::decode(uri.query().unwrap_or_default().as_bytes(), &mut parameters)
        .map_err(|problem| invalid_query(format!("the query {problem}")))?;
    let mut values = [const { None }; N];
    for (name, value) in parameters {
        let Some(place) = names.iter().position(|known| *known == name) else {
            return Err(invalid_query(match names.is_empty() {
                true => "this endpoint has no query parameters".to_owned(),
                false => format!("the only query parameters are {}", names.join(" and ")),
            }));
        };
        if values[place].replace(value).is_some() {
            return Err(invalid_query(format!("the query has {} twice", names[place])));
        }
    }
    Ok(values)
}
