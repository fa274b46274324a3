//! A received page, and its forms. `scraper` would read them, too, but adds 21 crates to the
//! program.

use reqwest::header::HeaderMap;
use url::Url;

use super::error::BrowserError;

/// A received page.
#[derive(Debug, Clone)]
pub struct Page {
    /// The requested URL.
    pub url: String,
    /// HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// The body as text.
    pub body: String,
    /// The form that was sent to get this page, for redirects that repeat it.
    pub(super) sent: Option<String>,
}

/// A form with the values that it sends unless they are edited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// Where it is sent to, as an absolute URL.
    pub action: String,
    /// `GET` or `POST`.
    pub method: String,
    /// Names and values in their order.
    pub fields: Vec<(String, String)>,
}

impl Form {
    /// The first value of a field.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    /// Sets a field in place, or adds it at the end.
    pub fn set(&mut self, name: &str, value: &str) {
        match self.fields.iter_mut().find(|(field, _)| field == name) {
            Some((_, old)) => value.clone_into(old),
            None => self.fields.push((name.to_owned(), value.to_owned())),
        }
    }
}

impl Page {
    /// A header's first value, if it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        std::str::from_utf8(self.headers.get(name)?.as_bytes()).ok()
    }

    /// The page's title.
    pub fn title(&self) -> String {
        let title = self
            .body
            .split_once("<title>")
            .and_then(|(_, rest)| rest.split_once("</title>"))
            .map_or("", |(title, _)| title);
        title.trim().to_owned()
    }

    /// The first form of the page.
    pub fn form(&self) -> Option<Form> {
        self.forms().into_iter().next()
    }

    /// The first form of the page whose field has this initial value.
    pub fn form_with(&self, field: &str, value: &str) -> Option<Form> {
        self.forms().into_iter().find(|form| form.field(field) == Some(value))
    }

    /// Every form of the page.
    pub fn forms(&self) -> Vec<Form> {
        let mut tags = Tags { rest: &self.body };
        std::iter::from_fn(|| {
            tags.by_ref()
                .find(|tag| tag.name == "form")
                .map(|form| self.read_form(&form, &mut tags))
        })
        .flatten()
        .collect()
    }

    fn read_form(&self, form: &Tag<'_>, tags: &mut Tags<'_>) -> Option<Form> {
        let fields =
            tags.take_while(|tag| tag.name != "/form").filter_map(|tag| tag.field()).collect();
        // An empty action means the page itself.
        let action = form
            .attribute("action")
            .filter(|action| !action.is_empty())
            .unwrap_or_else(|| self.url.clone());
        let action = Url::parse(&self.url).ok()?.join(&action).ok()?;
        let method = form.attribute("method").unwrap_or_default().to_ascii_uppercase();
        Some(Form {
            action: action.into(),
            method: if method == "POST" { method } else { "GET".to_owned() },
            fields,
        })
    }

    /// The `Origin` header of the page's forms (Fetch, 3.2).
    pub(super) fn origin(&self) -> String {
        let is_omitted = self.header("referrer-policy") == Some("no-referrer");
        Url::parse(&self.url)
            .ok()
            .filter(|_| !is_omitted)
            .map_or_else(|| "null".to_owned(), |url| url.origin().ascii_serialization())
    }

    pub(super) fn no_form(&self) -> BrowserError {
        let mut text = String::new();
        let mut inside = false;
        for character in self.body.chars() {
            match character {
                '<' => inside = true,
                '>' => inside = false,
                _ if !inside => text.push(character),
                _ => {}
            }
        }
        let text = text.split_whitespace().take(60).collect::<Vec<_>>().join(" ");
        BrowserError::NoForm { url: self.url.clone(), status: self.status, text }
    }
}

/// A tag of the page with its undecoded attributes.
struct Tag<'a> {
    name: String,
    attributes: Vec<(String, &'a str)>,
}

impl Tag<'_> {
    fn attribute(&self, name: &str) -> Option<String> {
        self.attributes
            .iter()
            .find(|(attribute, _)| attribute == name)
            .map(|(_, value)| decode(value))
    }

    /// What an unedited input sends.
    fn field(&self) -> Option<(String, String)> {
        if self.name != "input" {
            return None;
        }
        let kind = self.attribute("type").unwrap_or_default().to_ascii_lowercase();
        let is_unsent = match kind.as_str() {
            "submit" | "button" | "image" | "reset" | "file" => true,
            "checkbox" | "radio" => self.attribute("checked").is_none(),
            _ => self.attribute("disabled").is_some(),
        };
        let name = self.attribute("name").filter(|name| !is_unsent && !name.is_empty())?;
        Some((name, self.attribute("value").unwrap_or_default()))
    }
}

