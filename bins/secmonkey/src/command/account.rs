//! `secmonkey account`

use std::fs;
use std::io::{self, Read as _};
use std::path::Path;

use secmonkey_core::Timestamp;
use secmonkey_core::account::{Account as Registered, AccountId, Accounts};
use secmonkey_core::event::{Event, NewEvent, StreamId};
use secmonkey_core::log::{Append, EventLog as _, Expected};
use serde::Deserialize;

use super::decisions::actor;
use crate::args::{Account, AccountAdd, AccountEdit, AccountSettings};
use crate::context::{Context, Opened};
use crate::error::{Error, Exit};
use crate::output::{self, BOLD, Cell, DIM, table};
use crate::record::AccountRecord;
use crate::{nearest, select};

pub async fn run(context: &Context, command: Account) -> Result<Exit, Error> {
    match command {
        Account::Add(args) => add(context, args).await?,
        Account::List => {
            let accounts = context.open().await?.views.accounts()?;
            context.output.list(accounts.iter().map(|one| Ok(AccountRecord::from(one))))?;
        }
        Account::Show { account } => {
            let accounts = context.open().await?.views.accounts()?;
            show(context, select::account(&accounts, &account)?)?;
        }
        Account::Edit(args) => edit(context, args).await?,
        Account::Remove { account } => {
            let opened = context.open().await?;
            let accounts = opened.views.accounts()?;
            let gone = select::account(&accounts, &account)?;
            append(&opened, vec![Event::AccountRemoved { id: gone.id.clone() }]).await?;
            context.output.note(format!(
                "{} ({}) is registered no more; what was recorded of it stays",
                gone.name, gone.id
            ));
        }
        Account::Import { file } => import(context, &file).await?,
    }
    Ok(Exit::Done)
}

async fn add(context: &Context, args: AccountAdd) -> Result<(), Error> {
    let opened = context.create().await?;
    let accounts = opened.views.accounts()?;
    if let Some(known) = accounts.get(args.id.as_str()) {
        return Err(Error::usage(format!(
            "account {} is registered already, as {}: see `secmonkey account edit`",
            known.id, known.name
        )));
    }
    let mut account = Registered::new(args.id, args.name);
    account.third_party = args.third_party;
    account.active = !args.inactive;
    set(&mut account, args.settings);
    check(&mut account, &accounts)?;
    append(&opened, vec![Event::AccountRegistered(account.clone())]).await?;
    told(context, &account, "registered")
}

async fn edit(context: &Context, args: AccountEdit) -> Result<(), Error> {
    let opened = context.open().await?;
    let accounts = opened.views.accounts()?;
    let known = select::account(&accounts, &args.account)?;
    let mut account = known.clone();
    if let Some(name) = args.name {
        account.name = name;
    }
    account.third_party = (account.third_party || args.third_party) && !args.ours;
    account.active = (account.active || args.active) && !args.inactive;
    set(&mut account, args.settings);
    check(&mut account, &accounts)?;
    if account == *known {
        return told(context, &account, "unchanged");
    }
    append(&opened, vec![Event::AccountUpdated(account.clone())]).await?;
    told(context, &account, "updated")
}

/// Takes over what was given; an empty value takes a setting away.
fn set(account: &mut Registered, settings: AccountSettings) {
    let given = |value: Option<String>, now: &mut Option<String>| {
        if let Some(value) = value {
            *now = Some(value).filter(|value| !value.is_empty());
        }
    };
    let from_role = settings.role.as_deref().and_then(partition_of);
    given(settings.role, &mut account.role);
    given(settings.external_id, &mut account.external_id);
    given(settings.canonical_id, &mut account.canonical_id);
    given(settings.organization, &mut account.organization);
    let lists = [
        (settings.regions, &mut account.regions),
        (settings.skip_regions, &mut account.skip_regions),
    ];
    for (value, now) in lists {
        if let Some(mut value) = value {
            value.retain(|region| !region.is_empty());
            *now = value;
        }
    }
    if let Some(partition) = settings.partition.or(from_role) {
        account.partition = partition;
    }
    if let Some(notes) = settings.notes {
        account.notes = notes;
    }
}

/// The partition in a role's ARN.
fn partition_of(role: &str) -> Option<String> {
    role.strip_prefix("arn:")?.split(':').next().map(str::to_owned)
}

