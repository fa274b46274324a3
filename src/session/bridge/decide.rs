//! The decision about a request to an app behind a proxy, as a pure function.

use super::asked::Asked;
use super::refused::Refused;
use crate::domain::{AppPlace, CrossSite, Guests, WebApp};
use crate::session::SessionEnded;
use crate::token::app_entry::Entry;
use crate::web::proxied::{Upgrade, is_below, is_cross_site, plain_path};

/// What the decision needs of an open session.
pub(super) struct Opened<T> {
    /// The role of the launch, as it is now.
    pub(super) role: String,
    /// Whether there is no account.
    pub(super) is_guest: bool,
    /// The rules of the resource.
    pub(super) app: WebApp,
    /// The session itself.
    pub(super) value: T,
}

/// Decides about a request. `places` are the apps at its origin, `sessions` those of its cookie, if it
/// has one; `open` opens the session of one.
pub(super) fn decide<T, E>(
    asked: &Asked<'_>,
    places: &[AppPlace],
    entries: Option<&[Entry]>,
    mut open: impl FnMut(&Entry) -> Result<Result<Opened<T>, SessionEnded>, E>,
) -> Result<Result<T, Refused>, E> {
    let candidates = match candidates(asked, places, entries) {
        Ok(candidates) => candidates,
        Err(refused) => return Ok(Err(refused)),
    };
    // The newest session whose session is open counts.
    let mut refused = Refused::NoVisit;
    let mut is_first = true;
    for entry in candidates {
        match open(entry)? {
            Ok(opened) => {
                return Ok(may_use(asked, &opened).map_or(Ok(opened.value), Err));
            }
            Err(ended) if is_first => refused = ended.into(),
            Err(_) => {}
        }
        is_first = false;
    }
    Ok(Err(refused))
}

/// The sessions to the resource that the path belongs to, the newest first.
fn candidates<'v>(
    asked: &Asked<'_>,
    places: &[AppPlace],
    entries: Option<&'v [Entry]>,
) -> Result<Vec<&'v Entry>, Refused> {
    if places.is_empty() {
        return Err(Refused::UnknownApp);
    }
    let entries = entries.ok_or(Refused::NoVisit)?;
    if entries.is_empty() {
        return Err(Refused::VisitOver);
    }
    let owners = owners(places, asked.path)?;
    Ok(entries.iter().filter(|entry| owners.contains(&entry.resource_id)).collect())
}

/// The resources that a path belongs to: those with the longest prefix that contains it.
fn owners(places: &[AppPlace], path: &str) -> Result<Vec<i64>, Refused> {
    let prefix = |place: &AppPlace| place.paths.as_ref().map_or(0, |paths| paths.as_str().len());
    if places.iter().all(|place| place.paths.is_none()) {
        return Ok(places.iter().map(|place| place.resource_id).collect());
    }
    let plain = plain_path(path).ok_or(Refused::AmbiguousPath)?;
    let containing = || {
        places.iter().filter(|place| {
            place.paths.as_ref().is_none_or(|paths| is_below(&plain, paths.as_str()))
        })
    };
    let longest = containing().map(prefix).max().unwrap_or_default();
    Ok(containing()
        .filter(|place| prefix(place) == longest)
        .map(|place| place.resource_id)
        .collect())
}

