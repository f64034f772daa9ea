//! `secmonkey notifications`

use std::sync::Arc;

use secmonkey_app::error::{Error, Exit};
use secmonkey_app::scan;
use secmonkey_aws::session::Sessions;
use secmonkey_core::dispatch::{self, Dispatcher};
use secmonkey_core::governance::Silence;

use super::subscription::require_outlet;
use crate::args::Notifications;
use crate::context::{self, Context};
use crate::time;

pub async fn run(context: &Context, command: Notifications) -> Result<Exit, Error> {
    match command {
        Notifications::Silence { reason, until } => {
            let opened = context.create().await?;
            let silence = Silence { reason, until };
            context::decisions(&opened).silence_notifications(&silence).await?;
            let until =
                until.map_or_else(|| "`secmonkey notifications resume`".to_owned(), time::short);
            context.output.note(format!("nobody is told anything until {until}"));
        }
        Notifications::Resume => {
            let opened = context.open().await?;
            let ended = context::decisions(&opened).resume_notifications().await?;
            context.output.note(format!("told again; it was silent: {}", ended.reason));
        }
        Notifications::Test { outlet, to } => test(context, &outlet, to.as_deref()).await?,
    }
    Ok(Exit::Done)
}

async fn test(context: &Context, outlet: &str, to: Option<&str>) -> Result<(), Error> {
    require_outlet(context, outlet)?;
    let opened = context.create().await?;
    let sessions = Sessions::load(scan::session(&context.config.scan)).await;
    let registry = Arc::new(context::registry().clone());
    let (log, views) = (opened.log.clone(), opened.views.clone());
    let mut dispatcher = Dispatcher::new(log, views, registry.clone(), registry);
    for notifier in context.config.notifiers(&sessions)? {
        dispatcher = dispatcher.notifier(notifier);
    }
    if let Some(url) = &context.config.daemon.public_url {
        dispatcher = dispatcher.public_url(url);
    }
    match dispatcher.test(outlet, to).await {
        Ok(()) => context.output.note(format!("{outlet} delivered it")),
        Err(error @ (dispatch::Error::Undelivered { .. } | dispatch::Error::NoNotifier(_))) => {
            return Err(Error::usage(error.to_string()));
        }
        Err(error) => return Err(Error::Store(error.to_string())),
    }
    Ok(())
}
