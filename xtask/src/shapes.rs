//! Writes `secmonkey-aws/src/shape/SERVICE.rs` and `secmonkey-aws/src/region/table.rs`.
//!
//! The fields stand in the sources of the SDK crates, the names that AWS gives them in
//! botocore's model of the service. Both are walked together from the structures that are
//! watched; a field without a member, or a member without a field, ends the run: a
//! configuration that silently lacks something is worse than a build that stops.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail, ensure};

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

/// What is watched of one service. What these structures reach is written, too.
struct Service {
    /// The name of our module and of botocore's directory.
    name: &'static str,
    /// Structures, by AWS's name.
    structures: &'static [&'static str],
    /// Operations whose output is a configuration.
    outputs: &'static [&'static str],
}

const SERVICES: &[Service] = &[
    Service {
        name: "ec2",
        structures: &[
            "Address",
            "NatGateway",
            "NetworkInterface",
            "Region",
            "SecurityGroup",
            "Vpc",
            "VpcEndpoint",
        ],
        outputs: &[],
    },
    Service {
        name: "iam",
        structures: &[
            "AccessKeyLastUsed",
            "AccessKeyMetadata",
            "Group",
            "GroupDetail",
            "LoginProfile",
            "ManagedPolicyDetail",
            "MFADevice",
            "Policy",
            "PolicyVersion",
            "Role",
            "RoleDetail",
            "SigningCertificate",
            "User",
            "UserDetail",
            "VirtualMFADevice",
        ],
        outputs: &[],
    },
    Service {
        name: "s3",
        structures: &["Bucket", "Owner"],
        outputs: &[
            "GetBucketAccelerateConfiguration",
            "GetBucketAcl",
            "GetBucketCors",
            "GetBucketEncryption",
            "GetBucketLifecycleConfiguration",
            "GetBucketLocation",
            "GetBucketLogging",
            "GetBucketNotificationConfiguration",
            "GetBucketOwnershipControls",
            "GetBucketPolicy",
            "GetBucketPolicyStatus",
            "GetBucketReplication",
            "GetBucketRequestPayment",
            "GetBucketTagging",
            "GetBucketVersioning",
            "GetBucketWebsite",
            "GetObjectLockConfiguration",
            "GetPublicAccessBlock",
            "ListBucketAnalyticsConfigurations",
            "ListBucketIntelligentTieringConfigurations",
            "ListBucketInventoryConfigurations",
            "ListBucketMetricsConfigurations",
        ],
    },
    Service { name: "s3control", structures: &["PublicAccessBlockConfiguration"], outputs: &[] },
    Service {
        name: "ses",
        structures: &[
            "IdentityDkimAttributes",
            "IdentityMailFromDomainAttributes",
            "IdentityNotificationAttributes",
            "IdentityVerificationAttributes",
        ],
        outputs: &[],
    },
];

/// Members of outputs that tell of the request and not of what was asked for.
const OF_THE_REQUEST: &[&str] =
    &["ContinuationToken", "IsTruncated", "NextContinuationToken", "RequestCharged"];

pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let botocore = match &arguments.botocore {
        Some(directory) => directory.clone(),
        None => find_botocore()?,
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask has no workspace")?;
    let crates = sdk::crates()?;
    let mut written = BTreeMap::new();
    for service in SERVICES {
        let package = format!("aws-sdk-{}", service.name);
        let sources = crates.get(&package).with_context(|| format!("no crate {package}"))?;
        let text = generate(service, &Sdk::open(sources), &Model::open(&botocore, service.name)?)
            .with_context(|| format!("while pairing {package} with botocore's model"))?;
        written.insert(format!("secmonkey-aws/src/shape/{}.rs", service.name), text);
    }
    let table = regions::generate(&botocore)?;
    written.insert("secmonkey-aws/src/region/table.rs".to_owned(), table);

    let mut stale = Vec::new();
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

/// The module of one service.
fn generate(service: &Service, sdk: &Sdk, model: &Model) -> anyhow::Result<String> {
    let mut walk = Walk { sdk, model, entries: BTreeMap::new() };
    let mut sensitive = BTreeMap::new();
    for name in service.structures {
        let rust = walk.pair_structure(name)?;
        sensitive
            .insert(rust.rsplit("::").next().unwrap_or(&rust).to_owned(), model.sensitive(name)?);
    }
    for operation in service.outputs {
        let (rust, shape) = walk.pair_output(operation)?;
        sensitive.insert(rust, model.sensitive(&shape)?);
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

    let modules = if service.outputs.is_empty() { "types" } else { "{operation, types}" };
    let mut text = format!(
        "//! Written by `cargo xtask shapes`: do not edit.\n\nuse aws_sdk_{}::{modules};\n\n",
        service.name
    );
    listed(&mut text, "structures", &structures)?;
    listed(&mut text, "unions", &unions)?;
    if !enumerations.is_empty() {
        writeln!(text, "super::enumerations! {{")?;
        for path in enumerations {
            writeln!(text, "    {path},")?;
        }
        writeln!(text, "}}\n")?;
    }
    writeln!(text, "pub(super) const SENSITIVE: &[(&str, &[&str])] = &[")?;
    for (structure, pointers) in sensitive {
        writeln!(text, "    ({structure:?}, &{pointers:?}),")?;
    }
    writeln!(text, "];")?;
    Ok(text)
}

fn listed(text: &mut String, name: &str, all: &[(&String, &Members)]) -> std::fmt::Result {
    if all.is_empty() {
        return Ok(());
    }
    writeln!(text, "super::{name}! {{")?;
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

    /// Returns the name of the SDK's type and that of the model's shape.
    fn pair_output(&mut self, operation: &str) -> anyhow::Result<(String, String)> {
        let shape = self.model.output(operation)?.to_owned();
        let item = self.sdk.output(operation)?;
        let name = item.name().to_owned();
        self.pair_item(item, &shape, OF_THE_REQUEST)?;
        Ok((name, shape))
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
        let service = Service { name: "test", structures: &["Thing"], outputs: &[] };
        generate(&service, &Sdk::open(directory.path()), &model)
    }

    #[test]
    fn every_field_is_paired_with_a_member_and_its_sensitivity() {
        let text = pair(SOURCE, &[("Parts", "Things"), ("Type", "Secret")]).unwrap();
        for line in ["\"Type\": r#type,", "\"Parts\": parts,", "(\"Thing\", &[\"/Type\"])"] {
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
