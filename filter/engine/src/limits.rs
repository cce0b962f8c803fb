//! Every bound of the engine, with its unit and what happens when it is exceeded.
//!
//! Not a place for tuning speed: a bound is here because input from outside could otherwise cost
//! unbounded memory or work. All are deterministic counts, never wall-clock.

/// Bytes of one request body. More: HTTP 413. All real MCP servers cap at the same 4 MiB
/// (`mcp-wire.md` section 9).
pub const BODY_BYTES: usize = 4 * 1024 * 1024;

/// Bytes of one response body that is not an event stream. More: the answer is replaced by an error.
/// As much as a request may have.
pub const RESPONSE_BYTES: usize = 4 * 1024 * 1024;

/// Bytes of one event of an event stream, with all its lines. More: the stream ends with an error.
/// A message in an event may be as large as one in a body of its own.
pub const EVENT_BYTES: usize = 4 * 1024 * 1024;

/// Nested containers of one JSON text; the outermost is level 1. More: HTTP 400.
pub const JSON_DEPTH: usize = 64;

/// Values (members, elements and scalars) of one JSON text. More: HTTP 400.
pub const JSON_VALUES: usize = 1_000_000;

/// Characters of one number literal. More: HTTP 400.
pub const NUMBER_CHARS: usize = 4_096;

/// Bytes of one decision header's value. More is cut: headers are a courtesy, the record is whole.
pub const HEADER_TEXT_BYTES: usize = 512;

/// Characters of the identity of a filter VM. Longer: the control plane refuses the stream and
/// its records.
pub const VM_ID_CHARS: usize = 128;

/// Bytes of a JSON-RPC id: of its text, or of its digits. More: HTTP 400. Ids are kept while a call
/// is open and written into records; real ones are counters and UUIDs.
pub const ID_BYTES: usize = 1_024;

/// Bytes of a JSON-RPC method name. More: HTTP 400.
pub const METHOD_BYTES: usize = 256;

/// Messages of one batch, where batches are accepted. More: HTTP 400. As many as one session keeps
/// open ([`SESSION_REQUESTS`]).
pub const BATCH_MESSAGES: usize = SESSION_REQUESTS;

/// Bytes of one policy file. More: the file is refused.
pub const POLICY_FILE_BYTES: usize = 1024 * 1024;

/// Values of one policy file with its aliases unfolded. More: the file is refused.
pub const YAML_NODES: usize = 100_000;

/// Nested levels of one policy file with its aliases unfolded. More: the file is refused.
pub const YAML_DEPTH: usize = 64;

/// Bytes of a bundle's wire form. More: the bundle is refused, the one before it stays.
pub const BUNDLE_BYTES: usize = 4 * 1024 * 1024;

/// Policies of one bundle. More: the bundle is refused.
pub const BUNDLE_POLICIES: usize = 2_000;

/// Patterns of one bundle, over all its policies. More: the bundle is refused.
pub const BUNDLE_PATTERNS: usize = 4_000;

/// Conditions of one policy, those inside groups counted. More: the policy is refused.
pub const POLICY_CONDITIONS: usize = 256;

/// Nested `any_of` and `none_of` groups. More: the policy is refused.
pub const GROUP_DEPTH: usize = 8;

/// Nested containers of one policy document. More: the document is refused.
pub const DOCUMENT_DEPTH: usize = 48;

/// Names that one tool-to-verb mapping of a bundle may hold. More: the bundle is refused.
pub const ACTION_VERB_TOOLS: usize = 20_000;

/// Bytes of argument text (and values looked at, one each) that judging one call may examine.
/// More: the call is blocked with `budget_exceeded`.
pub const JUDGED_BYTES: usize = 2 * BODY_BYTES;

/// Bytes of text inside strings that are read for one call and the calls inside it, strings in
/// strings again. More: the call is blocked with `budget_exceeded`. Twice what the largest body can
/// hold.
pub const INSIDE_BYTES: usize = 2 * BODY_BYTES;

/// Values of one call, of the calls inside it and of what their strings hold that are looked through
/// for such strings. More: the call is blocked with `budget_exceeded`. Twice as many as a body may
/// have.
pub const INSIDE_VALUES: usize = 2 * JSON_VALUES;

/// Strings in strings that are read for one call. More: the call is blocked with `budget_exceeded`.
/// Real callers escape JSON once, at most twice.
pub const INSIDE_LEVELS: usize = 8;

