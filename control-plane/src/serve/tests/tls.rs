//! Who gets in where filters must show a certificate.

use std::path::PathBuf;

use tonic::transport::{Certificate, ClientTlsConfig, Identity};

use super::*;
use crate::settings::Tls;

/// A certificate authority, a server's and a client's certificate, as files.
fn certificates(dir: &TempDir) -> (Tls, ClientTlsConfig, ClientTlsConfig) {
    let mut params = rcgen::CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let ca_key = rcgen::KeyPair::generate().unwrap();
    let ca = params.self_signed(&ca_key).unwrap();
    let issuer = rcgen::Issuer::new(params, ca_key);
    let issue = || {
        let key = rcgen::KeyPair::generate().unwrap();
        let params = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        (
            params.signed_by(&key, &issuer).unwrap().pem(),
            key.serialize_pem(),
        )
    };
    let write = |name: &str, text: &str| -> PathBuf {
        let path = dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let (cert, key) = issue();
    let tls = Tls {
        cert: write("server.crt", &cert),
        key: write("server.key", &key),
        client_ca: Some(write("ca.crt", &ca.pem())),
    };
    let stranger = ClientTlsConfig::new()
        .ca_certificate(Certificate::from_pem(ca.pem()))
        .domain_name("localhost");
    let (cert, key) = issue();
    let known = stranger.clone().identity(Identity::from_pem(cert, key));
    (tls, known, stranger)
}

#[tokio::test]
async fn with_a_client_authority_only_its_certificates_get_in() {
    let dir = tempfile::tempdir().unwrap();
    let (tls, known, stranger) = certificates(&dir);
    let stage = Stage::with(dir, |settings| settings.tls = Some(tls)).await;
    for (client, expected) in [(known, true), (stranger, false)] {
        let endpoint = Endpoint::from_shared(format!("https://{}", stage.address)).unwrap();
        let endpoint = endpoint.tls_config(client).unwrap();
        let submitted = match endpoint.connect().await {
            Ok(channel) => {
                let request = SubmitRequest {
                    vm_id: "vm".to_owned(),
                    records: Vec::new(),
                };
                AuditServiceClient::new(channel)
                    .submit(request)
                    .await
                    .is_ok()
            }
            Err(_) => false,
        };
        assert_eq!(submitted, expected);
    }
}
