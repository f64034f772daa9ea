//! Writes `secmonkey-aws/src/shape/SERVICE.rs`, `secmonkey-aws/src/shape/sensitive.rs` and
//! `secmonkey-aws/src/region/table.rs`.
//!
//! Which structures are read say the constants of the technologies. Their fields stand in
//! the sources of the SDK crates, the names that AWS gives them in botocore's model of the
//! service. Both are walked together, with all that the structures reach; a field without a member, or a member without a field, ends the run: a
//! configuration that silently lacks something is worse than a build that stops.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail, ensure};

pub mod facts;
mod model;
mod regions;
mod sdk;

use model::Model;
use sdk::{Item, Sdk, Type};

#[derive(clap::Args)]
pub struct Arguments {
    /// Change nothing; fail where a file is not what would be written
    #[arg(long)]
    check: bool,
    /// The directory of the unpacked `botocore` package [default: where python3 finds it]
    #[arg(long, value_name = "DIR")]
    botocore: Option<PathBuf>,
}

/// Members of outputs that tell of the request and not of what was asked for.
const OF_THE_REQUEST: &[&str] =
    &["ContinuationToken", "IsTruncated", "NextContinuationToken", "RequestCharged"];

/// Where the lists of members stand.
const SHAPES: &str = "secmonkey-aws/src/shape";

pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let botocore = match &arguments.botocore {
        Some(directory) => directory.clone(),
        None => find_botocore()?,
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask has no workspace")?;
    let crates = sdk::crates()?;
    let mut written = BTreeMap::new();
    let mut sensitive = Vec::new();
    for (service, structures) in facts::structures(&root.join("secmonkey-aws"))? {
        let sdk = sdk_of(&service);
        let package = format!("aws-sdk-{sdk}");
        let sources = crates.get(&package).with_context(|| format!("no crate {package}"))?;
        let model = Model::open(&botocore, &service)?;
        let text = generate(sdk, &structures, &Sdk::open(sources), &model)
            .with_context(|| format!("while pairing {package} with botocore's model"))?;
        written.insert(format!("{SHAPES}/{service}.rs"), text);
        for structure in structures {
            let pointers = model.sensitive(model.structure(&structure)?)?;
            sensitive.push((service.clone(), structure, pointers));
        }
    }
    written.insert(format!("{SHAPES}/sensitive.rs"), sensitive_members(&sensitive)?);
    let table = regions::generate(&botocore, &root.join("secmonkey-aws/src/service.rs"))?;
    written.insert("secmonkey-aws/src/region/table.rs".to_owned(), table);

    let mut stale = left_over(root, &written)?;
    if !arguments.check {
        for path in stale.drain(..) {
            std::fs::remove_file(root.join(&path))
                .with_context(|| format!("cannot remove {path}"))?;
            println!("{path} (removed)");
        }
    }
    for (path, text) in written {
        let text = format(&text)?;
        let file = root.join(&path);
        if std::fs::read_to_string(&file).unwrap_or_default() == text {
            continue;
        }
        if arguments.check {
            stale.push(path);
        } else {
            std::fs::write(&file, text).with_context(|| format!("cannot write {path}"))?;
            println!("{path}");
        }
    }
    ensure!(
        stale.is_empty(),
        "not what `cargo xtask shapes` writes with {}: {}",
        model::version(&botocore)?,
        stale.join(", ")
    );
    Ok(())
}

fn find_botocore() -> anyhow::Result<PathBuf> {
    let program = "import botocore, os; print(os.path.dirname(botocore.__file__))";
    let output = Command::new("python3").args(["-c", program]).output()?;
    ensure!(
        output.status.success(),
        "python3 has no botocore: install it, or name its directory with --botocore DIR"
    );
    Ok(PathBuf::from(String::from_utf8(output.stdout)?.trim()))
}

