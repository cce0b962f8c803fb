//! Shell globs over whole names: `*`, `?`, `[set]`, `[!set]`, case-sensitive
//! (`condition-engine.md` section 2.2). Matching is linear in the name per `*`, never exponential.

use std::fmt;
use std::str::Chars;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    /// Any characters, also none.
    Star,
    /// Any one character.
    One,
    /// That character.
    Literal(char),
    /// One character inside (or, negated, outside) the ranges.
    Set {
        negated: bool,
        ranges: Vec<(char, char)>,
    },
}

/// A compiled glob.
#[derive(Debug, Clone)]
pub struct Glob {
    written: String,
    tokens: Vec<Token>,
}

impl Glob {
    /// Reads a glob. Every text is one: an unclosed `[` is literal.
    #[must_use]
    pub fn new(written: &str) -> Self {
        let mut tokens = Vec::new();
        let mut chars = written.chars();
        while let Some(c) = chars.next() {
            match c {
                '*' if tokens.last() == Some(&Token::Star) => {}
                '*' => tokens.push(Token::Star),
                '?' => tokens.push(Token::One),
                '[' => match set(chars.clone()) {
                    Some((token, after)) => {
                        tokens.push(token);
                        chars = after;
                    }
                    None => tokens.push(Token::Literal('[')),
                },
                literal => tokens.push(Token::Literal(literal)),
            }
        }
        Self {
            written: written.to_owned(),
            tokens,
        }
    }

    /// The glob as written.
    #[must_use]
    pub fn written(&self) -> &str {
        &self.written
    }

    /// The only name it matches, if it has no wildcard.
    #[must_use]
    pub fn as_literal(&self) -> Option<String> {
        let literal = |token: &Token| match token {
            Token::Literal(c) => Some(*c),
            _ => None,
        };
        self.tokens.iter().map(literal).collect()
    }

    /// Whether it matches every name.
    #[must_use]
    pub fn matches_all(&self) -> bool {
        self.tokens == [Token::Star]
    }

    /// Whether the glob matches the whole name.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        let mut rest = name.chars();
        let mut at = 0;
        // Where to go on if what follows the last star turns out not to match here.
        let mut retry: Option<(usize, Chars<'_>)> = None;
        loop {
            let before = rest.clone();
            match (self.tokens.get(at), rest.next()) {
                (Some(Token::Star), _) => {
                    at += 1;
                    rest = before.clone();
                    retry = Some((at, before));
                    continue;
                }
                (None, None) => return true,
                (Some(token), Some(c)) if token.accepts(c) => {
                    at += 1;
                    continue;
                }
                (Some(_), None) => return false,
                _ => {}
            }
            let Some((after_star, mut from)) = retry.take() else {
                return false;
            };
            if from.next().is_none() {
                return false;
            }
            at = after_star;
            rest = from.clone();
            retry = Some((after_star, from));
        }
    }
}

impl Token {
    fn accepts(&self, c: char) -> bool {
        match self {
            Self::Star => false,
            Self::One => true,
            Self::Literal(literal) => *literal == c,
            Self::Set { negated, ranges } => {
                ranges.iter().any(|(low, high)| (*low..=*high).contains(&c)) != *negated
            }
        }
    }
}

/// Reads a set whose `[` is already read; `None` if it is not closed.
fn set(mut chars: Chars<'_>) -> Option<(Token, Chars<'_>)> {
    let mut members = Vec::new();
    let mut negated = false;
    if let Some(after) = chars.as_str().strip_prefix('!') {
        negated = true;
        chars = after.chars();
    }
    // A `]` in the first place is a member.
    loop {
        match chars.next()? {
            ']' if !members.is_empty() => break,
            c => members.push(c),
        }
    }
    Some((
        Token::Set {
            negated,
            ranges: ranges(&members),
        },
        chars,
    ))
}

fn ranges(members: &[char]) -> Vec<(char, char)> {
    let mut ranges = Vec::new();
    let mut rest = members;
    loop {
        rest = match rest {
            [] => return ranges,
            [low, '-', high, after @ ..] => {
                ranges.push((*low, *high));
                after
            }
            [one, after @ ..] => {
                ranges.push((*one, *one));
                after
            }
        };
    }
}

impl PartialEq for Glob {
    fn eq(&self, other: &Self) -> bool {
        self.written == other.written
    }
}

impl Eq for Glob {}

impl fmt::Display for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_match_whole_names() {
        for (glob, name, matches) in [
            ("aws_*", "aws_", true),
            ("aws_*", "AWS_x", false),
            ("*delete*", "a\ndelete", true),
            ("a[bc]d", "abd", true),
            ("a[!b]d", "acd", true),
            ("a[!b]d", "abd", false),
            ("a?c", "a😀c", true),
            ("", "", true),
            ("", "x", false),
            ("{a,b}", "a", false),
            ("a\\*", "a\\x", true),
            ("a\\*", "a*", false),
            ("[", "[", true),
            ("[a", "[a", true),
            ("[^a]", "^", true),
            ("[^a]", "b", false),
            ("[]]", "]", true),
            ("[!]a]", "]", false),
            ("[z-a]", "m", false),
            ("[!z-a]", "m", true),
            ("[a-]", "-", true),
            ("**", "anything", true),
            ("*", "", true),
            ("a", "a\n", false),
            ("a.c", "abc", false),
            ("*a*b*c", "xxaxxbxxc", true),
            ("*a*b*c", "xxaxxbxx", false),
        ] {
            assert_eq!(Glob::new(glob).matches(name), matches, "{glob} on {name:?}");
        }
    }

    #[test]
    fn many_stars_do_not_blow_up() {
        let glob = Glob::new(&"a*".repeat(200));
        assert!(!glob.matches(&format!("{}b", "b".repeat(20_000))));
        assert!(!Glob::new(&format!("{}c", "a*".repeat(60))).matches(&"a".repeat(5_000)));
    }
}
