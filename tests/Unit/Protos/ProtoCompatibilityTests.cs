using Google.Protobuf.Reflection;
using Xunit;
using FieldType = Google.Protobuf.Reflection.FieldDescriptorProto.Types.Type;
using Label = Google.Protobuf.Reflection.FieldDescriptorProto.Types.Label;

namespace Graft.Tests.Unit.Protos;

/// <summary>
/// The protos against those of the last release (v1.binpb beside this file, a FileDescriptorSet): clients built from them go on
/// working. CONTRIBUTING.md says how to renew the file, which is done at a release and at no other time.
/// </summary>
public sealed class ProtoCompatibilityTests
{
    private const string Package = "graft.v1";

    private static FileDescriptorSet Previous =>
        FileDescriptorSet.Parser.ParseFrom(System.IO.File.ReadAllBytes(Path.Combine(SharedData.Repository, "tests", "Unit", "Protos", "v1.binpb")));

    private static IEnumerable<FileDescriptorProto> Current =>
        from type in typeof(V1.ArtifactReflection).Assembly.GetTypes()
        where type.Name.EndsWith("Reflection", StringComparison.Ordinal) && type.Namespace == typeof(V1.ArtifactReflection).Namespace
        select ((FileDescriptor)type.GetProperty("Descriptor")!.GetValue(null)!).ToProto();

    [Fact]
    public void Nothing_that_a_client_of_the_last_release_uses_has_changed()
    {
        var files = Previous.File.Where(file => file.Package == Package).ToList();

        Assert.True(files.Count >= 8 && files.Sum(file => file.Service.Sum(service => service.Method.Count)) > 30, "v1.binpb is not whole.");
        Assert.Empty(ProtoBreaks.Find(files, Current));
    }

    public static TheoryData<string, Action<FileDescriptorSet>> Breaking => new()
    {
        { "graft.v1.Job.kind = 2 is gone; deprecate", set => Message(set, "Job").Field.Remove(Field(set, "Job", "kind")) },
        { "graft.v1.Job.kind had the number 2 and has 99", set => Field(set, "Job", "kind").Number = 99 },
        { "graft.v1.Job: the number 2 was kind and is sort", set => Field(set, "Job", "kind").Name = "sort" },
        { "graft.v1.Job.kind was string and is bytes", set => Field(set, "Job", "kind").Type = FieldType.Bytes },
        { "graft.v1.Job.kind was string and is repeated string", set => Field(set, "Job", "kind").Label = Label.Repeated },
        { "graft.v1.WatchJobRequest is gone", set => File(set, "job").MessageType.Remove(Message(set, "WatchJobRequest")) },
        { "graft.v1.JobState.JOB_STATE_RUNNING = 1 is gone", set => State(set).Value.RemoveAt(1) },
        { "graft.v1.JobState: 1 was JOB_STATE_RUNNING and is JOB_STATE_BUSY", set => State(set).Value[1].Name = "JOB_STATE_BUSY" },
        { "graft.v1.JobService/WatchJob is gone", set => File(set, "job").Service[0].Method.Remove(Method(set, "WatchJob")) },
        { "graft.v1.JobService/WatchJob was .graft.v1.WatchJobRequest to stream", set => Method(set, "WatchJob").ServerStreaming = false },
        { "graft.v1.JobService/GetJob was .graft.v1.GetJobRequest to", set => Method(set, "GetJob").InputType = ".graft.v1.WatchJobRequest" },
        { "graft.v1.JobService is gone", set => File(set, "job").Service.Clear() },
    };

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(Breaking))]
    public void A_break_is_found_and_told(string told, Action<FileDescriptorSet> change)
    {
        var changed = Previous;
        change(changed);

        Assert.StartsWith(told, Assert.Single(ProtoBreaks.Find(Previous.File, changed.File)), StringComparison.Ordinal);
    }

    [Fact]
    public void Additions_break_nothing()
    {
        var more = Previous;
        Message(more, "Job").Field.Add(new FieldDescriptorProto { Name = "new", Number = 999, Type = FieldType.String, Label = Label.Optional });
        File(more, "job").MessageType.Add(new DescriptorProto { Name = "New" });
        File(more, "job").Service[0].Method.Add(new MethodDescriptorProto { Name = "New", InputType = ".graft.v1.New", OutputType = ".graft.v1.New" });
        State(more).Value.Add(new EnumValueDescriptorProto { Name = "JOB_STATE_NEW", Number = 99 });

        Assert.Empty(ProtoBreaks.Find(Previous.File, more.File));
    }

    private static FileDescriptorProto File(FileDescriptorSet set, string name) => set.File.Single(file => file.Name == $"graft/v1/{name}.proto");

    private static DescriptorProto Message(FileDescriptorSet set, string name) => File(set, "job").MessageType.Single(message => message.Name == name);

    private static FieldDescriptorProto Field(FileDescriptorSet set, string message, string name) => Message(set, message).Field.Single(field => field.Name == name);

    private static EnumDescriptorProto State(FileDescriptorSet set) => File(set, "job").EnumType.Single(one => one.Name == "JobState");

    private static MethodDescriptorProto Method(FileDescriptorSet set, string name) => File(set, "job").Service[0].Method.Single(method => method.Name == name);
}
