//! `tessera status`: which bundle is in force and which filter VM runs what, from the file a running
//! control plane keeps in its data directory. It does not ask the control plane.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use comfy_table::{Table, presets::NOTHING};
use serde_json::Value;

use super::{Exit, Failure, Output, Tone};
use crate::serve::STATUS_FILE;

/// How long the control plane may take to accept a connection.
const PATIENCE: Duration = Duration::from_secs(2);

/// Characters of a digest people can tell apart.
const DIGEST_CHARS: usize = 16;

/// Arguments of `tessera status`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  tessera status --data-dir /var/lib/tessera
  tessera status --json | jq '.subscribers[] | {vm_id, version}'

Exit 0: every filter VM runs the bundle in force. Exit 1: one runs another or refused it, or a policy
file is bad. Exit 2: there is no data directory. Exit 4: no control plane runs on it.")]
pub(crate) struct StatusArgs {
    /// The control plane's data directory.
    #[arg(long, value_name = "DIR", default_value = crate::settings::DATA_DIR)]
    data_dir: PathBuf,
}

/// Prints the status.
///
/// # Errors
/// There is no data directory, or no control plane runs on it.
pub(super) fn run(arguments: &StatusArgs, output: &Output) -> Result<Exit, Failure> {
    let dir = &arguments.data_dir;
    if !dir.is_dir() {
        let error = anyhow::anyhow!("there is no data directory `{}`", dir.display());
        return Err(
            Failure::usage(error).help("name the control plane's data directory with --data-dir")
        );
    }
    let not_running = || {
        let error = anyhow::anyhow!("no control plane runs on `{}`", dir.display());
        Failure::unavailable(error).help("`tessera serve` starts one")
    };
    let text = std::fs::read_to_string(dir.join(STATUS_FILE)).map_err(|_| not_running())?;
    let status: Value = serde_json::from_str(&text).map_err(Failure::unavailable)?;
    // A control plane that was killed has left its file behind.
    let listen = status.get("listen").and_then(Value::as_str);
    let listen = listen.and_then(|listen| listen.parse().ok());
    let answers = |address| TcpStream::connect_timeout(&reachable(address), PATIENCE).is_ok();
    if !listen.is_some_and(answers) {
        return Err(not_running());
    }
    if output.json() {
        output.value(&status);
    } else {
        print(&status, output);
    }
    Ok(if is_well(&status) {
        Exit::Done
    } else {
        Exit::Finding
    })
}

/// An address for all interfaces is reached on this machine's own.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

fn list<'a>(status: &'a Value, member: &str) -> &'a [Value] {
    let list = status.get(member).and_then(Value::as_array);
    list.map_or(&[], Vec::as_slice)
}

fn is_well(status: &Value) -> bool {
    list(status, "problems").is_empty()
        && list(status, "subscribers")
            .iter()
            .all(|subscriber| state(status, subscriber) == "current")
}

/// How what a VM runs stands to what is in force.
fn state(status: &Value, subscriber: &Value) -> &'static str {
    let runs_current = ["version", "digest"]
        .iter()
        .all(|member| subscriber.get(*member) == status.get(*member));
    if runs_current {
        "current"
    } else if subscriber.get("refused").is_some_and(Value::is_object) {
        "refused"
    } else {
        "behind"
    }
}

/// A member as people read it, without what a terminal would obey.
fn text(value: &Value, member: &str) -> String {
    let text = match value.get(member) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => "-".to_owned(),
        Some(other) => other.to_string(),
    };
    text.chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}

fn short(digest: &str) -> String {
    digest.chars().take(DIGEST_CHARS).collect()
}

fn print(status: &Value, output: &Output) {
    output.line(format!(
        "bundle version {} ({} policies, digest {}), control plane on {}",
        output.paint(Tone::Strong, text(status, "version")),
        text(status, "policies"),
        short(&text(status, "digest")),
        text(status, "listen"),
    ));
    for problem in list(status, "problems") {
        let kept = problem.get("older_in_force") == Some(&Value::Bool(true));
        let kept = if kept {
            "the last good version is in force"
        } else {
            "not in force"
        };
        let word = output.paint(Tone::Bad, "problem");
        output.line(format!("{word} ({kept}): {}", text(problem, "message")));
    }
    let subscribers = list(status, "subscribers");
    if subscribers.is_empty() {
        output.line("no filter is connected");
        return;
    }
    let mut table = Table::new();
    table
        .load_style(NOTHING)
        .set_header(["VM", "NODE", "CLUSTER", "VERSION", "DIGEST", "STATE"]);
    for subscriber in subscribers {
        table.add_row([
            text(subscriber, "vm_id"),
            text(subscriber, "node_id"),
            text(subscriber, "cluster"),
            text(subscriber, "version"),
            short(&text(subscriber, "digest")),
            state(status, subscriber).to_owned(),
        ]);
    }
    output.line(table.trim_fmt());
    for subscriber in subscribers {
        if let Some(refused) = subscriber
            .get("refused")
            .filter(|refused| refused.is_object())
        {
            output.line(format!(
                "{} {} version {}: {}",
                output.paint(Tone::Bad, "refused by"),
                text(subscriber, "vm_id"),
                text(refused, "version"),
                text(refused, "reason"),
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_vm_is_current_behind_or_has_refused() {
        let status = |subscriber: Value| json!({"version": 3, "digest": "d3", "problems": [], "subscribers": [subscriber]});
        let cases = [
            (
                json!({"version": 3, "digest": "d3", "refused": null}),
                "current",
            ),
            (
                json!({"version": 2, "digest": "d2", "refused": null}),
                "behind",
            ),
            (
                json!({"version": 3, "digest": "d2", "refused": null}),
                "behind",
            ),
            (
                json!({"version": null, "digest": null, "refused": null}),
                "behind",
            ),
            (
                json!({"version": 2, "digest": "d2", "refused": {"version": 3, "reason": "r"}}),
                "refused",
            ),
        ];
        for (subscriber, expected) in cases {
            let status = status(subscriber.clone());
            assert_eq!(state(&status, &subscriber), expected, "{subscriber}");
            assert_eq!(is_well(&status), expected == "current", "{subscriber}");
        }
    }

    #[test]
    fn a_bad_file_is_a_finding() {
        let status = json!({"problems": [{"message": "m"}], "subscribers": []});
        assert!(!is_well(&status));
    }

    #[test]
    fn an_address_for_all_interfaces_is_asked_on_this_machine() {
        let cases = [
            ("0.0.0.0:1", "127.0.0.1:1"),
            ("[::]:1", "[::1]:1"),
            ("10.0.0.1:1", "10.0.0.1:1"),
        ];
        for (listen, expected) in cases {
            assert_eq!(reachable(listen.parse().unwrap()).to_string(), expected);
        }
    }
}
