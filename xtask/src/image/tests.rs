use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::os::unix::fs::symlink;

use flate2::read::GzDecoder;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tar::{Archive, EntryType};
use tempfile::TempDir;

use super::*;

fn about() -> About {
    About {
        architecture: "amd64",
        created: "2026-01-31T00:00:00Z".parse().unwrap(),
        revision: Some("0123abc".to_owned()),
        version: "1.2.3",
        description: "An image",
    }
}

/// Small files in the place of what an image takes from elsewhere.
fn trees(folder: &Path) -> (Tree, Tree) {
    fs::create_dir_all(folder.join("zone/Europe")).unwrap();
    fs::create_dir_all(folder.join("zone/right")).unwrap();
    for (name, text) in [("secmonkeyd", "a program"), ("zone/Europe/Berlin", "a zone")] {
        fs::write(folder.join(name), text).unwrap();
    }
    symlink("Europe/Berlin", folder.join("zone/Here")).unwrap();
    symlink("/etc/localtime", folder.join("zone/Outside")).unwrap();
    let mut machine = Tree::default();
    machine.text("etc/passwd", "secmonkey:x:65532:65532::/:/\n");
    machine.folder("tmp", 0o1777, 0);
    machine.copy_all("usr/zone", &folder.join("zone"), &["right"]).unwrap();
    let mut own = Tree::default();
    own.copy("usr/bin/secmonkeyd", 0o755, &folder.join("secmonkeyd")).unwrap();
    own.folder(HOME, 0o700, USER);
    (machine, own)
}

fn image(folder: &Path) -> PathBuf {
    let (machine, own) = trees(folder);
    let output = folder.join("image");
    write(&output, &about(), &machine, &own).unwrap();
    output
}

/// The bytes that a descriptor names, held against what it says of them.
fn blob(image: &Path, descriptor: &Value) -> Vec<u8> {
    let digest = descriptor["digest"].as_str().unwrap();
    let bytes = fs::read(image.join("blobs").join(digest.replace(':', "/"))).unwrap();
    assert_eq!(descriptor["size"], bytes.len());
    assert_eq!(digest, format!("sha256:{}", hex::encode(Sha256::digest(&bytes))));
    bytes
}

fn parsed(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

/// Its manifest, its configuration and its layers as archives.
fn read(image: &Path) -> (Value, Value, Vec<Vec<u8>>) {
    let index = parsed(&fs::read(image.join("index.json")).unwrap());
    let manifest = parsed(&blob(image, &index["manifests"][0]));
    let config = parsed(&blob(image, &manifest["config"]));
    let mut layers = Vec::new();
    for (number, layer) in manifest["layers"].as_array().unwrap().iter().enumerate() {
        let mut archive = Vec::new();
        GzDecoder::new(&*blob(image, layer)).read_to_end(&mut archive).unwrap();
        let content = format!("sha256:{}", hex::encode(Sha256::digest(&archive)));
        assert_eq!(config["rootfs"]["diff_ids"][number], content);
        layers.push(archive);
    }
    (manifest, config, layers)
}

/// Every file of a folder, with what is in it.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(files(&path));
        } else {
            all.insert(path.clone(), fs::read(path).unwrap());
        }
    }
    all
}

#[test]
fn an_image_is_whole() {
    let folder = TempDir::new().unwrap();
    let image = image(folder.path());
    let mark = parsed(&fs::read(image.join("oci-layout")).unwrap());
    assert_eq!(mark["imageLayoutVersion"], "1.0.0");
    let index = parsed(&fs::read(image.join("index.json")).unwrap());
    let named = &index["manifests"][0];
    assert_eq!(named["annotations"]["org.opencontainers.image.ref.name"], "1.2.3");
    assert_eq!(named["platform"]["architecture"], "amd64");
    let (manifest, config, layers) = read(&image);
    assert_eq!(manifest["mediaType"], named["mediaType"]);
    assert_eq!(
        (config["os"].as_str(), config["architecture"].as_str()),
        (Some("linux"), Some("amd64"))
    );
    assert_eq!(layers.len(), config["history"].as_array().unwrap().len());
    // Both, the two layers and nothing else.
    assert_eq!(fs::read_dir(image.join("blobs/sha256")).unwrap().count(), 4);
    let labels = &config["config"]["Labels"];
    assert_eq!(labels["org.opencontainers.image.revision"], "0123abc");
    assert_eq!(labels["org.opencontainers.image.created"], "2026-01-31T00:00:00Z");
    assert_eq!(labels["org.opencontainers.image.licenses"], "Apache-2.0");
}

