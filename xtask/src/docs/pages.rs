//! The pages, as Markdown.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::Value;

use super::source::Facts;

const WRITTEN: &str = "<!-- Written by `cargo xtask docs`: do not edit. -->\n\n";

/// What is read.
pub fn technologies(all: &[Value], facts: &BTreeMap<String, Facts>) -> anyhow::Result<String> {
    let mut text = format!(
        "{WRITTEN}# Technologies\n\n\
         What a scan reads: {} kinds of resources. `secmonkey technologies` lists them, too; the\n\
         setting `off` under `[technologies]` names those that no scan looks at. Whatever AWS\n\
         answers about a resource's configuration is recorded, in AWS's names, but for what is\n\
         named below as left out.\n\n\
         | id | what | service | where | calls | checks |\n|---|---|---|---|--:|--:|\n",
        all.len()
    );
    let facts_of = |id: &str| facts.get(id).with_context(|| format!("no facts of {id}"));
    for one in all {
        let (id, title) = (member(one, "id")?, member(one, "title")?);
        let checks = list(one, "checks")?.len();
        let checks = match checks {
            0 => "0".to_owned(),
            some => format!("[{some}](checks.md#{id})"),
        };
        let (service, calls) = (&facts_of(id)?.service, list(one, "permissions")?.len());
        let place = place(one);
        let _ = writeln!(
            text,
            "| [`{id}`](#{id}) | {title} | {service} | {place} | {calls} | {checks} |"
        );
    }
    for one in all {
        let id = member(one, "id")?;
        let facts = facts_of(id)?;
        let _ = write!(text, "\n## {id}\n\n");
        if !facts.about.is_empty() {
            let _ = write!(text, "{}\n\n", linkless(&facts.about));
        }
        let calls = quoted(list(one, "permissions")?);
        let _ = writeln!(text, "Calls, each by its permission: {calls}.");
        if !facts.dropped.is_empty() {
            text.push_str("\nLeft out:\n\n");
        }
        for dropped in &facts.dropped {
            let members: Vec<_> = dropped.members.iter().map(|one| format!("`{one}`")).collect();
            let reason = linkless(&dropped.reason);
            let reason = reason.trim_end_matches('.');
            let said = if reason.is_empty() { String::new() } else { format!(": {reason}") };
            let _ = writeln!(text, "- {}{said}", members.join(", "));
        }
    }
    Ok(text)
}

/// What is judged.
pub fn checks(
    technologies: &[Value],
    all: &[Value],
    pages: &[(PathBuf, String)],
) -> anyhow::Result<String> {
    let mut text = format!(
        "{WRITTEN}# Checks\n\n\
         What is judged: {} checks, by technology. Each leads to its page: what it finds, why that\n\
         matters, how to fix it, and examples, which are its tests. `secmonkey checks show ID`\n\
         prints the same. A score says how bad a finding is at most: 1 to 3 low, 4 to 6 medium,\n\
         7 to 9 high, 10 critical. Below a finding stand the parameters that\n\
         `secmonkey checks override ID --set NAME=VALUE` sets, with what they are by default.\n",
        all.len()
    );
    for technology in technologies {
        let id = member(technology, "id")?;
        let ours: Vec<_> = all.iter().filter(|check| check["technology"] == id).collect();
        if ours.is_empty() {
            continue;
        }
        let _ = write!(text, "\n## {id}\n\n| check | score | finding |\n|---|--:|---|\n");
        for check in ours {
            let (id, title) = (member(check, "id")?, member(check, "title")?);
            let page = page(id, title, pages)?.display();
            let (score, title) = (&check["score"], title.replace('|', "\\|"));
            let mut parameters = String::new();
            for one in list(check, "parameters")? {
                let (name, default) = (member(one, "name")?, &one["default"]);
                let _ = write!(parameters, "<br>`{name}` = `{default}`: {}", member(one, "about")?);
            }
            let _ = writeln!(text, "| [`{id}`](../{page}) | {score} | {title}{parameters} |");
        }
    }
    Ok(text)
}

/// The page of a check: named as it is, in the folder of its technology or of its family; else
/// that of its title.
fn page<'a>(id: &str, title: &str, pages: &'a [(PathBuf, String)]) -> anyhow::Result<&'a Path> {
    let (technology, name) = id.split_once('.').with_context(|| format!("{id} is no id"))?;
    let is_own = |path: &Path| path.ends_with(format!("{technology}/{name}.md"));
    let is_named = |path: &Path| path.file_stem().is_some_and(|stem| stem == name);
    let of_title = || pages.iter().filter(|(_, other)| other == title).map(|(path, _)| path);
    let found = of_title()
        .find(|path| is_own(path))
        .or_else(|| of_title().find(|path| is_named(path)))
        .or_else(|| of_title().next());
    found.map(PathBuf::as_path).with_context(|| format!("no page of {id}: {title}"))
}

