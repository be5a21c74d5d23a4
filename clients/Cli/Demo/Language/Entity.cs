namespace Graft.Cli.Demo.Language;

/// <summary>Who the facts are about: a modifier and an animal, "old fox", as one value beyond the ids of words.</summary>
internal static class Entity
{
    private const int Factor = 1 << 12;

    public static int Of(int modifier, int animal) => (modifier * Factor) + animal;

    public static bool Is(int value) => value >= Factor;

    public static int Modifier(int entity) => entity / Factor;

    public static int Animal(int entity) => entity % Factor;
}
