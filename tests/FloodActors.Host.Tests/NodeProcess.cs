using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace FloodActors.Host.Tests;

/// <summary>A node as a real process: lines in, events out.</summary>
internal sealed class NodeProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly List<NodeEvent> _events = [];
    private readonly StringBuilder _errors = new();
    private readonly Task _reading;
    private readonly Task _readingErrors;

    private NodeProcess(Process process)
    {
        _process = process;
        _reading = Read();
        _readingErrors = ReadErrors();
    }

    public string Name { get; private set; } = "";

    /// <summary>HOST:PORT.</summary>
    public string Address { get; private set; } = "";

    public int Id => _process.Id;

    public IReadOnlyList<NodeEvent> Events
    {
        get
        {
            lock (_events) return [.. _events];
        }
    }

    public string Errors
    {
        get
        {
            lock (_errors) return _errors.ToString();
        }
    }

    /// <summary>Texts received from peers, in order.</summary>
    public IReadOnlyList<string?> Received => Of("message").Select(e => e.Text).ToList();

    /// <summary>Starts a node and waits until it listens.</summary>
    public static async Task<NodeProcess> Start(string name, params string[] arguments) =>
        await StartWith(["--name", name, .. arguments]);

    public static Task<NodeProcess> StartWith(params string[] arguments) =>
        StartIn(AppContext.BaseDirectory, [], arguments);

    public static async Task<NodeProcess> StartIn(string directory, Dictionary<string, string> environment,
        params string[] arguments)
    {
        var start = FloodProgram.Command(["run", "--json", .. arguments]);
        start.WorkingDirectory = directory;
        foreach (var (name, value) in environment) start.Environment[name] = value;
        var node = new NodeProcess(Process.Start(start)!);
        await node.Until("it listens", () => node.Count("listening") == 1 || node._process.HasExited);
        Assert.True(node.Count("listening") == 1, node.Errors);
        var listening = node.Of("listening").Single().Json!.Value;
        (node.Name, node.Address) = (listening.GetProperty("name").GetString()!,
            listening.GetProperty("address").GetString()!);
        return node;
    }

    public IEnumerable<NodeEvent> Of(string name) => Events.Where(e => e.Name == name);

    public int Count(string name)
    {
        lock (_events) return _events.Count(e => e.Name == name);
    }

    public int Count(string name, string peer)
    {
        lock (_events) return _events.Count(e => e.Name == name && e.Peer == peer);
    }

    public async Task Type(string line)
    {
        await _process.StandardInput.WriteAsync(line + "\n");
        await _process.StandardInput.FlushAsync();
    }

    public async Task Type(ReadOnlyMemory<byte> bytes)
    {
        await _process.StandardInput.BaseStream.WriteAsync(bytes);
        await _process.StandardInput.BaseStream.FlushAsync();
    }

    public void EndInput() => _process.StandardInput.Close();

    /// <summary>Types a command and waits for the event that answers it.</summary>
    public async Task<JsonElement> Ask(string command, string answer)
    {
        var before = Count(answer);
        await Type(command);
        await Until($"{command} is answered", () => Count(answer) > before);
        return Of(answer).Skip(before).First().Json!.Value;
    }

    public Task Connected(string peer, int times = 1) =>
        Until($"it is connected with {peer}", () => Count("connected", peer) >= times);

    public Task Disconnected(string peer, int times = 1) =>
        Until($"it is disconnected from {peer}", () => Count("disconnected", peer) >= times);

    /// <summary>Waits for a condition; the bound is only there to end a failing test.</summary>
    public Task Until(string what, Func<bool> condition, int seconds = 30) =>
        Until(what, () => ValueTask.FromResult(condition()), seconds);

    /// <inheritdoc cref="Until(string, Func{bool}, int)"/>
    public async Task Until(string what, Func<ValueTask<bool>> condition, int seconds = 30)
    {
        var deadline = Stopwatch.StartNew();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (!await condition())
        {
            if (deadline.Elapsed.TotalSeconds > seconds)
                Assert.Fail($"{Name}: within {seconds} s it did not hold that "
                    + $"{what}.\n{string.Join('\n', Events.TakeLast(20))}\n{Errors}");
            await timer.WaitForNextTickAsync();
        }
    }

    /// <summary>Sends a signal: TERM, STOP, CONT, KILL.</summary>
    public async Task Signal(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    /// <summary>Waits for its end.</summary>
    public async Task<int> Ended()
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await _process.WaitForExitAsync(timeout.Token);
        await Task.WhenAll(_reading, _readingErrors);
        return _process.ExitCode;
    }

    /// <summary>A line of /proc/PID/status in megabytes: VmRSS, or VmHWM for the most it ever was.</summary>
    public double Memory(string what)
    {
        var line = File.ReadLines($"/proc/{Id}/status").First(l => l.StartsWith(what, StringComparison.Ordinal));
        return double.Parse(line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1],
            CultureInfo.InvariantCulture) / 1024;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        await Task.WhenAll(_reading, _readingErrors);
        _process.Dispose();
    }

    private async Task Read()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            var parsed = NodeEvent.Parse(line);
            lock (_events) _events.Add(parsed);
        }
    }

    private async Task ReadErrors()
    {
        while (await _process.StandardError.ReadLineAsync() is { } line)
            lock (_errors) _errors.AppendLine(line);
    }
}
