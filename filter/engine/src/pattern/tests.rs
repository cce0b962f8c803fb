//! The dialect, row by row: what the reference says, or a refusal; never another answer in silence.

use proptest::prelude::*;

use super::*;

/// What the reference says (measured), and we too.
const SAME: &[(&str, &str, bool)] = &[
    // `$` also before one final newline.
    ("prod$", "db-prod\n", true),
    ("a$", "a\n\n", false),
    ("prod$", "prod\r\n", false),
    ("^(main|master)$", "main\n", true),
    ("^$", "\n", true),
    ("^.+$", "db-prod\n", true),
    ("a$", "a\nb", false),
    ("(?m)a$", "a\nb", true),
    ("(?m:a$)|b$", "b\nx", false),
    ("(?m)(?-m:a$)", "a\nb", false),
    ("(?m)(?-m:a$)", "a\n", true),
    ("a[$]b", "a$b", true),
    (r"a\$b", "a$b", true),
    ("(a$|b)c", "a\n", false),
    (r"a$.*", "a\n", true),
    // `\Z` is the very end.
    (r"b\Z", "b\n", false),
    (r"b\Z", "b", true),
    (r"\\Z", r"\Z", true),
    // Full case folding.
    ("(?i)ss", "ß", true),
    ("(?i)ff", "ﬀ", true),
    ("(?i)STRASSE", "straße", true),
    ("(?i)straße", "STRASSE", true),
    ("(?i)straße", "STRAẞE", true),
    ("(?i)password", "paßword", true),
    ("(?i)^ffi$", "ﬃ", true),
    ("(?i)^ffi$", "fﬁ", true),
    ("(?i)^ffi$", "ﬀi", true),
    ("(?i)^sss$", "sß", true),
    ("(?i)^sss$", "ßs", true),
    ("(?i)^ßs$", "sß", true),
    ("(?i)^ß+$", "ssss", true),
    ("(?i)^ß{2}$", "ssß", true),
    ("(?i)as|ass", "aß", true),
    ("(?i)(?:s)s", "ß", true),
    ("(?i)[s]s", "ß", true),
    ("(?i)s{2}", "ß", false),
    ("(?i)(s)s", "ß", false),
    ("(?i)(?-i)s(?i)s", "ß", false),
    ("a(?i:s)(?i:s)", "aß", true),
    ("(?ix)s t", "ﬅ", true),
    ("(?i)s t", "ﬅ", false),
    ("(?i)ŉ", "ʼn", true),
    ("(?i)[ß-ö]", "ss", true),
    ("(?i)ᾳ", "αι", true),
    ("(?i)k", "\u{212a}", true),
    ("(?i)s", "\u{17f}", true),
    ("ss", "ß", false),
    ("a(?i)b|c", "C", true),
    // The letters i.
    ("(?i)i", "İ", true),
    ("(?i)i", "ı", false),
    ("(?i)I", "ı", true),
    ("(?i)I", "İ", false),
    ("(?i)İ", "i", true),
    ("(?i)İ", "I", false),
    ("(?i)İ", "i\u{307}", true),
    ("(?i)[a-z]", "İ", true),
    ("(?i)[a-z]", "ı", false),
    ("(?i)[A-Z]", "ı", true),
    ("(?i)[^i]", "İ", false),
    ("(?i)[^i]", "ı", true),
    ("(?i)ignore", "İGNORE", true),
    // Escapes and classes read differently.
    (r"\<", "<", true),
    (r"a\<b\>", "a<b>", true),
    (r"\<b", "b", false),
    ("[[:alpha:]]", "é", true),
    ("[[:upper:]]", "É", true),
    ("[[:digit:]]", "\u{663}", false),
    (r"\d", "\u{663}", true),
    ("[[:punct:]]", "\u{a2}", true),
    ("[[:^alpha:]]", "é", false),
    ("[^[:alpha:]]", "é", false),
    ("(?i)[[:upper:]]", "a", true),
    (r"(?i)\p{Lu}", "ß", true),
    (r"(?i)\p{Ll}", "İ", true),
    (r"(?i)[\p{Lu}]{2}", "ﬆÉ", true),
    (r"(?i)[[:upper:]]", "ﬆ", true),
    (r"(?i)[^\p{Lu}]", "a", false),
    (r"(?x)a\ b # c", "a b", true),
    ("[ab--b]", "b", false),
    // The same to begin with.
    (r"\s", "\u{a0}", true),
    (".", "\r", true),
    (".", "\n", false),
    ("(?s).", "\n", true),
    (r"\bé", "éa", true),
    (r"\b1", "é1", false),
    ("", "", true),
];

