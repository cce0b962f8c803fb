//! Host names without a scheme before them.

/// Endings of files that are endings of hosts, too: alone they are taken for files.
const FILES: [&str; 21] = [
    "py", "rs", "md", "sh", "pl", "so", "ps", "cc", "js", "ts", "go", "cs", "rb", "vb", "kt", "mm",
    "gz", "ai", "tf", "mk", "bz",
];

/// Endings of hosts with more than two letters: the common ones and those that abuse is common in.
/// A list, because code and missing spaces (`self.value`, `end.start`) look like hosts. An address
/// under any other ending is seen by its scheme, its `www.` or its path.
const ENDINGS: [&str; 96] = [
    "academy",
    "agency",
    "app",
    "arpa",
    "art",
    "asia",
    "beauty",
    "best",
    "bid",
    "biz",
    "blog",
    "bond",
    "business",
    "buzz",
    "cam",
    "capital",
    "cash",
    "cat",
    "center",
    "cfd",
    "chat",
    "click",
    "cloud",
    "club",
    "codes",
    "com",
    "company",
    "consulting",
    "coop",
    "country",
    "date",
    "design",
    "dev",
    "digital",
    "domains",
    "download",
    "edu",
    "email",
    "example",
    "expert",
    "faith",
    "finance",
    "fit",
    "fun",
    "fund",
    "games",
    "global",
    "gov",
    "group",
    "guru",
    "help",
    "host",
    "icu",
    "info",
    "int",
    "invalid",
    "jobs",
    "life",
    "link",
    "live",
    "loan",
    "lol",
    "ltd",
    "market",
    "men",
    "mil",
    "mobi",
    "mom",
    "money",
    "monster",
    "museum",
    "name",
    "net",
    "network",
    "news",
    "one",
    "online",
    "onion",
    "org",
    "page",
    "party",
    "pro",
    "pw",
    "quest",
    "racing",
    "rest",
    "review",
    "sbs",
    "shop",
    "site",
    "space",
    "store",
    "tech",
    "test",
    "top",
    "xyz",
];

/// The address a stretch of text is, if it begins with a host name.
pub(super) fn bare(chunk: &str) -> Option<&str> {
    let length = chunk.find(['/', '?', '#', ':']).unwrap_or(chunk.len());
    let (host, rest) = chunk.split_at_checked(length)?;
    let is_port = |rest: &str| {
        let digits = rest.strip_prefix(':').unwrap_or_default();
        digits
            .bytes()
            .next()
            .is_some_and(|byte| byte.is_ascii_digit())
    };
    if rest.starts_with(':') && !is_port(rest) {
        return None;
    }
    let goes_on = rest.len() > 1;
    let begins = host
        .get(..4)
        .is_some_and(|www| www.eq_ignore_ascii_case("www."));
    let is_address = is_host(host) && (goes_on || begins || is_known(host));
    (is_address || is_ipv4(host)).then_some(chunk)
}

/// Whether a text is labels of letters, digits and hyphens, with dots between them, the last one of
/// letters.
pub(super) fn is_host(host: &str) -> bool {
    let is_label = |label: &str| {
        let is_part = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
        !label.is_empty() && label.chars().all(is_part)
    };
    let last = host.rsplit('.').next().unwrap_or_default();
    let is_ending = last.starts_with("xn--") || last.chars().all(char::is_alphabetic);
    let first = host.chars().next();
    host.contains('.')
        && host.split('.').all(is_label)
        && last.chars().count() >= 2
        && is_ending
        && first.is_some_and(char::is_alphanumeric)
        || is_ipv4(host)
}

/// Whether the ending of a host is one, and not that of a file.
fn is_known(host: &str) -> bool {
    let last = host.rsplit('.').next().unwrap_or_default().to_lowercase();
    // Two capitals, or a single letter before: an abbreviation, not a country.
    let is_country = last.len() == 2 && !FILES.contains(&last.as_str()) && host.len() > 4;
    let is_foreign = !last.is_ascii() || last.starts_with("xn--");
    is_country || is_foreign || ENDINGS.contains(&last.as_str())
}

fn is_ipv4(host: &str) -> bool {
    host.split('.').count() == 4 && host.split('.').all(|part| part.parse::<u8>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_are_in_order_and_in_lower_case() {
        assert!(ENDINGS.iter().all(|ending| ending.len() > 1));
        assert!(
            ENDINGS
                .iter()
                .chain(&FILES)
                .all(|e| e.to_lowercase() == **e)
        );
    }
}
