//! A control plane that is killed while filters hand over records: what it has acknowledged is
//! there afterwards, and what is sent again is not stored twice.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "test code: whatever goes wrong here must fail the test that called it"
)]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::Value;
use tessera_api::v1::SubmitRequest;
use tessera_api::v1::audit_service_client::AuditServiceClient;
use tessera_engine::audit::Chain;
use tessera_engine::json::Object;
use tonic::transport::{Channel, Endpoint};

/// Filter VMs at work.
const VMS: usize = 6;

/// Records of each.
const RECORDS: usize = 400;

/// Records in a submission.
const BATCH: usize = 5;

/// Acknowledgements after which the control plane is killed: in the middle.
const ENOUGH: u64 = 120;

/// The limit of every wait: only for a broken build.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running `tessera serve`; killed when dropped.
struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn tessera(dir: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tessera"));
    command.args(arguments).current_dir(dir);
    command
}

async fn serve(dir: &Path) -> (Served, AuditServiceClient<Channel>) {
    // A control plane that was killed has left its own.
    let _ = std::fs::remove_file(dir.join("data/status.json"));
    let child = tessera(dir, &["serve", "--listen", "127.0.0.1:0"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let served = Served(child.unwrap());
    let connecting = async {
        loop {
            let status = std::fs::read(dir.join("data/status.json")).unwrap_or_default();
            let status: Value = serde_json::from_slice(&status).unwrap_or_default();
            if let Some(listen) = status["listen"].as_str() {
                let endpoint = Endpoint::from_shared(format!("http://{listen}")).unwrap();
                if let Ok(channel) = endpoint.connect().await {
                    return AuditServiceClient::new(channel);
                }
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let client = tokio::time::timeout(PATIENCE, connecting).await;
    (served, client.unwrap())
}

/// Everything a VM has to hand over.
fn records(vm: &str) -> Vec<Vec<u8>> {
    let mut chain = Chain::new(vm.to_owned());
    let mut record = || {
        let object = Object::new()
            .with("kind", "message")
            .with("id", chain.id().as_str())
            .with("time", "2026-01-02T03:04:05.000Z")
            .with("scope", "acme");
        chain.seal_object(&object).bytes
    };
    (0..RECORDS).map(|_| record()).collect()
}

/// Hands records over until the control plane is gone; how many were acknowledged.
async fn hand_over(
    mut client: AuditServiceClient<Channel>,
    vm: String,
    acknowledgements: Arc<AtomicU64>,
) -> u64 {
    let mut acknowledged = 0;
    for batch in records(&vm).chunks(BATCH) {
        let request = SubmitRequest {
            vm_id: vm.clone(),
            records: batch.to_vec(),
        };
        let Ok(response) = client.submit(request).await else {
            break;
        };
        acknowledged = response.into_inner().acknowledged_seq;
        acknowledgements.fetch_add(1, Ordering::SeqCst);
    }
    acknowledged
}

/// How often each record is in the ledger, by id.
fn exported(dir: &Path) -> BTreeMap<String, usize> {
    let output = tessera(dir, &["audit", "export", "--scope", "acme"]).output();
    let mut times = BTreeMap::new();
    for line in String::from_utf8(output.unwrap().stdout).unwrap().lines() {
        let record: Value = serde_json::from_str(line).unwrap();
        *times
            .entry(record["id"].as_str().unwrap().to_owned())
            .or_default() += 1;
    }
    times
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_before_a_kill_is_there_and_a_retry_stores_nothing_twice() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    assert!(tessera(dir, &["init"]).output().unwrap().status.success());
    let (mut served, client) = serve(dir).await;
    let acknowledgements = Arc::new(AtomicU64::new(0));
    let vms = (0..VMS).map(|number| format!("vm-{number}"));
    let at_work: Vec<_> = vms
        .map(|vm| {
            let work = hand_over(client.clone(), vm.clone(), Arc::clone(&acknowledgements));
            (vm, tokio::spawn(work))
        })
        .collect();
    let waiting = async {
        while acknowledgements.load(Ordering::SeqCst) < ENOUGH {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.unwrap();
    // SIGKILL.
    served.0.kill().unwrap();
    served.0.wait().unwrap();
    let mut acknowledged = BTreeMap::new();
    for (vm, work) in at_work {
        acknowledged.insert(vm, work.await.unwrap());
    }
    let (served, mut client) = serve(dir).await;
    let stored = exported(dir);
    for (vm, up_to) in &acknowledged {
        for seq in 1..=*up_to {
            assert_eq!(stored.get(&format!("{vm}-{seq}")), Some(&1), "{vm} {seq}");
        }
    }
    assert!(stored.len() < VMS * RECORDS, "it was killed too late");
    // Each filter goes on with what it has not been told to forget; one begins from the start.
    for (vm, up_to) in &acknowledged {
        let from = if vm == "vm-0" {
            0
        } else {
            usize::try_from(*up_to).unwrap()
        };
        for batch in records(vm)[from..].chunks(BATCH) {
            let request = SubmitRequest {
                vm_id: vm.clone(),
                records: batch.to_vec(),
            };
            client.submit(request).await.unwrap();
        }
    }
    let stored = exported(dir);
    assert_eq!(stored.len(), VMS * RECORDS);
    assert!(stored.values().all(|times| *times == 1));
    let verified = tessera(dir, &["audit", "verify", "--json"])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&verified.stdout);
    assert_eq!(verified.status.code(), Some(0), "{text}");
    drop(served);
}
