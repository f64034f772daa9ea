//! `secmonkey setup`

use secmonkey_app::error::{Error, Exit};
use secmonkey_aws::trail::setup;

use crate::args::{Setup, SetupEvents};
use crate::output;

pub fn run(command: Setup) -> Result<Exit, Error> {
    match command {
        Setup::Events(args) => events(args)?,
    }
    Ok(Exit::Done)
}

fn events(args: SetupEvents) -> Result<(), Error> {
    let usual = setup::Setup::default();
    let setup = setup::Setup {
        name: args.name.unwrap_or(usual.name),
        organization: args.organization.or(usual.organization),
    };
    let text = if args.terraform { setup.terraform() } else { setup.cloudformation() };
    output::print_plain(&text.map_err(|error| Error::usage(error.to_string()))?)
}