#[test]
fn nobody_is_root_and_everything_is_root_s() {
    let folder = TempDir::new().unwrap();
    let (_, config, layers) = read(&image(folder.path()));
    assert_eq!(config["config"]["User"], "65532:65532");
    let mut seen = Vec::new();
    for layer in &layers {
        for entry in Archive::new(&**layer).entries().unwrap() {
            let entry = entry.unwrap();
            let header = entry.header();
            assert_eq!(header.mtime().unwrap(), 0);
            let kind = match header.entry_type() {
                EntryType::Directory => 'd',
                EntryType::Symlink => 'l',
                _ => '-',
            };
            let (mode, path) = (header.mode().unwrap(), entry.path().unwrap());
            let owner = (header.uid().unwrap(), header.gid().unwrap());
            seen.push(format!("{kind}{mode:04o} {}:{} {}", owner.0, owner.1, path.display()));
        }
    }
    let expected = "\
d0755 0:0 etc/
-0644 0:0 etc/passwd
d1777 0:0 tmp/
d0755 0:0 usr/
d0755 0:0 usr/zone/
d0755 0:0 usr/zone/Europe/
-0644 0:0 usr/zone/Europe/Berlin
l0777 0:0 usr/zone/Here
d0755 0:0 usr/
d0755 0:0 usr/bin/
-0755 0:0 usr/bin/secmonkeyd
d0755 0:0 var/
d0755 0:0 var/lib/
d0700 65532:65532 var/lib/secmonkey/";
    assert_eq!(seen.join("\n"), expected);
}

#[test]
fn the_same_files_make_the_same_image() {
    let (one, other) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let (one, other) = (image(one.path()), image(other.path()));
    let relative = |image: &Path| {
        let strip = |(path, bytes): (PathBuf, Vec<u8>)| {
            (path.strip_prefix(image).unwrap().to_owned(), bytes)
        };
        files(image).into_iter().map(strip).collect::<Vec<_>>()
    };
    assert!(relative(&one) == relative(&other));
}

#[test]
fn an_image_replaces_an_image_and_nothing_else() {
    let folder = TempDir::new().unwrap();
    let output = image(folder.path());
    let before = files(&output);
    let (machine, own) = trees(&folder.path().join("again"));
    write(&output, &about(), &machine, &own).unwrap();
    assert!(files(&output) == before);

    let mine = folder.path().join("mine");
    fs::create_dir(&mine).unwrap();
    let error = write(&mine, &about(), &machine, &own).unwrap_err().to_string();
    assert!(error.ends_with("mine is no image: name a new folder with --output"), "{error}");
}

#[test]
fn what_the_container_file_makes_runs_in_the_same_way() {
    let text = fs::read_to_string(revision::root().unwrap().join("Containerfile")).unwrap();
    let last = text.rsplit_once("\nFROM ").unwrap().1;
    let said =
        |word: &str| last.lines().find_map(|line| line.strip_prefix(word)?.strip_prefix(' '));
    let folder = TempDir::new().unwrap();
    let (_, config, _) = read(&image(folder.path()));
    let config = &config["config"];
    let texts = |value: &Value| -> Vec<String> { serde_json::from_value(value.clone()).unwrap() };
    assert_eq!(said("ENV").unwrap(), texts(&config["Env"]).join(" "));
    assert_eq!(parsed(said("ENTRYPOINT").unwrap().as_bytes()), config["Entrypoint"]);
    assert_eq!(said("USER").unwrap(), config["User"]);
    assert_eq!(said("WORKDIR").unwrap(), config["WorkingDir"]);
    assert!(config["Volumes"][said("VOLUME").unwrap()].is_object());
}

#[test]
fn the_architecture_is_that_of_the_program() {
    let folder = TempDir::new().unwrap();
    let program = |bytes: &[u8]| {
        let path = folder.path().join("program");
        fs::write(&path, bytes).unwrap();
        machine::architecture(&path).map_err(|error| error.to_string())
    };
    let elf = |machine: [u8; 2]| {
        let mut bytes = b"\x7fELF\x02\x01\x01".to_vec();
        bytes.resize(18, 0);
        bytes.extend(machine);
        bytes
    };
    assert_eq!(program(&elf([62, 0])), Ok("amd64"));
    assert_eq!(program(&elf([183, 0])), Ok("arm64"));
    assert!(program(&elf([1, 2])).unwrap_err().ends_with("is for machine 513 of ELF"));
    let script = program(b"#!/bin/sh\nexec something\n").unwrap_err();
    assert!(script.ends_with("is no program for Linux"), "{script}");
}
