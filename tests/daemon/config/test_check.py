"""A config that is wrong: file, line, key and the nearest right one, for every problem in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.daemon.config.check import MAX_BYTES, MAX_PROBLEMS, parse
from homeport.daemon.config.errors import ConfigError
from homeport.daemon.config.settings import Config

SECRET = "sk-proj-abcdef0123456789abcdef0123456789"


def wrong(text):
    with pytest.raises(ConfigError) as caught:
        parse(text, "config.toml")
    return caught.value


def parsed(text):
    try:
        return parse(text, "config.toml"), ()
    except ConfigError as error:
        return None, error.problems


def test_an_empty_file_is_all_defaults():
    assert parse("", "config.toml") == Config()
    assert parse("\ufeffmode = 'balanced'", "config.toml").mode == "balanced"


def test_a_whole_config():
    config = parse(
        """
        mode = "local-only"
        [listen]
        port = 0
        [timeouts]
        connect_s = 1
        [[server]]
        name = "workbench"
        url = "http://192.168.1.20:8000/v1"
        key = "env:WORKBENCH_KEY"
        [aliases]
        "gpt-4o" = "auto"
        """,
        "config.toml",
    )
    assert (config.mode, config.listen.port, config.timeouts.connect_s) == ("local-only", 0, 1.0)
    assert config.server[0].name == "workbench"
    assert config.aliases == {"gpt-4o": "auto"}


@pytest.mark.parametrize(
    ("text", "line", "key", "nearest", "words"),
    [
        ("mode = 'x'\nlisten.prot = 3", 2, "listen.prot", "listen.port", "Did you mean"),
        ("\nport = 3", 2, "port", "listen.port", "is not a setting"),
        ("zzzzzz = 3", 1, "zzzzzz", "", "config show"),
        ("[listen]\nport = 'a'", 2, "listen.port", "", 'from 0 to 65535, not "a"'),
        ("[listen]\nport = 70000", 2, "listen.port", "", "not 70000"),
        ("[listen]\nport = true", 2, "listen.port", "", "not true"),
        ("[listen]\nport = 99999999999999999999", 2, "listen.port", "", "a huge number"),
        ("[budget]\n\nday_usd = nan", 3, "budget.day_usd", "", "not nan"),
        ("[timeouts]\ngap_s = inf", 2, "timeouts.gap_s", "", "at most 86400"),
        ("mode = 'prefer-locl'", 1, "mode", "prefer-local", 'Did you mean "prefer-local"?'),
        ("mode = 1979-05-27", 1, "mode", "", "a date or a time"),
        ("listen = 3", 1, "listen", "", "write `[listen]`"),
        ("server = 3", 1, "server", "", "double brackets"),
        ("[server]\nname = 'a'", 1, "server", "", "double brackets"),
        ("[models]\nfolders = ['a', 3]", 2, "models.folders.1", "", "not 3"),
        ("[aliases]\na = 3", 2, "aliases.a", "", "text in quotes"),
        ("\n[[server]]\nname = 'a'", 2, "server.0", "url", "number 1 needs `url`"),
        ("[[server]]\nname = 'a'\nurl = 'ftp://x'", 3, "server.0.url", "", "address such as"),
        ("[[server]]\nname = 'a'\nurl = 'http://x:y'", 3, "server.0.url", "", "address such as"),
        ("[[server]]\nname = 'a'\nurl = 'http://u:p@x'", 3, "server.0.url", "", "a password"),
        ("[[server]]\nname = 'A b'\nurl = 'http://x'", 2, "server.0.name", "", "lower-case"),
        (
            "[[server]]\nname = 'a'\nurl = 'http://x'\nidempotency_header = 'Host: x'",
            4,
            "server.0.idempotency_header",
            "",
            "a header that ends in",
        ),
        (
            "[[server]]\nname = 'a'\nurl = 'http://x'\nidempotency_header = 'x-api-key'",
            4,
            "server.0.idempotency_header",
            "",
            "a header that ends in",
        ),
        (
            "[[server]]\nname='a'\nurl='http://x'\nwire='gemini'\nidempotency_header='Key'",
            5,
            "server.0.idempotency_header",
            "",
            "alone",
        ),
        ("[[server]]\nname='a'\nurl='http://x'\nnam='b'", 4, "server.0.nam", "server.0.name", "?"),
        ("[ollama]\nurl = 'http://'", 2, "ollama.url", "", "127.0.0.1:11434"),
        ("mode = 'balanced'\nmode = 'balanced'", 2, "", "", "not valid TOML"),
        ("mode =", 1, "", "", "not valid TOML"),
        ('mode = """', 1, "", "", "not valid TOML"),
        ("port = " + "9" * 5000, 1, "", "", "thousands of digits"),
        ("a = " + "[" * 50_000, 0, "", "", "nested too deeply"),
        ("# " + "x" * MAX_BYTES, 0, "", "", "larger than 64 KiB"),
    ],
)
def test_each_problem_names_its_line_its_key_and_the_nearest(text, line, key, nearest, words):
    error = wrong(text)
    problem = next(found for found in error.problems if found.key == key)
    assert (problem.line, problem.nearest) == (line, nearest)
    assert words in problem.sentence
    assert error.path == "config.toml"
    assert error.status == 400


