//! The port that people and programs come to over a network.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Once;
use std::time::{Duration, SystemTime};

use axum::Router;
use axum_server::Handle;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use rustls::crypto::aws_lc_rs;
use tokio_util::sync::CancellationToken;

/// A connection that says nothing whole for so long is closed: its first request, the headers of
/// the next.
const PATIENCE: Duration = Duration::from_secs(15);
/// Whoever is being answered has so long once the process ends.
const GRACE: Duration = Duration::from_secs(3);
/// How often is looked whether the certificate is another one.
const LOOK: Duration = Duration::from_secs(10);

/// A certificate and its key, in files that may be replaced while they are used.
#[derive(Debug)]
pub struct Certificate {
    config: RustlsConfig,
    files: [PathBuf; 2],
}

impl Certificate {
    /// Reads a chain of certificates and a key from PEM files.
    ///
    /// # Errors
    /// Where they cannot be read, or do not belong together.
    pub async fn read(chain: &Path, key: &Path) -> io::Result<Self> {
        // The process may have chosen already: by the same library then.
        static CHOSEN: Once = Once::new();
        CHOSEN.call_once(|| drop(aws_lc_rs::default_provider().install_default()));
        let config = RustlsConfig::from_pem_file(chain, key).await?;
        Ok(Self { config, files: [chain.to_owned(), key.to_owned()] })
    }

    /// Takes the files over when they change. What is wrong with them is logged, and the last
    /// that were right are used.
    async fn follow(&self) {
        let mut last = self.mark();
        loop {
            tokio::time::sleep(LOOK).await;
            let now = self.mark();
            if now == last {
                continue;
            }
            let [chain, key] = &self.files;
            match self.config.reload_from_pem_file(chain, key).await {
                Ok(()) => tracing::info!(file = %chain.display(), "the certificate is another one"),
                Err(error) => {
                    let file = chain.display();
                    tracing::error!(%error, %file, "the certificate changed and is wrong");
                }
            }
            last = now;
        }
    }

    fn mark(&self) -> [Option<(SystemTime, u64)>; 2] {
        self.files.each_ref().map(|file| {
            let found = std::fs::metadata(file).ok()?;
            Some((found.modified().ok()?, found.len()))
        })
    }
}

/// Answers on a port until it is told to stop; over TLS where there is a certificate.
///
/// # Errors
/// Where the port cannot be used.
pub async fn serve(
    listener: TcpListener,
    certificate: Option<Certificate>,
    router: Router,
    stop: CancellationToken,
) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let handle = Handle::new();
    let mut server = axum_server::from_tcp(listener)?
        .handle(handle.clone())
        .http1_only()
        .first_request_timeout(PATIENCE);
    server.http_builder().http1().header_read_timeout(PATIENCE);
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let stopped = async {
        stop.cancelled().await;
        handle.graceful_shutdown(Some(GRACE));
        // Ends with the server.
        std::future::pending::<()>().await;
    };
    match certificate {
        None => tokio::select! {
            ended = server.serve(service) => ended,
            () = stopped => Ok(()),
        },
        Some(certificate) => {
            let acceptor =
                RustlsAcceptor::new(certificate.config.clone()).handshake_timeout(PATIENCE);
            tokio::select! {
                ended = server.acceptor(acceptor).serve(service) => ended,
                () = certificate.follow() => Ok(()),
                () = stopped => Ok(()),
            }
        }
    }
}
