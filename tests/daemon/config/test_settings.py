"""The settings as declared: defaults that are valid, a sentence for each, bounds that hold."""

import msgspec
import msgspec.inspect as shapes
import pytest

from homeport.daemon.config.settings import Config, Server, Timeouts


def every_field(shape, at=""):
    for field in shape.fields:
        inner = field.type.type if isinstance(field.type, shapes.Metadata) else field.type
        if isinstance(inner, shapes.StructType):
            yield from every_field(inner, f"{at}{field.name}.")
            continue
        yield f"{at}{field.name}", field
        if isinstance(inner, shapes.VarTupleType) and isinstance(
            inner.item_type, shapes.StructType
        ):
            yield from every_field(inner.item_type, f"{at}{field.name}.")


FIELDS = dict(every_field(shapes.type_info(Config)))


@pytest.mark.parametrize("name", sorted(FIELDS))
def test_every_setting_has_a_sentence(name):
    described = FIELDS[name].type
    assert isinstance(described, shapes.Metadata), f"{name} has no description"
    assert described.extra_json_schema["description"].endswith(".")


def test_the_defaults_are_valid():
    plain = msgspec.to_builtins(Config())
    assert msgspec.convert(plain, Config) == Config()


@pytest.mark.parametrize(
    ("table", "values"),
    [
        (Timeouts, {"connect_s": float("inf")}),
        (Timeouts, {"connect_s": float("nan")}),
        (Timeouts, {"gap_s": 0}),
        (Config, {"listen": {"port": 65536}}),
        (Config, {"budget": {"day_usd": -1}}),
        (Config, {"mode": "sometimes"}),
        (Config, {"unheard_of": 1}),
        (Server, {"name": "Upper Case", "url": "http://x"}),
        (Server, {"name": "workbench"}),
    ],
)
def test_what_is_out_of_bounds_is_refused(table, values):
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(values, table)


def test_a_config_cannot_be_changed():
    with pytest.raises(AttributeError):
        Config().mode = "balanced"
