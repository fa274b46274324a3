//! Tables and lists of details for people.

use std::borrow::Cow;
use std::io::{self, IsTerminal};

use jiff::Timestamp;
use serde_json::Value;
use unicode_width::UnicodeWidthStr;

use super::value::{joined, values_at};
use super::zone::{json_time, localized, short_time, with_zone};
use super::{clean, wants_color, wrap};
use crate::failure::counted;

/// What the terminal can show.
#[derive(Debug, Clone, Copy, Default)]
pub struct Style {
    /// Colours and bold text.
    pub color: bool,
    /// The width of the terminal, to which text is wrapped; in a pipe, nothing is.
    pub width: Option<u16>,
}

impl Style {
    /// The style that suits standard output.
    pub fn of_stdout() -> Self {
        let stdout = io::stdout();
        Self::of(&stdout)
    }

    /// The style that suits standard error, for notes and prompts.
    pub fn of_stderr() -> Self {
        let stderr = io::stderr();
        Self::of(&stderr)
    }

    fn of(stream: &impl IsTerminal) -> Self {
        let width = stream.is_terminal().then(wrap::terminal_width);
        Self { color: wants_color(stream), width }
    }

    /// Text within the terminal's width, if there is one; its later lines are indented.
    pub(super) fn fitted(self, text: &str, indent: usize) -> String {
        match self.width {
            Some(width) => wrap::indented(text, width.into(), indent),
            None => text.replace('\n', &format!("\n{}", " ".repeat(indent))),
        }
    }

