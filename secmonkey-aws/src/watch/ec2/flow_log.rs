//! Flow logs: who talked to whom, written down.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::FlowLog;
use secmonkey_core::technology::Set;
use secmonkey_core::watch::{Error, Observed, Scope};

use crate::operation::Operation;
use crate::service;
use crate::shape::Shape as _;
use crate::watch::ec2::{PAGE, TAGS, arn, name};
use crate::watch::{Described, Events, Facts, Structure, Writes, pages_of, required};

/// Flow logs of VPCs, subnets, network interfaces and transit gateways: what they record,
/// where they deliver it, and whether that works.
pub const FLOW_LOG: Facts = Facts {
    id: "flow_log",
    title: "flow log",
    structures: &[Structure::new("FlowLog", "")],
    events: &[
        Events::new(
            "/requestParameters/DeleteFlowLogsRequest/FlowLogId/content",
            &["DeleteFlowLogs"],
        ),
        TAGS,
        Events::new(
            "/responseElements/CreateFlowLogsResponse/flowLogIdSet/item",
            &["CreateFlowLogs"],
        ),
    ],
    sets: &[
        Set::new("/TagFieldSpecifications", &["ResourceType"]),
        Set::new("/TagFieldSpecifications/*/TagKeys", &[]),
        Set::new("/Tags", &["Key"]),
    ],
    dropped: &["/CreationTime"], // when, not what: a flow log that is made anew has another id
    writes: &[Writes::new("", &["CreateFlowLogs", "DeleteFlowLogs"])],
    ..Facts::of(&service::EC2, LOGS)
};

const LOGS: Operation = Operation::new("ec2:DescribeFlowLogs");

/// The fewest calls that read one region: `⌈flow logs / 1000⌉`, one at least.
#[must_use]
pub const fn fewest_calls(logs: usize) -> usize {
    pages_of(logs, PAGE as usize)
}

impl Described for FlowLog {
    described!(FLOW_LOG, describe_flow_logs.set_filter("flow-log-id") => flow_logs);

    type Beside = ();

    async fn observe(
        self,
        _ec2: &Client,
        scope: &Scope,
        _beside: &(),
    ) -> Result<Option<Observed>, Error> {
        let id = required(LOGS, "FlowLogId", self.flow_log_id.clone())?;
        let (name, arn) = (name(self.tags(), &id), arn(scope, "vpc-flow-log", &id));
        Ok(Some(FLOW_LOG.observed(id, self.to_json()).named(name).with_arn(arn)))
    }
}
