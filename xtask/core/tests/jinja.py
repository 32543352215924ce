"""Renders every template of a folder with Jinja2, for both variants, and prints a JSON object: the text of each, or why there is none.

The settings are those that a bundle's templates have: a name that nobody defined is refused, and the last line break stays.

usage: jinja.py FOLDER
"""

import json
import pathlib
import sys

import jinja2

environment = jinja2.Environment(undefined=jinja2.StrictUndefined, keep_trailing_newline=True, newline_sequence="\n")


def render(source, variant):
    try:
        template = environment.from_string(source)
        return {"text": template.render(product="acme", version="1.3.0", variant=variant)}
    except Exception as error:  # any refusal is one: which, is for people
        return {"refused": f"{type(error).__name__}: {error}"}


results = {}
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.j2")):
    source = path.read_bytes().decode()
    results[path.name] = {variant: render(source, variant) for variant in ("cpu", "gpu")}
json.dump(results, sys.stdout)
