//! What the technologies say of themselves, in their sources: the crate cannot be asked, for
//! it does not compile before its lists of members are written.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context as _, ensure};
use syn::{Expr, ExprLit, ExprStruct, Item, Lit, Member, Type};

/// The structures that the technologies below `watch` are made of, by service.
pub fn structures(aws: &Path) -> anyhow::Result<BTreeMap<String, BTreeSet<String>>> {
    let services = services(&read(&aws.join("src/service.rs"))?)?;
    let mut all = BTreeMap::<_, BTreeSet<_>>::new();
    collect(&aws.join("src/watch"), &mut |path, source| {
        for (constant, structures) in declared(source)? {
            let service = services.get(&constant);
            let service = service.with_context(|| format!("no service {constant}"))?;
            ensure!(!structures.is_empty(), "a technology is made of no structure");
            all.entry(service.clone()).or_default().extend(structures);
        }
        Ok::<_, anyhow::Error>(()).with_context(|| format!("in {}", path.display()))
    })?;
    ensure!(!all.is_empty(), "no technology says what it is made of");
    Ok(all)
}

pub fn read(path: &Path) -> anyhow::Result<Vec<Item>> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(syn::parse_file(&text).with_context(|| format!("in {}", path.display()))?.items)
}

/// Every source file below a directory.
pub fn collect(
    directory: &Path,
    take: &mut dyn FnMut(&Path, &[Item]) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let entries = fs::read_dir(directory).with_context(|| format!("no {}", directory.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, take)?;
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            take(&path, &read(&path)?).with_context(|| format!("in {}", path.display()))?;
        }
    }
    Ok(())
}

/// The ids of the services, by the names of their constants: `const SES: Service =
/// regional("ses", ...)`, or a literal with an `id`.
pub fn services(source: &[Item]) -> anyhow::Result<BTreeMap<String, String>> {
    let mut services = BTreeMap::new();
    for item in source {
        let Item::Const(constant) = item else { continue };
        if !is_named(&constant.ty, "Service") {
            continue;
        }
        let id = match &*constant.expr {
            Expr::Call(call) => call.args.first().and_then(text),
            Expr::Struct(literal) => field(literal, "id").and_then(text),
            _ => None,
        };
        let id = id.with_context(|| format!("{} says no id", constant.ident))?;
        services.insert(constant.ident.to_string(), id);
    }
    Ok(services)
}

/// Of each `const NAME: Facts = Facts { structures: &[Structure::new(OF, AT)],
/// ..Facts::of(&service::SERVICE, ...) }` in a file, `SERVICE` and each `OF`.
fn declared(source: &[Item]) -> anyhow::Result<Vec<(String, Vec<String>)>> {
    let mut all = Vec::new();
    for item in source {
        let Item::Const(constant) = item else { continue };
        if !is_named(&constant.ty, "Facts") {
            continue;
        }
        let facts = || format!("the facts {} are not written as they all are", constant.ident);
        let Expr::Struct(literal) = &*constant.expr else { anyhow::bail!(facts()) };
        let service = literal.rest.as_deref().and_then(service).with_context(facts)?;
        let mut structures = Vec::new();
        if let Some(list) = field(literal, "structures") {
            let Expr::Reference(list) = list else { anyhow::bail!(facts()) };
            let Expr::Array(list) = &*list.expr else { anyhow::bail!(facts()) };
            for one in &list.elems {
                let Expr::Call(call) = one else { anyhow::bail!(facts()) };
                structures.push(call.args.first().and_then(text).with_context(facts)?);
            }
        }
        all.push((service, structures));
    }
    Ok(all)
}

pub fn is_named(of: &Type, name: &str) -> bool {
    matches!(of, Type::Path(path) if path.path.segments.last().is_some_and(|it| it.ident == name))
}

pub fn field<'a>(literal: &'a ExprStruct, name: &str) -> Option<&'a Expr> {
    let is_it = |member: &Member| matches!(member, Member::Named(field) if field == name);
    literal.fields.iter().find(|field| is_it(&field.member)).map(|field| &field.expr)
}

/// `EC2` of `Facts::of(&service::EC2, LIST)`.
pub fn service(base: &Expr) -> Option<String> {
    let Expr::Call(call) = base else { return None };
    let Expr::Reference(service) = call.args.first()? else { return None };
    let Expr::Path(path) = &*service.expr else { return None };
    Some(path.path.segments.last()?.ident.to_string())
}

pub fn text(literal: &Expr) -> Option<String> {
    match literal {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(source: &str) -> Vec<Item> {
        syn::parse_file(source).unwrap().items
    }

    #[test]
    fn a_service_is_known_by_the_name_of_its_constant() {
        let source = r#"
            pub const SES: Service = regional("ses", "email", Rate::new(10.0, 1.0));
            pub const IAM: Service = Service { id: "iam", endpoint_prefix: "iam" };
            pub const ALL: &[&Service] = &[&SES, &IAM];"#;
        let known = services(&items(source)).unwrap();
        assert_eq!(
            known.into_iter().collect::<Vec<_>>(),
            [("IAM".to_owned(), "iam".to_owned()), ("SES".to_owned(), "ses".to_owned())]
        );
    }

    #[test]
    fn a_technology_says_what_it_is_made_of() {
        let source = r#"
            pub const VPC: Facts = Facts {
                id: "vpc",
                structures: &[Structure::new("Vpc", ""), Structure::new("Tag", "/Tags/*")],
                ..Facts::of(&service::EC2, VPCS)
            };
            const VPCS: Operation = Operation::new("ec2:DescribeVpcs");"#;
        let expected = ("EC2".to_owned(), vec!["Vpc".to_owned(), "Tag".to_owned()]);
        assert_eq!(declared(&items(source)).unwrap(), [expected]);
    }

    #[test]
    fn facts_written_in_another_way_end_the_run() {
        for source in [
            "pub const VPC: Facts = vpc();",
            "pub const VPC: Facts = Facts { ..OTHER };",
            "pub const VPC: Facts = Facts { structures: ALL, ..Facts::of(&service::EC2, A) };",
        ] {
            let error = declared(&items(source)).unwrap_err();
            assert!(error.to_string().contains("VPC"), "{source}: {error}");
        }
    }
}
