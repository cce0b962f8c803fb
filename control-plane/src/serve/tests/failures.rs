//! What a filter is told when the ledger cannot be written, and that it is true.

use super::*;

fn submission(vm: &str, records: usize) -> SubmitRequest {
    let mut chain = Chain::new(vm.to_owned());
    SubmitRequest {
        vm_id: vm.to_owned(),
        records: (0..records).map(|_| record(&mut chain)).collect(),
    }
}

fn stored(stage: &Stage) -> u64 {
    let report = ledger::verify::verify(&stage.dir.path().join(ledger::FILE_NAME)).unwrap();
    assert!(report.holds() && report.noted() == 0, "{report:?}");
    report.scopes.get("acme").map_or(0, |scope| scope.records)
}

#[tokio::test]
async fn without_room_a_submission_is_unavailable_and_is_taken_whole_when_there_is_some() {
    let stage = Stage::new().await;
    let mut service = AuditServiceClient::new(stage.channel().await);
    stage.ledger.limit_pages(1).await;
    let status = service.submit(submission("vm", 200)).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    assert_eq!(stored(&stage), 0);
    stage.ledger.limit_pages(1_000_000).await;
    let response = service.submit(submission("vm", 200)).await.unwrap();
    assert_eq!(response.into_inner().acknowledged_seq, 200);
    assert_eq!(stored(&stage), 200);
}

#[tokio::test]
async fn while_another_process_holds_the_database_a_submission_is_unavailable() {
    let stage = Stage::new().await;
    let mut service = AuditServiceClient::new(stage.channel().await);
    let other = rusqlite::Connection::open(stage.dir.path().join(ledger::FILE_NAME)).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let status = service.submit(submission("vm", 3)).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    other.execute_batch("ROLLBACK").unwrap();
    let response = service.submit(submission("vm", 3)).await.unwrap();
    assert_eq!(response.into_inner().acknowledged_seq, 3);
    assert_eq!(stored(&stage), 3);
}
