using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Graft.Hosting.Limits;

/// <summary>The deadline a call brings, header grpc-timeout: up to eight digits and a unit of H M S m u n.</summary>
internal static class CallTimeout
{
    public const string Header = "grpc-timeout";

    /// <summary>Gives a call without deadline, or with a later one, the longest that is allowed; gRPC's server then keeps it.</summary>
    public static void Clamp(IHeaderDictionary headers, TimeSpan longest)
    {
        if (Parse(headers[Header].ToString()) is not { } wanted || wanted > longest)
        {
            headers[Header] = $"{(long)longest.TotalSeconds}S";
        }
    }

    /// <returns>Null for anything that is no timeout.</returns>
    public static TimeSpan? Parse(string text)
    {
        if (text.Length is < 2 or > 9 || !long.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var amount))
        {
            return null;
        }

        return text[^1] switch
        {
            'H' => TimeSpan.FromHours(Math.Min(amount, 100_000)),
            'M' => TimeSpan.FromMinutes(amount),
            'S' => TimeSpan.FromSeconds(amount),
            'm' => TimeSpan.FromMilliseconds(amount),
            'u' => TimeSpan.FromMicroseconds(amount),
            'n' => TimeSpan.FromTicks(amount / TimeSpan.NanosecondsPerTick),
            _ => null,
        };
    }
}
