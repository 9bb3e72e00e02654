"""Which addresses a pull may connect to: pure rules over what a name resolved to."""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_KINDS = {
    "unspecified": "0.0.0.0/8",
    "private": "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16",
    "shared by a carrier's customers": "100.64.0.0/10",
    "loopback": "127.0.0.0/8",
    "link-local": "169.254.0.0/16",
    "for documentation": "192.0.2.0/24 198.51.100.0/24 203.0.113.0/24",
    "for protocols": "192.0.0.0/24 192.88.99.0/24",
    "for benchmarks": "198.18.0.0/15",
    "multicast": "224.0.0.0/4",
    "reserved": "240.0.0.0/4",
}
_IPV4 = tuple((IPv4Network(net), kind) for kind, nets in _KINDS.items() for net in nets.split())

_KINDS_6 = {
    "unspecified": "::/128",
    "loopback": "::1/128",
    "link-local": "fe80::/10",
    "private": "fc00::/7 fec0::/10",
    "multicast": "ff00::/8",
    "for documentation": "2001:db8::/32 3fff::/20",
    "for protocols": "2001::/23",
    "a tunnel to IPv4": "2002::/16 64:ff9b:1::/48",
}
_IPV6 = tuple((IPv6Network(net), kind) for kind, nets in _KINDS_6.items() for net in nets.split())
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")


def refusal(address: Address) -> str | None:
    """Say what kind of address this is if no pull may go there; None for a public one."""
    decoded = unwrapped(address)
    if isinstance(decoded, IPv4Address):
        return next((kind for network, kind in _IPV4 if decoded in network), None)
    kind = next((kind for network, kind in _IPV6 if decoded in network), None)
    return kind or (None if decoded in _GLOBAL_UNICAST else "reserved")


def unwrapped(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 one only carries to its destination, else itself."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped:
        return address.ipv4_mapped
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address


@dataclass(frozen=True, slots=True)
class Policy:
    """What a deployment allows beside public addresses: networks, and hosts wherever they lie.

    A host that is named may not lead to a link-local address: cloud providers keep secrets there.
    """

    networks: tuple[Network, ...] = ()
    hosts: frozenset[str] = frozenset()

    def refusal(self, host: str, address: Address) -> str | None:
        """Say what kind of address is refused for this host; None if a pull may go there."""
        kind = refusal(address)
        if kind is None or any(address in network for network in self.networks):
            return None
        return None if host in self.hosts and kind != "link-local" else kind


def policy(entries: Iterable[str]) -> Policy:
    """Read networks (`10.1.0.0/16`, `127.0.0.1`) and host names; raises ValueError."""
    networks, hosts = [], set()
    for entry in filter(None, (entry.strip().lower() for entry in entries)):
        try:
            networks.append(ip_network(entry))
        except ValueError:
            if "/" in entry or entry.replace(".", "").isdigit():
                raise ValueError("must be networks like 10.1.0.0/16 or host names") from None
            hosts.add(entry)
    return Policy(tuple(networks), frozenset(hosts))


def parsed(text: str) -> Address:
    """Read an address as the resolver wrote it."""
    return ip_address(text)
