//! The listener's own certificate, when no proxy stands before it.

use super::settings::{TlsFiles, WebhookError};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::path::Path;
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;

/// Reads certificate and key; each fault names the file.
pub(super) fn acceptor(files: &TlsFiles) -> Result<TlsAcceptor, WebhookError> {
    let bad = |what, path: &Path, why: String| WebhookError::Tls {
        what,
        path: path.to_owned(),
        why,
    };
    let cert = |why: String| bad("certificate", &files.certificate, why);
    let key = |why: String| bad("key", &files.key, why);
    let chain = CertificateDer::pem_file_iter(&files.certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| cert(error.to_string()))?;
    if chain.is_empty() {
        return Err(cert("it holds no certificate in PEM form".into()));
    }
    let private =
        PrivateKeyDer::from_pem_file(&files.key).map_err(|error| key(error.to_string()))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| {
            builder
                .with_no_client_auth()
                .with_single_cert(chain, private)
        })
        .map_err(|error| key(error.to_string()))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_no_certificate_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cert.pem");
        std::fs::write(&path, "nothing here").unwrap();
        let files = TlsFiles {
            certificate: path.clone(),
            key: path,
        };
        let Err(error) = acceptor(&files) else {
            panic!("it was taken");
        };
        assert!(error.to_string().contains("cert.pem"), "{error}");
        assert!(error.to_string().contains("certificate"), "{error}");
    }
}
