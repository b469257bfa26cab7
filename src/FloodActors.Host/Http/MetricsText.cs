using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;
using FloodActors.Diagnostics;

namespace FloodActors.Host.Http;

/// <summary>The library's instruments in Prometheus' text format (version 0.0.4).</summary>
internal sealed class MetricsText : IDisposable
{
    private readonly object _gate = new();
    private readonly MeterListener _listener = new();
    private readonly SortedDictionary<string, Family> _families = new(StringComparer.Ordinal);

    public MetricsText()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == FloodDiagnostics.MeterName) listener.EnableMeasurementEvents(instrument, FamilyOf(instrument));
        };
        _listener.SetMeasurementEventCallback<long>((_, value, tags, family) => Take((Family)family!, value, tags));
        _listener.SetMeasurementEventCallback<int>((_, value, tags, family) => Take((Family)family!, value, tags));
        _listener.SetMeasurementEventCallback<double>((_, value, tags, family) => Take((Family)family!, value, tags));
        _listener.Start();
    }

    public string Collect()
    {
        lock (_gate)
        {
            // Series of nodes and peers that are gone must not stay at their last value.
            foreach (var family in _families.Values)
                if (family.Bounds is null) family.Series.Clear();
            _listener.RecordObservableInstruments();
            var text = new StringBuilder();
            foreach (var family in _families.Values) family.WriteTo(text);
            return text.ToString();
        }
    }

    public void Dispose() => _listener.Dispose();

    private Family FamilyOf(Instrument instrument)
    {
        var isCounter = instrument.GetType().Name.StartsWith("ObservableCounter", StringComparison.Ordinal);
        var bounds = instrument switch
        {
            Histogram<int> whole => whole.Advice?.HistogramBucketBoundaries?.Select(b => (double)b).ToArray() ?? [],
            Histogram<double> real => real.Advice?.HistogramBucketBoundaries?.ToArray() ?? [],
            _ => null,
        };
        var name = instrument.Name.Replace('.', '_') + (instrument.Unit is "s" ? "_seconds" : "") + (isCounter ? "_total" : "");
        var family = new Family(name, bounds is not null ? "histogram" : isCounter ? "counter" : "gauge", instrument.Description ?? "", bounds);
        lock (_gate) _families[name] = family;
        return family;
    }

    private void Take(Family family, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = Labels(tags);
        lock (_gate) family.Take(labels, value);
    }

    private static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var text = new StringBuilder();
        foreach (var (key, value) in tags)
        {
            if (text.Length > 0) text.Append(',');
            text.Append(key.Replace('.', '_')).Append("=\"");
            foreach (var c in value?.ToString() ?? "")
                text.Append(c switch { '\\' => "\\\\", '"' => "\\\"", '\n' => "\\n", _ => c.ToString() });
            text.Append('"');
        }
        return text.ToString();
    }

    private sealed record Family(string Name, string Type, string Help, double[]? Bounds)
    {
        public SortedDictionary<string, Values> Series { get; } = new(StringComparer.Ordinal);

        public void Take(string labels, double value)
        {
            if (!Series.TryGetValue(labels, out var values)) Series.Add(labels, values = new Values(Bounds?.Length ?? 0));
            if (Bounds is null)
            {
                values.Sum = value;
                return;
            }
            values.Count++;
            values.Sum += value;
            for (var i = 0; i < Bounds.Length; i++)
                if (value <= Bounds[i]) values.Buckets[i]++;
        }

        public void WriteTo(StringBuilder text)
        {
            if (Series.Count == 0) return;
            text.Append(CultureInfo.InvariantCulture, $"# HELP {Name} {Help}\n# TYPE {Name} {Type}\n");
            foreach (var (labels, values) in Series)
            {
                if (Bounds is null)
                {
                    text.Append(CultureInfo.InvariantCulture, $"{Name}{{{labels}}} {values.Sum}\n");
                    continue;
                }
                for (var i = 0; i < Bounds.Length; i++) text.Append(CultureInfo.InvariantCulture, $"{Name}_bucket{{{labels},le=\"{Bounds[i]}\"}} {values.Buckets[i]}\n");
                text.Append(CultureInfo.InvariantCulture, $"{Name}_bucket{{{labels},le=\"+Inf\"}} {values.Count}\n{Name}_sum{{{labels}}} {values.Sum}\n{Name}_count{{{labels}}} {values.Count}\n");
            }
        }
    }

    private sealed class Values(int buckets)
    {
        public long[] Buckets { get; } = new long[buckets];

        public long Count { get; set; }

        public double Sum { get; set; }
    }
}
