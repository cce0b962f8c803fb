//! The service that keeps states of conversations, as a filter meets it.

use tessera_api::v1::state_service_client::StateServiceClient;
use tessera_api::v1::{Delta, MergeRequest, ReadRequest, Standing};
use tessera_engine::taint::Conversation;
use tessera_engine::time::UnixMillis;

use super::*;

const KEY: &str = "0123456789abcdef0123456789abcdef";
const OTHER: &str = "ffffffffffffffffffffffffffffffff";

fn read(keys: &[&str]) -> ReadRequest {
    ReadRequest {
        keys: keys.iter().map(|&key| key.to_owned()).collect(),
    }
}

fn merge(deltas: &[(&str, Vec<u8>)]) -> MergeRequest {
    let delta = |(key, state): &(&str, Vec<u8>)| Delta {
        key: (*key).to_owned(),
        state: state.clone(),
    };
    MergeRequest {
        deltas: deltas.iter().map(delta).collect(),
    }
}

#[tokio::test]
async fn what_one_filter_merged_every_filter_reads() {
    let stage = Stage::new().await;
    let state = Conversation::unknown(UnixMillis(1)).encode();
    let mut one = StateServiceClient::new(stage.channel().await);
    one.merge(merge(&[(KEY, state.clone())])).await.unwrap();
    let mut another = StateServiceClient::new(stage.channel().await);
    let answer = another.read(read(&[OTHER, KEY])).await.unwrap();
    let states = answer.into_inner().states;
    let standings: Vec<_> = states.iter().map(|state| state.standing()).collect();
    assert_eq!(standings, [Standing::NeverSeen, Standing::Known]);
    assert_eq!(states[1].state, state);
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_and_nothing_of_it_is_kept() {
    let stage = Stage::new().await;
    let mut service = StateServiceClient::new(stage.channel().await);
    let good = Conversation::fresh(UnixMillis(1)).encode();
    let cases = [
        merge(&[]),
        merge(&[("short", good.clone())]),
        merge(&[(KEY, good.clone()), (OTHER, b"no state".to_vec())]),
        merge(&[(KEY, good.clone()), (OTHER, Vec::new())]),
        merge(&[(KEY, good.clone()), (KEY, good)]),
    ];
    for request in cases {
        let status = service.merge(request.clone()).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument, "{request:?}");
    }
    let status = service.read(read(&["short"])).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    let answer = service.read(read(&[KEY])).await.unwrap();
    assert_eq!(
        answer.into_inner().states[0].standing(),
        Standing::NeverSeen
    );
}

#[tokio::test]
async fn where_tokens_are_asked_for_no_state_is_given_without() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("tokens");
    std::fs::write(&path, "0123456789abcdef\n").unwrap();
    let tokens = crate::settings::TokenSource::File(path);
    let stage = Stage::with(dir, |settings| settings.tokens = Some(tokens)).await;
    let mut service = StateServiceClient::new(stage.channel().await);
    let status = service.read(read(&[KEY])).await.unwrap_err();
    assert_eq!(status.code(), Code::Unauthenticated);
    let status = service.merge(merge(&[])).await.unwrap_err();
    assert_eq!(status.code(), Code::Unauthenticated);
    let mut request = Request::new(read(&[KEY]));
    let token = "Bearer 0123456789abcdef".parse().unwrap();
    request.metadata_mut().insert("authorization", token);
    assert!(service.read(request).await.is_ok());
}
