using System.Diagnostics;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Xunit;

namespace Graft.Tests.EndToEnd;

/// <summary>axe-core in a headless Chromium. Skips, and says what is missing, where there is no browser or no way to get axe-core.</summary>
internal static partial class Accessibility
{
    private const string Package = "axe-core@4.10.3";

    private static readonly string[] _browsers = ["chromium", "chromium-browser", "google-chrome"];

    /// <returns>Rules that the page breaks with serious or critical impact, everything on it unfolded.</returns>
    public static async Task<IReadOnlyList<string>> FaultsAsync(TemporaryFolder folder, string page, bool isDark)
    {
        var browser = _browsers.Select(Find).FirstOrDefault(path => path is not null);
        Assert.SkipWhen(browser is null, "There is no Chromium on the path; install the package chromium to check pages.");
        var axe = await AxeAsync(folder);
        Assert.SkipWhen(axe is null, $"npm is missing or could not install {Package}; it needs Node.js and the npm registry.");

        var checking = folder["checking.html"];
        var html = await File.ReadAllTextAsync(page, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(checking, html.Replace("</body>", $"<script>{axe}</script><script>{Script}</script></body>", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        var dom = await OutputAsync(
            browser!, "--headless=new", "--no-sandbox", "--disable-gpu", $"--user-data-dir={folder["browser"]}",
            $"--blink-settings=preferredColorScheme={(isDark ? 0 : 1)}", "--virtual-time-budget=120000", "--dump-dom", $"file://{checking}");
        var answer = Answer().Match(dom);
        Assert.True(answer.Success, $"axe-core did not answer; the page is:\n{dom[..Math.Min(dom.Length, 2000)]}");
        return JsonSerializer.Deserialize<string[]>(WebUtility.HtmlDecode(answer.Groups[1].Value))!;
    }

    private const string Script = """
        document.querySelectorAll('details').forEach(one => one.open = true);
        axe.run(document, {resultTypes: ['violations']}).then(result => {
          const faults = result.violations.filter(fault => fault.impact === 'serious' || fault.impact === 'critical').map(fault => fault.id);
          const answer = document.createElement('pre');
          answer.id = 'faults';
          answer.textContent = JSON.stringify(faults);
          document.body.replaceChildren(answer);
        });
        """;

    private static async Task<string?> AxeAsync(TemporaryFolder folder)
    {
        if (Find("npm") is not { } npm)
        {
            return null;
        }

        await OutputAsync(npm, "install", "--no-save", "--silent", "--prefix", folder["npm"], Package);
        var file = Path.Combine(folder["npm"], "node_modules", "axe-core", "axe.min.js");
        return File.Exists(file) ? await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken) : null;
    }

    private static string? Find(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    private static async Task<string> OutputAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await errors;
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return output;
    }

    [GeneratedRegex("<pre id=\"faults\">(.*?)</pre>", RegexOptions.Singleline)]
    private static partial Regex Answer();
}
