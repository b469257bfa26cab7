using System.Diagnostics;
using FloodActors.Benchmarks.Systems;

namespace FloodActors.Benchmarks.Processes;

/// <summary>
/// The worker processes of one run. Worker 0 publishes. Disposing ends them, whatever they are doing.
/// </summary>
internal sealed class Fleet : IAsyncDisposable
{
    private const int LeastRounds = 2;
    private const int MostRounds = 12;
    private const int FewMethods = 40;

    private readonly WorkerPool _workers = new("worker");

    public IEnumerable<Process> Processes => _workers.Processes;

    /// <summary>
    /// Starts the workers and joins them to each other; afterwards all messages reach everyone, and the code is warm.
    /// </summary>
    public async Task<long> Start(Setup setup)
    {
        _workers.StartWorker();
        await _workers.Tell(0, Worker.Format(setup));
        var publisher = await _workers.Hear(0, "address");
        setup = setup with { ProgressPort = publisher.ProgressPort };
        var addresses = new string[setup.Nodes];
        addresses[0] = publisher.Address!;
        for (var i = 1; i < setup.Nodes; i++)
        {
            _workers.StartWorker();
            await _workers.Tell(i, Worker.Format(setup with { Index = i }));
        }
        for (var i = 1; i < setup.Nodes; i++) addresses[i] = (await _workers.Hear(i, "address")).Address!;
        setup = setup with { Addresses = addresses };
        await _workers.TellAll(i => Worker.Format(setup with { Index = i }), "joined");
        await _workers.Tell(0, "probe");
        await _workers.Hear(0, "probed");
        var warm = await WarmUp();
        if (!setup.Latency) return warm;
        for (var i = 1; i < setup.Nodes; i++) await _workers.Tell(i, $"note {warm}");
        for (var i = 1; i < setup.Nodes; i++) await _workers.Hear(i, "noting");
        return warm;
    }

    public async Task<WorkerEvent> Measure()
    {
        await _workers.Tell(0, "measure");
        return await _workers.Hear(0, "measured", TimeSpan.FromMinutes(15));
    }

    /// <summary>What each worker counted.</summary>
    /// <exception cref="InvalidOperationException">One of them has not exactly what was published.</exception>
    public async Task<List<WorkerEvent>> Reports(long published)
    {
        var reports = new List<WorkerEvent>();
        for (var i = 0; i < _workers.Count; i++)
        {
            await _workers.Tell(i, "report");
            var report = await _workers.Hear(i, "report");
            if (report.Problem is not null || report.Messages != published)
                throw new InvalidOperationException(
                    $"worker {i} has {report.Messages} of {published} messages {report.Problem}");
            reports.Add(report);
        }
        return reports;
    }

    public ValueTask DisposeAsync() => _workers.DisposeAsync();

    /// <summary>
    /// Rounds at full load until a round passes in which no process has compiled much: what runs then is what runs for
    /// good. A fixed time would measure the compiler on a busy machine, which recompiles hot methods in the background,
    /// with what the messages leave it of the cores.
    /// </summary>
    private async Task<long> WarmUp()
    {
        var before = await CompiledMethods();
        for (var round = 1; ; round++)
        {
            await _workers.Tell(0, "warm");
            var published = (await _workers.Hear(0, "warm")).Messages;
            var after = await CompiledMethods();
            var most = before.Zip(after, (b, a) => a - b).Max();
            if (round >= LeastRounds && (most < FewMethods || round == MostRounds)) return published;
            before = after;
        }
    }

    private async Task<List<long>> CompiledMethods() =>
        [.. (await _workers.TellAll(_ => "methods", "methods")).Select(said => said.Messages)];
}
