using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;
using FloodActors.Diagnostics;

namespace FloodActors.Host.Http;

/// <summary>The library's instruments in Prometheus' text format (version 0.0.4).</summary>
internal sealed class MetricsText : IDisposable
{
    /// <summary>The largest number of series of a histogram.</summary>
    private const int MaxSeries = 1000;

    private readonly object _gate = new();
    private readonly MeterListener _listener = new();
    private readonly SortedDictionary<string, Family> _families = new(StringComparer.Ordinal);

    public MetricsText()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == FloodDiagnostics.MeterName)
                listener.EnableMeasurementEvents(instrument, FamilyOf(instrument));
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
            // Series of nodes and peers that have gone must not keep their last value.
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
        var bounds = instrument switch
        {
            Histogram<int> whole => whole.Advice?.HistogramBucketBoundaries?.Select(b => (double)b).ToArray() ?? [],
            Histogram<double> real => real.Advice?.HistogramBucketBoundaries?.ToArray() ?? [],
            _ => null,
        };
        var name = MetricName.Of(instrument);
        var type = bounds is not null ? "histogram" : MetricName.IsCounter(instrument) ? "counter" : "gauge";
        var family = new Family(name, type, Escaped(instrument.Description ?? ""), bounds);
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
            text.Append(MetricName.Plain(key)).Append("=\"");
            text.Append(Escaped(value?.ToString() ?? "").Replace("\"", "\\\"", StringComparison.Ordinal)).Append('"');
        }
        return text.ToString();
    }

    private static string Escaped(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    /// <summary>A metric; of a histogram's series, whose peers come and go, the newest are kept.</summary>
    private sealed record Family(string Name, string Type, string Help, double[]? Bounds)
    {
        private long _clock;

        public SortedDictionary<string, Values> Series { get; } = new(StringComparer.Ordinal);

        public void Take(string labels, double value)
        {
            if (!Series.TryGetValue(labels, out var values))
            {
                if (Bounds is not null && Series.Count == MaxSeries)
                    Series.Remove(Series.MinBy(series => series.Value.Touched).Key);
                Series.Add(labels, values = new Values(Bounds?.Length ?? 0));
            }
            values.Touched = ++_clock;
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
                for (var i = 0; i < Bounds.Length; i++)
                    Line($"_bucket{{{labels},le=\"{Bounds[i]}\"}} {values.Buckets[i]}");
                Line($"_bucket{{{labels},le=\"+Inf\"}} {values.Count}");
                Line($"_sum{{{labels}}} {values.Sum}");
                Line($"_count{{{labels}}} {values.Count}");
            }

            void Line(FormattableString rest) =>
                text.Append(Name).Append(rest.ToString(CultureInfo.InvariantCulture)).Append('\n');
        }
    }

    private sealed class Values(int buckets)
    {
        public long[] Buckets { get; } = new long[buckets];

        public long Count { get; set; }

        /// <summary>When it was last recorded, as a position in the order of all recordings of its metric.</summary>
        public long Touched { get; set; }

        public double Sum { get; set; }
    }
}
