package rules.without_snapshot

findings contains finding if {
	some instance in production
	not is_saved
	finding := {
		"subject": instance.id,
		"detail": sprintf("volume of the production instance %s has no snapshot", [instance.id]),
		"evidence": ["/Attachments"],
	}
}

# The instances of production that the volume is attached to.
production contains instance if {
	some attachment in input.item.config.Attachments
	some instance in input.world.items.ec2_instance
	instance.id == attachment.InstanceId
	some tag in instance.config.Tags
	tag.Key == "env"
	lower(tag.Value) in {"prod", "production"}
}

is_saved if {
	some snapshot in input.world.items.ebs_snapshot
	snapshot.config.VolumeId == input.item.config.VolumeId
	snapshot.config.State == "completed"
}
