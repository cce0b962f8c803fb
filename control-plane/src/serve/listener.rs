//! The socket, its TLS, and the services behind it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tessera_api::FILE_DESCRIPTOR_SET;
use tessera_api::v1::audit_service_server::AuditServiceServer;
use tessera_api::v1::policy_service_server::PolicyServiceServer;
use tessera_api::v1::state_service_server::StateServiceServer;
use tessera_engine::limits::{STATE_MESSAGE_BYTES, SUBMISSION_BYTES};
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Certificate, Identity, Server, ServerTlsConfig};

use super::audit_service::Audit;
use super::auth::{Auth, TokensError};
use super::policy_service::Policies;
use super::state_service::Conversations;
use crate::settings::{Settings, Tls};

/// How often a silent connection is asked whether it lives.
const KEEPALIVE: Duration = Duration::from_secs(10);

/// How long it may take to answer.
const KEEPALIVE_PATIENCE: Duration = Duration::from_secs(5);

/// A bound socket with everything read that it needs.
pub(super) struct Listener {
    socket: TcpListener,
    address: SocketAddr,
    tls: Option<ServerTlsConfig>,
    auth: Auth,
}

/// What answers filters.
pub(super) struct Services {
    pub(super) policy: Policies,
    pub(super) audit: Audit,
    pub(super) state: Conversations,
}

impl Listener {
    /// Reads certificates and tokens, then binds.
    pub(super) async fn bind(settings: &Settings) -> Result<Self, ListenError> {
        let tls = settings.tls.as_ref().map(tls_config).transpose()?;
        let auth = Auth::read(settings.tokens.as_ref())?;
        let bound = |error: std::io::Error| ListenError::Bind {
            address: settings.listen,
            reason: error.to_string(),
        };
        let socket = TcpListener::bind(settings.listen).await.map_err(bound)?;
        let address = socket.local_addr().map_err(bound)?;
        Ok(Self {
            socket,
            address,
            tls,
            auth,
        })
    }

    /// Where it listens; the port is real even if the settings say 0.
    pub(super) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop` says so, then until every stream has ended.
    pub(super) async fn serve(
        self,
        services: Services,
        mut stop: watch::Receiver<bool>,
    ) -> Result<(), ListenError> {
        let served = |error: tonic::transport::Error| ListenError::Serve {
            reason: describe(&error),
        };
        let mut server = Server::builder()
            .http2_keepalive_interval(Some(KEEPALIVE))
            .http2_keepalive_timeout(Some(KEEPALIVE_PATIENCE))
            .tcp_nodelay(true);
        if let Some(tls) = self.tls {
            server = server.tls_config(tls).map_err(served)?;
        }
        let (reporter, health) = tonic_health::server::health_reporter();
        reporter
            .set_serving::<PolicyServiceServer<Policies>>()
            .await;
        reporter.set_serving::<AuditServiceServer<Audit>>().await;
        reporter
            .set_serving::<StateServiceServer<Conversations>>()
            .await;
        let reflection = tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(FILE_DESCRIPTOR_SET)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
            .build_v1()
            .map_err(|error| ListenError::Serve {
                reason: error.to_string(),
            })?;
        let Services {
            policy,
            audit,
            state,
        } = services;
        let audit = AuditServiceServer::new(audit).max_decoding_message_size(SUBMISSION_BYTES);
        let state = StateServiceServer::new(state).max_decoding_message_size(STATE_MESSAGE_BYTES);
        server
            .add_service(health)
            .add_service(reflection)
            .add_service(InterceptedService::new(
                PolicyServiceServer::new(policy),
                self.auth.clone(),
            ))
            .add_service(InterceptedService::new(audit, self.auth.clone()))
            .add_service(InterceptedService::new(state, self.auth))
            .serve_with_incoming_shutdown(TcpListenerStream::new(self.socket), async move {
                // A sender that is gone means stop as well.
                let _ = stop.wait_for(|stop| *stop).await;
            })
            .await
            .map_err(served)
    }
}

fn tls_config(tls: &Tls) -> Result<ServerTlsConfig, ListenError> {
    let Tls {
        cert,
        key,
        client_ca,
    } = tls;
    let identity = Identity::from_pem(read(cert)?, read(key)?);
    let mut config = ServerTlsConfig::new().identity(identity);
    if let Some(path) = client_ca {
        config = config.client_ca_root(Certificate::from_pem(read(path)?));
    }
    Ok(config)
}

fn read(path: &Path) -> Result<Vec<u8>, ListenError> {
    std::fs::read(path).map_err(|error| ListenError::TlsFile {
        path: path.to_owned(),
        reason: error.to_string(),
    })
}

/// An error with its causes: tonic's own text says only "transport error".
fn describe(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

/// Why nobody can connect.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum ListenError {
    /// The address is taken or not ours.
    #[error("cannot listen on {address}: {reason}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        reason: String,
    },
    /// A file of TLS cannot be read.
    #[error("cannot read the TLS file `{}`: {reason}", path.display())]
    TlsFile {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// The tokens.
    #[error(transparent)]
    Tokens(#[from] TokensError),
    /// The server cannot start or go on.
    #[error("cannot serve: {reason}")]
    Serve {
        /// Why.
        reason: String,
    },
}
