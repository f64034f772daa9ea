//! Machine images: what instances are started from, and who may start them.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{Image, ImageAttributeName, ImageState};
use secmonkey_core::technology::Set;
use secmonkey_core::watch::{Error, Observed, Part, Scope};

use crate::error::found;
use crate::operation::Operation;
use crate::service;
use crate::shape::Shape as _;
use crate::watch::ec2::{PAGE, TAGS, arn_of_nobody, is_own};
use crate::watch::{Described, Events, Facts, Structure, Writes, known, pages_of, required};

/// The account's own machine images (AMIs), deprecated and disabled ones too, and whom they
/// are shared with: AWS tells only one by one.
///
/// A deregistered one may be listed for a while longer: it counts as gone.
pub const IMAGE: Facts = Facts {
    id: "ec2_image",
    title: "machine image",
    operations: &[ATTRIBUTE],
    structures: &[
        Structure::new("Image", ""),
        Structure::new("LaunchPermission", "/LaunchPermissions/*"),
    ],
    events: &[
        Events::new(
            "/requestParameters/CancelImageLaunchPermissionRequest/ImageId",
            &["CancelImageLaunchPermission"],
        ),
        Events::new(
            "/requestParameters/DisableImageDeprecationRequest/ImageId",
            &["DisableImageDeprecation"],
        ),
        Events::new(
            "/requestParameters/DisableImageDeregistrationProtectionRequest/ImageId",
            &["DisableImageDeregistrationProtection"],
        ),
        Events::new("/requestParameters/DisableImageRequest/ImageId", &["DisableImage"]),
        Events::new(
            "/requestParameters/EnableImageDeprecationRequest/ImageId",
            &["EnableImageDeprecation"],
        ),
        Events::new(
            "/requestParameters/EnableImageDeregistrationProtectionRequest/ImageId",
            &["EnableImageDeregistrationProtection"],
        ),
        Events::new("/requestParameters/EnableImageRequest/ImageId", &["EnableImage"]),
        Events::new(
            "/requestParameters/RestoreImageFromRecycleBinRequest/ImageId",
            &["RestoreImageFromRecycleBin"],
        ),
        Events::new(
            "/requestParameters/imageId",
            &["DeregisterImage", "ModifyImageAttribute", "ResetImageAttribute"],
        ),
        TAGS,
        Events::new("/responseElements/imageId", &["CopyImage", "CreateImage", "RegisterImage"]),
    ],
    sets: &[
        Set::new("/BlockDeviceMappings", &["DeviceName"]),
        Set::new("/ImageWatermarks", &["WatermarkKey"]),
        Set::new("/InstanceTypeSpecification/SupportedInstanceTypes", &["InstanceType"]),
        Set::new("/InstanceTypeSpecification/UnsupportedInstanceTypes", &["InstanceType"]),
        Set::new(PERMISSIONS, &["Group", "OrganizationArn", "OrganizationalUnitArn", "UserId"]),
        Set::new("/ProductCodes", &["ProductCodeId"]),
        Set::new("/Tags", &["Key"]),
    ],
    daily: &["/LastLaunchedTime"],
    dropped: &[
        // What Amazon Inspector last found in it, which changes as flaws become known.
        "/ScanResults",
        // How making it went.
        "/StateReason",
    ],
    writes: &[Writes::new(
        "",
        &[
            "CopyImage",
            "CreateImage",
            "DeregisterImage",
            "RegisterImage",
            "RestoreImageFromRecycleBin",
        ],
    )],
    ..Facts::of(&service::EC2, IMAGES)
};

const IMAGES: Operation = Operation::new("ec2:DescribeImages");
const ATTRIBUTE: Operation =
    Operation::new("ec2:DescribeImageAttribute").absent(&["InvalidAMIID.NotFound"]);

const PERMISSIONS: &str = "/LaunchPermissions";

/// The fewest calls that read one region: `⌈images / 1000⌉`, one at least, and one for each.
#[must_use]
pub const fn fewest_calls(images: usize) -> usize {
    pages_of(images, PAGE as usize) + images
}

impl Described for Image {
    described!(
        IMAGE, describe_images.set_filters("image-id") => images,
        owners("self"), include_deprecated(true), include_disabled(true)
    );

    type Beside = ();

    async fn observe(
        self,
        ec2: &Client,
        scope: &Scope,
        _beside: &(),
    ) -> Result<Option<Observed>, Error> {
        if !is_own(scope, self.owner_id()) || self.state() == Some(&ImageState::Deregistered) {
            return Ok(None);
        }
        let id = required(IMAGES, "ImageId", self.image_id.clone())?;
        let call = ec2.describe_image_attribute().image_id(&id);
        let answer = call.attribute(ImageAttributeName::LaunchPermission).send().await;
        let permissions = match found(ATTRIBUTE, answer) {
            Ok(Some(answer)) => known(answer.launch_permissions.to_json()),
            Ok(None) => return Ok(None),
            Err(error) => Part::Failed(error),
        };
        let name = self.name().filter(|name| !name.is_empty()).unwrap_or(&id).to_owned();
        let arn = arn_of_nobody(scope, "image", &id);
        let image = IMAGE.observed(id, self.to_json()).named(name).with_arn(arn);
        Ok(Some(image.with(PERMISSIONS, permissions)))
    }
}
