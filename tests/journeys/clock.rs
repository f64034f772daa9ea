//! Clocks that are wrong.

use crate::lab::Lab;
use crate::proxy::Answer;

#[test]
fn a_scan_whose_clock_aws_contradicts_records_nothing() {
    let lab = Lab::empty();
    lab.proxy.tell(|_| Answer::Dated("Mon, 26 Nov 2012 13:21:26 GMT"));
    let error = lab.run(&["scan"]).expect(2).error();
    assert!(error.contains("the provider's says 2012-11-26T13:21:2"), "{error}");
    assert!(error.contains("--trust-clock"), "{error}");
    assert_eq!(lab.log(), [] as [serde_json::Value; 0]);
    // Whoever knows better says so.
    lab.run(&["scan", "--trust-clock", "--technology", "iam_group"]).expect(0);
    assert!(!lab.log().is_empty());
}
