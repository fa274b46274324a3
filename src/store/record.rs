//! The columns of a table, listed once for SELECT, INSERT, UPDATE and for reading rows.
//!
//! [`columns!`] says which column each field of a type is stored in, and [`record!`] also says in
//! which table. Reading is a struct literal and writing takes the struct apart, so a field without
//! a column does not compile. Columns are read in the order of the list, in which the same list has
//! selected them.

use super::column::{self, FromColumn, Kind, ToColumn};
use super::engine::{Row, Value, ValueError, ValueRef};

/// A value that is stored in one column or several.
pub(super) trait Columns: Sized {
    /// Adds the columns to `list`; `name` is that of a value which takes only one.
    fn list(name: &'static str, list: &mut Vec<Column>);

    /// Reads the value from the next columns.
    fn read(row: &mut Cursor<'_>) -> Result<Self, ValueError>;

    /// Adds the values of the columns to `values`.
    fn write<'v>(&'v self, values: &mut Vec<Value<'v>>) -> Result<(), ValueError>;
}

/// A column of a table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column {
    pub(super) name: &'static str,
    /// How the audit log shows it.
    pub(super) kind: Kind,
}

impl<T: FromColumn + ToColumn> Columns for T {
    fn list(name: &'static str, list: &mut Vec<Column>) {
        list.push(Column { name, kind: T::KIND });
    }

    fn read(row: &mut Cursor<'_>) -> Result<Self, ValueError> {
        row.next()
    }

    fn write<'v>(&'v self, values: &mut Vec<Value<'v>>) -> Result<(), ValueError> {
        values.push(self.to_column()?);
        Ok(())
    }
}

/// Lists the columns of a field. `_field` is only used for its type.
pub(super) fn list_field<S, F: Columns>(
    _field: impl Fn(&S) -> &F,
    name: &'static str,
    list: &mut Vec<Column>,
) {
    F::list(name, list);
}

/// Lists columns that are read and written by hand, because together they are one value.
pub(super) fn list_plain(names: &[&'static str], list: &mut Vec<Column>) {
    list.extend(names.iter().map(|name| Column { name, kind: Kind::Plain }));
}

/// How many columns a type takes.
pub(super) fn count<T: Columns>() -> usize {
    let mut list = Vec::new();
    T::list("", &mut list);
    list.len()
}

/// The value of a column that has none.
pub(super) const NULL: Value<'static> = Value::Null;

/// Reads the columns of a row one after the other.
pub(super) struct Cursor<'r> {
    row: &'r Row<'r>,
    index: usize,
}

impl<'r> Cursor<'r> {
    /// Starts at a column.
    pub(super) fn at(row: &'r Row<'r>, index: usize) -> Self {
        Self { row, index }
    }

    /// Whether the next column is NULL.
    pub(super) fn is_null(&self) -> Result<bool, ValueError> {
        Ok(matches!(self.row.value(self.index)?, ValueRef::Null))
    }

    /// Skips the columns of a type.
    pub(super) fn skip<T: Columns>(&mut self) {
        self.index += count::<T>();
    }

    /// Reads the next column.
    pub(super) fn next<T: FromColumn>(&mut self) -> Result<T, ValueError> {
        let value = column::read(self.row, self.index)?;
        self.index += 1;
        Ok(value)
    }
}

