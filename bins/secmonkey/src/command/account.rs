//! `secmonkey account`

use std::path::Path;

use secmonkey_aws::{AWS, kind, settings};
use secmonkey_core::account::Account as Registered;
use secmonkey_core::render::visible;
use secmonkey_core::technology::Kind;

use crate::args::{Account, AccountAdd, AccountEdit, AccountSettings};
use crate::context::Context;
use crate::error::{Error, Exit};
use crate::output::{self, BOLD};

mod file;
pub mod row;

pub use file::{Listed, read};
use row::AccountRow;

pub async fn run(context: &Context, command: Account) -> Result<Exit, Error> {
    match command {
        Account::Add(args) => add(context, args).await?,
        Account::List => {
            let accounts = context.open().await?.views.accounts()?;
            context.output.list(accounts.iter().map(|one| Ok(AccountRow::from(one))))?;
        }
        Account::Show { account } => {
            let accounts = context.open().await?.views.accounts()?;
            show(context, accounts.require(&account)?)?;
        }
        Account::Edit(args) => edit(context, args).await?,
        Account::Remove { account } => {
            let gone = context.open().await?.decisions().remove(&account).await?;
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
    let mut account = Registered::new(AWS, args.id, args.name);
    account.third_party = args.third_party;
    account.active = !args.inactive;
    set(&mut account, &args.settings);
    let account = opened.decisions().register(account).await?;
    tell(context, &account, "registered")
}

async fn edit(context: &Context, args: AccountEdit) -> Result<(), Error> {
    let opened = context.open().await?;
    let change = |account: &mut Registered| {
        if let Some(name) = &args.name {
            account.name.clone_from(name);
        }
        account.third_party = (account.third_party || args.third_party) && !args.ours;
        account.active = (account.active || args.active) && !args.inactive;
        set(account, &args.settings);
    };
    let updated = opened.decisions().update(&args.account, change).await?;
    tell(context, &updated.account, if updated.changed { "updated" } else { "unchanged" })
}

/// Takes over what was given; an empty value takes a setting away.
fn set(account: &mut Registered, given: &AccountSettings) {
    let from_role = given.role.as_deref().and_then(settings::partition_of).map(str::to_owned);
    let of_aws = [
        (settings::ROLE, &given.role),
        (settings::EXTERNAL_ID, &given.external_id),
        (settings::PARTITION, &given.partition.clone().or(from_role)),
    ];
    for (name, value) in of_aws {
        if let Some(value) = value {
            account.set(name, value.as_str());
        }
    }
    let names =
        [(kind::CANONICAL_USER, &given.canonical_id), (kind::ORGANIZATION, &given.organization)];
    for (kind, name) in names {
        if let Some(name) = name {
            set_name(account, kind, name);
        }
    }
    let lists =
        [(&given.regions, &mut account.regions), (&given.skip_regions, &mut account.skip_regions)];
    for (value, now) in lists {
        if let Some(value) = value {
            *now = value.iter().filter(|region| !region.is_empty()).cloned().collect();
        }
    }
    if let Some(notes) = &given.notes {
        account.notes.clone_from(notes);
    }
}

/// Gives an account a name of a kind; an empty one takes it away.
fn set_name(account: &mut Registered, kind: Kind, name: &str) {
    if name.is_empty() {
        account.names.remove(&kind);
    } else {
        account.names.insert(kind, name.to_owned());
    }
}

fn tell(context: &Context, account: &Registered, what: &str) -> Result<(), Error> {
    if context.output.is_table() {
        let name = visible(&account.name);
        return output::print(&format!("{what}: {name} ({})\n", account.id));
    }
    context.output.object(&AccountRow::from(account))
}

fn show(context: &Context, account: &Registered) -> Result<(), Error> {
    let row = AccountRow::from(account);
    if !context.output.is_table() {
        return context.output.object(&row);
    }
    let facts = [
        ("state", row.state().to_owned()),
        ("role", row.role.clone().unwrap_or_default()),
        ("external id", row.external_id.clone().unwrap_or_default()),
        ("regions", if account.third_party { String::new() } else { row.where_read() }),
        ("partition", row.partition.clone()),
        ("canonical id", row.canonical_id.clone().unwrap_or_default()),
        ("organization", row.organization.clone().unwrap_or_default()),
        ("notes", account.notes.clone()),
    ];
    let name = visible(&account.name);
    output::print(&format!("{BOLD}{name}{BOLD:#} ({})\n{}", account.id, output::facts(facts)))
}

async fn import(context: &Context, file: &Path) -> Result<(), Error> {
    let text = read(file)?;
    let name = file.display();
    let accounts =
        file::parse(&text).map_err(|reason| Error::usage(format!("{name}: {reason}")))?;
    let opened = context.create().await?;
    let imported =
        opened.decisions().import(&accounts).await.map_err(|error| match Error::from(error) {
            Error::Usage(reason) => Error::usage(format!("{name}: {reason}")),
            error => error,
        })?;
    if context.output.is_table() {
        return output::print(&format!(
            "{} registered, {} updated, {} unchanged\n",
            imported.registered, imported.updated, imported.unchanged,
        ));
    }
    context.output.object(&imported)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_given_empty_are_taken_away() {
        let mut account = Registered::new(AWS, "123456789012".parse().unwrap(), "a");
        set(
            &mut account,
            &AccountSettings {
                role: Some("arn:aws-cn:iam::123456789012:role/R".to_owned()),
                regions: Some(vec!["cn-north-1".to_owned()]),
                organization: Some("o-a1b2c3d4e5".to_owned()),
                ..AccountSettings::default()
            },
        );
        assert_eq!(settings::partition(&account), "aws-cn");
        assert_eq!(account.names.len(), 1);
        set(
            &mut account,
            &AccountSettings {
                role: Some(String::new()),
                regions: Some(vec![String::new()]),
                organization: Some(String::new()),
                ..AccountSettings::default()
            },
        );
        assert_eq!((settings::role(&account), &account.regions), (None, &Vec::new()));
        assert!(account.names.is_empty());
        assert_eq!(settings::partition(&account), "aws-cn");
    }
}