/// [`JUDGED_BYTES`] of the further readings of a call whose strings hold JSON, all together: there,
/// every text is looked at as a string and as what it holds. They may cost [`PATTERN_WORK`] twice.
pub const INSIDE_JUDGED_BYTES: usize = 4 * JUDGED_BYTES;

/// Meta-tools of one bundle. More: the bundle is refused.
pub const META_TOOLS: usize = 256;

/// How deep calls inside calls are unwrapped. Deeper: the call is blocked with
/// `meta_tool_unreadable`.
pub const META_TOOL_LEVELS: usize = 4;

/// Calls inside one call that are judged, over all its readings. More: the call is blocked with
/// `meta_tool_unreadable`.
pub const META_TOOL_CALLS: usize = 8;

/// Characters of an intent's `purpose`. More: the intent is malformed, the call is blocked.
pub const INTENT_PURPOSE_CHARS: usize = 1_024;

/// Characters one `${...}` placeholder may put into a reason. More: cut.
pub const REASON_VALUE_CHARS: usize = 200;

/// Characters of a whole reason once its placeholders are filled in. More: cut.
pub const REASON_CHARS: usize = 2_000;

/// Characters of one value shown by an explanation. More: cut.
pub const EXPLAINED_VALUE_CHARS: usize = 120;

/// Values one condition's explanation shows. More: left out.
pub const EXPLAINED_VALUES: usize = 8;

/// Bytes of one pattern as written. More: the policy is refused at load.
pub const PATTERN_BYTES: usize = 4_096;

/// Nested groups and sets of one pattern. More: the policy is refused at load.
pub const PATTERN_DEPTH: u32 = 64;

/// Bytes one compiled pattern may take. More: the policy is refused at load.
pub const PATTERN_COMPILED_BYTES: usize = 8 * 1024 * 1024;

/// Bytes one compiled set of patterns may take. More: the set is split and searched in parts.
pub const PATTERN_SET_BYTES: usize = 16 * 1024 * 1024;

/// Repetition counts up to this are searched for exactly in the one pass over all patterns. Larger
/// ones, and smaller ones that could run several times at once, are searched for loosely there and
/// confirmed one by one: an automaton that counts for several beginnings at once can need a new
/// state at every byte.
pub const PATTERN_SCAN_COUNT: u32 = 256;

/// Work that confirming finds of patterns in one call may cost: bytes of text times places of the
/// pattern a search of it can be at once (measured: at most 25 ns each on a server core, 50 ms in
/// all, about twice that in wasm). More: the call is blocked with `budget_exceeded`.
pub const PATTERN_WORK: u64 = 2_000_000;

/// Bytes one search may use to remember automaton states. When they are used up the states are
/// dropped and built again: slower, same answer.
pub const PATTERN_CACHE_BYTES: usize = 2 * 1024 * 1024;

/// Characters of one case-insensitive stretch in which multi-character foldings overlap
/// (`ssss` has three places for an `ß`). More: the policy is refused at load.
pub const PATTERN_FOLD_CHARS: usize = 24;

/// Ways to write one such stretch. More: the policy is refused at load.
pub const PATTERN_FOLD_WAYS: usize = 128;

/// Bytes of one audit record. Longer: the ledger refuses it.
pub const RECORD_BYTES: usize = 1024 * 1024;

/// Bytes of one request's records that are mirrored for Envoy's access log, its first record aside.
/// More: the later ones go to the ledger only.
pub const MIRROR_BYTES: usize = 256 * 1024;

/// Characters of a scope's name. Longer: the ledger refuses the record.
pub const SCOPE_CHARS: usize = 256;

/// Filter VMs subscribed to one control plane. More: further ones are refused and ask again.
pub const SUBSCRIBERS: usize = 10_000;

/// Bytes of one submission of audit records. More: the control plane refuses it.
pub const SUBMISSION_BYTES: usize = 8 * 1024 * 1024;

/// Records in one submission. More: the control plane refuses it.
pub const SUBMISSION_RECORDS: usize = 5_000;

/// Bytes of a record nobody can read that the ledger keeps as evidence. Longer: cut; its digest and
/// its length are kept too.
pub const EVIDENCE_BYTES: usize = 4 * 1024;

/// Steps by which a control plane that has lost its numbers goes up at once to pass a filter that
/// runs a newer bundle. Further: it warns and stays, so that no filter can use the numbers up.
pub const VERSION_RAISE: u64 = 1_000_000;

