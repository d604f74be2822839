"""Every setting, declared once: its type, its default and its sentence.

The JSON schema, the commented sample and the table in this folder's README are
generated from these declarations. Secrets are never settings: `keys` names
where a secret is kept. Longer than other modules: every setting is found here.
"""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from homeport.policies.model import Mode, Place, Task

MIB = 1024 * 1024
DAY_S = 86_400

Dollars = Annotated[float, Meta(ge=0, le=1_000_000)]
Seconds = Annotated[float, Meta(gt=0, le=DAY_S)]


def is_web_address(text: str) -> bool:
    """Whether a request can be sent there."""
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


class Setting(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of every table of the config."""


class Listen(Setting, frozen=True):
    """Where programs reach the daemon."""

    tcp: Annotated[
        bool,
        Meta(description="Listen on loopback TCP too, with the token; counts at the next start."),
    ] = True
    port: Annotated[
        int,
        Meta(
            ge=0,
            le=65535,
            description="TCP port on 127.0.0.1, 0 lets the system choose; counts at the next "
            "start.",
        ),
    ] = 4663
    max_body_bytes: Annotated[
        int, Meta(ge=1024, le=1024 * MIB, description="Largest request body that is read.")
    ] = 32 * MIB
    max_requests: Annotated[
        int, Meta(ge=1, le=10_000, description="Prompts in flight at once; more get a 429.")
    ] = 256


class BudgetLimits(Setting, frozen=True):
    """What may be spent."""

    day_usd: Annotated[
        Dollars | None,
        Meta(description="Most that may be spent in a day; unset is no limit.", examples=[2.0]),
    ] = None
    month_usd: Annotated[
        Dollars | None,
        Meta(description="Most that may be spent in a month.", examples=[20.0]),
    ] = None
    week_usd: Annotated[
        Dollars | None,
        Meta(description="Most that may be spent from Monday to Sunday.", examples=[8.0]),
    ] = None
    session_usd: Annotated[
        Dollars | None,
        Meta(
            description="Most that one session may cost; a prompt outside of any is its own.",
            examples=[1.0],
        ),
    ] = None
    request_usd: Annotated[
        Dollars | None,
        Meta(description="Most that one prompt may cost, over all its attempts.", examples=[0.25]),
    ] = None
    server_tools_usd: Annotated[
        Dollars | None,
        Meta(
            description="Most that a provider's own tools may cost in one answer; unset, "
            "they are not used under a limit.",
            examples=[0.5],
        ),
    ] = None
    pace: Annotated[
        bool,
        Meta(
            description="Hold the month's money evenly: what it buys has to be worth more while "
            "it goes too fast."
        ),
    ] = False
    at_limit: Annotated[
        Literal["local", "refuse", "ask"],
        Meta(description="What happens at a limit: go on at home, refuse, or ask for a raise."),
    ] = "local"
    ask_wait_s: Annotated[
        Seconds, Meta(description="How long a prompt waits for a raise, if it is to ask for one.")
    ] = 60.0
    reply_cap: Annotated[
        int,
        Meta(
            ge=1,
            le=1_048_576,
            description="Output tokens reserved where the caller named no maximum.",
        ),
    ] = 8192
    survive_power_cuts: Annotated[
        bool,
        Meta(description="Sync each paid reservation to the disk; without, they survive a crash."),
    ] = True


class ScopedLimit(Setting, frozen=True):
    """What one provider, model, client or tag may cost."""

    scope: Annotated[
        Literal["provider", "model", "client", "tag"],
        Meta(description="What is limited.", examples=["client"]),
    ]
    name: Annotated[
        str,
        Meta(
            min_length=1,
            description="Which provider, model by its id, client or tag.",
            examples=["editor"],
        ),
    ]
    day_usd: Annotated[Dollars | None, Meta(description="Most for a day.", examples=[1.0])] = None
    week_usd: Annotated[
        Dollars | None, Meta(description="Most from Monday to Sunday.", examples=[4.0])
    ] = None
    month_usd: Annotated[Dollars | None, Meta(description="Most for a month.", examples=[10.0])] = (
        None
    )
    session_usd: Annotated[
        Dollars | None,
        Meta(description="Most for one session of a client or tag.", examples=[0.5]),
    ] = None
    request_usd: Annotated[
        Dollars | None,
        Meta(description="Most for one prompt of a client or tag.", examples=[0.1]),
    ] = None

    def __post_init__(self) -> None:
        single = self.session_usd is not None or self.request_usd is not None
        if single and self.scope in ("provider", "model"):
            raise ValueError("sessions and prompts are limited for a client or a tag")


class Alerting(Setting, frozen=True):
    """What you are told of money: at 50, 80, 95 and 100 % of a limit, once each."""

    desktop: Annotated[
        bool, Meta(description="Show alerts on the desktop, where it can show any.")
    ] = True
    webhook: Annotated[
        str,
        Meta(description="Address that alerts are sent to as JSON, such as one of a chat."),
    ] = ""
    hour_times: Annotated[
        float,
        Meta(
            ge=0,
            le=1000,
            description="An hour that costs more than so many times the usual is told; 0 is never.",
        ),
    ] = 5.0

    def __post_init__(self) -> None:
        if self.webhook and not is_web_address(self.webhook):
            raise ValueError("webhook has to start with https:// and name a host")


class Energy(Setting, frozen=True):
    """What answers on this machine take."""

    price_per_kwh: Annotated[
        Annotated[float, Meta(ge=0, le=100)] | None,
        Meta(
            description="US dollars for a kilowatt-hour; unset, no energy is measured.",
            examples=[0.32],
        ),
    ] = None
    battery_floor: Annotated[
        float,
        Meta(
            ge=0,
            le=1,
            description="On battery, with this share of it left or less, large models at home are "
            "left alone; 0 never does.",
            examples=[0.3],
        ),
    ] = 0.0


class LocalModels(Setting, frozen=True):
    """The embedded engine."""

    folders: Annotated[
        tuple[str, ...], Meta(description="Further folders in which GGUF files are looked for.")
    ] = ()
    scan_stores: Annotated[
        bool,
        Meta(description="Look into the llama.cpp, Hugging Face, LM Studio and Ollama stores."),
    ] = True
    default: Annotated[
        str, Meta(description="Id of the local model to prefer; empty leaves it to the ranking.")
    ] = ""
    context: Annotated[
        int, Meta(ge=256, le=1_048_576, description="Context window that models are run with.")
    ] = 8192
    threads: Annotated[
        int, Meta(ge=0, le=1024, description="CPU threads for a model; 0 takes the physical cores.")
    ] = 0
    gpu_layers: Annotated[
        int,
        Meta(
            ge=-1,
            le=10_000,
            description="Layers to put on the GPU; -1 puts all that the build can.",
        ),
    ] = -1
    idle_unload_s: Annotated[
        int, Meta(ge=1, le=30 * DAY_S, description="A model that was idle for so long is unloaded.")
    ] = 600
    max_loaded: Annotated[
        int, Meta(ge=1, le=64, description="Models kept loaded at once; the longest idle goes.")
    ] = 2


class OllamaServer(Setting, frozen=True):
    """The Ollama server."""

    enabled: Annotated[bool, Meta(description="Look for Ollama.")] = True
    url: Annotated[
        str, Meta(description="Its address; empty takes OLLAMA_HOST, else 127.0.0.1:11434.")
    ] = ""


class Server(Setting, frozen=True):
    """One server of models, at home or elsewhere."""

    name: Annotated[
        str,
        Meta(
            pattern="^[a-z0-9][a-z0-9-]{0,31}$",
            description="First part of its models' ids.",
            examples=["workbench"],
        ),
    ]
    url: Annotated[
        str,
        Meta(description="Base URL, up to and with /v1.", examples=["http://192.168.1.20:8000/v1"]),
    ]
    wire: Annotated[
        Literal["openai", "anthropic", "gemini"], Meta(description="What it speaks.")
    ] = "openai"
    place: Annotated[
        Place | None, Meta(description="Unset takes it from the address.", examples=["lan"])
    ] = None
    key: Annotated[
        str, Meta(description="Where its key is: env:NAME, keyring:NAME, file:PATH, command:LINE.")
    ] = ""
    keys: Annotated[
        tuple[str, ...],
        Meta(description="Where further keys of it are, used by turns as their limits allow."),
    ] = ()
    context: Annotated[
        Annotated[int, Meta(ge=256, le=16_777_216)] | None,
        Meta(description="Context window where the server does not say.", examples=[32768]),
    ] = None
    models: Annotated[
        tuple[str, ...], Meta(description="Offer these alone; empty offers all it lists.")
    ] = ()
    requests_per_minute: Annotated[
        Annotated[int, Meta(ge=1, le=1_000_000)] | None,
        Meta(
            description="How often it may be asked in a minute, all its models together.",
            examples=[60],
        ),
    ] = None
    tokens_per_minute: Annotated[
        Annotated[int, Meta(ge=1, le=1_000_000_000)] | None,
        Meta(
            description="Tokens that it takes in a minute, all its models together.",
            examples=[100_000],
        ),
    ] = None
    idempotency_header: Annotated[
        str,
        Meta(
            description="The header by whose key it knows a request again and answers it once; "
            "only where it says that it honours it.",
            examples=["Idempotency-Key"],
        ),
    ] = ""


class OwnModel(Setting, frozen=True):
    """What you know of a model; it stands above labels, price tables and guesses."""

    id: Annotated[
        str,
        Meta(
            description="Its id, or a pattern as in file names; of several, the first to say a "
            "thing says it.",
            examples=["workbench/law-*"],
        ),
    ]
    domain: Annotated[
        str,
        Meta(description="What it is made for; a prompt with the tag `domain:NAME` is its own."),
    ] = ""
    strengths: Annotated[tuple[Task, ...], Meta(description="Tasks that it is better at.")] = ()
    weaknesses: Annotated[tuple[Task, ...], Meta(description="Tasks that it is worse at.")] = ()
    ability: Annotated[
        Annotated[float, Meta(ge=0, le=100)] | None,
        Meta(
            description="The difficulty at which every second answer of it is good.",
            examples=[60.0],
        ),
    ] = None
    input_usd: Annotated[
        Dollars | None,
        Meta(description="US dollars for a million tokens of input.", examples=[0.2]),
    ] = None
    output_usd: Annotated[
        Dollars | None,
        Meta(description="US dollars for a million tokens of output.", examples=[0.6]),
    ] = None
    sure_of_price: Annotated[
        bool,
        Meta(description="These are meant, however far they are from the listed prices."),
    ] = False
    context: Annotated[
        Annotated[int, Meta(ge=256, le=16_777_216)] | None,
        Meta(description="Its context window, in tokens.", examples=[32768]),
    ] = None
    max_output: Annotated[
        Annotated[int, Meta(ge=1, le=16_777_216)] | None,
        Meta(description="The longest answer that it gives, in tokens.", examples=[4096]),
    ] = None
    requests_per_minute: Annotated[
        Annotated[int, Meta(ge=1, le=1_000_000)] | None,
        Meta(description="How often it may be asked in a minute.", examples=[60]),
    ] = None
    tokens_per_minute: Annotated[
        Annotated[int, Meta(ge=1, le=1_000_000_000)] | None,
        Meta(
            description="Tokens, of prompts and answers, that it takes in a minute.",
            examples=[100_000],
        ),
    ] = None
    at_once: Annotated[
        Annotated[int, Meta(ge=1, le=10_000)] | None,
        Meta(
            description="Answers that it gives at once; unset is 1 for the embedded engine and "
            "Ollama, and no bound for others.",
            examples=[4],
        ),
    ] = None


class Privacy(Setting, frozen=True):
    """What may leave."""

    trusted_hosts: Annotated[
        tuple[str, ...], Meta(description="Hosts of your own network that private prompts may use.")
    ] = ()


class Timeouts(Setting, frozen=True):
    """How long things may take, in seconds."""

    connect_s: Annotated[Seconds, Meta(description="To make a connection.")] = 2.0
    first_token_s: Annotated[
        Seconds, Meta(description="To the first token of an answer, at most.")
    ] = 60.0
    gap_s: Annotated[Seconds, Meta(description="Between two tokens, at most.")] = 30.0
    learned: Annotated[
        bool,
        Meta(description="Give up sooner on a model that is known to be quicker than that."),
    ] = True
    deadline_s: Annotated[Seconds, Meta(description="For one prompt, over all its attempts.")] = (
        600.0
    )
    drain_s: Annotated[
        float, Meta(ge=0, le=3600, description="For running answers when the daemon stops.")
    ] = 30.0


class Queue(Setting, frozen=True):
    """Prompts that wait for a model. They are let in by turns, one of each client."""

    waiting: Annotated[
        int,
        Meta(
            ge=1,
            le=10_000,
            description="Prompts of one client that wait for one model at most.",
        ),
    ] = 64


class Hedge(Setting, frozen=True):
    """Starting an answer in the cloud too, where one at home may be late: both may cost."""

    when: Annotated[
        Literal["off", "auto"],
        Meta(description="Never, or where an answer at home is predicted to be late."),
    ] = "off"
    after_s: Annotated[
        Seconds, Meta(description="How long the model at home has for its first word.")
    ] = 3.0
    late_s: Annotated[
        Seconds, Meta(description="The predicted end from which an answer is late.")
    ] = 20.0


class Tls(Setting, frozen=True):
    """Whom to believe about a server's name."""

    ca_file: Annotated[
        str,
        Meta(
            description="Certificates (PEM) that count beside the system's, such as a company's.",
            examples=["~/company-ca.pem"],
        ),
    ] = ""


class Probing(Setting, frozen=True):
    """How this machine is looked at."""

    interval_s: Annotated[
        float, Meta(ge=1, le=DAY_S, description="Between two looks at the machine and the models.")
    ] = 15.0
    local_ports: Annotated[
        bool, Meta(description="Look for model servers on the usual loopback ports.")
    ] = True
    metered: Annotated[
        Literal["auto", "yes", "no"],
        Meta(description="Whether the connection is paid for by volume; auto asks the system."),
    ] = "auto"


class Prices(Setting, frozen=True):
    """What cloud models cost: a list that is installed with the program, and `prices.toml`."""

    refresh: Annotated[
        bool,
        Meta(description="Fetch the newest list of genai-prices once a day, while online."),
    ] = False
    url: Annotated[
        str, Meta(description="Where the newest list is; left empty, that of its makers.")
    ] = ""

    def __post_init__(self) -> None:
        safe = self.url.startswith(("https://", "http://127.0.0.1:")) and is_web_address(self.url)
        if self.url and not safe:
            raise ValueError("url has to start with https://, so that nobody changes prices")


class Storage(Setting, frozen=True):
    """What is kept of answers, so that a program can go on from one (`previous_response_id`)."""

    responses_days: Annotated[
        float,
        Meta(
            ge=0,
            le=3650,
            description="An answer that was unused for so long is forgotten; 0 keeps none.",
        ),
    ] = 30.0
    responses_count: Annotated[
        int, Meta(ge=1, le=1_000_000, description="Most answers that are kept.")
    ] = 10_000
    responses_bytes: Annotated[
        int, Meta(ge=1024, le=1024 * 1024 * MIB, description="Most bytes of them.")
    ] = 256 * MIB


class OutboxBounds(Setting, frozen=True):
    """Prompts that are kept until they can be sent."""

    off_peak: Annotated[
        str,
        Meta(
            description="Hours, by this machine's clock, in which what waits for them is sent.",
            examples=["22:00-06:00"],
        ),
    ] = ""
    at_once: Annotated[int, Meta(ge=1, le=64, description="Prompts that are sent at once.")] = 4
    metered: Annotated[
        bool, Meta(description="Send over a connection that is paid for by its volume too.")
    ] = False
    days: Annotated[
        float,
        Meta(gt=0, le=365, description="What waited for so long has failed; it can be sent again."),
    ] = 7.0
    items: Annotated[int, Meta(ge=1, le=1_000_000, description="Most prompts in it.")] = 10_000
    bytes: Annotated[
        int, Meta(ge=1024, le=64 * 1024 * MIB, description="Most bytes of them and their answers.")
    ] = 256 * MIB
    item_bytes: Annotated[
        int, Meta(ge=1024, le=1024 * MIB, description="Most bytes of one prompt.")
    ] = 8 * MIB

    def __post_init__(self) -> None:
        if self.off_peak:
            from homeport.daemon.outbox.hours import is_hours

            if not is_hours(self.off_peak):
                raise ValueError('off_peak has to be hours such as "22:00-06:00"')


class Cache(Setting, frozen=True):
    """Answers that are given again to the same prompt, for nothing."""

    exact: Annotated[
        bool,
        Meta(description="Give the answer to the very same prompt again; a prompt may say `on`."),
    ] = False
    near: Annotated[
        bool,
        Meta(description="Also to a prompt that says the same in other words, as far as is sure."),
    ] = False
    near_embedding: Annotated[
        str,
        Meta(
            description="An embedding model of this machine, by its id, that takes part in that: "
            "more wordings are known then. Empty asks none.",
        ),
    ] = ""
    near_least: Annotated[float, Meta(ge=0, le=1, description="Least cosine of its vectors.")] = 0.8
    any_temperature: Annotated[
        bool,
        Meta(description="Also where the temperature is not 0, so that answers would differ."),
    ] = False
    private: Annotated[
        bool, Meta(description="Also for private prompts; what is kept stays on this disk.")
    ] = False
    ttl_s: Annotated[
        int, Meta(ge=1, le=3650 * DAY_S, description="How long an answer is kept.")
    ] = DAY_S
    entries: Annotated[int, Meta(ge=1, le=1_000_000, description="Most answers that are kept.")] = (
        10_000
    )
    bytes: Annotated[
        int,
        Meta(ge=0, le=1024 * 1024 * MIB, description="Most bytes of them; 0 keeps none at all."),
    ] = 64 * MIB
    never: Annotated[
        tuple[str, ...], Meta(description="Tags of prompts whose answers are never kept.")
    ] = ("no-cache", "side-effect")


class Log(Setting, frozen=True):
    """The daemon's log."""

    level: Annotated[
        Literal["debug", "info", "warning", "error"], Meta(description="Least level written.")
    ] = "info"


class Terminal(Setting, frozen=True):
    """How the terminal interface looks and which keys it has; it reads this by itself."""

    theme: Annotated[
        Literal["dark", "light", "contrast", "plain"],
        Meta(description="Its colours; `plain` uses those of the terminal."),
    ] = "dark"
    keys: Annotated[
        dict[str, str],
        Meta(
            description="Other keys, by their ids as in `tui/README.md`.",
            examples=[{"thumbs-up": "plus", "thumbs-down": "minus"}],
        ),
    ] = {}


class Config(Setting, frozen=True):
    """The whole config file. One immutable generation."""

    mode: Annotated[
        Mode, Meta(description="Where prompts go by preference, if neither policy nor caller says.")
    ] = "prefer-local"
    policy: Annotated[
        str,
        Meta(
            pattern="^[a-z0-9][a-z0-9-]{0,31}$",
            description="The rules in force: `homeport policy list` shows what there is.",
        ),
    ] = "default"
    scorer: Annotated[
        str,
        Meta(
            description="Entry point of the group homeport.scorers that says how difficult a "
            "prompt is; empty measures it.",
        ),
    ] = ""
    on_cut: Annotated[
        Literal["continue", "restart", "error"],
        Meta(
            description="What becomes of an answer that is cut off: another model goes on with it, "
            "or begins it anew (where it is not streamed), or it ends in an error."
        ),
    ] = "continue"
    listen: Listen = Listen()
    budget: BudgetLimits = BudgetLimits()
    limit: Annotated[
        tuple[ScopedLimit, ...],
        Meta(description="Further limits of what may be spent, one [[limit]] each."),
    ] = ()
    alerts: Alerting = Alerting()
    energy: Energy = Energy()
    models: LocalModels = LocalModels()
    ollama: OllamaServer = OllamaServer()
    server: Annotated[
        tuple[Server, ...],
        Meta(description="Servers by their address, one [[server]] each."),
    ] = ()
    model: Annotated[
        tuple[OwnModel, ...],
        Meta(description="What you know of models, one [[model]] each."),
    ] = ()
    keys: Annotated[
        dict[str, str],
        Meta(
            description="Per provider, where its key is, as in server.key.",
            examples=[{"openai": "env:OPENAI_API_KEY"}],
        ),
    ] = {}
    aliases: Annotated[
        dict[str, str],
        Meta(
            description="Model names that programs ask for, and what they mean here.",
            examples=[{"gpt-4o": "auto"}],
        ),
    ] = {}
    privacy: Privacy = Privacy()
    timeouts: Timeouts = Timeouts()
    queue: Queue = Queue()
    hedge: Hedge = Hedge()
    tls: Tls = Tls()
    probing: Probing = Probing()
    prices: Prices = Prices()
    storage: Storage = Storage()
    cache: Cache = Cache()
    outbox: OutboxBounds = OutboxBounds()
    log: Log = Log()
    tui: Terminal = Terminal()
