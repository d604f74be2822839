"""Which certificates a cloud's server is believed by.

Those of the system, unless the environment names others: `SSL_CERT_FILE`,
`SSL_CERT_DIR`, else `REQUESTS_CA_BUNDLE` or `CURL_CA_BUNDLE`, as other programs
read them. What the config names (`tls.ca_file`) counts beside either.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Mapping

FILES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
FOLDER = "SSL_CERT_DIR"


def tls_context(environment: Mapping[str, str], ca_file: str = "") -> ssl.SSLContext:
    """A context that asks for a valid certificate; reads files, so not for the loop.

    Raises OSError where a file is not there or holds no certificate.
    """
    context = _of_environment(environment) or _of_system()
    if ca_file:
        context.load_verify_locations(cafile=os.path.expanduser(ca_file))
    return context


def _of_environment(environment: Mapping[str, str]) -> ssl.SSLContext | None:
    named = next((environment[name] for name in FILES if environment.get(name)), "")
    folder = environment.get(FOLDER, "")
    if not named and not folder:
        return None
    if named and os.path.isdir(named):  # the bundle of requests may be a folder
        named, folder = "", named
    return ssl.create_default_context(cafile=named or None, capath=folder or None)


def _of_system() -> ssl.SSLContext:
    import httpx2

    return httpx2.create_ssl_context()
