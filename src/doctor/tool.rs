//! Checks of the tool, without network: its URL, keys, database file, clock and resources.

use std::collections::HashSet;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use url::Host;

use super::{Check, Finding, Findings, Noun, clients, database, server};
use crate::domain::{
    AppKeyRule, Consumer, KeyPurpose, KeyState, PublicUrl, Registration, Resource, Settings,
    SigningKey, Slug, Target, rfc3339, successor_due_at,
};
use crate::failure::{Failure, counted, shell_word};
use crate::store::{self, Database, ExpiringRows, FilePart, Read};

/// Platforms refuse keys with fewer bits (Security Framework 1.0, 6.1).
const MIN_KEY_BITS: usize = 2048;
/// Age from which a signing key or an app's key should be changed.
const KEY_AGE: SignedDuration = SignedDuration::from_hours(2 * 365 * 24);
/// The server checks keys once a minute; if one is overdue for longer, no server is running.
const ROTATION_DELAY: SignedDuration = SignedDuration::from_hours(1);
/// Minimum time of a key in the keyset before it signs: platforms cache a keyset for an hour, and
/// some for a day.
const MIN_LEAD: SignedDuration = SignedDuration::from_hours(1);
/// The server deletes expired rows once a minute; if rows expired longer ago, no server is running,
/// or it cannot write.
const DELETION_DELAY: SignedDuration = SignedDuration::from_hours(24);
/// Number of expired rows from which there is a warning.
const MAX_EXPIRED_ROWS: u32 = 1000;
/// Maximum size of a database file that is read as a whole, in bytes: it takes a few tenths of a
/// second.
const MAX_READ_AS_A_WHOLE: u64 = 64 * 1024 * 1024;
/// An LTI 1.1 secret with fewer bytes can be guessed.
const MIN_SECRET: usize = 16;
/// How long a secret may be unused without a warning.
const UNUSED_SECRET_TIME: SignedDuration = SignedDuration::from_hours(90 * 24);
/// How far the newest launch may be ahead of the clock.
const CLOCK_TOLERANCE: SignedDuration = SignedDuration::from_secs(60);

/// See [`super::open_failure`].
pub(super) fn open_failure(database: &Database, error: &store::Error) -> Option<Vec<Finding>> {
    let mut findings = Findings::of(Noun::Tool);
    if let store::Error::Newer { path, found, known } = error {
        findings
            .fail(
                Check::Database,
                "The database was written by a newer version of this program; nothing else was \
                 checked.",
                "install that version of ltictl, or restore an earlier backup",
            )
            .seen(format!(
                "{} has schema version {found}, and this program supports {known}",
                path.display()
            ));
    } else if !database::open_failure(&mut findings, database, error, Check::Database) {
        return None;
    }
    Some(findings.list)
}

/// The finding about a damaged database, whose content may not be readable.
pub(super) fn damage(read: Read<'_>, database: &Database) -> Option<Vec<Finding>> {
    let problems = match read.integrity_problems(FilePart::Whole) {
        Ok(problems) => problems,
        Err(store::Error::Damaged { problem, .. }) => vec![problem],
        Err(_) => return None,
    };
    let mut findings = Findings::of(Noun::Tool);
    integrity(&mut findings, database, FilePart::Whole, &problems);
    (!problems.is_empty()).then_some(findings.list)
}

/// Adds findings about the tool. Without `registrations`, the checks that read the whole file or
/// all objects of a kind are omitted.
pub(super) fn examine(
    findings: &mut Findings,
    read: Read<'_>,
    database: &Database,
    settings: &Settings,
    registrations: Option<&[Registration]>,
    consumers: &[Consumer],
    now: Timestamp,
) -> Result<(), Failure> {
    public_url(findings, &settings.url);
    signing_keys(findings, &read.signing_keys(KeyPurpose::Lti)?, settings, now);
    let state = read.server_state()?;
    match database {
        Database::File(path) => file(findings, path),
        Database::Server(address) => {
            state.iter().for_each(|state| server::examine(findings, address, state));
        }
    }
    if registrations.is_some() {
        match &state {
            Some(state) => server::integrity(findings, Check::Database, state),
            None => {
                let part = if read.file_bytes()? > MAX_READ_AS_A_WHOLE {
                    FilePart::NeededByEveryLaunch
                } else {
                    FilePart::Whole
                };
                integrity(findings, database, part, &read.integrity_problems(part)?);
            }
        }
        expiring_rows(findings, &read.expiring_rows(now - DELETION_DELAY)?);
    } else {
        findings.skip(
            Check::Database,
            "The database was not read as a whole; `ltictl doctor` without a registration and \
             `ltictl db check` do that.",
        );
    }
    clock(findings, read, now)?;
    if registrations.is_some() || !consumers.is_empty() {
        consumer_secrets(findings, read, consumers, now)?;
    }
    let Some(registrations) = registrations else { return Ok(()) };
    let resources = read.resources()?;
    app_keys(findings, read, settings, &resources, now)?;
    if registrations.is_empty() && consumers.is_empty() {
        findings.warn(
            Check::Registrations,
            "No platform is registered yet.",
            "ltictl registration create NAME",
        );
    }
    examine_resources(findings, &resources, registrations, consumers);
    clients::examine(findings, read, &settings.url, &resources)
}

