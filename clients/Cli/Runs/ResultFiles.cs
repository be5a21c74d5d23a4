using System.Text;
using Graft.Cli.Report;

namespace Graft.Cli.Runs;

/// <summary>results.json and report.html in a folder; each is there whole or not at all.</summary>
internal static class ResultFiles
{
    public const string Json = "results.json";
    public const string Html = "report.html";

    /// <returns>Their paths.</returns>
    public static async Task<IReadOnlyList<string>> WriteAsync(string folder, Results results, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        return
        [
            await WriteAsync(Path.Combine(folder, Html), HtmlReport.Render(results), cancellationToken),
            await WriteAsync(Path.Combine(folder, Json), ResultsJson.Write(results), cancellationToken),
        ];
    }

    private static async Task<string> WriteAsync(string path, string text, CancellationToken cancellationToken)
    {
        var temporary = $"{path}.{Environment.ProcessId}.tmp";
        try
        {
            await File.WriteAllTextAsync(temporary, text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), cancellationToken);
            File.Move(temporary, path, overwrite: true);
            return path;
        }
        finally
        {
            File.Delete(temporary);
        }
    }
}
