# SPDX-License-Identifier: Apache-2.0
"""Which class plays which daemon."""

from . import charon, clients, libreswan, openiked

DAEMONS = {
    "strongswan": charon.Charon,
    "libreswan": libreswan.Pluto,
    "openiked": openiked.Iked,
    "vpnc": clients.Vpnc,
    "ike-scan": clients.IkeScan,
}


def daemon_of(scenario, role):
    """The class of the daemon at one end."""
    return DAEMONS[scenario.get(role, {}).get("daemon", "strongswan")]


def daemons_of(scenarios):
    """Every class that these scenarios need, each once, in the order of the table."""
    used = {daemon_of(item, role) for item in scenarios if item.real for role in ("initiator", "responder")}
    return [daemon for daemon in DAEMONS.values() if daemon in used]
