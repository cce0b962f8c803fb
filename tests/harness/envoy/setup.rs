//! What one Envoy of the tests is configured with.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::process::wasm_module;

/// Everything that differs between one Envoy of the tests and another.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The filter's plugin configuration.
    pub plugin: Value,
    /// Where requests go: path prefix and loopback port; the first match wins.
    pub routes: Vec<(String, u16)>,
    /// Loopback port of the control plane; cluster `tessera`.
    pub control_plane: Option<u16>,
    /// Worker threads, and so VMs that judge.
    pub workers: u32,
    /// Where Envoy listens; 0 is any free port. A fixed one is for settings that name it.
    pub listen: u16,
    /// HTTP filters in front of ours.
    pub before: Vec<Value>,
    /// Whether Envoy takes our filter's configuration from a file it watches (extension discovery), as a mesh does
    /// from its control plane; [`Envoy::rediscover`] changes it.
    pub discovered: bool,
    /// Whether our filter is there at all; without it Envoy only forwards.
    pub judged: bool,
    /// Whether requests go to the loopback port that their `x-envoy-original-dst-host` names, whatever the routes say:
    /// for servers that somebody else starts.
    pub by_header: bool,
}

impl Setup {
    /// A filter with an inline bundle in front of one upstream named `demo`, mapped to `/mcp`.
    /// Callers need no token: everyone is `anonymous` in scope `default`.
    pub fn inline(upstream: u16, policies: &[Value]) -> Self {
        let plugin = json!({
            "upstreams": [{"name": "demo", "path_prefix": "/mcp"}],
            "callers": {"anonymous": {"name": "anonymous", "scope": "default"}},
            "bundle": {
                "format": "tessera.bundle/1",
                "settings": {"mode": "enforcement", "default_action": "allow", "lockdown": false},
                "policies": policies,
            },
        });
        Self {
            plugin,
            routes: vec![("/".to_owned(), upstream)],
            control_plane: None,
            workers: 1,
            listen: 0,
            before: Vec::new(),
            discovered: false,
            judged: true,
            by_header: false,
        }
    }

    /// Envoy without our filter, with `filters` in front of one upstream: what a benchmark compares with.
    pub fn unjudged(upstream: u16, filters: Vec<Value>) -> Self {
        Self {
            before: filters,
            judged: false,
            ..Self::inline(upstream, &[])
        }
    }

    /// A filter that gets its bundle from the control plane at `port`.
    pub fn remote(upstream: u16, port: u16, trusted_keys: Value) -> Self {
        let mut setup = Self::inline(upstream, &[]);
        setup.plugin.as_object_mut().unwrap().remove("bundle");
        setup.plugin["control_plane"] = json!({"cluster": "tessera", "trusted_keys": trusted_keys});
        setup.control_plane = Some(port);
        setup
    }

    /// Changes the plugin configuration: `setup.with("/unmapped", json!("forward"))`.
    pub fn with(mut self, pointer: &str, value: Value) -> Self {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        let object = self
            .plugin
            .pointer_mut(parent)
            .and_then(Value::as_object_mut);
        object
            .unwrap_or_else(|| panic!("no object at `{parent}`"))
            .insert(name.to_owned(), value);
        self
    }

    /// The whole Envoy configuration.
    pub(super) fn config(&self, dir: &Path) -> Value {
        let mut clusters = Vec::new();
        let mut routes = Vec::new();
        for (index, (prefix, port)) in self.routes.iter().enumerate() {
            let name = format!("upstream_{index}");
            clusters.push(if self.by_header {
                cluster_by_header(&name)
            } else {
                upstream_cluster(&name, *port)
            });
            routes.push(route(prefix, &name));
        }
        if let Some(port) = self.control_plane {
            let mut tessera = cluster("tessera", port);
            tessera["typed_extension_protocol_options"] = json!({
                "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                    "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
                    "explicit_http_config": {"http2_protocol_options": {
                        "connection_keepalive": {"interval": "5s", "timeout": "2s"},
                    }},
                },
            });
            clusters.push(tessera);
        }
        let mut filters = self.before.clone();
        if self.discovered {
            filters.push(discovered(dir));
        } else if self.judged {
            filters.push(plugin(&self.plugin));
        }
        filters.push(json!({
            "name": "envoy.filters.http.router",
            "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"},
        }));
        let mut listener = listener(&filters, &routes);
        listener["address"]["socket_address"]["port_value"] = json!(self.listen);
        json!({
            "admin": {"address": {"socket_address": {"address": "127.0.0.1", "port_value": 0}}},
            "static_resources": {"listeners": [listener], "clusters": clusters},
            "layered_runtime": {"layers": [{"name": "tests", "static_layer": {
                "re2.max_program_size.error_level": 1000,
            }}]},
        })
    }
}

