using System.Text.Json;

namespace Graft.Tests.Unit.Cli.Demo;

internal static class JsonLines
{
    public static List<JsonElement> Parse(string text)
    {
        Xunit.Assert.EndsWith("\n", text);
        return [.. text.TrimEnd('\n').Split('\n').Select(line => JsonElement.Parse(line))];
    }

    public static List<string> Texts(string text, string field) => [.. Parse(text).Select(line => line.GetProperty(field).GetString()!)];
}
