//! Configuration recorders: what AWS Config keeps of the resources of a region.

use aws_sdk_config::Client;
use aws_sdk_config::types::ConfigurationRecorder;
use futures::join;
use secmonkey_core::technology::Set;
use secmonkey_core::watch::{Error, Listed, Observed, Part, Scope, Wanted};

use crate::error::{failed, found};
use crate::operation::Operation;
use crate::service;
use crate::session::Sessions;
use crate::shape::Shape as _;
use crate::watch::{Described, Events, Facts, Structure, known, required};

/// The recorder that the account keeps in a region: what it records, whether it runs, and
/// where it delivers to. Recorders that services of AWS keep for themselves are theirs.
///
/// Tags would take a call for each, and are left out.
pub const RECORDER: Facts = Facts {
    id: "config_recorder",
    title: "AWS Config recorder",
    operations: &[CHANNELS, STATUS],
    structures: &[
        Structure::new("ConfigurationRecorder", ""),
        Structure::new("ConfigurationRecorderStatus", STATUS_AT),
        Structure::new("DeliveryChannel", "/DeliveryChannels/*"),
    ],
    events: &[
        Events::new("/requestParameters/configurationRecorder/name", &["PutConfigurationRecorder"]),
        Events::new(
            "/requestParameters/configurationRecorderArn",
            &["AssociateResourceTypes", "DisassociateResourceTypes"],
        ),
        Events::new(
            "/requestParameters/configurationRecorderName",
            &[
                "DeleteConfigurationRecorder",
                "StartConfigurationRecorder",
                "StopConfigurationRecorder",
            ],
        ),
    ],
    sets: &[
        Set::new("/DeliveryChannels", &["name"]),
        Set::new("/recordingGroup/exclusionByResourceTypes/resourceTypes", &[]),
        Set::new("/recordingGroup/resourceTypes", &[]),
        Set::new("/recordingMode/recordingModeOverrides", &[]),
        Set::new("/recordingMode/recordingModeOverrides/*/resourceTypes", &[]),
    ],
    dropped: &[
        // They stand in the item itself.
        "/ConfigurationRecorderStatus/arn",
        "/ConfigurationRecorderStatus/name",
        // How the last delivery went.
        "/ConfigurationRecorderStatus/lastErrorCode",
        "/ConfigurationRecorderStatus/lastErrorMessage",
        "/ConfigurationRecorderStatus/lastStatus",
        "/ConfigurationRecorderStatus/lastStatusChangeTime",
    ],
    ..Facts::of(&service::CONFIG, LIST)
};

const LIST: Operation = Operation::new("config:DescribeConfigurationRecorders");
const STATUS: Operation = Operation::new("config:DescribeConfigurationRecorderStatus")
    .absent(&["NoSuchConfigurationRecorderException"]);
const CHANNELS: Operation = Operation::new("config:DescribeDeliveryChannels");

const STATUS_AT: &str = "/ConfigurationRecorderStatus";

/// The fewest calls that read one region: one, and two where there is a recorder, which are
/// never many.
#[must_use]
pub const fn fewest_calls(recorders: usize) -> usize {
    1 + 2 * recorders
}

impl Described for ConfigurationRecorder {
    const FACTS: &'static Facts = &RECORDER;
    type Client = Client;
    type Beside = ();

    fn client(sessions: &Sessions, scope: &Scope) -> Client {
        sessions.config(&scope.account, &scope.region)
    }

    /// All there are, whoever is wanted: asked by a name that is not there, AWS Config
    /// answers nothing about the others.
    async fn page(
        config: &Client,
        _scope: &Scope,
        _wanted: Option<&[Wanted]>,
        _token: Option<String>,
    ) -> Result<Listed<Self>, Error> {
        let answer = config.describe_configuration_recorders().send().await;
        let answer = answer.map_err(|error| failed(LIST, &error))?;
        Ok(Listed::page(answer.configuration_recorders, None))
    }

    async fn observe(
        self,
        config: &Client,
        _scope: &Scope,
        _beside: &(),
    ) -> Result<Option<Observed>, Error> {
        let name = required(LIST, "name", self.name.clone())?;
        let status = config.describe_configuration_recorder_status();
        let (status, channels) = join!(
            status.configuration_recorder_names(&name).send(),
            config.describe_delivery_channels().send(),
        );
        let status = match found(STATUS, status) {
            Ok(Some(answer)) => {
                let all = answer.configuration_recorders_status.unwrap_or_default();
                known(all.first().to_json())
            }
            Ok(None) => return Ok(None),
            Err(error) => Part::Failed(error),
        };
        let channels = match found(CHANNELS, channels) {
            Ok(answer) => known(answer.and_then(|answer| answer.delivery_channels).to_json()),
            Err(error) => Part::Failed(error),
        };
        let recorder = RECORDER.observed(&name, self.to_json()).named(name).with_arn(self.arn);
        Ok(Some(recorder.with(STATUS_AT, status).with("/DeliveryChannels", channels)))
    }
}