/// Says no to what cannot be; brings lists into order.
fn check(account: &mut Registered, others: &Accounts) -> Result<(), Error> {
    for regions in [&mut account.regions, &mut account.skip_regions] {
        regions.sort();
        regions.dedup();
    }
    account.name = account.name.trim().to_owned();
    let no = |reason: String| Err(Error::usage(format!("account {}: {reason}", account.id)));
    if account.name.is_empty() {
        return no("an account needs a name".to_owned());
    }
    if account.name.parse::<AccountId>().is_ok_and(|id| id != account.id) {
        return no(format!("the name {} is the id of another account", account.name));
    }
    if let Some(other) =
        others.iter().find(|other| other.name == account.name && other.id != account.id)
    {
        return no(format!("the name {} belongs to {}", account.name, other.id));
    }
    if account.partition.is_empty() || account.partition.contains([':', '/', ' ']) {
        return no(format!("`{}` is not a partition: aws, aws-cn, aws-us-gov", account.partition));
    }
    if let Some(id) = account.organization.as_deref().filter(|id| !is_organization(id)) {
        return no(format!("`{id}` is not an organization: o- and 10 to 32 letters and digits"));
    }
    if let Some(arn) = account.role.as_deref().filter(|role| role.starts_with("arn:")) {
        let parts: Vec<_> = arn.splitn(6, ':').collect();
        let fits = matches!(parts[..], ["arn", _, "iam", "", id, role]
            if id == account.id.as_str() && role.starts_with("role/"));
        if !fits {
            return no(format!("{arn} is not a role of this account"));
        }
        if parts[1] != account.partition {
            return no(format!("{arn} is not of the partition {}", account.partition));
        }
    }
    Ok(())
}

/// Whether a text is the id of an organization, as AWS writes them.
fn is_organization(id: &str) -> bool {
    id.strip_prefix("o-").is_some_and(|rest| {
        (10..=32).contains(&rest.len())
            && rest.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    })
}

/// Records what becomes of accounts: all of it or nothing.
pub async fn append(opened: &Opened, events: Vec<Event>) -> Result<(), Error> {
    let batch = events.into_iter().filter_map(|event| {
        let stream = match &event {
            Event::AccountRegistered(account) | Event::AccountUpdated(account) => {
                StreamId::account(&account.id)
            }
            Event::AccountRemoved { id } => StreamId::account(id),
            _ => return None,
        };
        let event = NewEvent { event, observed_at: Timestamp::now(), actor: actor(), scan: None };
        // The store is ours alone: nobody writes in between.
        Some(Append { stream, expected: Expected::Any, events: vec![event] })
    });
    let batch: Vec<_> = batch.collect();
    if !batch.is_empty() {
        opened.log.append(batch).await?;
        opened.views.catch_up(opened.log.as_ref()).await?;
    }
    Ok(())
}

fn told(context: &Context, account: &Registered, what: &str) -> Result<(), Error> {
    if context.output.is_table() {
        let AccountRecord { name, id, .. } = account.into();
        let name = secmonkey_core::render::visible(&name).into_owned();
        return output::print(&format!("{what}: {name} ({id})\n"));
    }
    context.output.object(&AccountRecord::from(account))
}

fn show(context: &Context, account: &Registered) -> Result<(), Error> {
    let record = AccountRecord::from(account);
    if !context.output.is_table() {
        return context.output.object(&record);
    }
    let state = record.state().to_owned();
    let regions = record.where_read();
    let facts = [
        ("state", state),
        ("role", record.role.unwrap_or_default()),
        ("external id", record.external_id.unwrap_or_default()),
        ("regions", if record.third_party { String::new() } else { regions }),
        ("partition", record.partition),
        ("canonical id", record.canonical_id.unwrap_or_default()),
        ("organization", record.organization.unwrap_or_default()),
        ("notes", record.notes),
    ];
    let rows: Vec<_> = facts
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| vec![Cell::text(format!("  {name}")).styled(DIM), value.into()])
        .collect();
    let name = secmonkey_core::render::visible(&account.name).into_owned();
    output::print(&format!("{BOLD}{name}{BOLD:#} ({})\n{}", account.id, table(&["", ""], &rows)))
}

/// An account in a file: what `account list` prints. Only id and name are needed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    id: AccountId,
    name: String,
    #[serde(default)]
    role: Option<String>,
    #[serde(default)]
    external_id: Option<String>,
    #[serde(default)]
    regions: Vec<String>,
    #[serde(default)]
    skip_regions: Vec<String>,
    #[serde(default)]
    partition: Option<String>,
    #[serde(default)]
    third_party: bool,
    #[serde(default = "yes")]
    active: bool,
    #[serde(default)]
    canonical_id: Option<String>,
    #[serde(default)]
    organization: Option<String>,
    #[serde(default)]
    notes: String,
}

