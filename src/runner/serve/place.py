"""Where the session listens, and under which names others may find it: the server tries them all."""

import os
import socket
import struct

TOLD_MAX = 300  # characters of names; they travel in one line of the driver's output
SIOCGIFADDR = 0x8915  # Linux


def addresses_to_bind(host):
    """As Spark's own pages: where SPARK_LOCAL_IP says or a loopback worker is; else everywhere."""
    address = _address_of(host)
    everywhere = "::" if ":" in address else ""  # that of IPv6 is that of both
    if _is_loopback(address) or (address and os.environ.get("SPARK_LOCAL_IP")):
        return address, everywhere  # when that one is not this machine's
    return (everywhere,)


def _address_of(host):
    """An IPv4 address if it has one; "" where there is none at all."""
    try:
        found = [entry[4][0] for entry in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)] if host else []
    except OSError:
        found = []
    return min(found, key=lambda address: ":" in address, default="")


def _is_loopback(address):
    return address.startswith("127.") or address == "::1"


def names(bound):
    """Of what is bound: the host's name and its addresses, the likeliest first."""
    if _is_loopback(bound):
        return []
    found = [bound] if bound not in ("0.0.0.0", "::") else _addresses()
    told = []
    for name in dict.fromkeys([socket.gethostname()] + found):
        if "," not in name and not name.startswith("127.") and len(",".join(told + [name])) <= TOLD_MAX:
            told.append(name)
    return told


def _addresses():
    """Of every interface; none where the system is not asked in this way."""
    found = []
    try:
        import fcntl
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
            for _, name in socket.if_nameindex():
                try:
                    told = fcntl.ioctl(any_socket, SIOCGIFADDR, struct.pack("256s", name.encode()[:15]))
                except OSError:  # it has none
                    continue
                found.append(socket.inet_ntoa(told[20:24]))
    except (ImportError, OSError):
        pass
    return found
