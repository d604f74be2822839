"""Ways out, read from the kernel's tables."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.daemon.probes.routes import (
    IPV4,
    IPV6,
    Reach,
    default_route,
    interface_up,
    judged,
    reach,
)

DATA = Path(__file__).parent / "data" / "routes"


def tables(ipv4=None, ipv6=None):
    files = {IPV4: ipv4, IPV6: ipv6}
    return lambda path: (DATA / f"{files[path]}.txt").read_text() if files[path] else None


@pytest.mark.parametrize(
    ("ipv4", "ipv6", "way_out"),
    [
        ("wired", None, True),
        ("empty", "wired6", True),
        (None, "wired6", True),
        ("empty", "loopback6", False),
        ("no-way-out", None, False),
        (None, "loopback6", False),
        (None, None, None),
    ],
)
def test_tables(ipv4, ipv6, way_out):
    assert default_route(tables(ipv4, ipv6)) is way_out


@given(st.text(), st.text())
def test_any_table_gives_an_answer(ipv4, ipv6):
    assert default_route({IPV4: ipv4, IPV6: ipv6}.get) in (True, False)


def test_this_machine_for_real_and_without_a_packet():
    sent = []
    sys.addaudithook(lambda event, args: sent.append(event) if event == "socket.connect" else None)
    found = reach({})
    assert found.interface in (True, False)
    assert found.way_out in (True, False, None)
    assert sent == []


def test_a_proxy_may_know_a_way_that_this_machine_does_not():
    proxy = {"HTTPS_PROXY": "http://proxy.lan:3128"}
    assert judged(True, False, {}) == Reach(True, False)
    assert judged(True, False, proxy) == Reach(True, None)
    assert judged(True, True, proxy) == Reach(True, True)
    assert judged(False, None, proxy) == Reach(False, False)


@pytest.mark.skipif(sys.platform != "linux", reason="namespaces are Linux")
def test_in_a_namespace_with_loopback_only():
    code = "from homeport.daemon.probes.routes import reach; print(tuple(reach({})))"
    isolated = ["unshare", "--net", "--map-root-user", sys.executable, "-c", code]
    done = subprocess.run(isolated, capture_output=True, text=True)
    if "unshare" in done.stderr:
        pytest.skip(f"no namespaces here: {done.stderr.strip()}")
    assert done.stdout.strip() == "(False, False)", done.stderr


def test_loopback_is_no_interface():
    up = interface_up()
    others = [name for _, name in socket.if_nameindex() if not name.startswith("lo")]
    assert up is False or others
