//! botocore's models of the services.

use std::fs;
use std::io::Read as _;
use std::path::Path;

use anyhow::Context as _;
use flate2::read::GzDecoder;
use serde_json::Value;

/// The model of one service.
pub struct Model(Value);

impl From<Value> for Model {
    fn from(model: Value) -> Self {
        Self(model)
    }
}

impl Model {
    /// Reads the newest model of a service.
    pub fn open(botocore: &Path, service: &str) -> anyhow::Result<Self> {
        let directory = botocore.join("data").join(service);
        let mut versions = fs::read_dir(&directory)
            .with_context(|| format!("no model in {}", directory.display()))?
            .map(|entry| Ok(entry?.path()))
            .collect::<anyhow::Result<Vec<_>>>()?;
        versions.sort();
        let newest = versions.pop().with_context(|| format!("no model of {service}"))?;
        let model: Value = serde_json::from_slice(&read(&newest.join("service-2.json"))?)?;
        Ok(Self::from(model))
    }

    /// The members of a structure, with their shapes, sorted.
    pub fn members(&self, shape: &str) -> anyhow::Result<Vec<(&str, &str)>> {
        let members = self.shape(shape)?["members"].as_object();
        let members = members.with_context(|| format!("{shape} is no structure"))?;
        let mut pairs = Vec::new();
        for (member, of) in members {
            let of = of["shape"].as_str().with_context(|| format!("{member} has no shape"))?;
            pairs.push((member.as_str(), of));
        }
        pairs.sort_unstable();
        Ok(pairs)
    }

    /// `structure`, `list`, `string` and so on.
    pub fn kind(&self, shape: &str) -> anyhow::Result<&str> {
        self.shape(shape)?["type"].as_str().with_context(|| format!("{shape} has no type"))
    }

    /// Whether exactly one member has a value.
    pub fn is_union(&self, shape: &str) -> anyhow::Result<bool> {
        // botocore has dropped the mark from S3's unions; the SDK reads them from the same
        // model before that. Where it is kept it counts.
        let marked = self.shape(shape)?["union"].as_bool().unwrap_or_default();
        Ok(marked || UNMARKED_UNIONS.contains(&shape))
    }

    /// Whether it is any JSON there may be.
    pub fn is_document(&self, shape: &str) -> anyhow::Result<bool> {
        Ok(self.shape(shape)?["document"].as_bool().unwrap_or_default())
    }

    /// The shape of a list's elements.
    pub fn element(&self, shape: &str) -> anyhow::Result<&str> {
        let element = self.shape(shape)?["member"]["shape"].as_str();
        element.with_context(|| format!("{shape} is no list"))
    }

    /// The shapes of a map's keys and values.
    pub fn entry(&self, shape: &str) -> anyhow::Result<(&str, &str)> {
        let of = self.shape(shape)?;
        of["key"]["shape"]
            .as_str()
            .zip(of["value"]["shape"].as_str())
            .with_context(|| format!("{shape} is no map"))
    }

    /// The operation whose whole answer a name means: `GetBucketAclOutput`.
    pub fn operation<'a>(&self, name: &'a str) -> Option<&'a str> {
        let operation = name.strip_suffix("Output")?;
        self.0["operations"].get(operation).map(|_| operation)
    }

    /// The shape that a name of a structure or an answer means.
    pub fn structure<'a>(&'a self, name: &'a str) -> anyhow::Result<&'a str> {
        self.operation(name).map_or(Ok(name), |operation| self.output(operation))
    }

    /// The shape of what an operation answers.
    pub fn output(&self, operation: &str) -> anyhow::Result<&str> {
        let output = self.0["operations"][operation]["output"]["shape"].as_str();
        output.with_context(|| format!("{operation} answers nothing"))
    }

    /// Pointers to the sensitive members of a structure, with `*` for every element of a
    /// list or a map.
    pub fn sensitive(&self, structure: &str) -> anyhow::Result<Vec<String>> {
        let mut found = Vec::new();
        self.collect_sensitive(structure, "", &mut Vec::new(), &mut found)?;
        found.sort();
        Ok(found)
    }

    fn collect_sensitive<'a>(
        &'a self,
        shape: &'a str,
        pointer: &str,
        above: &mut Vec<&'a str>,
        found: &mut Vec<String>,
    ) -> anyhow::Result<()> {
        // A structure that holds itself adds no new member.
        if above.contains(&shape) {
            return Ok(());
        }
        if self.shape(shape)?["sensitive"].as_bool().unwrap_or_default() {
            found.push(pointer.to_owned());
            return Ok(());
        }
        above.push(shape);
        match self.kind(shape)? {
            "structure" => {
                for (member, of) in self.members(shape)? {
                    self.collect_sensitive(of, &format!("{pointer}/{member}"), above, found)?;
                }
            }
            "list" => {
                self.collect_sensitive(
                    self.element(shape)?,
                    &format!("{pointer}/*"),
                    above,
                    found,
                )?;
            }
            "map" => {
                let (_, value) = self.entry(shape)?;
                self.collect_sensitive(value, &format!("{pointer}/*"), above, found)?;
            }
            _ => {}
        }
        above.pop();
        Ok(())
    }

    fn shape(&self, name: &str) -> anyhow::Result<&Value> {
        self.0["shapes"].get(name).with_context(|| format!("the model has no shape {name}"))
    }
}

const UNMARKED_UNIONS: &[&str] = &["AnalyticsFilter", "MetricsFilter"];

/// A file of botocore's data, which newer releases ship compressed.
pub fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    if let Ok(text) = fs::read(path) {
        return Ok(text);
    }
    let mut packed = path.as_os_str().to_owned();
    packed.push(".gz");
    let file = fs::File::open(&packed).with_context(|| format!("no {}", path.display()))?;
    let mut text = Vec::new();
    GzDecoder::new(file).read_to_end(&mut text)?;
    Ok(text)
}

/// The name and the version of the package.
pub fn version(botocore: &Path) -> anyhow::Result<String> {
    let source = fs::read_to_string(botocore.join("__init__.py"))?;
    let version = source.lines().find_map(|line| line.strip_prefix("__version__ = "));
    Ok(format!("botocore {}", version.unwrap_or("?").trim_matches(['\'', '"'])))
}
