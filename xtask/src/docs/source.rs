//! What stands in the sources of `secmonkey-aws` and nowhere else.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use syn::{Attribute, Expr, ExprLit, Item, Lit, Meta};

use crate::shapes::facts::{collect, field, is_named, read, service, services, text};

/// What a technology says of itself.
#[derive(Debug, PartialEq, Eq)]
pub struct Facts {
    /// The id of its service.
    pub service: String,
    /// The first paragraph of its documentation.
    pub about: String,
    /// What is left out, each with the reason where there is one.
    pub dropped: Vec<Dropped>,
}

/// Members that are left out for one reason.
#[derive(Debug, PartialEq, Eq)]
pub struct Dropped {
    pub members: Vec<String>,
    pub reason: String,
}

/// The facts of every technology, by its id.
pub fn facts(aws: &Path) -> anyhow::Result<BTreeMap<String, Facts>> {
    let services = services(&read(&aws.join("src/service.rs"))?)?;
    let mut all = BTreeMap::new();
    collect(&aws.join("src/watch"), &mut |path, items| {
        let source = fs::read_to_string(path)?;
        all.extend(declared(items, &source, &services)?);
        Ok(())
    })?;
    Ok(all)
}

fn declared(
    items: &[Item],
    source: &str,
    services: &BTreeMap<String, String>,
) -> anyhow::Result<Vec<(String, Facts)>> {
    let mut all = Vec::new();
    for item in items {
        let Item::Const(constant) = item else { continue };
        // A row of Cloud Control has its facts as a member.
        let is_row = is_named(&constant.ty, "Row");
        let name = constant.ident.to_string();
        if name == "NONE" || !is_row && !is_named(&constant.ty, "Facts") {
            continue;
        }
        let facts = || format!("the facts {name} are not written as they all are");
        let Expr::Struct(literal) = &*constant.expr else { anyhow::bail!(facts()) };
        let literal = match field(literal, "facts") {
            Some(Expr::Struct(of_row)) if is_row => of_row,
            _ => literal,
        };
        let id = field(literal, "id").and_then(text).with_context(facts)?;
        let service = literal.rest.as_deref().and_then(service).with_context(facts)?;
        let service = services.get(&service).with_context(|| format!("no service {service}"))?;
        let start = source.find(&format!("const {name}: ")).with_context(facts)?;
        let end = source[start..].find("\n};").with_context(facts)?;
        let dropped = dropped(&source[start..start + end]);
        let about = first_paragraph(&constant.attrs);
        all.push((id, Facts { service: service.clone(), about, dropped }));
    }
    Ok(all)
}

/// The first paragraph of a documentation, in one line.
fn first_paragraph(attributes: &[Attribute]) -> String {
    let lines = attributes.iter().filter_map(|attribute| {
        let Meta::NameValue(doc) = &attribute.meta else { return None };
        let Expr::Lit(ExprLit { lit: Lit::Str(line), .. }) = &doc.value else { return None };
        doc.path.is_ident("doc").then(|| line.value().trim().to_owned())
    });
    let lines: Vec<_> = lines.take_while(|line| !line.is_empty()).collect();
    lines.join(" ")
}

/// The members in `dropped: &[...]`, each with the comment before or behind it, as rustfmt
/// leaves them: a comment holds for all members up to the next.
fn dropped(constant: &str) -> Vec<Dropped> {
    let mut all: Vec<Dropped> = Vec::new();
    let Some((_, list)) = constant.split_once("\n    dropped: &[") else { return all };
    let (mut reason, mut is_new) = (String::new(), true);
    for line in list.lines().map(str::trim) {
        if let Some(comment) = line.strip_prefix("// ") {
            if !is_new {
                reason.clear();
                is_new = true;
            }
            if !reason.is_empty() {
                reason.push(' ');
            }
            reason.push_str(comment);
            continue;
        }
        let (code, behind) = line.split_once("// ").unwrap_or((line, ""));
        let members: Vec<String> = code.split('"').skip(1).step_by(2).map(str::to_owned).collect();
        if !members.is_empty() {
            if let Some(same) = all.last_mut().filter(|_| !is_new && behind.is_empty()) {
                same.members.extend(members);
            } else {
                let reason = if behind.is_empty() { reason.as_str() } else { behind };
                all.push(Dropped { members, reason: reason.to_owned() });
            }
            // What stands behind a member is of this one alone.
            is_new = !behind.is_empty();
            if is_new {
                reason.clear();
            }
        }
        if code.trim_end().ends_with("],") {
            break;
        }
    }
    all
}

/// The pages of checks: their files, as paths from the root, with their titles.
pub fn pages(root: &Path, within: &Path) -> anyhow::Result<Vec<(PathBuf, String)>> {
    let mut all = Vec::new();
    let mut folders = vec![within.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(root.join(&folder));
        for entry in entries.with_context(|| format!("no {}", folder.display()))? {
            let entry = entry?;
            let path = folder.join(entry.file_name());
            if entry.file_type()?.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "md") {
                let page = fs::read_to_string(root.join(&path))?;
                let title = page.lines().find_map(|line| line.strip_prefix("# "));
                all.push((path, title.unwrap_or_default().trim().to_owned()));
            }
        }
    }
    all.sort();
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_technology_says_of_itself_is_found_beside_its_facts() {
        let source = r#"
/// Queues, with
/// their policies.
///
/// More.
pub const QUEUE: Facts = Facts {
    id: "queue",
    dropped: &[
        "/Arn", // the item itself
        // Telemetry: it changes
        // every minute.
        "/Waiting",
        "/Delayed",
        // A progress.
        "/State",
    ],
    ..Facts::of(&service::SQS, LIST)
};
/// Topics.
pub const TOPIC: Facts = Facts {
    id: "topic",
    dropped: &["/Arn"], // the item itself
    ..Facts::of(&service::SQS, LIST)
};
/// Streams.
pub const STREAM: Facts = Facts { id: "stream", ..Facts::of(&service::SQS, LIST)
};
"#;
        let services = BTreeMap::from([("SQS".to_owned(), "sqs".to_owned())]);
        let items = syn::parse_file(source).unwrap().items;
        let found = declared(&items, source, &services).unwrap();
        let dropped = |members: &[&str], reason: &str| Dropped {
            members: members.iter().map(|&one| one.to_owned()).collect(),
            reason: reason.to_owned(),
        };
        let facts = |about: &str, dropped| Facts {
            service: "sqs".to_owned(),
            about: about.to_owned(),
            dropped,
        };
        let queue = vec![
            dropped(&["/Arn"], "the item itself"),
            dropped(&["/Waiting", "/Delayed"], "Telemetry: it changes every minute."),
            dropped(&["/State"], "A progress."),
        ];
        let expected = [
            ("queue".to_owned(), facts("Queues, with their policies.", queue)),
            ("topic".to_owned(), facts("Topics.", vec![dropped(&["/Arn"], "the item itself")])),
            ("stream".to_owned(), facts("Streams.", Vec::new())),
        ];
        assert_eq!(found, expected);
    }
}
