"""Answers, for JSON lines {"schema", "values"}, what each peer says of each value: {"peer": [true, false, null]}."""

import json
import sys


def peers():
    found = {}
    try:
        import jsonschema

        def of_jsonschema(schema):
            validator = jsonschema.Draft202012Validator(schema)
            return validator.is_valid

        found["jsonschema"] = of_jsonschema
    except ImportError:
        pass
    try:
        import jsonschema_rs

        def of_jsonschema_rs(schema):
            validator = jsonschema_rs.Draft202012Validator(schema)
            return validator.is_valid

        found["jsonschema-rs"] = of_jsonschema_rs
    except ImportError:
        pass
    try:
        import jschon

        jschon.create_catalog("2020-12")
        dialect = "https://json-schema.org/draft/2020-12/schema"

        def of_jschon(schema):
            whole = {"$schema": dialect, **schema} if isinstance(schema, dict) else schema
            validator = jschon.JSONSchema(whole, metaschema_uri=jschon.URI(dialect))
            return lambda value: validator.evaluate(jschon.JSON(value)).valid

        found["jschon"] = of_jschon
    except ImportError:
        pass
    return found


def answers(compile_schema, schema, values):
    try:
        is_valid = compile_schema(schema)
    except Exception:
        return [None for _ in values]
    said = []
    for value in values:
        try:
            said.append(bool(is_valid(value)))
        except Exception:
            said.append(None)
    return said


available = peers()
print(json.dumps(sorted(available)), flush=True)
for line in sys.stdin:
    case = json.loads(line)
    print(json.dumps({name: answers(make, case["schema"], case["values"]) for name, make in available.items()}))