    /// A whole text within the terminal's width, if there is one.
    pub(super) fn whole(self, text: &str) -> Cow<'_, str> {
        match self.width {
            Some(width) => Cow::Owned(wrap::whole(text, width.into())),
            None => Cow::Borrowed(text),
        }
    }

    /// Text in the colour of a state, if colours can be shown.
    pub fn colored(self, text: &str, health: Health) -> String {
        let code = match health {
            Health::Good => 32,
            Health::Waiting => 33,
            Health::Bad => 31,
        };
        if self.color { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    /// Bold text, if that can be shown.
    pub fn bold(self, text: &str) -> String {
        if self.color { format!("\u{1b}[1m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

/// The cells of a row, and the column whose colour shows a state.
type Row = (Vec<String>, Option<(usize, Health)>);

/// A column of a list: its heading, the text of each row's cell, and a colour for it.
pub struct Column<R> {
    heading: &'static str,
    text: fn(&R) -> String,
    color: CellColor<R>,
    has_times: bool,
}

/// What determines the colour of a cell.
enum CellColor<R> {
    None,
    Of(fn(&R) -> Health),
    BadIf(fn(&R) -> bool),
}

/// A column without colours.
pub(super) const fn column<R>(heading: &'static str, text: fn(&R) -> String) -> Column<R> {
    Column { heading, text, color: CellColor::None, has_times: false }
}

/// A column of times, whose heading has the name of their zone.
pub(super) const fn time_column<R>(heading: &'static str, text: fn(&R) -> String) -> Column<R> {
    Column { heading, text, color: CellColor::None, has_times: true }
}

/// A column whose cells have the colour of a state. A table colours one column at most.
pub(super) const fn colored_column<R>(
    heading: &'static str,
    text: fn(&R) -> String,
    health: fn(&R) -> Health,
) -> Column<R> {
    Column { heading, text, color: CellColor::Of(health), has_times: false }
}

/// A column whose cells are red in some rows. A table colours one column at most.
pub(super) const fn red_column<R>(
    heading: &'static str,
    text: fn(&R) -> String,
    is_bad: fn(&R) -> bool,
) -> Column<R> {
    Column { heading, text, color: CellColor::BadIf(is_bad), has_times: false }
}

impl<R> Column<R> {
    fn health(&self, row: &R) -> Option<Health> {
        match self.color {
            CellColor::None => None,
            CellColor::Of(health) => Some(health(row)),
            CellColor::BadIf(is_bad) => is_bad(row).then_some(Health::Bad),
        }
    }
}

/// What a row shows in these columns, one on each line.
pub(super) fn texts<R>(columns: &[Column<R>], row: &R) -> String {
    columns.iter().map(|column| (column.text)(row)).collect::<Vec<_>>().join("\n")
}

/// One entry of the details of a value.
pub enum Entry<V> {
    /// Starts a section.
    Section(&'static str),
    /// A label with its value.
    Value(&'static str, fn(&V) -> String),
    /// A label with a time: the name of its zone is added to the label.
    Time(&'static str, fn(&V) -> Timestamp),
    /// The same with a time that may be unknown: a dash is shown instead.
    TimeIfKnown(&'static str, fn(&V) -> Option<Timestamp>),
    /// A label with a value that may be unknown: a dash is shown instead.
    Optional(&'static str, fn(&V) -> Option<String>),
    /// A label that is omitted if there is no value.
    IfAny(&'static str, fn(&V) -> Option<String>),
    /// Labels and values that depend on the value.
    Each(fn(&V) -> Vec<(String, String)>),
}

/// Rows under a header.
pub struct Table {
    style: Style,
    header: Vec<String>,
    rows: Vec<Row>,
}

/// Blank columns between two columns.
const GAP: usize = 2;

impl Table {
    /// An empty table with these column names.
    pub fn new(style: Style, header: &[&str]) -> Self {
        Self {
            style,
            header: header.iter().map(|name| (*name).to_owned()).collect(),
            rows: Vec::new(),
        }
    }

    /// A table of these columns with a row for each value.
    pub fn of<R>(style: Style, columns: &[Column<R>], rows: &[R]) -> Self {
        let header = columns.iter().map(|column| match column.has_times {
            true => with_zone(column.heading),
            false => column.heading.to_owned(),
        });
        let mut table = Self { style, header: header.collect(), rows: Vec::new() };
        for row in rows {
            let cells =
                columns.iter().map(|column| clean(&(column.text)(row)).into_owned()).collect();
            let colored = columns
                .iter()
                .enumerate()
                .find_map(|(place, column)| column.health(row).map(|health| (place, health)));
            table.rows.push((cells, colored));
        }
        table
    }

    /// Adds a row; `health` colours the cell of that column.
    pub fn row(&mut self, cells: &[&str], health: Option<(usize, Health)>) {
        self.rows.push((cells.iter().map(|text| clean(text).into_owned()).collect(), health));
    }

    /// The table as text, or `empty` when it has no rows.
    pub fn finish(self, empty: &str) -> String {
        if self.rows.is_empty() {
            self.style.fitted(empty, 0)
        } else if let Some(width) = self.style.width {
            self.fitting(usize::from(width))
        } else {
            self.whole_lines()
        }
    }

    /// Within a terminal's width: long cells are wrapped between words, columns are omitted and named
    /// below, or the cells of each row are listed below one another.
    fn fitting(mut self, room: usize) -> String {
        let mut omitted = Vec::new();
        loop {
            let least: Vec<usize> = (0..self.header.len()).map(|place| self.least(place)).collect();
            if total(&least) <= room {
                self.wrap_cells(room, &least);
                break;
            }
            let has_prose =
                self.rows.iter().flat_map(|(cells, _)| cells).any(|cell| is_prose(cell));
            match self.least_needed() {
                Some(place) if !has_prose || self.is_blank(place) => {
                    omitted.push(self.remove(place));
                }
                _ => {
                    let rows = self.listed(room);
                    return with_omitted(rows, omitted);
                }
            }
        }
        with_omitted(self.whole_lines(), omitted)
    }

    /// Writes the times of columns that have nothing else as people read them.
    fn localize_times(&mut self) {
        for place in 0..self.header.len() {
            let is_time = |cell: &str| json_time(cell).is_some();
            if !self.cells(place).any(is_time)
                || !self.cells(place).all(|cell| cell == "-" || is_time(cell))
            {
                continue;
            }
            self.header[place] = with_zone(&self.header[place]);
            for cell in self.rows.iter_mut().filter_map(|(cells, _)| cells.get_mut(place)) {
                if let Some(time) = json_time(cell) {
                    *cell = short_time(time);
                }
            }
        }
    }

    fn cells(&self, place: usize) -> impl Iterator<Item = &str> {
        self.rows.iter().filter_map(move |(cells, _)| cells.get(place)).map(String::as_str)
    }

    /// The least width of a column: that of its longest word, or of its longest short cell.
    fn least(&self, place: usize) -> usize {
        let heading = self.header.get(place).map_or(0, |name| name.width());
        self.cells(place)
            .flat_map(|cell| cell.split('\n'))
            .map(least_width)
            .fold(heading, usize::max)
    }

    fn is_blank(&self, place: usize) -> bool {
        self.cells(place).all(|cell| cell.is_empty() || cell == "-")
    }

    /// The column to omit first: one without any values, or else the last one. The first two are
    /// always shown, and the one whose colour shows a state.
    fn least_needed(&self) -> Option<usize> {
        let colored = self.rows.iter().find_map(|(_, health)| health.map(|(place, _)| place));
        let may_go = |place: &usize| Some(*place) != colored;
        let mut places = (2..self.header.len()).rev().filter(may_go);
        let last = places.clone().next();
        places.find(|place| self.is_blank(*place)).or(last)
    }

    /// Removes a column and returns its heading.
    fn remove(&mut self, place: usize) -> String {
        for (cells, health) in &mut self.rows {
            if place < cells.len() {
                cells.remove(place);
            }
            *health = health.map(|(colored, health)| {
                (if colored > place { colored - 1 } else { colored }, health)
            });
        }
        self.header.remove(place)
    }

    /// Wraps the widest columns until all fit.
    fn wrap_cells(&mut self, room: usize, least: &[usize]) {
        let widest = |cell: &str| cell.split('\n').map(UnicodeWidthStr::width).max().unwrap_or(0);
        let mut widths: Vec<usize> = (0..self.header.len())
            .map(|place| self.cells(place).map(widest).fold(self.header[place].width(), usize::max))
            .collect();
        while total(&widths) > room {
            let shrinking = (0..widths.len())
                .filter(|place| widths[*place] > least[*place])
                .max_by_key(|place| widths[*place]);
            let Some(place) = shrinking else { break };
            let excess = total(&widths) - room;
            let next =
                widths.iter().filter(|width| **width < widths[place]).max().copied().unwrap_or(0);
            let floor = least[place].max(next);
            widths[place] = widths[place].saturating_sub(excess).max(floor).min(widths[place] - 1);
        }
        for (cells, _) in &mut self.rows {
            for (cell, width) in cells.iter_mut().zip(&widths) {
                if widest(cell) > *width {
                    *cell = wrap::indented(cell, *width, 0);
                }
            }
        }
    }

    /// The cells of each row below one another, with their headings.
    fn listed(&self, room: usize) -> String {
        let labels = self.header.iter().map(|name| name.width()).max().unwrap_or(0);
        let room = room.max(labels + GAP + LONGEST_WHOLE);
        let row = |(cells, health): &Row| {
            let line = |(place, (heading, cell)): (usize, (&String, &String))| {
                let padding = " ".repeat(labels - heading.width() + GAP);
                let text = wrap::indented(cell, room, labels + GAP);
                let text = match health {
                    Some((colored, health)) if *colored == place => {
                        self.style.colored(&text, *health)
                    }
                    _ => text,
                };
                format!("{}{padding}{text}", self.style.bold(heading)).trim_end().to_owned()
            };
            let lines: Vec<String> = self.header.iter().zip(cells).enumerate().map(line).collect();
            lines.join("\n")
        };
        self.rows.iter().map(row).collect::<Vec<_>>().join("\n\n")
    }

    /// Whole lines, nothing after their last cells.
    fn whole_lines(&self) -> String {
        let header = (&self.header, None);
        let rows = || {
            std::iter::once(header).chain(self.rows.iter().map(|(cells, health)| (cells, *health)))
        };
        let mut widths = vec![0; self.header.len()];
        for (cells, _) in rows() {
            for (width, cell) in widths.iter_mut().zip(cells) {
                *width = cell.split('\n').map(UnicodeWidthStr::width).fold(*width, usize::max);
            }
        }
        let mut text = String::new();
        for (number, (cells, health)) in rows().enumerate() {
            for line in 0..cells.iter().map(|cell| cell.split('\n').count()).max().unwrap_or(1) {
                if !text.is_empty() {
                    text.push('\n');
                }
                // Spaces before the next part that is not empty.
                let mut gap = 0;
                for (place, (cell, width)) in cells.iter().zip(&widths).enumerate() {
                    let part = cell.split('\n').nth(line).unwrap_or_default().trim_end_matches(' ');
                    if !part.is_empty() {
                        text.extend(std::iter::repeat_n(' ', gap));
                        gap = 0;
                        match health {
                            _ if number == 0 => text.push_str(&self.style.bold(part)),
                            Some((colored, health)) if colored == place => {
                                text.push_str(&self.style.colored(part, health));
                            }
                            _ => text.push_str(part),
                        }
                    }
                    gap += width - part.width() + GAP;
                }
            }
        }
        text
    }
}

/// The width of columns with the gaps between them.
fn total(widths: &[usize]) -> usize {
    widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1)
}

/// A longer cell may be wrapped: it is a text, and not a date or a name.
const LONGEST_WHOLE: usize = 24;

fn is_prose(cell: &str) -> bool {
    cell.width() > 2 * LONGEST_WHOLE && cell.split(' ').nth(4).is_some()
}

/// The width that a line of a cell needs at least.
fn least_width(line: &str) -> usize {
    let whole = line.width();
    if whole <= LONGEST_WHOLE { whole } else { wrap::least_width(line).max(LONGEST_WHOLE) }
}

/// A table, and below it the names of columns that did not fit.
fn with_omitted(table: String, mut omitted: Vec<String>) -> String {
    if omitted.is_empty() {
        return table;
    }
    omitted.reverse();
    let columns = counted(omitted.len() as u64, "column", "columns");
    format!("{table}\n+{columns} with -o wide: {}", omitted.join(", "))
}

/// A table of the requested columns, with their keys as headings.
pub(super) fn of_columns(
    style: Style,
    columns: &[String],
    rows: impl Iterator<Item = io::Result<Value>>,
) -> io::Result<String> {
    let header: Vec<String> =
        columns.iter().map(|column| column.to_uppercase().replace('_', " ")).collect();
    let paths: Vec<Vec<&str>> = columns.iter().map(|column| column.split('.').collect()).collect();
    let mut table = Table::new(style, &header.iter().map(String::as_str).collect::<Vec<_>>());
    for row in rows {
        let row = row?;
        let cells = paths.iter().map(|path| {
            let text = joined(values_at(&row, path)).replace('\n', " ");
            if text.is_empty() { "-".to_owned() } else { text }
        });
        let cells: Vec<String> = cells.collect();
        table.row(&cells.iter().map(String::as_str).collect::<Vec<_>>(), None);
    }
    table.localize_times();
    Ok(table.finish("Nothing to list."))
}

/// The state that the colour of a cell shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// Everything works: green.
    Good,
    /// Something remains to be done: yellow.
    Waiting,
    /// Something is wrong or disabled: red.
    Bad,
}

/// Labels with their values, in sections.
pub struct Details {
    style: Style,
    sections: Vec<(String, Vec<(String, String)>)>,
}

impl Details {
    /// The details of a value.
    pub fn of<V>(style: Style, value: &V, entries: &[Entry<V>]) -> Self {
        let mut details = Self::new(style);
        details.extend(value, entries);
        details
    }

    /// Adds details of a value.
    pub fn extend<V>(&mut self, value: &V, entries: &[Entry<V>]) {
        for entry in entries {
            match entry {
                Entry::Section(heading) => self.section(heading),
                Entry::Value(label, text) => self.add(label, &text(value)),
                Entry::Time(label, time) => {
                    self.add(&with_zone(label), &short_time(time(value)));
                }
                Entry::TimeIfKnown(label, time) => {
                    let time = time(value).map(short_time);
                    self.add_optional(&with_zone(label), time.as_deref());
                }
                Entry::Optional(label, text) => self.add_optional(label, text(value).as_deref()),
                Entry::IfAny(label, text) => {
                    if let Some(text) = text(value) {
                        self.add(label, &text);
                    }
                }
                Entry::Each(pairs) => {
                    pairs(value).iter().for_each(|(label, text)| self.add(label, text))
                }
            }
        }
    }

    /// No details yet; the first section has no heading.
    pub fn new(style: Style) -> Self {
        Self { style, sections: vec![(String::new(), Vec::new())] }
    }

    /// Starts a section.
    pub fn section(&mut self, heading: &str) {
        self.sections.push((heading.to_owned(), Vec::new()));
    }

    /// Adds a detail to the section.
    pub fn add(&mut self, label: &str, value: &str) {
        if let Some((_, details)) = self.sections.last_mut() {
            details.push((clean(label).into_owned(), clean(&localized(value)).into_owned()));
        }
    }

    /// Adds a detail that may be unknown: a dash is shown instead.
    pub fn add_optional(&mut self, label: &str, value: Option<&str>) {
        self.add(label, value.unwrap_or("-"));
    }

    /// The details as text, all values in one column.
    pub fn finish(self) -> String {
        let width = self
            .sections
            .iter()
            .flat_map(|(_, details)| details)
            .map(|(label, _)| label.chars().count())
            .max()
            .unwrap_or(0);
        let mut lines = Vec::new();
        for (heading, details) in &self.sections {
            if !heading.is_empty() {
                if !lines.is_empty() {
                    lines.push(String::new());
                }
                lines.push(self.style.bold(heading));
            }
            for (label, value) in details {
                let padding = " ".repeat(width - label.chars().count());
                let indented = self.style.fitted(value, width + 4);
                lines.push(format!("  {label}{padding}  {indented}").trim_end().to_owned());
            }
        }
        lines.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pipe_gets_plain_whole_lines() {
        let long = format!("https://lms.example.edu/{}", "x".repeat(300));
        let mut table = Table::new(Style::default(), &["SLUG", "URL"]);
        table.row(&["a", &long], Some((0, Health::Good)));
        table.row(&["bcd", "e\u{1b}[2J"], None);
        assert_eq!(table.finish("nothing"), format!("SLUG  URL\na     {long}\nbcd   e\u{fffd}[2J"));
        assert_eq!(Table::new(Style::default(), &["SLUG"]).finish("nothing"), "nothing");
    }

    #[test]
    fn nothing_is_after_the_last_cell_and_only_text_is_styled() {
        let rows = [["a", "学校 é", "x"], ["bcd", "one\nand two\n", ""], ["", "", ""]];
        let table = |color| {
            let style = Style { color, width: Some(19) };
            let mut table = Table::new(style, &["SLUG", "NAME", "MORE"]);
            rows.iter().for_each(|row| table.row(row, Some((1, Health::Bad))));
            table.finish("")
        };
        let plain = "SLUG  NAME     MORE\na     学校 é   x\nbcd   one\n      and two\n\n";
        let styled = table(true);
        let (mut bare, mut rest) = (String::new(), &*styled);
        while let Some((before, after)) = rest.split_once('\u{1b}') {
            bare.push_str(before);
            rest = after.split_once('m').unwrap().1;
        }
        bare.push_str(rest);
        assert_eq!((&*table(false), &*bare), (plain, plain), "{styled:?}");
        assert!(!styled.contains(" \u{1b}[0m"), "{styled:?}");
    }

    /// A table of the launch log's shape in a terminal of this width.
    fn in_terminal(width: u16, reason: &str) -> String {
        let style = Style { color: false, width: Some(width) };
        let mut table =
            Table::new(style, &["LAUNCH", "TIME (UTC)", "OUTCOME", "REASON", "RESOURCE", "PERSON"]);
        let row =
            ["1m8nj9crdn1sf5c5", "2026-11-30 06:29:15", "accepted", reason, "algebra-quiz", "Sam"];
        table.row(&row, None);
        table.finish("")
    }

    #[test]
    fn a_terminal_shows_whole_words_and_fewer_columns() {
        let wide = in_terminal(120, "-");
        assert_eq!(wide.lines().count(), 2, "{wide}");
        let narrow = in_terminal(80, "-");
        assert!(
            narrow.contains(
                "1m8nj9crdn1sf5c5  2026-11-30 06:29:15  accepted  -       algebra-quiz  Sam"
            ),
            "{narrow}"
        );
        let narrower = in_terminal(70, "-");
        assert!(
            narrower.contains("2026-11-30 06:29:15  accepted  algebra-quiz  Sam")
                && narrower.ends_with("+1 column with -o wide: REASON"),
            "{narrower}"
        );
        let narrowest = in_terminal(60, "selection_not_allowed");
        assert!(
            narrowest.contains("1m8nj9crdn1sf5c5  2026-11-30 06:29:15  accepted\n")
                && narrowest.ends_with(": REASON, RESOURCE, PERSON"),
            "{narrowest}"
        );
        for width in [20, 30, 40, 50, 60, 70, 80, 100] {
            let table = in_terminal(width, "selection_not_allowed");
            let identifiers = ["1m8nj9crdn1sf5c5", "2026-11-30 06:29:15"];
            assert!(identifiers.iter().all(|word| table.contains(word)), "{width}: {table}");
        }
    }

    #[test]
    fn long_texts_are_wrapped_or_listed() {
        let text = "The user 5 cannot be graded in this course, because it is not a learner there.";
        let table = |width: u16, columns: usize| {
            let style = Style { color: false, width: Some(width) };
            let header = ["REGISTRATION", "RESOURCE", "LINK", "ACCOUNT", "TRIES", "REASON"];
            let row = ["moodle-prod", "algebra-quiz", "21", "sam-student", "3", text];
            let chosen = |all: [&'static str; 6]| [&all[..columns - 1], &all[5..]].concat();
            let mut table = Table::new(style, &chosen(header));
            table.row(&chosen(row), None);
            table.finish("")
        };
        let wrapped = table(80, 5);
        assert!(
            wrapped.starts_with("REGISTRATION  RESOURCE      LINK  ACCOUNT      REASON\n")
                && wrapped.lines().all(|line| line.width() <= 80),
            "{wrapped}"
        );
        let listed = table(60, 6);
        assert!(
            listed.starts_with(
                "REGISTRATION  moodle-prod\nRESOURCE      algebra-quiz\nLINK          21\n"
            ) && listed.lines().all(|line| line.width() <= 60),
            "{listed}"
        );
    }

    #[test]
    fn details_line_up() {
        let mut details = Details::new(Style::default());
        details.add("Name", "x");
        details.section("Tool details");
        details.add("Tool URL", "https://tool.example.edu");
        details.add_optional("Other", None);
        assert_eq!(
            details.finish(),
            "  Name      x\n\nTool details\n  Tool URL  https://tool.example.edu\n  Other     -"
        );
    }
}
