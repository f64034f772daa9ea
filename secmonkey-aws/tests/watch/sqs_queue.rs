use secmonkey_aws::watch::sqs::QUEUE;
use secmonkey_core::watch::{Cause, Part};

use crate::cloud::{Cloud, part, recorded};

#[tokio::test]
async fn a_queue_that_denies_its_attributes_harms_no_other() {
    let cloud = Cloud::new(|request| {
        let is_dead = request.parameters.get("QueueUrl").is_some_and(|url| url.ends_with("-dead"));
        if request.question == "GetQueueAttributes" && is_dead {
            request.refused(403, "AccessDenied")
        } else {
            recorded("sqs_queue", request)
        }
    });
    let seen = cloud.sweep(&QUEUE).await;
    assert!(seen.is_complete());
    let attributes = |name: &str| {
        let queue = seen.items.values().find(|item| item.name == name).unwrap();
        part(queue, "/Attributes").clone()
    };
    assert!(matches!(attributes("orders"), Part::Known(_)));
    assert!(
        matches!(attributes("orders-dead"), Part::Failed(error) if error.cause == Cause::Denied)
    );
}
