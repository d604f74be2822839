"""GPUs of each maker, and the sentence where there is none."""

import pytest

from homeport.daemon.probes.gpus import gpus
from support.recorded_host import RecordedHost


@pytest.mark.parametrize(
    ("name", "count", "words"),
    [
        ("workstation-nvidia", 1, ""),
        ("workstation-amd", 2, ""),
        ("mac", 1, "It shares the machine's memory."),
        ("mac-intel", 0, "Intel Mac"),
        ("laptop", 0, "No NVIDIA driver was found. The GPU in the Intel processor is not used."),
        ("board", 0, "No NVIDIA driver was found."),
        ("nvidia-hung", 0, "did not answer in 2 s"),
    ],
)
def test_what_is_found_and_why_not(name, count, words):
    found, note = gpus(RecordedHost(name))
    assert len(found) == count
    assert words in note
    assert bool(note) or found
