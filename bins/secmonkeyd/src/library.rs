//! What was recorded, as the HTTP interface asks for it, and who may ask.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::SignedDuration;
use secmonkey_app::config::Daemon;
use secmonkey_app::{Error, Opened, Place};
use secmonkey_core::decide::Decisions;
use secmonkey_core::event::Actor;
use secmonkey_core::log::EventLog;
use secmonkey_core::schedule::Interval;
use secmonkey_core::tlog::Ledger;
use secmonkey_core::view::Views;
use secmonkey_web::access::oidc::{Grant, OpenId, Provider};
use secmonkey_web::{Access, Catalogue, Entry, Library, Proxy, Vault};

use crate::setup::Current;

/// What was recorded, with the setup that counts.
pub struct Recorded {
    pub opened: Arc<Opened>,
    pub setup: Current,
}

impl Library for Recorded {
    fn log(&self) -> Arc<dyn EventLog> {
        self.opened.log.clone()
    }

    fn views(&self) -> Views {
        self.opened.views.clone()
    }

    fn catalogue(&self) -> Arc<Catalogue> {
        self.setup.get().web.clone()
    }

    fn ledger(&self) -> Option<&dyn Ledger> {
        self.opened.store().ok().map(|store| store as &dyn Ledger)
    }

    fn decisions(&self, actor: Actor) -> Decisions {
        self.opened.decisions(actor)
    }
}

/// What proves who somebody is, in a file of the store that is its owner's alone.
struct File(PathBuf);

impl Vault for File {
    fn read(&self) -> io::Result<Option<Vec<u8>>> {
        secmonkey_store::access::read(&self.0)
    }

    fn replace(&self, content: &[u8]) -> io::Result<()> {
        secmonkey_store::access::replace(&self.0, content)
    }
}

/// Who is let in over a network, by what the store has and the configuration says.
pub fn access(place: &Place, daemon: &Daemon) -> Result<Access, Error> {
    let mut entry = Entry::default();
    let seconds = |interval: Interval| SignedDuration::from_secs(interval.seconds());
    entry.idle = daemon.session.idle.map_or(entry.idle, seconds);
    entry.longest = daemon.session.longest.map_or(entry.longest, seconds);
    entry.proxy = daemon.proxy.as_ref().map(|proxy| Proxy {
        addresses: proxy.addresses.clone(),
        header: proxy.header.to_lowercase(),
    });
    entry.public_url.clone_from(&daemon.public_url);
    entry.encrypted = daemon.is_encrypted();
    let opened = Access::open(Arc::new(File(place.path.clone())), entry);
    opened.map_err(|error| Error::usage(format!("who may ask cannot be read: {error}")))
}

/// Whom a provider of OpenID Connect lets in, where the configuration names one.
pub fn open_id(daemon: &Daemon) -> Result<Option<Arc<OpenId>>, Error> {
    let Some(oidc) = &daemon.oidc else { return Ok(None) };
    let wrong = |what: &str, error: &dyn std::fmt::Display| {
        Error::usage(format!("[daemon.oidc] {what}: {error}"))
    };
    let missing = "set `public_url` under [daemon]: the provider sends people back there";
    let url = daemon.public_url.as_deref().ok_or_else(|| wrong("redirect", &missing))?;
    let url = format!("{}/auth/oidc/callback", url.trim_end_matches('/'));
    let secret = match &oidc.client_secret_file {
        Some(file) => {
            let read = std::fs::read_to_string(file);
            let file = file.display().to_string();
            Some(read.map_err(|error| wrong(&file, &error))?.trim().to_owned())
        }
        None => None,
    };
    let grants = oidc.roles.iter().map(|one| Grant {
        group: one.group.clone(),
        role: one.role,
        scope: one.query.clone(),
    });
    let provider = Provider {
        issuer: oidc.issuer.parse().map_err(|error| wrong("issuer", &error))?,
        client_id: oidc.client_id.clone(),
        client_secret: secret,
        scopes: oidc.scopes.clone(),
        user: oidc.user.clone(),
        unverified_email: oidc.unverified_email,
        groups: oidc.groups.clone(),
        grants: grants.collect(),
        redirect: url.parse().map_err(|error| wrong("public_url", &error))?,
    };
    let open_id = OpenId::new(provider).map_err(|error| wrong("issuer", &error))?;
    Ok(Some(Arc::new(open_id)))
}
