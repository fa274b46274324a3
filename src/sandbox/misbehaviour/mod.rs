//! Differences from a good launch.
//!
//! Two lists, both offered by the page and by `POST /launch`: a [`Variation`] is one of the
//! certification suite's valid launches, which every tool must accept in the teacher's and the
//! student's form; a [`Misbehaviour`] is something that the platform does wrong or in an unusual
//! way. Almost all misbehaviours must be refused; [`Misbehaviour::is_valid`] is true for those that
//! are allowed. Each is one line in a table (`cases`) with the part that it changes: the login
//! request, the claims, the header, the finished token or the form that transmits it to the tool.

mod apply;
mod cases;
mod effect;
mod tokens;
mod variation;

pub use self::cases::Misbehaviour;
pub(super) use self::effect::Material;
pub use self::variation::Variation;
