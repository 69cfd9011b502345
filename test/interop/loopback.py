"""Keeps aiortc on 127.0.0.1: aioice skips that address when it gathers, and asks a public STUN server by default."""

import aioice.ice
from aiortc.rtcicetransport import RTCIceGatherer


def stay_on_loopback() -> None:
    aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: ["127.0.0.1"]
    RTCIceGatherer.getDefaultIceServers = classmethod(lambda cls: [])
