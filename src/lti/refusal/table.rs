//! The macro that declares refusals as a table.

/// Declares an enum of refusals and everything about each of them. A row contains the evidence
/// (with a sample of each value), the code, the title, who has to act, the HTTP status, the
/// sentence for the person who launched, and the cause.
///
/// `evidence` names the function that turns a placeholder into a sample. With `extends`, the enum
/// has another one as its variant `Protocol`; with `fixed by`, each row has a fix, too, which may
/// use the name of the registration, or its type's placeholder, and a function returns the fixes of
/// `Protocol`.
macro_rules! refusals {
    (
        $(#[$meta:meta])*
        pub enum $Refusal:ident, evidence $evidence:ident
        $(, extends $Protocol:ty, fixed by $protocol_fix:ident for $registration:ident: $Name:ty)?;
        $(
            $Variant:ident $({
                $( $(#[$field_meta:meta])* $field:ident: $type:ty = $sample:expr, )+
            })? => {
                code: $code:expr,
                title: $title:literal,
                actor: $actor:expr,
                status: $status:literal,
                sentence: $sentence:expr,
                cause: $cause:expr,
                $(fix: $fix:expr,)?
            }
        )+
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum $Refusal {
            $(
                #[doc = "The launch breaks the protocol."]
                Protocol($Protocol),
            )?
            $(
                #[doc = concat!($title, ".")]
                $Variant $({ $( $(#[$field_meta])* $field: $type, )+ })?,
            )+
        }

        impl $Refusal {
            /// The stable code, for the launch log and scripts.
            pub fn code(&self) -> String {
                match self {
                    $( Self::Protocol(refusal) => <$Protocol>::code(refusal), )?
                    $( Self::$Variant { $($($field,)+)? } => {
                        $($(let _ = $field;)+)?
                        $code.into()
                    } )+
                }
            }

            /// A short title.
            pub fn title(&self) -> &'static str {
                match self {
                    $( Self::Protocol(refusal) => <$Protocol>::title(refusal), )?
                    $( Self::$Variant { .. } => $title, )+
                }
            }

            /// Who has to act.
            pub fn actor(&self) -> $crate::lti::Actor {
                match self {
                    $( Self::Protocol(refusal) => <$Protocol>::actor(refusal), )?
                    $( Self::$Variant { $($($field,)+)? } => {
                        $($(let _ = $field;)+)?
                        $actor
                    } )+
                }
            }

            /// The HTTP status of the error page.
            pub fn http_status(&self) -> u16 {
                match self {
                    $( Self::Protocol(refusal) => <$Protocol>::http_status(refusal), )?
                    $( Self::$Variant { .. } => $status, )+
                }
            }

            /// One plain sentence for the person who launched, without values from outside.
            pub fn sentence(&self) -> &'static str {
                match self {
                    $( Self::Protocol(refusal) => <$Protocol>::sentence(refusal), )?
                    $( Self::$Variant { $($($field,)+)? } => {
                        $($(let _ = $field;)+)?
                        $sentence
                    } )+
                }
            }

            /// The cause with all evidence, for the administrators of the tool and the platform.
            pub fn cause(&self) -> String {
                match self {
                    $( Self::Protocol(refusal) => <$Protocol>::cause(refusal), )?
                    $( Self::$Variant { $($($field,)+)? } => {
                        $($(let _ = $field;)+)?
                        $cause.into()
                    } )+
                }
            }

            /// An example of each, in the order of the table. `evidence` turns the name of a
            /// placeholder into a sample value.
            pub fn one_of_each($evidence: impl Fn(&str) -> String) -> Vec<Self> {
                let mut all = Vec::new();
                $( all.extend(<$Protocol>::one_of_each(&$evidence).into_iter().map(Self::Protocol)); )?
                all.extend([$( Self::$Variant { $($($field: $sample,)+)? }, )+]);
                all
            }
        }

        $crate::lti::refusal::refusals! {
            @fix $Refusal, $($protocol_fix, $registration, $Name)?;
            $( $Variant $({ $($field,)+ })? $(=> $fix)?; )+
        }
    };
    (@fix $Refusal:ident, ; $($rest:tt)*) => {};
    (
        @fix $Refusal:ident, $protocol_fix:ident, $registration:ident, $Name:ty;
        $( $Variant:ident $({ $($field:ident,)+ })? => $fix:expr; )+
    ) => {
        impl $Refusal {
            /// How to fix it: the command to run, or the field to change in the learning platform.
            /// `registration` is the name of the registration, if it is known.
            pub fn fix(&self, registration: Option<&$Name>) -> String {
                let placeholder = <$Name>::placeholder();
                let $registration = registration.unwrap_or(&placeholder);
                match self {
                    Self::Protocol(refusal) => $protocol_fix(refusal, $registration),
                    $( Self::$Variant { $($($field,)+)? } => {
                        $($(let _ = $field;)+)?
                        $fix.into()
                    } )+
                }
            }
        }
    };
}
pub(crate) use refusals;
