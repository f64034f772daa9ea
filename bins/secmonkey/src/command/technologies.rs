//! `secmonkey technologies`

use secmonkey_core::record::TechnologyRecord;

use crate::context::{self, Context};
use crate::error::{Error, Exit};

pub fn run(context: &Context) -> Result<Exit, Error> {
    let registry = context::registry();
    let all = registry.technologies();
    context.output.list(all.map(|one| Ok(TechnologyRecord::new(one, registry))))?;
    Ok(Exit::Done)
}
