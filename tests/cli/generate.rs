//! An admin lets the tool run as a service: by a unit for systemd, or in a container.

use std::path::Path;
use std::process::Command;

use super::tool::Tool;

/// The words of a command line that needs no quotes.
fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

fn value<'t>(unit: &'t str, key: &str) -> Vec<&'t str> {
    unit.lines().filter_map(|line| line.strip_prefix(key)?.strip_prefix('=')).collect()
}

#[test]
fn the_unit_starts_a_command_that_exists() {
    let tool = Tool::empty();
    for (arguments, wanted) in [
        (&[][..], "--db /var/lib/ltictl/ltictl.db serve --listen 127.0.0.1:8080"),
        (
            &["--listen", "[::1]:9000", "--client-address-header", "X-Forwarded-For"],
            "--db /var/lib/ltictl/ltictl.db serve --listen [::1]:9000 --client-address-header \
             x-forwarded-for",
        ),
        (
            &["--db", "/var/lib/campus/tool/a.db", "--user", "campus"],
            "--db /var/lib/campus/tool/a.db serve --listen 127.0.0.1:8080",
        ),
    ] {
        let unit = tool
            .run(
                &[&["generate", "systemd", "--binary", "/usr/local/bin/ltictl"], arguments]
                    .concat(),
            )
            .answer;
        let start = value(&unit, "ExecStart");
        assert_eq!(start, [format!("/usr/local/bin/ltictl {wanted}")], "{arguments:?}");
        ltictl::cli::command().try_get_matches_from(words(start[0])).unwrap();
        let init = unit.lines().find_map(|line| line.strip_prefix("#   ltictl ")).unwrap();
        assert!(init.contains(" init --url"), "{init}");
        assert!(!unit.contains(['{', '}']), "{unit}");
    }
    assert!(!tool.database().exists());
}

#[test]
fn the_unit_grants_only_what_the_server_needs() {
    let tool = Tool::empty();
    let unit = tool.run(&["generate", "systemd"]).answer;
    for (key, wanted) in [
        ("DynamicUser", "yes"),
        ("StateDirectory", "ltictl"),
        ("UMask", "0077"),
        ("NoNewPrivileges", "yes"),
        ("CapabilityBoundingSet", ""),
        ("ProtectSystem", "strict"),
        ("MemoryDenyWriteExecute", "yes"),
        ("Restart", "on-failure"),
    ] {
        assert_eq!(value(&unit, key), [wanted], "{key}");
    }
    let unit = tool
        .run(&[
            "generate",
            "systemd",
            "--listen",
            "0.0.0.0:443",
            "--user",
            "ltictl",
            "--db",
            "/var/lib/campus/tool/a.db",
        ])
        .answer;
    for (key, wanted) in [
        ("CapabilityBoundingSet", "CAP_NET_BIND_SERVICE"),
        ("PrivateUsers", "no"),
        ("User", "ltictl"),
        ("StateDirectory", "campus/tool"),
    ] {
        assert_eq!(value(&unit, key), [wanted], "{key}");
    }
    assert!(value(&unit, "DynamicUser").is_empty() && unit.contains("useradd --system"), "{unit}");
}

#[test]
fn no_value_becomes_a_directive_of_its_own() {
    let tool = Tool::empty();
    for arguments in [
        &["--user", "ltictl\nExecStartPre=/bin/sh"][..],
        &["--user", "root ltictl"],
        &["--user", ""],
        &["--binary", "/opt/a b/ltictl"],
        &["--binary", "/opt/%h/ltictl"],
        &["--binary", "ltictl"],
        &["--binary", "/home/someone/ltictl"],
        &["--client-address-header", "X-A\nUser=root"],
        &["--client-address-header", "X'A"],
        &["--db", "/var/lib/ltictl/a.db\nUser=root"],
        &["--db", "/var/lib/ltictl.db"],
        &["--db", "/var/lib/../../etc/a.db"],
        &["--db", "/srv/ltictl/a.db"],
        &["--db", "a.db"],
    ] {
        tool.fails(&[&["generate", "systemd"], arguments].concat(), 5);
    }
    tool.fails(&["generate", "systemd", "--listen", "127.0.0.1"], 2);
    tool.fails(&["generate", "dockerfile", "--port", "80"], 2);
}

/// systemd's own opinion, where it is installed.
#[test]
fn systemd_takes_the_unit() {
    let tool = Tool::empty();
    for arguments in [&[][..], &["--listen", "0.0.0.0:443", "--user", "root"]] {
        let unit = tool
            .run(&[&["generate", "systemd", "--binary", "/bin/true"], arguments].concat())
            .answer;
        let path = tool.file("ltictl.service", &unit);
        let analyze = |arguments: &[&str]| {
            Command::new("systemd-analyze")
                .args(arguments)
                .arg(&path)
                .env("SYSTEMD_PAGER", "")
                .output()
        };
        let Ok(verified) = analyze(&["verify", "--man=no"]) else { return };
        assert!(
            verified.status.success() && verified.stderr.is_empty(),
            "{}",
            String::from_utf8_lossy(&verified.stderr)
        );
        // The exposure is a number from 0 to 10, here in tenths.
        let security = analyze(&["security", "--offline=yes", "--threshold=20"]).unwrap();
        assert!(
            security.status.success(),
            "{}{}",
            String::from_utf8_lossy(&security.stdout),
            String::from_utf8_lossy(&security.stderr)
        );
    }
}

#[test]
fn the_container_file_copies_what_there_is_and_starts_commands_that_exist() {
    let tool = Tool::empty();
    let file = tool.run(&["generate", "dockerfile", "--port", "9000"]).answer;
    for line in file.lines().filter(|line| line.starts_with("COPY ") && !line.contains("--from=")) {
        let words = words(line);
        for source in &words[1..words.len() - 1] {
            assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join(source).exists(), "{line}");
        }
    }
    // All that the manifest names is copied.
    let manifest = std::fs::read_to_string("Cargo.toml").unwrap();
    assert_eq!(manifest.contains("[[bench]]"), file.contains("COPY benches"));
    let has_settings = Path::new(env!("CARGO_MANIFEST_DIR")).join(".cargo/config.toml").exists();
    assert_eq!(has_settings, file.contains("COPY .cargo"), "cargo's settings for the build");
    let words_of = |start: &str| -> Vec<String> {
        let line = file
            .lines()
            .find_map(|line| line.strip_prefix(start))
            .unwrap_or_else(|| panic!("no {start}"));
        serde_json::from_str(line).unwrap()
    };
    let tree = ltictl::cli::command();
    tree.clone()
        .try_get_matches_from([words_of("ENTRYPOINT "), words_of("CMD ")].concat())
        .unwrap();
    tree.try_get_matches_from(words_of(
        "HEALTHCHECK --interval=30s --timeout=5s --start-period=5s CMD ",
    ))
    .unwrap();
    assert!(
        file.contains("EXPOSE 9000\n")
            && file.contains("\nUSER 65532")
            && file.contains("VOLUME /var/lib/ltictl\n"),
        "{file}"
    );
    assert!(!file.contains("{port}"), "{file}");
}
