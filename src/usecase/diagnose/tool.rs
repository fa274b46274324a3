//! Checks of the tool itself, without network: its address, its keys, its file, its clock, its resources.

use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use url::Host;

use super::{Finding, Findings, TOOL};
use crate::domain::{KeyState, PublicUrl, Registration, Settings, Target};
use crate::store::{self, Read};
use crate::usecase::Failure;
use crate::usecase::failure::shell_word;

/// The longest URL that every LMS stores (ILIAS: 255 characters).
pub(super) const LONGEST_STORED_URL: usize = 255;
/// Keys with fewer bits are refused by platforms (Security Framework 1.0, 6.1).
const SMALLEST_KEY: usize = 2048;
/// A key that signs for longer than this should be changed.
const KEY_AGE: SignedDuration = SignedDuration::from_hours(2 * 365 * 24);
/// The server tidies up once a minute; what is over for longer says that no server runs, or that it cannot write.
const TIDY_WITHIN: SignedDuration = SignedDuration::from_hours(24);
/// How many rows may lie around before it is worth a word.
const ROWS_WORTH_A_WORD: u32 = 1000;
/// How far the newest launch may lie ahead of the clock.
const CLOCK_TOLERANCE: SignedDuration = SignedDuration::from_secs(60);

/// See [`super::unopened`].
pub(super) fn unopened(path: &Path, error: &store::Error) -> Option<Vec<Finding>> {
    let mut about = Findings::about(TOOL);
    match error {
        store::Error::ReadableByOthers { mode, .. } => {
            about
                .fail(
                    "database_file",
                    "The database holds private keys, and others on this machine can read it; nothing else was checked.",
                    format!("chmod 600 {}", shell_word(&path.display().to_string())),
                )
                .seen(format!("{} has mode {mode:o}", path.display()));
        }
        _ => return None,
    }
    Some(about.list)
}

/// Adds what is found.
pub(super) fn examine(
    about: &mut Findings,
    read: Read<'_>,
    database: &Path,
    settings: &Settings,
    registrations: &[Registration],
    now: Timestamp,
) -> Result<(), Failure> {
    address(about, &settings.url);
    signing_keys(about, read, now)?;
    file(about, read, database, now)?;
    clock(about, read, now)?;
    if registrations.is_empty() {
        about.warn("registrations", "No platform is registered yet.", "ltictl registration create NAME");
    }
    resources(about, read)
}

fn address(about: &mut Findings, url: &PublicUrl) {
    let fix = "ltictl config set url https://HOST";
    let parsed = url.to_url();
    let private = match parsed.host() {
        Some(Host::Ipv4(address)) => address.is_private() || address.is_link_local(),
        Some(Host::Ipv6(address)) => (address.segments()[0] & 0xfe00) == 0xfc00,
        Some(Host::Domain(name)) => [".local", ".internal", ".lan", ".home.arpa"].iter().any(|end| name.ends_with(end)) || !name.contains('.'),
        None => false,
    };
    if url.is_loopback() {
        about.warn("public_url", "The tool's address is this machine: only browsers and platforms that run here can reach it.", fix)
    } else if !url.is_https() {
        about.fail("public_url", "The tool's address is not https: platforms refuse it, and browsers drop the cookies of a launch.", fix)
    } else if private {
        about.warn("public_url", "The tool's address lies in a private network: platforms in the cloud cannot fetch its keyset.", fix)
    } else {
        about.ok("public_url", "The tool's address is a public https address.")
    }
    .seen(url.as_str());
    let path = url.base_path();
    if path.contains("/lti/") || path.ends_with("/lti") {
        about
            .warn(
                "public_url_path",
                "The tool's address ends like one of the tool's own end points, which are below the address.",
                format!("ltictl config set url {}", parsed.origin().ascii_serialization()),
            )
            .seen(url.as_str());
    } else if !path.is_empty() {
        about.ok("public_url_path", "The tool lives below a path; a reverse proxy in front must pass on everything below it.").seen(path);
    }
}