/// The tags of a page in order; comments and scripts are skipped.
struct Tags<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Tags<'a> {
    type Item = Tag<'a>;

    fn next(&mut self) -> Option<Tag<'a>> {
        loop {
            let start = self.rest.find('<')?;
            self.rest = &self.rest[start + 1..];
            if let Some(comment) = self.rest.strip_prefix("!--") {
                self.rest = &comment[comment.find("-->")? + 3..];
                continue;
            }
            // A slash starts the name of an end tag, and ends any other name.
            let slash = usize::from(self.rest.starts_with('/'));
            let end = slash
                + self.rest[slash..].find(|character: char| {
                    character.is_ascii_whitespace() || matches!(character, '>' | '/')
                })?;
            let name = self.rest[..end].to_ascii_lowercase();
            self.rest = &self.rest[end..];
            if name == "script" || name == "style" {
                self.rest = &self.rest[self.rest.find(&format!("</{name}"))?..];
                continue;
            }
            let attributes = self.attributes();
            return Some(Tag { name, attributes });
        }
    }
}

impl<'a> Tags<'a> {
    /// Reads attributes up to the end of the tag.
    fn attributes(&mut self) -> Vec<(String, &'a str)> {
        let mut attributes = Vec::new();
        loop {
            self.rest = self.rest.trim_start_matches(|character: char| {
                character.is_ascii_whitespace() || character == '/'
            });
            if self.rest.is_empty() || self.rest.starts_with('>') {
                return attributes;
            }
            let end = self
                .rest
                .find(|character: char| {
                    character.is_ascii_whitespace() || matches!(character, '=' | '>' | '/')
                })
                .unwrap_or(self.rest.len());
            // Without a minimum of one, a stray equals sign would cause an endless loop.
            let end = end.max(1);
            let name = self.rest[..end].to_ascii_lowercase();
            self.rest = self.rest[end..].trim_start();
            let value = match self.rest.strip_prefix('=') {
                Some(rest) => self.value(rest.trim_start()),
                None => "",
            };
            attributes.push((name, value));
        }
    }

    fn value(&mut self, rest: &'a str) -> &'a str {
        let quote = rest.chars().next().filter(|first| matches!(first, '"' | '\''));
        let (value, after) = match quote {
            Some(quote) => rest[1..].split_once(quote).unwrap_or((&rest[1..], "")),
            None => {
                let end = rest
                    .find(|character: char| character.is_ascii_whitespace() || character == '>')
                    .unwrap_or(rest.len());
                rest.split_at(end)
            }
        };
        self.rest = after;
        value
    }
}

/// Decodes character references.
fn decode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('&') {
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        let reference = rest
            .find(';')
            .filter(|end| *end <= 10)
            .and_then(|end| Some((referred(&rest[1..end])?, end + 1)));
        let (character, length) = reference.unwrap_or(('&', 1));
        out.push(character);
        rest = &rest[length..];
    }
    out.push_str(rest);
    out
}

fn referred(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some('\u{a0}'),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(body: &str) -> Page {
        Page {
            url: "http://lms.example/a/b?c=d".to_owned(),
            status: 200,
            headers: HeaderMap::new(),
            body: body.to_owned(),
            sent: None,
        }
    }

    #[test]
    fn forms_are_read_like_in_a_browser() {
        let form = page(
            r#"<!-- <form action="/no"> --><script>"<form>"</script><FORM METHOD = post action='../x?a=1&amp;b=2'>
               <input type=hidden name=plain value=word><input type="hidden" name="odd" value="&lt;a&gt; &amp;amp; &quot;&#39;&#x27;&apos; &unknown; &">
               <input name=empty><input type=checkbox name=no value=1><input type=checkbox name=yes value=1 checked><input type=submit name=go value=Go>
               <input/name="slash"/value="/"/></form><input name=outside>"#,
        )
        .form()
        .unwrap();
        assert_eq!(
            (form.action.as_str(), form.method.as_str()),
            ("http://lms.example/x?a=1&b=2", "POST")
        );
        let expected = [
            ("plain", "word"),
            ("odd", "<a> &amp; \"''' &unknown; &"),
            ("empty", ""),
            ("yes", "1"),
            ("slash", "/"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(form.fields, expected);
    }

    #[test]
    fn pages_without_a_form_are_reported() {
        assert_eq!(page("<p>a form</p>").form(), None);
        assert_eq!(page("<form").form(), None);
        assert_eq!(
            page("<h1>Not  good</h1>\n<p>at all</p>").no_form().to_string(),
            "http://lms.example/a/b?c=d returned status 200 and no form: Not good at all"
        );
        let form = page("<form>").form().unwrap();
        assert_eq!(
            (form.action.as_str(), form.method.as_str()),
            ("http://lms.example/a/b?c=d", "GET")
        );
    }
}
