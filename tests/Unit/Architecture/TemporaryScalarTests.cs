using Graft.Evaluator;
using Graft.Modeling.Weights;
using Graft.Trainer;
using Mono.Cecil;
using TorchSharp;
using Xunit;

namespace Graft.Tests.Unit.Architecture;

/// <summary>
/// TorchSharp frees a temporary Scalar while an operation reads it, once in many thousand calls: an evaluation dies, or a number is wrong
/// (see <see cref="LastingScalar"/>). Where such temporaries are made is seen in the compiled code only, ours and TorchSharp's own.
/// </summary>
public sealed class TemporaryScalarTests
{
    private static readonly HashSet<string> _making = MakingTemporaries();

    public static TheoryData<Type> Services => [typeof(LastingScalar), typeof(TrainerHosting), typeof(EvaluatorHosting)];

    [Theory]
    [MemberData(nameof(Services))]
    public void No_service_makes_a_temporary_scalar_or_calls_what_makes_one(Type service) => Assert.Empty(
        from method in Methods(service)
        from called in Called(method)
        where IsConversion(called) || _making.Contains(called.FullName)
        select $"{method.DeclaringType.Name}.{method.Name} calls {called.DeclaringType.Name}.{called.Name}");

    [Fact]
    public void Operations_are_known_that_make_one_behind_the_scenes() => Assert.Superset(
        new HashSet<string> { "add", "add_", "square" },
        _making.Where(name => name.Contains("torch/Tensor::", StringComparison.Ordinal)).Select(name => name.Split("::")[1].Split('(')[0]).ToHashSet());

    // Until no method is added: what calls one that makes a temporary makes it too.
    private static HashSet<string> MakingTemporaries()
    {
        var methods = Methods(typeof(torch)).Where(method => method.DeclaringType.Name is not ("Scalar" or "ScalarExtensionMethods")).ToList();
        var making = methods.Where(method => Called(method).Any(called => IsConversion(called) || called.Name == "ToScalar")).Select(method => method.FullName).ToHashSet();
        for (var before = 0; before < making.Count;)
        {
            before = making.Count;
            making.UnionWith(methods.Where(method => Called(method).Any(called => making.Contains(called.FullName))).Select(method => method.FullName));
        }

        return making;
    }

    private static bool IsConversion(MethodReference method) => method is { Name: "op_Implicit", DeclaringType.Name: "Scalar" };

    private static IEnumerable<MethodReference> Called(MethodDefinition method) => method.Body.Instructions.Select(line => line.Operand).OfType<MethodReference>();

    private static IEnumerable<MethodDefinition> Methods(Type type) =>
        Types(AssemblyDefinition.ReadAssembly(type.Assembly.Location).MainModule.Types).SelectMany(found => found.Methods).Where(method => method.HasBody);

    private static IEnumerable<TypeDefinition> Types(IEnumerable<TypeDefinition> types) => types.SelectMany(type => Types(type.NestedTypes).Prepend(type));
}