/// Stores the fields of a struct in columns of the same names, or of the names that are given:
/// `columns! { Profile { name, email: contact } }`. A field whose type takes several columns uses
/// the names of that type.
macro_rules! columns {
    ($type:ident { $($field:ident $(: $column:ident)?),+ $(,)? }) => {
        impl $crate::store::record::Columns for $type {
            fn list(_: &'static str, list: &mut Vec<$crate::store::record::Column>) {
                $($crate::store::record::list_field(
                    |value: &Self| &value.$field,
                    $crate::store::record::columns!(@name $field $($column)?),
                    list,
                );)+
            }

            fn read(
                row: &mut $crate::store::record::Cursor<'_>,
            ) -> Result<Self, $crate::store::engine::ValueError> {
                Ok(Self { $($field: $crate::store::record::Columns::read(row)?),+ })
            }

            fn write<'v>(
                &'v self,
                values: &mut Vec<$crate::store::engine::Value<'v>>,
            ) -> Result<(), $crate::store::engine::ValueError> {
                let Self { $($field),+ } = self;
                $($crate::store::record::Columns::write($field, values)?;)+
                Ok(())
            }
        }
    };
    // The same for an `Option` of the struct, which is `None` if the first of its columns is NULL.
    (optional $type:ident { $($fields:tt)+ }) => {
        $crate::store::record::columns! { $type { $($fields)+ } }

        impl $crate::store::record::Columns for Option<$type> {
            fn list(name: &'static str, list: &mut Vec<$crate::store::record::Column>) {
                <$type as $crate::store::record::Columns>::list(name, list);
            }

            fn read(
                row: &mut $crate::store::record::Cursor<'_>,
            ) -> Result<Self, $crate::store::engine::ValueError> {
                if row.is_null()? {
                    row.skip::<$type>();
                    Ok(None)
                } else {
                    <$type as $crate::store::record::Columns>::read(row).map(Some)
                }
            }

            fn write<'v>(
                &'v self,
                values: &mut Vec<$crate::store::engine::Value<'v>>,
            ) -> Result<(), $crate::store::engine::ValueError> {
                match self {
                    Some(value) => $crate::store::record::Columns::write(value, values)?,
                    None => values.extend(std::iter::repeat_n(
                        $crate::store::record::NULL,
                        $crate::store::record::count::<$type>(),
                    )),
                }
                Ok(())
            }
        }
    };
    (@name $field:ident) => { stringify!($field) };
    (@name $field:ident $column:ident) => { stringify!($column) };
}

/// Stores each value of a struct as a row of a table. `computed` columns are only read, as the
/// expressions that follow; `fixed` ones are written when a row is inserted, and not changed
/// afterwards.
macro_rules! record {
    (
        $type:ident in $table:literal { $($columns:tt)+ }
        $(computed { $($computed:ident = $expression:expr),+ $(,)? })?
        $(fixed { $($fixed:ident),+ $(,)? })?
    ) => {
        $crate::store::record::columns! { $type { $($columns)+ } }

        impl $crate::store::record::Record for $type {
            const TABLE: &'static str = $table;
            const COMPUTED: &'static [(&'static str, &'static str)] =
                &[$($((stringify!($computed), $expression)),+)?];
            const FIXED: &'static [&'static str] = &[$($(stringify!($fixed)),+)?];

            fn table() -> &'static $crate::store::record::Table {
                static TABLE: std::sync::LazyLock<$crate::store::record::Table> =
                    std::sync::LazyLock::new($crate::store::record::Table::of::<$type>);
                &TABLE
            }
        }
    };
}

pub(super) use {columns, record};

/// A type of which each value is a row of one table; see [`record!`].
pub(super) trait Record: Columns + 'static {
    /// The table's name.
    const TABLE: &'static str;
    /// Columns that are only read, with their expressions.
    const COMPUTED: &'static [(&'static str, &'static str)];
    /// Columns that do not change after a row was inserted.
    const FIXED: &'static [&'static str];

    /// The table's SQL.
    fn table() -> &'static Table;
}

/// A table's columns, and the SQL that is generated from them.
pub(super) struct Table {
    name: &'static str,
    pub(super) columns: Vec<TableColumn>,
    /// What SELECT lists: `account.uuid AS "account.uuid"`, and so on.
    pub(super) selected: String,
}

/// A column of a [`Table`].
pub(super) struct TableColumn {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// Its name in what SELECT returns, such as `account.uuid`.
    pub(super) selected_as: String,
    /// The parameter that holds its value, such as `:uuid`.
    pub(super) parameter: String,
    pub(super) is_computed: bool,
    is_fixed: bool,
}

impl Table {
    /// Lists the columns of a record.
    pub(super) fn of<T: Record>() -> Self {
        let mut columns = Vec::new();
        T::list("", &mut columns);
        let columns: Vec<TableColumn> = columns
            .into_iter()
            .map(|Column { name, kind }| TableColumn {
                name,
                kind,
                selected_as: format!("{}.{name}", T::TABLE),
                parameter: format!(":{name}"),
                is_computed: computed::<T>(name).is_some(),
                is_fixed: T::FIXED.contains(&name),
            })
            .collect();
        let selected: Vec<String> = columns
            .iter()
            .map(|TableColumn { name, selected_as, .. }| {
                let value = computed::<T>(name).unwrap_or(selected_as);
                format!("{value} AS \"{selected_as}\"")
            })
            .collect();
        Self { name: T::TABLE, selected: selected.join(", "), columns }
    }

