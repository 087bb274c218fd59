#!/usr/bin/env python3
"""PyTorch checkpoints with the tensors that torch reads from them, and pickles that must be refused.

    python Tools/reference/pickle_goldens.py

Writes below Tests/NeedletailTensorTests/Fixtures/torch

    NAME.bin, NAME.safetensors   a checkpoint, and what torch.load reads from it
    sharded/                     two checkpoints with their index, and all tensors as golden.safetensors
    refused.json                 {"made_by", "cases": [{"name", "bytes" (base64), "code", "says": [...]}, ...]}
"""

import base64
import collections
import io
import json
import shutil
import struct
import zipfile

import torch
from safetensors.torch import save_file

from pickle_assembly import (
    FLOATS, archive, call, dictionary, integer, integers, list_of, machine, named, pickled, saved, saved_long_ago,
    short_text, storage, stream, tensor, text, tuple_of,
)
from provenance import REPOSITORY, metadata, write_json

FOLDER = REPOSITORY / "Tests/NeedletailTensorTests/Fixtures/torch"
ORIGIN = metadata(__file__, "torch")


def numbers(*shape, dtype=torch.float32, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64).mul(40).to(dtype)


def older_types():
    """Without the types that came after the older container, in which torch does not read them."""
    return {name: tensor for name, tensor in types().items() if name not in ("uint16", "uint32", "uint64")}


def types():
    return {
        "float64": numbers(2, 3, dtype=torch.float64), "float32": numbers(3, 2), "float16": numbers(5, dtype=torch.float16),
        "bfloat16": numbers(3, 1, dtype=torch.bfloat16), "int64": numbers(4, dtype=torch.int64),
        "int32": numbers(2, 2, dtype=torch.int32), "int16": numbers(3, dtype=torch.int16),
        "int8": numbers(7, dtype=torch.int8), "uint8": numbers(5).abs().to(torch.uint8), "bool": numbers(6) > 0,
        "uint16": torch.tensor([1, 65535], dtype=torch.uint16), "uint32": torch.tensor([2, 4294967295], dtype=torch.uint32),
        "uint64": torch.tensor([3, 2**64 - 1], dtype=torch.uint64),
    }


def shapes():
    shared = numbers(6, 4, seed=1)
    long = numbers(24, seed=2)
    return collections.OrderedDict(
        parameter=torch.nn.Parameter(numbers(2, 3, seed=3)), tied=shared, tied_too=shared, transposed=shared.T,
        rows=shared[2:5], column=shared[:, 1], steps=shared[1::2, ::3], permuted=long.view(2, 3, 4).permute(2, 0, 1),
        end=long[20:], windows=long.as_strided((3, 4), (2, 1), 5), half=numbers(4, 6, dtype=torch.float16, seed=4).T,
        bytes=numbers(3, 5, dtype=torch.int8, seed=5).T, wide=numbers(3, 2, dtype=torch.float64, seed=6).T,
        again=torch.tensor([1.0, 2.0, 3.0])[:1].expand(3, 1)[:1], scalar=torch.tensor(2.5), inner=long[7],
        none=torch.zeros(0, 4), flat=torch.zeros(3, 0).T, one=numbers(1, 1, 3, seed=7).transpose(0, 1),
        repeated=torch.tensor([4.0, 5.0, 6.0, 7.0]).as_strided((2, 2), (0, 1), 1),
    )


def module():
    """A state dict as modules give it, with `_metadata` on it, a buffer without dimensions and tied weights."""
    torch.manual_seed(8)
    layers = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2), torch.nn.Embedding(4, 2))
    layers.add_module("tied", torch.nn.Linear(2, 4))
    layers.tied.weight = layers[2].weight
    return layers.state_dict()


def wrapped(key):
    return {"epoch": 3, "loss": 0.25, "optimizer": {"state": {0: {"step": torch.tensor(1.0)}}, "betas": (0.9, 0.999)},
            key: module(), "none": None, "shape": torch.Size([2, 3])}