def test_ollama_takes_an_address_without_a_scheme():
    assert parse("[ollama]\nurl = '127.0.0.1:11434'", "c").ollama.url == "127.0.0.1:11434"


def test_two_servers_may_not_share_a_name():
    server = "[[server]]\nname = 'a'\nurl = 'http://x/v1'\n"
    error = wrong(server + server)
    assert (error.line, error.key) == (5, "server.1.name")


@pytest.mark.parametrize(
    ("text", "key", "words"),
    [
        ("[outbox]\noff_peak = '9-5'", "outbox", "hours such as"),
        ("[alerts]\nwebhook = 'chat'", "alerts", "https://"),
        ("[[limit]]\nscope = 'model'\nname = 'a'\nsession_usd = 1", "limit.0", "client or a tag"),
    ],
)
def test_what_a_table_refuses_as_a_whole_is_told_with_its_place(text, key, words):
    error = wrong(text)
    assert (error.line, error.key) == (1, key)
    assert words in error.sentence


def test_every_problem_is_reported_in_the_order_of_the_lines():
    error = wrong("[listen]\nprot = 1\nport = 'a'\n[budget]\nday_usd = -1\n[log]\nlevel = 'inf'\n")
    assert [problem.line for problem in error.problems] == [2, 3, 5, 7]
    assert error.sentence.endswith("(3 more problems in it.)")


def test_a_flood_of_problems_is_bounded():
    error = wrong("\n".join(f"k{number} = 1" for number in range(500)))
    assert len(error.problems) == MAX_PROBLEMS


@pytest.mark.parametrize(
    "text",
    [
        f"[keys]\nopenai = '{SECRET}'",
        f"[keys]\nopenai = ['{SECRET}']",
        f"[keys]\n{SECRET} = 3",
        f"{SECRET} = 3",
        f"[listen]\nport = '{SECRET}'",
        f"mode = '{SECRET}'",
        f"[[server]]\nname = 'a'\nurl = 'http://x'\nkey = '{SECRET}'",
        f"[[server]]\nname = 'a'\nurl = 'http://x'\nkeys = ['env:A', '{SECRET}']",
        f"[[server]]\nname = 'a'\nurl = 'http://x'\nkeys = '{SECRET}'",
        "[[server]]\nname = 'a'\nurl = 'http://x'\nkeys = 'hunter-2'",
        "[[server]]\nname = 'a'\nurl = 'http://x'\nkeys = [['hunter-2']]",
        "[alerts]\nwebhook = 'hooks.example.org/hunter-2'",
        f"[[server]]\nname = '{SECRET}'\nurl = 'http://x'",
        f"[[server]]\nname = 'a'\nurl = 'http://u:{SECRET}@x'",
        f"[[server]]\nname = 'a'\nurl = 'http://x?key={SECRET}'",
    ],
)
def test_a_secret_in_the_wrong_place_is_never_repeated(text):
    error = wrong(text)
    told = repr(error) + str(error) + repr(error.problems) + str(error.param)
    assert SECRET not in told
    assert "hunter" not in told


@pytest.mark.parametrize("address", ["https://", "https://[x", "https://x:99999/", "ftp://x"])
def test_a_webhook_is_an_address(address):
    assert "has to start with https:" in wrong(f"[alerts]\nwebhook = '{address}'").sentence
    assert "has to start with https:" in wrong(f"[prices]\nurl = '{address}'").sentence


