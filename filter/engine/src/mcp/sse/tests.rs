//! Rows of `mcp-wire.md` section 10 about framing, and the standard's own corners.

use super::*;

/// The items of a whole stream and how it ended.
fn read(stream: &[u8]) -> (Vec<Item>, Result<(), SseError>) {
    let mut out = Vec::new();
    let end = Parser::new(1_000).feed(stream, &mut out);
    (out, end)
}

/// Items in a short notation: one event per `(event, id, retry, data)`, comments as `#`.
fn shown(items: &[Item]) -> Vec<String> {
    let show = |item: &Item| match item {
        Item::Comment => "#".to_owned(),
        Item::Event(event) => {
            let mut text = Vec::new();
            text.extend(event.event.as_ref().map(|kind| format!("event={kind}")));
            text.extend(event.id.as_ref().map(|id| format!("id={id}")));
            text.extend(event.retry.map(|ms| format!("retry={ms}")));
            text.extend(event.data.as_ref().map(|data| format!("data={data}")));
            text.join("|")
        }
    };
    items.iter().map(show).collect()
}

#[test]
fn every_framing_clients_accept_is_read_alike() {
    let cases: &[(&str, &[u8], &[&str])] = &[
        (
            "LF",
            b"event: message\ndata: {}\n\n",
            &["event=message|data={}"],
        ),
        (
            "CRLF",
            b"event: message\r\ndata: {}\r\n\r\n",
            &["event=message|data={}"],
        ),
        (
            "CR",
            b"event: message\rdata: {}\r\r",
            &["event=message|data={}"],
        ),
        (
            "mixed",
            b"event: message\rdata: {}\r\n\n",
            &["event=message|data={}"],
        ),
        ("lines are joined", b"data: a\ndata: b\n\n", &["data=a\nb"]),
        (
            "empty lines too",
            b"data\ndata:\ndata: \n\n",
            &["data=\n\n"],
        ),
        ("no space", b"data:{}\n\n", &["data={}"]),
        ("two spaces", b"data:  {}\n\n", &["data= {}"]),
        ("a tab is no space", b"data:\t{}\n\n", &["data=\t{}"]),
        ("colons in the value", b"data: a: b\n\n", &["data=a: b"]),
        (
            "comments",
            b": keep\n\n:\ndata: a\n:x\ndata: b\n\n",
            &["#", "data=a\nb"],
        ),
        ("byte order mark", b"\xEF\xBB\xBFdata: a\n\n", &["data=a"]),
        ("a second one", b"\xEF\xBB\xBF\xEF\xBB\xBFdata: a\n\n", &[]),
        ("a later one", b"\n\xEF\xBB\xBFdata: a\n\n", &[]),
        ("priming", b"id: 1\ndata: \n\n", &["id=1|data="]),
        (
            "priming with retry",
            b"id: 3\ndata: \nretry: 100\n\n",
            &["id=3|retry=100|data="],
        ),
        ("only an id", b"id: 1\n\ndata: a\n\n", &["id=1", "data=a"]),
        ("only retry", b"retry: 5\n\n", &["retry=5"]),
        ("only a type", b"event: x\n\ndata: a\n\n", &["data=a"]),
        ("a type and an id", b"event: x\nid: 1\n\n", &["id=1"]),
        ("empty type", b"event: x\nevent\ndata: a\n\n", &["data=a"]),
        ("empty id", b"id\ndata: a\n\n", &["id=|data=a"]),
        (
            "the last id counts",
            b"id: 1\nid: 2\ndata: a\n\n",
            &["id=2|data=a"],
        ),
        (
            "an id with NUL",
            b"id: 1\nid: 2\0\ndata: a\n\n",
            &["id=1|data=a"],
        ),
        (
            "other types",
            b"event: Message\ndata: a\n\n",
            &["event=Message|data=a"],
        ),
        (
            "no number",
            b"retry: 1s\nretry: -1\nretry:\nretry:  5\ndata: a\n\n",
            &["data=a"],
        ),
        (
            "no number we know",
            b"retry: 7\nretry: 99999999999999999999\n\n",
            &["retry=7"],
        ),
        ("capitals", b"DATA: a\n\n", &[]),
        ("leading space", b" data: a\n\n", &[]),
        ("leading NUL", b"\0data: a\n\n", &[]),
        ("space before the colon", b"data : a\n\n", &[]),
        (
            "unknown fields",
            b"x: y\ndata: a\nnonsense\n\xff: \xff\n\n",
            &["data=a"],
        ),
        (
            "bytes nobody reads",
            b": \xff\nid: \xff\0\nretry: \xff\ndata: a\n\n",
            &["#", "data=a"],
        ),
        ("unterminated", b"data: a\n\ndata: b\n", &["data=a"]),
        ("unterminated line", b"data: a\n\ndata: b", &["data=a"]),
        ("blank lines", b"\n\r\n\r\n", &[]),
        ("nothing", b"", &[]),
    ];
    for (name, stream, expected) in cases {
        let (items, end) = read(stream);
        assert_eq!(end, Ok(()), "{name}");
        assert_eq!(shown(&items), *expected, "{name}");
    }
}