def old_python():
    """What Python 2 wrote: short strings, and an ordered dictionary from a list of lists."""
    key = storage("0", named("torch", "FloatStorage"), 6, b"N")
    pair = list_of(short_text("weight"), tensor(key))
    return stream(call(named("collections", "OrderedDict"), list_of(pair)))


def views():
    """Storages that are parts of others, as the first versions of PyTorch wrote them."""
    def part(key, start, length):
        return storage("0", named("torch", "FloatStorage"), 6, tuple_of(text(key), integer(start), integer(length)))

    return stream(dictionary(first=tensor(part("a", 0, 2), 0, (2,), (1,)), last=tensor(part("b", 3, 3), 1, (2,), (1,))))


def wide_end(table, end):
    """The ZIP64 end of a table of four records, and what says where it is."""
    return (struct.pack("<IQHHIIQQQQ", 0x06064B50, 44, 45, 45, 0, 0, 4, 4, end - table, table),
            struct.pack("<IIQI", 0x07064B50, 0, end, 1))


def wide_archive():
    """An archive with ZIP64 numbers, as those of more than 4 GB have them."""
    valid = archive(pickled(dictionary(w=tensor())))
    table, row, end = valid.index(b"PK\1\2"), valid.rindex(b"PK\1\2"), valid.index(b"PK\5\6")
    name_end = row + 46 + len("m/data/0")
    size = len(FLOATS)
    body = valid[:row + 20] + b"\xff" * 8 + valid[row + 28:row + 30] + struct.pack("<H", 20) + valid[row + 32:name_end]
    body += struct.pack("<HHQQ", 1, 16, size, size) + valid[name_end:end]
    wide, locator = wide_end(table, len(body))
    return body + wide + locator + valid[end:end + 12] + b"\xff" * 8 + valid[end + 20:]


def read(data, key=None, protocol=2):
    # torch's own restricted reader knows no operations of protocols 4 and 5.
    value = torch.load(io.BytesIO(data), weights_only=protocol < 4)
    value = value[key] if key else value
    return {name: tensor.detach().clone(memory_format=torch.contiguous_format) for name, tensor in value.items()}


def write_good():
    files = {
        "types": saved(types()), "shapes": saved(shapes()), "module": saved(module()), "wrapped": saved(wrapped("state_dict")),
        "wrapped-model": saved(wrapped("model_state_dict")), "empty": saved({}),
        "types-older": saved_long_ago(older_types()), "shapes-older": saved_long_ago(shapes()),
        "module-older": saved_long_ago(module()), "views-older": views(), "python2-older": old_python(),
        "wide": wide_archive(), "assembled": archive(pickled(dictionary(w=tensor()))),
    } | {f"protocol-{number}": saved(module(), pickle_protocol=number) for number in (3, 4, 5)}
    for name, data in files.items():
        (FOLDER / f"{name}.bin").write_bytes(data)
        key = {"wrapped": "state_dict", "wrapped-model": "model_state_dict"}.get(name)
        protocol = int(name[-1]) if name.startswith("protocol-") else 2
        save_file(read(data, key, protocol), FOLDER / f"{name}.safetensors", metadata=ORIGIN)


def write_sharded():
    folder = FOLDER / "sharded"
    folder.mkdir()
    tensors = dict(module())
    names = list(tensors)
    weights = {}
    for number, part in enumerate((names[:3], names[3:]), 1):
        file = f"pytorch_model-0000{number}-of-00002.bin"
        torch.save({name: tensors[name] for name in part}, folder / file)
        weights |= {name: file for name in part}
    size = sum(tensor.nbytes for tensor in tensors.values())
    index = {"metadata": {"total_size": size}, "weight_map": weights}
    (folder / "pytorch_model.bin.index.json").write_text(json.dumps(index, indent=2) + "\n")
    save_file({name: tensor.clone() for name, tensor in tensors.items()}, folder / "golden.safetensors", metadata=ORIGIN)


