"""Code that speaks into the channel between the answer and its check."""

from .case import answer


def say(words):
    """Write bytes into every connection that is open."""
    import os
    import stat

    for number in range(3, 256):
        try:
            if stat.S_ISSOCK(os.fstat(number).st_mode):
                os.write(number, words)
        except OSError:
            pass


@answer(uses=(say,))
def writes_nonsense(*arguments):
    """Write random bytes into every open connection."""
    import os

    say(os.urandom(1000))


@answer(uses=(say,))
def announces_a_huge_message(*arguments):
    """Announce as many bytes as a length can say, and send none."""
    import time

    say(b"\xff" * 8)
    time.sleep(600)


@answer(uses=(say,))
def sends_bombs(*arguments):
    """Send short messages that unpack to very much, or very deep."""
    bombs = (b"\xdd\xff\xff\xff\xff", b"\xdf\xff\xff\xff\xff", b"\x91" * 50_000, b"\x90" * 50_000)
    for bomb in bombs:
        for width in (4, 8):
            for order in ("big", "little"):
                say(len(bomb).to_bytes(width, order) + bomb)


@answer(uses=(say,))
def forges_an_answer(*arguments):
    """Send what looks like the end of a check that was passed."""
    import msgpack

    for each in (
        ["return", None],
        ["done"],
        {"scores": {"neuron_scores_check": 5.0}},
        [0, True],
        5.0,
    ):
        packed = msgpack.packb(each)
        for width in (4, 8):
            for order in ("big", "little"):
                say(len(packed).to_bytes(width, order) + packed)


@answer(uses=(say,))
def forges_numbers_that_collide(*arguments):
    """Send a set of numbers that a hash table cannot tell apart, without making that set."""
    from tito.sandbox import plain

    plain.Codec.encode = lambda *arguments, **settings: plain.msgpack.packb(
        plain.msgpack.ExtType(
            plain.SET,
            plain.msgpack.packb(
                [
                    plain.msgpack.ExtType(plain.INTEGER, hex(n * (2**61 - 1)).encode())
                    for n in range(100_000)
                ]
            ),
        )
    )


@answer(uses=(say,))
def speaks_drop_by_drop(*arguments):
    """Send a byte now and then, so that it is never silent for long."""
    import time

    while True:
        say(b"\0")
        time.sleep(0.2)


@answer(uses=(say,))
def floods(*arguments):
    """Send without end, as fast as the connection takes it."""
    while True:
        say(b"\0\0\0\1\xc0" * 200_000)


@answer()
def closes_every_file(*arguments):
    """Close every file, and wait."""
    import os
    import time

    os.closerange(0, 1024)
    time.sleep(600)


@answer(may_lose=("remove_neurons",))
def answers_twice(*arguments):
    """Fork, and let both processes answer."""
    import os

    os.fork()


@answer(may_lose=("remove_neurons",))
def rewrites_the_messenger(*arguments):
    """Find the functions that carry its answers, and put others in their place."""
    import gc
    import types

    for each in gc.get_objects():
        inside = isinstance(each, types.FunctionType) and "sandbox" in each.__code__.co_filename
        if inside and not each.__code__.co_freevars:
            each.__code__ = (lambda *arguments, **settings: b"\xc3").__code__
    return True