/// Constructs that are refused, and a word of the message.
const REFUSED: &[(&str, &str)] = &[
    ("a++", "possessive"),
    ("a*+", "possessive"),
    ("a?+", "possessive"),
    ("a{2}+", "possessive"),
    ("a**", "repetition of a repetition"),
    ("x*{2}", "repetition of a repetition"),
    ("a{2}{3}", "repetition of a repetition"),
    ("[a||b]", "union"),
    ("[--a]", "begins with `--`"),
    ("[&&a]", "nothing on one side"),
    ("[a-c~~b&&c]", "two different set operators"),
    ("(?x)[a b]", r"\x20"),
    ("(?U)a", "flag"),
    ("(?R)a", "flag"),
    ("(?-u)a", "flag"),
    (r"\x{41}", r"\x41"),
    (r"\u{41}", r"\u0041"),
    (r"[\x{41}]", r"\x41"),
    (r"\b{start}a", r"`\b`"),
    ("a$\\n", r"\n?\z"),
    (r"a$\b", r"\n?\z"),
    ("x(a$|\n)+b", r"\n?\z"),
    (r"(?i)[\w--i]x", "case"),
    (r"(?i)\P{Ll}", "opposite of one case"),
    ("(?i)[[:^upper:]]", "opposite of one case"),
    ("a{ 2 }", "spaces"),
    ("(?=a)", "look-ahead"),
    ("b(?!\n)$", "none_of"),
    ("(?<=db-)prod", "look-behind"),
    ("(?<!a)b", "none_of"),
    (r"(\w)\1", "backreference"),
    ("(?P<q>a)(?P=q)", "backreference"),
    ("(?>a)", "atomic"),
    (r"\N{DASH}", "by name"),
    (r"\R", "line break"),
    (r"\X", "grapheme"),
    (r"\h", "horizontal"),
    (r"\Ga", "start of the search"),
    (r"a\Kb", "cut"),
    (r"\ma", "start of a word"),
    (r"\101", "octal"),
    (r"\0", "octal"),
    (r"[\b]", r"\x08"),
    ("{", r"`\{`"),
    ("a{2", r"`\{`"),
    ("^a{,3}$", "`{,3}`"),
    ("[a-\\d]", "range"),
    ("(?#c)a", "comment"),
    ("(?|a)", "branch reset"),
    ("(?a)a", "flag"),
    ("(?L)a", "flag"),
    ("(?w)a", "flag"),
    ("(?r)a", "flag"),
    (r"\é", "without the backslash"),
    ("(?P<a>x)(?P<a>y)", "name used before"),
    ("a{e<=1}", "approximate"),
    ("(", "malformed"),
    (r"\p{Nonsense}", "malformed"),
    (r"\p{scx!=Greek}", "negated property"),
];

#[test]
fn every_pattern_means_what_it_means_in_the_reference() {
    for (written, text, expected) in SAME {
        let pattern =
            Pattern::compile(written).unwrap_or_else(|error| panic!("{written}: {error}"));
        assert_eq!(
            pattern.is_match(text),
            *expected,
            "{written} on {text:?}: {pattern:?}"
        );
        let set = PatternSet::new(&[pattern]).unwrap();
        assert_eq!(
            set.matches(text).contains(0),
            *expected,
            "set of {written} on {text:?}"
        );
    }
}

#[test]
fn what_cannot_mean_the_same_is_refused_and_the_message_helps() {
    for (written, word) in REFUSED {
        let error = Pattern::compile(written).expect_err(written).to_string();
        assert!(error.contains(word), "{written}: {error}");
    }
}