fn public_url(findings: &mut Findings, url: &PublicUrl) {
    let fix = "ltictl config set url https://HOST";
    let parsed = url.to_url();
    let private = match parsed.host() {
        Some(Host::Ipv4(address)) => address.is_private() || address.is_link_local(),
        Some(Host::Ipv6(address)) => (address.segments()[0] & 0xfe00) == 0xfc00,
        Some(Host::Domain(name)) => {
            [".local", ".internal", ".lan", ".home.arpa"].iter().any(|end| name.ends_with(end))
                || !name.contains('.')
        }
        None => false,
    };
    if url.is_loopback() {
        findings.warn(
            Check::PublicUrl,
            "The public URL is on this machine: only browsers and platforms that run here can \
             reach it.",
            fix,
        )
    } else if !url.is_https() {
        findings.fail(
            Check::PublicUrl,
            "The public URL is not https: platforms refuse it, and browsers discard launch \
             cookies.",
            fix,
        )
    } else if private {
        findings.warn(
            Check::PublicUrl,
            "The public URL is in a private network: platforms in the cloud cannot fetch the \
             tool's keyset.",
            fix,
        )
    } else {
        findings.ok(Check::PublicUrl, "The public URL is a public https URL.")
    }
    .seen(url.as_str());
    let path = url.base_path();
    if path.contains("/lti/") || path.ends_with("/lti") {
        findings
            .warn(
                Check::PublicUrlPath,
                "The public URL ends like one of the tool's own endpoints, which are below that \
                 URL.",
                format!(
                    "ltictl config set url {}",
                    shell_word(&parsed.origin().ascii_serialization())
                ),
            )
            .seen(url.as_str());
    } else if !path.is_empty() {
        findings
            .ok(
                Check::PublicUrlPath,
                "The public URL contains a path; a reverse proxy must forward everything below it.",
            )
            .seen(path);
    }
}

fn signing_keys(findings: &mut Findings, keys: &[SigningKey], settings: &Settings, now: Timestamp) {
    let Some(active) = keys.iter().find(|key| key.state == KeyState::Active) else {
        findings.fail(
            Check::SigningKey,
            "No signing key is active: nothing can be signed.",
            "ltictl key rotate",
        );
        return;
    };
    let has_next = keys.iter().any(|key| key.state == KeyState::Next);
    let signs_for = now.duration_since(active.signs_from.unwrap_or(active.created_at));
    let policy = settings.key_rotation.duration();
    let change_now = if has_next { "ltictl key activate" } else { "ltictl key rotate --now" };
    let evidence =
        format!("{}, {} bits, created {}", active.kid, active.bits(), rfc3339(active.created_at));
    if active.bits() < MIN_KEY_BITS {
        findings.fail(
            Check::SigningKey,
            "The active signing key is too short; platforms refuse keys with fewer than 2048 bits.",
            change_now,
        )
    } else if policy.is_some_and(|policy| signs_for > policy + ROTATION_DELAY) {
        findings.warn(
            Check::SigningKey,
            "The active signing key is older than key_rotation allows: no server is running to \
             rotate it.",
            "run `ltictl serve`, or `ltictl key rotate`",
        )
    } else if active.age(now) > KEY_AGE && !has_next {
        findings.warn(
            Check::SigningKey,
            "The active signing key is more than two years old.",
            "ltictl key rotate",
        )
    } else {
        findings.ok(Check::SigningKey, "A signing key is active.")
    }
    .seen(evidence);
    for key in
        keys.iter().filter(|key| key.state == KeyState::Published && key.bits() < MIN_KEY_BITS)
    {
        findings
            .fail(
                Check::PublishedKey,
                "A key that is still in the keyset is too short.",
                format!("ltictl key retire {}", key.kid),
            )
            .seen(format!("{}, {} bits", key.kid, key.bits()));
    }
    next_key(findings, keys, policy, now);
}