/// The text as rustfmt leaves it, so that formatting the workspace changes nothing.
fn format(text: &str) -> anyhow::Result<String> {
    let mut rustfmt = Command::new("rustfmt")
        .args(["--edition", "2024", "--config", "use_small_heuristics=Max"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot run rustfmt")?;
    rustfmt.stdin.take().context("rustfmt takes no input")?.write_all(text.as_bytes())?;
    let output = rustfmt.wait_with_output()?;
    ensure!(output.status.success(), "rustfmt does not accept what was written");
    Ok(String::from_utf8(output.stdout)?)
}

/// What the SDK calls a service, where that is not botocore's name of it.
fn sdk_of(service: &str) -> &str {
    match service {
        "elb" => "elasticloadbalancing",
        "elbv2" => "elasticloadbalancingv2",
        "logs" => "cloudwatchlogs",
        service => service,
    }
}

/// Lists of members of services that no technology is read from any more.
fn left_over(root: &Path, written: &BTreeMap<String, String>) -> anyhow::Result<Vec<String>> {
    let mut left = Vec::new();
    for entry in std::fs::read_dir(root.join(SHAPES))? {
        let name = entry?.file_name();
        let path = format!("{SHAPES}/{}", name.to_string_lossy());
        if !written.contains_key(&path) {
            left.push(path);
        }
    }
    Ok(left)
}

/// The module that says which members are sensitive: services, structures, pointers.
fn sensitive_members(all: &[(String, String, Vec<String>)]) -> anyhow::Result<String> {
    let mut text = String::from("//! Written by `cargo xtask shapes`: do not edit.\n\n");
    writeln!(text, "/// The sensitive members of each structure of each service.")?;
    writeln!(text, "pub(super) const STRUCTURES: &[(&str, &str, &[&str])] = &[")?;
    for (service, structure, pointers) in all {
        writeln!(text, "    ({service:?}, {structure:?}, &{pointers:?}),")?;
    }
    writeln!(text, "];")?;
    Ok(text)
}

/// The module of one service.
fn generate(
    sdk_name: &str,
    structures: &BTreeSet<String>,
    sdk: &Sdk,
    model: &Model,
) -> anyhow::Result<String> {
    let mut walk = Walk { sdk, model, entries: BTreeMap::new() };
    let mut outputs = 0;
    for name in structures {
        match model.operation(name) {
            Some(operation) => {
                walk.pair_output(operation)?;
                outputs += 1;
            }
            None => drop(walk.pair_structure(name)?),
        }
    }

    let of = |kind: fn(&Kind) -> Option<&Members>| {
        let all =
            walk.entries.iter().filter_map(move |(path, entry)| Some((path, kind(&entry.kind)?)));
        all.collect::<Vec<_>>()
    };
    let structures = of(|kind| match kind {
        Kind::Structure(members) => Some(members),
        _ => None,
    });
    let unions = of(|kind| match kind {
        Kind::Union(members) => Some(members),
        _ => None,
    });
    let enumerations = walk.entries.iter().filter(|(_, entry)| entry.kind == Kind::Enumeration);
    let enumerations: Vec<_> = enumerations.map(|(path, _)| path).collect();

    let modules = if outputs == 0 { "types" } else { "{operation, types}" };
    let mut text = format!(
        "//! Written by `cargo xtask shapes`: do not edit.\n\nuse aws_sdk_{sdk_name}::{modules};\n\n"
    );
    listed(&mut text, "structures", &structures)?;
    listed(&mut text, "unions", &unions)?;
    if !enumerations.is_empty() {
        writeln!(text, "enumerations! {{")?;
        for path in enumerations {
            writeln!(text, "    {path},")?;
        }
        writeln!(text, "}}\n")?;
    }
    Ok(text)
}

fn listed(text: &mut String, name: &str, all: &[(&String, &Members)]) -> std::fmt::Result {
    if all.is_empty() {
        return Ok(());
    }
    writeln!(text, "{name}! {{")?;
    for (path, members) in all {
        writeln!(text, "    {path} {{")?;
        for (member, field) in *members {
            writeln!(text, "        {member:?}: {field},")?;
        }
        writeln!(text, "    }}")?;
    }
    writeln!(text, "}}\n")
}

/// AWS's names of members, with the SDK's fields or variants.
type Members = Vec<(String, String)>;

#[derive(PartialEq)]
enum Kind {
    Structure(Members),
    Union(Members),
    Enumeration,
}

/// A type of the SDK that was met.
struct Entry {
    /// The shape of the model it was paired with.
    shape: String,
    kind: Kind,
}

/// Goes through the SDK's types and the model's shapes at once.
struct Walk<'a> {
    sdk: &'a Sdk,
    model: &'a Model,
    /// By the path of the type in its crate.
    entries: BTreeMap<String, Entry>,
}

impl Walk<'_> {
    fn pair_structure(&mut self, shape: &str) -> anyhow::Result<String> {
        let item = self.sdk.named_type(shape)?;
        self.pair_item(item, shape, &[])
    }

    fn pair_output(&mut self, operation: &str) -> anyhow::Result<String> {
        let shape = self.model.output(operation)?;
        let item = self.sdk.output(operation)?;
        self.pair_item(item, shape, OF_THE_REQUEST)
    }

    fn pair_item(&mut self, item: Item, shape: &str, without: &[&str]) -> anyhow::Result<String> {
        let path = item.path().to_owned();
        if let Some(entry) = self.entries.get(&path) {
            if entry.shape == shape {
                return Ok(path);
            }
            // One type for two shapes is right only where they are alike, member by member.
            let before = self.entries.remove(&path).context("it was just there")?;
            self.enter(item, shape, without)?;
            let alike = self.entries.get(&path).is_some_and(|entry| entry.kind == before.kind);
            ensure!(alike, "{path} stands for {} and for {shape}, which differ", before.shape);
            return Ok(path);
        }
        self.enter(item, shape, without)?;
        Ok(path)
    }

    fn enter(&mut self, item: Item, shape: &str, without: &[&str]) -> anyhow::Result<()> {
        let (path, fields) = match item {
            Item::Enumeration { path, .. } => {
                ensure!(self.model.kind(shape)? == "string", "{shape} is no enumeration");
                let entry = Entry { shape: shape.to_owned(), kind: Kind::Enumeration };
                self.entries.insert(path, entry);
                return Ok(());
            }
            Item::Structure { path, fields, .. } => {
                ensure!(!self.model.is_union(shape)?, "{shape} is a union, {path} is not");
                (path, fields)
            }
            Item::Union { path, variants, .. } => {
                ensure!(self.model.is_union(shape)?, "{path} is a union, {shape} is not");
                (path, variants)
            }
        };
        let is_union = self.model.is_union(shape)?;
        let mut left: BTreeMap<String, (String, Type)> = BTreeMap::new();
        for (field, kind) in fields {
            let twin = left.insert(squash(&field), (field.clone(), kind));
            ensure!(twin.is_none(), "{path}: two fields read alike: {field}");
        }
        let mut pairs = Vec::new();
        let mut members = Members::new();
        let mut lost = BTreeSet::new();
        for (member, of) in self.model.members(shape)? {
            let field = left.remove(&squash(member));
            if without.contains(&member) {
                continue;
            }
            match field {
                Some((field, kind)) => {
                    members.push((member.to_owned(), field));
                    pairs.push((member, kind, of.to_owned()));
                }
                None => drop(lost.insert(member)),
            }
        }
        ensure!(lost.is_empty(), "{path} has no field for {lost:?} of {shape}");
        ensure!(left.is_empty(), "{shape} has no member for {:?} of {path}", left.keys());
        let kind = if is_union { Kind::Union(members) } else { Kind::Structure(members) };
        // Before its members: a structure may hold itself.
        self.entries.insert(path.clone(), Entry { shape: shape.to_owned(), kind });
        for (member, kind, of) in pairs {
            self.pair(&kind, &of).with_context(|| format!("{path}, member {member}"))?;
        }
        Ok(())
    }

    /// Pairs the type of a field with the shape of its member.
    fn pair(&mut self, kind: &Type, shape: &str) -> anyhow::Result<()> {
        let of = self.model.kind(shape)?;
        match kind {
            Type::Plain(plain) => {
                let fits = match of {
                    "string" => *plain == "String",
                    "boolean" => *plain == "bool",
                    "integer" => *plain == "i32",
                    "long" => *plain == "i64",
                    "float" => *plain == "f32",
                    "double" => *plain == "f64",
                    "timestamp" => *plain == "DateTime",
                    "blob" => *plain == "Blob",
                    "structure" => *plain == "Document" && self.model.is_document(shape)?,
                    _ => false,
                };
                ensure!(fits, "{plain} is not {shape}, a {of}");
            }
            Type::List(element) => {
                ensure!(of == "list", "{shape} is a {of}, not a list");
                self.pair(element, self.model.element(shape)?)?;
            }
            Type::Map(key, value) => {
                ensure!(of == "map", "{shape} is a {of}, not a map");
                let (key_shape, value_shape) = self.model.entry(shape)?;
                self.pair(key, key_shape)?;
                self.pair(value, value_shape)?;
            }
            Type::Named(name) => {
                if !matches!(of, "structure" | "string") {
                    bail!("{name} is not {shape}, a {of}");
                }
                let item = self.sdk.named_type(name)?;
                self.pair_item(item, shape, &[])?;
            }
        }
        Ok(())
    }
}

