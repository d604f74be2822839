"""How warm the processor is, from what a kernel shows."""

import pytest

from homeport.daemon.probes.host import ThisHost
from homeport.daemon.probes.temperature import SENSORS, ZONES, sensor_temperature, temperature


class Kernel:
    """Files below `/sys`, by their paths."""

    system = "Linux"

    def __init__(self, **files):
        self.files = files

    def text(self, path):
        return self.files.get(path)

    def names(self, folder):
        below = {path.removeprefix(f"{folder}/").split("/")[0] for path in self.files}
        return tuple(sorted(name for name in below if name))


def sensor(name, value, number=0):
    folder = f"{SENSORS}/hwmon{number}"
    return {f"{folder}/name": f"{name}\n", f"{folder}/temp1_input": f"{value}\n"}


def zone(kind, value):
    folder = f"{ZONES}/thermal_zone0"
    return {f"{folder}/type": f"{kind}\n", f"{folder}/temp": f"{value}\n"}


@pytest.mark.parametrize(
    ("files", "degrees"),
    [
        (sensor("coretemp", 54000), 54.0),
        (sensor("nvme", 30000) | sensor("k10temp", 61250, 1), 61.25),
        (sensor("coretemp", "broken") | zone("x86_pkg_temp", 48000), 48.0),
        (zone("acpitz", -5000), -5.0),
        (zone("acpitz", 999_999), None),
        (zone("iwlwifi", 40000), None),
        ({}, None),
    ],
)
def test_what_the_sensors_say(files, degrees):
    assert temperature(Kernel(**files)) == degrees


def test_a_card_has_a_sensor_of_its_own():
    kernel = Kernel(**{"/card0/hwmon/hwmon3/temp1_input": "71000"})
    assert sensor_temperature(kernel, "/card0/hwmon") == 71.0
    assert sensor_temperature(kernel, "/card1/hwmon") is None


def test_elsewhere_it_is_unknown():
    kernel = Kernel()
    kernel.system = "Darwin"
    assert temperature(kernel) is None


def test_this_machine_answers_or_does_not_know():
    found = temperature(ThisHost())
    assert found is None or -40 < found < 150