/// Whether platforms can fetch the next key before it signs, and whether it signs when it is due.
fn next_key(
    findings: &mut Findings,
    keys: &[SigningKey],
    policy: Option<SignedDuration>,
    now: Timestamp,
) {
    const CHECK: Check = Check::NextKey;
    let Some(next) = keys.iter().find(|key| key.state == KeyState::Next) else {
        match policy.and_then(|policy| successor_due_at(keys, policy)) {
            Some(due) if now.duration_since(due) > ROTATION_DELAY => findings
                .warn(
                    CHECK,
                    "The next key should already be in the keyset, so that platforms can fetch it \
                     before it signs.",
                    "run `ltictl serve`, or `ltictl key rotate`",
                )
                .seen(format!("due {}", rfc3339(due))),
            Some(due) => findings
                .ok(CHECK, "The next key will be published when it is due.")
                .seen(format!("due {}", rfc3339(due))),
            None => findings.ok(CHECK, "No other key is going to sign soon."),
        };
        return;
    };
    let signs_from = next.signs_from.unwrap_or(next.created_at);
    let evidence = format!(
        "{}, in the keyset since {}, signs from {}",
        next.kid,
        rfc3339(next.created_at),
        rfc3339(signs_from)
    );
    if now.duration_since(signs_from) > ROTATION_DELAY {
        findings.warn(
            CHECK,
            "The next key is due to sign, but no server is running to activate it.",
            "run `ltictl serve`, or `ltictl key activate`",
        )
    } else if signs_from.duration_since(next.created_at) < MIN_LEAD {
        findings.warn(
            CHECK,
            "The next key signs before all platforms have had time to fetch it: platforms cache \
             keysets for hours.",
            format!("run `ltictl key retire {}`, then `ltictl key rotate`", next.kid),
        )
    } else {
        findings.ok(CHECK, "The next key is in the keyset early enough for platforms to fetch it.")
    }
    .seen(evidence);
}

fn integrity(findings: &mut Findings, database: &Database, part: FilePart, problems: &[String]) {
    if problems.is_empty() {
        let sentence = match part {
            FilePart::Whole => "The database is intact.",
            FilePart::NeededByEveryLaunch => {
                "The registrations, resources, keys and settings are intact; `ltictl db check` \
                 reads the whole file, which takes longer."
            }
        };
        findings
            .ok(Check::Database, sentence)
            .seen(format!("schema version {}", store::SCHEMA_VERSION));
    } else {
        findings
            .fail(
                Check::Database,
                "The database is damaged; `ltictl db check` says more.",
                database::DAMAGE_FIX,
            )
            .seen(format!("{database}: {}", problems.join("; ")));
    }
}

fn file(findings: &mut Findings, database: &Path) {
    match mode_of_directory(database) {
        Some(mode) if mode & 0o022 != 0 && mode & 0o1000 == 0 => {
            let directory =
                database.parent().map(|parent| parent.display().to_string()).unwrap_or_default();
            findings
                .warn(
                    Check::DatabaseFile,
                    "Other users of this machine can replace the database: its directory is \
                     writable for them.",
                    format!("chmod go-w {}", shell_word(&directory)),
                )
                .seen(format!("{directory} has mode {mode:o}"));
        }
        // The file's own mode was checked when it was opened.
        _ => {
            findings
                .ok(Check::DatabaseFile, "No other user of this machine can read the database.")
                .seen(database.display().to_string());
        }
    }
}

/// Whether expired rows are deleted.
fn expiring_rows(findings: &mut Findings, rows: &[ExpiringRows]) {
    let evidence = rows
        .iter()
        .map(|rows| {
            format!(
                "{} {}, {} of them expired more than a day ago",
                rows.all, rows.name, rows.expired
            )
        })
        .collect::<Vec<_>>()
        .join("; ");
    if rows.iter().map(|rows| rows.expired).sum::<u32>() > MAX_EXPIRED_ROWS {
        findings
            .warn(
                Check::ExpiredRows,
                "Sessions, nonces or pending launches that expired long ago still exist: the \
                 server has not deleted expired data for a day.",
                "ltictl serve",
            )
            .seen(evidence);
    } else {
        findings.ok(Check::ExpiredRows, "Expired data is deleted.").seen(evidence);
    }
}

/// Consumer keys with secrets that should be replaced or removed.
#[derive(Default)]
struct WeakSecrets<'a> {
    short: Vec<&'a str>,
    /// With white space.
    blank: Vec<&'a str>,
    unused: Vec<&'a str>,
}

