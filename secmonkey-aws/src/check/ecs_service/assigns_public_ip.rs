#![doc = include_str!("assigns_public_ip.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings};
use secmonkey_core::texts::Texts;

use crate::check::case::Case;
use crate::check::subject::Whole;
use crate::check::{AwsCheck, list};

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("ecs_service.assigns_public_ip"),
        technology: Cow::Borrowed("ecs_service"),
        score: 1,
        reads: Texts::new(&[
            "/networkConfiguration/awsvpcConfiguration/assignPublicIp",
            "/taskSets/*/networkConfiguration/awsvpcConfiguration/assignPublicIp",
        ]),
        page: Cow::Borrowed(include_str!("assigns_public_ip.md")),
        ..Check::DEFAULT
    },
    run: |case, found| {
        find(case, found);
        Ok(())
    },
};

fn find(case: &Case<'_>, found: &mut Findings) {
    let sets = list(&case.item.config["taskSets"]).iter().enumerate();
    let sets = sets.map(|(index, set)| (format!("/taskSets/{index}"), set));
    let all = [(String::new(), &case.item.config)].into_iter().chain(sets);
    let assigning = all.filter(|(_, it)| {
        it["networkConfiguration"]["awsvpcConfiguration"]["assignPublicIp"] == "ENABLED"
    });
    for (at, _) in assigning {
        let finding = found.add(Whole, "its tasks have public addresses");
        finding.at(format!("{at}/networkConfiguration/awsvpcConfiguration/assignPublicIp"));
    }
}
