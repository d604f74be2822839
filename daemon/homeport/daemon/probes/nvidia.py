"""NVIDIA's GPUs, through the driver's own library (NVML), guarded by a deadline.

A driver that is being updated, or a GPU that fell off its bus, can hang a call for ever.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

from homeport.client.wire import GpuView
from homeport.daemon.probes.guarded import Guarded, Hangs

log = logging.getLogger(__name__)

TIMEOUT_S = 2.0

NO_PACKAGE = (
    "The NVIDIA driver is here, but the package that asks it is not: "
    "`pip install 'homeport[nvidia]'`."
)
NO_DRIVER = "No NVIDIA driver was found."
SIGNS = ("/proc/driver/nvidia/version", "/dev/nvidiactl", "/dev/dxg")
"""One of these is there where Linux has the driver; the last one where Windows has it for Linux."""


class NvidiaReading(NamedTuple):
    """The GPUs, or why none is listed."""

    gpus: tuple[GpuView, ...] = ()
    note: str = ""


class NvidiaProbe:
    """Looks by a deadline."""

    def __init__(self, look: Callable[[], NvidiaReading], timeout_s: float = TIMEOUT_S) -> None:
        self._look = Guarded(look, timeout_s)
        self._timeout_s = timeout_s

    def __call__(self) -> NvidiaReading:
        """What was seen in time."""
        try:
            return self._look()
        except Hangs as hangs:
            late = f"did not answer in {self._timeout_s:g} s"
            told = "still does not answer" if hangs.still else late
            return NvidiaReading(note=f"The NVIDIA driver {told}.")
        except Exception:
            log.exception("the NVIDIA driver could not be asked")
            return NvidiaReading(note="The NVIDIA driver could not be asked.")


def look(nvml: Any = None) -> NvidiaReading:
    """Ask the driver now. `nvml` is the `pynvml` module, imported where it is not given."""
    if nvml is None and not _may_be_there():
        return NvidiaReading(note=NO_DRIVER)
    try:
        nvml = nvml or _imported()
    except ImportError:
        return NvidiaReading(note=NO_PACKAGE if _driver_is_there() else NO_DRIVER)
    try:
        nvml.nvmlInit()
    except nvml.NVMLError as refused:
        return NvidiaReading(note=_refusal(nvml, refused))
    try:
        count = nvml.nvmlDeviceGetCount()
        gpus = tuple(_gpu(nvml, nvml.nvmlDeviceGetHandleByIndex(n)) for n in range(count))
        return NvidiaReading(gpus, "" if gpus else "The NVIDIA driver reports no GPU.")
    except nvml.NVMLError as refused:
        return NvidiaReading(note=f"The NVIDIA driver failed: {refused}.")
    finally:
        nvml.nvmlShutdown()


def _may_be_there() -> bool:
    """Where Linux says that there is no driver, the package that asks it is not loaded."""
    return sys.platform != "linux" or any(map(os.path.exists, SIGNS))


def _imported() -> Any:
    import pynvml

    return pynvml


def _driver_is_there() -> bool:
    return os.path.exists(SIGNS[0])


def _refusal(nvml: Any, refused: Exception) -> str:
    absent = (nvml.NVMLError_LibraryNotFound, nvml.NVMLError_DriverNotLoaded)
    return NO_DRIVER if isinstance(refused, absent) else f"The NVIDIA driver refused: {refused}."


def _gpu(nvml: Any, handle: Any) -> GpuView:
    memory = _asked(nvml, nvml.nvmlDeviceGetMemoryInfo, handle)
    busy = _asked(nvml, nvml.nvmlDeviceGetUtilizationRates, handle)
    name = _asked(nvml, nvml.nvmlDeviceGetName, handle) or "NVIDIA GPU"
    return GpuView(
        name=name.decode() if isinstance(name, bytes) else name,
        memory_total_bytes=memory.total if memory else None,
        memory_free_bytes=memory.free if memory else None,
        utilisation=busy.gpu / 100 if busy else None,
        temperature_c=_asked(nvml, _temperature_of(nvml), handle),
    )


def _temperature_of(nvml: Any) -> Callable[[Any], Any]:
    return lambda handle: nvml.nvmlDeviceGetTemperature(handle, nvml.NVML_TEMPERATURE_GPU)


def _asked(nvml: Any, question: Callable[[Any], Any], handle: Any) -> Any:
    """None where this GPU does not know (a MIG slice has no utilisation)."""
    try:
        return question(handle)
    except nvml.NVMLError:
        return None


read_nvidia = NvidiaProbe(look)
"""The reader of this process."""
