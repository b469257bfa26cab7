using System.Diagnostics;
using System.Globalization;
using FloodActors.Benchmarks.Common;
using FloodActors.Benchmarks.Processes;
using FloodActors.Benchmarks.Systems;

namespace FloodActors.Benchmarks.Scale;

/// <summary>Nodes that all publish and all receive, and the server that they share if there is one.</summary>
internal sealed class ScaleFleet(IReadOnlyDictionary<string, string> environment) : IAsyncDisposable
{
    private const double ProbesPerSecond = 4; // of each node
    private const int FewMethods = 3;
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly WorkerPool _workers = new(ScaleWorker.Verb, environment);
    private NatsServer? _server;
    private int _window;

    private IEnumerable<Process> Processes =>
        _server is null ? _workers.Processes : _workers.Processes.Append(_server.Process);

    /// <summary>Starts the nodes and joins them; afterwards each has heard from each other.</summary>
    /// <param name="setup">For all nodes.</param>
    /// <param name="hocon">Of each node, besides that of the setup.</param>
    public async Task Start(Setup setup, Func<int, string>? hocon = null)
    {
        if (setup.Contestant.Kind == Contestant.Nats)
        {
            _server = await NatsServer.Start();
            setup = setup with { Server = _server.Url };
        }
        string Format(int i) =>
            Worker.Format(setup with { Index = i, Hocon = setup.Hocon + "\n" + hocon?.Invoke(i) });
        for (var i = 0; i < setup.Nodes; i++) _workers.StartWorker();
        var addresses = (await _workers.TellAll(Format, "address")).Select(said => said.Address!).ToArray();
        setup = setup with { Addresses = addresses };
        await _workers.TellAll(Format, "joined");

        await SetLoad(++_window, ProbesPerSecond * setup.Nodes);
        var start = Stopwatch.GetTimestamp();
        while ((await _workers.TellAll(_ => "heard", "heard")).Any(said => said.Messages < setup.Nodes - 1))
        {
            if (Stopwatch.GetElapsedTime(start) > Patience)
                throw new TimeoutException($"not every node heard every other within {Patience.TotalSeconds} s");
            await Task.Delay(100);
        }
    }

    /// <summary>
    /// Lets the nodes work until hardly anything was compiled for ten seconds, in any of them; or for so long. Answers
    /// the seconds that it took.
    /// </summary>
    public async Task<double> WarmUp(double rate, TimeSpan most)
    {
        await SetLoad(++_window, rate);
        var start = Stopwatch.GetTimestamp();
        var before = await Sample();
        for (var quiet = 0; quiet < 2 && Stopwatch.GetElapsedTime(start) < most;)
        {
            await Task.Delay(Look);
            var after = await Sample();
            quiet = Compiled(before, after) < FewMethods ? quiet + 1 : 0;
            before = after;
        }
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>One window at a rate.</summary>
    /// <param name="window">What is known of it already; the rest is filled in.</param>
    /// <param name="seconds">How long.</param>
    /// <param name="settle">Whether the rate holds for a second before the window begins.</param>
    /// <param name="single">Whether node 0 alone publishes.</param>
    public async Task<Window> Measure(Window window, double seconds, bool settle, bool single = false)
    {
        if (settle)
        {
            await SetLoad(++_window, window.Rate, single);
            await Task.Delay(Settle);
        }
        await SetLoad(++_window, window.Rate, single);
        var before = await Sample();
        var (switches, cpu, loopback, start) =
            (Switches(), Cpu(), ProcFs.LoopbackBytes(), Stopwatch.GetTimestamp());
        await Task.Delay(TimeSpan.FromSeconds(seconds));
        var (cpuAfter, loopbackAfter, taken) =
            (Cpu(), ProcFs.LoopbackBytes(), Stopwatch.GetElapsedTime(start).TotalSeconds);
        var switchesAfter = Switches();
        var after = await Sample();
        await SetLoad(_window, 0);
        var tallies = await Drain();
        var published = tallies.Sum(tally => tally.Published);
        var delays = tallies.SelectMany(tally => tally.Delays!).Order().ToArray();
        return window with
        {
            Seconds = taken,
            CpuSeconds = cpuAfter - cpu,
            CpuSecondsBefore = cpu,
            Switches = switchesAfter - switches,
            Deliveries = Sum(after, s => s.Messages) - Sum(before, s => s.Messages),
            WireBytes = Wire(after) - Wire(before),
            LoopbackBytes = loopbackAfter - loopback,
            MethodsCompiled = Compiled(before, after),
            Published = published,
            Refused = tallies.Sum(tally => tally.Refused),
            Lost = (published * (_workers.Count - 1)) - delays.Length,
            Duplicates = tallies.Sum(tally => tally.Duplicates),
            P50 = Statistics.Percentile(delays, 0.5),
            P99 = Statistics.Percentile(delays, 0.99),
            Max = Statistics.Percentile(delays, 1),
            Counters = after[0].Counters!.Keys.ToDictionary(
                name => name, name => after.Sum(s => s.Counters![name]) - before.Sum(s => s.Counters![name])),
        };
    }

    public async ValueTask DisposeAsync()
    {
        await _workers.DisposeAsync();
        if (_server is not null) await _server.DisposeAsync();
    }

    private static long Sum(List<WorkerEvent> samples, Func<WorkerEvent, long> column) => samples.Sum(column);

    private static long Compiled(List<WorkerEvent> before, List<WorkerEvent> after) =>
        before.Zip(after, (b, a) => a.Methods - b.Methods).Max();

    /// <summary>
    /// Each byte once. Between nodes it is counted where it is sent; what a server sends, where it is received.
    /// </summary>
    private double Wire(List<WorkerEvent> samples) =>
        samples.Sum(s => s.WireSent) + (_server is null ? 0 : samples.Sum(s => s.WireReceived));

    private double Switches() => Processes.Sum(ProcFs.Switches);

    private double Cpu() => Processes.Sum(ProcFs.CpuSeconds);

    private Task<List<WorkerEvent>> Sample() => _workers.TellAll(_ => "sample", "sample");

    private Task SetLoad(int window, double rate, bool single = false) => _workers.TellAll(
        i =>
        {
            var own = single ? (i == 0 ? rate : 0) : rate / _workers.Count;
            return string.Create(CultureInfo.InvariantCulture, $"load {window} {own}");
        },
        "loading");

    /// <summary>What came of the window, once everything is there or nothing has come for five seconds.</summary>
    private async Task<List<WorkerEvent>> Drain()
    {
        var (last, changed) = (-1, Stopwatch.GetTimestamp());
        while (true)
        {
            var tallies = await _workers.TellAll(_ => "tally", "tally");
            var got = tallies.Sum(tally => tally.Delays!.Length);
            if (got == tallies.Sum(tally => tally.Published) * (_workers.Count - 1)) return tallies;
            if (got != last) (last, changed) = (got, Stopwatch.GetTimestamp());
            else if (Stopwatch.GetElapsedTime(changed) > TimeSpan.FromSeconds(5)) return tallies;
            await Task.Delay(200);
        }
    }
}
