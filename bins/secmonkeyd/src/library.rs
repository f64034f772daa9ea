//! What was recorded, as the HTTP interface asks for it.

use std::sync::Arc;

use secmonkey_app::Opened;
use secmonkey_core::decide::Decisions;
use secmonkey_core::event::Actor;
use secmonkey_core::log::EventLog;
use secmonkey_core::view::Views;
use secmonkey_web::{Catalogue, Library};

use crate::setup::Current;

/// What was recorded, with the setup that counts.
pub struct Recorded {
    pub opened: Arc<Opened>,
    pub setup: Current,
}

impl Library for Recorded {
    fn log(&self) -> Arc<dyn EventLog> {
        self.opened.log.clone()
    }

    fn views(&self) -> Views {
        self.opened.views.clone()
    }

    fn catalogue(&self) -> Arc<Catalogue> {
        self.setup.get().web.clone()
    }

    fn decisions(&self, actor: Actor) -> Decisions {
        self.opened.decisions(actor)
    }
}
