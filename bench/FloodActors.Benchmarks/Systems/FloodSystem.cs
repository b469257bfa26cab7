using Akka.Actor;

namespace FloodActors.Benchmarks.Systems;

/// <summary>
/// A node of a flood, through its public API and with its default settings where <see cref="Setup.Hocon"/> has no
/// others.
/// </summary>
internal sealed class FloodSystem : IMessageSystem
{
    /// <summary>
    /// Each so many appends one is awaited, two such groups late: the queue never fills, and the publisher never idles.
    /// </summary>
    private const int Group = 1024;

    private readonly ActorSystem _system;
    private readonly Flood _flood;
    private readonly Queue<Task<AppendResult>> _answers = new();
    private int _inGroup;

    public FloodSystem(Setup setup, IReceiver? receiver)
    {
        _system = Remoting.Start("remote", setup.Hocon);
        var callbacks = receiver is null
            ? null
            : new FloodCallbacks { OnMessage = message => receiver.OnMessage(message.Body.Span) };
        _flood = Flood.Start(_system, callbacks, settings => settings with
        {
            NodeName = $"n{setup.Index}",
            MessageId = Enum.Parse<MessageIdMode>(setup.MessageId, ignoreCase: true),
        });
        var address = Remoting.AddressOf(_system);
        Address = $"{address.Host}:{address.Port}";
    }

    public string Address { get; }

    public async Task Join(Setup setup)
    {
        var links = setup.Contestant.Links(setup.Nodes).ToList();
        foreach (var (_, to) in links.Where(link => link.From == setup.Index))
        {
            if (await _flood.ConnectAsync(setup.Addresses[to]) is ConnectRefused refused)
                throw new InvalidOperationException(refused.Reason);
        }
        await _flood.WhenConnected(links.Count(link => link.From == setup.Index || link.To == setup.Index));
    }

    public void Publish(byte[] message)
    {
        var payload = FloodPayload.Bytes(message);
        if (++_inGroup < Group)
        {
            if (_flood.Append(payload) is { } rejection) throw new InvalidOperationException(rejection.Message);
            return;
        }
        _inGroup = 0;
        _answers.Enqueue(_flood.AppendAsync(payload));
        if (_answers.Count < 3) return;
        if (_answers.Dequeue().GetAwaiter().GetResult() is not Appended { IsNew: true } and var answer)
            throw new InvalidOperationException($"not appended: {answer}");
    }

    public void Flush()
    {
    }

    public async Task<Dictionary<string, double>> Counters()
    {
        var stats = await _flood.StatsAsync();
        return CounterInfo.All.ToDictionary(counter => counter.Name, counter => (double)counter.Read(stats));
    }

    public async ValueTask DisposeAsync() => await _system.Terminate();
}
