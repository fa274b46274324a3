//! The README and the guides in `docs/`: every command in them is run, in the order of the
//! text, by a shell and through the real binary.

use super::documents::{Machine, SEVERAL_SERVERS, blocks, commands, documents, serves};

/// Commands that a test cannot run, and why. Each must be there.
const NOT_RUN: [(&str, &str); 7] = [
    ("cargo run -- demo", "demo.rs runs the demo with the binary that is built already"),
    ("cargo test", "runs this test"),
    ("cargo install --path .", "builds the binary that the test runs"),
    (
        "curl https://tool.example.edu/api/",
        "needs a launched person's token; the tests in api/ send the same requests",
    ),
    (
        "ltictl grade set algebra-quiz sam 9 --course",
        "needs a launch from the course; the tests in course_copy/ set the same grades",
    ),
    (
        "ltictl context show moodle-prod",
        "needs a launch from the course; the tests in course_copy/ show the same",
    ),
    ("ltictl notice subscribe canvas-prod", "needs a platform that offers notices"),
];

#[test]
fn every_command_works_and_prints_what_the_document_shows() {
    let mut machine = Machine::new();
    let (mut number, mut shown) = (0, 0);
    for document in documents().iter().filter(|document| !document.ends_with(SEVERAL_SERVERS)) {
        let mut printed = String::new();
        let blocks = blocks(document);
        for (place, block) in blocks.iter().enumerate() {
            match block.language.as_str() {
                "sh" => {
                    printed.clear();
                    let is_shown =
                        blocks.get(place + 1).is_some_and(|next| next.language == "output");
                    for command in commands(&block.text).iter().filter(|command| {
                        !NOT_RUN.iter().any(|(start, _)| command.starts_with(start))
                    }) {
                        printed += &if is_shown && !serves(command) {
                            machine.run_on_terminal(&block.place, command)
                        } else {
                            machine.run(&block.place, command)
                        };
                        number += 1;
                    }
                }
                "output" => {
                    let widest = block.text.lines().map(|line| line.chars().count()).max();
                    assert!(widest <= Some(80), "{}: {widest:?} columns", block.place);
                    assert_shows(&machine.here(&block.text), &printed, &block.place);
                    shown += 1;
                }
                "yaml" => drop(machine.keep(&block.text)),
                _ => {}
            }
        }
    }
    assert!(number >= 25, "{number} commands");
    assert!(shown >= 2, "{shown} blocks of output");
}

/// Fails unless every line of a block was printed by the commands before it. Columns may be wider
/// or narrower, because ports have more digits here.
fn assert_shows(block: &str, printed: &str, place: &str) {
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let printed_lines: Vec<String> = printed.lines().map(words).collect();
    for line in block.lines() {
        assert!(
            printed_lines.contains(&words(line)),
            "{place}: the commands before it do not print {line:?}\n{printed}"
        );
    }
}

#[test]
fn skipped_commands_are_in_the_documents() {
    let all: Vec<String> = documents()
        .iter()
        .flat_map(|document| blocks(document))
        .filter(|block| block.language == "sh")
        .flat_map(|block| commands(&block.text))
        .collect();
    for (start, reason) in NOT_RUN {
        assert!(
            all.iter().any(|command| command.starts_with(start)),
            "{start} ({reason}) is in no document"
        );
    }
    for document in documents() {
        for block in blocks(&document).iter().filter(|block| block.language != "sh") {
            let hidden = block.text.lines().find(|line| {
                line.trim_start_matches("$ ").starts_with("ltictl ")
                    && !line.contains("  ")
                    && !line.contains('…')
            });
            assert!(
                hidden.is_none(),
                "{}: {hidden:?} is a command; a block marked sh is run",
                block.place
            );
        }
    }
}
