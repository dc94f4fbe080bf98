#!/usr/bin/env python3
"""The JSON of every capture against docs/json-schema.json, in all documents, twice: as published,
where objects may gain keys, and with none beyond those described, so that a misspelt key of our own
is found.

SPDX-License-Identifier: Apache-2.0
"""

import copy
import json
import sys

from program import SOURCE, Count, captures, run

try:
    import jsonschema
except ImportError:
    print("python3-jsonschema is not installed: skipped")
    sys.exit(77)

DOCUMENTS = ("diagnose", "sessions", "dissect")


def closed(schema):
    """A copy in which no object may have a key that is not described."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    result = {key: closed(value) for key, value in schema.items()}
    if schema.get("type") == "object" and "properties" in schema:
        result["additionalProperties"] = False
    return result


def describe(error):
    where = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in error.absolute_path)
    return f"{where or '.'}: {error.message[:300]}"


def check_document(count, validators, name, text):
    try:
        document = json.loads(text)
    except ValueError as error:
        count.check(False, f"{name}: the output is no JSON: {error}")
        return
    for variant, validator in validators.items():
        error = jsonschema.exceptions.best_match(validator.iter_errors(document))
        count.check(error is None, f"{name}: {variant}: {describe(error) if error else ''}")


def check_schema_can_fail(count, validators, text):
    """A validator that accepts everything would pass every capture."""
    good = json.loads(text)
    wrong = copy.deepcopy(good)
    wrong["not_kept"]["strangers"] = -1
    more = copy.deepcopy(good)
    more["not_kept"]["strangerz"] = 0
    less = copy.deepcopy(good)
    del less["captures"]
    for variant, validator in validators.items():
        count.check(not validator.is_valid(wrong), f"schema, {variant}: a count of -1 is accepted")
        count.check(not validator.is_valid(less), f"schema, {variant}: a missing key is accepted")
        count.check(validator.is_valid(more) == (variant == "as published"),
                    f"schema, {variant}: a new key")


def main():
    count = Count("schema")
    schema = json.loads((SOURCE / "docs" / "json-schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validators = {
        "as published": jsonschema.Draft202012Validator(schema),
        "no further keys": jsonschema.Draft202012Validator(closed(schema)),
    }
    # An input that cannot be read makes a document all the same.
    check_schema_can_fail(count, validators, run("--format", "json", "/nonexistent.pcap").stdout)
    for path in captures():
        for document in DOCUMENTS:
            result = run(document, "--format", "json", path)
            name = f"{document} {path}"
            if count.check(result.returncode in (0, 1, 3), f"{name}: exit status {result.returncode}"):
                check_document(count, validators, name, result.stdout)
    count.finish()


if __name__ == "__main__":
    main()
