//! Who calls a command, for the audit log.

/// The name of the user that the process runs as, by its user ID and not by what the environment
/// says, or `uid 1000` where nobody knows the name. When sudo started the command, it says for
/// whom, which is added: `root (sudo: alice)`. That is only as true as whoever runs as this user is
/// honest: their own name they cannot choose.
#[expect(clippy::disallowed_methods, reason = "sudo names the calling user in the environment")]
pub(super) fn user() -> String {
    with_sudo(process_user(), std::env::var("SUDO_USER").ok().as_deref())
}

#[cfg(unix)]
fn process_user() -> String {
    let uid = nix::unistd::getuid();
    nix::unistd::User::from_uid(uid)
        .ok()
        .flatten()
        .map_or_else(|| format!("uid {uid}"), |user| user.name)
}

/// Other systems say it in the environment.
#[cfg(not(unix))]
#[expect(clippy::disallowed_methods, reason = "the system names the user in the environment")]
fn process_user() -> String {
    std::env::var("USERNAME").unwrap_or_else(|_| "unknown".to_owned())
}

/// Names do not have brackets or spaces; whatever has some is no name of sudo's.
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
    fn sudo_says_for_whom() {
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
