"""Which certificates a cloud's server is believed by."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from pathlib import Path

import pytest

from homeport.daemon.egress.certificates import tls_context
from homeport.daemon.egress.permits import Egress
from support.asks import ask, model_card
from support.certificates import Certificates, certificates
from support.encrypted import encrypted


@pytest.fixture
def own(tmp_path: Path) -> Certificates:
    return certificates(tmp_path)


def rehash(folder: Path) -> None:
    """Names the files by what they certify, as a folder of them has to be."""
    subprocess.run(["openssl", "rehash", str(folder)], check=True, capture_output=True)


async def reached(egress: Egress, port: int) -> int:
    """The status that a server over TLS answers with."""
    origin = f"https://localhost:{port}"
    answer = await egress.permit(ask(), model_card(), origin).send("GET", f"{origin}/", headers={})
    await egress.close()
    return answer.status


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
async def test_a_file_of_the_environment(own: Certificates, name: str) -> None:
    async with encrypted(own) as (port, _):
        assert await reached(Egress(environment={name: str(own.authority)}), port) == 200


@pytest.mark.parametrize("name", ["SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"])
async def test_a_folder_of_the_environment(own: Certificates, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "trusted"
    folder.mkdir()
    shutil.copy(own.authority, folder / "own.pem")
    await asyncio.to_thread(rehash, folder)
    async with encrypted(own) as (port, _):
        assert await reached(Egress(environment={name: str(folder)}), port) == 200


async def test_a_file_of_the_config_counts_beside_the_others(own: Certificates) -> None:
    async with encrypted(own) as (port, _):
        egress = Egress(environment={}, ca_file=lambda: str(own.authority))
        assert await reached(egress, port) == 200


async def test_a_file_of_the_config_can_come_later(own: Certificates) -> None:
    named: list[str] = [""]
    async with encrypted(own) as (port, heads):
        egress = Egress(environment={}, ca_file=lambda: named[0])
        with pytest.raises(Exception, match=r"certificate|connection"):
            await reached(egress, port)
        named[0] = str(own.authority)
        assert await reached(egress, port) == 200
        assert len(heads) == 1


def test_the_config_adds_to_the_system(own: Certificates) -> None:
    system = tls_context({}).cert_store_stats()["x509_ca"]
    both = tls_context({}, str(own.authority)).cert_store_stats()
    assert both["x509_ca"] >= system
    assert both["x509"] > 0


def test_a_file_that_is_missing_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"."):
        tls_context({}, str(tmp_path / "none.pem"))
