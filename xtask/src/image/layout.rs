//! OCI's image layout, version 1.1: blobs by their digests, and an index that names the image.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use flate2::{Compression, GzBuilder};
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::tree::Tree;
use super::{HOME, USER};

/// What an image says of itself.
pub struct About {
    /// The architecture of its programs, as images name it.
    pub architecture: &'static str,
    /// When it was made: as the sources tell, not the clock.
    pub created: Timestamp,
    /// The commit that it is of, where it is known.
    pub revision: Option<String>,
    /// The version of the programs.
    pub version: &'static str,
    /// One line about it.
    pub description: &'static str,
}

/// A layout that is being written.
pub struct Layout {
    folder: PathBuf,
}

/// What is stored, by its digest.
#[derive(Debug, Clone, PartialEq)]
pub struct Blob {
    digest: String,
    size: u64,
}

/// A layer as it is stored, and the digest of what it holds.
pub struct Layer {
    blob: Blob,
    content: String,
    what: &'static str,
}

/// The file that makes a folder a layout.
const MARK: &str = "oci-layout";

impl Layout {
    /// Whether a folder is one.
    pub fn is_one(folder: &Path) -> bool {
        folder.join(MARK).is_file()
    }

    /// Begins one, in the place of what was begun there before.
    ///
    /// # Errors
    /// Where the folder cannot be written.
    pub fn create(folder: &Path) -> anyhow::Result<Self> {
        let failed = || format!("cannot write {}", folder.display());
        if folder.exists() {
            fs::remove_dir_all(folder).with_context(failed)?;
        }
        fs::create_dir_all(folder.join("blobs/sha256")).with_context(failed)?;
        Ok(Self { folder: folder.to_owned() })
    }

    /// Writes a layer.
    ///
    /// # Errors
    /// Where a file of it cannot be read, or the layer not be written.
    pub fn layer(&self, what: &'static str, tree: &Tree) -> anyhow::Result<Layer> {
        let path = self.folder.join("layer");
        let file = Digesting::new(BufWriter::new(File::create(&path)?));
        // Neither time nor name: they are in gzip's header, too.
        let packed = GzBuilder::new().write(file, Compression::default());
        let content = tree.archive(Digesting::new(packed))?;
        let (content, packed, _) = content.finish();
        let (digest, mut file, size) = packed.finish()?.finish();
        file.flush()?;
        fs::rename(path, self.path(&digest))?;
        Ok(Layer { blob: Blob { digest, size }, content, what })
    }

    /// Writes everything else; gives the digest of the manifest.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn finish(self, about: &About, layers: &[Layer]) -> anyhow::Result<String> {
        let config = self.json(&config(about, layers))?;
        let layers: Vec<_> = layers.iter().map(|one| one.blob.of("layer.v1.tar+gzip")).collect();
        let manifest = self.json(&json!({
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": config.of("config.v1+json"),
            "layers": layers,
            "annotations": labels(about),
        }))?;
        let digest = manifest.digest.clone();
        let mut manifest = manifest.of("manifest.v1+json");
        manifest["platform"] = json!({ "architecture": about.architecture, "os": "linux" });
        manifest["annotations"] = json!({ "org.opencontainers.image.ref.name": about.version });
        let index = json!({
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.index.v1+json",
            "manifests": [manifest],
        });
        fs::write(self.folder.join("index.json"), index.to_string())?;
        fs::write(self.folder.join(MARK), json!({ "imageLayoutVersion": "1.0.0" }).to_string())?;
        Ok(digest)
    }

    fn json(&self, value: &Value) -> anyhow::Result<Blob> {
        let text = value.to_string();
        let digest = named(&Sha256::digest(&text));
        fs::write(self.path(&digest), &text)?;
        Ok(Blob { digest, size: text.len() as u64 })
    }

    fn path(&self, digest: &str) -> PathBuf {
        self.folder.join("blobs").join(digest.replace(':', "/"))
    }
}

impl Blob {
    /// As others refer to it.
    fn of(&self, kind: &str) -> Value {
        json!({
            "mediaType": format!("application/vnd.oci.image.{kind}"),
            "digest": self.digest,
            "size": self.size,
        })
    }
}

/// How the image is run: as a user without rights, with a volume for all that it writes, so that
/// the rest may be read-only.
fn config(about: &About, layers: &[Layer]) -> Value {
    let history = |layer: &Layer| json!({ "created": about.created, "created_by": layer.what });
    json!({
        "created": about.created,
        "architecture": about.architecture,
        "os": "linux",
        "config": {
            "User": format!("{USER}:{USER}"),
            "Env": [
                "PATH=/usr/local/bin:/usr/bin",
                format!("HOME=/{HOME}"),
                // A configuration file that is mounted as /etc/secmonkey/config.toml is read.
                "XDG_CONFIG_HOME=/etc",
                format!("SECMONKEY_STORE=/{HOME}/store"),
            ],
            "Entrypoint": ["/usr/bin/secmonkeyd"],
            "WorkingDir": format!("/{HOME}"),
            "Volumes": { (format!("/{HOME}")): {} },
            "Labels": labels(about),
        },
        "rootfs": {
            "type": "layers",
            "diff_ids": layers.iter().map(|layer| &layer.content).collect::<Vec<_>>(),
        },
        "history": layers.iter().map(history).collect::<Vec<_>>(),
    })
}

fn labels(about: &About) -> Value {
    let mut labels = json!({
        "org.opencontainers.image.created": about.created,
        "org.opencontainers.image.description": about.description,
        "org.opencontainers.image.licenses": env!("CARGO_PKG_LICENSE"),
        "org.opencontainers.image.title": "secmonkey",
        "org.opencontainers.image.version": about.version,
    });
    if let Some(revision) = &about.revision {
        labels["org.opencontainers.image.revision"] = json!(revision);
    }
    labels
}

/// A digest, as images name it.
fn named(digest: &[u8]) -> String {
    format!("sha256:{}", hex::encode(digest))
}

/// Passes bytes on, and knows their digest and how many they were.
struct Digesting<W> {
    inner: W,
    digest: Sha256,
    size: u64,
}

impl<W: Write> Digesting<W> {
    fn new(inner: W) -> Self {
        Self { inner, digest: Sha256::new(), size: 0 }
    }

    fn finish(self) -> (String, W, u64) {
        (named(&self.digest.finalize()), self.inner, self.size)
    }
}

impl<W: Write> Write for Digesting<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.digest.update(&bytes[..written]);
        self.size += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
