//! The types in the sources of the SDK crates.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;
use syn::{Fields, GenericArgument, PathArguments, Visibility};

use super::squash;

/// The sources of one SDK crate.
pub struct Sdk {
    sources: PathBuf,
}

/// A type of the SDK. Paths are relative to the crate.
pub enum Item {
    Structure { path: String, fields: Vec<(String, Type)> },
    Union { path: String, variants: Vec<(String, Type)> },
    Enumeration { path: String },
}

/// The type of a field; `Option` and `Box` are looked through.
pub enum Type {
    /// `String`, `bool`, `i32`, `DateTime` and so on.
    Plain(&'static str),
    /// A type of the same crate, by its name.
    Named(String),
    List(Box<Type>),
    Map(Box<Type>, Box<Type>),
}

const PLAIN: &[&str] =
    &["String", "bool", "i32", "i64", "f32", "f64", "DateTime", "Blob", "Document"];

impl Item {
    pub fn path(&self) -> &str {
        let (Self::Structure { path, .. }
        | Self::Union { path, .. }
        | Self::Enumeration { path, .. }) = self;
        path
    }
}

impl Sdk {
    pub fn open(sources: &Path) -> Self {
        Self { sources: sources.to_owned() }
    }

    /// A type by AWS's name for it or the SDK's.
    pub fn named_type(&self, name: &str) -> anyhow::Result<Item> {
        item(&self.sources.join("src/types"), name, "types")
    }

    /// What an operation answers.
    pub fn output(&self, operation: &str) -> anyhow::Result<Item> {
        let operations = self.sources.join("src/operation");
        let module = find(&operations, operation, Path::is_dir)?;
        let module = module.file_name().and_then(|name| name.to_str()).context("no file name")?;
        let path = format!("operation::{module}");
        item(&operations.join(module), &format!("{operation}Output"), &path)
    }
}

/// The type in `directory` whose name reads like `name`.
fn item(directory: &Path, name: &str, module: &str) -> anyhow::Result<Item> {
    let file = find(directory, name, Path::is_file)?;
    let source = syn::parse_file(&fs::read_to_string(&file)?)?;
    for item in source.items {
        match item {
            syn::Item::Struct(item) if squash(&item.ident.to_string()) == squash(name) => {
                let path = format!("{module}::{}", item.ident);
                return Ok(Item::Structure { path, fields: fields(item.fields)? });
            }
            syn::Item::Enum(item) if squash(&item.ident.to_string()) == squash(name) => {
                let path = format!("{module}::{}", item.ident);
                let known = item.variants.into_iter().filter(|v| v.ident != "Unknown");
                let (unit, full): (Vec<_>, Vec<_>) =
                    known.partition(|variant| matches!(variant.fields, Fields::Unit));
                ensure!(unit.is_empty() || full.is_empty(), "{path} is neither union nor enum");
                if full.is_empty() {
                    return Ok(Item::Enumeration { path });
                }
                let mut variants = Vec::new();
                for variant in full {
                    let field = variant.fields.into_iter().next().context("an empty variant")?;
                    variants.push((variant.ident.to_string(), read_type(&field.ty)?));
                }
                return Ok(Item::Union { path, variants });
            }
            _ => {}
        }
    }
    bail!("{} holds no type {name}", file.display())
}

/// The public fields; the others are the SDK's own.
fn fields(fields: Fields) -> anyhow::Result<Vec<(String, Type)>> {
    let mut read = Vec::new();
    for field in fields {
        let Some(name) = field.ident else { bail!("a field without a name") };
        if matches!(field.vis, Visibility::Public(_)) {
            read.push((name.to_string(), read_type(&field.ty)?));
        }
    }
    Ok(read)
}

fn read_type(kind: &syn::Type) -> anyhow::Result<Type> {
    let syn::Type::Path(path) = kind else { bail!("a type that is no path") };
    let last = path.path.segments.last().context("a path without segments")?;
    let mut inner = Vec::new();
    if let PathArguments::AngleBracketed(arguments) = &last.arguments {
        for argument in &arguments.args {
            let GenericArgument::Type(kind) = argument else {
                bail!("an argument that is no type")
            };
            inner.push(read_type(kind)?);
        }
    }
    let name = last.ident.to_string();
    let mut inner = inner.into_iter();
    Ok(match (name.as_str(), inner.next(), inner.next()) {
        ("Option" | "Box", Some(inner), None) => inner,
        ("Vec", Some(element), None) => Type::List(Box::new(element)),
        ("HashMap", Some(key), Some(value)) => Type::Map(Box::new(key), Box::new(value)),
        (name, None, None) => match PLAIN.iter().find(|plain| **plain == name) {
            Some(plain) => Type::Plain(plain),
            None => Type::Named(name.to_owned()),
        },
        _ => bail!("a type that no shape has: {name}"),
    })
}

/// The file or directory whose name reads like `name`: `_ip_permission.rs` for
/// `IpPermission`.
fn find(directory: &Path, name: &str, is: fn(&Path) -> bool) -> anyhow::Result<PathBuf> {
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        if squash(stem) == squash(name) && is(&path) {
            return Ok(path);
        }
    }
    bail!("no {name} in {}", directory.display())
}

/// The directories of the packages in use, by name.
pub fn crates() -> anyhow::Result<BTreeMap<String, PathBuf>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr).trim());
    let metadata: Value = serde_json::from_slice(&output.stdout)?;
    let packages = metadata["packages"].as_array().context("no packages")?;
    let mut found = BTreeMap::new();
    for package in packages {
        let name = package["name"].as_str().context("a package without a name")?;
        let manifest = package["manifest_path"].as_str().context("a package without a manifest")?;
        let directory = Path::new(manifest).parent().context("a manifest without a directory")?;
        found.insert(name.to_owned(), directory.to_owned());
    }
    Ok(found)
}
