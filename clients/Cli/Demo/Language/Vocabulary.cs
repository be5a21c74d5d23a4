using System.Text;

namespace Graft.Cli.Demo.Language;

/// <summary>The closed vocabulary of the micro world, one token a word. The order of the words is the order of their ids.</summary>
internal static class Vocabulary
{
    /// <summary>The largest number there is a word for.</summary>
    public const int MaxNumber = 40;

    public const string Pad = "<pad>";
    public const string End = "<eos>";
    public const string User = "<|user|>";
    public const string Assistant = "<|assistant|>";

    private const string Functions =
        "the a an in is are was has had have with each and to of on it he she they there then now so but . , : ? ; + - * = "
        + "how many does do what where which color eat eats lives live likes like see saw went home gives gave gets got buys bought "
        + "finds found loses lost sells sold more left total count from things more than less been happy sad big small old young friend "
        + "day night him her his by for all one two says said asks because plus minus times makes at walks runs sleeps put takes away "
        + "bring brings";

    private static readonly Dictionary<string, int> _ids = [];
    private static readonly List<byte[]> _bytes = [];
    private static readonly int _firstNumber;

    // Words that occur twice (the modifiers are function words too) keep their first id, so the ranges below need not be gapless.
    static Vocabulary()
    {
        foreach (var word in (string[])[Pad, End, User, Assistant])
        {
            Add(word);
        }

        _firstNumber = Count;
        for (var number = 0; number <= MaxNumber; number++)
        {
            Add(number.ToString());
        }

        Men = AddAll("tom bob sam leo max ben jon tim dan ned");
        Women = AddAll("mia ann eva zoe amy lil sue kim ida joy");
        Names = [.. Men, .. Women];
        Things = AddAll(
            "apples pears nuts eggs books pens cups balls coins cards stones shells toys hats keys stamps cakes plums beans flags");
        Containers = AddAll("boxes bags jars trays");
        Animals = AddAll(
            "fox cat dog cow hen pig owl bat ant bee rat elk emu yak ape cod eel crab frog toad "
            + "hare lion bear wolf deer goat lamb mole seal swan duck crow dove wren kite hawk newt wasp moth slug");
        Places = AddAll("forest river desert barn cave meadow swamp garden");
        Foods = AddAll("grass fish seeds leaves worms fruit corn meat");
        Colors = AddAll("red blue green brown white black grey gold");
        Weathers = AddAll("rain sun snow wind fog ice mud fire");
        AddAll(Functions);
        Modifiers = [Id("old"), Id("young"), Id("big"), Id("small")];
    }

    public static int Count => _bytes.Count;

    /// <summary>The words in the order of their ids.</summary>
    public static IEnumerable<string> Words => _bytes.Select(word => Encoding.UTF8.GetString(word));

    public static int[] Men { get; }

    public static int[] Women { get; }

    public static int[] Names { get; }

    public static int[] Things { get; }

    public static int[] Containers { get; }

    public static int[] Animals { get; }

    public static int[] Places { get; }

    public static int[] Foods { get; }

    public static int[] Colors { get; }

    public static int[] Weathers { get; }

    public static int[] Modifiers { get; }

    public static int Id(string word) => _ids[word];

    public static int Number(int value) =>
        value is >= 0 and <= MaxNumber ? _firstNumber + value : throw new ArgumentOutOfRangeException(nameof(value), value, "No word for it.");

    public static ReadOnlySpan<byte> Bytes(int id) => _bytes[id];

    private static int[] AddAll(string words) => [.. words.Split(' ').Select(Add)];

    private static int Add(string word)
    {
        if (!_ids.TryGetValue(word, out var id))
        {
            id = _bytes.Count;
            _ids.Add(word, id);
            _bytes.Add(Encoding.UTF8.GetBytes(word));
        }

        return id;
    }
}
