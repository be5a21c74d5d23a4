using System.Globalization;
using System.Xml;
using System.Xml.Linq;

namespace Graft.VectorStore.Objects.S3;

/// <summary>One answer to ListObjectsV2.</summary>
/// <param name="Entries">In the order of their names.</param>
/// <param name="IsLast">Whether nothing follows.</param>
internal sealed record S3Page(IReadOnlyList<ObjectInfo> Entries, bool IsLast)
{
    // Somebody else's names may hold characters that XML has no place for; ours do not.
    private static readonly XmlReaderSettings _settings = new() { CheckCharacters = false, DtdProcessing = DtdProcessing.Prohibit };

    /// <exception cref="XmlException">No such answer: whoever gave it does not speak S3.</exception>
    public static S3Page Parse(byte[] answer)
    {
        using var reader = XmlReader.Create(new MemoryStream(answer), _settings);
        var root = XDocument.Load(reader).Root!;
        return root.Name.LocalName == "ListBucketResult"
            ? new S3Page([.. root.Elements().Where(element => element.Name.LocalName == "Contents").Select(Entry)], Find(root, "IsTruncated") != "true")
            : throw new XmlException($"A list of objects was asked for, and <{root.Name.LocalName}> came.");
    }

    private static ObjectInfo Entry(XElement element) => new(
        Value(element, "Key"),
        long.Parse(Value(element, "Size"), CultureInfo.InvariantCulture),
        DateTimeOffset.Parse(Value(element, "LastModified"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal));

    private static string Value(XElement element, string name) =>
        Find(element, name) ?? throw new XmlException($"<{element.Name.LocalName}> has no <{name}>.");

    private static string? Find(XElement element, string name) =>
        element.Elements().FirstOrDefault(inner => inner.Name.LocalName == name)?.Value;
}
