//! Names of tools and arguments taken apart into words.
//!
//! `fileId`, `file_id`, `file-id` and `FILE_ID` are the same two words.

/// The words of a name: in lower case, in the singular.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    for piece in name.split(|c: char| !c.is_alphanumeric()) {
        let chars: Vec<char> = piece.chars().collect();
        let mut word = String::new();
        for (at, c) in chars.iter().enumerate() {
            if begins_word(&chars, at) && !word.is_empty() {
                words.push(singular(&std::mem::take(&mut word)));
            }
            word.extend(c.to_lowercase());
        }
        if !word.is_empty() {
            words.push(singular(&word));
        }
    }
    words
}

/// Whether a capital at this place begins a word: after a small letter or a digit, or before a small
/// letter that goes on (`URLPath`, but not `URLs`).
fn begins_word(chars: &[char], at: usize) -> bool {
    let is = |at: usize, test: fn(char) -> bool| chars.get(at).is_some_and(|c| test(*c));
    let Some(before) = at.checked_sub(1) else {
        return false;
    };
    if !is(at, char::is_uppercase) {
        return false;
    }
    let goes_on = is(at + 1, char::is_lowercase);
    let is_plural = is(at + 1, |c| c == 's') && !is(at + 2, char::is_lowercase);
    !is(before, char::is_uppercase) || (goes_on && !is_plural)
}

/// The singular of an English word, as far as its ending tells.
fn singular(word: &str) -> String {
    let ending = [("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ches", "ch")];
    for (plural, one) in ending {
        if let Some(stem) = word.strip_suffix(plural).filter(|stem| stem.len() > 1) {
            return format!("{stem}{one}");
        }
    }
    let keeps = word.len() < 3 || word.ends_with("ss") || word.ends_with("us") || word == "alias";
    match word.strip_suffix('s').filter(|_| !keeps) {
        Some(stem) => stem.to_owned(),
        None => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_same_words_however_it_is_written() {
        for (name, expected) in [
            ("fileId", "file id"),
            ("file_ids", "file id"),
            ("FILE_ID", "file id"),
            ("userID", "user id"),
            ("userIDs", "user id"),
            ("URLPath", "url path"),
            ("callback-URLs", "callback url"),
            ("readAndForward", "read and forward"),
            ("addresses", "address"),
            ("replies", "reply"),
            ("bcc", "bcc"),
            ("cc", "cc"),
            ("bus", "bus"),
            ("access", "access"),
            ("sha256Sum", "sha256 sum"),
            ("_", ""),
            ("Straße", "straße"),
        ] {
            assert_eq!(words(name).join(" "), expected, "{name}");
        }
    }
}