/// Characters of a refusal's reason the control plane keeps. Longer: cut.
pub const NACK_REASON_CHARS: usize = 2_000;

/// Bytes of a call's texts that are searched together for a quick no. More: each text is searched
/// by itself, with the same answer.
pub const JOINED_BYTES: usize = 64 * 1024;

/// Cells that sessions and tasks are spread over. Shared data cannot be deleted, so their number is
/// fixed.
pub const SESSION_CELLS: usize = 1_024;

/// Sessions and tasks of one cell. More: the one idle longest is forgotten, as if it had expired.
pub const SESSION_CELL_ENTRIES: usize = 32;

/// Bytes of one cell. More: the one idle longest is forgotten, as if it had expired.
pub const SESSION_CELL_BYTES: usize = 64 * 1024;

/// Requests of a client, and requests of a server, that one session keeps open beyond their own
/// stream. More: the client's oldest is forgotten, so its late answer is dropped; the server's
/// newest is refused.
pub const SESSION_REQUESTS: usize = 64;

/// Bytes of a tool's name that is kept for an answer on another stream. Longer: such an answer is
/// dropped.
pub const SESSION_NAME_BYTES: usize = 512;

/// Milliseconds after which a session or task that is not used is forgotten: 24 hours.
pub const SESSION_IDLE_MS: i64 = 24 * 60 * 60 * 1000;

/// Times a cell is read again because another worker wrote it in between. More: what needed the
/// cell fails closed.
pub const SESSION_TRIES: usize = 32;

/// Bytes of text (and values looked at, one each) that judging and redacting one answer may examine.
/// Texts inside texts and every search of a text count again. More: the answer is blocked with
/// `budget_exceeded`. Eight times the largest body: a clean answer of that size with JSON inside
/// needs about five.
pub const ANSWER_JUDGED_BYTES: usize = 32 * 1024 * 1024;

/// [`PATTERN_WORK`] of one answer: there, a pattern may be found often, and every find is confirmed.
/// More: the answer is blocked with `budget_exceeded`.
pub const ANSWER_PATTERN_WORK: u64 = 20_000_000;

/// Bytes of an event stream that are read at once. What they hold is judged and written again before
/// the next slice is read.
pub const EVENT_SLICE_BYTES: usize = 32 * 1024;

/// Bytes of a tool's name. More: its definition is refused, so the tool is kept from the client.
pub const TOOL_NAME_BYTES: usize = 512;

/// Canonical bytes of one tool's definition. More: it is refused, so the tool is kept from the
/// client. Real ones have a few kilobytes.
pub const DEFINITION_BYTES: usize = 256 * 1024;

/// Flags one definition is given. More: left out; any one of them is enough.
pub const DEFINITION_FLAGS: usize = 16;

/// Characters of a flag's place. Longer: cut.
pub const FLAG_PLACE_CHARS: usize = 200;

/// Bytes of a pins file, which holds whole definitions. More: the file is refused.
pub const PINS_FILE_BYTES: usize = 16 * 1024 * 1024;

/// Tools one bundle may pin. More: the bundle is refused.
pub const PINNED_TOOLS: usize = 10_000;

/// Names of pinned tools that the unpinned ones of one list are compared with, one by one. More:
/// names that differ by a slip of the pen are not looked for any more; those that look the same are.
pub const NAME_COMPARISONS: usize = 1_000_000;

/// Tools of one list whose definitions are judged. More: the rest is kept from the client.
pub const LISTED_TOOLS: usize = 512;

/// Cells that the definitions of one upstream's tools are spread over.
pub const DEFINITION_CELLS: usize = 16;

/// Tools of one such cell, about 100 bytes each. More: tools that are not in it are not known, so
/// they are kept from clients.
pub const DEFINITION_CELL_TOOLS: usize = 256;

/// Times such a cell is read again because another worker wrote it in between. More: the tool is
/// kept from the client.
pub const DEFINITION_TRIES: usize = 32;

/// Texts inside texts that are looked into: JSON in a string, escapes of escapes, base64 of base64.
/// More: the answer is blocked with `budget_exceeded`.
pub const ANSWER_TEXT_DEPTH: usize = 8;

/// Characters of base64 that can hide something worth finding. Fewer are not decoded.
pub const BASE64_RUN_CHARS: usize = 16;

