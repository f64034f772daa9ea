//! TLS as all channels speak it: certificates are always verified.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};

/// What a client trusts: the authorities that the system trusts, and those of a file.
///
/// There is nothing that turns off verification: who has an authority of their own names it.
pub(crate) fn client(extra: Option<&Path>) -> Result<Arc<ClientConfig>, String> {
    let mut roots = RootCertStore::empty();
    let system = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(system.certs);
    if let Some(path) = extra {
        for certificate in authorities(path)? {
            let added = roots.add(certificate);
            added.map_err(|error| format!("ca {}: {error}", path.display()))?;
        }
    }
    if roots.is_empty() {
        let why = system.errors.first().map_or_else(String::new, |error| format!(" ({error})"));
        return Err(format!(
            "the system trusts no certificate authority{why}: install ca-certificates, or name a \
             file of them as `ca`"
        ));
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| format!("TLS: {error}"))?;
    Ok(Arc::new(config.with_root_certificates(roots).with_no_client_auth()))
}

/// The certificates in a file of PEM.
pub(crate) fn authorities(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let name = path.display();
    let text = fs::read(path).map_err(|error| format!("cannot read ca {name}: {error}"))?;
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    match all {
        Ok(all) if !all.is_empty() => Ok(all),
        Ok(_) => Err(format!("ca {name} holds no certificate in PEM")),
        Err(error) => Err(format!("ca {name}: {error}")),
    }
}
