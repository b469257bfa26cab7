using FloodActors.Core;

namespace FloodActors.Simulation;

/// <summary>A slow subscriber: what <c>ListenerActor</c> is to the node.</summary>
internal sealed class SimSubscriber(
    SimNode owner, bool wantsDrops, bool replay, long delay, string? topic = null) : ISubscriberDriver
{
    private readonly NoticeDemand _demand = new();

    public Subscriber Subscriber { get; private set; } = null!;

    /// <summary>It has unsubscribed: nothing more is told.</summary>
    public bool IsOver { get; set; }

    /// <summary>The next message and the next drop that it is to be told of.</summary>
    public long NextTold { get; set; }

    /// <inheritdoc cref="NextTold"/>
    public long NextDropTold { get; set; }

    /// <summary>Notices that it was told it had missed.</summary>
    public long LagTold { get; set; }

    /// <summary>The one topic that it listens to; null for everything.</summary>
    public string? Topic => topic;

    /// <summary>Values of keys that have occurred for it since it began.</summary>
    public long KeysOffered { get; set; }

    /// <summary>Values of keys that it was told of.</summary>
    public long KeysTold { get; set; }

    /// <summary>Values of keys that it was told it had been spared.</summary>
    public long SparedTold { get; set; }

    /// <summary>The latest version of each key that it was told of.</summary>
    public Dictionary<string, (long, ulong)> Versions { get; } = [];

    /// <summary>Peers that it was told are connected.</summary>
    public HashSet<string> Connected { get; } = [];

    /// <summary>Whether it has been told of everything since the node began.</summary>
    public bool KnowsAll { get; private set; }

    public void Start()
    {
        var log = owner.Node.State.Log;
        Subscriber = owner.Node.Subscribe(this, wantsDrops, replay, topic);
        if (replay) KeysOffered = owner.Node.State.Latest().Count(Wants);
        (NextTold, NextDropTold) = (replay ? log.DataStart : log.Next, log.DataStart);
        KnowsAll = topic is null && owner.Node.State.Events.Next == 0;
        Ask();
    }

    /// <summary>Whether a message is of its topic.</summary>
    public bool Wants(FloodMessage message) => topic is null || message.Topic == topic;

    /// <summary>Whether a subscriber to one topic may be told this.</summary>
    public bool MayBeTold(FloodNotice notice) =>
        topic is null || notice.Message?.Topic == topic || notice.Event is SubscriberLagged or ValuesSpared;

    public void Give(NoticeDemand demand)
    {
        owner.World.Oracle.Told(owner, this, demand.Notices);
        if (delay == 0) Ask();
        else owner.World.Later(owner.Random.Between(0, delay), Ask);
    }

    private void Ask()
    {
        owner.Post(() =>
        {
            if (IsOver) return;
            _demand.Notices.Clear();
            owner.Node.OnDemand(Subscriber, _demand, owner.Time);
        });
        owner.Process.Run();
    }
}

/// <summary>
/// The node's seen-set, observed by the oracle, which sees every message that is taken and every one that leaves the
/// log.
/// </summary>
internal sealed class ObservedSeenSet(SeenSet seen, SimNode node) : SeenSet
{
    public override int Count => seen.Count;

    public override long GivenUp => seen.GivenUp;

    public override SeenResult TryAdd(in MessageId id, long position, long now, out long known)
    {
        var result = seen.TryAdd(id, position, now, out known);
        // No peer brought it: it is appended here.
        node.Record.Sorted.Enqueue(node.Record.LastSorted = (id, result == SeenResult.New));
        return result;
    }

    public override SeenResult TryAdd(in MessageId id, long position, long now, int bringer, out long known)
    {
        var result = seen.TryAdd(id, position, now, bringer, out known);
        (ForgottenOrigins, LastForgotten) = (seen.ForgottenOrigins, seen.LastForgotten);
        return result;
    }

    public override void Disown(int bringer) => seen.Disown(bringer);

    public override void Prefetch(in MessageId id) => seen.Prefetch(id);

    public override bool Contains(in MessageId id, long now, out long known) => seen.Contains(id, now, out known);

    public override void LeftLog(in MessageId id)
    {
        seen.LeftLog(id);
        node.World.Oracle.LeftLog(node);
    }
}