/// Why a person with an open session may not send this request; `None` if they may.
fn may_use<T>(asked: &Asked<'_>, opened: &Opened<T>) -> Option<Refused> {
    if opened.is_guest && opened.app.guests == Guests::Refuse {
        Some(Refused::Guest)
    } else if !opened.app.allow_role.has(&opened.role) {
        Some(Refused::Role)
    } else if opened.app.cross_site == CrossSite::Refuse
        && is_cross_site(asked.method, asked.upgrade, asked.sender, asked.origin)
    {
        Some(Refused::CrossSiteRequest)
    } else if asked.upgrade == Upgrade::Other {
        Some(Refused::Upgrade)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{PathPrefix, SessionHandle};
    use crate::web::proxied::{Sender, Upgrade};

    const ORIGIN: &str = "https://app.example.edu";

    /// A session, by the number of its handle: 10 times its resource, and what it is.
    fn open(entry: &Entry) -> Result<Result<Opened<u64>, SessionEnded>, ()> {
        let number = entry.handle.number();
        let learner = Opened {
            role: "learner".to_owned(),
            is_guest: false,
            app: WebApp::default(),
            value: number,
        };
        Ok(match number % 10 {
            0 => Ok(learner),
            1 => Ok(Opened { role: "staff".to_owned(), ..learner }),
            2 => Ok(Opened { is_guest: true, ..learner }),
            3 => Ok(Opened {
                is_guest: true,
                app: WebApp { guests: Guests::Allow, ..WebApp::default() },
                ..learner
            }),
            4 => Ok(Opened {
                app: WebApp { allow_role: "staff".parse().unwrap(), ..WebApp::default() },
                ..learner
            }),
            5 if number >= 40 => Ok(Opened {
                app: WebApp { cross_site: CrossSite::Allow, ..WebApp::default() },
                ..learner
            }),
            5 => Err(SessionEnded::Unknown),
            6 => Err(SessionEnded::Unpublished),
            7 => Err(SessionEnded::RegistrationDisabled),
            8 => Err(SessionEnded::AccountDisabled),
            _ => Err(SessionEnded::NotForRegistration),
        })
    }

    fn place(resource_id: i64, paths: &str) -> AppPlace {
        AppPlace { resource_id, paths: PathPrefix::new(paths).ok() }
    }

    /// What becomes of a request: the session, or the code.
    fn decided(
        places: &[AppPlace],
        path: &str,
        entries: Option<&[u64]>,
        [method, site]: [&str; 2],
    ) -> Result<u64, &'static str> {
        let entries: Option<Vec<Entry>> = entries.map(|numbers| {
            let entry = |number: &u64| Entry {
                handle: SessionHandle::from_number(*number),
                resource_id: (number / 10).cast_signed(),
            };
            numbers.iter().map(entry).collect()
        });
        let asked = Asked {
            origin: ORIGIN,
            path,
            method: method.trim_end_matches(['+', '~']),
            upgrade: match method.chars().last() {
                Some('+') => Upgrade::WebSocket,
                Some('~') => Upgrade::Other,
                _ => Upgrade::No,
            },
            sender: Sender { site: (!site.is_empty()).then_some(site), origin: None },
            cookie: None,
        };
        decide(&asked, places, entries.as_deref(), open).unwrap().map_err(Refused::code)
    }

    #[test]
    fn requests_are_decided_in_this_order() {
        const GET: [&str; 2] = ["GET", ""];
        let one = &[place(1, "")][..];
        let two = &[place(1, ""), place(2, "/admin/"), place(3, "/wiki/")][..];
        let same = &[place(1, ""), place(2, "")][..];
        let four = &[place(4, "")][..];
        for (places, path, entries, request, expected) in [
            (&[][..], "//x", Some(&[10][..]), ["POST", "cross-site"], Err("unknown_app")),
            (one, "/", None, ["POST", "cross-site"], Err("no_visit")),
            (two, "//x", None, GET, Err("no_visit")),
            (one, "/", Some(&[]), GET, Err("visit_over")),
            (two, "//x", Some(&[]), GET, Err("visit_over")),
            (one, "/", Some(&[10]), GET, Ok(10)),
            (one, "/", Some(&[15]), GET, Err("visit_over")),
            (one, "/", Some(&[16]), GET, Err("resource_unpublished")),
            (one, "/", Some(&[17]), GET, Err("registration_disabled")),
            (one, "/", Some(&[18]), GET, Err("account_disabled")),
            (one, "/", Some(&[19]), GET, Err("resource_not_for_registration")),
            // The newest open one counts.
            (one, "/", Some(&[15, 10, 11]), GET, Ok(10)),
            (one, "/", Some(&[18, 15]), GET, Err("account_disabled")),
            // A session to another resource of the origin is none to this one.
            (one, "/", Some(&[20]), GET, Err("no_visit")),
            (same, "/", Some(&[20, 10]), GET, Ok(20)),
            (two, "/x", Some(&[20, 10]), GET, Ok(10)),
            (two, "/admin/x", Some(&[10]), GET, Err("no_visit")),
            (two, "/admin", Some(&[10]), GET, Err("no_visit")),
            (two, "/%61dmin/x", Some(&[10]), GET, Err("no_visit")),
            (two, "/ADMIN/x", Some(&[10]), GET, Ok(10)),
            (two, "/admin/x", Some(&[10, 24]), GET, Err("role")),
            (two, "/admin/x", Some(&[10, 20]), GET, Ok(20)),
            (two, "/wiki/x", Some(&[10, 20, 30]), GET, Ok(30)),
            (two, "/x/../admin/x", Some(&[10]), GET, Err("ambiguous_path")),
            (two, "//admin/x", Some(&[10]), GET, Err("ambiguous_path")),
            (two, "/admin%2fx", Some(&[10]), GET, Err("ambiguous_path")),
            // Without path rules, every path is the app's business.
            (one, "//admin/x", Some(&[10]), GET, Ok(10)),
            (one, "/", Some(&[12]), ["POST", "cross-site"], Err("guest")),
            (one, "/", Some(&[13]), GET, Ok(13)),
            (one, "/", Some(&[14]), ["POST", "cross-site"], Err("role")),
            (one, "/", Some(&[11]), GET, Ok(11)),
            (one, "/", Some(&[10]), ["POST", "cross-site"], Err("cross_site_request")),
            (one, "/", Some(&[10]), ["POST", "same-site"], Err("cross_site_request")),
            (one, "/", Some(&[10]), ["POST", "same-origin"], Ok(10)),
            (one, "/", Some(&[10]), ["GET+", "cross-site"], Err("cross_site_request")),
            (one, "/", Some(&[10]), ["GET+", ""], Ok(10)),
            (one, "/", Some(&[10]), ["GET~", ""], Err("upgrade_unsupported")),
            (one, "/", Some(&[10]), ["GET~", "same-origin"], Err("upgrade_unsupported")),
            (one, "/", Some(&[10]), ["GET~", "cross-site"], Err("cross_site_request")),
            (one, "/", None, ["GET~", ""], Err("no_visit")),
            (one, "/", Some(&[10]), ["GET", "cross-site"], Ok(10)),
            (four, "/", Some(&[40]), ["POST", "cross-site"], Err("cross_site_request")),
            (four, "/", Some(&[45]), ["POST", "cross-site"], Ok(45)),
            (four, "/", Some(&[45]), ["GET+", "cross-site"], Ok(45)),
            (four, "/", Some(&[45]), ["GET~", "cross-site"], Err("upgrade_unsupported")),
        ] {
            let found = decided(places, path, entries, request);
            assert_eq!(found, expected, "{places:?} {path} {entries:?} {request:?}");
        }
    }
}
