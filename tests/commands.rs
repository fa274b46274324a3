//! Whether what a text tells people to run exists.

/// Every command line of this program in a text, up to a comma, a full stop or
/// the like.
pub(crate) fn named_in(text: &str) -> Vec<&str> {
    let ends = |rest: &str| {
        rest.find([',', ';', ':', '(', ')', '`', '\n'])
            .or_else(|| rest.find(". "))
            .unwrap_or(rest.len())
    };
    text.match_indices("ltictl ")
        .map(|(place, _)| &text[place..])
        .map(|rest| rest[..ends(rest)].trim_end_matches('.'))
        .collect()
}

/// Panics at a command, a verb or a flag that does not exist in what a text tells people to run.
pub(crate) fn check(text: &str) {
    let tree = ltictl::cli::command();
    for line in named_in(text) {
        let mut command = &tree;
        for word in line.split_whitespace().skip(1) {
            if let Some(flag) = word.strip_prefix("--") {
                let flag = flag.split('=').next().unwrap_or_default();
                let known = flag.is_empty()
                    || command
                        .get_arguments()
                        .chain(tree.get_arguments())
                        .any(|argument| argument.get_long() == Some(flag));
                assert!(known, "{line}: there is no --{flag}");
            } else if command.has_subcommands() {
                command = command
                    .find_subcommand(word)
                    .unwrap_or_else(|| panic!("{line}: there is no {word}"));
            }
        }
    }
}
