"""Code that wants to talk to somebody. The listeners are the test's own, on this machine."""

from .case import in_cell


@in_cell(real=True)
def calls_a_server_on_this_machine(places):
    """Connect to a server that listens on 127.0.0.1."""
    import socket

    with socket.create_connection(("127.0.0.1", places["tcp_port"]), timeout=1) as line:
        return line.fileno()


@in_cell(real=True)
def calls_the_machines_own_address(places):
    """Connect to the address by which others know this machine."""
    import socket

    with socket.create_connection((places["address"], places["tcp_port"]), timeout=1) as line:
        return line.fileno()


@in_cell(real=True)
def calls_a_hidden_socket(places):
    """Connect to a socket that has no file, only a name in the network's namespace."""
    import socket

    with socket.socket(socket.AF_UNIX) as line:
        line.connect("\0" + places["abstract"])
        return line.fileno()


@in_cell(real=True)
def calls_a_socket_file(places):
    """Connect to a socket in the temporary folder, as databases and Docker have."""
    import socket

    with socket.socket(socket.AF_UNIX) as line:
        line.connect(places["socket_file"])
        return line.fileno()


@in_cell()
def sends_without_a_connection(places):
    """Send datagrams to this machine, as a leak by name resolution does."""
    import socket

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.sendto(b"hidden checks", (places["address"], places["udp_port"]))
        line.sendto(b"hidden checks", ("127.0.0.1", places["udp_port"]))
    return False  # the listener says whether they arrived


@in_cell()
def resolves_its_neighbours(places):
    """Ask for the address of this machine by its name."""
    import socket

    return [
        found[4][0]
        for found in socket.getaddrinfo(places["host"], 80)
        if not found[4][0].startswith("127.") and found[4][0] != "::1"
    ]


@in_cell()
def looks_for_network_cards(places):
    """Count the network cards."""
    import socket

    return [name for _, name in socket.if_nameindex() if name != "lo"]
