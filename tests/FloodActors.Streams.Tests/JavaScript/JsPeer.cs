using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace FloodActors.Streams.Tests.JavaScript;

/// <summary>A JavaScript peer in a process of its own: <c>tests/javascript/flood-peer.js</c>.</summary>
internal sealed class JsPeer : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Task _reading;
    private int _received;
    private readonly ConcurrentQueue<string> _errors = new();
    private readonly TaskCompletionSource<int> _port = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private JsPeer(Process process)
    {
        _process = process;
        process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is not null) _errors.Enqueue(line.Data);
        };
        process.BeginErrorReadLine();
        _reading = ReadAsync();
    }

    /// <summary>Everything it told, in order.</summary>
    public ConcurrentQueue<JsonElement> Events { get; } = new();

    /// <summary>Values received from peers, in order, in canonical form.</summary>
    public IReadOnlyList<string> Received =>
        Events.Where(e => Is(e, "message")).Select(e => Canonical.Of(e.GetProperty("value"))).ToList();

    public int ReceivedCount => Volatile.Read(ref _received);

    /// <summary>Peers connected now.</summary>
    public int Connected => Events.Count(e => Is(e, "connected")) - Events.Count(e => Is(e, "disconnected"));

    public int Id => _process.Id;

    public string Errors => string.Join('\n', _errors);

    /// <param name="arguments"><c>net</c> or <c>pull-net</c>, and <c>plain</c>.</param>
    public static async Task<JsPeer> StartAsync(params string[] arguments)
    {
        var folder = await NodeJs.FolderAsync();
        return new JsPeer(Process.Start(new ProcessStartInfo("node", ["flood-peer.js", .. arguments])
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!);
    }

    public async Task<int> ListenAsync()
    {
        Send(new JsonObject { ["listen"] = true });
        return await _port.Task.WaitAsync(TimeSpan.FromSeconds(60));
    }

    public void Connect(int port) => Send(new JsonObject { ["connect"] = port });

    /// <param name="json">A JSON text.</param>
    public void Append(string json) => Write($"{{\"append\":{json}}}");

    /// <summary>Appends so many texts, "as 0", "as 1" and so on.</summary>
    public void Append(int count, string @as) => Send(new JsonObject { ["count"] = count, ["as"] = @as });

    public static bool Is(JsonElement @event, string name) => @event.GetProperty("event").ValueEquals(name);

    /// <summary>As by a power cut: nothing is said or flushed.</summary>
    public void Kill() => _process.Kill();

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        await _reading;
        _process.Dispose();
    }

    private void Send(JsonObject command) => Write(command.ToJsonString());

    private void Write(string line)
    {
        _process.StandardInput.WriteLine(line);
        _process.StandardInput.Flush();
    }

    private async Task ReadAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            var @event = JsonElement.Parse(line);
            Events.Enqueue(@event);
            if (Is(@event, "message")) Interlocked.Increment(ref _received);
            if (Is(@event, "listening")) _port.TrySetResult(@event.GetProperty("port").GetInt32());
        }
        _port.TrySetException(new InvalidOperationException($"The JavaScript peer ended:\n{Errors}"));
    }
}
