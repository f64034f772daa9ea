use secmonkey_aws::watch::iam::server_certificate::{SERVER_CERTIFICATE, fewest_calls};

use crate::cloud::{Cloud, wanted};

#[tokio::test]
async fn a_certificate_is_known_by_its_id_whatever_its_name_is() {
    let cloud = Cloud::recorded("iam_server_certificate");
    cloud.sweep(&SERVER_CERTIFICATE).await.end.unwrap();
    // The recorded listing has a page more than its certificates need.
    assert_eq!(cloud.calls(), fewest_calls(2) + 1);

    let cloud = Cloud::recorded("iam_server_certificate");
    let all = wanted(&SERVER_CERTIFICATE, ["ASCACKCEVSQ6CEXAMPLE2", "ASCAGONE"]);
    assert_eq!(cloud.gone(&SERVER_CERTIFICATE, &all).await, ["ASCAGONE"]);
    assert_eq!(cloud.calls(), 3, "what nobody asked for is not read");
}
