//! What a filter hands over as a record and is none: kept, acknowledged, noted once.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use tessera_engine::digest::Digest;
use tessera_engine::limits::EVIDENCE_BYTES;

use super::*;

/// A record without a kind; its sequence number can still be read.
fn kindless(sealed: &Sealed) -> Vec<u8> {
    let text = String::from_utf8(sealed.bytes.clone()).unwrap();
    text.replace(r#""kind":"message","#, "").into_bytes()
}

#[tokio::test]
async fn its_bytes_are_kept_and_the_records_around_it_are_stored() {
    let stage = Stage::new();
    let [first, second, third, fourth] = records("vm", "acme");
    let bad = kindless(&second);
    let sent: [&[u8]; 4] = [&first.bytes, &bad, &third.bytes, &fourth.bytes];
    for _ in 0..2 {
        assert_eq!(stage.submit_bytes("vm", &sent).await, Ok(4));
    }
    let expected = [
        "message",
        "record_unreadable",
        "message",
        "chain_gap",
        "message",
    ];
    assert_eq!(stage.kinds(), expected);
    let evidence = &stage.stored()[1];
    let said =
        ["scope", "of_vm", "position", "acknowledged_seq", "reason"].map(|m| text(evidence, m));
    let reason = "member `kind` is missing or malformed";
    assert_eq!(said, ["tessera", "vm", "1", "2", reason]);
    assert_eq!(text(evidence, "record_hash"), Digest::of(&bad).to_string());
    assert_eq!(STANDARD.decode(text(evidence, "bytes")).unwrap(), bad);
    // The gap behind it is noted once, and so is it.
    let report = stage.verify();
    assert!(report.holds(), "{report:?}");
    assert_eq!(report.noted(), 2);
    assert_eq!(report.scopes["tessera"].noted, 1);
}

#[tokio::test]
async fn of_long_bytes_the_beginning_is_kept_with_length_and_digest_of_all() {
    let stage = Stage::new();
    let long = vec![b'x'; tessera_engine::limits::RECORD_BYTES + 1];
    assert_eq!(stage.submit_bytes("vm", &[&long]).await, Ok(1));
    let evidence = &stage.stored()[0];
    let kept = STANDARD.decode(text(evidence, "bytes")).unwrap();
    assert_eq!(kept, &long[..EVIDENCE_BYTES]);
    assert_eq!(text(evidence, "length"), long.len().to_string());
    assert_eq!(text(evidence, "record_hash"), Digest::of(&long).to_string());
}

#[tokio::test]
async fn a_record_of_another_vm_does_not_touch_that_vms_chain() {
    let stage = Stage::new();
    let [first, second] = records("vm", "acme");
    stage.submit("vm", &[&first]).await.unwrap();
    assert_eq!(stage.submit("thief", &[&second]).await, Ok(2));
    stage.submit("vm", &[&second]).await.unwrap();
    assert_eq!(stage.kinds(), ["message", "record_unreadable", "message"]);
    let report = stage.verify();
    assert!(report.holds() && report.noted() == 1, "{report:?}");
}

#[tokio::test]
async fn nothing_but_rubbish_is_acknowledged_too() {
    let stage = Stage::new();
    assert_eq!(stage.submit_bytes("vm", &[b"one"]).await, Ok(1));
    assert_eq!(stage.submit_bytes("vm", &[b"two", b""]).await, Ok(3));
    assert_eq!(stage.submit_bytes("vm", &[b"one", b"two"]).await, Ok(2));
    assert_eq!(stage.submit_bytes("vm", &[]).await, Ok(0));
    assert_eq!(stage.kinds(), ["record_unreadable"; 3]);
    // Also after a restart.
    let stage = Stage::open(stage.close());
    assert_eq!(stage.submit_bytes("vm", &[b"", b"four"]).await, Ok(4));
    assert_eq!(stage.kinds(), ["record_unreadable"; 4]);
}

#[tokio::test]
async fn edited_evidence_is_found() {
    let stage = Stage::new();
    stage.submit_bytes("vm", &[b"rubbish"]).await.unwrap();
    let dir = stage.close();
    let path = dir.path().join(FILE_NAME);
    let forge = "UPDATE records SET bytes = \
                 CAST(replace(CAST(bytes AS TEXT), 'cnViYmlzaA==', 'bm90aGluZw==') AS BLOB)";
    let forger = Connection::open(&path).unwrap();
    assert_eq!(forger.execute(forge, []), Ok(1));
    assert!(!verify(&path).unwrap().holds());
}

/// How a record arrives.
#[derive(Debug, Clone, Copy)]
enum Arrives {
    Whole,
    Kindless,
    Cut,
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// The filter's outbox sends its oldest records until they are acknowledged: each answer must
    /// let it forget something, and never what it has not sent.
    #[test]
    fn an_outbox_always_drains_and_never_forgets_what_it_has_not_sent(
        arrive in prop::collection::vec(
            prop_oneof![Just(Arrives::Whole), Just(Arrives::Kindless), Just(Arrives::Cut)],
            1..12,
        ),
        batch in 1_usize..5,
    ) {
        let mut chain = Chain::new("vm".to_owned());
        let mut outbox: Vec<(i64, Vec<u8>)> = (1..).zip(arrive.iter().map(|arrives| {
            let sealed = record(&mut chain, "acme");
            match arrives {
                Arrives::Whole => sealed.bytes,
                Arrives::Kindless => kindless(&sealed),
                Arrives::Cut => sealed.bytes[..sealed.bytes.len() - 2].to_vec(),
            }
        })).collect();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let stage = Stage::new();
        while let Some((first, _)) = outbox.first() {
            let first = *first;
            let sent: Vec<&[u8]> = outbox.iter().take(batch).map(|(_, bytes)| &**bytes).collect();
            let last = first + i64::try_from(sent.len()).unwrap() - 1;
            let up_to = runtime.block_on(stage.submit_bytes("vm", &sent)).unwrap();
            prop_assert!((first..=last).contains(&up_to), "{first}..={last}: {up_to}");
            outbox.retain(|(seq, _)| *seq > up_to);
        }
        let kinds = stage.kinds();
        let count = |kind: &str| kinds.iter().filter(|stored| *stored == kind).count();
        prop_assert_eq!(count("message") + count("record_unreadable"), arrive.len());
        prop_assert!(stage.verify().holds());
    }
}
