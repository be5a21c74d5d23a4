"""Uploads three checkpoints, extracts the difference of two, merges it into the third, downloads the result and compares it, bit for
bit, with the formula computed here: bf16(base + scale * (FT - PT)) in fp64, rounded once to nearest even.

    python3 round_trip.py 127.0.0.1:8080 [descriptors.binpb]

With a descriptor set the client is one that was built from those protos, older ones perhaps; without, the server tells its own.
Prints what it did as JSON; ends with 1 when anything is not as it should be.
"""

import json
import random
import struct
import sys

import grpc

from graft_client import Graft

CHECKPOINT = 1  # ARTIFACT_KIND_CHECKPOINT
BF16 = 4  # DTYPE_BF16
SCALE = 0.75
SHAPES = {"model.embed_tokens.weight": [50, 40], "model.norm.weight": [40], "lm_head.weight": [50, 40]}
BIG = "model.layers.0.mlp.up_proj.weight"
BLOCK, REPEATS = 2000, 2500  # 10 MB: three chunks of the store


def to_bf16(value):
    """The bf16 bits nearest to a float64, ties to even. Normal numbers and zero."""
    bits = struct.unpack(">Q", struct.pack(">d", value))[0]
    sign = bits >> 63 << 15
    if value == 0:
        return sign
    exponent = (bits >> 52 & 0x7FF) - 1023 + 127
    assert 0 < exponent < 255, value
    wide = exponent << 52 | bits & (1 << 52) - 1
    kept, rest, half = wide >> 45, wide & (1 << 45) - 1, 1 << 44
    return sign | kept + (rest > half or rest == half and kept & 1)


def from_bf16(bits):
    return struct.unpack(">f", struct.pack(">I", bits << 16))[0]


def pack(values):
    return struct.pack(f"<{len(values)}H", *values)


def count(shape):
    total = 1
    for extent in shape:
        total *= extent
    return total


def noise(size, seed, around=None):
    chance = random.Random(seed)
    if around is None:
        return [to_bf16(chance.gauss(0, 0.02)) for _ in range(size)]
    return [to_bf16(from_bf16(bits) + chance.gauss(0, 1e-3)) for bits in around]


def make(seed, around=None):
    """Tensors as lists of bf16 bits; the big one is a block that repeats, so that this stays quick."""
    sizes = {name: count(shape) for name, shape in SHAPES.items()} | {BIG: BLOCK}
    return {name: noise(size, f"{seed} {name}", around and around[name]) for name, size in sizes.items()}


def content_of(name, values):
    return pack(values) * (REPEATS if name == BIG else 1)


def put(graft, name, tensors, parent):
    """Stores a checkpoint; returns its digest and the digests of its tensors."""
    config = json.dumps({"model_type": "llama", "vocab_size": 50, "hidden_size": 40}).encode()
    artifact = graft.message("Artifact", kind=CHECKPOINT)
    artifact.files.add(path="config.json", size=len(config), sha256=graft.store(config))
    digests = {}
    for tensor in sorted(tensors):
        shape = SHAPES.get(tensor, [BLOCK, REPEATS])
        digests[tensor] = graft.store(content_of(tensor, tensors[tensor]), BF16, parent.get(tensor, ""))
        artifact.tensors.add(name=tensor, dtype=BF16, shape=shape, sha256=digests[tensor])
    response = graft.call("VectorStoreService", "PutArtifact", graft.message("PutArtifactRequest", artifact=artifact, name=name))
    return response.digest, digests


def interrupt(graft, content):
    """Sends a part of a content and goes away; returns how much of it has arrived for good."""
    sha256 = next(graft.parts(content)).header.sha256

    def committed():
        return graft.call("VectorStoreService", "QueryWrite", graft.message("QueryWriteRequest", sha256=sha256)).committed

    def parts():
        for number, part in enumerate(graft.parts(content, dtype=BF16)):
            if number == 7:
                break
            yield part
        while committed() == 0:
            pass
        call.cancel()

    call = graft.channel.stream_unary(
        "/graft.v1.VectorStoreService/WriteContent", lambda message: message.SerializeToString(), lambda bytes_: bytes_
    ).future(parts(), timeout=60)
    try:
        call.result()
    except grpc.FutureCancelledError:
        pass
    return committed()


def refused(graft, action):
    """The status of a call that must fail, and whether it comes with details for machines (google.rpc.Status)."""
    try:
        action()
    except grpc.RpcError as error:
        return error.code().name, any(key == "grpc-status-details-bin" for key, _ in error.trailing_metadata())
    return "OK", False


def main():
    graft = Graft(sys.argv[1], open(sys.argv[2], "rb").read() if len(sys.argv) > 2 else None)
    pretrained = make("PT")
    fine_tuned = make("FT", pretrained)
    base = make("base")

    arrived = interrupt(graft, content_of(BIG, pretrained[BIG]))
    pt, parent = put(graft, "foreign/PT", pretrained, {})
    ft, _ = put(graft, "foreign/FT", fine_tuned, parent)
    target, _ = put(graft, "foreign/base", base, {})

    vector = graft.run("Extract", graft.message("ExtractRecipe", fine_tuned=ft, pretrained=pt))
    recipe = graft.message("MergeRecipe", base=target, config_from=1, tokenizer_from=1)
    recipe.vectors.add(vector=vector, scale=SCALE)
    merged = graft.run("Merge", recipe)
    again = graft.run("Merge", recipe)

    wrong, elements = [], 0
    artifact = graft.call("VectorStoreService", "GetArtifact", graft.message("GetArtifactRequest", reference=merged)).artifact
    for tensor in artifact.tensors:
        values = zip(base[tensor.name], fine_tuned[tensor.name], pretrained[tensor.name])
        expected = content_of(
            tensor.name, [to_bf16(from_bf16(b) + SCALE * (from_bf16(f) - from_bf16(p))) for b, f, p in values])
        found = graft.read(tensor.sha256)
        elements += len(found) // 2
        if found != expected or graft.read(tensor.sha256, 10, 50) != expected[10:60]:
            wrong.append(tensor.name)

    report = {
        "serving": graft.is_serving(),
        "resumed_from": arrived,
        "vector": vector,
        "merged": merged,
        "same_again": merged == again,
        "tensors": len(artifact.tensors),
        "elements": elements,
        "wrong": wrong,
        "wrong_digest": refused(graft, lambda: graft.call(
            "VectorStoreService", "WriteContent", graft.parts(b"abc", sha256="0" * 64))),
        "missing_artifact": refused(graft, lambda: graft.call(
            "VectorStoreService", "GetArtifact", graft.message("GetArtifactRequest", reference="foreign/none"))),
    }
    print(json.dumps(report))
    return 1 if wrong or elements == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