fn yes() -> bool {
    true
}

impl From<Listed> for Registered {
    fn from(listed: Listed) -> Self {
        let mut account = Self::new(listed.id, listed.name);
        let given = |value: Option<String>| value.filter(|value| !value.is_empty());
        let partition =
            given(listed.partition).or_else(|| listed.role.as_deref().and_then(partition_of));
        account.role = given(listed.role);
        account.external_id = given(listed.external_id);
        account.regions = listed.regions;
        account.skip_regions = listed.skip_regions;
        account.partition = partition.unwrap_or(account.partition);
        account.third_party = listed.third_party;
        account.active = listed.active;
        account.canonical_id = given(listed.canonical_id);
        account.organization = given(listed.organization);
        account.notes = listed.notes;
        account
    }
}

async fn import(context: &Context, file: &Path) -> Result<(), Error> {
    let text = read(file)?;
    let name = file.display();
    let listed = parse(&text).map_err(|reason| Error::usage(format!("{name}: {reason}")))?;
    let opened = context.create().await?;
    let mut accounts = opened.views.accounts()?;
    let (mut added, mut updated, mut unchanged) = (0, 0, 0);
    let mut events = Vec::new();
    for listed in listed {
        let mut account = Registered::from(listed);
        check(&mut account, &accounts).map_err(|error| Error::usage(format!("{name}: {error}")))?;
        match accounts.get(account.id.as_str()) {
            Some(known) if *known == account => unchanged += 1,
            Some(_) => {
                updated += 1;
                events.push(Event::AccountUpdated(account.clone()));
            }
            None => {
                added += 1;
                events.push(Event::AccountRegistered(account.clone()));
            }
        }
        accounts.insert(account);
    }
    append(&opened, events).await?;
    if context.output.is_table() {
        let text = format!("{added} registered, {updated} updated, {unchanged} unchanged\n");
        return output::print(&text);
    }
    context.output.object(&serde_json::json!({
        "registered": added, "updated": updated, "unchanged": unchanged,
    }))
}

/// The text of a file; `-` is standard input.
pub fn read(file: &Path) -> Result<String, Error> {
    let mut text = String::new();
    let read = if file == Path::new("-") {
        io::stdin().read_to_string(&mut text).map(|_| ())
    } else {
        fs::read_to_string(file).map(|all| text = all)
    };
    read.map_err(|error| Error::usage(format!("cannot read {}: {error}", file.display())))?;
    Ok(text)
}

/// The accounts of a file: a JSON array, JSON objects one after the other, or CSV.
fn parse(text: &str) -> Result<Vec<Listed>, String> {
    let start = text.trim_start();
    if start.is_empty() {
        return Err("it is empty".to_owned());
    }
    if start.starts_with('[') {
        return serde_json::from_str(text).map_err(|error| explain(&error.to_string()));
    }
    if start.starts_with('{') {
        let all = serde_json::Deserializer::from_str(text).into_iter();
        return all.collect::<Result<_, _>>().map_err(|error| explain(&error.to_string()));
    }
    table_of(text)
}

/// The rows of CSV as the JSON they would be.
fn table_of(text: &str) -> Result<Vec<Listed>, String> {
    let mut csv = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let headers = csv.headers().map_err(|error| error.to_string())?.clone();
    let mut all = Vec::new();
    for (line, record) in (2..).zip(csv.records()) {
        let record = record.map_err(|error| error.to_string())?;
        let members = headers.iter().zip(&record).filter(|(_, value)| !value.is_empty());
        let object: serde_json::Map<_, _> = members
            .map(|(name, value)| {
                let value = match name {
                    "regions" | "skip_regions" => regions(value),
                    "third_party" | "active" => serde_json::from_str(value)
                        .unwrap_or_else(|_| serde_json::Value::from(value)),
                    _ => value.into(),
                };
                (name.to_owned(), value)
            })
            .collect();
        let listed = serde_json::from_value(object.into())
            .map_err(|error| format!("row {line}: {}", explain(&error.to_string())))?;
        all.push(listed);
    }
    Ok(all)
}

/// Regions in one field: a JSON array, as we print it, or names with blanks between.
fn regions(value: &str) -> serde_json::Value {
    serde_json::from_str(value).unwrap_or_else(|_| {
        value.split([' ', ';', ',']).filter(|region| !region.is_empty()).collect()
    })
}

