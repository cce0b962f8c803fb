//! Which MCP server a request is for.

use serde_json::json;
use tessera_tests::{Envoy, Setup, Upstream, call, post, post_json};

use crate::{decision, no_danger, policy};

#[test]
fn a_request_for_no_known_server_is_refused_unless_told_otherwise() {
    let upstream = Upstream::start();
    let request = call(1, "danger", json!({}));
    for (unmapped, status, reaches) in [("deny", 503, 0), ("forward", 200, 1)] {
        let setup = Setup::inline(upstream.port, &no_danger()).with("/unmapped", json!(unmapped));
        let envoy = Envoy::start(setup);
        upstream.forget();
        let answer = post_json(envoy.port, "/elsewhere", &request);
        assert_eq!(answer.status, status, "{unmapped}: {}", answer.text());
        assert_eq!(upstream.count(), reaches, "{unmapped}");
        // What is mapped is judged either way, however its path is written.
        for path in [
            "/mcp",
            "/mcp/",
            "//mcp",
            "/./mcp",
            "/a/../mcp",
            "/mcp?x=1",
            "/mcp;a=b",
            "/mcp/x",
        ] {
            let answer = post_json(envoy.port, path, &request);
            assert_eq!(
                decision(&answer)["policy_id"],
                "no-danger",
                "{unmapped} {path}"
            );
        }
        assert_eq!(upstream.count(), reaches, "{unmapped}");
    }
}

#[test]
fn policies_see_the_server_by_the_name_of_its_mapping() {
    let (one, two) = (Upstream::start(), Upstream::start());
    let mut only_two = policy("only-two", "write", "block", "not there");
    only_two["match"]["upstream"] = json!("two");
    let mut setup = Setup::inline(one.port, &[only_two]).with(
        "/upstreams",
        json!([
            {"name": "one", "path_prefix": "/one"},
            {"name": "two", "path_prefix": "/two"},
            {"name": "two", "authority": "two.example"},
        ]),
    );
    setup.routes = vec![("/two".to_owned(), two.port), ("/".to_owned(), one.port)];
    let envoy = Envoy::start(setup);
    let request = call(1, "write", json!({}));
    post_json(envoy.port, "/one", &request);
    assert_eq!((one.count(), two.count()), (1, 0));
    let denied = post_json(envoy.port, "/two", &request);
    assert_eq!(decision(&denied)["policy_id"], "only-two");
    let headers = [
        ("content-type", "application/json"),
        ("host", "Two.Example:8080"),
    ];
    let denied = post(envoy.port, "/any", &headers, request.to_string().as_bytes());
    assert_eq!(decision(&denied)["policy_id"], "only-two");
    assert_eq!((one.count(), two.count()), (1, 0));
}
