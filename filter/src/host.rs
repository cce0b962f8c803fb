//! Every host call the filter makes. Nothing else may call the proxy.
//!
//! The SDK's trait methods unwrap what the host answers, and a panic kills the VM for every
//! stream in it; here every answer is a value (`envoy-host.md` section 1, finding 9).

use crate::claims;
use proxy_wasm::hostcalls;
use proxy_wasm::types::{BufferType, MapType, MetricType, Status};
use std::time::{Duration, UNIX_EPOCH};
use tessera_engine::exchange::{Cells, HeaderEdit, Written};
use tessera_engine::json::Object;
use tessera_engine::mcp::{Headers, Reply};
use tessera_engine::time::UnixMillis;

/// The time; the epoch if the host has none.
pub(crate) fn now() -> UnixMillis {
    let since_epoch = hostcalls::get_current_time()
        .ok()
        .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
        .unwrap_or_default();
    UnixMillis(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
}

/// Asks for `on_tick` every `period`.
pub(crate) fn tick_every(period: Duration) {
    if hostcalls::set_tick_period(period).is_err() {
        log::error!("the host refused a tick period: bundles and audit records will not flow");
    }
}

/// The plugin configuration.
pub(crate) fn plugin_configuration() -> Vec<u8> {
    buffer(BufferType::PluginConfiguration, usize::MAX).unwrap_or_default()
}

/// At most `size` bytes of a buffer; `None` if the host does not give it.
fn buffer(kind: BufferType, size: usize) -> Option<Vec<u8>> {
    hostcalls::get_buffer(kind, 0, size)
        .ok()
        .map(Option::unwrap_or_default)
}

/// The buffered body of the request; `None` if the host does not give it.
pub(crate) fn request_body(size: usize) -> Option<Vec<u8>> {
    buffer(BufferType::HttpRequestBody, size)
}

/// `size` bytes of the response's body that are there; `None` if the host does not give them.
pub(crate) fn response_body(size: usize) -> Option<Vec<u8>> {
    buffer(BufferType::HttpResponseBody, size)
}

/// Puts `bytes` in the place of the first `size` bytes of the response's body; whether the host
/// took them.
pub(crate) fn replace_response_body(size: usize, bytes: &[u8]) -> bool {
    hostcalls::set_buffer(BufferType::HttpResponseBody, 0, size, bytes).is_ok()
}

/// Puts `bytes` in the place of the first `size` bytes of the request's body; whether the host took
/// them.
pub(crate) fn replace_request_body(size: usize, bytes: &[u8]) -> bool {
    hostcalls::set_buffer(BufferType::HttpRequestBody, 0, size, bytes).is_ok()
}

/// Sets the length of the request's body; whether the host took it.
pub(crate) fn set_request_length(length: usize) -> bool {
    let length = length.to_string();
    hostcalls::set_map_value(MapType::HttpRequestHeaders, "content-length", Some(&length)).is_ok()
}

/// Leaves the length of the request's body open.
pub(crate) fn remove_request_length() -> bool {
    hostcalls::remove_map_value(MapType::HttpRequestHeaders, "content-length").is_ok()
}

/// Sets the length of the response's body; whether the host took it.
pub(crate) fn set_response_length(length: usize) -> bool {
    let length = length.to_string();
    hostcalls::set_map_value(
        MapType::HttpResponseHeaders,
        "content-length",
        Some(&length),
    )
    .is_ok()
}

/// Leaves the length of the response's body open.
pub(crate) fn remove_response_length() -> bool {
    hostcalls::remove_map_value(MapType::HttpResponseHeaders, "content-length").is_ok()
}

/// Lets a request that was held go on; whether the host took it.
pub(crate) fn resume_request() -> bool {
    hostcalls::resume_http_request().is_ok()
}

/// Lets a response that was held go on; whether the host took it.
pub(crate) fn resume_response() -> bool {
    hostcalls::resume_http_response().is_ok()
}

/// Ends the response at once, as broken off.
pub(crate) fn cut_response() {
    if hostcalls::reset_http_response().is_err() {
        log::error!("the host did not end a response");
    }
}

/// Ends the response of another exchange of this VM, which has not ended. The root context calls
/// this; `root` is its own id.
pub(crate) fn cut_response_of(context: u32, root: u32) {
    if hostcalls::set_effective_context(context).is_ok() {
        cut_response();
    }
    if hostcalls::set_effective_context(root).is_err() {
        log::error!("the host did not return to the root context");
    }
}

/// The message that has just arrived on a gRPC call or stream.
pub(crate) fn grpc_message(size: usize) -> Vec<u8> {
    buffer(BufferType::GrpcReceiveBuffer, size).unwrap_or_default()
}

/// The request's headers with its pseudo headers.
pub(crate) fn request_headers() -> Headers {
    Headers::new(hostcalls::get_map_bytes(MapType::HttpRequestHeaders).unwrap_or_default())
}

/// The response's headers with its pseudo header.
pub(crate) fn response_headers() -> Headers {
    Headers::new(hostcalls::get_map_bytes(MapType::HttpResponseHeaders).unwrap_or_default())
}

/// Changes the request's headers; whether every change was made.
pub(crate) fn edit_request(edits: &[HeaderEdit]) -> bool {
    edits
        .iter()
        .all(|edit| apply(MapType::HttpRequestHeaders, edit))
}

/// Changes the response's headers; whether every change was made.
pub(crate) fn edit_response(edits: &[HeaderEdit]) -> bool {
    edits
        .iter()
        .all(|edit| apply(MapType::HttpResponseHeaders, edit))
}

/// The request's trailers.
pub(crate) fn request_trailers() -> Headers {
    Headers::new(hostcalls::get_map_bytes(MapType::HttpRequestTrailers).unwrap_or_default())
}

/// The response's trailers.
pub(crate) fn response_trailers() -> Headers {
    Headers::new(hostcalls::get_map_bytes(MapType::HttpResponseTrailers).unwrap_or_default())
}

/// Changes the request's trailers; whether every change was made.
pub(crate) fn edit_request_trailers(edits: &[HeaderEdit]) -> bool {
    edits
        .iter()
        .all(|edit| apply(MapType::HttpRequestTrailers, edit))
}

/// Changes the response's trailers; whether every change was made.
pub(crate) fn edit_response_trailers(edits: &[HeaderEdit]) -> bool {
    edits
        .iter()
        .all(|edit| apply(MapType::HttpResponseTrailers, edit))
}

fn apply(map: MapType, edit: &HeaderEdit) -> bool {
    match edit {
        HeaderEdit::Remove(name) => hostcalls::remove_map_value(map, name).is_ok(),
        HeaderEdit::Set(name, value) => hostcalls::set_map_value(map, name, Some(value)).is_ok(),
    }
}

/// Answers the client; the server sees nothing. Whether the host took it.
pub(crate) fn reply(reply: &Reply) -> bool {
    let headers: Vec<(&str, &str)> = reply
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let body = (!reply.body.is_empty()).then_some(reply.body.as_slice());
    hostcalls::send_http_response(u32::from(reply.status), headers, body).is_ok()
}

/// A text attribute of Envoy; `None` if it is absent or empty.
fn attribute(path: &[&str]) -> Option<String> {
    let bytes = hostcalls::get_property(path.to_vec()).ok().flatten()?;
    String::from_utf8(bytes)
        .ok()
        .filter(|text| !text.is_empty())
}

/// The first URI of the client's certificate, if Envoy verified one.
pub(crate) fn peer_uri() -> Option<String> {
    let mtls = hostcalls::get_property(vec!["connection", "mtls"])
        .ok()
        .flatten();
    if mtls.as_deref() != Some(&[1]) {
        return None;
    }
    attribute(&["connection", "uri_san_peer_certificate"])
}

/// The claims that Envoy's `jwt_authn` has verified and put under this name.
pub(crate) fn claims(name: &str) -> Option<Object> {
    let place = [
        "metadata",
        "filter_metadata",
        "envoy.filters.http.jwt_authn",
        name,
    ];
    match hostcalls::get_property(place.to_vec()) {
        Ok(bytes) => claims::read(&bytes?),
        Err(_) => {
            log::warn!("the host did not hand over the claims of a token: is one of them null?");
            None
        }
    }
}

/// The cluster the route chose.
pub(crate) fn cluster() -> Option<String> {
    attribute(&["xds", "cluster_name"])
}

/// Envoy's node id and cluster.
pub(crate) fn node() -> (String, String) {
    let text = |key| attribute(&["node", key]).unwrap_or_default();
    (text("id"), text("cluster"))
}

/// Puts a record where Envoy's own access log can print it:
/// `%FILTER_STATE(wasm.tessera_audit:PLAIN)%`.
pub(crate) fn mirror(record: &[u8]) {
    if hostcalls::set_property(vec!["tessera_audit"], Some(record)).is_err() {
        log::warn!("the host did not take an audit record into filter state");
    }
}

/// A value that survives the VM; `None` if there is none.
pub(crate) fn kept(key: &str) -> Option<Vec<u8>> {
    hostcalls::get_shared_data(key)
        .ok()?
        .0
        .filter(|value| !value.is_empty())
}

/// Keeps a value beyond the VM.
pub(crate) fn keep(key: &str, value: &[u8]) {
    if hostcalls::set_shared_data(key, Some(value), None).is_err() {
        log::warn!("the host did not keep `{key}`: a reloaded VM starts without it");
    }
}

/// Envoy's shared data as the engine's cells.
pub(crate) struct SharedData;

impl Cells for SharedData {
    fn read(&self, name: &str) -> (Vec<u8>, Option<u32>) {
        let (value, version) = hostcalls::get_shared_data(name).unwrap_or_default();
        (value.unwrap_or_default(), version)
    }

    fn write(&self, name: &str, value: &[u8], version: Option<u32>) -> Written {
        // On a key that does not exist any version writes; on one that has come into being
        // meanwhile this one never does (`envoy-host.md` section 9).
        let version = version.unwrap_or(u32::MAX);
        match hostcalls::set_shared_data(name, Some(value), Some(version)) {
            Ok(()) => Written::Done,
            Err(Status::CasMismatch) => Written::Moved,
            Err(_) => Written::Failed,
        }
    }
}

/// Opens a gRPC stream; its token, or `None` if the cluster is unknown.
pub(crate) fn open_stream(cluster: &str, call: &GrpcCall<'_>) -> Option<u32> {
    hostcalls::open_grpc_stream(cluster, call.service, call.method, call.metadata()).ok()
}

/// Sends one message on a stream.
pub(crate) fn send(stream: u32, message: &[u8]) -> bool {
    hostcalls::send_grpc_stream_message(stream, Some(message), false).is_ok()
}

/// Gives a stream up.
pub(crate) fn close_stream(stream: u32) {
    // The stream is gone either way.
    let _ = hostcalls::cancel_grpc_stream(stream);
}

/// Starts a unary gRPC call; its token, or `None` if the cluster is unknown.
pub(crate) fn call(
    cluster: &str,
    call: &GrpcCall<'_>,
    message: &[u8],
    timeout: Duration,
) -> Option<u32> {
    let (service, method) = (call.service, call.method);
    hostcalls::dispatch_grpc_call(
        cluster,
        service,
        method,
        call.metadata(),
        Some(message),
        timeout,
    )
    .ok()
}

/// Tells the host that a root context that asked to live on may go.
pub(crate) fn finished() {
    // A host that does not want to know has already let go.
    let _ = hostcalls::done();
}

/// Which method is called, and with which bearer token.
pub(crate) struct GrpcCall<'a> {
    pub(crate) service: &'static str,
    pub(crate) method: &'static str,
    /// The whole `authorization` value.
    pub(crate) authorization: Option<&'a str>,
}