/// What serde says, with the nearest name for one it does not know.
fn explain(said: &str) -> String {
    let mut names = said.split('`').skip(1).step_by(2);
    match names.next() {
        Some(name) if said.starts_with("unknown field") => nearest::unknown("field", name, names),
        _ => said.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Result<Vec<String>, String> {
        Ok(parse(text)?.into_iter().map(|listed| listed.name).collect())
    }

    #[test]
    fn accounts_come_as_array_as_lines_and_as_csv() {
        let array = r#"[{"id":"123456789012","name":"a"},{"id":"210987654321","name":"b"}]"#;
        let lines =
            "{\"id\":\"123456789012\",\"name\":\"a\"}\n{\"id\":\"210987654321\",\"name\":\"b\"}";
        let csv = "id,name,regions,active\n123456789012,a,eu-west-1 us-east-1,\n\
                   210987654321,b,\"[\"\"eu-west-1\"\"]\",false\n";
        for text in [array, lines, csv] {
            assert_eq!(names(text).unwrap(), ["a", "b"], "{text}");
        }
        let listed = parse(csv).unwrap();
        assert_eq!(listed[0].regions, ["eu-west-1", "us-east-1"]);
        assert_eq!((listed[0].active, listed[1].active), (true, false));
        assert_eq!(listed[1].regions, ["eu-west-1"]);
    }

    #[test]
    fn what_is_wrong_with_a_file_is_named() {
        for (text, part) in [
            ("", "it is empty"),
            ("id,nme\n123456789012,a", "row 2: unknown field `nme`; nearest: `name`"),
            ("id,name\n12,a", "row 2: `12` is not an account id"),
            (r#"[{"id":"123456789012"}]"#, "missing field `name`"),
            (r#"[{"id":"123456789012","name":"a","rol":"x"}]"#, "nearest: `role`"),
        ] {
            let said = names(text).unwrap_err();
            assert!(said.contains(part), "{text}: {said}");
        }
    }

    #[test]
    fn roles_and_names_have_to_fit() {
        let id: AccountId = "123456789012".parse().unwrap();
        let others =
            std::iter::once(Registered::new("210987654321".parse().unwrap(), "b")).collect();
        let fits = |change: &dyn Fn(&mut Registered)| {
            let mut account = Registered::new(id.clone(), "a");
            change(&mut account);
            check(&mut account, &others).map_err(|error| error.to_string())
        };
        assert_eq!(fits(&|_| ()), Ok(()));
        let role = "arn:aws:iam::123456789012:role/audit/Reader";
        assert_eq!(fits(&|account| account.role = Some(role.to_owned())), Ok(()));
        for wrong in [
            "arn:aws:iam::210987654321:role/Reader",
            "arn:aws:iam::123456789012:user/Reader",
            "arn:aws-cn:iam::123456789012:role/Reader",
        ] {
            assert!(fits(&|account| account.role = Some(wrong.to_owned())).is_err(), "{wrong}");
        }
        assert!(fits(&|account| account.name = "b".to_owned()).is_err());
        assert!(fits(&|account| account.name = " ".to_owned()).is_err());
        assert!(fits(&|account| account.name = "210987654321".to_owned()).is_err());
        assert!(fits(&|account| account.partition = "a:b".to_owned()).is_err());
        let organization = |id: &str| fits(&|account| account.organization = Some(id.to_owned()));
        assert_eq!(organization("o-a1b2c3d4e5"), Ok(()));
        for wrong in ["a1b2c3d4e5", "o-", "o-a1b2c3d4e", "o-A1B2C3D4E5", "o-a1b2c3d4e5/r-1"] {
            assert!(organization(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn settings_given_empty_are_taken_away() {
        let mut account = Registered::new("123456789012".parse().unwrap(), "a");
        set(
            &mut account,
            AccountSettings {
                role: Some("arn:aws-cn:iam::123456789012:role/R".to_owned()),
                regions: Some(vec!["cn-north-1".to_owned()]),
                ..AccountSettings::default()
            },
        );
        assert_eq!(account.partition, "aws-cn");
        set(
            &mut account,
            AccountSettings {
                role: Some(String::new()),
                regions: Some(vec![String::new()]),
                ..AccountSettings::default()
            },
        );
        assert_eq!((account.role, account.regions), (None, Vec::<String>::new()));
        assert_eq!(account.partition, "aws-cn");
    }
}