def calls():
    """Pickles that want something done. torch refuses them too."""
    whoami = tuple_of(text("echo owned"))
    body = dictionary(w=tensor())
    yield "os.system", named("os", "system") + whoami + b"R", ["os.system", "byte "]
    yield "posix.system", named("posix", "system") + whoami + b"R", ["posix.system"]
    yield "eval", named("builtins", "eval") + whoami + b"R", ["builtins.eval"]
    yield "eval of Python 2", named("__builtin__", "eval") + whoami + b"R", ["__builtin__.eval"]
    yield "getattr", named("builtins", "getattr") + tuple_of(named("os", "path"), text("x")) + b"R", ["builtins.getattr"]
    yield "subprocess", named("subprocess", "Popen") + whoami + b"R", ["subprocess.Popen"]
    yield "a call among tensors", dictionary(w=tensor(), v=named("os", "system") + whoami + b"R"), ["os.system"]
    yield "a call after the tensors", body + named("os", "system") + whoami + b"R", ["os.system"]
    yield "a global from the stack", text("os") + text("system") + b"\x93" + whoami + b"R", ["os.system"]
    yield "a dotted global", text("torch") + text("_utils._rebuild_tensor_v2.__globals__") + b"\x93", [
        "torch._utils._rebuild_tensor_v2.__globals__"]
    yield "a dotted module", named("torch._utils", "_rebuild_tensor_v2.__globals__"), ["__globals__"]
    yield "torch.load", named("torch.serialization", "load") + whoami + b"R", ["torch.serialization.load"]
    yield "torch.hub", named("torch.hub", "load") + whoami + b"R", ["torch.hub.load"]
    yield "torch.jit", named("torch.jit", "load") + whoami + b"R", ["torch.jit.load"]
    yield "a global with a space", named("os ", "system"), ["os .system"]
    yield "a global in capitals", named("Collections", "OrderedDict"), ["Collections.OrderedDict"]
    yield "a module's code", tuple_of(text("module"), named("torch.nn", "Linear"), text("x.py"), text("")) + b"Q", ["torch.nn.Linear"]
    yield "a module's name", tuple_of(text("module"), text("Linear"), text("x.py"), text("")) + b"Q", ["module"]
    yield "INST", b"(" + text("echo owned") + b"ios\nsystem\n", ["INST"]
    yield "OBJ", b"(" + named("collections", "OrderedDict") + b"o", ["OBJ"]
    yield "NEWOBJ_EX", named("torch", "Size") + b")}\x92", ["NEWOBJ_EX"]
    yield "EXT1", b"\x82\x01", ["EXT1"]
    yield "EXT2", b"\x83\x01\x00", ["EXT2"]
    yield "EXT4", b"\x84\x01\x00\x00\x00", ["EXT4"]
    yield "PERSID", b"Pstorage\n", ["PERSID"]
    yield "DUP", b"}2", ["DUP"]
    yield "POP", b"}0", ["POP"]
    yield "STRING", b"S'x'\n", ["STRING"]
    yield "INT", b"I1\n", ["INT"]
    yield "PUT", b"}p0\n", ["PUT"]
    yield "GET", b"}g0\n", ["GET"]
    yield "LONG4", b"\x8b\xff\xff\xff\x7f", ["LONG4"]
    yield "an operation that does not exist", b"\xff", ["number 255"]
    yield "a call of a dictionary", b"}" + whoami + b"R", ["calls a dictionary"]
    yield "a call of a text", text("os.system") + whoami + b"R", ["calls a text"]
    yield "attributes of a list", b"]}(" + text("__class__") + text("x") + b"ub", ["attributes of a list"]


def refused_calls():
    """Pickles that torch would carry out in part, and that nothing here needs."""
    yield "NEWOBJ", named("collections", "OrderedDict") + b")\x81", ["NEWOBJ"]
    yield "attributes of a tensor", dictionary(w=tensor() + tuple_of(integer(1)) + b"b"), ["attributes of a tensor"]
    yield "a storage that is called", named("torch", "FloatStorage") + tuple_of(integer(2**40)) + b"R", ["calls a type"]
    yield "negative values", dictionary(w=tensor(storage(), 0, (2, 3), (3, 1), dictionary(neg=b"\x88"))), ["negative"]
    yield "protocol 1", None, ["protocol 1"]
    yield "a quantised tensor", named("torch._utils", "_rebuild_qtensor"), ["torch._utils._rebuild_qtensor"]
    yield "a complex storage", named("torch", "ComplexFloatStorage"), ["torch.ComplexFloatStorage"]
    yield "an eight-bit float", named("torch", "float8_e4m3fn"), ["torch.float8_e4m3fn"]