/// Bytes of readable text in decoded base64 that are looked at. Fewer cannot hold a secret, and
/// decoding what is no base64 gives many such.
pub const BASE64_TEXT_BYTES: usize = 8;

/// Redactions of one policy. More: the policy is refused.
pub const POLICY_REDACTIONS: usize = 64;

/// Characters of the name in a placeholder. More: the policy is refused.
pub const REDACTION_NAME_CHARS: usize = 32;

/// Bytes up to which the finds of a pattern are searched for overlapping ones. Finds of a pattern
/// that can be longer follow one another.
pub const REDACTION_OVERLAP_BYTES: usize = 512;

/// Times a text is searched again after a replacement, until nothing more is found. More: the answer
/// is blocked with `budget_exceeded`.
pub const REDACTION_ROUNDS: usize = 16;

/// Rows for tools of one trust document. More: the document is refused.
pub const TRUST_ROWS: usize = 10_000;

/// Arguments, and fields of results, that one row of a trust document may name. More: the document
/// is refused.
pub const TRUST_ROW_PLACES: usize = 256;

/// Values, and secrets, that one trust document may list. More: the document is refused. Every value
/// of a call is held against each.
pub const TRUST_VALUES: usize = 1_000;

/// Bytes of one value, secret or name of a trust document. More: the document is refused.
pub const TRUST_TEXT_BYTES: usize = 1_024;

/// Values of one call that are looked up one by one. More: the rest is judged as one value seen
/// nowhere, so the call asks.
pub const JUDGED_VALUES: usize = 1_024;

/// Levels of JSON in strings that are opened while values are looked up. More: what is inside is
/// judged as text only.
pub const JUDGED_LEVELS: usize = 4;

/// Parts one value is taken apart into: a list of addresses in one string. More: it is judged as a
/// whole.
pub const JUDGED_PARTS: usize = 64;

/// Reasons the flow stage gives for one call. More: left out; the verdict is that of all.
pub const FLOW_REASONS: usize = 32;

/// Times a policy is held against an entry of one list, to see whether the caller may see it. More:
/// the list is withheld with `budget_exceeded`. A list of 1,000 tools under all of
/// [`BUNDLE_POLICIES`] stays within it.
pub const LIST_JUDGEMENTS: usize = 4_000_000;

/// Things one result asks the client for, and answers one request brings back. More: the result is
/// withheld, the request refused, with `budget_exceeded`. Each is judged like a message of its own.
pub const INPUTS: usize = 64;

/// Conversations that one query to the control plane is about. The exchange never asks about more:
/// a request belongs to at most two. The control plane refuses more.
pub const TRUST_QUERY_KEYS: usize = 4;

/// Hexadecimal digits of the key under which the state of a conversation is kept. Another number:
/// the control plane refuses the request.
pub const STATE_KEY_CHARS: usize = 32;

/// Bytes of one request or answer of the service that keeps states: [`TRUST_QUERY_KEYS`] of the longest
/// states and what goes around them. More: the control plane refuses it.
pub const STATE_MESSAGE_BYTES: usize = 512 * 1024;

/// Milliseconds an exchange waits for the control plane to answer for a conversation, at the most. A
/// longer setting: the configuration is refused.
pub const STATE_TIMEOUT_MS: u64 = 10_000;

/// Conversations whose state the control plane keeps. More: the one idle for the longest becomes a
/// forgotten one.
pub const STATES: usize = 100_000;

/// Forgotten conversations the control plane remembers to have known. More: a conversation it has
/// never seen is refused, so that none is taken for new that is not.
pub const STATES_FORGOTTEN: usize = 2_000_000;

/// Hours after the last question or merge until the control plane forgets a state.
pub const STATE_IDLE_HOURS: i64 = 24;

/// Days the control plane remembers that it has forgotten a conversation. After that it is one never
/// seen.
pub const STATE_FORGOTTEN_DAYS: i64 = 30;

/// Bytes of the state of one conversation. Its stores are bounded so that it never has more.
pub const CONVERSATION_BYTES: usize = 64 * 1024;

/// Bytes of the id and of each name of a result that is kept as the source of values. Longer: cut.
pub const SOURCE_TEXT_BYTES: usize = 64;

/// Bytes of what is kept of the arguments of a call until its answer comes. More: nothing in its
/// answer is an identifier.
pub const ECHO_BYTES: usize = 5 * ECHO_ELEMENTS + 8;

