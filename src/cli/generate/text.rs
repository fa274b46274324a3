//! Values in configuration files.

use std::path::Path;

use crate::domain::Invalid;

/// An absolute path that neither systemd nor a shell splits or expands.
pub(super) fn path<'p>(path: &'p Path, field: &'static str) -> Result<&'p str, Invalid> {
    let text = path.to_str().filter(|_| is_path(path));
    text.ok_or_else(|| {
        Invalid::new(field, "must be an absolute path of letters, digits and / . _ - + @")
    })
}

pub(super) fn is_path(path: &Path) -> bool {
    path.is_absolute() && path.to_str().is_some_and(is_plain)
}

pub(super) fn is_plain(text: &str) -> bool {
    text.bytes().all(is_plain_byte)
}

pub(super) fn is_plain_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"/._-+@".contains(&byte)
}

/// The template with each `{name}` replaced.
pub(super) fn filled(template: &str, values: &[(&str, &str)]) -> String {
    values.iter().fold(template.to_owned(), |text, (name, value)| {
        text.replace(&format!("{{{name}}}"), value)
    })
}