def damaged_pickles():
    def w(*arguments):
        return dictionary(w=tensor(*arguments))

    def of(length, kind="FloatStorage", key="0"):
        return storage(key, named("torch", kind), length)

    big = 2**62
    yield "a text of 4 GB", b"X\xff\xff\xff\xff", ["4294967295 bytes"]
    yield "a text of 2⁶⁴ bytes", b"\x8d" + b"\xff" * 8, ["18446744073709551615 bytes"]
    yield "a text of 2⁶³ bytes", b"\x8d" + b"\0" * 7 + b"\x80", ["9223372036854775808 bytes"]
    yield "a long integer cut short", b"\x8a\xff", ["255 bytes"]
    yield "a frame of 2⁶⁴ bytes", b"\x95" + b"\xff" * 8, ["frame"]
    yield "a text that is not UTF-8", b"X\x02\0\0\0\xff\xfe", ["UTF-8"]
    yield "a global without an end", b"c" + b"a" * 70_0, ["255 bytes"]
    yield "a memo that was never kept", b"h\x07", ["recalls value 7"]
    yield "a far memo that was never kept", b"j\xff\xff\xff\xff", ["recalls value 4294967295"]
    yield "an empty stack", b"\x85", ["where there is none"]
    yield "a call of nothing", b")R", ["where there is none"]
    yield "a mark that is not there", b"t", ["mark"]
    yield "a value below a mark", b"}(\x85", ["where there is none"]
    yield "a key without a value", b"}(" + text("w") + b"u", ["key without a value"]
    yield "items of a list", b"](" + text("w") + integer(1) + b"u", ["items of a list"]
    yield "an element of a dictionary", b"}" + integer(1) + b"a", ["appends to a dictionary"]
    yield "no operation at all", b"", ["where there is none"]
    yield "a storage without a type", tuple_of(text("storage"), text("x"), text("0"), text("cpu"), integer(6)) + b"Q", ["storage without"]
    yield "a storage of a negative length", w(of(-1)), ["storage without"]
    yield "a storage of 2⁶² floats", w(of(big)), ["storage without"]
    yield "a storage longer than its record", w(of(7)), ["data/0", "24 bytes", "28"]
    yield "a storage shorter than its record", w(of(5)), ["data/0", "24 bytes", "20"]
    yield "a storage that is not there", w(of(6, key="1")), ["data/1"]
    yield "a storage outside the archive", w(of(6, key="../../../../etc/passwd")), ["data/../../../../etc/passwd"]
    yield "a storage that is the pickle", w(of(6, key="../data.pkl")), ["data/../data.pkl"]
    yield "a part outside its storage", w(storage("0", named("torch", "FloatStorage"), 6,
                                                  tuple_of(text("v"), integer(5), integer(2)))), ["part of a storage"]
    yield "a part of 2⁶² elements", w(storage("0", named("torch", "FloatStorage"), 6,
                                              tuple_of(text("v"), integer(1), integer(big)))), ["part of a storage"]
    yield "a tensor out of its storage", w(of(6), 1), ["tensor w", "out of its storage"]
    yield "an offset of 2⁶²", w(of(6), big), ["tensor w", "out of its storage"]
    yield "an offset below 0", w(of(6), -1), ["no shape"]
    yield "a shape of 2⁶²", w(of(6), 0, (big, 4), (4, 1)), ["tensor w", "out of its storage"]
    yield "strides of 2⁶²", w(of(6), 0, (2, 3), (big, big)), ["tensor w", "out of its storage"]
    yield "a negative size", w(of(6), 0, (-2, 3), (3, 1)), ["whole numbers"]
    yield "a negative stride", w(of(6), 5, (6,), (-1,)), ["whole numbers"]
    yield "a size of 2⁷⁰", w(of(6), 0, (2**70,), (1,)), ["whole numbers"]
    yield "a size that is a text", dictionary(w=call(
        named("torch._utils", "_rebuild_tensor_v2"), of(6), integer(0), tuple_of(text("x")), integers((1,)))), ["whole numbers"]
    yield "fewer strides than sizes", w(of(6), 0, (2, 3), (1,)), ["no shape"]
    yield "a thousand dimensions", w(of(6), 0, (1,) * 1000, (1,) * 1000), ["1000 dimensions"]
    yield "a tensor without a storage", dictionary(w=call(named("torch._utils", "_rebuild_tensor_v2"), b"N")), ["without storage"]
    yield "a tensor of half a storage", w(of(3, "DoubleStorage"), 2, (2,), (1,)), ["tensor w", "out of its storage of 3"]
    yield "a parameter of no tensor", dictionary(w=call(named("torch._utils", "_rebuild_parameter"), integer(1))), ["parameter"]
    yield "a dictionary of half pairs", call(named("collections", "OrderedDict"), list_of(list_of(text("a")))), ["no pairs"]
    yield "an empty tensor of 2⁶⁴ rows", w(of(6), 0, (big, 4, 0), (1, 1, 1)), ["tensor w", "impossible shape"]
    yield "an empty tensor out of its storage", w(of(6), 7, (0,), (1,)), ["tensor w", "out of its storage"]
    yield "a tensor twice", b"}(" + text("w") + tensor() + text("w") + tensor() + b"u", ["tensor w", "twice"]


