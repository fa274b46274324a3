//! The last words of `cargo test`: on which databases the stories ran.

#![expect(clippy::disallowed_methods, reason = "the variable says which server tests may use")]

fn main() {
    println!();
    if std::env::var_os("LTICTL_TEST_POSTGRES").is_some() {
        println!("The stories ran on PostgreSQL, except for those about files.");
    } else {
        println!(
            "The stories ran on SQLite only. On PostgreSQL: .ci/postgres cargo test --test main"
        );
    }
}
