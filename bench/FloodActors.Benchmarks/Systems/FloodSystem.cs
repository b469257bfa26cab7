using Akka.Actor;

namespace FloodActors.Benchmarks.Systems;

/// <summary>
/// A node of a flood, through its public API and with its default settings where <see cref="Setup.Hocon"/> has no
/// others.
/// </summary>
internal class FloodSystem : IMessageSystem
{
    /// <summary>
    /// Each so many appends one is awaited, two such groups late: the queue never fills, and the publisher never idles.
    /// </summary>
    private const int Group = 1024;

    private readonly Queue<Task<AppendResult>> _answers = new();
    private int _inGroup;

    public FloodSystem(Setup setup, IReceiver? receiver)
        : this(setup, receiver is null
            ? null
            : new FloodCallbacks { OnMessage = message => receiver.OnMessage(message.Body.Span) })
    {
    }

    protected FloodSystem(Setup setup, FloodCallbacks? callbacks)
    {
        System = Remoting.Start("remote", setup.Hocon);
        Flood = FloodActors.Flood.Start(System, callbacks, settings => settings with
        {
            NodeName = $"n{setup.Index}",
            MessageId = Enum.Parse<MessageIdMode>(setup.MessageId, ignoreCase: true),
        });
        var address = Remoting.AddressOf(System);
        Address = $"{address.Host}:{address.Port}";
    }

    public string Address { get; }

    protected ActorSystem System { get; }

    protected Flood Flood { get; }

    public virtual async Task Join(Setup setup)
    {
        var links = setup.Contestant.Links(setup.Nodes).ToList();
        foreach (var (_, to) in links.Where(link => link.From == setup.Index))
        {
            if (await Flood.ConnectAsync(setup.Addresses[to]) is ConnectRefused refused)
                throw new InvalidOperationException(refused.Reason);
        }
        await Flood.WhenConnected(links.Count(link => link.From == setup.Index || link.To == setup.Index));
    }

    public void Publish(byte[] message)
    {
        if (++_inGroup < Group)
        {
            if (Append(message) is { } rejection) throw new InvalidOperationException(rejection.Message);
            return;
        }
        _inGroup = 0;
        _answers.Enqueue(AppendAsync(message));
        if (_answers.Count < 3) return;
        if (_answers.Dequeue().GetAwaiter().GetResult() is not Appended { IsNew: true } and var answer)
            throw new InvalidOperationException($"not appended: {answer}");
    }

    public void Flush()
    {
    }

    public async Task<Dictionary<string, double>> Counters()
    {
        var stats = await Flood.StatsAsync();
        return CounterInfo.All.ToDictionary(counter => counter.Name, counter => (double)counter.Read(stats));
    }

    public async ValueTask DisposeAsync() => await System.Terminate();

    protected virtual FloodRejection? Append(byte[] message) => Flood.Append(FloodPayload.Bytes(message));

    protected virtual Task<AppendResult> AppendAsync(byte[] message) => Flood.AppendAsync(FloodPayload.Bytes(message));
}
