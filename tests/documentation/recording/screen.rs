//! The part of a terminal that `ltictl` needs: lines, colours and clearing a line.

pub(crate) const COLUMNS: usize = 80;
pub(crate) const ROWS: usize = 24;

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Style {
    pub(crate) bold: bool,
    /// An ANSI colour from 0 to 7, without a difference between normal and bright.
    pub(crate) colour: Option<u8>,
}

/// One line of the screen.
#[derive(Clone, Debug, Default)]
pub(crate) struct Line(Vec<(char, Style)>);

/// Characters of one style in one line, without two spaces in a row.
pub(crate) struct Run {
    pub(crate) column: usize,
    pub(crate) text: String,
    pub(crate) style: Style,
}

impl Line {
    pub(crate) fn text(&self) -> String {
        let text: String = self.0.iter().map(|(character, _)| character).collect();
        text.trim_end().to_owned() + "\n"
    }

    pub(crate) fn runs(&self) -> Vec<Run> {
        let mut runs: Vec<Run> = Vec::new();
        let characters = self.0.iter().enumerate().filter(|(_, (character, _))| *character != ' ');
        for (column, (character, style)) in characters {
            match runs.last_mut() {
                Some(run) if run.style == *style && column <= run.end() + 1 => {
                    if column > run.end() {
                        run.text.push(' ');
                    }
                    run.text.push(*character);
                }
                _ => runs.push(Run { column, text: character.to_string(), style: *style }),
            }
        }
        runs
    }
}

impl Run {
    /// The column after the last character.
    fn end(&self) -> usize {
        self.column + self.text.chars().count()
    }
}

/// A screen without an end at the bottom.
pub(crate) struct Screen {
    lines: Vec<Line>,
    column: usize,
    style: Style,
}

impl Screen {
    pub(crate) fn new() -> Self {
        Self { lines: vec![Line::default()], column: 0, style: Style::default() }
    }

    pub(crate) fn write(&mut self, text: &str) {
        let mut characters = text.chars();
        while let Some(character) = characters.next() {
            match character {
                '\r' => self.column = 0,
                '\n' => self.lines.push(Line::default()),
                '\u{1b}' => {
                    assert_eq!(characters.next(), Some('['), "only CSI sequences are supported");
                    let mut parameters = String::new();
                    let end = loop {
                        match characters.next().unwrap() {
                            letter if letter.is_ascii_alphabetic() => break letter,
                            other => parameters.push(other),
                        }
                    };
                    self.control(&parameters, end);
                }
                _ => self.put(character),
            }
        }
    }

    fn put(&mut self, character: char) {
        if self.column == COLUMNS {
            self.lines.push(Line::default());
            self.column = 0;
        }
        let line = &mut self.lines.last_mut().unwrap().0;
        line.resize(line.len().max(self.column + 1), (' ', Style::default()));
        line[self.column] = (character, self.style);
        self.column += 1;
    }

    fn control(&mut self, parameters: &str, end: char) {
        match (end, parameters) {
            ('m', _) => self.restyle(parameters),
            ('K', "2") => self.lines.last_mut().unwrap().0.clear(),
            // Hides or shows the cursor.
            ('l' | 'h', "?25") => {}
            _ => panic!("the sequence {parameters}{end} is not supported"),
        }
    }

    fn restyle(&mut self, parameters: &str) {
        let mut numbers = parameters.split(';').map(|number| number.parse::<u8>().unwrap_or(0));
        while let Some(number) = numbers.next() {
            match number {
                0 => self.style = Style::default(),
                1 => self.style.bold = true,
                2 => {}
                22 => self.style.bold = false,
                30..=37 => self.style.colour = Some(number - 30),
                38 => {
                    assert_eq!(numbers.next(), Some(5), "only 256 colours are supported");
                    self.style.colour = numbers.next().map(|colour| colour % 8);
                }
                39 => self.style.colour = None,
                90..=97 => self.style.colour = Some(number - 90),
                _ => panic!("the style {number} is not supported"),
            }
        }
    }

    /// All lines up to the last one with text.
    pub(crate) fn into_lines(mut self) -> Vec<Line> {
        while self.lines.last().is_some_and(|line| line.text() == "\n") {
            self.lines.pop();
        }
        self.lines
    }
}
