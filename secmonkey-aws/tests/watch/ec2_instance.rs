//! Instances: the calls they take, and what of them is nobody's to read.

use secmonkey_aws::watch::ec2::instance::{INSTANCE, fewest_calls};
use secmonkey_core::watch::{Cause, Part};

use crate::cloud::{Cloud, concealed, part, recorded, wanted};

const WEB: &str = "i-0598c7d356eba48d7";
const STOPPED: &str = "i-0ddddddddddddd003";
const TERMINATED: &str = "i-0dead00000000000d";

#[tokio::test]
async fn a_region_takes_a_call_an_instance_beside_the_listing() {
    let cloud = Cloud::recorded("ec2_instance");
    let seen = cloud.sweep(&INSTANCE).await;
    assert!(seen.items.contains_key(STOPPED) && !seen.items.contains_key(TERMINATED));
    // The recorded listing has one page more than its instances need.
    assert_eq!(cloud.calls(), fewest_calls(1, 4) + 1);
    assert_eq!(fewest_calls(0, 1001), 2 + 1001);
    let asked = cloud.asked();
    let listed: Vec<_> = asked.iter().filter(|it| it.question == "DescribeInstances").collect();
    assert_eq!(listed.len(), 2);
    for request in listed {
        assert_eq!(request.parameters["MaxResults"], "1000");
        assert_eq!(request.parameters["IncludeManagedResources"], "true");
    }
}

#[tokio::test]
async fn a_terminated_instance_is_gone_while_it_is_still_found() {
    let all = wanted(&INSTANCE, [TERMINATED, WEB, "i-gone"]);
    let cloud = Cloud::recorded("ec2_instance");
    assert_eq!(cloud.gone(&INSTANCE, &all).await, [TERMINATED, "i-gone"]);
    assert_eq!(cloud.asked()[0].parameters["Filter.1.Name"], "instance-id");
}

#[tokio::test]
async fn user_data_is_recorded_as_a_digest() {
    let seen = Cloud::recorded("ec2_instance").sweep(&INSTANCE).await;
    let Part::Known(read) = part(&seen.items[WEB], "/UserData") else { panic!("it was read") };
    let read = read.as_str().unwrap();
    assert!(read.starts_with("IyEvYmluL3No"));
    let kept = concealed(&seen.items[WEB], &INSTANCE.technology());
    assert!(kept.contains("\"UserData\":\"hmac-sha256:") && !kept.contains(read), "{kept}");
    assert_eq!(part(&seen.items[STOPPED], "/UserData"), &Part::Absent);
}

#[tokio::test]
async fn an_instance_whose_user_data_is_forbidden_harms_no_other() {
    let cloud = Cloud::new(|request| {
        if request.parameters.get("InstanceId").is_some_and(|id| id == WEB) {
            request.refused(403, "UnauthorizedOperation")
        } else {
            recorded("ec2_instance", request)
        }
    });
    let seen = cloud.sweep(&INSTANCE).await;
    assert!(seen.is_complete());
    assert_eq!(seen.items.len(), 4);
    let [failure] = seen.failures()[..] else { panic!("{:?}", seen.failures()) };
    assert_eq!(failure.cause, Cause::Denied);
    assert!(matches!(part(&seen.items[WEB], "/UserData"), Part::Failed(_)));
}