/// Sources that are named for one value. More: left out.
pub const FOUND_SOURCES: usize = 8;

/// Letters and digits of the shortest secret that is looked for. Shorter ones are left out: they
/// would be found anywhere.
pub const SECRET_CHARS: usize = 5;

/// Addresses and numbers that are looked up in one content. More: one that is unknown stands for the
/// rest.
pub const CONTENT_ENTITIES: usize = 64;

/// Cells that keep the state of conversations in one proxy. There are no more: a conversation has
/// its place in one of them.
pub const TRUST_CELLS: usize = 1_024;

/// Bytes of one such cell: two conversations of the greatest length fit. More: the conversations
/// that were longest idle go, and whoever may have been one of them is taken for tainted. All cells
/// together stay within 130 MiB.
pub const TRUST_CELL_BYTES: usize = 2 * CONVERSATION_BYTES + 2 * 1024;

/// Conversations of one cell. More: as above.
pub const TRUST_CELL_ENTRIES: usize = 16;

/// Milliseconds that a conversation is kept without being used. After that it is gone, and one that
/// may have been it is taken for tainted.
pub const TRUST_IDLE_MS: i64 = 24 * 60 * 60 * 1_000;

/// Times a change of a cell is tried against other workers. More: the change counts as not kept.
pub const TRUST_TRIES: usize = 32;

/// Least bytes of a master secret. Fewer: the configuration is refused.
pub const MASTER_KEY_BYTES: usize = 32;

/// Bytes of the id of a key. More: the configuration is refused.
pub const KEY_ID_BYTES: usize = 64;

/// Bytes of one signed token. More: it is refused. The largest prompt fits, whatever is beyond ASCII
/// escaped, in base64.
pub const TOKEN_BYTES: usize = 96 * 1024;

/// Tokens that one message carries under one key. More: all of them are refused.
pub const CARRIED_TOKENS: usize = 32;

/// Bytes of a prompt inside a token. More: the token is refused.
pub const PROMPT_BYTES: usize = 16 * 1024;

/// Bytes of a value an approval releases. More: the token is refused.
pub const ENDORSED_BYTES: usize = 4 * 1024;

/// Bytes of one name inside a token: issuer, audience, caller, conversation, tool and the like. More:
/// the token is refused.
pub const TOKEN_NAME_BYTES: usize = 1_024;

/// Readers a label names. More: a label minted names nobody, one read is refused.
pub const LABEL_READERS: usize = 64;

/// Actions one delegation names, and values of its constraints. More: the token is refused.
pub const DELEGATED_ACTIONS: usize = 1_024;

/// Seconds from issue to expiry of a token at most. More: the token is refused.
pub const TOKEN_SECONDS: i64 = 7 * 24 * 60 * 60;

/// Seconds that two clocks may differ by: a token counts this long before its issue and after its
/// expiry.
pub const TOKEN_LEEWAY_SECONDS: i64 = 30;

/// Readers of one conversation. More, in one label, count as nobody.
pub const FOLD_READERS: usize = 64;

/// Bytes of the readers of one conversation, all together. More, in one label, count as nobody.
pub const FOLD_READERS_BYTES: usize = 4 * 1024;

/// Scopes whose fingerprints of a trust document's secrets are kept with it. More: those of the others
/// are made for each call anew.
pub const REGISTERED_KEYS: usize = 64;

/// Anomalies that are remembered of one conversation, and the most a trust step may ask for. More
/// are not counted.
pub const FOLD_ANOMALIES: usize = 64;

/// Bytes of the user's name that a conversation keeps. Longer: cut.
pub const FOLD_PRINCIPAL_BYTES: usize = 256;

/// Bytes of one encoded fold at the most: its readers, anomalies and user, and less than 512 bytes
/// for the rest and their lengths. More: it is not one.
pub const FOLD_BYTES: usize =
    FOLD_READERS_BYTES + 2 * FOLD_READERS + 8 * FOLD_ANOMALIES + FOLD_PRINCIPAL_BYTES + 512;

/// Milliseconds that the clocks of two proxies, or of a proxy and who signs labels, may differ by.
/// Content from further in the future counts as infinitely old.
pub const CLOCK_SKEW_MS: i64 = 30_000;

/// Requirements of all scopes of one bundle. More: the bundle is refused.
pub const FLOOR_REQUIREMENTS: usize = 10_000;

