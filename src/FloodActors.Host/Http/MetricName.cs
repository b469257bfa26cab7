using System.Diagnostics.Metrics;
using System.Text;

namespace FloodActors.Host.Http;

/// <summary>
/// The name of a metric in Prometheus, by OpenTelemetry's rules ("Prometheus and OpenMetrics Compatibility"): an
/// application that exports the library's meter gets the same names.
/// </summary>
internal static class MetricName
{
    public static bool IsCounter(Instrument instrument) => instrument is ObservableCounter<long> or Counter<long>;

    public static string Of(Instrument instrument)
    {
        var name = Plain(instrument.Name);
        // Units in braces are annotations.
        var unit = instrument.Unit switch
        {
            "By" => "bytes",
            "s" => "seconds",
            null or "" or ['{', ..] => "",
            var other => throw new NotSupportedException($"{instrument.Name}: no Prometheus spelling of '{other}'."),
        };
        if (unit.Length > 0 && !name.EndsWith(unit, StringComparison.Ordinal)) name += $"_{unit}";
        if (IsCounter(instrument)) name += "_total";
        return name;
    }

    /// <summary>The name of a label.</summary>
    public static string Plain(string name)
    {
        var plain = new StringBuilder(name.Length);
        foreach (var c in name) plain.Append(char.IsAsciiLetterOrDigit(c) ? c : '_');
        return plain.ToString();
    }
}