impl GrpcCall<'_> {
    fn metadata(&self) -> Vec<(&str, &[u8])> {
        self.authorization
            .iter()
            .map(|value| ("authorization", value.as_bytes()))
            .collect()
    }
}

/// Defines a counter.
pub(crate) fn counter(name: &str) -> Option<u32> {
    hostcalls::define_metric(MetricType::Counter, name).ok()
}

/// Defines a gauge.
pub(crate) fn gauge(name: &str) -> Option<u32> {
    hostcalls::define_metric(MetricType::Gauge, name).ok()
}

/// Adds to a counter.
pub(crate) fn count(metric: Option<u32>, by: u64) {
    if let (Some(metric), Ok(by)) = (metric, i64::try_from(by)) {
        // A statistic that is not taken changes no verdict.
        let _ = hostcalls::increment_metric(metric, by);
    }
}

/// Changes a gauge by the difference of two values.
pub(crate) fn change(metric: Option<u32>, before: usize, now: usize) {
    if let (Some(metric), Ok(before), Ok(now)) = (metric, i64::try_from(before), i64::try_from(now))
        && before != now
    {
        // A statistic that is not taken changes no verdict.
        let _ = hostcalls::increment_metric(metric, now.saturating_sub(before));
    }
}

/// Sets a gauge.
pub(crate) fn record(metric: Option<u32>, value: u64) {
    if let Some(metric) = metric {
        // A statistic that is not taken changes no verdict.
        let _ = hostcalls::record_metric(metric, value);
    }
}
