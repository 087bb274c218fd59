"""Checkpoints of PyTorch: those that torch saves, made the same every time, and others put together operation by
operation, so that they can lie. A value of those is the bytes of the operations that leave it on the stack.
"""

import io
import pickletools
import struct
import zipfile

import torch

MAGIC = 0x1950A86A20F9469CFC6C


def text(value):
    data = value.encode()
    return b"X" + struct.pack("<I", len(data)) + data


def short_text(value):
    """As Python 2 writes a text."""
    return b"U" + bytes([len(value)]) + value.encode()


def integer(value):
    if -(2**31) <= value < 2**31:
        return b"J" + struct.pack("<i", value)
    data = value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True)
    return b"\x8a" + bytes([len(data)]) + data


def tuple_of(*items):
    return b"(" + b"".join(items) + b"t"


def list_of(*items):
    return b"](" + b"".join(items) + b"e"


def integers(values):
    return tuple_of(*map(integer, values))


def named(module, name):
    return b"c" + f"{module}\n{name}\n".encode()


def call(function, *arguments):
    return function + tuple_of(*arguments) + b"R"


def dictionary(**items):
    return b"}(" + b"".join(text(key) + value for key, value in items.items()) + b"u"


def storage(key="0", kind=named("torch", "FloatStorage"), length=6, *rest):
    return tuple_of(text("storage"), kind, text(key), text("cpu"), integer(length), *rest) + b"Q"


def tensor(of=storage(), offset=0, shape=(2, 3), strides=(3, 1), *rest):
    hooks = call(named("collections", "OrderedDict"))
    return call(named("torch._utils", "_rebuild_tensor_v2"), of, integer(offset), integers(shape), integers(strides),
                b"\x89", hooks, *rest)


def pickled(value, protocol=2):
    return b"\x80" + bytes([protocol]) + value + b"."


FLOATS = struct.pack("<6f", *range(1, 7))


def archive(pickle, records=None, folder="m", compression=zipfile.ZIP_STORED, **more):
    """A checkpoint of PyTorch 1.6 and later; `more` are records beside the usual ones, `None` leaves one out."""
    contents = {"data.pkl": pickle, "byteorder": b"little", "version": b"3\n"}
    contents |= {f"data/{key}": value for key, value in (records if records is not None else {"0": FLOATS}).items()}
    contents |= more
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as target:
        for name, value in contents.items():
            if value is not None:
                # Without a date of its own, a record has the first that the format knows.
                info = zipfile.ZipInfo(f"{folder}/{name}" if folder else name)
                info.compress_type = compression
                target.writestr(info, value)
    return file.getvalue()


def machine(little_endian=True):
    sizes = dictionary(short=integer(2), int=integer(4), long=integer(4))
    return dictionary(protocol_version=integer(1001), little_endian=b"\x88" if little_endian else b"\x89",
                      type_sizes=sizes)


def stream(value, storages=(("0", 6, FLOATS),), magic=MAGIC, version=1001, system=machine(), keys=None):
    """A checkpoint from before PyTorch 1.6; a storage is its key, the length that it claims, and its bytes."""
    keys = list_of(*(text(key) for key, _, _ in storages)) if keys is None else keys
    parts = [integer(magic), integer(version), system, value, keys]
    return b"".join(map(pickled, parts)) + b"".join(struct.pack("<q", n) + data for _, n, data in storages)


def saved(value, **options):
    file = io.BytesIO()
    torch.save(value, file, **options)
    return file.getvalue()


def saved_long_ago(value):
    """In the older container, with storages numbered: torch names them by their addresses, which no two runs share."""
    data = saved(value, _use_new_zipfile_serialization=False)
    file = io.BytesIO(data)
    ends = []
    keys = []
    for _ in range(5):
        keys = [argument for operation, argument, _ in pickletools.genops(file) if operation.name == "BINUNICODE"]
        ends.append(file.tell())
    body = data[ends[2]:ends[3]]
    pieces = {}
    position = ends[4]
    widths = {key: width for key, width in storage_widths(body)}
    for key in keys:
        (length,) = struct.unpack_from("<q", data, position)
        size = 8 + length * widths[key]
        pieces[key] = data[position:position + size]
        position += size
    assert position == len(data)
    order = sorted(keys, key=lambda key: body.index(text(key)))
    for number, key in enumerate(order):
        body = body.replace(text(key), text(str(number)))
    return data[:ends[2]] + body + pickled(list_of(*(text(str(n)) for n in range(len(order))))) + b"".join(
        pieces[key] for key in order)


def storage_widths(body):
    """The key of each storage in a pickle, and the bytes of its elements."""
    widths = {}

    class Reader(torch._weights_only_unpickler.Unpickler):
        def persistent_load(self, identifier):
            _, kind, key, _, length, _ = identifier
            widths[key] = kind.dtype.itemsize if hasattr(kind, "dtype") else 1
            return torch.storage.TypedStorage(
                length, dtype=getattr(kind, "dtype", torch.uint8), _internal=True)

    Reader(io.BytesIO(body), encoding="ASCII").load()
    return widths.items()