def repeated():
    for name, arguments in {
        "an expanded tensor": (0, (4, 6), (0, 1)), "a scalar expanded to 10¹²": (0, (10**6, 10**6), (0, 0)),
        "a number expanded to 2⁶²": (0, (2**62,), (0,)), "expanded beyond 2⁶⁴": (0, (2**40, 2**40), (0, 0)),
        "overlapping windows": (0, (4, 3), (1, 1)),
    }.items():
        yield name, dictionary(w=tensor(storage(), *arguments)), ["tensor w", "repeats its elements"]


def other_values():
    yield "a list", list_of(tensor()), ["a list"]
    yield "a tensor alone", tensor(), ["a tensor"]
    yield "a text", text("weights"), ["a text"]
    yield "a dictionary of numbers", dictionary(epoch=integer(3), state_dict=integer(4)), ["epoch: an integer"]
    yield "a dictionary of dictionaries", dictionary(encoder=dictionary(w=tensor())), ["encoder: a dictionary"]
    yield "a dictionary that holds itself", b"}q\0" + text("state_dict") + b"h\0s", ["state_dict: a dictionary"]
    yield "lists that hold themselves", b"]q\0h\0ah\0ah\0a", ["a list"]
    yield "a thousand tuples deep", b")" + b"\x85" * 1000, ["a tuple"]
    # Each list holds the one before it ten times.
    yield "lists of lists of lists", b"]q\0" + b"".join(b"](" + bytes([104, n]) * 10 + b"eq" + bytes([n + 1]) for n in range(30)), ["a list"]


def edited(data, *changes):
    """The bytes with others in their place, each at an offset or where `bytes` first stand."""
    data = bytearray(data)
    for place, value in changes:
        place = data.index(place) if isinstance(place, bytes) else place
        data[place:place + len(value)] = value
    return bytes(data)


