//! A disk without room and a database somebody else holds: nothing is half written, nothing is
//! acknowledged that is not stored, and it goes on afterwards.

use super::*;

/// More than any test writes.
const ROOM: u32 = 1_000_000;

/// As many records as fill several pages.
fn many(vm: &str) -> Vec<Sealed> {
    let mut chain = Chain::new(vm.to_owned());
    (0..200).map(|_| record(&mut chain, "acme")).collect()
}

#[tokio::test]
async fn a_full_disk_is_unavailable_and_stores_nothing_of_a_submission() {
    let stage = Stage::new();
    let [first] = records("before", "acme");
    stage.submit("before", &[&first]).await.unwrap();
    stage.ledger.limit_pages(1).await;
    let many = many("vm");
    let many: Vec<&Sealed> = many.iter().collect();
    let refused = stage.submit("vm", &many).await;
    let Err(LedgerError::Unavailable { reason }) = refused else {
        panic!("{refused:?}");
    };
    assert!(reason.contains("full"), "{reason}");
    assert_eq!(stage.kinds(), ["message"]);
    assert!(stage.verify().holds());

    stage.ledger.limit_pages(ROOM).await;
    assert_eq!(stage.submit("vm", &many).await, Ok(200));
    stage
        .ledger
        .note("bundle_published", Object::new())
        .await
        .unwrap();
    let report = stage.verify();
    assert!(report.holds() && report.noted() == 0, "{report:?}");
    assert_eq!(report.scopes["acme"].records, 201);
}

#[tokio::test]
async fn a_submission_that_finds_no_room_takes_none_from_others_of_its_time() {
    let stage = Stage::new();
    stage.ledger.limit_pages(1).await;
    let large = many("large");
    let large: Vec<&Sealed> = large.iter().collect();
    let [small] = records("small", "acme");
    let small = [&small];
    let (large, small) = tokio::join!(stage.submit("large", &large), stage.submit("small", &small));
    assert!(large.is_err());
    // Whether the little one found room or not, its answer is true.
    assert_eq!(stage.kinds().len(), usize::from(small.is_ok()));
    assert!(stage.verify().holds());
}

#[tokio::test]
async fn many_submissions_behind_a_lock_are_all_unavailable_and_are_stored_later() {
    let stage = Stage::new();
    let other = Connection::open(stage.path()).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let submit = |number: usize| {
        let ledger = stage.ledger.clone();
        tokio::spawn(async move {
            let vm = format!("vm-{number}");
            let [first] = records(&vm, "acme");
            ledger.append(vec![incoming(&vm, 0, first.bytes)]).await
        })
    };
    for refused in (0..100).map(submit).collect::<Vec<_>>() {
        let refused = refused.await.unwrap();
        assert!(
            matches!(refused, Err(LedgerError::Unavailable { .. })),
            "{refused:?}"
        );
    }
    other.execute_batch("ROLLBACK").unwrap();
    for stored in (0..100).map(submit).collect::<Vec<_>>() {
        assert_eq!(stored.await.unwrap(), Ok(1));
    }
    let report = stage.verify();
    assert!(report.holds() && report.noted() == 0, "{report:?}");
    assert_eq!(report.scopes["acme"].records, 100);
}
