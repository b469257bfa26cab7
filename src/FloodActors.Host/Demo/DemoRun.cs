using System.Diagnostics;
using System.Globalization;

namespace FloodActors.Host.Demo;

/// <summary>Starts the processes, links them, floods them, and collects their counts.</summary>
internal sealed class DemoRun(DemoOptions options, Action<string> tell) : IDisposable
{
    /// <summary>How long the flood may make no progress before it counts as ended with something missing.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly List<DemoChild> _children = [];
    private readonly SemaphoreSlim _progress = new(0);

    public async Task<DemoResult> Run()
    {
        var links = DemoTopology.Of(options.Topology, options.Nodes, options.Seed).Links;
        using var starting = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        tell($"starting {options.Nodes} processes");
        for (var i = 0; i < options.Nodes; i++) _children.Add(new DemoChild(i, options, () => _progress.Release()));
        var addresses = await All((child, _) => child.Answer("listening", starting.Token));

        tell($"linking them: {options.Topology.ToString().ToLowerInvariant()}, {links.Count} links");
        foreach (var (from, to) in links) await _children[from].Tell($"connect {addresses[to][0]}");
        var degrees = _children.Select((_, i) => links.Count(link => link.A == i || link.B == i)).ToArray();
        await All((child, i) => Ask(child, $"ready {degrees[i]}", "ready", starting.Token));

        tell($"flooding {options.Messages} messages of {options.Size} bytes");
        var clock = Stopwatch.StartNew();
        await Flood();
        var seconds = clock.Elapsed.TotalSeconds;

        tell("counting");
        using var ending = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        // Copies may still be in flight to nodes that have the message; they count, too.
        await All((child, _) => Ask(child, "flush", "flushed", ending.Token));
        var reports = await All(async (child, i) =>
            Report(child.Name, degrees[i], await Ask(child, "report", "report", ending.Token)));
        return new DemoResult(options, links.Count, reports, seconds);
    }

    public void Dispose()
    {
        foreach (var child in _children) child.Dispose();
        _progress.Dispose();
    }

    private async Task Flood()
    {
        var allowed = 0;
        while (true)
        {
            var heldByAll = _children.Min(child => child.Held);
            if (heldByAll >= options.Messages) return;
            var next = DemoBudget.Allowed(options, heldByAll);
            // In steps of half the budget, so that publishers are not woken for each message.
            if (allowed == 0 || next == options.Messages || next - allowed > (next - heldByAll) / 2)
            {
                if (next > allowed) await All((child, _) => Tell(child, $"publish {next}"));
                allowed = next;
            }
            if (!await _progress.WaitAsync(Patience) || _children.Any(child => child.HasEnded)) return;
        }
    }

    private static async Task<string[]> Ask(DemoChild child, string question, string answer,
        CancellationToken cancellation)
    {
        await child.Tell(question);
        return await child.Answer(answer, cancellation);
    }

    private static async Task<bool> Tell(DemoChild child, string line)
    {
        await child.Tell(line);
        return true;
    }

    private async Task<T[]> All<T>(Func<DemoChild, int, Task<T>> ask) => await Task.WhenAll(_children.Select(ask));

    private static NodeReport Report(string name, int links, string[] words)
    {
        var counts = words.Select(word => long.Parse(word, CultureInfo.InvariantCulture)).ToArray();
        return new NodeReport(name, links, counts[0], counts[1], counts[2], counts[3], counts[4], counts[5]);
    }
}