/// A name without what the SDK and AWS write differently: `ip_protocol` and `IpProtocol`.
fn squash(name: &str) -> String {
    let name = name.strip_prefix("r#").unwrap_or(name);
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SOURCE: &str = "
        pub struct Thing {
            pub r#type: ::std::option::Option<::std::string::String>,
            pub parts: ::std::option::Option<::std::vec::Vec<crate::types::Thing>>,
            _request_id: Option<String>,
        }";

    /// Pairs the structure `Thing` in `source` with a model that has these members.
    fn pair(source: &str, members: &[(&str, &str)]) -> anyhow::Result<String> {
        let directory = tempfile::tempdir()?;
        let types = directory.path().join("src/types");
        std::fs::create_dir_all(&types)?;
        std::fs::write(types.join("_thing.rs"), source)?;
        let members: BTreeMap<_, _> =
            members.iter().map(|(name, shape)| (name, json!({ "shape": shape }))).collect();
        let model = Model::from(json!({ "shapes": {
            "Thing": { "type": "structure", "members": members },
            "Things": { "type": "list", "member": { "shape": "Thing" } },
            "Secret": { "type": "string", "sensitive": true },
            "Number": { "type": "integer" },
        }}));
        let mut text =
            generate("test", &["Thing".to_owned()].into(), &Sdk::open(directory.path()), &model)?;
        let pointers = model.sensitive("Thing")?;
        text += &sensitive_members(&[("test".to_owned(), "Thing".to_owned(), pointers)])?;
        Ok(text)
    }

    #[test]
    fn every_field_is_paired_with_a_member_and_its_sensitivity() {
        let text = pair(SOURCE, &[("Parts", "Things"), ("Type", "Secret")]).unwrap();
        for line in
            ["\"Type\": r#type,", "\"Parts\": parts,", "(\"test\", \"Thing\", &[\"/Type\"])"]
        {
            assert!(text.contains(line), "{text}");
        }
        assert!(!text.contains("request_id"), "{text}");
    }

    #[test]
    fn a_member_or_a_field_that_is_left_over_ends_the_run() {
        let whole = [("Parts", "Things"), ("Type", "Secret")];
        let lost = pair(SOURCE, &[&whole[..], &[("New", "Number")]].concat()).unwrap_err();
        assert!(format!("{lost:#}").contains("no field for {\"New\"}"), "{lost:#}");
        let unknown = pair(SOURCE, &whole[..1]).unwrap_err();
        assert!(format!("{unknown:#}").contains("no member for [\"type\"]"), "{unknown:#}");
    }

    #[test]
    fn a_member_of_another_type_ends_the_run() {
        let other = pair(SOURCE, &[("Parts", "Things"), ("Type", "Number")]).unwrap_err();
        assert!(format!("{other:#}").contains("String is not Number"), "{other:#}");
    }
}
