"""Numbers and input of docs/model.md (sections 1 and 2), for model_twin.py: decimals as exact integers, and the raw
recordings as events in file order.
"""
import gzip
import json
from fractions import Fraction

UNIT = 10 ** 8

def scaled(text, scale):
    """A decimal text as an exact integer number of 1/scale."""
    value = Fraction(str(text)) * scale
    if value.denominator != 1:
        raise ValueError(f"{text} is not a whole number of 1/{scale}")
    return value.numerator

def real(text):
    return float.fromhex(text) if "x" in str(text) else float(text)

def units(text):
    """A market price or quantity; the fast path is the exchange's eight decimals."""
    return int(text[:-9] + text[-8:]) if text[-9:-8] == "." else scaled(text, UNIT)

def down(value, step):
    return value // step * step

def up(value, step):
    return -(-value // step) * step

def events(files):
    """Yields (stamp, kind, payload) in file order."""
    def levels_of(pairs):
        return [(units(pair[0]), units(pair[1])) for pair in pairs]

    for name in files:
        with gzip.open(name, "rt", encoding="utf-8") as lines:
            for line in lines:
                text, body = line.split(" ", 1)
                stamp, message = int(text) * {16: 1000, 19: 1}[len(text)], json.loads(body)
                stream, data = message.get("stream", ""), message.get("data")
                if "lastUpdateId" in message:
                    bids, asks = levels_of(message["bids"]), levels_of(message["asks"])
                    yield stamp, "snapshot", (None, message["lastUpdateId"], bids, asks)
                elif stream.endswith(("@depth@100ms", "@depth")):
                    yield stamp, "diff", (data["U"], data["u"], levels_of(data["b"]), levels_of(data["a"]))
                elif stream.endswith(("@trade", "@aggTrade")):
                    yield stamp, stream.split("@")[1], (units(data["p"]), units(data["q"]), data["m"])
                elif stream.endswith("@bookTicker"):
                    yield stamp, "quote", None
                else:
                    raise ValueError(f"not a line of the page: {line[:80]}")