#[test]
fn a_refusal_names_the_bytes_it_is_about() {
    let Err(PatternError::Refused {
        construct, span, ..
    }) = Pattern::compile("é(?>a)")
    else {
        panic!("refused");
    };
    assert_eq!((span.start, construct.get(..2)), (2, Some("(?")));
    let Err(PatternError::Refused {
        construct, span, ..
    }) = Pattern::compile("xa++")
    else {
        panic!("refused");
    };
    assert_eq!((span, construct.as_str()), (1..4, "a++"));
}

#[test]
fn size_is_limited_when_written_and_when_compiled() {
    let long = "a".repeat(limits::PATTERN_BYTES + 1);
    assert!(matches!(
        Pattern::compile(&long),
        Err(PatternError::TooLong { .. })
    ));
    let large = Pattern::compile(r"^(?:\w{100}){100}$");
    assert!(matches!(large, Err(PatternError::TooLarge { .. })));
    let deep = "(".repeat(100) + &")".repeat(100);
    assert!(matches!(
        Pattern::compile(&deep),
        Err(PatternError::Malformed { .. })
    ));
    let folds = format!("(?i){}", "s".repeat(30));
    assert!(matches!(
        Pattern::compile(&folds),
        Err(PatternError::Refused { .. })
    ));
}

#[test]
fn ends_that_may_repeat_are_cut_to_what_is_needed() {
    for (written, translated) in [
        (r"prod_\w{1,100}", r"prod_\w"),
        ("[A-Z]{200,}", "[A-Z]{200}"),
        (".*foo.*", "(?:)foo(?:)"),
        ("^a+$", r"^a+(?:\n?\z)"),
        ("(a+|b*)", "(a|(?:))"),
        ("(?:a*b)+", "(?:(?:)b)"),
    ] {
        assert_eq!(
            Pattern::compile(written).unwrap().translated(),
            translated,
            "{written}"
        );
    }
}

#[test]
fn a_set_says_which_patterns_match() {
    let written = [r"\bAKIA[A-Z0-9]{4}\b", "secret", r"x\Bx", r"\s{0,3}\bword"];
    let patterns: Vec<_> = written
        .iter()
        .map(|one| Pattern::compile(one).unwrap())
        .collect();
    let set = PatternSet::new(&patterns).unwrap();
    for (text, expected) in [
        ("é AKIAABCD é", vec![0]),
        ("éAKIAABCD", vec![]),
        ("AKIAABCDé", vec![]),
        ("AKIAABCD secret", vec![0, 1]),
        ("xx", vec![2]),
        ("x x", vec![]),
        ("a word", vec![3]),
        ("sword", vec![]),
    ] {
        let hits = set.matches(text);
        let found: Vec<_> = (0..9).filter(|index| hits.contains(*index)).collect();
        assert_eq!(
            (found, hits.is_empty()),
            (expected.clone(), expected.is_empty()),
            "{text}"
        );
    }
    assert!(PatternSet::new(&[]).unwrap().matches("x").is_empty());
}

#[test]
fn a_set_too_large_for_one_automaton_is_split() {
    let one = Pattern::compile(r"^(?:\w{5}){9}$").unwrap();
    let patterns: Vec<_> = std::iter::repeat_n(one, 40).collect();
    let set = PatternSet::new(&patterns).unwrap();
    assert!(format!("{set:?}").matches("Part {").count() > 1);
    let hits = set.matches(&"a".repeat(45));
    assert!((0..40).all(|index| hits.contains(index)));
}

