"""The driver's answers, its refusals, and its silence."""

import threading
from types import SimpleNamespace

import pytest

from homeport.client.wire import GpuView
from homeport.daemon.probes.nvidia import NO_DRIVER, NvidiaProbe, NvidiaReading, look
from support.polling import eventually


class Refused(Exception):
    """As NVML raises."""


class LibraryNotFound(Refused):
    """No driver."""


class DriverNotLoaded(Refused):
    """No driver, either."""


class Driver:
    """Speaks as `pynvml` does; scripted by keyword."""

    NVMLError = Refused
    NVML_TEMPERATURE_GPU = 0
    NVMLError_LibraryNotFound = LibraryNotFound
    NVMLError_DriverNotLoaded = DriverNotLoaded

    def __init__(self, *, names=("NVIDIA H100",), init=None, handle=None, utilisation=0.5):
        self.names, self.init, self.handle, self.busy = names, init, handle, utilisation
        self.open = 0

    def nvmlInit(self):  # noqa: N802
        if self.init:
            raise self.init
        self.open += 1

    def nvmlShutdown(self):  # noqa: N802
        self.open -= 1

    def nvmlDeviceGetCount(self):  # noqa: N802
        return len(self.names)

    def nvmlDeviceGetHandleByIndex(self, number):  # noqa: N802
        if self.handle:
            raise self.handle
        return number

    def nvmlDeviceGetName(self, handle):  # noqa: N802
        return self.names[handle]

    def nvmlDeviceGetMemoryInfo(self, handle):  # noqa: N802
        return SimpleNamespace(total=80, free=70)

    def nvmlDeviceGetTemperature(self, handle, sensor):  # noqa: N802
        if self.busy is None:
            raise Refused("not supported")
        return 61 + sensor

    def nvmlDeviceGetUtilizationRates(self, handle):  # noqa: N802
        if self.busy is None:
            raise Refused("not supported")
        return SimpleNamespace(gpu=self.busy * 100)


@pytest.mark.parametrize("name", ["NVIDIA H100", b"NVIDIA H100"])
def test_a_gpu(name):
    driver = Driver(names=(name,))
    assert look(driver) == NvidiaReading((GpuView("NVIDIA H100", 80, 70, 0.5, 61),))
    assert driver.open == 0


def test_what_a_gpu_does_not_know_is_unknown():
    (gpu,) = look(Driver(utilisation=None)).gpus
    assert (gpu.utilisation, gpu.temperature_c) == (None, None)


@pytest.mark.parametrize(
    ("driver", "note"),
    [
        (Driver(init=LibraryNotFound()), NO_DRIVER),
        (Driver(init=DriverNotLoaded()), NO_DRIVER),
        (Driver(init=Refused("no permission")), "The NVIDIA driver refused: no permission."),
        (Driver(handle=Refused("GPU is lost")), "The NVIDIA driver failed: GPU is lost."),
        (Driver(names=()), "The NVIDIA driver reports no GPU."),
    ],
)
def test_refusals_are_sentences(driver, note):
    assert look(driver) == NvidiaReading(note=note)
    assert driver.open == 0


def test_the_real_package_or_its_absence():
    reading = look()
    assert reading.gpus or reading.note.endswith(".")


def test_a_driver_that_hangs_is_left_alone_until_it_answers():
    release, looks = threading.Event(), []

    def slow_look():
        looks.append(1)
        release.wait()
        return NvidiaReading((GpuView("late"),))

    probe = NvidiaProbe(slow_look, timeout_s=0.05)
    assert "did not answer in 0.05 s" in probe().note
    assert "still does not answer" in probe().note
    assert len(looks) == 1
    release.set()
    eventually(lambda: probe().gpus == (GpuView("late"),))


def test_a_look_that_breaks_is_told():
    assert "could not be asked" in NvidiaProbe(lambda: 1 // 0)().note
