package rules.not_an_employee

# A user is an employee's where it is called as the employee is, or where its tag `owner` holds
# the employee's address: so are users of machines somebody's.
findings contains finding if {
	not is_employees
	finding := {
		"detail": sprintf("user %s belongs to nobody in employees.json", [input.item.config.UserName]),
		"evidence": ["/UserName"],
	}
}

is_employees if {
	some employee in data.employees
	employee.user == input.item.config.UserName
}

is_employees if {
	some tag in input.item.config.Tags
	tag.Key == "owner"
	some employee in data.employees
	employee.email == tag.Value
}
