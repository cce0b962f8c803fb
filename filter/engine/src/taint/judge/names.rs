//! What an argument is, as its name suggests (`taint-flow.md` section 5). A convenience: what names
//! say is guessed, so the lint tells which tools rely on it.

use super::words::words;
use crate::taint::Role;

/// Words that mean power, wherever they stand in a name.
const CREDENTIAL: [&str; 12] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "credential",
    "permission",
    "role",
    "scope",
    "owner",
    "apikey",
    "privilege",
];

/// Two words that together mean power.
const CREDENTIAL_PAIRS: [(&str, &str); 4] = [
    ("api", "key"),
    ("access", "key"),
    ("private", "key"),
    ("signing", "key"),
];

const TARGET: [&str; 50] = [
    "to",
    "cc",
    "bcc",
    "from",
    "recipient",
    "participant",
    "attendee",
    "email",
    "mail",
    "user",
    "username",
    "member",
    "url",
    "uri",
    "link",
    "href",
    "host",
    "hostname",
    "domain",
    "webhook",
    "channel",
    "iban",
    "account",
    "payee",
    "phone",
    "vendor",
    "company",
    "address",
    "endpoint",
    "website",
    "site",
    "destination",
    "receiver",
    "beneficiary",
    "invitee",
    "guest",
    "contact",
    "customer",
    "person",
    "assignee",
    "reviewer",
    "sender",
    "mobile",
    "fax",
    "bic",
    "swift",
    "wallet",
    "handle",
    "mailbox",
    "target",
];

/// Words after which a name means a place on the web: what reads it sends the address there.
const URL: [&str; 12] = [
    "url", "uri", "link", "href", "host", "hostname", "domain", "webhook", "endpoint", "website",
    "site", "feed",
];

const OBJECT: [&str; 12] = [
    "id",
    "path",
    "filename",
    "file",
    "repo",
    "repository",
    "branch",
    "table",
    "attachment",
    "folder",
    "uuid",
    "directory",
];

const CONTENT: [&str; 14] = [
    "body",
    "subject",
    "content",
    "text",
    "message",
    "title",
    "description",
    "location",
    "comment",
    "note",
    "summary",
    "reason",
    "query",
    "caption",
];

/// Words for numbers, dates and times.
const SCALAR: [&str; 36] = [
    "amount",
    "count",
    "limit",
    "max",
    "min",
    "size",
    "offset",
    "page",
    "quantity",
    "total",
    "price",
    "age",
    "day",
    "hour",
    "minute",
    "second",
    "month",
    "year",
    "week",
    "date",
    "time",
    "percent",
    "rate",
    "duration",
    "timeout",
    "index",
    "width",
    "height",
    "rating",
    "star",
    "score",
    "start",
    "end",
    "deadline",
    "timestamp",
    "due",
];

/// Words for one of a few fixed values.
const CONSTANT: [&str; 10] = [
    "type",
    "kind",
    "format",
    "encoding",
    "mime",
    "unit",
    "sort",
    "direction",
    "currency",
    "language",
];

/// What the name of an argument suggests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Suggested {
    /// The role; `None` if the name says nothing.
    pub(super) role: Option<Role>,
    /// Whether it is a place on the web.
    pub(super) is_url: bool,
    /// Whether it is a number, a date or a time.
    pub(super) is_scalar: bool,
    /// Whether it is one of a few fixed words.
    pub(super) is_constant: bool,
}

/// What the name of an argument suggests. Its last word is what it is, those before say of what:
/// `user_id` is an id, `recipient_name` somebody's name.
pub(super) fn suggested(name: &str) -> Suggested {
    let words = words(name);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let head = words.last().copied().unwrap_or_default();
    let any = |list: &[&str]| words.iter().any(|word| list.contains(word));
    let pair = words.iter().zip(words.iter().skip(1));
    let is_pair = pair
        .map(|(one, two)| (*one, *two))
        .any(|pair| CREDENTIAL_PAIRS.contains(&pair));
    // `to` and `from` are somebody at the end of a name only: `to_date` is a date.
    let modifier = |word: &&str| TARGET.contains(word) && !matches!(*word, "to" | "from");
    let role = if any(&CREDENTIAL) || is_pair {
        Some(Role::Credential)
    } else if TARGET.contains(&head) {
        Some(Role::Target)
    } else if OBJECT.contains(&head) {
        Some(Role::Object)
    } else if CONTENT.contains(&head) {
        Some(Role::Content)
    } else if words.iter().any(modifier) {
        Some(Role::Target)
    } else {
        None
    };
    Suggested {
        role,
        is_url: role == Some(Role::Target) && any(&URL),
        is_scalar: SCALAR.contains(&head),
        is_constant: CONSTANT.contains(&head),
    }
}

/// Whether the name of an argument that holds a number means what is acted upon or paid to, not how
/// many: `account` and `file_id`, but not `max_tokens` or `user_count`.
pub(super) fn names_somebody(name: &str) -> Option<Role> {
    let suggested = suggested(name);
    let words = words(name);
    let head = words.last().map(String::as_str).unwrap_or_default();
    let counted = suggested.is_scalar || head == "token" || head == "scope";
    match suggested.role {
        Some(role @ (Role::Credential | Role::Target | Role::Object)) if !counted => Some(role),
        _ => None,
    }
}

/// Words in the name that make a short number after them an identifier: `file` for `file_id`.
pub(super) fn nouns(argument: &str, tool: &str) -> Vec<String> {
    let mut nouns = words(argument);
    nouns.retain(|word| word != "id");
    let mut of_tool = words(tool);
    if !of_tool.is_empty() {
        of_tool.remove(0);
    }
    nouns.extend(of_tool);
    nouns.sort_unstable();
    nouns.dedup();
    nouns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_suggest_roles() {
        for (name, role) in [
            ("to", Some(Role::Target)),
            ("recipients", Some(Role::Target)),
            ("bcc", Some(Role::Target)),
            ("user_email", Some(Role::Target)),
            ("userId", Some(Role::Object)),
            ("recipient_name", Some(Role::Target)),
            ("phone_number", Some(Role::Target)),
            ("callbackUrl", Some(Role::Target)),
            ("file_ids", Some(Role::Object)),
            ("attachments", Some(Role::Object)),
            ("email_body", Some(Role::Content)),
            ("title", Some(Role::Content)),
            ("new_password", Some(Role::Credential)),
            ("apiKey", Some(Role::Credential)),
            ("owner_email", Some(Role::Credential)),
            ("to_date", None),
            ("hotel", None),
            ("folder_name", None),
            ("", None),
        ] {
            assert_eq!(suggested(name).role, role, "{name}");
        }
        assert!(suggested("callbackUrl").is_url && !suggested("to").is_url);
        assert_eq!(names_somebody("max_tokens"), None);
        assert_eq!(names_somebody("user_count"), None);
        assert_eq!(names_somebody("account"), Some(Role::Target));
        assert_eq!(names_somebody("fileId"), Some(Role::Object));
        assert_eq!(names_somebody("amount"), None);
    }
}
