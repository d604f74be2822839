"""Ways out, read from the kernel's tables."""

import json
import shutil
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
    PUBLIC_4,
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
        ("halves", None, True),
        ("one-half", None, False),
        ("all-but-private", "loopback6", True),
        ("empty", "halves6", True),
        ("empty", "site6", False),
        (None, None, None),
    ],
)
def test_tables(ipv4, ipv6, way_out):
    assert default_route(tables(ipv4, ipv6)) is way_out


def test_a_half_over_an_interface_that_is_down_leads_nowhere():
    assert default_route(tables("halves"), {"tun0", "eth0"}) is True
    assert default_route(tables("halves"), {"eth0"}) is False


@given(st.integers(0, 6).flatmap(lambda bits: st.permutations(range(2**bits))), st.data())
def test_a_default_route_in_parts_is_one_unless_a_quarter_of_it_is_missing(parts, data):
    size = 2**32 // len(parts)
    mask = (2**32 - size).to_bytes(4, sys.byteorder).hex()
    kept = [part * size for part in parts[: data.draw(st.integers(0, len(parts)))]]
    rows = [first.to_bytes(4, sys.byteorder).hex() for first in kept]
    table = "\n".join(["head", *(f"tun0 {row} 0 0001 0 0 0 {mask}" for row in rows)])
    led_to = sum(max(0, min(first + size, PUBLIC_4.size) - first) for first in kept)
    assert default_route({IPV4: table}.get) is (led_to > 0.75 * PUBLIC_4.size)


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


@pytest.mark.netns
@pytest.mark.skipif(sys.platform != "linux", reason="namespaces are Linux")
def test_in_a_namespace_with_loopback_only():
    assert in_a_namespace("print(json.dumps(reach({})))") == [False, False]


WAYS = [
    # What stands in the tables; what they say alone; and with a provider's numbers.
    ("", False, False),
    ("-4 route add default via 192.0.2.2", True, True),
    ("-4 route add 0.0.0.0/1 via 192.0.2.2", False, True),
    ("-4 route add 0.0.0.0/1 via 192.0.2.2, -4 route add 128.0.0.0/1 dev v0", True, True),
    ("-4 route add 104.18.6.192/32 via 192.0.2.2", False, True),
    ("-4 route add 203.0.113.0/24 via 192.0.2.2", False, False),
    ("-4 route add unreachable 104.18.6.192/32", False, False),
    ("-4 route add default via 192.0.2.2 table 77, -4 rule add table 77", False, True),
    ("-6 route add default via 2001:db8::2", True, True),
    ("-6 route add ::/1 via 2001:db8::2, -6 route add 8000::/1 dev v0", True, True),
    ("-6 route add 2606:4700::6812:6c0/128 via 2001:db8::2", False, True),
    ("-6 route add 2001:db8:9::/48 via 2001:db8::2", False, False),
    ("-4 route add 104.18.6.192/32 via 192.0.2.2, link set v1 down", False, False),
]
BESIDE = "link add w0 type veth peer name w1", "link set w0 up", "link set w1 up"
LOOK_AT_EACH = """
def ip(*orders):
    for order in filter(None, orders):
        subprocess.run(["ip", *order.split()], check=True, capture_output=True)

told = []
ip(*BESIDE)
for orders in WAYS:
    ip("link add v0 type veth peer name v1", "link set v0 up", "link set v1 up")
    ip("addr add 192.0.2.1/24 dev v0", "-6 addr add 2001:db8::1/64 dev v0 nodad")
    ip(*orders.split(", "))
    told.append([reach({}).way_out, reach({}, NUMBERS).way_out])
    for family in ("-4", "-6"):
        if "table 77" in orders and family in orders:
            ip(f"{family} rule del table 77", f"{family} route flush table 77")
    ip("link del v0", *["-4 route flush table main"] * ("unreachable" in orders))
print(json.dumps(told))
"""


@pytest.mark.netns
@pytest.mark.skipif(sys.platform != "linux", reason="namespaces are Linux")
def test_in_a_namespace_with_routes_of_every_kind():
    numbers = ["104.18.6.192", "2606:4700::6812:6c0"]
    given = (
        f"WAYS = {[orders for orders, _, _ in WAYS]!r}; NUMBERS = {numbers!r}; BESIDE = {BESIDE!r}"
    )
    told = in_a_namespace(f"{given}\n{LOOK_AT_EACH}")
    assert [(orders, *said) for (orders, _, _), said in zip(WAYS, told, strict=True)] == WAYS


ASK_AND_SEND = """
import pathlib, psutil, socket
pathlib.Path("/proc/sys/net/ipv6/conf/default/disable_ipv6").write_text("1")
for order in ["link add v0 type veth peer name v1", "link set v0 up", "link set v1 up",
              "addr add 192.0.2.1/24 dev v0", "route add 104.18.6.192/32 via 192.0.2.2"]:
    subprocess.run(["ip", *order.split()], check=True)
sent = lambda: psutil.net_io_counters(pernic=True)["v0"].packets_sent
before = sent()
told = [reach({}, ["104.18.6.192"]).way_out for _ in range(20)]
asking = sent() - before
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
    one.sendto(b"x", ("104.18.6.192", 443))
print(json.dumps([all(told), asking, sent() - before]))
"""


@pytest.mark.netns
@pytest.mark.skipif(sys.platform != "linux", reason="namespaces are Linux")
def test_asking_for_a_way_sends_nothing():
    found, asking, sending = in_a_namespace(ASK_AND_SEND)
    assert (found, asking) == (True, 0)
    assert sending > 0, "and the counter counts"


def in_a_namespace(program):
    """What a program that may change every route of its own network prints, as JSON."""
    prefix = ["unshare", "--net", "--map-root-user"]
    if not (shutil.which("unshare") and shutil.which("ip")):
        pytest.skip("namespaces need unshare and ip")
    cable = "ip link add v0 type veth peer name v1"
    tried = subprocess.run([*prefix, "sh", "-c", cable], capture_output=True, text=True)
    if tried.returncode:
        pytest.skip(f"no network namespaces here: {tried.stderr.strip()}")
    start = "import json, subprocess\nfrom homeport.daemon.probes.routes import reach\n"
    done = subprocess.run(
        [*prefix, sys.executable, "-c", start + program], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_loopback_is_no_interface():
    up = interface_up()
    others = [name for _, name in socket.if_nameindex() if not name.startswith("lo")]
    assert up is False or others