def damaged_archives():
    plain = pickled(dictionary(w=tensor()))
    valid = archive(plain)
    table = valid.index(b"PK\1\2")
    end = valid.index(b"PK\5\6")
    rows = [place for place in range(table, end) if valid[place:place + 4] == b"PK\1\2"]
    slip = archive(plain, **{"xx/yy": b"x"})
    deflated = archive(plain + b"\0" * 100, compression=zipfile.ZIP_DEFLATED)
    big = b"\xff\xff\xff\x7f"
    yield "an archive cut in half", valid[:len(valid) // 2], "malformed", ["truncated"]
    yield "an archive cut before its end", valid[:-1], "malformed", ["truncated"]
    yield "an archive of four bytes", valid[:4], "malformed", ["truncated"]
    yield "a table outside the file", edited(valid, (end + 16, big)), "malformed", ["truncated"]
    yield "a table that is too long", edited(valid, (end + 12, big)), "malformed", ["truncated"]
    yield "a table that begins too early", edited(valid, (end + 16, struct.pack("<I", table - 4)), (
        end + 12, struct.pack("<I", end - table + 4))), "malformed", ["damaged table"]
    yield "a row without its mark", edited(valid, (rows[1], b"XX")), "malformed", ["damaged table"]
    yield "a row that is too long", edited(valid, (rows[0] + 30, b"\xff\xff")), "malformed", ["damaged table"]
    yield "a compressed archive", deflated, "refused", ["record m/data.pkl", "compressed"]
    yield "a compressed record", edited(valid, (rows[3] + 10, b"\x08\0")), "refused", ["record m/data/0", "compressed"]
    yield "an encrypted record", edited(valid, (rows[3] + 8, b"\x01\0")), "refused", ["record m/data/0", "encrypted"]
    yield "two lengths of a record", edited(valid, (rows[3] + 20, b"\x01")), "malformed", ["record m/data/0", "length"]
    yield "a record of 2 GB", edited(valid, (rows[3] + 20, big * 2)), "malformed", ["record m/data/0", "2147483647"]
    yield "a record without ZIP64 numbers", edited(valid, (rows[3] + 20, b"\xff" * 8)), "malformed", ["damaged table"]
    yield "a record that reaches into the next", edited(valid, (rows[0] + 20, struct.pack("<II", table - 40, table - 40))), "malformed", [
        "record m/data.pkl", "what follows"]
    yield "two records at one place", edited(valid, (rows[3] + 42, valid[rows[0] + 42:rows[0] + 46])), "malformed", ["record m/data"]
    yield "a record without its header", edited(valid, (rows[3] + 42, b"\x01\0\0\0")), "malformed", ["record m/data", "no header"]
    yield "a record behind the file", edited(valid, (rows[3] + 42, big)), "malformed", ["record m/data/0"]
    for name in ("m/../yy", "m/xx/..", "../x/yy", "/m/x/yy", "m\\xx\\yy", "m//xxyy", "m/xx/y/"):
        yield f"a record {name}", slip.replace(b"m/xx/yy", name.encode()), "malformed", [f"record {name}", "leads out"]
    yield "a record in another folder", slip.replace(b"m/xx/yy", b"n/xx/yy"), "malformed", ["record n/xx/yy", "m/"]
    yield "a record without a folder", archive(plain, folder=""), "malformed", ["record data.pkl"]
    twice = archive(plain, **{"data/1": b"x"}).replace(b"m/data/1", b"m/data/0")
    yield "a record twice", twice, "malformed", ["record m/data/0", "twice"]
    yield "a name that is not UTF-8", slip.replace(b"m/xx/yy", b"m/xx/\xff\xff"), "malformed", ["damaged table"]
    yield "an archive without a pickle", archive(plain, **{"data.pkl": None}), "malformed", ["data.pkl"]
    yield "big-endian numbers", archive(plain, byteorder=b"big"), "refused", ["byteorder", "big"]
    yield "numbers of no order", archive(plain, byteorder=b"middle"), "refused", ["byteorder", "middle"]
    yield "a version to come", archive(plain, version=b"11\n"), "refused", ["version", "11"]
    yield "a version that is no number", archive(plain, version=b"x"), "refused", ["version", "x"]
    wide, locator = wide_end(table, end)
    huge = wide[:40] + b"\xff" * 16
    yield "a ZIP64 end that is not there", valid[:end] + wide + edited(locator, (8, b"\1")) + valid[end:], "malformed", ["ZIP64"]
    yield "a ZIP64 end far away", valid[:end] + wide + edited(locator, (8, b"\xff" * 8)) + valid[end:], "malformed", ["ZIP64"]
    yield "a ZIP64 table of 2⁶⁴ bytes", valid[:end] + huge + locator + valid[end:], "malformed", ["truncated"]


def damaged_streams():
    key = storage("0", named("torch", "FloatStorage"), 6, b"N")
    body = dictionary(w=tensor(key))
    valid = stream(body)
    other = dictionary(w=tensor(key), v=tensor(storage("0", named("torch", "FloatStorage"), 5, b"N"), 0, (5,), (1,)))
    yield "another magic number", stream(body, magic=2**75), "malformed", ["begins"]
    yield "a pickle that is no checkpoint", pickled(body), "malformed", ["begins"]
    yield "a pickle that calls first", pickled(named("os", "system") + tuple_of(text("true")) + b"R"), "refused", ["os.system", "byte 2"]
    yield "another version", stream(body, version=1002), "refused", ["1001"]
    yield "a big-endian machine", stream(body, system=machine(False)), "refused", ["little_endian"]
    yield "a machine that says nothing", stream(body, system=dictionary()), "refused", ["little_endian"]
    yield "storages that are no list", stream(body, keys=integer(1)), "malformed", ["list of storages"]
    yield "a storage that no tensor has", stream(body, (("0", 6, FLOATS), ("1", 6, FLOATS))), "malformed", ["no tensor has"]
    yield "a storage that is not listed", stream(body, ()), "malformed", ["storage 0"]
    yield "a storage listed twice", stream(body, (("0", 6, FLOATS), ("0", 6, FLOATS))), "malformed", ["storage 0", "twice"]
    yield "a storage of another length", stream(body, (("0", 5, FLOATS),)), "malformed", ["5 elements", "6"]
    yield "a storage of 2⁶³ elements", stream(body, (("0", -(2**63), FLOATS),)), "malformed", ["9223372036854775808 elements"]
    yield "a storage of two lengths", stream(other), "malformed", ["two lengths"]
    yield "storages cut off", valid[:-1], "malformed", ["storage 0", "truncated"]
    yield "storages cut away", valid[:-32], "malformed", ["storage 0", "truncated"]
    yield "keys cut off", valid[:-34], "malformed", ["truncated"]
    yield "a call in the storages' keys", stream(body, keys=named("os", "system") + tuple_of(text("true")) + b"R"), "refused", ["os.system"]
    yield "a call in the machine", stream(body, system=named("os", "system") + tuple_of(text("true")) + b"R"), "refused", ["os.system"]
    yield "an empty file", b"", "malformed", ["no PyTorch checkpoint"]
    yield "a web page", b"<html><body>404</body></html>", "malformed", ["no PyTorch checkpoint"]
    yield "a pointer to a large file", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n", "malformed", [
        "no PyTorch checkpoint"]


