//! Days of a schedule: nothing starves, nothing is looked at twice at once.

use crate::simulation::{Estate, simulate};

#[test]
fn nothing_starves_in_days_with_hanging_tasks_and_a_downtime() {
    let figures = simulate(Estate { accounts: 120, technologies: 75, days: 3, tasks: 12 });
    assert!(figures.tasks > 10_000 && figures.looks > 300_000, "{figures:?}");
    assert_eq!(figures.at_once, 12, "after the downtime as many run as may");
}
