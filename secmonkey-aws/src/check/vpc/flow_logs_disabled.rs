#![doc = include_str!("flow_logs_disabled.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings, Undecided};
use secmonkey_core::event::ScopeId;
use secmonkey_core::texts::Texts;

use crate::check::case::Case;
use crate::check::subject::Whole;
use crate::check::{AwsCheck, listed, text};

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("vpc.flow_logs_disabled"),
        technology: Cow::Borrowed("vpc"),
        score: 2,
        world: Texts::new(&["flow_log"]),
        page: Cow::Borrowed(include_str!("flow_logs_disabled.md")),
        ..Check::DEFAULT
    },
    run,
};

/// Where a flow log says what it is of.
const OF: Texts = Texts::new(&["/ResourceId"]);

fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    let key = &case.item.key;
    let scope = ScopeId { technology: "flow_log".to_owned(), ..ScopeId::of(key) };
    let mut idle = Vec::new();
    for log in case.world.naming(&scope, &OF, &key.id)? {
        let Some(log) = case.world.item(&log)? else { continue };
        let (status, delivery) = (&log.config["FlowLogStatus"], &log.config["DeliverLogsStatus"]);
        let why = match (text(status), text(delivery)) {
            ("ACTIVE", "FAILED") => match text(&log.config["DeliverLogsErrorMessage"]) {
                "" => "delivery fails",
                why => why,
            },
            ("ACTIVE", _) => return Ok(()),
            ("", _) => "not active",
            (status, _) => status,
        };
        idle.push(format!("{} ({why})", log.key.id));
    }
    let detail = if idle.is_empty() {
        "no flow log records its traffic".to_owned()
    } else {
        let idle = listed(idle.iter().map(String::as_str));
        format!("no flow log delivers what it records of its traffic: {idle}")
    };
    found.add(Whole, detail);
    Ok(())
}