fn signing_keys(about: &mut Findings, read: Read<'_>, now: Timestamp) -> Result<(), Failure> {
    let keys = read.signing_keys()?;
    let Some(active) = keys.iter().find(|key| key.state == KeyState::Active) else {
        about.fail("signing_key", "No signing key is active: nothing can be signed.", "ltictl key rotate");
        return Ok(());
    };
    let evidence = format!("{}, {} bits, made {}", active.kid, active.bits(), active.created_at.strftime("%Y-%m-%d"));
    if active.bits() < SMALLEST_KEY {
        about.fail("signing_key", "The active signing key is too short; platforms refuse keys under 2048 bits.", "ltictl key rotate --now")
    } else if active.age(now) > KEY_AGE && !keys.iter().any(|key| key.state == KeyState::Next) {
        about.warn("signing_key", "The active signing key is more than two years old.", "ltictl key rotate")
    } else {
        about.ok("signing_key", "A signing key is active.")
    }
    .seen(evidence);
    for key in keys.iter().filter(|key| key.state == KeyState::Published && key.bits() < SMALLEST_KEY) {
        about.fail("published_key", "A key that is still in the keyset is too short.", format!("ltictl key retire {}", key.kid)).seen(format!(
            "{}, {} bits",
            key.kid,
            key.bits()
        ));
    }
    Ok(())
}

fn file(about: &mut Findings, read: Read<'_>, database: &Path, now: Timestamp) -> Result<(), Failure> {
    match mode_of_directory(database) {
        Some(mode) if mode & 0o022 != 0 && mode & 0o1000 == 0 => {
            let directory = database.parent().map(|parent| parent.display().to_string()).unwrap_or_default();
            about
                .warn(
                    "database_file",
                    "Others on this machine can replace the database: its directory is writable for them.",
                    format!("chmod go-w {}", shell_word(&directory)),
                )
                .seen(format!("{directory} has mode {mode:o}"));
        }
        // Opening it has checked the file's own mode.
        _ => {
            about.ok("database_file", "Nobody else on this machine can read the database.").seen(database.display().to_string());
        }
    }
    let problems = read.integrity_problems()?;
    if problems.is_empty() {
        about.ok("database", "The database is sound.").seen(format!("schema version {}", store::SCHEMA_VERSION));
    } else {
        about.fail("database", "The database is damaged.", "stop the server and put a backup in its place").seen(problems.join("; "));
    }
    let expired = read.expired_before(now - TIDY_WITHIN)?;
    if expired > ROWS_WORTH_A_WORD {
        about
            .warn(
                "expired_rows",
                "Sessions, nonces or waiting launches that ended long ago are still there: the server has not tidied up for a day.",
                "ltictl serve",
            )
            .seen(format!("{expired} rows"));
    } else {
        about.ok("expired_rows", "What has expired is tidied up.");
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

fn clock(about: &mut Findings, read: Read<'_>, now: Timestamp) -> Result<(), Failure> {
    match read.newest_launch_at()? {
        Some(newest) if newest.duration_since(now) > CLOCK_TOLERANCE => {
            about
                .fail(
                    "clock",
                    "This machine's clock is behind a launch that has come in already, so one of the two times is wrong.",
                    "set the clock: timedatectl set-ntp true",
                )
                .seen(format!("now {}, newest launch {}", second(now), second(newest)));
        }
        _ => {
            about.ok("clock", "The clock is not behind the launch log.").seen(second(now));
        }
    }
    about.skip("time_server", "Whether a time server keeps this machine's clock is not known here; platform_clock compares it with each platform's.");
    Ok(())
}

fn second(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn resources(about: &mut Findings, read: Read<'_>) -> Result<(), Failure> {
    let resources = read.resources()?;
    let published: Vec<_> = resources.iter().filter(|resource| resource.published).collect();
    if let (true, Some(first)) = (published.is_empty(), resources.first()) {
        about.warn("resources", "No resource is published: every launch is refused.", format!("ltictl resource update {} --publish", first.slug));
    } else if published.is_empty() {
        about.warn("resources", "There is no resource that a link could open.", "ltictl resource publish NAME");
    } else {
        about.ok("resources", "There is something to launch.").seen(format!("{} published", published.len()));
    }
    for resource in published {
        let Target::Directory(directory) = &resource.target else { continue };
        if let Err(error) = std::fs::read_dir(directory) {
            about
                .fail(
                    "resource_target",
                    format!("The directory of resource {} cannot be read.", resource.slug),
                    format!("ltictl resource update {} --target DIR", resource.slug),
                )
                .seen(format!("{}: {error}", directory.display()));
        }
    }
    Ok(())
}
