//! The request that starts a login at the tool.

/// The request that sends the browser to the tool's login (Security Framework 1.0, 5.1.1.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LoginRequest {
    /// Whether the browser gets the URL with a query instead of posting a form.
    pub(super) by_get: bool,
    /// The parameters in their order.
    pub(super) fields: Vec<(String, String)>,
}

impl LoginRequest {
    /// The first value of a parameter.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    /// Sets a parameter in place, or adds it at the end.
    pub(super) fn set(&mut self, name: &str, value: impl Into<String>) {
        match self.fields.iter_mut().find(|(field, _)| field == name) {
            Some((_, old)) => *old = value.into(),
            None => self.add(name, value),
        }
    }

    /// Adds a parameter at the end, even if it is set already.
    pub(super) fn add(&mut self, name: &str, value: impl Into<String>) {
        self.fields.push((name.to_owned(), value.into()));
    }

    /// Removes a parameter.
    pub(super) fn remove(&mut self, name: &str) {
        self.fields.retain(|(field, _)| field != name);
    }
}