impl<'a> WeakSecrets<'a> {
    fn find(consumers: &'a [Consumer], read: Read<'_>, now: Timestamp) -> Result<Self, Failure> {
        let mut weak = Self::default();
        for consumer in consumers {
            let (id, slug) = (consumer.registration.id, consumer.registration.slug.as_str());
            let secrets = read.consumer_secrets(id, now)?;
            if secrets.iter().any(|secret| secret.expose().len() < MIN_SECRET) {
                weak.short.push(slug);
            }
            if secrets.iter().any(|secret| secret.expose().iter().any(u8::is_ascii_whitespace)) {
                weak.blank.push(slug);
            }
            let is_old = |since: Timestamp| now.duration_since(since) > UNUSED_SECRET_TIME;
            let is_unused = match consumer.last_seen_at {
                Some(seen) => is_old(seen),
                None => {
                    read.consumer_secret_since(id)?.is_some_and(is_old)
                        && !read.has_consumer_user(consumer.key.as_str())?
                }
            };
            if is_unused {
                weak.unused.push(slug);
            }
        }
        Ok(weak)
    }
}

/// Whether the LTI 1.1 secrets are long enough, valid and still needed.
fn consumer_secrets(
    findings: &mut Findings,
    read: Read<'_>,
    consumers: &[Consumer],
    now: Timestamp,
) -> Result<(), Failure> {
    const CHECK: Check = Check::ConsumerSecrets;
    if consumers.is_empty() {
        findings.ok(CHECK, "There is no LTI 1.1 secret.");
        return Ok(());
    }
    let WeakSecrets { short, blank, unused } = WeakSecrets::find(consumers, read, now)?;
    let all = |slugs: &[&str], command: fn(String) -> String| {
        let commands: Vec<String> = slugs.iter().map(|slug| command(shell_word(slug))).collect();
        commands.join(", ")
    };
    let remove = |slugs: &[&str]| all(slugs, |quoted| format!("`ltictl consumer remove {quoted}`"));
    let rotate = |slugs: &[&str]| all(slugs, |quoted| format!("`ltictl consumer rotate {quoted}`"));
    if !short.is_empty() {
        findings
            .warn(
                CHECK,
                format!("An LTI 1.1 secret has fewer than {MIN_SECRET} bytes and can be guessed."),
                format!("run {}, and enter the new secret in the LMS", rotate(&short)),
            )
            .seen(short.join(", "));
    }
    if !blank.is_empty() {
        findings
            .warn(
                CHECK,
                "An LTI 1.1 secret contains white space, which was probably copied by mistake; \
                 signatures are invalid then.",
                format!("run {}, and enter the new secret in the LMS", rotate(&blank)),
            )
            .seen(blank.join(", "));
    }
    if !unused.is_empty() {
        findings
            .warn(
                CHECK,
                "An LTI 1.1 secret has not been used for three months: it is probably no longer \
                 needed.",
                format!("run {}", remove(&unused)),
            )
            .seen(unused.join(", "));
    }
    if short.is_empty() && blank.is_empty() && unused.is_empty() {
        findings
            .ok(CHECK, "The LTI 1.1 secrets are long enough and contain no white space.")
            .seen(counted(consumers.len(), "consumer", "consumers"));
    }
    Ok(())
}

/// Whether a launch token alone is enough to record scores, and whether the keys of apps are
/// replaced from time to time.
fn app_keys(
    findings: &mut Findings,
    read: Read<'_>,
    settings: &Settings,
    resources: &[Resource],
    now: Timestamp,
) -> Result<(), Failure> {
    const CHECK: Check = Check::AppKey;
    let apps: Vec<&Resource> = resources
        .iter()
        .filter(|resource| {
            matches!(resource.target, Target::App(_)) && resource.max_grade.is_some()
        })
        .collect();
    let slugs = |apps: &[&Resource]| {
        apps.iter().map(|app| app.slug.as_str()).collect::<Vec<_>>().join(", ")
    };
    if settings.app_key == AppKeyRule::Optional {
        let require = "ltictl config set app_key required";
        let fix = apps.first().map_or_else(
            || require.to_owned(),
            |app| {
                let key = format!("ltictl resource app-key {}", app.slug);
                format!("give each app its key ({key}), then: {require}")
            },
        );
        let evidence = match &apps[..] {
            [] => "no app records scores yet".to_owned(),
            apps => slugs(apps),
        };
        findings
            .warn(
                CHECK,
                "Apps need no key to record scores: anyone who reads a launch token in their \
                 browser can give themselves any score.",
                fix,
            )
            .seen(evidence);
    } else {
        findings.ok(CHECK, "Apps need their own key to record scores.");
    }
    let mut old = Vec::new();
    for app in apps {
        if read.app_keys(app.id)?.age(now) > KEY_AGE {
            old.push(app);
        }
    }
    if let Some(first) = old.first() {
        findings
            .warn(
                CHECK,
                "The key of an app is more than two years old.",
                format!(
                    "run `ltictl resource app-key {} --rotate`, then enter the new key in the app",
                    first.slug
                ),
            )
            .seen(slugs(&old));
    }
    Ok(())
}