#[test]
fn an_event_is_handed_out_with_the_end_of_its_blank_line() {
    for (stream, tail) in [
        (&b"data: a\n\n"[..], &b""[..]),
        (b"data: a\r\n\r", b"\n"),
        (b"data: a\r\r", b"\ndata: b"),
        (b"\xEF\xBB\xBFdata: a\n\r", b"\n"),
    ] {
        let mut parser = Parser::new(100);
        for byte in stream.split_last().unwrap().1 {
            let mut out = Vec::new();
            parser.feed(&[*byte], &mut out).unwrap();
            assert_eq!(out, [], "{stream:?}");
        }
        let mut out = Vec::new();
        parser.feed(&stream[stream.len() - 1..], &mut out).unwrap();
        assert_eq!(shown(&out), ["data=a"], "{stream:?}");
        parser.feed(tail, &mut out).unwrap();
        assert_eq!(out.len(), 1, "{stream:?}");
    }
}

#[test]
fn a_line_end_cut_in_two_is_one_line_end() {
    let mut parser = Parser::new(100);
    let mut out = Vec::new();
    for piece in [&b"data: a\r"[..], b"", b"\ndata: b\r", b"\n\r", b"\n"] {
        parser.feed(piece, &mut out).unwrap();
    }
    assert_eq!(shown(&out), ["data=a\nb"]);
}

#[test]
fn keep_alives_of_two_pieces_are_two() {
    let mut parser = Parser::new(10);
    for _ in 0..100 {
        let mut out = Vec::new();
        parser.feed(b": x\n: y\n", &mut out).unwrap();
        assert_eq!(out, [Item::Comment]);
    }
}

#[test]
fn what_readers_read_differently_ends_the_stream() {
    let not_utf8 = |field, at| SseError::NotUtf8 { field, at };
    let separator = |field, character, at| SseError::LineSeparator {
        field,
        character,
        at,
    };
    let cases: &[(&[u8], SseError)] = &[
        (b"data: a\n\ndata: \xffb\n\n", not_utf8("data", 15)),
        (b"\xEF\xBB\xBFdata:\xff", not_utf8("data", 8)),
        (b"data: \xc3\ndata: \xb6\n\n", not_utf8("data", 6)),
        (b"data: \xc0\xaf\n", not_utf8("data", 6)),
        (b"data: \xed\xa0\x80\n", not_utf8("data", 6)),
        (b"id: 1\r\nid: \xff\r\n", not_utf8("id", 11)),
        (b"event: message\xff\n", not_utf8("event", 14)),
        (
            "id: a\u{2028}data: x\n".as_bytes(),
            separator("id", '\u{2028}', 5),
        ),
        (b"event: a\x0bdata: x\n", separator("event", '\u{b}', 8)),
    ];
    for (stream, expected) in cases {
        let stream = [*stream, b"\n"].concat();
        let mut parser = Parser::new(1_000);
        let mut out = Vec::new();
        assert_eq!(parser.feed(&stream, &mut out).as_ref(), Err(expected));
        let before = out.len();
        assert_eq!(
            parser.feed(b"\n\ndata: x\n\n", &mut out).as_ref(),
            Err(expected)
        );
        assert_eq!(out.len(), before, "something was read after an error");
    }
}

