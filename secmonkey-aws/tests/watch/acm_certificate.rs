use secmonkey_aws::watch::acm::{CERTIFICATE, fewest_calls};

use crate::cloud::Cloud;

#[tokio::test]
async fn certificates_of_every_key_and_state_are_asked_for() {
    let cloud = Cloud::recorded("acm_certificate");
    cloud.sweep(&CERTIFICATE).await;
    // The recorded listing has a page more than its certificates need.
    assert_eq!(cloud.calls(), fewest_calls(2) + 1);
    for request in cloud.asked().iter().filter(|it| it.question == "ListCertificates") {
        assert_eq!(request.parameters["MaxItems"], "1000");
        let keys = &request.parameters["Includes"];
        assert!(keys.contains("EC_prime256v1") && keys.contains("RSA_4096"), "{keys}");
        let states = &request.parameters["CertificateStatuses"];
        assert!(states.contains("EXPIRED") && states.contains("PENDING_VALIDATION"), "{states}");
    }
}
