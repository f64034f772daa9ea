//! Route tables: where traffic goes that leaves a subnet.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{
    Route, RouteOrigin, RouteTable, RouteTableAssociationState, RouteTableAssociationStateCode,
};
use secmonkey_core::technology::Set;
use secmonkey_core::watch::{Error, Observed, Scope};

use crate::operation::Operation;
use crate::service;
use crate::shape::Shape as _;
use crate::watch::ec2::{TAGS, arn, is_own, name};
use crate::watch::{Described, Events, Facts, Structure, Writes, known, pages_of, required};

/// The account's own route tables with their routes, and the subnets and gateways that use
/// them.
///
/// Routes that somebody made are configuration. Those that a gateway learned from the other
/// end of a VPN or Direct Connect connection come and go with it and with what is announced
/// there: they are a relation, apart from the others in `PropagatedRoutes`. Who may announce
/// stands in `PropagatingVgws`. Whether the target of a route is there (`State`), and whose
/// instance an interface is attached to, comes and goes with the target.
pub const ROUTE_TABLE: Facts = Facts {
    id: "route_table",
    title: "route table",
    structures: &[Structure::new("Route", "/PropagatedRoutes/*"), Structure::new("RouteTable", "")],
    // An event that ends an association names the association only, and one that replaces it
    // the new table.
    events: &[
        Events::new(
            "/requestParameters/routeTableId",
            &[
                "AssociateRouteTable",
                "CreateRoute",
                "DeleteRoute",
                "DeleteRouteTable",
                "DisableVgwRoutePropagation",
                "EnableVgwRoutePropagation",
                "ReplaceRoute",
                "ReplaceRouteTableAssociation",
            ],
        ),
        TAGS,
        Events::new("/responseElements/routeTable/routeTableId", &["CreateRouteTable"]),
    ],
    sets: &[
        Set::new("/Associations", &["RouteTableAssociationId"]),
        Set::new(PROPAGATED, &["DestinationCidrBlock", "DestinationIpv6CidrBlock", "GatewayId"]),
        Set::new("/PropagatingVgws", &["GatewayId"]),
        Set::new(
            "/Routes",
            &["DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId"],
        ),
        Set::new("/Tags", &["Key"]),
    ],
    relations: &[
        PROPAGATED,
        "/Routes/*/InstanceId",
        "/Routes/*/InstanceOwnerId",
        "/Routes/*/State",
    ],
    writes: &[
        Writes::new("", &["CreateRouteTable", "DeleteRouteTable"]),
        Writes::new("/Associations", &["AssociateRouteTable", "ReplaceRouteTableAssociation"]),
        Writes::new(
            "/PropagatingVgws",
            &["DisableVgwRoutePropagation", "EnableVgwRoutePropagation"],
        ),
        Writes::new("/Routes", &["CreateRoute", "DeleteRoute", "ReplaceRoute"]),
    ],
    ..Facts::of(&service::EC2, TABLES)
};

const TABLES: Operation = Operation::new("ec2:DescribeRouteTables");
const PROPAGATED: &str = "/PropagatedRoutes";

/// The largest page of the listing.
const PAGE: i32 = 100;

/// The fewest calls that read one region: `⌈route tables / 100⌉`, one at least. Those of VPCs
/// that are shared with the account count.
#[must_use]
pub const fn fewest_calls(tables: usize) -> usize {
    pages_of(tables, PAGE as usize)
}

impl Described for RouteTable {
    described!(
        ROUTE_TABLE,
        describe_route_tables.set_filters("route-table-id") => route_tables,
        PAGE
    );

    type Beside = ();

    async fn observe(
        mut self,
        _ec2: &Client,
        scope: &Scope,
        _beside: &(),
    ) -> Result<Option<Observed>, Error> {
        if !is_own(scope, self.owner_id()) {
            return Ok(None);
        }
        let id = required(TABLES, "RouteTableId", self.route_table_id.clone())?;
        if let Some(associations) = &mut self.associations {
            associations.retain(|one| is_held(one.association_state()));
        }
        let routes = self.routes.take().unwrap_or_default();
        let (propagated, made): (Vec<_>, Vec<_>) = routes.into_iter().partition(is_propagated);
        self.routes = Some(made);
        let (name, arn) = (name(self.tags(), &id), arn(scope, "route-table", &id));
        let table = ROUTE_TABLE.observed(id, self.to_json()).named(name).with_arn(arn);
        Ok(Some(table.with(PROPAGATED, known(propagated.to_json()))))
    }
}

/// Whether a route was learned from somebody who announces it.
fn is_propagated(route: &Route) -> bool {
    matches!(
        route.origin(),
        Some(RouteOrigin::Advertisement | RouteOrigin::EnableVgwRoutePropagation)
    )
}

/// Whether an association in this state is one that the table has.
fn is_held(state: Option<&RouteTableAssociationState>) -> bool {
    !matches!(
        state.and_then(RouteTableAssociationState::state),
        Some(
            RouteTableAssociationStateCode::Disassociated | RouteTableAssociationStateCode::Failed
        )
    )
}
