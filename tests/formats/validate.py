"""Holds findings against the published schema of their format.

    validate.py ocsf|asff|sarif < FINDINGS

Ends with 1, and says what is wrong and where, where something is.
"""

import json
import sys
from pathlib import Path

import jsonschema

HERE = Path(__file__).parent
VERSION = "1.6.0"


def checker(schema):
    kind = jsonschema.validators.validator_for(schema)
    kind.check_schema(schema)
    return kind(schema, format_checker=kind.FORMAT_CHECKER)


def faults(checker, instance):
    for error in checker.iter_errors(instance):
        yield f"{error.json_path}: {error.message[:300]}"


def sarif(log):
    schema = json.loads((HERE / "sarif-2.1.0.json").read_text())
    yield from faults(checker(schema), log)


def ocsf(findings):
    sys.path.append(str(HERE.parent.parent / ".formats"))
    from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema

    maker = OcsfJsonSchemaEmbedded(get_ocsf_schema(version=VERSION))
    check = checker(maker.get_class_schema(class_name="compliance_finding", profiles=["cloud"]))
    for number, finding in enumerate(findings):
        if finding["metadata"]["version"] != VERSION:
            yield f"{number}: the version is {finding['metadata']['version']}"
        for fault in faults(check, finding):
            yield f"{number}: {fault}"


def asff(findings):
    import botocore.session
    from botocore.validate import ParamValidator

    session = botocore.session.get_session()
    shape = session.get_service_model("securityhub").operation_model("BatchImportFindings")
    for start in range(0, len(findings), 100):
        some = {"Findings": findings[start : start + 100]}
        report = ParamValidator().validate(some, shape.input_shape)
        if report.has_errors():
            yield report.generate_report()
    # The validator checks that, but for the allowed words.
    allowed = {
        ("Severity", "Label"): "SeverityLabel",
        ("Workflow", "Status"): "WorkflowStatus",
        ("Compliance", "Status"): "ComplianceStatus",
        ("RecordState",): "RecordState",
        ("Resources", 0, "Partition"): "Partition",
    }
    model = session.get_service_model("securityhub")
    for number, finding in enumerate(findings):
        for path, name in allowed.items():
            value = finding
            for step in path:
                value = value[step]
            if value not in model.shape_for(name).enum:
                yield f"{number}: {path}: {value}"
        # The guide has accounts beside the types that have details.
        named = finding["Resources"][0]["Type"]
        if named != "AwsAccount" and named not in model.shape_for("ResourceDetails").members:
            yield f"{number}: {named} is no type of resources"


def main(form):
    found = json.load(sys.stdin)
    wrong = list({"sarif": sarif, "ocsf": ocsf, "asff": asff}[form](found))
    for fault in wrong[:20]:
        print(fault, file=sys.stderr)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main(sys.argv[1])
