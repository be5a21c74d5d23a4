"""A Graft client in some 100 lines, for any language with gRPC: it knows an address and nothing else.

The messages come from the server itself (gRPC server reflection), so no generated code is needed; with the .proto files at hand,
protoc does the same ahead of time. Needs grpcio and protobuf.
"""

import hashlib

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

MESSAGE_BYTES = 1 << 20  # the store takes chunks of at most 1 MiB
SERVICES = ("VectorStoreService", "MergerService", "JobService")


def _message_class(descriptor):
    if hasattr(message_factory, "GetMessageClass"):
        return message_factory.GetMessageClass(descriptor)
    return message_factory.MessageFactory(descriptor.file.pool).GetPrototype(descriptor)


def _reflection_messages():
    """The two messages of grpc/reflection/v1alpha/reflection.proto, as far as they are needed here."""
    field = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(name="reflection.proto", package="grpc.reflection.v1alpha", syntax="proto3")
    request = file.message_type.add(name="ServerReflectionRequest")
    request.field.add(name="file_by_filename", number=3, type=field.TYPE_STRING, label=field.LABEL_OPTIONAL)
    request.field.add(name="file_containing_symbol", number=4, type=field.TYPE_STRING, label=field.LABEL_OPTIONAL)
    files = file.message_type.add(name="FileDescriptorResponse")
    files.field.add(name="file_descriptor_proto", number=1, type=field.TYPE_BYTES, label=field.LABEL_REPEATED)
    response = file.message_type.add(name="ServerReflectionResponse")
    response.field.add(
        name="file_descriptor_response", number=4, type=field.TYPE_MESSAGE, label=field.LABEL_OPTIONAL,
        type_name=".grpc.reflection.v1alpha.FileDescriptorResponse")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return [_message_class(pool.FindMessageTypeByName(f"{file.package}.{name}"))
            for name in ("ServerReflectionRequest", "ServerReflectionResponse")]


class Graft:
    def __init__(self, address, descriptors=None):
        """descriptors: a FileDescriptorSet (protoc --include_imports --descriptor_set_out) to be built from, instead of reflection."""
        self.channel = grpc.insecure_channel(address)
        self.pool = descriptor_pool.DescriptorPool()
        self._known = set()
        if descriptors is not None:
            for file in descriptor_pb2.FileDescriptorSet.FromString(descriptors).file:
                self.pool.Add(file)
            return
        self._Request, self._Response = _reflection_messages()
        for service in SERVICES:
            self._learn(file_containing_symbol=f"graft.v1.{service}")

    def message(self, name, /, **fields):
        """A new message, such as message("WriteHeader", sha256=..., size=...)."""
        return _message_class(self.pool.FindMessageTypeByName(f"graft.v1.{name}"))(**fields)

    def call(self, service, method, request, timeout=60):
        """Calls a method: with a message, or an iterator of messages where the client streams. An iterator where the server streams."""
        found = self.pool.FindServiceByName(f"graft.v1.{service}").methods_by_name[method]
        as_proto = descriptor_pb2.MethodDescriptorProto()
        found.CopyToProto(as_proto)
        kind = ("stream" if as_proto.client_streaming else "unary") + "_" + ("stream" if as_proto.server_streaming else "unary")
        stub = getattr(self.channel, kind)(
            f"/graft.v1.{service}/{method}",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=_message_class(found.output_type).FromString)
        return stub(request, timeout=timeout)

    def is_serving(self):
        """The standard health check; its messages are one field each."""
        check = self.channel.unary_unary("/grpc.health.v1.Health/Check", lambda text: text, lambda bytes_: bytes_)
        return check(b"", timeout=60) == b"\x08\x01"

    def store(self, content, dtype=0, parent=""):
        """Makes sure the store has these bytes; goes on where an earlier write stopped."""
        sha256 = hashlib.sha256(content).hexdigest()
        missing = self.call("VectorStoreService", "FindMissingContents", self.message("FindMissingContentsRequest", sha256s=[sha256]))
        if sha256 in missing.sha256s:
            state = self.call("VectorStoreService", "QueryWrite", self.message("QueryWriteRequest", sha256=sha256))
            if not state.complete:
                self.call("VectorStoreService", "WriteContent", self.parts(content, state.committed, dtype, parent))
        return sha256

    def parts(self, content, offset=0, dtype=0, parent="", sha256=None):
        """The messages of a write: a header, then the bytes from the offset on."""
        header = self.message(
            "WriteHeader", sha256=sha256 or hashlib.sha256(content).hexdigest(), size=len(content), offset=offset, dtype=dtype, parent=parent)
        yield self.message("WriteContentRequest", header=header)
        for begin in range(offset, len(content), MESSAGE_BYTES):
            yield self.message("WriteContentRequest", chunk=content[begin:begin + MESSAGE_BYTES])

    def read(self, sha256, offset=0, length=0):
        """The bytes of a content, or a range of them."""
        request = self.message("ReadContentRequest", sha256=sha256, offset=offset, length=length)
        content = b"".join(part.chunk for part in self.call("VectorStoreService", "ReadContent", request))
        if offset == 0 and length == 0 and hashlib.sha256(content).hexdigest() != sha256:
            raise ValueError(f"{sha256} came damaged")
        return content

    def run(self, method, recipe):
        """Starts a job of the merger, or attaches to it, and waits for its result: the digest of an artifact."""
        job = self.call("MergerService", method, self.message(f"{method}Request", recipe=recipe)).job
        for update in self.call("JobService", "WatchJob", self.message("WatchJobRequest", id=job.id), timeout=600):
            job = update.job
        outputs = {output.name: output.artifact for output in job.outputs}
        if "result" not in outputs:
            raise RuntimeError(f"{method} ended without a result: {job.error.message}")
        return outputs["result"]

    def _learn(self, **symbol):
        reflect = self.channel.stream_stream(
            "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
            request_serializer=lambda message: message.SerializeToString(), response_deserializer=self._Response.FromString)
        answer = next(reflect(iter([self._Request(**symbol)]), timeout=60))
        files = [descriptor_pb2.FileDescriptorProto.FromString(file) for file in answer.file_descriptor_response.file_descriptor_proto]
        given = {file.name: file for file in files}
        for file in files:
            self._add(file, given)

    def _add(self, file, given):
        if file.name in self._known:
            return
        self._known.add(file.name)
        for name in file.dependency:
            if name in given:
                self._add(given[name], given)
            elif name not in self._known:
                self._learn(file_by_filename=name)
        self.pool.Add(file)