#[cfg(unix)]
fn mode_of_directory(database: &Path) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt as _;
    Some(std::fs::metadata(database.parent()?).ok()?.permissions().mode() & 0o7777)
}

#[cfg(not(unix))]
fn mode_of_directory(_: &Path) -> Option<u32> {
    None
}

fn clock(findings: &mut Findings, read: Read<'_>, now: Timestamp) -> Result<(), Failure> {
    match read.newest_launch_at()? {
        Some(newest) if newest.duration_since(now) > CLOCK_TOLERANCE => {
            findings
                .fail(
                    Check::Clock,
                    "This machine's clock is behind a launch that was already received, so one of \
                     the two times is wrong.",
                    "set the clock: timedatectl set-ntp true",
                )
                .seen(format!("now {}, newest launch {}", rfc3339(now), rfc3339(newest)));
        }
        _ => {
            findings.ok(Check::Clock, "The clock is not behind the launch log.").seen(rfc3339(now));
        }
    }
    findings.skip(
        Check::TimeServer,
        "Synchronization of this machine's clock with a time server was not \
        checked; platform_clock compares it with each platform's.",
    );
    Ok(())
}

fn examine_resources(
    findings: &mut Findings,
    resources: &[Resource],
    registrations: &[Registration],
    consumers: &[Consumer],
) {
    let published: Vec<_> = resources.iter().filter(|resource| resource.published).collect();
    if let (true, Some(first)) = (published.is_empty(), resources.first()) {
        findings.warn(
            Check::Resources,
            "No resource is published: every launch is refused.",
            format!("ltictl resource update {} --publish", first.slug),
        );
    } else if published.is_empty() {
        findings.warn(
            Check::Resources,
            "There is no resource that links could open.",
            "ltictl resource publish NAME",
        );
    } else {
        findings
            .ok(Check::Resources, "There are published resources.")
            .seen(format!("{} published", published.len()));
    }
    unusable(findings, &published, registrations, consumers);
    for resource in published {
        let Target::Directory(directory) = &resource.target else { continue };
        if let Err(error) = std::fs::read_dir(directory) {
            findings
                .fail(
                    Check::ResourceTarget,
                    format!("The directory of resource {} cannot be read.", resource.slug),
                    format!("ltictl resource update {} --target DIR", resource.slug),
                )
                .seen(format!("{}: {error}", directory.display()));
        }
    }
}

/// Whether each resource may be used through an enabled registration or consumer.
fn unusable(
    findings: &mut Findings,
    published: &[&Resource],
    registrations: &[Registration],
    consumers: &[Consumer],
) {
    const CHECK: Check = Check::ResourceRegistrations;
    let enabled: HashSet<&Slug> = registrations
        .iter()
        .filter(|registration| registration.enabled)
        .map(|registration| &registration.slug)
        .collect();
    let by_consumers: HashSet<&Slug> = consumers
        .iter()
        .filter(|consumer| consumer.registration.enabled)
        .flat_map(|consumer| consumer.resources.iter().flatten())
        .collect();
    let a_consumer_uses_all = consumers
        .iter()
        .any(|consumer| consumer.registration.enabled && consumer.resources.is_none());
    let is_unusable = |resource: &&&Resource| {
        let is_closed = match &resource.registrations {
            Some(registrations) => !registrations.iter().any(|slug| enabled.contains(slug)),
            None => enabled.is_empty() && !a_consumer_uses_all,
        };
        is_closed && !by_consumers.contains(&resource.slug)
    };
    let unusable: Vec<&str> =
        published.iter().filter(is_unusable).map(|resource| resource.slug.as_str()).collect();
    match unusable.first() {
        // Without registrations, there is another finding.
        _ if (registrations.is_empty() && consumers.is_empty()) || published.is_empty() => {
            findings.skip(CHECK, "There is no registration or no resource yet.");
        }
        None => {
            findings.ok(CHECK, "Every published resource can be used through a registration.");
        }
        Some(first) => {
            findings
                .warn(
                    CHECK,
                    "A published resource cannot be used through any enabled registration.",
                    format!("ltictl resource update {first} --registration all"),
                )
                .seen(unusable.join(", "));
        }
    }
}
