//! `secmonkey account`

use std::path::Path;

use secmonkey_app::config::Discover;
use secmonkey_app::error::{Error, Exit};
use secmonkey_app::{discovery, scan};
use secmonkey_aws::session::Sessions;
use secmonkey_aws::source::Document;
use secmonkey_aws::{AWS, kind, settings};
use secmonkey_core::account::Account as Registered;
use secmonkey_core::decide::{Changed, Imported, Missing};
use secmonkey_core::render::visible;
use secmonkey_core::source;
use secmonkey_core::technology::Kind;

use crate::args::{Account, AccountAdd, AccountDiscover, AccountEdit, AccountSettings};
use crate::changes;
use crate::console::count;
use crate::context::{self, Context};
use crate::output::{self, BOLD};

mod file;
pub mod row;

pub use file::read;
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
            let gone = context::decisions(&context.open().await?).remove(&account).await?;
            context.output.note(format!(
                "{} ({}) is registered no more; what was recorded of it stays",
                gone.name, gone.id
            ));
        }
        Account::Import { file, dry_run } => import(context, &file, dry_run).await?,
        Account::Discover(args) => discover(context, args).await?,
    }
    Ok(Exit::Done)
}

async fn add(context: &Context, args: AccountAdd) -> Result<(), Error> {
    let opened = context.create().await?;
    let mut account = Registered::new(AWS, args.id, args.name);
    account.third_party = args.third_party;
    account.active = !args.inactive;
    set(&mut account, &args.settings);
    let account = context::decisions(&opened).register(account).await?;
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
        if args.active || args.inactive {
            // Whatever a source says of it, from now on this is decided.
            account.settings.remove(source::CLOSED);
        }
        set(account, &args.settings);
    };
    let updated = context::decisions(&opened).update(&args.account, change).await?;
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
        ("role", row.aws.role.clone().unwrap_or_default()),
        ("external id", row.aws.external_id.clone().unwrap_or_default()),
        ("regions", if account.third_party { String::new() } else { row.where_read() }),
        ("partition", row.aws.partition.clone()),
        ("canonical id", row.aws.canonical_id.clone().unwrap_or_default()),
        ("organization", row.aws.organization.clone().unwrap_or_default()),
        ("notes", account.notes.clone()),
    ];
    let name = visible(&account.name);
    output::print(&format!("{BOLD}{name}{BOLD:#} ({})\n{}", account.id, output::facts(facts)))
}

async fn import(context: &Context, file: &Path, dry_run: bool) -> Result<(), Error> {
    let text = read(file)?;
    let name = file.display().to_string();
    let placed = |reason: String| Error::usage(format!("{name}: {reason}"));
    let document = Document::parse(&name, &text).map_err(|error| placed(error.to_string()))?;
    let opened = context.create().await?;
    let changes = context::decisions(&opened).discover(&document, Missing::Tell, dry_run).await;
    let changes = changes.map_err(|error| match Error::from(error) {
        Error::Usage(reason) => placed(reason),
        error => error,
    })?;
    if document.left_out() > 0 {
        let others = count(document.left_out() as u64, "account");
        context.output.note(format!("left out: {others} of other providers"));
    }
    if dry_run {
        return changes::print(context, changes, "account", dry_run);
    }
    let imported = Imported::of(&changes);
    if context.output.is_table() {
        return output::print(&format!(
            "{} registered, {} updated, {} unchanged\n",
            imported.registered, imported.updated, imported.unchanged,
        ));
    }
    context.output.object(&imported)
}

async fn discover(context: &Context, args: AccountDiscover) -> Result<(), Error> {
    let opened = context.create().await?;
    let sessions = Sessions::load(scan::session(&context.config.scan)).await;
    let how = Discover {
        account: args.account,
        role: args.role,
        external_id: args.external_id,
        deactivate_missing: args.deactivate_missing,
        ..Discover::default()
    };
    let (config, author) = (&context.config, context::author());
    let changes =
        discovery::discover(config, &opened, &sessions, &how, author, args.dry_run).await?;
    if changes.iter().any(|change| change.change == Changed::Missing) {
        context.output.note(
            "?: registered, and not in the organization any more; --deactivate-missing ends \
             their watching",
        );
    }
    changes::print(context, changes, "account", args.dry_run)
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

    #[test]
    fn what_is_printed_is_read_again() {
        let mut account = Registered::new(AWS, "123456789012".parse().unwrap(), "a");
        account.set(settings::ROLE, "Reader");
        account.set(source::CLOSED, "SUSPENDED");
        account.active = false;
        account.names.insert(kind::CANONICAL_USER, "c".to_owned());
        account.regions = vec!["eu-west-1".to_owned()];
        let printed = serde_json::to_string(&[AccountRow::from(&account)]).unwrap();
        let document = Document::parse("accounts.json", &printed).unwrap();
        let mut read = document.entries()[0].registered();
        settings::validate(&mut read).unwrap();
        assert_eq!(read, account);
    }
}
