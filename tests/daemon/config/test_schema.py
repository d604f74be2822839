"""The schema, the sample and the table say what the declarations say."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from homeport.daemon.config import schema
from homeport.daemon.config.check import parse
from homeport.daemon.config.settings import Config, Server

ROOT = Path(__file__).resolve().parents[3]
REGENERATE = "run: python -m homeport.daemon.config.schema"


def uncommented():
    return re.sub(r"(?m)^#", "", schema.sample())


def test_the_sample_as_it_is_means_the_defaults():
    assert parse(schema.sample(), "sample") == Config()


def test_every_line_of_the_sample_is_a_comment():
    assert all(line.startswith("#") for line in schema.sample().splitlines() if line)


def test_the_sample_with_every_line_uncommented_is_a_valid_config():
    config = parse(uncommented(), "sample")
    assert config.server[0].name == "workbench"
    assert config.listen == Config().listen
    assert config.timeouts == Config().timeouts


def test_the_sample_and_the_table_have_every_setting():
    live = tomllib.loads(uncommented())
    for line in schema.settings():
        value = live
        for part in line.key.replace("[]", ".0").split("."):
            value = value[int(part)] if part.isdigit() else value[part]
        assert f"| `{line.key}` |" in schema.table()
        assert line.sentence.endswith(".")
    names = {line.key for line in schema.settings()}
    assert {f"server[].{name}" for name in Server.__struct_fields__} <= names
    assert {name.split(".")[0].removesuffix("[]") for name in names} == set(
        Config.__struct_fields__
    )


def test_no_line_is_too_wide_to_read():
    assert max(map(len, schema.sample().splitlines())) <= 100


def test_the_schema_is_a_json_schema_that_refuses_unknown_keys():
    document = json.loads(schema.schema_text())
    assert document["$schema"].endswith("2020-12/schema")
    definitions = document["$defs"]
    assert definitions["Config"]["additionalProperties"] is False
    assert definitions["Listen"]["properties"]["port"]["maximum"] == 65535
    assert definitions["Server"]["required"] == ["name", "url"]


@pytest.mark.parametrize(
    ("name", "text"),
    [(schema.SCHEMA_FILE, schema.schema_text()), (schema.SAMPLE_FILE, schema.sample())],
)
def test_what_is_shipped_has_not_drifted(name, text):
    assert (ROOT / "packaging" / name).read_text() == text, REGENERATE


def test_the_table_in_the_readme_has_not_drifted():
    told = (ROOT / "daemon" / "README.md").read_text()
    assert schema.table() in told, "paste: python -m homeport.daemon.config.schema --table"


def test_as_a_program(tmp_path):
    module = [sys.executable, "-m", "homeport.daemon.config.schema"]
    subprocess.run([*module, str(tmp_path / "made")], check=True)
    assert (tmp_path / "made" / schema.SAMPLE_FILE).read_text() == schema.sample()
    printed = subprocess.run([*module, "--table"], check=True, capture_output=True, text=True)
    assert printed.stdout == schema.table()


def test_main_writes_and_prints(tmp_path, capsys):
    assert schema.main([str(tmp_path)]) == 0
    assert json.loads((tmp_path / schema.SCHEMA_FILE).read_text()) == schema.json_schema()
    assert schema.main(["--table"]) == 0
    assert capsys.readouterr().out == schema.table()