/// What a scan needs.
pub fn permissions(policies: &[Value]) -> anyhow::Result<String> {
    let mut text = format!(
        "{WRITTEN}# Permissions\n\n\
         A scan reads, and does nothing else. It needs the policy below on all resources, and\n\
         `secmonkey permissions` prints it: for what is read, without the technologies that are\n\
         off, or for some alone (`--technology sqs_queue`). Where a permission is missing, what\n\
         needs it is told as not read, and everything else is read.\n\n\
         ```sh\n\
         secmonkey permissions --output policies\n\
         aws iam create-policy --policy-name secmonkey-1 \\\n    \
             --policy-document file://policies/secmonkey-1.json\n\
         ```\n\n\
         AWS takes 6,144 characters a managed policy, white space not counted: where more are\n\
         needed, several policies are printed, to be attached together.\n\n\
         ## The role\n\n\
         In each account but the scanner's own, a scan assumes a role, `SecurityMonkey` where\n\
         nothing else is said. It is made in one go, with its policies and whom it trusts, by\n\
         Terraform\n\n\
         ```sh\n\
         secmonkey permissions --terraform --trust 123456789012 > secmonkey.tf\n\
         ```\n\n\
         or by CloudFormation, also as a stack set in all accounts of an organization:\n\n\
         ```sh\n\
         secmonkey permissions --cloudformation --trust 123456789012 > secmonkey.json\n\
         aws cloudformation deploy --stack-name secmonkey --template-file secmonkey.json \\\n    \
             --capabilities CAPABILITY_NAMED_IAM\n\
         ```\n\n\
         `--trust` is the account that scans, or better the ARN of the role or user that does.\n\
         Without it, a variable or parameter says who, and the account that the role is in holds\n\
         where nobody sets it. `--external-id` makes the role ask for an id that `secmonkey account\n\
         add --external-id` then gives; `--role` names it otherwise.\n\n\
         Beside all this the identity that scans needs `sts:AssumeRole` on these roles, and\n\
         `ses:SendEmail` where it sends mail. Who runs `account discover` needs what\n\
         `secmonkey permissions --discover` prints, in the organization's management account or\n\
         that of a delegated administrator ([accounts](accounts.md)).\n\n\
         ## The {}\n",
        if policies.len() == 1 { "policy" } else { "policies" }
    );
    for policy in policies {
        let _ = write!(text, "\n```json\n{}\n```\n", pretty(policy)?);
    }
    Ok(text)
}

/// A policy, its members in the order in which people write them.
fn pretty(policy: &Value) -> anyhow::Result<String> {
    let mut text = String::new();
    let version = member(policy, "Version")?;
    let _ = write!(text, "{{\n  \"Version\": \"{version}\",\n  \"Statement\": [\n");
    let statements = list(policy, "Statement")?;
    for (number, statement) in (1..).zip(statements) {
        text.push_str("    {\n");
        for name in ["Sid", "Effect", "Resource"] {
            let _ = writeln!(text, "      \"{name}\": \"{}\",", member(statement, name)?);
        }
        let actions: Vec<_> =
            list(statement, "Action")?.iter().map(|action| format!("        {action}")).collect();
        let end = if number < statements.len() { "," } else { "" };
        let _ =
            write!(text, "      \"Action\": [\n{}\n      ]\n    }}{end}\n", actions.join(",\n"));
    }
    text.push_str("  ]\n}");
    Ok(text)
}

fn place(technology: &Value) -> &'static str {
    if technology["global"] == true { "global" } else { "every region" }
}

/// Documentation without the links of rustdoc, which lead nowhere here.
fn linkless(text: &str) -> String {
    text.replace("[`", "`").replace("`]", "`")
}

fn quoted(all: &[Value]) -> String {
    let all: Vec<_> = all.iter().filter_map(Value::as_str).map(|one| format!("`{one}`")).collect();
    all.join(", ")
}

fn member<'a>(of: &'a Value, name: &str) -> anyhow::Result<&'a str> {
    of[name].as_str().with_context(|| format!("no {name} in {of}"))
}

fn list<'a>(of: &'a Value, name: &str) -> anyhow::Result<&'a [Value]> {
    of[name].as_array().map(Vec::as_slice).with_context(|| format!("no {name} in {of}"))
}
