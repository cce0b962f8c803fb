//! Tests of mentions.

use super::*;

fn mentions(text: &str, value: &str) -> bool {
    let prints = Fingerprints::new([1; 16]);
    let text = elements(&prints, text);
    let Some(needle) = Needle::new(&prints, value, &["file"]) else {
        return false;
    };
    let short: Vec<_> = text.iter().map(|e| e.short()).collect();
    let found = needle.is_in(&text, prints.signs(), Edges::Closed);
    assert_eq!(
        needle.short().is_in(&short, prints.signs(), Edges::Closed),
        found
    );
    found
}

#[test]
fn a_value_stands_in_a_text_as_whole_words() {
    for (text, value, expected) in [
        ("Write to alice@corp.com.", "alice@corp.com", true),
        ("Write to alice@corp.com.", "lice@corp.com", false),
        ("Write to alice@corp.com.au.", "alice@corp.com", false),
        ("Write to alice@corp.com.They wait", "alice@corp.com", true),
        ("Write to eve.alice@corp.com", "alice@corp.com", false),
        ("<alice@corp.com>, email:bob@x.org", "alice@corp.com", true),
        ("<alice@corp.com>, email:bob@x.org", "bob@x.org", true),
        ("see https://www.corp.com/news/.", "www.corp.com/news", true),
        ("see https://www.corp.com/news", "www.corp.com", false),
        ("see https://www.corp.com:8080", "www.corp.com", false),
        (
            "see https://www.corp.com@evil.example",
            "www.corp.com",
            false,
        ),
        ("Invite Dora, and Bob's boss", "Bob", true),
        ("Invite Dora, and Bob's boss", "dora", true),
        ("a b c", "a c", false),
        ("and/or", "/", false),
        ("delete / now", "/", true),
        ("my env file", ".env", false),
        ("my .env file", ".env", true),
        ("", "", false),
        ("x", "", false),
    ] {
        assert_eq!(mentions(text, value), expected, "{text} | {value}");
    }
}

#[test]
fn a_short_number_is_one_only_as_an_identifier() {
    for (text, value, expected) in [
        ("on June 13?", "13", false),
        ("the file with id 13.", "13", true),
        ("Delete file 13.", "13", true),
        ("Delete files 7, 9 and 13.", "13", true),
        ("I paid 13 euros", "13", false),
        ("transaction no. 13", "13", true),
        ("Close the file. 13 people came", "13", false),
        ("issue #13", "13", true),
        ("its id is 13", "13", true),
        ("file 13.5", "13", false),
        ("file 2024-06-13", "13", false),
        ("on 2024-06-13", "2024", false),
        ("at 10:1300", "1300", false),
        ("order 4711", "4711", true),
        ("order 4711.", "4711", true),
        ("v13", "13", false),
    ] {
        assert_eq!(mentions(text, value), expected, "{text} | {value}");
    }
}

#[cfg(not(target_family = "wasm"))]
mod properties {
    use super::*;
    use proptest::prelude::*;

    /// Words and spaces in lower case: the definition needs no more than the texts themselves.
    fn text() -> impl Strategy<Value = String> {
        proptest::string::string_regex("[ab ]{0,12}").unwrap()
    }

    fn plain(text: &str) -> String {
        let words: Vec<_> = text.split_whitespace().collect();
        format!(" {} ", words.join(" "))
    }

    proptest! {
        #[test]
        fn a_mention_is_what_the_definition_says(text in text(), value in text()) {
            let expected = !value.trim().is_empty() && plain(&text).contains(&plain(&value));
            prop_assert_eq!(mentions(&text, &value), expected);
        }
    }
}
