//! `secmonkey technologies`

use secmonkey_app::error::{Error, Exit};
use secmonkey_core::record::TechnologyRecord;

use crate::context::{self, Context};

pub fn run(context: &Context) -> Result<Exit, Error> {
    let registry = context::registry();
    let all = registry.technologies().map(|one| {
        let enabled = context.config.technologies.reads(&one.id);
        Ok(TechnologyRecord { enabled, ..TechnologyRecord::new(one, registry) })
    });
    context.output.list(all)?;
    Ok(Exit::Done)
}
