"""Two processes never fetch one file at once."""

import os
import subprocess
import sys

import pytest

from homeport.daemon.download.lock import sole_download
from homeport.daemon.download.wanted import DownloadFailed


def test_the_second_is_refused_and_the_third_is_not(tmp_path):
    (tmp_path / "models").mkdir()
    target = tmp_path / "models" / "a.gguf"
    with sole_download(target):
        with pytest.raises(DownloadFailed, match="another process"), sole_download(target):
            pass
        with sole_download(tmp_path / "models" / "b.gguf"):
            pass
    with sole_download(target):
        pass
    assert os.listdir(tmp_path / "models") == []


def test_a_process_that_was_killed_holds_nothing(tmp_path):
    target = tmp_path / "a.gguf"
    code = (
        "import pathlib, sys, time\n"
        "from homeport.daemon.download.lock import sole_download\n"
        f"with sole_download(pathlib.Path({str(target)!r})):\n"
        "    print('held', flush=True); time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as holder:
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(DownloadFailed), sole_download(target):
            pass
        holder.kill()
    with sole_download(target):
        pass
