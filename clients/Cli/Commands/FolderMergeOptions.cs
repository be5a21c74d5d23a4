using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Graft.Merger.Folders;

namespace Graft.Cli.Commands;

/// <summary>The options of graft merge for folders.</summary>
internal sealed class FolderMergeOptions
{
    private readonly Option<string?> _base = new("--base") { Description = "Folders: the checkpoint the vectors are added to.", HelpName = "DIR" };
    private readonly Option<FolderVector[]> _vectors = new("--vector")
    {
        Description = "Folders: a vector as the difference of two, with its factor; may be given several times.",
        HelpName = "FT_DIR:PT_DIR@SCALE",
        CustomParser = ParseVectors,
    };

    private readonly Option<string?> _out = new("--out") { Description = "Folders: the folder to write; must be empty or not there yet.", HelpName = "DIR" };
    private readonly Option<long> _shard = new("--shard-size")
    {
        Description = "Folders: most bytes of a file of the result. [default: 5GB]",
        HelpName = "SIZE",
        CustomParser = ParseSize,
        DefaultValueFactory = _ => 5_000_000_000,
    };

    private readonly Option<bool> _hash = new("--hash-inputs")
    {
        Description = "Folders: put the SHA-256 of every input file into graft-merge.json; reads them once more.",
    };

    public IEnumerable<Option> All => [_base, _vectors, _out, _shard, _hash];

    /// <summary>Whether the command line is about folders.</summary>
    public bool AreUsed(CommandResult result) => All.Any(option => result.GetResult(option) is { Implicit: false });

    public string? Mistake(CommandResult result) =>
        result.GetResult(_base) is null || result.GetResult(_vectors) is null || result.GetResult(_out) is null
            ? "A merge of folders needs --base, --vector and --out."
            : null;

    public FolderMergeSettings Settings(ParseResult result, MergeOptions options)
    {
        var vectors = result.GetValue(_vectors) ?? [];
        return new FolderMergeSettings
        {
            Base = result.GetValue(_base)!,
            Vectors = [.. vectors.Select(vector => vector with { Scale = options.Scale(result, vector.Scale, vectors.Length) })],
            Output = result.GetValue(_out)!,
            Method = options.Method(result),
            TensorScales = options.TensorScales(result),
            DType = options.DType(result),
            CastInputs = options.CastInputs(result),
            ConfigFrom = options.ConfigFrom(result),
            TokenizerFrom = options.TokenizerFrom(result),
            ShardBytes = result.GetValue(_shard),
            HashInputs = result.GetValue(_hash),
        };
    }

    internal static FolderVector? Parse(string text)
    {
        // A folder's name may have an "@" in it; what follows the last one is a scale when it is a number.
        var (folders, scale) = (text, 1.0);
        var at = text.LastIndexOf('@');
        if (at >= 0 && double.TryParse(text.AsSpan(at + 1), NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
        {
            (folders, scale) = (text[..at], number);
        }

        int[] colons = [.. Enumerable.Range(1, Math.Max(0, folders.Length - 2)).Where(i => folders[i] == ':')];
        // ":" too, in other systems' drives: then the one between two folders that are there.
        var colon = colons.Length == 1 ? colons[0] : colons.FirstOrDefault(i => Directory.Exists(folders[..i]) && Directory.Exists(folders[(i + 1)..]));
        return colon > 0 && double.IsFinite(scale) && scale != 0 ? new FolderVector(folders[..colon], folders[(colon + 1)..], scale) : null;
    }

    internal static long? Size(string text)
    {
        (string Unit, long Bytes)[] units = [("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("KB", 1000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("", 1)];
        var (unit, bytes) = units.First(known => text.EndsWith(known.Unit, StringComparison.OrdinalIgnoreCase));
        return double.TryParse(text.AsSpan(0, text.Length - unit.Length), NumberStyles.Float, CultureInfo.InvariantCulture, out var count)
            && count * bytes is >= 1 and < long.MaxValue
            ? (long)(count * bytes)
            : null;
    }

    private static FolderVector[]? ParseVectors(ArgumentResult result)
    {
        List<FolderVector> vectors = [];
        foreach (var token in result.Tokens)
        {
            if (Parse(token.Value) is { } vector)
            {
                vectors.Add(vector);
            }
            else
            {
                result.AddError($"'{token.Value}' is no vector of two folders; write FT_DIR:PT_DIR or FT_DIR:PT_DIR@SCALE, with a number other than 0.");
            }
        }

        return [.. vectors];
    }

    private static long ParseSize(ArgumentResult result)
    {
        var text = result.Tokens[^1].Value;
        if (Size(text) is { } size)
        {
            return size;
        }

        result.AddError($"--shard-size is '{text}'; write a number of bytes with a unit, such as 5GB or 500MiB.");
        return 0;
    }
}
