using System.Reflection;
using System.Security.Cryptography;
using System.Text.Json;
using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Artifacts.Safetensors;

namespace Graft.Merger.Folders;

/// <summary>
/// graft-merge.json: how a folder came to be. Loaders pass over it. Input files are told by name, size and the SHA-256 of their headers,
/// which costs nothing, and on demand by the SHA-256 of the whole.
/// </summary>
internal static class MergeRecord
{
    private const int Schema = 1;

    private static readonly JsonWriterOptions _options = new()
    {
        Indented = true,
        NewLine = "\n",
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <param name="settings">The merge.</param>
    /// <param name="inputs">Its folders.</param>
    /// <param name="digests">SHA-256 of each input file by its path; null for none.</param>
    public static byte[] Write(FolderMergeSettings settings, IEnumerable<InputFolder> inputs, IReadOnlyDictionary<string, Digest>? digests)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, _options))
        {
            json.WriteStartObject();
            json.WriteNumber("schema", Schema);
            json.WriteString("tool", $"graft {Version()}");
            WriteRecipe(json, settings);
            json.WriteStartArray("inputs");
            foreach (var folder in inputs)
            {
                WriteInput(json, folder, digests);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        bytes.WriteByte((byte)'\n');
        return bytes.ToArray();
    }

    private static string Version() => typeof(MergeRecord).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    private static void WriteRecipe(Utf8JsonWriter json, FolderMergeSettings settings)
    {
        json.WriteStartObject("recipe");
        json.WriteString("base", settings.Base);
        json.WriteStartArray("vectors");
        foreach (var vector in settings.Vectors)
        {
            json.WriteStartObject();
            json.WriteString("fine_tuned", vector.FineTuned);
            json.WriteString("pretrained", vector.Pretrained);
            json.WriteNumber("scale", vector.Scale);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        WriteMethod(json, settings.Method);
        json.WriteStartArray("tensor_scales");
        foreach (var scale in settings.TensorScales)
        {
            json.WriteStartObject();
            json.WriteString("pattern", scale.Pattern);
            json.WriteNumber("scale", scale.Scale);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("dtype", settings.DType?.ToString());
        json.WriteBoolean("cast_inputs", settings.CastInputs);
        json.WriteString("config_from", settings.ConfigFrom == Provenance.Base ? "base" : "fine-tuned");
        json.WriteString("tokenizer_from", settings.TokenizerFrom == Provenance.Base ? "base" : "fine-tuned");
        json.WriteEndObject();
    }

    private static void WriteMethod(Utf8JsonWriter json, MergeMethod method)
    {
        json.WriteStartObject("method");
        switch (method)
        {
            case MergeMethod.Ties ties:
                json.WriteString("name", "ties");
                json.WriteNumber("density", ties.Density);
                json.WriteNumber("lambda", ties.Lambda);
                break;
            case MergeMethod.Dare dare:
                json.WriteString("name", "dare");
                json.WriteNumber("drop", dare.Drop);
                json.WriteNumber("seed", dare.Seed);
                break;
            default:
                json.WriteString("name", method is MergeMethod.Interpolation ? "interpolation" : "linear");
                break;
        }

        json.WriteEndObject();
    }

    private static void WriteInput(Utf8JsonWriter json, InputFolder folder, IReadOnlyDictionary<string, Digest>? digests)
    {
        json.WriteStartObject();
        json.WriteString("folder", folder.Path);
        json.WriteStartArray("files");
        foreach (var file in folder.Weights)
        {
            json.WriteStartObject();
            json.WriteString("name", Path.GetFileName(file.Path));
            json.WriteNumber("size", new FileInfo(file.Path).Length);
            json.WriteString("header_sha256", HeaderDigest(file).ToString());
            if (digests is not null)
            {
                json.WriteString("sha256", digests[file.Path].ToString());
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    // Everything before the first tensor.
    private static Digest HeaderDigest(SafetensorsFile file)
    {
        using var handle = File.OpenHandle(file.Path);
        var header = new byte[file.Tensors.Count > 0 ? file.Tensors[0].Begin : RandomAccess.GetLength(handle)];
        for (var read = 0; read < header.Length;)
        {
            var more = RandomAccess.Read(handle, header.AsSpan(read), read);
            read = more > 0 ? read + more : throw Faults.FaultException.Corrupt($"{file.Path} has become shorter while it was read.");
        }

        return Digest.FromHash(SHA256.HashData(header));
    }
}
