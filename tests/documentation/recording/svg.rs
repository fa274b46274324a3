//! Scenes as an animated SVG. Without animation it shows the screen that starts at one of them.

use std::fmt::Write as _;

use super::Scene;
use super::screen::{COLUMNS, Line, ROWS, Run, Style};

const CHARACTER: f64 = 8.4;
const LINE: f64 = 18.0;
const MARGIN: f64 = 16.0;
const TITLE_BAR: f64 = 36.0;

/// Seconds for each typed character, before a command's output, and for each line to be read.
const TYPING: f64 = 0.035;
const RUNNING: f64 = 0.5;
const READING: f64 = 0.28;
/// Seconds before the next command, in addition to reading.
const PAUSE: f64 = 1.0;

/// Times and positions of what is shown.
struct Timeline {
    /// In seconds.
    now: f64,
    /// Lines so far.
    lines: usize,
    /// When the screen scrolls, and by how many lines in all.
    scrolls: Vec<(f64, usize)>,
    body: String,
}

impl Timeline {
    /// Adds lines that appear together, as one group.
    fn show(&mut self, lines: &[Line]) {
        self.scroll(lines.len());
        self.open_group();
        for line in lines {
            for run in line.runs() {
                self.text(&run);
            }
            self.lines += 1;
        }
        self.body.push_str("</g>\n");
    }

    fn prompt(&mut self) {
        self.text(&Run {
            column: 0,
            text: "$".to_owned(),
            style: Style { bold: true, colour: Some(6) },
        });
    }

    /// Adds a command that is typed character by character.
    fn command(&mut self, command: &str) {
        self.scroll(1);
        self.open_group();
        self.prompt();
        let style = Style { bold: true, colour: None };
        self.text(&Run { column: 2, text: command.to_owned(), style });
        let _ = write!(
            self.body,
            "<rect class=\"cover\" x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{LINE}\" \
             visibility=\"hidden\" style=\"animation-delay:{:.2}s\"/></g>\n",
            MARGIN + 2.0 * CHARACTER,
            self.lines as f64 * LINE,
            COLUMNS as f64 * CHARACTER,
            self.now + PAUSE / 2.0,
        );
        self.lines += 1;
        self.now += PAUSE / 2.0 + command.chars().count() as f64 * TYPING + RUNNING;
    }

    /// Opens a group that is hidden until now.
    fn open_group(&mut self) {
        if self.now > 0.0 {
            let _ = write!(
                self.body,
                "<g class=\"later\" style=\"animation-duration:{:.2}s\">",
                self.now
            );
        } else {
            self.body.push_str("<g>");
        }
    }

    /// Scrolls now, if that many more lines do not fit.
    fn scroll(&mut self, more: usize) {
        if self.lines + more > ROWS {
            self.scrolls.push((self.now, self.lines + more - ROWS));
        }
    }

    fn text(&mut self, run: &Run) {
        let Run { column, text, style } = run;
        let mut classes = String::new();
        if style.bold {
            classes.push_str(" b");
        }
        if let Some(colour) = style.colour {
            let _ = write!(classes, " c{colour}");
        }
        let _ = write!(
            self.body,
            "<text x=\"{:.1}\" y=\"{:.1}\"",
            MARGIN + *column as f64 * CHARACTER,
            self.lines as f64 * LINE + 13.0
        );
        let length = text.chars().count();
        if length > 1 {
            let _ = write!(self.body, " textLength=\"{:.1}\"", length as f64 * CHARACTER);
        }
        if !classes.is_empty() {
            let _ = write!(self.body, " class=\"{}\"", classes.trim_start());
        }
        let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let _ = write!(self.body, ">{text}</text>");
    }

    /// The steps of the screen's position, for an animation of its whole length.
    fn scroll_keyframes(&self) -> String {
        let mut frames = String::from("0%{transform:translateY(0)}");
        for (time, lines) in &self.scrolls {
            let _ = write!(
                frames,
                "{:.2}%{{transform:translateY(-{:.0}px)}}",
                time / self.now * 100.0,
                *lines as f64 * LINE
            );
        }
        frames
    }
}

pub(super) fn render(scenes: &[Scene], poster: usize) -> String {
    let mut timeline = Timeline { now: 0.0, lines: 0, scrolls: Vec::new(), body: String::new() };
    let mut top = 0;
    for (number, scene) in scenes.iter().enumerate() {
        if number == poster {
            top = timeline.lines;
        }
        timeline.command(&scene.command);
        timeline.show(&scene.output);
        timeline.now += PAUSE / 2.0 + scene.output.len() as f64 * READING;
    }
    timeline.scroll(1);
    timeline.open_group();
    timeline.prompt();
    let _ = writeln!(
        timeline.body,
        "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{CHARACTER}\" height=\"15\" fill=\"#d8dee9\"/></g>",
        MARGIN + 2.0 * CHARACTER,
        timeline.lines as f64 * LINE + 1.0
    );
    let width = 2.0 * MARGIN + COLUMNS as f64 * CHARACTER;
    let rows = ROWS as f64 * LINE;
    let height = TITLE_BAR + rows + MARGIN;
    let top = top as f64 * LINE;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" \
         width=\"{width:.0}\" height=\"{height:.0}\" role=\"img\" aria-labelledby=\"title\">
<title id=\"title\">ltictl refuses a launch, says why, and accepts it after the fix</title>
<style>
text{{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,\"DejaVu Sans Mono\",\"Liberation Mono\",\
         monospace;fill:#d8dee9;white-space:pre}}
.b{{font-weight:bold;fill:#fff}}
.c1{{fill:#f0776c}}.c2{{fill:#8fce7f}}.c3{{fill:#e8c268}}.c4{{fill:#82aaff}}.c5{{fill:#d59bf6}}\
         .c6{{fill:#6fd0d6}}
.later{{animation:later step-end}}
.cover{{fill:#16181d;animation:cover {typing:.2}s steps({COLUMNS}) backwards}}
.screen{{animation:scroll {all:.2}s step-end forwards}}
@keyframes later{{from{{visibility:hidden}}to{{visibility:visible}}}}
@keyframes cover{{from{{visibility:visible;transform:translateX(0)}}\
         to{{visibility:visible;transform:translateX({far:.1}px)}}}}
@keyframes scroll{{{frames}}}
@media (prefers-reduced-motion:reduce){{.later,.cover,.screen{{animation:none}}}}
</style>
<rect width=\"{width:.0}\" height=\"{height:.0}\" rx=\"8\" fill=\"#16181d\"/>
<circle cx=\"20\" cy=\"18\" r=\"5.5\" fill=\"#f0776c\"/><circle cx=\"38\" cy=\"18\" r=\"5.5\" \
         fill=\"#e8c268\"/><circle cx=\"56\" cy=\"18\" r=\"5.5\" fill=\"#8fce7f\"/>
<svg y=\"{TITLE_BAR}\" width=\"{width:.0}\" height=\"{rows:.0}\">
<g class=\"screen\" transform=\"translate(0,-{top:.0})\">
{body}</g>
</svg>
</svg>
",
        typing = COLUMNS as f64 * TYPING,
        all = timeline.now,
        far = COLUMNS as f64 * CHARACTER,
        frames = timeline.scroll_keyframes(),
        body = timeline.body,
    )
}
