//! How often things happened that leave no row of their own.

use jiff::Timestamp;
use rusqlite::params;

use super::{Error, Read, Write, from_milliseconds, to_milliseconds};
use crate::domain::{Counted, Tally};

/// Which tallies to sum up.
#[derive(Debug, Clone, Copy)]
pub struct TallyFilter<'f> {
    /// What was counted.
    pub what: Counted,
    /// Of this registration, by its slug, or with an empty one of none; without it of all.
    pub registration: Option<&'f str>,
    /// From the hour on in which this moment lies.
    pub since: Timestamp,
}

impl Read<'_> {
    /// How often something happened since then: one sum for each detail, such as each family of
    /// browsers, the most frequent first. The hour of a sum is its first one.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn tallies_by_detail(&self, filter: &TallyFilter<'_>) -> Result<Vec<Tally>, Error> {
        self.tallies(filter, "detail", "GROUP BY detail ORDER BY sum(count) DESC, detail", |name| {
            (String::new(), name)
        })
    }

    /// How often something happened since then: one sum for each registration, by its slug. The
    /// hour of a sum is its first one.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn tallies_by_registration(&self, filter: &TallyFilter<'_>) -> Result<Vec<Tally>, Error> {
        self.tallies(
            filter,
            "registration",
            "GROUP BY registration ORDER BY registration",
            |name| (name, String::new()),
        )
    }

    fn tallies(
        &self,
        filter: &TallyFilter<'_>,
        by: &str,
        order: &str,
        names: impl Fn(String) -> (String, String),
    ) -> Result<Vec<Tally>, Error> {
        // One condition or the other, and not both in one: each has an index of its own.
        let whose = if filter.registration.is_some() { "registration = ?1" } else { "?1 IS NULL" };
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {by}, min(hour), sum(count), max(last_at) FROM tally \
                WHERE {whose} AND what = ?2 AND hour >= ?3 {order}"
        ))?;
        let sums = statement.query_map(
            params![filter.registration, filter.what.as_str(), Tally::hour_of(filter.since)],
            |row| {
                let (registration, detail) = names(row.get(0)?);
                let count = row.get::<_, i64>(2)?.cast_unsigned();
                Ok(Tally {
                    hour: row.get(1)?,
                    registration,
                    what: filter.what,
                    detail,
                    count,
                    last_at: from_milliseconds(row.get(3)?),
                })
            },
        )?;
        Ok(sums.collect::<Result<_, _>>()?)
    }

    /// When something happened last to a registration, or with an empty slug to none.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn last_counted(
        &self,
        what: Counted,
        registration: &str,
    ) -> Result<Option<Timestamp>, Error> {
        let mut statement = self.connection.prepare_cached(
            "SELECT max(last_at) FROM tally WHERE registration = ?1 AND what = ?2",
        )?;
        Ok(statement
            .query_row(params![registration, what.as_str()], |row| row.get::<_, Option<i64>>(0))?
            .map(from_milliseconds))
    }
}

impl Write<'_> {
    /// Adds to a tally.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn add_to_tally(&self, tally: &Tally) -> Result<(), Error> {
        self.connection
            .prepare_cached(
                "INSERT INTO tally (hour, registration, what, detail, count, last_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                 ON CONFLICT (registration, what, hour, detail) DO UPDATE SET count = count + excluded.count, last_at = max(last_at, excluded.last_at)",
            )?
            .execute(params![tally.hour, tally.registration, tally.what.as_str(), tally.detail, tally.count.cast_signed(), to_milliseconds(tally.last_at)])?;
        Ok(())
    }

    /// Forgets at most `most` tallies of hours that ended before `moment`; says how many went.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn forget_tallies(&self, moment: Timestamp, most: u32) -> Result<usize, Error> {
        let mut statement = self.connection.prepare_cached(
            "DELETE FROM tally WHERE (registration, what, hour, detail) IN (SELECT registration, \
             what, hour, detail FROM tally WHERE hour < ?1 LIMIT ?2)",
        )?;
        Ok(statement.execute(params![Tally::hour_of(moment), most])?)
    }
}
