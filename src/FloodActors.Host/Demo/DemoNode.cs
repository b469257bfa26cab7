using System.Globalization;

namespace FloodActors.Host.Demo;

/// <summary>
/// One process of the demo. It reads commands as lines on standard input, answers with lines on standard output,
/// and ends when its input does: so no process is left behind, however the demo ends. It counts the messages that
/// it gets by their numbers.
/// </summary>
internal sealed class DemoNode
{
    public const string Verb = "demo-node";

    /// <summary>Appends in flight at a time.</summary>
    private const int Pipeline = 512;

    private readonly object _gate = new();
    private readonly System.Collections.BitArray _have;
    private readonly int _messages;
    private int _held;
    private int _told = -1;
    private long _fromPeers;
    private long _repeated;

    private DemoNode(int messages)
    {
        _messages = messages;
        _have = new System.Collections.BitArray(messages);
    }

    public static async Task<int> Run(int index, int nodes, int messages, int size)
    {
        var self = new DemoNode(messages);
        var node = await Node.Start(
            // The demo itself reports what is wrong; a process that starts slowly is not wrong.
            new NodeOptions { Hocon = "akka.loglevel = ERROR" }.ToConfig(),
            new FloodCallbacks { OnChange = self.Count },
            // The demo bounds the messages in flight; no cursor may skip.
            settings => settings with { NodeName = $"node-{index + 1}", MaxLag = DemoBudget.MaxLag,
                OnLag = LagPolicy.Wait });
        self.Say($"listening {node.Address}");
        using var progress = new Timer(_ => self.TellProgress(), null, TimeSpan.FromMilliseconds(20),
            TimeSpan.FromMilliseconds(20));

        var next = index;
        while (await Console.In.ReadLineAsync() is { } line)
        {
            var words = line.Split(' ');
            switch (words[0])
            {
                case "connect":
                    _ = node.Flood.ConnectAsync(words[1]);
                    break;
                case "ready":
                    await node.Flood.WhenConnected(int.Parse(words[1], CultureInfo.InvariantCulture));
                    self.Say("ready");
                    break;
                case "publish":
                    next = await Publish(node.Flood, next, int.Parse(words[1], CultureInfo.InvariantCulture), nodes,
                        size);
                    break;
                case "flush":
                    await node.Flood.FlushAsync();
                    self.Say("flushed");
                    break;
                case "report":
                    await self.Report(node.Flood);
                    break;
            }
        }
        return ExitCodes.Done;
    }

    /// <summary>
    /// Appends this node's messages below a number. Node i of n creates the messages i, i + n, i + 2n and so on.
    /// </summary>
    private static async Task<int> Publish(Flood flood, int next, int below, int nodes, int size)
    {
        var underWay = new Queue<Task<AppendResult>>();
        for (; next < below || underWay.Count > 0; next += nodes)
        {
            if (next < below) underWay.Enqueue(flood.AppendAsync(DemoMessage.Create(next, size)));
            while (underWay.Count > 0 && (underWay.Count >= Pipeline / Math.Max(1, size >> 10) || next >= below))
            {
                if (await underWay.Dequeue() is Rejected rejected) throw HostException.Failed(
                    $"a message was not accepted: {rejected.Rejection.Message}");
                if (next >= below && underWay.Count == 0) return next;
            }
        }
        return next;
    }

    private void Count(FloodMessage message)
    {
        var number = DemoMessage.NumberOf(message);
        if (!message.IsOwn) _fromPeers++;
        if (number < 0 || number >= _messages || _have[number])
        {
            _repeated++;
            return;
        }
        _have[number] = true;
        if (Interlocked.Increment(ref _held) == _messages) TellProgress();
    }

    private void TellProgress()
    {
        lock (_gate)
        {
            var held = Volatile.Read(ref _held);
            if (held == _told) return;
            _told = held;
            Say(string.Create(CultureInfo.InvariantCulture, $"held {held}"));
        }
    }

    private async Task Report(Flood flood)
    {
        var stats = await flood.StatsAsync();
        Say(string.Create(
            CultureInfo.InvariantCulture,
            $"report {stats.Appended} {Volatile.Read(ref _fromPeers)} {stats.Duplicates} {stats.Forwarded} "
                + $"{_messages - Volatile.Read(ref _held)} {Volatile.Read(ref _repeated)}"));
    }

    private void Say(string line)
    {
        lock (_gate)
        {
            Console.Out.WriteLine(line);
            Console.Out.Flush();
        }
    }
}
