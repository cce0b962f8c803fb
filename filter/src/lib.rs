//! Tessera's filter: a proxy-wasm module for Envoy and Istio.
//!
//! It is a thin shell. Callbacks come in, the engine's steps go out; all judgement is in
//! `tessera-engine`. The files:
//!
//! | file | its job |
//! |---|---|
//! | `root.rs` | one per VM and configuration: settings, ticks, gRPC callbacks |
//! | `http.rs` | one per exchange: hands bytes to the engine and performs its steps |
//! | `host.rs` | every host call there is |
//! | `claims.rs` | claims of a token, as the host hands them over |
//! | `settings.rs` | the plugin configuration, as written and as used |
//! | `shared.rs` | what root and exchanges of one configuration share |
//! | `subscription.rs` | the bundle stream: reconnect, verify, swap, acknowledge |
//! | `last_good.rs` | the last good bundle, kept where a reload of the VM does not reach it |
//! | `state.rs` | the state of conversations: asked of the control plane, and kept there |
//! | `outbox.rs` | sealed records waiting to be acknowledged |
//! | `mirror.rs` | a request's records, put where Envoy's access log finds them |
//! | `metrics.rs` | counters and gauges in Envoy's statistics |

mod claims;
mod host;
mod http;
mod last_good;
mod metrics;
mod mirror;
mod outbox;
mod root;
mod settings;
mod shared;
mod state;
mod subscription;

mod entry {
    use proxy_wasm::types::LogLevel;

    proxy_wasm::main! {{
        proxy_wasm::set_log_level(LogLevel::Info);
        proxy_wasm::set_root_context(|context| Box::new(crate::root::Root::new(context)));
    }}
}
