//! `secmonkey log`

use std::time::{Duration, Instant};

use secmonkey_app::Opened;
use secmonkey_app::error::{Error, Exit};
use secmonkey_core::event::Position;

use crate::args::Log;
use crate::context::Context;
use crate::output::{self, DIM, Format, List};
use crate::rows::EventRow;
use crate::time;

/// Events that are read at a time.
const PAGE: usize = 512;
/// How often the store is looked at for more.
const EVERY: Duration = Duration::from_secs(1);

pub async fn run(context: &Context, args: Log) -> Result<Exit, Error> {
    let mut list = context.output.start::<EventRow>()?;
    let mut after = Position(args.from.map_or(0, |from| from.0.saturating_sub(1)));
    if !args.follow {
        let opened = context.open().await?;
        read(context, &opened, &mut after, &mut list).await?;
        if !context.output.is_table() {
            list.end()?;
        }
        return Ok(Exit::Done);
    }
    if context.output.format == Format::Json {
        return Err(Error::usage("--follow never ends, and a JSON array does: use --format jsonl"));
    }
    loop {
        // A store is held by one process: it is let go between two looks, so that others
        // can write what we wait for, and whoever holds it is asked.
        let start = Instant::now();
        match context.open().await {
            Ok(opened) => read(context, &opened, &mut after, &mut list).await?,
            Err(Error::Held(_)) => {}
            Err(error) => return Err(error),
        }
        tokio::time::sleep(EVERY.max(start.elapsed() * 10)).await;
    }
}

async fn read(
    context: &Context,
    opened: &Opened,
    after: &mut Position,
    list: &mut List<EventRow>,
) -> Result<(), Error> {
    loop {
        let page = opened.log.read_all(*after, PAGE).await?;
        let Some(newest) = page.last() else { break };
        *after = newest.position;
        if context.output.is_table() {
            let text = page.into_iter().map(EventRow).map(|event| line(&event));
            output::print(&text.collect::<Result<String, _>>()?)?;
        } else {
            for event in page {
                list.push(&EventRow(event))?;
            }
        }
    }
    list.flush()
}

/// An event in a line whose columns need no other line.
fn line(record: &EventRow) -> Result<String, Error> {
    let event = &record.0;
    Ok(format!(
        "{DIM}{:>7}{DIM:#}  {}  {:<22}  {}\n",
        event.position,
        time::exact(event.recorded_at),
        record.kind()?,
        secmonkey_core::render::visible(event.stream.as_str()),
    ))
}
