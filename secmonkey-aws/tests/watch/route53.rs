use secmonkey_aws::watch::route53::fewest_calls;
use secmonkey_aws::watch::route53::hosted_zone::HOSTED_ZONE;
use secmonkey_aws::watch::route53::record::RECORD;
use secmonkey_core::watch::Cause;

use crate::cloud::{Cloud, Recorded, wanted};

const PUBLIC: &str = "Z08223362XIRRLTJ3QFAR";
const PRIVATE: &str = "Z0PRIVATE1U3JZ4QDSL2V";

fn recorded() -> Recorded {
    Recorded::of([HOSTED_ZONE.id, RECORD.id])
}

fn cloud() -> Cloud {
    let recorded = recorded();
    Cloud::new(move |request| recorded.answer(request))
}

#[tokio::test]
async fn names_and_types_that_are_equal_are_different_records() {
    let cloud = cloud();
    let seen = cloud.sweep(&HOSTED_ZONE).await;
    seen.end.as_ref().unwrap();
    // Zones, their tags, query logging and the records of one zone were recorded in a page
    // more each than they need.
    assert_eq!(cloud.calls(), fewest_calls(&[5], &[2]) + 4);
    let records = seen.items.iter().filter(|(_, item)| item.technology == RECORD.id);
    let records: Vec<_> = records.map(|(id, item)| (id.as_str(), item.name.as_str())).collect();
    assert_eq!(
        records,
        [
            (
                "Z08223362XIRRLTJ3QFAR/0\\05726.2.0.192.in-addr.arpa.example.com./PTR/near",
                "0/26.2.0.192.in-addr.arpa.example.com PTR near"
            ),
            (
                "Z08223362XIRRLTJ3QFAR/\\052.example.com./CNAME/blue/old",
                "*.example.com CNAME blue/old"
            ),
            ("Z08223362XIRRLTJ3QFAR/\\052.example.com./CNAME/green", "*.example.com CNAME green"),
            ("Z08223362XIRRLTJ3QFAR/example.com./A", "example.com A"),
            ("Z08223362XIRRLTJ3QFAR/example.com./NS", "example.com NS"),
            (
                "Z0PRIVATE1U3JZ4QDSL2V/db.internal.example.com./A/primary",
                "db.internal.example.com A primary"
            ),
            ("Z0PRIVATE1U3JZ4QDSL2V/example.com./A", "example.com A"),
        ]
    );
}

#[tokio::test]
async fn a_record_is_looked_up_by_zone_name_type_and_set() {
    let cloud = cloud();
    let slash = "Z08223362XIRRLTJ3QFAR/0\\05726.2.0.192.in-addr.arpa.example.com./PTR/near";
    let gone = format!("{PUBLIC}/\\052.example.com./CNAME/red");
    let all = wanted(&RECORD, ["Z08223362XIRRLTJ3QFAR/example.com./A", gone.as_str()]);
    assert_eq!(cloud.gone(&RECORD, &all).await, [gone]);
    let asked = cloud.asked();
    let red = asked.iter().find(|it| it.parameters.contains_key("identifier")).unwrap();
    assert_eq!(red.parameters["name"], "\\052.example.com.");
    assert_eq!(red.parameters["type"], "CNAME");
    assert_eq!(red.parameters["identifier"], "red");
    assert_eq!(red.parameters["maxitems"], "1");

    cloud.look(&RECORD, &wanted(&RECORD, [slash])).await;
    let last = &cloud.asked()[2];
    assert_eq!(last.parameters["name"], "0/26.2.0.192.in-addr.arpa.example.com.");
}

/// Deleting a zone takes its records along; another that cannot be read ends the listing.
#[tokio::test]
async fn records_are_listed_to_the_end_where_every_zone_was() {
    let answers = |code: &'static str| {
        let recorded = recorded();
        Cloud::new(move |request| {
            let is_private = request.path.ends_with(&format!("{PRIVATE}/rrset"));
            if is_private { request.refused(404, code) } else { recorded.answer(request) }
        })
    };
    let seen = answers("NoSuchHostedZone").sweep(&HOSTED_ZONE).await;
    seen.end.as_ref().unwrap();
    assert!(seen.complete.contains(RECORD.id));

    let seen = answers("AccessDenied").sweep(&HOSTED_ZONE).await;
    assert_eq!(seen.end.unwrap_err().cause, Cause::Denied);
    assert!(seen.complete.contains(HOSTED_ZONE.id) && !seen.complete.contains(RECORD.id));
}
