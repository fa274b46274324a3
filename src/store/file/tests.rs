//! Copies of a database in use, copies without secrets, and databases that must not be replaced.

use std::collections::BTreeSet;

use super::*;
use crate::domain::{Name, Slug};
use crate::store::Store;
use crate::store::engine::sqlite::copy::PAGES_AT_ONCE;

fn now() -> Timestamp {
    "2026-11-23T17:00:00Z".parse().unwrap()
}

fn store() -> (tempfile::TempDir, PathBuf, Store) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("ltictl.db");
    let store = Store::create(&path).unwrap();
    (directory, path, store)
}

fn empty_file(directory: &tempfile::TempDir, name: &str) -> PathBuf {
    let path = directory.path().join(name);
    std::fs::write(&path, "").unwrap();
    #[cfg(unix)]
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    path
}

fn draft(store: &mut Store, slug: &str) {
    store
        .write(|write| {
            write.insert_registration(&Slug::new(slug).unwrap(), &Name::new(slug).unwrap(), now())
        })
        .unwrap();
}

/// The column `line` of a query.
fn lines(file: &DatabaseFile, sql: &str) -> Vec<String> {
    file.connection.all(sql, bind! {}, |row| row.get("line")).unwrap()
}

fn slugs(file: &DatabaseFile) -> Vec<String> {
    lines(file, "SELECT slug AS line FROM registration ORDER BY slug")
}

