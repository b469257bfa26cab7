using System.Diagnostics;
using System.Threading.Channels;
using FloodActors.Benchmarks.Common;

namespace FloodActors.Benchmarks.Processes;

/// <summary>
/// Worker processes that are led by lines on their standard input and answer on their standard output. Disposing ends
/// them, whatever they are doing.
/// </summary>
/// <param name="verb">What the program is told to be.</param>
/// <param name="environment">Variables that the workers have besides those of this process.</param>
internal sealed class WorkerPool(string verb, IReadOnlyDictionary<string, string>? environment = null)
    : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly List<(Process Process, Channel<WorkerEvent> Events)> _workers = [];

    private volatile bool _ending;

    public int Count => _workers.Count;

    public IEnumerable<Process> Processes => _workers.Select(worker => worker.Process);

    public void StartWorker()
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
            start.ArgumentList.Add(typeof(WorkerPool).Assembly.Location);
        start.ArgumentList.Add(verb);
        foreach (var (name, value) in environment ?? new Dictionary<string, string>()) start.Environment[name] = value;
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

    public Task Tell(int worker, string line) => _workers[worker].Process.StandardInput.WriteLineAsync(line);

    public async Task<WorkerEvent> Hear(int worker, string expected, TimeSpan? patience = null)
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

    /// <summary>Tells all workers something at once, and collects what they answer.</summary>
    public async Task<List<WorkerEvent>> TellAll(Func<int, string> line, string expected)
    {
        for (var i = 0; i < Count; i++) await Tell(i, line(i));
        var answers = new List<WorkerEvent>();
        for (var i = 0; i < Count; i++) answers.Add(await Hear(i, expected));
        return answers;
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
}
