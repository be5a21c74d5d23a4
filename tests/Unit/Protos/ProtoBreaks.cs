using Google.Protobuf.Reflection;
using Label = Google.Protobuf.Reflection.FieldDescriptorProto.Types.Label;

namespace Graft.Tests.Unit.Protos;

/// <summary>
/// What would break a client built from older protos: something that is gone, or means something else under its old number or name.
/// Additions break nothing.
/// </summary>
internal static class ProtoBreaks
{
    public static IReadOnlyList<string> Find(IEnumerable<FileDescriptorProto> previous, IEnumerable<FileDescriptorProto> current)
    {
        var now = new Types(current);
        return [.. new Types(previous).All.SelectMany(type => Breaks(type.Key, type.Value, now))];
    }

    private static IEnumerable<string> Breaks(string name, object old, Types now) => now.All.GetValueOrDefault(name) switch
    {
        null => [$"{name} is gone."],
        DescriptorProto message when old is DescriptorProto before => Message(name, before, message),
        EnumDescriptorProto @enum when old is EnumDescriptorProto before => Enum(name, before, @enum),
        ServiceDescriptorProto service when old is ServiceDescriptorProto before => Service(name, before, service),
        _ => [$"{name} is of another kind now."],
    };

    private static IEnumerable<string> Message(string name, DescriptorProto old, DescriptorProto now)
    {
        foreach (var field in old.Field)
        {
            if (now.Field.FirstOrDefault(one => one.Number == field.Number) is not { } found)
            {
                var moved = now.Field.FirstOrDefault(one => one.Name == field.Name);
                yield return moved is null
                    ? $"{name}.{field.Name} = {field.Number} is gone; deprecate a field instead of removing it."
                    : $"{name}.{field.Name} had the number {field.Number} and has {moved.Number}; numbers stay for ever.";
                continue;
            }

            var (before, after) = (Describe(old, field), Describe(now, found));
            if (found.Name != field.Name)
            {
                yield return $"{name}: the number {field.Number} was {field.Name} and is {found.Name}; take a new number.";
            }
            else if (before != after)
            {
                yield return $"{name}.{field.Name} was {before} and is {after}; add a field instead.";
            }
        }
    }

    private static string Describe(DescriptorProto message, FieldDescriptorProto field)
    {
        var oneof = field is { HasOneofIndex: true, Proto3Optional: false } ? $" in oneof {message.OneofDecl[field.OneofIndex].Name}" : "";
        var many = field.Label == Label.Repeated ? "repeated " : field.Proto3Optional ? "optional " : "";
        return $"{many}{(field.TypeName.Length > 0 ? field.TypeName : field.Type.ToString().ToLowerInvariant())}{oneof}";
    }

    private static IEnumerable<string> Enum(string name, EnumDescriptorProto old, EnumDescriptorProto now) =>
        from value in old.Value
        let found = now.Value.FirstOrDefault(one => one.Number == value.Number)
        where found?.Name != value.Name
        select found is null ? $"{name}.{value.Name} = {value.Number} is gone." : $"{name}: {value.Number} was {value.Name} and is {found.Name}.";

    private static IEnumerable<string> Service(string name, ServiceDescriptorProto old, ServiceDescriptorProto now) =>
        from method in old.Method
        let found = now.Method.FirstOrDefault(one => one.Name == method.Name)
        where found is null || Describe(found) != Describe(method)
        select found is null
            ? $"{name}/{method.Name} is gone."
            : $"{name}/{method.Name} was {Describe(method)} and is {Describe(found)}; add a method instead.";

    private static string Describe(MethodDescriptorProto method) =>
        $"{(method.ClientStreaming ? "stream " : "")}{method.InputType} to {(method.ServerStreaming ? "stream " : "")}{method.OutputType}";

    /// <summary>Messages, enums and services by full name, those inside others too.</summary>
    private sealed class Types
    {
        public Types(IEnumerable<FileDescriptorProto> files)
        {
            foreach (var file in files)
            {
                Add(file.Package, file.MessageType, file.EnumType);
                foreach (var service in file.Service)
                {
                    All.Add($"{file.Package}.{service.Name}", service);
                }
            }
        }

        public Dictionary<string, object> All { get; } = [];

        private void Add(string scope, IEnumerable<DescriptorProto> messages, IEnumerable<EnumDescriptorProto> enums)
        {
            foreach (var message in messages)
            {
                All.Add($"{scope}.{message.Name}", message);
                Add($"{scope}.{message.Name}", message.NestedType, message.EnumType);
            }

            foreach (var one in enums)
            {
                All.Add($"{scope}.{one.Name}", one);
            }
        }
    }
}
