"""What can go wrong with a request, named as the httpx API names it.

    Trouble
    ├── no byte of the request can have been sent
    │   ├── ConnectError           no connection could be made
    │   ├── ConnectTimeout         no connection in time
    │   ├── ProxyError             the proxy refused
    │   └── LocalProtocolError     the request cannot be sent as it is
    └── it counts as sent
        ├── ReadError              the connection broke before the answer was whole
        │   └── LinkLost           this machine lost the way there, or gave it up
        ├── ReadTimeout            the other end fell silent
        └── RemoteProtocolError    the answer is not HTTP, or over its bounds

The faces for `httpx2` and `httpx` raise the library's error of the same name, and
adapters read the name alone.
"""

from __future__ import annotations


class Trouble(Exception):
    """A request has no whole answer."""


class ConnectError(Trouble):
    """No connection could be made."""


class ConnectTimeout(Trouble):
    """No connection was made in time."""


class ProxyError(Trouble):
    """The proxy refused to connect."""


class LocalProtocolError(Trouble):
    """The request cannot be written as HTTP."""


class ReadError(Trouble):
    """The connection broke before the answer was whole."""


class LinkLost(ReadError):
    """This machine lost the way to the server, or its person chose to be offline."""


class ReadTimeout(Trouble):
    """The other end fell silent."""


class RemoteProtocolError(Trouble):
    """The answer is not HTTP, or over its bounds."""
