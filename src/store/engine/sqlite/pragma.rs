//! What SQLite knows about a file and its tables.

use std::ops::ControlFlow;

use super::super::super::error::Error;
use super::Connection;

impl Connection {
    /// The problems that the quick check of a table finds, or up to a number of those that it finds
    /// anywhere.
    pub(in crate::store) fn quick_check(&self, what: &str) -> Result<Vec<String>, Error> {
        let mut lines = self.texts(&format!("PRAGMA quick_check({what})"))?;
        lines.retain(|line| line != "ok");
        Ok(lines)
    }

    /// The size of the file in bytes, without the write-ahead log.
    pub(in crate::store) fn bytes(&self) -> Result<u64, Error> {
        let bytes = self.first(
            "SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size",
            &[],
            |row| row.value(0)?.as_i64(),
        )?;
        Ok(bytes.unwrap_or_default().unsigned_abs())
    }

    /// The tables of the schema without row IDs.
    pub(in crate::store) fn tables_without_row_ids(&self) -> Result<Vec<String>, Error> {
        self.texts("SELECT name FROM pragma_table_list WHERE schema = 'main' AND wr")
    }

    /// The texts in the only column of a result.
    fn texts(&self, sql: &str) -> Result<Vec<String>, Error> {
        let mut texts = Vec::new();
        self.rows(sql, &[], |row| {
            texts.push(row.value(0)?.as_str()?.to_owned());
            Ok::<_, Error>(ControlFlow::Continue(()))
        })?;
        Ok(texts)
    }
}