/// The HTTP filter entry of the filter.
pub fn plugin(configuration: &Value) -> Value {
    json!({
        "name": "tessera",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm",
            "config": {
                "name": "tessera",
                "failure_policy": "FAIL_RELOAD",
                "reload_config": {"backoff": {"base_interval": "0.05s", "max_interval": "0.5s"}},
                "allow_on_headers_stop_iteration": true,
                "configuration": {
                    "@type": "type.googleapis.com/google.protobuf.StringValue",
                    "value": configuration.to_string(),
                },
                "vm_config": {
                    "vm_id": "tessera",
                    "runtime": "envoy.wasm.runtime.v8",
                    "code": {"local": {"filename": wasm_module()}},
                },
            },
        },
    })
}

/// The HTTP filter entry of Envoy's own filter that undoes gzip, for [`Setup::before`].
pub fn decompressor() -> Value {
    json!({
        "name": "envoy.filters.http.decompressor",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.decompressor.v3.Decompressor",
            "decompressor_library": {
                "name": "gzip",
                "typed_config": {
                    "@type": "type.googleapis.com/envoy.extensions.compression.gzip.decompressor.v3.Gzip",
                },
            },
        },
    })
}

/// The HTTP filter entry of a filter whose configuration Envoy discovers.
fn discovered(dir: &Path) -> Value {
    json!({
        "name": "tessera",
        "config_discovery": {
            "config_source": {
                "path_config_source": {"path": dir.join("filter.json")},
                "resource_api_version": "V3",
            },
            "type_urls": ["type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm"],
        },
    })
}

/// Writes what Envoy discovers; it watches for the file being moved into place.
pub(super) fn write_discovered(dir: &Path, entry: &Value) {
    let mut resource = entry.clone();
    resource["@type"] = json!("type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig");
    let version = Sha256::digest(entry.to_string());
    let version: String = version
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let response = json!({"version_info": version, "resources": [resource]});
    let draft = dir.join("filter.draft");
    fs::write(&draft, response.to_string()).unwrap();
    fs::rename(draft, dir.join("filter.json")).unwrap();
}

/// A listener on a free port with these HTTP filters and routes.
pub fn listener(filters: &[Value], routes: &[Value]) -> Value {
    json!({
        "name": "tests",
        "address": {"socket_address": {"address": "127.0.0.1", "port_value": 0}},
        // A body that is judged is buffered whole: more than the filter's own limit.
        "per_connection_buffer_limit_bytes": 8_388_608,
        "filter_chains": [{"filters": [{
            "name": "envoy.filters.network.http_connection_manager",
            "typed_config": {
                "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
                "stat_prefix": "tests",
                "codec_type": "AUTO",
                "normalize_path": true,
                "merge_slashes": true,
                "http_protocol_options": {"enable_trailers": true},
                "stream_idle_timeout": "0s",
                "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": routes}]},
                "http_filters": filters,
            },
        }]}],
    })
}

fn route(prefix: &str, cluster: &str) -> Value {
    json!({
        "match": {"prefix": prefix},
        "route": {"cluster": cluster, "timeout": "0s"},
        "request_body_buffer_limit": 8_388_608,
    })
}

/// A cluster that passes trailers on to its HTTP/1.1 server, as Envoy does to others.
fn upstream_cluster(name: &str, port: u16) -> Value {
    let mut cluster = cluster(name, port);
    cluster["typed_extension_protocol_options"] = json!({
        "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
            "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
            "explicit_http_config": {"http_protocol_options": {"enable_trailers": true}},
        },
    });
    cluster
}

fn cluster(name: &str, port: u16) -> Value {
    let address = json!({"socket_address": {"address": "127.0.0.1", "port_value": port}});
    json!({
        "name": name,
        "type": "STATIC",
        "connect_timeout": "1s",
        "load_assignment": {
            "cluster_name": name,
            "endpoints": [{"lb_endpoints": [{"endpoint": {"address": address}}]}],
        },
    })
}

fn cluster_by_header(name: &str) -> Value {
    json!({
        "name": name,
        "type": "ORIGINAL_DST",
        "lb_policy": "CLUSTER_PROVIDED",
        "connect_timeout": "1s",
        "original_dst_lb_config": {"use_http_header": true},
    })
}
