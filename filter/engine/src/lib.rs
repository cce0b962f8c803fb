//! The Tessera engine: judges MCP messages. Same input, same verdict, with a reason.
//!
//! It is not a proxy and not a service: it has no I/O, no clock and no randomness. Bytes, instants
//! and settings are handed in; steps, decisions and records come out. The same code runs inside
//! Envoy (wasm), in the `tessera` command line and in the tests.
//!
//! The order of the modules is the order of dependence; none imports one below it:
//!
//! | module | what it knows |
//! |---|---|
//! | [`limits`], [`time`], [`digest`] | every bound; instants; SHA-256 |
//! | [`json`] | strict JSON: one reading of a body, or none |
//! | [`mcp`] | MCP on the wire: messages of both eras, headers, local answers |
//! | [`glob`], [`pattern`] | names with wildcards; regular expressions in linear time |
//! | [`scan`] | what is suspicious in a tool's definition: hidden characters, names, wording |
//! | [`taint`] | where content came from, and what may therefore follow from it |
//! | [`policy`] | what is allowed: documents, bundles, decisions |
//! | [`audit`] | what was decided, provably: records and chains |
//! | [`exchange`] | one HTTP exchange, phase by phase |

pub mod audit;
pub mod digest;
pub mod exchange;
pub mod glob;
pub mod json;
pub mod limits;
pub mod mcp;
pub mod pattern;
pub mod policy;
pub mod scan;
pub mod taint;
pub mod time;
