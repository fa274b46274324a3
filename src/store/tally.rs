//! Counts of events that have no row of their own.

use jiff::Timestamp;

use super::column::OrEmpty;
use super::query::{Queries as _, bind};
use super::{Error, Read, Write};
use crate::domain::{Counted, Slug, Tally};

/// Selects the tallies to add up.
#[derive(Debug, Clone, Copy)]
pub struct TallyFilter<'f> {
    /// What was counted.
    pub what: Counted,
    /// Whose tallies.
    pub owner: TallyOwner<'f>,
    /// From the hour of this moment on.
    pub since: Timestamp,
}

/// Whose tallies to add up.
#[derive(Debug, Clone, Copy)]
pub enum TallyOwner<'f> {
    /// Those of all registrations, and those that belong to none.
    Any,
    /// Those of one registration, by its slug.
    Registration(&'f Slug),
    /// Those that belong to no registration.
    NoRegistration,
}

impl Read<'_> {
    /// How often something happened since then: one sum per detail, such as the browser family,
    /// most frequent first. The hour of a sum is its first one.
    pub fn tallies_by_detail(&self, filter: &TallyFilter<'_>) -> Result<Vec<Tally>, Error> {
        self.tallies(filter, "'' AS registration, detail", "detail", "sum(count) DESC, detail")
    }

    /// How often something happened since then: one sum for each registration, by its slug. The
    /// hour of a sum is its first one.
    pub fn tallies_by_registration(&self, filter: &TallyFilter<'_>) -> Result<Vec<Tally>, Error> {
        self.tallies(filter, "registration, '' AS detail", "registration", "registration")
    }

    fn tallies(
        &self,
        filter: &TallyFilter<'_>,
        names: &str,
        group: &str,
        order: &str,
    ) -> Result<Vec<Tally>, Error> {
        // Separate conditions because each has its own index.
        let (whose, registration) = match filter.owner {
            TallyOwner::Any => ("CAST(:registration AS TEXT) IS NULL", None),
            TallyOwner::Registration(slug) => {
                ("registration = :registration", Some(OrEmpty(Some(slug))))
            }
            TallyOwner::NoRegistration => ("registration = :registration", Some(OrEmpty(None))),
        };
        self.connection.all(
            &format!(
                "SELECT {names}, min(hour) AS hour, sum(count) AS count, max(last_at) AS last_at
                 FROM tally WHERE {whose} AND what = :what AND hour >= :since
                 GROUP BY {group} ORDER BY {order}"
            ),
            bind! {
                registration,
                what: filter.what.as_str(),
                since: Tally::hour_of(filter.since),
            },
            |row| {
                Ok(Tally {
                    hour: row.get("hour")?,
                    registration: row.get::<OrEmpty<_>>("registration")?.0,
                    what: filter.what,
                    detail: row.get("detail")?,
                    count: row.get("count")?,
                    last_at: row.get("last_at")?,
                })
            },
        )
    }

    /// When something was last counted for a registration, or with `None` for none.
    pub fn last_counted(
        &self,
        what: Counted,
        registration: Option<&Slug>,
    ) -> Result<Option<Timestamp>, Error> {
        self.connection.one(
            "SELECT max(last_at) AS last_at FROM tally
             WHERE registration = :registration AND what = :what",
            bind! { registration: OrEmpty(registration), what: what.as_str() },
            |row| row.get("last_at"),
        )
    }
}

impl Write<'_> {
    /// Adds to a tally.
    pub fn add_to_tally(&self, tally: &Tally) -> Result<(), Error> {
        let Tally { hour, registration, what, detail, count, last_at } = tally;
        self.connection.change(
            "INSERT INTO tally (hour, registration, what, detail, count, last_at)
             VALUES (:hour, :registration, :what, :detail, :count, :last_at)
             ON CONFLICT (registration, what, hour, detail) DO UPDATE
                 SET count = tally.count + excluded.count,
                     last_at = CASE WHEN tally.last_at > excluded.last_at THEN tally.last_at
                         ELSE excluded.last_at END",
            bind! {
                hour, registration: OrEmpty(registration.as_ref()), what: what.as_str(), detail,
                count, last_at,
            },
        )?;
        Ok(())
    }

    /// Deletes at most `limit` tallies of hours that ended before `moment`. Returns how many.
    pub fn delete_old_tallies(&self, moment: Timestamp, limit: u32) -> Result<usize, Error> {
        self.connection.change(
            "DELETE FROM tally WHERE (registration, what, hour, detail) IN (
                 SELECT registration, what, hour, detail FROM tally
                 WHERE hour < :hour LIMIT :limit)",
            bind! { hour: Tally::hour_of(moment), limit },
        )
    }
}
