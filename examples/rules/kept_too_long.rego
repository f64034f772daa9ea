package rules.kept_too_long

most_days := 400

findings contains finding if {
	taken := input.item.config.StartTime
	secmonkey.days(taken, input.as_of) > most_days
	finding := {
		"detail": sprintf("taken on %s, and kept longer than %d days", [substring(taken, 0, 10), most_days]),
		"evidence": ["/StartTime"],
		"score": score,
	}
}

# What is encrypted costs money and tells nobody anything.
default score := 3

score := 1 if input.item.config.Encrypted
