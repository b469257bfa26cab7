using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using FloodActors.Diagnostics;
using FloodActors.Tests.Actors;

namespace FloodActors.Tests.Diagnostics;

[Collection("listeners of the whole process")]
public sealed class FloodDiagnosticsTests
{
    [Fact]
    public async Task Collectors_see_what_the_node_counts_and_nothing_of_a_node_that_stopped()
    {
        using var collector = new Collector();
        var b = TestNode.Start("metrics-b", configure: s => s with { Capacity = 60 });
        await using (var a = TestNode.Start("metrics-a", configure: s => s with { Trace = true }))
        await using (b)
        {
            await a.Flood.ConnectAsync(b.Address);
            for (var i = 0; i < 100; i++) await a.Flood.AppendAsync($"m{i}");
            await a.Flood.AppendAsync("m0");
            await Eventually.Holds(() => b.Received.Count >= 100, "b has everything");
            await Eventually.Holds(
                () =>
                    collector.Observe("flood.peers", "metrics-b") == 1
                        && collector.Observe("flood.log.messages", "metrics-b") == 60,
                "gauges are published");

            Assert.Equal(1, collector.Observe("flood.messages.appended_again", "metrics-a"));
            var stats = await b.Flood.StatsAsync();
            Assert.Equal(stats.Delivered, collector.Observe("flood.messages.delivered", "metrics-b"));
            Assert.Equal(stats.Dropped, collector.Observe("flood.messages.dropped", "metrics-b", "capacity"));
            Assert.Equal(stats.LogBytes, collector.Observe("flood.log.bytes", "metrics-b"));
            Assert.Equal(0, collector.Observe("flood.appends.rejected", "metrics-a", nameof(RejectReason.TooLarge)));
            Assert.IsType<Rejected>(await a.Flood.AppendAsync(new byte[5 << 20]));
            Assert.Equal(1, collector.Observe("flood.appends.rejected", "metrics-a", nameof(RejectReason.TooLarge)));
            Assert.Equal(
                stats.Delivered, collector.Recorded("flood.delivery.hops", "metrics-b").Count(hops => hops == 1));
            var durations = collector.Recorded("flood.delivery.duration", "metrics-b");
            Assert.Equal(stats.Delivered, durations.Count);
            Assert.All(durations, seconds => Assert.InRange(seconds, 0, 60));
            await Eventually.Holds(
                () => collector.Recorded("flood.window.used", "metrics-a").Count > 0, "the window is sampled");
        }
        Assert.Null(collector.Observe("flood.peers", "metrics-a"));
        Assert.Null(collector.Observe("flood.messages.appended", "metrics-a"));
    }

    [Fact]
    public async Task Every_counter_is_in_the_stats_and_in_the_metrics()
    {
        using var collector = new Collector();
        await using var node = TestNode.Start("all-counters");
        var counted = await node.Flood.Look(n =>
        {
            // Each another number, on the node's own thread.
            for (var i = 0; i < CounterInfo.All.Count; i++) Count(n.State.Counters, CounterInfo.All[i].Name, 100 + i);
            return CounterInfo.All.ToDictionary(counter => counter.Name, counter => counter.Read(n.State.Counters));
        });
        Assert.Equal(CounterInfo.All.Count, counted.Values.Distinct().Count());
        var stats = await node.Flood.StatsAsync();
        foreach (var counter in CounterInfo.All)
        {
            Assert.Equal(counted[counter.Name], counter.Read(stats));
            Assert.Equal(
                counted[counter.Name], collector.Observe(counter.Metric, "all-counters", counter.Reason ?? ""));
        }
        foreach (var name in new[]
        {
            nameof(FloodStats.UnsuitableForPeer), nameof(FloodStats.InvalidFromPeer), nameof(FloodStats.GivenUp),
        })
            Assert.Contains(name, counted.Keys);

        static void Count(FloodCounters counters, string name, int times)
        {
            if (typeof(FloodCounters).GetProperty(name)!.SetMethod is { } set)
            {
                set.Invoke(counters, [(long)times]);
                return;
            }
            Action count = name switch
            {
                nameof(FloodCounters.Undecodable) => counters.CountUndecodable,
                nameof(FloodCounters.CallbackFailures) => counters.CountCallbackFailure,
                nameof(FloodCounters.ListenerFailures) => counters.CountListenerFailure,
                _ => throw new InvalidOperationException($"How is {name} counted?"),
            };
            for (var i = 0; i < times; i++) count();
        }
    }