/// Scopes of requirements of one bundle. More: the bundle is refused.
pub const FLOOR_SCOPES: usize = 64;

/// Trust steps of one bundle. More: the bundle is refused.
pub const TRUST_STEPS: usize = 64;

/// Segments of one manifest of the reference, and tags or parents of one of its envelopes. More: it
/// is refused.
pub const REFERENCE_SEGMENTS: usize = 256;

/// Bytes of what is kept of the arguments of a call whose answer may come on another stream. More:
/// nothing in such an answer is an identifier.
pub const SESSION_ECHO_BYTES: usize = 512;

/// Words and signs of a value that is looked for in text. More: it is unknown.
pub const VALUE_ELEMENTS: usize = 128;

/// Encodings in encodings that are looked into. More: what is inside is not seen, so it is unknown.
pub const VIEW_DEPTH: usize = 4;

/// Bytes that one text may decode to, or four times its own length if that is more. More: the rest is
/// not seen, so values in it are unknown, and content that leaves counts as hiding something.
pub const VIEW_BYTES: usize = 64 * 1024;

/// Characters of the longest value of a result that can be an identifier (`taint-flow.md` section 3).
/// Longer: free text.
pub const LEAF_CHARS: usize = 64;

/// Words of the longest value of a result that can be an identifier (`taint-flow.md` section 3). More:
/// free text.
pub const LEAF_WORDS: usize = 6;

/// Nested values of a result that are walked. Deeper: one text.
pub const RESULT_DEPTH: usize = JSON_DEPTH;

/// Whole values of results that a conversation remembers. More: those of the lowest level go first,
/// of these the oldest, and they are unknown.
pub const CONVERSATION_VALUES: usize = 1_024;

/// Whole values of one result that are looked at to be remembered. More: they are unknown.
pub const RESULT_VALUES: usize = 4 * CONVERSATION_VALUES;

/// Results that a conversation remembers as sources. More: reasons do not name the oldest.
pub const CONVERSATION_SOURCES: usize = 48;

/// Words and signs of free text that a conversation remembers. More: the oldest text goes first, and
/// values in it are unknown.
pub const CONVERSATION_TEXT: usize = 2_048;

/// Words and signs of one text that are kept together. Longer texts are kept in pieces.
pub const TEXT_PIECE: usize = 256;

/// Words and signs that two pieces of a text have in common: a value this long is found across them.
pub const TEXT_OVERLAP: usize = 16;

/// Words and signs of what the user said that a conversation remembers. More: what was said first
/// goes first, and is unknown.
pub const CONVERSATION_PROMPTS: usize = 1_024;

/// Addresses and numbers of one text of the user that are remembered in normal form. More: the rest
/// counts as it was written.
pub const PROMPT_ENTITIES: usize = 32;

/// Pairs of words of text that looked like instructions. More: any content may repeat such text, so
/// it asks.
pub const CONVERSATION_FLAGS: usize = 768;

/// Secrets that a conversation remembers. More: any text may hold one, so it asks.
pub const CONVERSATION_SECRETS: usize = 256;

/// Letters and digits of the longest secret that is looked for as a whole. Longer ones are looked for
/// in pieces of [`SECRET_PIECE`].
pub const SECRET_WHOLE: usize = 64;

/// Letters and digits of the pieces of a long secret.
pub const SECRET_PIECE: usize = 32;

/// Times that a text is compared with a secret after its first characters agreed. More: it counts as
/// holding one.
pub const SECRET_COMPARISONS: usize = 65_536;

/// Endorsements that a conversation remembers. More: those that expire first go first.
pub const CONVERSATION_ENDORSEMENTS: usize = 64;

/// Words and signs of arguments that are kept until their answer comes. More: nothing in the answer
/// is an identifier.
pub const ECHO_ELEMENTS: usize = 2_048;

/// Letters of two words in a row that are kept to notice copies (`taint-flow.md` section 5). Shorter
/// ones are chance.
pub const COPY_CHARS: usize = 8;

/// Words of content that is noticed to be untrusted text word for word. Fewer are names and topics.
pub const REPEATED_WORDS: usize = 3;

/// Letters of a word that is a copy by itself if it is all there is in a text. Shorter ones are words
/// of a language.
pub const COPY_WORD_ALONE_CHARS: usize = 16;

/// Letters of the shortest word that counts in a copy that is part of longer content. Shorter ones
/// are in any text.
pub const COPY_WORD_CHARS: usize = 4;