#[test]
fn copy_is_consistent_while_others_write() {
    let (directory, path, mut store) = store();
    draft(&mut store, "before");
    // Large enough to be copied in several steps.
    let filler = "WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 4000)
                  INSERT INTO launch (id, at, cause) SELECT printf('%016d', n), 0, hex(zeroblob(1800)) FROM number";
    store.connection.execute_batch(filler).unwrap();
    let file = DatabaseFile::open(&path).unwrap();
    let pages = file.pages().unwrap().count;
    assert!(pages > 2 * u64::from(PAGES_AT_ONCE.unsigned_abs()));
    let copy = empty_file(&directory, "copy.db");
    let mut steps = 0;
    file.copy_to(&copy, Pace::Fast, &mut |_, all| {
        steps += 1;
        assert_eq!(all, pages);
        draft(&mut store, &format!("meanwhile-{steps}"));
    })
    .unwrap();
    assert_eq!(
        steps,
        pages.div_ceil(u64::from(PAGES_AT_ONCE.unsigned_abs())),
        "nothing was copied twice"
    );
    let copied = DatabaseFile::open_backup(&copy).unwrap();
    assert_eq!(slugs(&copied), ["before"]);
    assert!(copied.damage().unwrap().is_empty() && copied.broken_references().unwrap().is_empty());
    assert_eq!(slugs(&file).len(), 1 + usize::try_from(steps).unwrap());
    let left: Vec<_> = std::fs::read_dir(directory.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert!(
        !left.iter().any(|name| name.starts_with("copy.db-")),
        "a copy has no companions: {left:?}"
    );
}

#[test]
fn open_database_is_not_replaced() {
    let (directory, path, mut store) = store();
    draft(&mut store, "old");
    let other = directory.path().join("other.db");
    draft(&mut Store::create(&other).unwrap(), "new");
    DatabaseFile::remove_companions(&other).unwrap();
    let keep = empty_file(&directory, "keep.db");
    let refused = replace(&path, &other, &keep, || panic!("too far"), &mut |_, _| {});
    assert!(matches!(refused, Err(Error::Busy)), "{refused:?}");
    draft(&mut store, "still-at-work");
    drop(store);
    let mut kept = false;
    let named = || {
        kept = true;
        Ok(())
    };
    replace(&path, &other, &keep, named, &mut |_, _| {}).unwrap();
    assert!(kept);
    assert_eq!(slugs(&DatabaseFile::open(&path).unwrap()), ["new"]);
    assert_eq!(slugs(&DatabaseFile::open_backup(&keep).unwrap()), ["old", "still-at-work"]);
    draft(&mut Store::open(&path).unwrap(), "steps-on");
}

#[test]
fn database_is_not_replaced_if_it_cannot_be_kept() {
    let (directory, path, mut store) = store();
    draft(&mut store, "old");
    drop(store);
    let other = directory.path().join("other.db");
    draft(&mut Store::create(&other).unwrap(), "new");
    DatabaseFile::remove_companions(&other).unwrap();
    let keep = empty_file(&directory, "keep.db");
    assert!(replace(&path, &other, &keep, || Err(Error::Closed), &mut |_, _| {}).is_err());
    assert_eq!(slugs(&DatabaseFile::open(&path).unwrap()), ["old"]);
}

/// Columns whose names sound like secrets, or that may contain any bytes, and what a copy without
/// secrets contains instead.
const DECIDED: &[(&str, &str)] = &[
    ("account.password_hash", "emptied"),
    ("audit.hash", "of the log's contents"),
    ("audit.previous_hash", "of the log's contents"),
    ("client.id_token", "a word"),
    ("client.keys", "public"),
    ("client.previous_secret_digest", "emptied"),
    ("client.previous_secret_until", "emptied"),
    ("client.secret_created_at", "emptied"),
    ("client.secret_digest", "emptied"),
    ("consumer.any_key", "a flag"),
    ("consumer.cartridge_token", "emptied"),
    ("consumer.consumer_key", "a name"),
    ("identity_provider.secret", "emptied"),
    ("identity_provider.secret_expires_at", "a time"),
    ("consumer_secret.secret", "deleted"),
    ("consumer_user.consumer_key", "a name"),
    ("notice_probe.digest", "of a URL whose only use is to receive a signed notice"),
    ("notice_subscription.handler", "a URL"),
    ("pending_launch.handle_digest", "deleted"),
    ("pending_proxy.confirmation_digest", "deleted"),
    ("pending_proxy.secret", "deleted"),
    ("platform_keyset.keys", "public"),
    ("resource.app_key_created_at", "a time"),
    ("resource.app_key_generation", "a number, which makes a key only with secret.value"),
    ("resource.app_key_previous_accepted_until", "a time"),
    ("resource.app_key_previous_generation", "a number, which makes a key only with secret.value"),
    ("resource.token_header", "a flag"),
    ("resource_list.key", "names"),
    ("search_index_data.block", "words of names and identifiers"),
    ("search_index_docsize.sz", "numbers"),
    ("secret.value", "deleted"),
    ("session.handle", "deleted"),
    ("session.secret_digest", "deleted"),
    ("setting.key", "a name"),
    ("signing_key.exponent", "public"),
    ("signing_key.modulus", "public"),
    ("signing_key.private_key", "emptied"),
];

#[test]
fn every_text_or_blob_column_is_kept_or_cleared() {
    let (_directory, path, store) = store();
    drop(store);
    let file = DatabaseFile::open(&path).unwrap();
    let sounds_like = ["secret", "password", "key", "hash", "digest", "token", "handle"];
    let columns = lines(
        &file,
        "SELECT tables.name || '.' || columns.name || ' ' || columns.type AS line
         FROM sqlite_schema AS tables JOIN pragma_table_info(tables.name) AS columns
         WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite_%'",
    );
    let suspicious: BTreeSet<&str> = columns
        .iter()
        .filter_map(|column| {
            let (name, kind) = column.split_once(' ').unwrap();
            let own = name.split_once('.').unwrap().1;
            // URLs of keysets and of token endpoints are not secret.
            let is_url = own.ends_with("_url") || own == "token_audience";
            (kind == "BLOB" || (!is_url && sounds_like.iter().any(|word| own.contains(word))))
                .then_some(name)
        })
        .collect();
    let decided: BTreeSet<&str> = DECIDED.iter().map(|(column, _)| *column).collect();
    assert_eq!(
        suspicious, decided,
        "add it to DECIDED, and remove it in SECRETS if it can be used to sign or \
         sign in"
    );
    for (column, _) in DECIDED.iter().filter(|(_, what)| ["emptied", "deleted"].contains(what)) {
        let table = column.split_once('.').unwrap().0;
        assert!(SECRETS.iter().any(|(taken, _)| *taken == table), "{column}");
    }
}

#[test]
fn missing_file_and_foreign_file_are_distinguished() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("odd ?#%name.db");
    assert!(matches!(DatabaseFile::open_backup(&path), Err(Error::Missing { .. })));
    assert!(matches!(DatabaseFile::open_backup(directory.path()), Err(Error::NotOurs { .. })));
    for text in [
        "",
        "text that is long enough to be taken for the header of a database, if only it began as \
         one does",
    ] {
        std::fs::write(&path, text).unwrap();
        assert!(matches!(DatabaseFile::open_backup(&path), Err(Error::NotOurs { .. })), "{text:?}");
    }
    std::fs::remove_file(&path).unwrap();
    drop(Store::create(&path).unwrap());
    DatabaseFile::remove_companions(&path).unwrap();
    assert!(DatabaseFile::open_backup(&path).unwrap().damage().unwrap().is_empty());
}
