//! The user who runs a command, for the audit log.

/// The name of the user that the process runs as, by user ID and not from the environment, or `uid
/// 1000` if it has no name. If sudo started the command, the calling user is added: `root (sudo:
/// alice)`. Anyone who can run commands as root can fake that addition, but not the first name.
#[expect(clippy::disallowed_methods, reason = "sudo names the calling user in the environment")]
pub(super) fn user() -> String {
    with_sudo(process_user(), std::env::var("SUDO_USER").ok().as_deref())
}

/// The name of the user that the process runs as.
#[cfg(unix)]
pub(super) fn process_user() -> String {
    let uid = nix::unistd::getuid();
    nix::unistd::User::from_uid(uid)
        .ok()
        .flatten()
        .map_or_else(|| format!("uid {uid}"), |user| user.name)
}

/// Other systems provide it in the environment.
#[cfg(not(unix))]
#[expect(clippy::disallowed_methods, reason = "the system names the user in the environment")]
pub(super) fn process_user() -> String {
    std::env::var("USERNAME").unwrap_or_else(|_| "unknown".to_owned())
}

/// Usernames contain no parentheses or spaces; a value with some does not come from sudo.
fn with_sudo(user: String, sudo_user: Option<&str>) -> String {
    let is_name = |name: &&str| {
        !name.is_empty()
            && name.len() <= 64
            && !name.contains(|character: char| character.is_control() || " ()".contains(character))
    };
    match sudo_user.filter(is_name).filter(|name| *name != user) {
        Some(name) => format!("{user} (sudo: {name})"),
        None => user,
    }
}

#[cfg(test)]
mod tests {
    use super::with_sudo;

    #[test]
    fn sudo_user_is_added() {
        for (sudo_user, name) in [
            (None, "root"),
            (Some(""), "root"),
            (Some("alice"), "root (sudo: alice)"),
            (Some("root"), "root"),
            (Some("alice) (sudo: bob"), "root"),
            (Some("a\u{1b}[2J"), "root"),
        ] {
            assert_eq!(with_sudo("root".to_owned(), sudo_user), name, "{sudo_user:?}");
        }
    }
}
