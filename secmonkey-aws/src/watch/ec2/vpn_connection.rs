//! VPN connections: tunnels between a VPC and a network somewhere else.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::VpnConnection;
use secmonkey_core::technology::Set;
use secmonkey_core::watch::{Error, Observed, Scope};

use crate::operation::Operation;
use crate::service;
use crate::shape::Shape as _;
use crate::watch::ec2::{TAGS, arn, is_gone, name};
use crate::watch::{Described, Events, Facts, Structure, required};

/// Site-to-site VPN connections with the options, the static routes and the state of their
/// tunnels.
///
/// Whether a tunnel is up comes and goes with the other end and is a relation. The keys of
/// the tunnels are secrets, and so is the configuration for the customer's gateway, which
/// holds them. A deleted connection is listed for a while longer: it counts as gone.
pub const VPN_CONNECTION: Facts = Facts {
    id: "vpn_connection",
    title: "VPN connection",
    structures: &[Structure::new("VpnConnection", "")],
    events: &[
        Events::new(
            "/requestParameters/ModifyVpnConnectionOptionsRequest/VpnConnectionId",
            &["ModifyVpnConnectionOptions"],
        ),
        Events::new(
            "/requestParameters/ModifyVpnConnectionRequest/VpnConnectionId",
            &["ModifyVpnConnection"],
        ),
        Events::new(
            "/requestParameters/ModifyVpnTunnelCertificateRequest/VpnConnectionId",
            &["ModifyVpnTunnelCertificate"],
        ),
        Events::new(
            "/requestParameters/ModifyVpnTunnelOptionsRequest/VpnConnectionId",
            &["ModifyVpnTunnelOptions"],
        ),
        Events::new(
            "/requestParameters/ReplaceVpnTunnelRequest/VpnConnectionId",
            &["ReplaceVpnTunnel"],
        ),
        TAGS,
        Events::new(
            "/requestParameters/vpnConnectionId",
            &["CreateVpnConnectionRoute", "DeleteVpnConnection", "DeleteVpnConnectionRoute"],
        ),
        Events::new("/responseElements/vpnConnection/vpnConnectionId", &["CreateVpnConnection"]),
    ],
    sets: &[
        Set::new("/Options/TunnelOptions", &["OutsideIpAddress"]),
        Set::new("/Options/TunnelOptions/*/IkeVersions", &["Value"]),
        Set::new("/Options/TunnelOptions/*/Phase1DHGroupNumbers", &["Value"]),
        Set::new("/Options/TunnelOptions/*/Phase1EncryptionAlgorithms", &["Value"]),
        Set::new("/Options/TunnelOptions/*/Phase1IntegrityAlgorithms", &["Value"]),
        Set::new("/Options/TunnelOptions/*/Phase2DHGroupNumbers", &["Value"]),
        Set::new("/Options/TunnelOptions/*/Phase2EncryptionAlgorithms", &["Value"]),
        Set::new("/Options/TunnelOptions/*/Phase2IntegrityAlgorithms", &["Value"]),
        Set::new("/Routes", &["DestinationCidrBlock"]),
        Set::new("/Tags", &["Key"]),
        Set::new("/VgwTelemetry", &["OutsideIpAddress"]),
    ],
    relations: &["/VgwTelemetry/*/Status"],
    dropped: &[
        // Telemetry: it changes with what the other end announces, and with every flap.
        "/VgwTelemetry/*/AcceptedRouteCount",
        "/VgwTelemetry/*/LastStatusChange",
        "/VgwTelemetry/*/StatusMessage",
    ],
    secret: &["/CustomerGatewayConfiguration", "/Options/TunnelOptions/*/PreSharedKey"],
    ..Facts::of(&service::EC2, CONNECTIONS)
};

const CONNECTIONS: Operation = Operation::new("ec2:DescribeVpnConnections");

/// The calls that read one region: the listing has no pages.
pub const FEWEST_CALLS: usize = 1;

impl Described for VpnConnection {
    described!(
        VPN_CONNECTION,
        describe_vpn_connections.set_filters("vpn-connection-id") => vpn_connections,
        at once
    );

    type Beside = ();

    async fn observe(
        mut self,
        _ec2: &Client,
        scope: &Scope,
        _beside: &(),
    ) -> Result<Option<Observed>, Error> {
        if is_gone(self.state()) {
            return Ok(None);
        }
        let id = required(CONNECTIONS, "VpnConnectionId", self.vpn_connection_id.clone())?;
        if let Some(routes) = &mut self.routes {
            routes.retain(|route| !is_gone(route.state()));
        }
        let (name, arn) = (name(self.tags(), &id), arn(scope, "vpn-connection", &id));
        Ok(Some(VPN_CONNECTION.observed(id, self.to_json()).named(name).with_arn(arn)))
    }
}
