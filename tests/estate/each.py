"""One resource of each technology on moto, through its whole life.

    each.py create|change|delete STATE    a step of all, with what was made in a file
    each.py try [TECHNOLOGY ...]          all steps at once

`each/TECHNOLOGY.py` has the steps of one:

    create(client)        makes it; answers a dict, with the id of the item under "id"
    change(client, made)  changes its configuration
    delete(client, made)  takes it away

`client("ec2")` is a client of the home region. What else a resource needs is made in
`create` and may stay. What AWS keeps after it was deleted says so: `"stays": True`.
"""

import importlib.util
import json
import pathlib
import sys

from company import client

HERE = pathlib.Path(__file__).parent / "each"


def steps(technology):
    path = HERE / f"{technology}.py"
    spec = importlib.util.spec_from_file_location(technology, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def technologies():
    return sorted(path.stem for path in HERE.glob("*.py"))


def step(name, technology, made):
    try:
        if name == "create":
            return steps(technology).create(client)
        getattr(steps(technology), name)(client, made)
        return made
    except Exception as error:
        error.add_note(f"{name} {technology}")
        raise


def main(arguments):
    match arguments:
        case ["try", *wanted]:
            for technology in wanted or technologies():
                made = step("create", technology, None)
                step("change", technology, made)
                step("delete", technology, made)
                print(technology, made["id"])
        case ["create", path]:
            made = {technology: step("create", technology, None) for technology in technologies()}
            pathlib.Path(path).write_text(json.dumps(made))
        case [("change" | "delete") as name, path]:
            made = json.loads(pathlib.Path(path).read_text())
            for technology in technologies():
                step(name, technology, made[technology])
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
