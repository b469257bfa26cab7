using System.Diagnostics;
using System.Threading.Channels;
using FloodActors.Benchmarks.Common;
using FloodActors.Benchmarks.Systems;

namespace FloodActors.Benchmarks.Processes;

/// <summary>
/// The worker processes of one run. Worker 0 publishes. Disposing ends them, whatever they are doing.
/// </summary>
internal sealed class Fleet : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private const int LeastRounds = 2;
    private const int MostRounds = 12;
    private const int FewMethods = 40;

    private readonly List<(Process Process, Channel<WorkerEvent> Events)> _workers = [];

    private volatile bool _ending;

    public IEnumerable<Process> Processes => _workers.Select(worker => worker.Process);

    /// <summary>
    /// Starts the workers and joins them to each other; afterwards all messages reach everyone, and the code is warm.
    /// </summary>
    public async Task<long> Start(Setup setup)
    {
        StartWorker();
        await Tell(0, Worker.Format(setup));
        var publisher = await Hear(0, "address");
        setup = setup with { ProgressPort = publisher.ProgressPort };
        var addresses = new string[setup.Nodes];
        addresses[0] = publisher.Address!;
        for (var i = 1; i < setup.Nodes; i++)
        {
            StartWorker();
            await Tell(i, Worker.Format(setup with { Index = i }));
        }
        for (var i = 1; i < setup.Nodes; i++) addresses[i] = (await Hear(i, "address")).Address!;
        setup = setup with { Addresses = addresses };
        for (var i = 0; i < setup.Nodes; i++) await Tell(i, Worker.Format(setup with { Index = i }));
        for (var i = 0; i < setup.Nodes; i++) await Hear(i, "joined");
        await Tell(0, "probe");
        await Hear(0, "probed");
        var warm = await WarmUp();
        if (!setup.Latency) return warm;
        for (var i = 1; i < setup.Nodes; i++) await Tell(i, $"note {warm}");
        for (var i = 1; i < setup.Nodes; i++) await Hear(i, "noting");
        return warm;
    }

    public Task<WorkerEvent> Measure()
    {
        _workers[0].Process.StandardInput.WriteLine("measure");
        return Hear(0, "measured", TimeSpan.FromMinutes(15));
    }

    /// <summary>What each worker counted.</summary>
    /// <exception cref="InvalidOperationException">One of them has not exactly what was published.</exception>
    public async Task<List<WorkerEvent>> Reports(long published)
    {
        var reports = new List<WorkerEvent>();
        for (var i = 0; i < _workers.Count; i++)
        {
            await Tell(i, "report");
            var report = await Hear(i, "report");
            if (report.Problem is not null || report.Messages != published)
                throw new InvalidOperationException(
                    $"worker {i} has {report.Messages} of {published} messages {report.Problem}");
            reports.Add(report);
        }
        return reports;
    }

    public async ValueTask DisposeAsync()
    {
        // What Akka says about its peers being killed is no news.
        _ending = true;
        foreach (var (process, _) in _workers)
        {
            if (!process.HasExited) process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
        }
    }

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
            await Tell(0, "warm");
            var published = (await Hear(0, "warm")).Messages;
            var after = await CompiledMethods();
            var most = before.Zip(after, (b, a) => a - b).Max();
            if (round >= LeastRounds && (most < FewMethods || round == MostRounds)) return published;
            before = after;
        }
    }

    private async Task<List<long>> CompiledMethods()
    {
        var counts = new List<long>();
        for (var i = 0; i < _workers.Count; i++)
        {
            await Tell(i, "methods");
            counts.Add((await Hear(i, "methods")).Messages);
        }
        return counts;
    }

    private void StartWorker()
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
            start.ArgumentList.Add(typeof(Fleet).Assembly.Location);
        start.ArgumentList.Add("worker");
        var process = Process.Start(start)!;
        var events = Channel.CreateUnbounded<WorkerEvent>();
        process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is null) events.Writer.TryComplete();
            else if (Worker.Parse(line.Data) is { } said) events.Writer.TryWrite(said);
            else if (!_ending) Report.Progress(line.Data);
        };
        process.BeginOutputReadLine();
        _workers.Add((process, events));
    }

    private Task Tell(int worker, string line) => _workers[worker].Process.StandardInput.WriteLineAsync(line);

    private async Task<WorkerEvent> Hear(int worker, string expected, TimeSpan? patience = null)
    {
        using var timeout = new CancellationTokenSource(patience ?? Patience);
        try
        {
            var said = await _workers[worker].Events.Reader.ReadAsync(timeout.Token);
            return said.Event == expected
                ? said
                : throw new InvalidOperationException(
                    $"worker {worker}: {said.Problem ?? said.Event} (expected '{expected}')");
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"worker {worker} did not say '{expected}' in time");
        }
        catch (ChannelClosedException)
        {
            throw new InvalidOperationException($"worker {worker} ended before it said '{expected}'");
        }
    }
}
