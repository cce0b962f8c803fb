//! `tessera serve`: runs the control plane.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use tracing_subscriber::EnvFilter;

use super::{Exit, Failure, Output};
use crate::bundles::BundlesError;
use crate::serve::{self, ListenError, ServeError};
use crate::settings::{self, Overrides, Settings, SettingsError};

/// Arguments of `tessera serve`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  tessera init && tessera serve
  tessera serve --config /etc/tessera/tessera.yaml --log-format json
  TESSERA_LOG=debug tessera serve

SIGHUP reads the settings' `policies` and the policy files again. SIGTERM drains and exits 0.")]
pub(crate) struct ServeArgs {
    /// The settings file. Relative paths in it are below its folder.
    #[arg(long, value_name = "FILE", default_value = settings::FILE_NAME)]
    config: PathBuf,
    /// Folder of policy files, instead of the settings' `policies.dir`.
    #[arg(long, value_name = "DIR")]
    policy_dir: Option<PathBuf>,
    /// Address and port, instead of the settings' `listen`.
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Data directory, instead of the settings' `data_dir`.
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// How log lines are written, on stderr; `json` if --json asks for it. What is logged:
    /// `TESSERA_LOG`, by default `info`.
    #[arg(long, value_enum)]
    log_format: Option<LogFormat>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum LogFormat {
    /// For people.
    Text,
    /// For programs, one object per line.
    Json,
}

/// Runs the control plane until it is told to stop.
///
/// # Errors
/// Whatever keeps it from starting.
pub(super) fn run(arguments: ServeArgs, output: &Output) -> Result<Exit, Failure> {
    let ServeArgs {
        config,
        policy_dir,
        listen,
        data_dir,
        log_format,
    } = arguments;
    let overrides = Overrides {
        listen,
        data_dir,
        policy_dir,
    };
    let reread = move || Settings::read(&config, &overrides);
    let settings = reread().map_err(unread)?;
    let by_default = if output.json() {
        LogFormat::Json
    } else {
        LogFormat::Text
    };
    log_to_stderr(log_format.unwrap_or(by_default));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(Failure::unavailable)?;
    runtime
        .block_on(serve::run(settings, reread))
        .map_err(not_served)?;
    Ok(Exit::Done)
}

fn log_to_stderr(format: LogFormat) {
    let filter = EnvFilter::try_from_env("TESSERA_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let colours = anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(false);
    match format {
        LogFormat::Text => log.with_ansi(colours).init(),
        LogFormat::Json => log.json().flatten_event(true).init(),
    }
}

fn unread(error: SettingsError) -> Failure {
    let is_missing = matches!(error, SettingsError::Unreadable { .. });
    let failure = Failure::usage(error);
    if is_missing {
        failure.help("`tessera init` writes a configuration that runs as it is")
    } else {
        failure
    }
}

fn not_served(error: ServeError) -> Failure {
    match &error {
        ServeError::Signing(_) => {
            Failure::usage(error).help("`tessera init` makes a key; `signing_key` names its file")
        }
        ServeError::Bundles(BundlesError::Policies(_)) => {
            Failure::usage(error).help("`tessera policy lint` shows each problem in its place")
        }
        ServeError::Bundles(BundlesError::Folder(_)) => {
            Failure::usage(error).help("`policies.dir` or --policy-dir names the folder")
        }
        ServeError::Listen(ListenError::TlsFile { .. } | ListenError::Tokens(_)) => {
            Failure::usage(error)
        }
        ServeError::Listen(_)
        | ServeError::Bundles(BundlesError::Store { .. })
        | ServeError::Ledger(_)
        | ServeError::States(_)
        | ServeError::DataDir { .. }
        | ServeError::Thread(_) => Failure::unavailable(error),
    }
}