    /// An INSERT of all columns that are not computed, and of `more` columns with the expressions
    /// that are given for them.
    pub(super) fn insert(&self, more: &[(&str, &str)]) -> String {
        let (names, values): (Vec<&str>, Vec<&str>) = self
            .stored()
            .map(|column| (column.name, column.parameter.as_str()))
            .chain(more.iter().copied())
            .unzip();
        format!("INSERT INTO {} ({}) VALUES ({})", self.name, names.join(", "), values.join(", "))
    }

    /// The same, which returns the row's key, `id`.
    pub(super) fn insert_with_key(&self, more: &[(&str, &str)]) -> String {
        format!("{} RETURNING id", self.insert(more))
    }

    /// An INSERT of as many rows at once, of all columns that are not computed; its parameters have
    /// no names.
    pub(super) fn insert_rows(&self, rows: usize) -> String {
        let names: Vec<&str> = self.stored().map(|column| column.name).collect();
        let row = format!("({})", vec!["?"; names.len()].join(", "));
        let rows = vec![row.as_str(); rows].join(", ");
        format!("INSERT INTO {} ({}) VALUES {rows}", self.name, names.join(", "))
    }

    /// An UPDATE of all columns that may change, and of `more` columns with the expressions that
    /// are given for them; `which` is its WHERE clause.
    pub(super) fn update(&self, more: &[(&str, &str)], which: &str) -> String {
        let values: Vec<String> = self
            .changing()
            .map(|column| (column.name, column.parameter.as_str()))
            .chain(more.iter().copied())
            .map(|(name, value)| format!("{name} = {value}"))
            .collect();
        format!("UPDATE {} SET {} {which}", self.name, values.join(", "))
    }

    /// An INSERT that changes the row with the same values in the columns `key` instead if there is
    /// one.
    pub(super) fn upsert(&self, more: &[(&str, &str)], key: &str) -> String {
        let values: Vec<String> = self
            .changing()
            .map(|TableColumn { name, .. }| format!("{name} = excluded.{name}"))
            .collect();
        let insert = self.insert(more);
        format!("{insert} ON CONFLICT ({key}) DO UPDATE SET {}", values.join(", "))
    }

    fn stored(&self) -> impl Iterator<Item = &TableColumn> {
        self.columns.iter().filter(|column| !column.is_computed)
    }

    fn changing(&self) -> impl Iterator<Item = &TableColumn> {
        self.stored().filter(|column| !column.is_fixed)
    }
}

fn computed<T: Record>(name: &str) -> Option<&'static str> {
    T::COMPUTED.iter().find(|(computed, _)| *computed == name).map(|(_, expression)| *expression)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Inner {
        start: Option<i64>,
        end: Option<i64>,
    }

    struct Outer {
        id: i64,
        slug: String,
        inner: Inner,
        size: i64,
    }

    columns! { Inner { start, end: finish } }

    record! {
        Outer in "thing" { id, slug, inner, size }
        computed { id = "thing.id", size = "length(thing.slug)" }
        fixed { slug }
    }

    #[test]
    fn statements_are_made_from_the_list() {
        let table = Outer::table();
        assert_eq!(
            table.selected,
            "thing.id AS \"thing.id\", thing.slug AS \"thing.slug\", \
             thing.start AS \"thing.start\", thing.finish AS \"thing.finish\", \
             length(thing.slug) AS \"thing.size\""
        );
        assert_eq!(
            table.insert(&[("owner", ":owner")]),
            "INSERT INTO thing (slug, start, finish, owner) VALUES (:slug, :start, :finish, :owner)"
        );
        assert_eq!(
            table.insert_rows(2),
            "INSERT INTO thing (slug, start, finish) VALUES (?, ?, ?), (?, ?, ?)"
        );
        assert_eq!(
            table.update(&[], "WHERE id = :id"),
            "UPDATE thing SET start = :start, finish = :finish WHERE id = :id"
        );
        assert_eq!(
            table.upsert(&[], "slug"),
            "INSERT INTO thing (slug, start, finish) VALUES (:slug, :start, :finish) \
             ON CONFLICT (slug) DO UPDATE SET start = excluded.start, finish = excluded.finish"
        );
    }
}
