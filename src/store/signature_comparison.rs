//! What was signed in launches of LTI 1.1 whose signatures did not match.

use super::query::{Queries as _, bind};
use super::{Error, Read, Write};
use crate::domain::{LaunchId, SignatureComparison};

/// Of how many launches of a consumer they are kept.
const KEPT: u32 = 100;

impl Read<'_> {
    /// What was signed in a launch, if its signature did not match.
    pub fn signature_comparison(
        &self,
        launch: &LaunchId,
    ) -> Result<Option<SignatureComparison>, Error> {
        self.connection.find(
            "SELECT computed, signed FROM signature_comparison WHERE launch_id = :launch",
            bind! { launch },
            |row| {
                Ok(SignatureComparison {
                    computed: row.get("computed")?,
                    signed: row.get("signed")?,
                })
            },
        )
    }
}

impl Write<'_> {
    /// Stores what was signed in a launch of the log, and deletes the oldest of the consumer or, if
    /// there is none, of unknown keys.
    pub fn insert_signature_comparison(
        &self,
        launch: &LaunchId,
        registration_id: Option<i64>,
        comparison: &SignatureComparison,
    ) -> Result<(), Error> {
        let SignatureComparison { computed, signed } = comparison;
        self.connection.change(
            "INSERT INTO signature_comparison (launch_id, registration_id, computed, signed)
             VALUES (:launch, :registration_id, :computed, :signed)",
            bind! { launch, registration_id, computed, signed },
        )?;
        self.connection.change(
            "DELETE FROM signature_comparison
             WHERE registration_id IS NOT DISTINCT FROM :registration_id AND launch_id <= (
                 SELECT launch_id FROM signature_comparison
                 WHERE registration_id IS NOT DISTINCT FROM :registration_id
                 ORDER BY launch_id DESC LIMIT 1 OFFSET :kept)",
            bind! { registration_id, kept: KEPT },
        )?;
        Ok(())
    }
}
