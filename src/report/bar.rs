//! Bar charts of one line, for terminals.

use super::Style;

/// Blocks that fill a cell from the left by eighths.
const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/// The width of a bar beside columns of this total width; `None` if there is no room or no
/// terminal.
pub(super) fn width(style: Style, beside: u16) -> Option<u16> {
    let room = style.width?.saturating_sub(beside);
    Some(room.min(24)).filter(|room| *room >= 4)
}

/// A bar for `part` of `whole`; anything but zero is visible.
pub(super) fn bar(part: u64, whole: u64, width: u16) -> String {
    if whole == 0 || part == 0 {
        return String::new();
    }
    let eighths = u128::from(part.min(whole)) * u128::from(width) * 8 / u128::from(whole);
    let eighths = usize::try_from(eighths).unwrap_or(usize::MAX).max(1);
    "█".repeat(eighths / 8) + EIGHTHS[eighths % 8]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_long_as_their_part() {
        for (part, whole, expected) in [
            (0, 10, ""),
            (1, 0, ""),
            (10, 10, "████"),
            (11, 10, "████"),
            (5, 10, "██"),
            (3, 32, "▍"),
            (1, 1_000_000, "▏"),
            (u64::MAX, u64::MAX, "████"),
        ] {
            assert_eq!(bar(part, whole, 4), expected, "{part} of {whole}");
        }
    }

    #[test]
    fn pipes_get_no_bars() {
        assert_eq!(width(Style::default(), 0), None);
        assert_eq!(width(Style { width: Some(80), ..Style::default() }, u16::MAX), None);
    }
}