def refused():
    def packed(cases, code):
        for name, value, says in cases:
            data = b"\x80\x01N." if value is None else pickled(value)
            yield name, archive(data), code, says

    for number, (name, value, says) in enumerate(calls()):
        try:
            torch.load(io.BytesIO(archive(pickled(value))), weights_only=True)
        except Exception:
            pass
        else:
            raise SystemExit(f"{name}: torch takes it, so it is no call")
        yield name, stream(value), "refused", says
        if number < 4:
            yield f"{name}, in an archive", archive(pickled(value)), "refused", says
    yield from packed(refused_calls(), "refused")
    yield from packed(damaged_pickles(), "malformed")
    yield from packed(repeated(), "refused")
    yield from packed(other_values(), "mismatch")
    yield from damaged_archives()
    yield from damaged_streams()


def write_refused():
    if list(read(archive(pickled(dictionary(w=tensor()))))) != ["w"]:
        raise SystemExit("torch does not read what the cases are made of")
    cases = [{"name": name, "bytes": base64.b64encode(data).decode(), "code": code, "says": says}
             for name, data, code, says in refused()]
    names = [case["name"] for case in cases]
    if len(set(names)) != len(names):
        raise SystemExit("two cases have one name")
    write_json(FOLDER / "refused.json", ORIGIN | {"cases": cases})
    print(f"{len(cases)} refused files")


if __name__ == "__main__":
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    write_good()
    write_sharded()
    write_refused()
    sizes = sum(path.stat().st_size for path in FOLDER.rglob("*") if path.is_file())
    print(f"{sizes >> 10} KiB in {FOLDER.relative_to(REPOSITORY)}")
