//! Strict JSON (RFC 8259, UTF-8): a body has one reading, or it is refused.
//!
//! It is not serde_json: two readers of one body may disagree about duplicate keys, lone
//! surrogates, byte order marks, huge numbers and depth, and an attacker lives in the difference
//! (`mcp-wire.md` section 9). This parser refuses all of them, keeps every number as it was
//! written, and says where it stopped and why.

mod number;
mod parse;
mod text;
mod value;

pub use number::Number;
pub use parse::{ParseError, ParseErrorKind, parse, parse_tolerant, parse_with_depth};
pub use text::{ascii_escaped_len, canonical, jcs, to_text};
pub(crate) use text::{push_canonical, push_string};
pub use value::{Object, Value};

#[cfg(all(test, not(target_family = "wasm")))]
mod properties;
