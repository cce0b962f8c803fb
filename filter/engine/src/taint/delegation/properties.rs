//! Properties of delegation: what is handed on is never more, and a host has one form.

use super::destination::host;
use super::*;
use crate::json::{Number, Object, Value};
use proptest::collection::btree_set;
use proptest::option;
use proptest::prelude::*;

const NOW: UnixMillis = UnixMillis(1_000);

fn names(names: &'static [&'static str]) -> impl Strategy<Value = BTreeSet<String>> {
    let name = prop::sample::select(names).prop_map(str::to_owned);
    btree_set(name, 0..3)
}

fn list(names: BTreeSet<String>) -> Value {
    Value::Array(names.into_iter().map(Value::from).collect())
}

const TOOLS: &[&str] = &["a", "b", "c"];
const DOMAINS: &[&str] = &["x.com", "api.x.com", "y.com", "127.0.0.1"];

fn constraints() -> impl Strategy<Value = Constraints> {
    (
        option::of(names(TOOLS)),
        option::of(names(TOOLS)),
        option::of(names(DOMAINS)),
        option::of(names(DOMAINS)),
        option::of(0..5_u64),
        option::of(any::<bool>()),
    )
        .prop_map(|(allowed, denied, inside, outside, cost, read_only)| {
            let mut object = Object::new();
            let lists = [
                ("allowed_tools", allowed),
                ("denied_tools", denied),
                ("allowed_domains", inside),
                ("denied_domains", outside),
            ];
            for (name, names) in lists {
                if let Some(names) = names {
                    object.set(name, list(names));
                }
            }
            if let Some(cost) = cost {
                object.set("max_cost_usd", cost);
            }
            if let Some(read_only) = read_only {
                object.set("read_only", read_only);
            }
            Constraints::new(&object)
        })
}

fn parent() -> impl Strategy<Value = Delegation> {
    (names(TOOLS), constraints(), option::of(900..1_200_i64)).prop_map(
        |(authorized_actions, constraints, expires_at)| Delegation {
            subject: "alice".to_owned(),
            delegate: Some("agent".to_owned()),
            audience: "gateway".to_owned(),
            authorized_actions,
            constraints,
            session_id: "s".to_owned(),
            expires_at: expires_at.map(UnixMillis),
        },
    )
}

fn child() -> impl Strategy<Value = Child> {
    let ends = option::of(900..1_200_i64);
    (option::of(names(TOOLS)), constraints(), ends).prop_map(
        |(authorized_actions, constraints, expires_at)| Child {
            delegate: "agent".to_owned(),
            authorized_actions,
            constraints,
            session_id: None,
            expires_at: expires_at.map(UnixMillis),
        },
    )
}

fn arguments() -> impl Strategy<Value = Object> {
    let url = option::of(prop::sample::select(vec![
        "https://x.com/p",
        "API.x.com:443",
        "y.com",
        "z.com",
        "0x7f.1",
        "?",
    ]));
    (url, option::of(-1..6_i64)).prop_map(|(url, cost)| {
        let mut object = Object::new();
        if let Some(url) = url {
            object.set("url", url);
        }
        if let Some(cost) = cost {
            object.set("cost_usd", Value::Number(Number::from(cost)));
        }
        object
    })
}

proptest! {
    #[test]
    fn what_a_child_may_do_its_parent_may(
        parent in parent(),
        child in child(),
        tool in prop::sample::select(TOOLS),
        arguments in arguments(),
        acting in prop::sample::select(vec![Acting::Reads, Acting::Changes]),
    ) {
        let may = |delegation: &Delegation| {
            let delegated = Delegated { delegation, identity: Some("agent"), acting };
            decide(&delegated, tool, Some(&arguments), NOW).is_ok()
        };
        if let Ok(narrowed) = narrow(&parent, &child) {
            prop_assert!(!may(&narrowed) || may(&parent));
        }
    }

    #[test]
    fn asking_for_nothing_hands_on_what_there_is(parent in parent()) {
        let child = Child { delegate: "agent".to_owned(), ..Child::default() };
        prop_assert_eq!(narrow(&parent, &child), Ok(parent));
    }

    #[test]
    fn a_host_has_one_form(text in "[a-zA-Z0-9.:/@\\[\\]\\\\%#?xé。-]{0,20}") {
        if let Some(form) = host(&text) {
            prop_assert_eq!(host(&form), Some(form.clone()));
            prop_assert_eq!(host(&format!("https://user@{}/path", bracketed(&form))), Some(form));
        }
    }

    #[test]
    fn any_text_is_a_host_or_not(text in ".*") {
        prop_assert!(host(&text).is_none_or(|host| host.is_ascii() && !host.is_empty()));
    }
}

fn bracketed(host: &str) -> String {
    if host.contains(':') {
        format!("[{host}]")
    } else {
        host.to_owned()
    }
}
