//! What must hold of every stream.

use super::*;
use proptest::prelude::*;

/// What a stream gives when it is fed in pieces that end at `cuts`; comments that follow each other
/// count as one.
fn read(stream: &[u8], cap: usize, cuts: &[usize]) -> (Vec<Item>, Result<(), SseError>) {
    let mut parser = Parser::new(cap);
    let mut out = Vec::new();
    let (mut rest, mut from) = (stream, 0);
    let mut end = Ok(());
    for to in cuts.iter().copied().chain([stream.len()]) {
        let (piece, after) = rest.split_at(to - from);
        end = end.and_then(|()| parser.feed(piece, &mut out));
        (rest, from) = (after, to);
    }
    out.dedup_by(|a, b| *a == Item::Comment && *b == Item::Comment);
    (out, end)
}

fn written(items: &[Item]) -> Vec<u8> {
    let mut out = Vec::new();
    items.iter().for_each(|item| item.write(&mut out));
    out
}

/// The items as they read once written: separators in the data are escapes.
fn escaped(items: &[Item]) -> Vec<Item> {
    let escape = |data: &String| {
        let escape = |c: char| match c {
            '\n' => "\n".to_owned(),
            c if ends_some_line(c) => format!("\\u{:04x}", u32::from(c)),
            c => c.to_string(),
        };
        data.chars().map(escape).collect()
    };
    let escape = |item: &Item| match item {
        Item::Comment => Item::Comment,
        Item::Event(event) => Item::Event(Event {
            data: event.data.as_ref().map(escape),
            ..event.clone()
        }),
    };
    items.iter().map(escape).collect()
}

/// Streams rich in what the parser looks at.
fn streams() -> impl Strategy<Value = Vec<u8>> {
    let pieces: Vec<&[u8]> = vec![
        b"data",
        b"event",
        b"id",
        b"retry",
        b"DATA",
        b": ",
        b":",
        b" ",
        b"\n",
        b"\n\n",
        b"\r",
        b"\r\n",
        b"\r\n\r\n",
        b"\0",
        b"7",
        b"{}",
        b"message",
        b"\xEF\xBB\xBF",
        b"\xEF\xBB",
        "ö".as_bytes(),
        b"\xc3",
        b"\xff",
        "\u{2028}".as_bytes(),
        b"\x0b",
        b"data: {\"a\":1}\n",
        b"id: 1\n",
        b"event: message\n",
        b"retry: 10\n",
        b": ka\n\n",
    ];
    prop::collection::vec(prop::sample::select(pieces), 0..40).prop_map(|pieces| pieces.concat())
}

/// Streams that are never refused, so that the other properties are not about errors only.
fn clean_streams() -> impl Strategy<Value = Vec<u8>> {
    let field = prop::sample::select(vec!["data", "event", "id", "retry", "x", ""]);
    let value = "[ -~ö]{0,8}";
    let line = (
        field,
        value,
        prop::sample::select(vec!["\n", "\r", "\r\n", "\n\n", "\r\r"]),
    );
    let line = line.prop_map(|(field, value, end)| format!("{field}: {value}{end}"));
    prop::collection::vec(line, 0..30).prop_map(|lines| lines.concat().into_bytes())
}

fn any_streams() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        streams(),
        clean_streams(),
        prop::collection::vec(any::<u8>(), 0..60)
    ]
}

proptest! {
    #[test]
    fn where_the_bytes_are_cut_decides_nothing(
        stream in any_streams(),
        cap in prop_oneof![Just(10_000_usize), 0_usize..60],
        many in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
    ) {
        let whole = read(&stream, cap, &[]);
        for cut in 0..=stream.len() {
            prop_assert_eq!(&read(&stream, cap, &[cut]), &whole);
        }
        let mut cuts: Vec<_> = many.iter().map(|at| at.index(stream.len() + 1)).collect();
        cuts.sort_unstable();
        prop_assert_eq!(&read(&stream, cap, &cuts), &whole);
        let every: Vec<_> = (0..stream.len()).collect();
        prop_assert_eq!(&read(&stream, cap, &every), &whole);
    }

    #[test]
    fn the_canonical_form_reads_as_the_same_events(stream in any_streams()) {
        let (items, _) = read(&stream, 10_000, &[]);
        let canonical = written(&items);
        let (again, end) = read(&canonical, 100_000, &[]);
        prop_assert_eq!(end, Ok(()));
        prop_assert_eq!(&again, &escaped(&items));
        prop_assert_eq!(written(&again), canonical);
    }

    #[test]
    fn every_reader_of_lines_finds_the_same_lines(stream in any_streams()) {
        let canonical = written(&read(&stream, 10_000, &[]).0);
        let text = String::from_utf8(canonical).unwrap();
        prop_assert!(!text.contains(|c: char| c != '\n' && ends_some_line(c)));
        let mark = '\u{feff}';
        prop_assert!(!text.starts_with(mark));
        for line in text.lines() {
            let known = ["", ":"].contains(&line)
                || ["event: ", "id: ", "retry: ", "data: "].iter().any(|start| line.starts_with(start));
            prop_assert!(known, "{line:?}");
        }
    }

    #[test]
    fn output_is_linear_in_input(stream in any_streams()) {
        let (items, _) = read(&stream, 10_000, &[]);
        // The longest is an escape: six bytes for one.
        prop_assert!(written(&items).len() <= 6 * stream.len());
        prop_assert!(items.len() <= stream.len() / 2);
    }

    #[test]
    fn clean_streams_are_read(stream in clean_streams()) {
        prop_assert_eq!(read(&stream, 10_000, &[]).1, Ok(()));
    }
}
