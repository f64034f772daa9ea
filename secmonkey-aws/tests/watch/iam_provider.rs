use secmonkey_aws::watch::iam::provider::{OIDC_PROVIDER, SAML_PROVIDER, fewest_calls};

use crate::cloud::Cloud;

#[tokio::test]
async fn providers_are_called_as_their_arns_end() {
    let cloud = Cloud::recorded("iam_oidc_provider");
    let seen = cloud.sweep(&OIDC_PROVIDER).await;
    assert_eq!(cloud.calls(), fewest_calls(2));
    let names: Vec<_> = seen.items.values().map(|item| item.name.as_str()).collect();
    let eks = "oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B716D3041E";
    assert_eq!(names, [eks, "token.actions.githubusercontent.com"]);

    let cloud = Cloud::recorded("iam_saml_provider");
    let seen = cloud.sweep(&SAML_PROVIDER).await;
    assert_eq!(cloud.calls(), fewest_calls(2));
    let names: Vec<_> = seen.items.values().map(|item| item.name.as_str()).collect();
    assert_eq!(names, ["AWSSSO_1a2b3c4d5e6f7890_DO_NOT_DELETE", "Okta"]);
}
