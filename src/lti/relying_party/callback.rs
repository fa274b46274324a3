//! The response that the browser brings back from the provider (section 3.1.2.5).

/// Maximum length of a parameter, in bytes.
const MAX_BYTES: usize = 8192;

/// The parameters of a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Callback {
    /// The `state` of the request.
    pub state: String,
    /// The code, or the provider's error.
    pub outcome: Result<String, ProviderError>,
    /// The issuer that the response is from (RFC 9207), if it says so.
    pub issuer: Option<String>,
}

/// The error in a response (RFC 6749, 4.1.2.1). Anyone can have written it: a provider, or a person
/// into the address line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderError {
    /// `error`.
    pub code: String,
    /// `error_description`.
    pub description: Option<String>,
}

/// Why a response cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CallbackProblem {
    /// A parameter that is known occurs twice or is too long.
    #[error("a parameter occurs twice, or is too long")]
    Parameter,
    /// There is no `state`.
    #[error("it has no state")]
    NoState,
    /// There is neither a code nor an error, or both.
    #[error("it has neither a code nor an error, or both")]
    NoCode,
}

impl Callback {
    /// Reads the parameters of a response.
    ///
    /// # Errors
    ///
    /// [`CallbackProblem`].
    pub fn read(parameters: &[(String, String)]) -> Result<Self, CallbackProblem> {
        let one = |name: &str| {
            let mut values = parameters.iter().filter(|(found, _)| found == name);
            match (values.next(), values.next()) {
                (None, _) => Ok(None),
                (Some((_, value)), None) if value.len() <= MAX_BYTES => {
                    Ok(Some(value.clone()).filter(|value| !value.is_empty()))
                }
                _ => Err(CallbackProblem::Parameter),
            }
        };
        let (code, error) = (one("code")?, one("error")?);
        let description = one("error_description")?;
        Ok(Self {
            state: one("state")?.ok_or(CallbackProblem::NoState)?,
            issuer: one("iss")?,
            outcome: match (code, error) {
                (Some(code), None) => Ok(code),
                (None, Some(code)) => Err(ProviderError { code, description }),
                _ => return Err(CallbackProblem::NoCode),
            },
        })
    }

    /// Whether the response may be from the provider with an issuer: it names that one, or none
    /// although the provider is one that does not (RFC 9207, section 2.4).
    pub fn is_from(&self, issuer: &str, names_issuer: bool) -> bool {
        match &self.issuer {
            Some(named) => named == issuer,
            None => !names_issuer,
        }
    }
}
