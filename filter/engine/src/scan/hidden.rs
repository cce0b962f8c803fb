//! Characters that carry something and show nothing (Unicode 17, `Default_Ignorable_Code_Point` and
//! controls), except where a script or an emoji needs them.

/// The first character of `text` that hides something; `None` if there is none.
#[must_use]
pub fn first_hidden(text: &str) -> Option<char> {
    let mut before = None;
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        if is_ignorable(c) && !is_needed(c, before, characters.peek().copied()) {
            return Some(c);
        }
        before = Some(c);
    }
    None
}

/// `text` with every invisible character written as `\u{...}`, for people to read.
#[must_use]
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_ignorable(c) || c.is_control() {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    out
}

/// Whether a character shows nothing. Line ends and tabs do: they move what follows.
pub(super) const fn is_ignorable(c: char) -> bool {
    matches!(
        c,
        '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{7f}'..='\u{9f}'
            | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Whether the writing needs the character between its neighbours. A single one at a fitting place
/// carries nothing; a row of them, or one among Latin letters, does.
fn is_needed(c: char, before: Option<char>, after: Option<char>) -> bool {
    let shows = |c: Option<char>| c.is_some_and(|c| !is_ignorable(c));
    let foreign = |c: Option<char>| shows(c) && c.is_some_and(|c| !c.is_ascii());
    match c {
        // Joiners: Indic scripts, Persian, emoji families.
        '\u{200c}' | '\u{200d}' => {
            (foreign(before) || before == Some('\u{fe0f}')) && foreign(after)
        }
        // Text or emoji style of the symbol before, keycaps.
        '\u{fe0e}' | '\u{fe0f}' => {
            let keycap = after == Some('\u{20e3}')
                && before.is_some_and(|c| c.is_ascii_digit() || matches!(c, '#' | '*'));
            keycap || (foreign(before) && before.is_some_and(|c| !c.is_alphabetic()))
        }
        // Direction marks beside a right-to-left letter.
        '\u{200e}' | '\u{200f}' | '\u{61c}' => is_right_to_left(before) || is_right_to_left(after),
        _ => false,
    }
}

const fn is_right_to_left(c: Option<char>) -> bool {
    matches!(
        c,
        Some('\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}')
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_characters_are_found() {
        for text in [
            "a\u{200b}b",
            "a\u{200d}b",
            "\u{feff}a",
            "pay\u{ad}load",
            "left\u{202e}thgir",
            "\u{2066}isolated\u{2069}",
            "hi\u{e0069}\u{e0067}",
            "a\u{fe01}",
            "a\u{fe0f}",
            "😀\u{e0100}\u{e0101}",
            "☺\u{fe0f}\u{fe0f}",
            "x\u{3164}",
            "bell\u{7}",
            "a\u{200f}b",
        ] {
            assert!(first_hidden(text).is_some(), "{}", text.escape_unicode());
        }
    }

    #[test]
    fn what_a_script_or_an_emoji_needs_is_not_hidden() {
        for text in [
            "plain\ttext\r\nover lines",
            "👩\u{200d}💻 and ☺\u{fe0f} and 1\u{fe0f}\u{20e3} and ❤\u{fe0f}\u{200d}🔥",
            "می\u{200c}خواهم",
            "क\u{94d}\u{200d}ष",
            "שלום\u{200f}!",
            "é, ß, 漢字, Ω",
        ] {
            assert_eq!(first_hidden(text), None, "{}", text.escape_unicode());
        }
    }

    #[test]
    fn hidden_characters_are_made_visible() {
        assert_eq!(
            visible("a\u{200b}b\n\u{e0041}é"),
            "a\\u{200b}b\\u{a}\\u{e0041}é"
        );
    }
}