#[test]
fn counting_far_is_left_to_a_second_look_that_is_paid_for() {
    let written = [
        "<<[^>]{0,50}EOT",
        "[A-Z]{40}",
        r"^ab[^/]{1,100}$",
        r"sk-\w{20}",
        r"(AKIA)[A-Z]{9}",
    ];
    let patterns: Vec<_> = written
        .iter()
        .map(|one| Pattern::compile(one).unwrap())
        .collect();
    let set = PatternSet::new(&patterns).unwrap();
    let far = format!("<<{}EOT", "x".repeat(51));
    for (text, expected, paid) in [
        ("<<EOT", vec![0], true),
        (far.as_str(), vec![], true),
        (&"A".repeat(40), vec![1], false),
        (&"A".repeat(39), vec![], false),
        ("abc", vec![2], true),
        ("sk-aaaaaaaaaaaaaaaaaaaa", vec![3], true),
        ("sk-aaaaaaaaaaaaaaaaaaa", vec![], true),
        ("AKIAAKIAXXXXXXX", vec![4], true),
        ("AKIAAKIAXXXX-", vec![], true),
    ] {
        let mut work = limits::PATTERN_WORK;
        let hits = set.matches_within(text, &mut work).unwrap();
        let found: Vec<_> = (0..9).filter(|index| hits.contains(*index)).collect();
        assert_eq!(found, expected, "{text}");
        assert_eq!(work < limits::PATTERN_WORK, paid, "{text}");
        assert_eq!(set.matches_within(text, &mut 0).is_none(), paid, "{text}");
    }
}

/// Pieces whose combinations give boundaries and ends in all positions.
fn piece() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "a",
        "é",
        "-",
        " ",
        r"\w",
        r"\W",
        r"\s",
        ".",
        "[a-f]",
        r"\b",
        r"\b",
        r"\b",
        r"\B",
        "^",
        "$",
        "(?:a|-)",
        r"(?:\ba|-)",
        r"(?:é\b|a)",
        "a*",
        r"\s+",
        ".{1,2}",
        "|",
        r"(?:\b|x)",
        "a{4}",
        "[a-é]{2,20}",
        ".{0,30}",
        r"(?:a|\b){5}",
        "s{5,}",
        "x?",
        "(?i)s",
        "ss",
    ])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Scanning never loses a match and, confirmed, never invents one.
    #[test]
    fn a_set_agrees_with_its_patterns(
        pieces in prop::collection::vec(piece(), 1..6),
        text in prop_oneof!["[aéß \\-s\n]{0,6}", "[asé ]{0,40}"],
    ) {
        let written = pieces.concat();
        if let Ok(pattern) = Pattern::compile(&written) {
            let expected = pattern.is_match(&text);
            let set = PatternSet::new(&[pattern]).unwrap();
            prop_assert_eq!(set.matches(&text).contains(0), expected, "{} on {:?}", written, text);
        }
    }

    /// The quick no over several texts at once never hides a match in one of them.
    #[test]
    fn joined_texts_may_match_where_one_of_them_does(
        pieces in prop::collection::vec(piece(), 1..6),
        texts in prop::collection::vec("[aéß \\-s\n]{0,6}", 1..4),
    ) {
        if let Ok(pattern) = Pattern::compile(&pieces.concat()) {
            let matches = texts.iter().any(|text| pattern.is_match(text));
            let set = PatternSet::new(std::slice::from_ref(&pattern)).unwrap();
            let joined: String = texts.iter().flat_map(|text| [text.as_str(), "\n"]).collect();
            let longest = texts.iter().map(String::len).max().unwrap_or(0);
            prop_assert!(!matches || set.may_match(&joined, longest), "{}", pattern.written());
        }
    }

    /// Cutting ends, moving `$` and so on change no answer for patterns both dialects share.
    #[test]
    fn a_translation_agrees_with_the_pattern_as_written(
        pieces in prop::collection::vec(piece(), 1..6),
        text in prop_oneof!["[aé \\-x]{0,6}", "[asé ]{0,40}"],
    ) {
        let written = pieces.concat();
        if let (Ok(pattern), Ok(plain)) = (Pattern::compile(&written), Regex::new(&written)) {
            prop_assert_eq!(pattern.is_match(&text), plain.is_match(&text), "{}", written);
        }
    }

    #[test]
    fn no_pattern_makes_the_compiler_panic(written in "[a-c()\\[\\]{}|?*+.^$&~\\-\\\\:<>=!ixsßİ0-3 ]{0,16}") {
        let _ = Pattern::compile(&written);
    }
}