def test_every_further_key_is_a_reference_too():
    server = "[[server]]\nname = 'a'\nurl = 'http://x'\n"
    (problem,) = wrong(f"{server}keys = ['env:A', 'keyring']").problems
    assert (problem.line, problem.key) == (4, "server.0.keys.1")
    assert parse(f"{server}keys = ['env:A', 'file:~/b']", "x").server[0].keys


@pytest.mark.parametrize("reference", ["env:", "keyring", "vault:x", "file:   "])
def test_a_key_must_be_a_reference(reference):
    error = wrong(f"[keys]\nopenai = '{reference}'")
    assert "homeport keys add openai" in error.sentence


@given(st.text(max_size=200))
def test_any_text_is_a_config_or_an_error(text):
    config, problems = parsed(text)
    assert isinstance(config, Config) or problems


VALUES = st.recursive(
    st.integers(-(2**80), 2**80) | st.booleans() | st.sampled_from(["'x'", "1.5", "nan", "[]"]),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=4,
)


@given(
    st.sampled_from(["listen", "budget", "models", "keys", "timeouts", "server", "log"]),
    st.sampled_from(["port", "day_usd", "folders", "openai", "gap_s", "name", "level"]),
    VALUES,
)
def test_any_value_anywhere_is_a_config_or_an_error(table, name, value):
    text = str(value).replace("True", "true").replace("False", "false").replace('"', "")
    _, problems = parsed(f"[{table}]\n{name} = {text}")
    assert all(0 <= problem.line <= 2 for problem in problems)


@pytest.mark.parametrize(
    ("lines", "line", "key", "said"),
    [
        ("id = 'a'\nstrengths = ['coding']", 3, "model.0.strengths.0", 'Did you mean "code"?'),
        ("id = 'a'\nabillity = 3", 3, "model.0.abillity", "`model.0.ability`"),
        ("id = 'a'\nability = 300", 3, "model.0.ability", "a number from 0 to 100"),
        ("domain = 'law'", 1, "model.0", "[[model]] number 1 needs `id`"),
        ("id = ' '", 2, "model.0.id", "means no model"),
        ("id = 'a'\ninput_usd = 1", 3, "model.0.input_usd", "needs `output_usd` beside it"),
        (
            "id = 'a'\ninput_usd = 0.0000025\noutput_usd = 1",
            *(3, "model.0.input_usd", '"a": `input_usd` = 0.0000025 is less than'),
        ),
        (
            "id = 'a'\ninput_usd = '€1.25'\noutput_usd = 1",
            *(3, "model.0.input_usd", "US dollars, and EUR is not converted."),
        ),
        (
            "id = 'a'\nstrengths = ['code']\nweaknesses = ['code']",
            *(4, "model.0.weaknesses", "cannot be both a strength and a weakness"),
        ),
        ("id = 'a'\n[[model]]\nid = 'a'", 4, "model.1.id", 'Two [[model]] have the id "a"'),
    ],
)
def test_what_is_wrong_with_a_model_of_ones_own(lines, line, key, said):
    problem = wrong(f"[[model]]\n{lines}\n").problems[0]
    assert (problem.line, problem.key) == (line, key)
    assert said in problem.sentence


@pytest.mark.parametrize(
    ("written", "advice"),
    [
        ("day_usd = 2,50", "write the number of US dollars alone, with a point: 2.5."),
        ("day_usd = $2 # mine", "write the number of US dollars alone, with a point: 2."),
        ("day_usd = 2 EUR", "amounts are in US dollars, and EUR is not converted."),
    ],
)
def test_an_amount_that_is_no_number_is_said_with_its_line(written, advice):
    found = wrong(f"mode = 'balanced'\n[budget]\n{written}\nmonth_usd = 3\n").problems[0]
    assert found.line == 3
    assert found.sentence == f"This is not valid TOML: `{written}` is no amount; {advice}"


def test_a_small_price_that_is_meant_is_taken():
    table = "[[model]]\nid = 'a'\ninput_usd = 0.0000025\noutput_usd = 1\nsure_of_price = true\n"
    assert parse(table, "c").model[0].input_usd == 0.0000025