#[test]
fn an_event_may_have_as_many_bytes_as_the_cap() {
    let too_large = |at| Err(SseError::TooLarge { limit: 8, at });
    let cases: &[(&[u8], usize, Result<(), SseError>)] = &[
        (b"data:ab\n\n", 1, Ok(())),
        (b"data:ab\r\n\r\n", 1, Ok(())),
        (b"data:abc\n\n", 0, too_large(0)),
        (b"data\n:xx\n\n", 1, too_large(0)),
        (b"data\nxx\n\n", 1, Ok(())),
        (b"data\nxxx\n\n", 0, too_large(0)),
        (b"id\n\r\ndata\n\ndata\ndata\n", 2, too_large(11)),
        (b":\n:\n:\n:\n:\ndata:ab\n\n", 2, Ok(())),
        (b":23456789", 0, too_large(0)),
        (b"ignored\r\nignored\r\ndata:ab\r\n\r\n", 1, Ok(())),
        (b"ignored\r\n123456789", 0, too_large(9)),
    ];
    for (stream, items, end) in cases {
        let name = String::from_utf8_lossy(stream);
        for cut in 0..=stream.len() {
            let mut parser = Parser::new(8);
            let mut out = Vec::new();
            let (first, second) = stream.split_at(cut);
            let got = parser.feed(first, &mut out);
            let got = got.and_then(|()| parser.feed(second, &mut out));
            assert_eq!(&got, end, "{name}");
            out.dedup();
            assert_eq!(out.len(), *items, "{name}");
        }
    }
}

#[test]
fn errors_say_where() {
    for (error, text) in [
        (
            read(b"data: \xff\n").1,
            "the field `data` of an event is not UTF-8 at byte 6 of the stream",
        ),
        (
            read("id: a\u{85}b\n".as_bytes()).1,
            "the field `id` of an event holds U+0085 at byte 5 of the stream, where some readers \
             end the line",
        ),
        (
            read(&[b'x'; 2_000]).1,
            "an event of the stream has more than 1000 bytes; it begins at byte 0 of the stream",
        ),
    ] {
        assert_eq!(error.unwrap_err().to_string(), text);
    }
}

fn written(items: &[Item]) -> String {
    let mut out = Vec::new();
    items.iter().for_each(|item| item.write(&mut out));
    String::from_utf8(out).unwrap()
}

#[test]
fn the_canonical_form_has_one_line_per_field() {
    let stream = b"\xEF\xBB\xBF:x\rretry:5\rdata:{\rid:7\rDATA:no\revent:e\rdata:}\r\rid:8\r\r";
    assert_eq!(
        written(&read(stream).0),
        ":\n\nevent: e\nid: 7\nretry: 5\ndata: {\ndata: }\n\nid: 8\n\n"
    );
    assert_eq!(written(&read(b"id:\ndata\n\n").0), "id: \ndata: \n\n");
}

#[test]
fn no_reader_finds_a_second_line_in_a_line_of_data() {
    let stream = "data: \"a\u{2028}\u{2029}data: b\u{85}\u{85}c\"\n\n";
    let expected = "data: \"a\\u2028\\u2029data: b\\u0085\\u0085c\"\n\n";
    assert_eq!(written(&read(stream.as_bytes()).0), expected);
    let event = Event {
        event: Some("a\ndata: x".into()),
        id: Some("1\r".into()),
        data: Some("x\r".into()),
        retry: None,
    };
    assert_eq!(written(&[Item::Event(event)]), "data: x\\u000d\n\n");
}

#[test]
fn json_can_be_put_on_one_line_without_changing_what_it_says() {
    let Some(Item::Event(event)) = read(b"id: 1\ndata: {\"a\":\ndata: [1]\ndata: }\n\n")
        .0
        .pop()
    else {
        panic!("no event");
    };
    let parsed =
        |event: &Event| crate::json::parse(event.data.as_ref().unwrap().as_bytes()).unwrap();
    let one_line = event.clone().on_one_line();
    assert_eq!(parsed(&one_line), parsed(&event));
    assert_eq!(
        written(&[Item::Event(one_line)]),
        "id: 1\ndata: {\"a\": [1] }\n\n"
    );
}

#[test]
fn only_events_of_type_message_are_messages() {
    for (stream, expected) in [
        (&b"data: a\n\n"[..], true),
        (b"event:\ndata: a\n\n", true),
        (b"event: message\ndata: a\n\n", true),
        (b"event: Message\ndata: a\n\n", false),
        (b"event:  message\ndata: a\n\n", false),
        (b"event: message\0\ndata: a\n\n", false),
    ] {
        let Item::Event(event) = &read(stream).0[0] else {
            panic!("no event");
        };
        assert_eq!(event.is_message(), expected, "{stream:?}");
    }
}