    [Fact]
    public async Task A_gauge_tells_how_long_the_validator_has_been_running_while_the_node_cannot()
    {
        using var collector = new Collector();
        using var mayGo = new ManualResetEventSlim();
        await using var node = TestNode.Start("validated", configure: s => s with { Validator = new Blocked(mayGo) });
        await using var other = TestNode.Start("not-validated");
        try
        {
            Assert.Equal(0, collector.Observe("flood.validator.running", "validated"));
            Assert.Null(collector.Observe("flood.validator.running", "not-validated"));
            var append = node.Flood.AppendAsync("mine");
            await Eventually.Holds(
                () => collector.Observe("flood.validator.running", "validated") >= 2, "the gauge grows");
            Assert.EndsWith(
                "a message without a topic, appended on 'validated' and not yet in the log",
                node.Flood.RunningValidation!.ToString(), StringComparison.Ordinal);
            mayGo.Set();
            Assert.IsType<Appended>(await append);
        }
        finally
        {
            mayGo.Set();
        }
        Assert.Equal(0, collector.Observe("flood.validator.running", "validated"));
    }

    private sealed class Blocked(ManualResetEventSlim mayGo) : IFloodValidator
    {
        public FloodVerdict Check(in FloodCandidate candidate)
        {
            mayGo.Wait();
            return FloodVerdict.Accept;
        }
    }

    [Fact]
    public async Task A_trace_goes_with_the_message_through_relays_that_do_not_trace()
    {
        var stopped = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is FloodDiagnostics.ActivitySourceName or "the test",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = stopped.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        using var source = new ActivitySource("the test");
        await using var a = TestNode.Start("trace-a", configure: s => s with { Trace = true });
        await using var b = TestNode.Start("trace-b");
        await using var c = TestNode.Start("trace-c");
        await a.Flood.ConnectAsync(b.Address);
        await b.Flood.ConnectAsync(c.Address);

        ActivityTraceId traceId;
        using (var request = source.StartActivity("request"))
        {
            traceId = request!.TraceId;
            Assert.IsType<Appended>(await a.Flood.AppendAsync("traced"));
        }
        using (var request = source.StartActivity("a key"))
        {
            Assert.IsType<Appended>(await a.Flood.Topic<string>("t").AppendAsync("traced, too", key: "k"));
            await Eventually.Holds(
                () => stopped.Count(activity =>
                    activity.OperationName == "flood deliver" && activity.TraceId == request!.TraceId) == 2,
                "both others have traced the value of the key");
        }
        Assert.IsType<Appended>(await b.Flood.AppendAsync("not traced"));
        await Eventually.Holds(() => c.Received.Count == 3, "c has all");

        var append = Assert.Single(stopped, activity =>
            activity.OperationName == "flood append" && activity.TraceId == traceId);
        var delivered = stopped.Where(
            activity => activity.OperationName == "flood deliver" && activity.TraceId == traceId).ToList();
        Assert.Equal(
            ["trace-b", "trace-c"], delivered.Select(activity => (string)activity.GetTagItem("flood.node")!).Order());
        Assert.All(delivered, activity => Assert.Equal(append.SpanId, activity.ParentSpanId));
        var messages = c.Events.OfType<MessageReceived>().Select(e => e.Message).ToDictionary(m => m.AsText());
        Assert.Equal(traceId, messages["traced"].Trace?.TraceId);
        Assert.Null(messages["not traced"].Trace);
        Assert.Equal(
            messages["traced"].Id, (await a.Flood.DataAsync()).Messages.Single(m => m.AsText() == "traced").Id);
    }

    /// <summary>
    /// Collects the library's instruments; nodes of other tests may run at the same time, so everything is asked for by
    /// node.
    /// </summary>
    private sealed class Collector : IDisposable
    {
        private readonly MeterListener _listener = new();
        private readonly ConcurrentDictionary<(string Instrument, string Node, string Other), double> _observed = new();
        private readonly ConcurrentQueue<(string Instrument, string Node, double Value)> _recorded = new();

        public Collector()
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == FloodDiagnostics.MeterName) listener.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Take(instrument, value, tags));
            _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Take(instrument, value, tags));
            _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) =>
                Take(instrument, value, tags));
            _listener.Start();
        }

        public double? Observe(string instrument, string node, string other = "")
        {
            _observed.Clear();
            _listener.RecordObservableInstruments();
            return _observed.TryGetValue((instrument, node, other), out var value) ? value : null;
        }

        public IReadOnlyList<double> Recorded(string instrument, string node) =>
            _recorded.Where(r => r.Instrument == instrument && r.Node == node).Select(r => r.Value).ToList();

        public void Dispose() => _listener.Dispose();

        private void Take(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var node = "";
            var other = "";
            foreach (var (key, tag) in tags)
                if (key == "flood.node") node = (string)tag!;
                else if (key != "flood.name") other = (string)tag!;
            if (instrument.IsObservable) _observed[(instrument.Name, node, other)] = value;
            else _recorded.Enqueue((instrument.Name, node, value));
        }
    }
}
