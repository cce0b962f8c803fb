//! Trust in one exchange: whose words count, what the conversation has seen before, what follows for
//! a call, and what an answer leaves behind.
//!
//! Not the rules: those are [`crate::taint`]'s. This is only the order of things, what travels how,
//! and where state is kept. Without a trust document in the bundle none of it happens.

mod cell;
