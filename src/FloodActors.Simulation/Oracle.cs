using FloodActors.Core;
using FloodActors.Links;
using FloodActors.Wire;

namespace FloodActors.Simulation;

/// <summary>
/// Watches every step of every node and reports when a guarantee does not hold. It knows what no node knows: which node
/// appended what, what that node had before, and which nodes hold what now. The first violation ends the run.
/// </summary>
internal sealed partial class Oracle
{
    private readonly SimWorld world;
    private readonly Dictionary<MessageId, MessageRecord> _messages = [];
    private readonly List<MessageRecord> _byIndex = [];
    private readonly Dictionary<ulong, Holder> _holders = [];
    private readonly SortedDictionary<LinkEnd, long> _ends = [];
    private long _skipped;
    private long _duplicates;
    private long _resent;
    private long _authors; // appends that were new on their node: equal values may be new on several nodes
    private int _hops;
    private long _peakMessages;
    private long _peakBytes;
    private int _nodesWithAll;
    private readonly bool _isShort; // a message may take longer than it may stay unfinished
    private bool _someForgot; // an id expired on some node, and its message came again

    public Oracle(SimWorld world)
    {
        this.world = world;
        _distances = new int[]?[world.Options.Topology.Nodes];
        if (world.Options.NotesTimes) _times = new DeliveryTimes(world.Options.Topology.Nodes);
        var settings = world.Options.NodeSettings.Values.Append(world.Options.Settings)
            .Concat(world.Options.Faults.OfType<StopFault>().Select(stop => stop.Then).OfType<FloodSettings>())
            .ToList();
        LongestTimeout = settings.Max(s => SimWorld.Micros(s.PeerTimeout));
        var windows = (settings.Max(s => s.MaxMessageSize) / settings.Min(s => s.MaxFrame)) + 1;
        var roundTrip = 2 * SimWorld.Micros(world.Options.Network.Latency + world.Options.Network.Jitter);
        _isShort = world.Options.Network.BytesPerSecond > 0
            || windows * roundTrip > LinkState.UnfinishedTimeouts * settings.Min(s => SimWorld.Micros(s.PeerTimeout));
    }

    public Violation? Broken { get; private set; }

    public long Deliveries => _whole.Deliveries;

    /// <summary>Microseconds of the longest <c>peer-timeout</c>.</summary>
    public long LongestTimeout { get; }

    public void Break(Guarantee guarantee, string text) =>
        Broken ??= new Violation(guarantee, text, TimeSpan.FromMicroseconds(world.Time));

    public void Started(SimNode node)
    {
        _holders[node.Incarnation] = node.Record;
        foreach (var message in _byIndex) NoteRefused(node, message);
    }

    /// <summary>A stream is to be a peer.</summary>
    public void Started(Link link, Holder stream) => _holders[link.Node!.Incarnation] = stream;

    /// <summary>An impostor uses the protocol without being a node.</summary>
    public void Pretends(ulong incarnation) =>
        _holders[incarnation] = new Holder(world.Options.Appends.Count) { IsImpostor = true };

    public void Crashed(SimNode node) => Add(node);

    /// <summary>Records are handed to a link.</summary>
    public void HandedOut(SimNode node, Link link, List<LinkRecord> records)
    {
        Sync(node);
        if (node.Node.IsOver) Break(Guarantee.NothingSilent, $"{node.Name} is over and hands out messages");
        var ledger = node.Record.Ledgers[link.Node!.Incarnation];
        foreach (var record in records)
        {
            if (record.Message is not { } message) continue;
            if (message.HasKey)
            {
                ledger.KeysHanded++;
                continue;
            }
            NoteSent(Index(message.Id));
            if (node.Record.Sources[(int)message.Position] == ledger.Incarnation
                && !MayHaveForgotten(ledger.Peer, Index(message.Id)))
                Break(Guarantee.Cheap,
                    $"{node.Name} sends message {Index(message.Id)} back to {link.Node.NodeName}, who sent it");
            var isTwice = record.Type == RecordType.Answer
                ? !ledger.Answers.Add(message.Position) : message.Position <= ledger.LastHanded;
            // A peer that has forgotten that it had a message may request it again.
            if (isTwice && !MayHaveForgotten(ledger.Peer, Index(message.Id)))
                Break(Guarantee.Cheap,
                    $"{node.Name} sends message {Index(message.Id)} to {link.Node.NodeName} twice over one link");
            if (record.Type == RecordType.Message) ledger.LastHanded = message.Position;
        }
    }

    /// <summary>A node has handled a piece of mail.</summary>
    public void AfterStep(SimNode node)
    {
        Sync(node);
        if (node.Node.State.Peers.Count != node.Record.PeersSeen) NoteCursors(node);
        var state = node.Node.State;
        var log = state.Log;
        var settings = node.Settings;
        _peakMessages = Math.Max(_peakMessages, log.Next - log.First);
        _peakBytes = Math.Max(_peakBytes, log.DataBytes + log.RetainedBytes);
        if (log.RetainedBytes > settings.MaxLag)
            Break(Guarantee.Bounded,
                $"{node.Name} keeps {log.RetainedBytes} bytes for those behind; flood.max-lag is {settings.MaxLag}");
        if (log.Count > settings.Capacity)
            Break(Guarantee.Bounded, $"{node.Name} holds {log.Count} messages; flood.capacity is {settings.Capacity}");
        if (log.DataBytes > settings.CapacityBytes && log.Count > 1)
            Break(Guarantee.Bounded,
                $"{node.Name} holds {log.DataBytes} bytes; flood.capacity-bytes is {settings.CapacityBytes}");
        if (state.Peers.Count > settings.MaxPeers)
            Break(Guarantee.Bounded,
                $"{node.Name} remembers {state.Peers.Count} peers; flood.max-peers is {settings.MaxPeers}");
        foreach (var peer in state.Peers) CheckInbox(node, peer);
        // For each link: the frames of a window, and the link's own messages; then the messages of users and timers
        // while the node is slow. For each stream: the messages that it cannot take. Appends are no mail: they wait in
        // their queue, and a refusal is counted.
        // Links that have ended count as long as messages that they sent may wait.
        node.LinksWhileWaiting = Math.Max(node.Links.Count, node.OwnWaiting > 0 ? node.LinksWhileWaiting : 0);
        var bound = ((node.LinksWhileWaiting + 1) * (LinkState.MaxFrames + 8)) + (8 * world.Options.Uses.Count) + 64
            + (node.Links.Count(driver => driver is SimStream) * (SimStream.Room / 8));
        if (node.OwnWaiting > bound)
            Break(Guarantee.Bounded, $"{node.OwnWaiting} messages wait for {node.Name}, of {node.Links.Count} links");
        if (node.Waiting == 0 && node.Queue.Count > 0 && !node.Node.IsOver && !state.MustAppendsWait)
            Break(Guarantee.Alive, $"{node.Queue.Count} appends wait on {node.Name}, although nobody there lags");
        CheckKeysOf(node);
    }

    /// <summary>
    /// Checks one peer's batches that wait for messages that they must not overtake, and its answers.
    /// </summary>
    private void CheckInbox(SimNode node, PeerCursor peer)
    {
        if (peer.Traffic.Inbox.Weight == 0 && peer.Traffic.AnswerBytes == 0) return;
        // The last message, or record of ids, may begin when there is hardly any room. A batch may be cut into frames.
        var ids = Math.Min(world.Options.Appends.Count, LinkRecord.MaxIds) * OrderWindow.EachWeight;
        var most = (2L * FloodState.OrderLimit(node.Settings.Window)) + node.Settings.MaxMessageSize + ids;
        if (Math.Max(peer.Traffic.Inbox.Weight, peer.Traffic.AnswerBytes) > most)
        {
            Break(
                Guarantee.Bounded,
                $"{peer.Traffic.Inbox.Weight} bytes of {peer.Id} wait in order on {node.Name}, and "
                + $"{peer.Traffic.AnswerBytes} of "
                + $"answers; flood.window is {node.Settings.Window}");
        }
    }

    /// <summary>A user has appended, or tried to.</summary>
    public void AfterAppend(SimNode node)
    {
        Sync(node);
        // Callers that wait for their answer may fill the queue once more. Appends that the node holds elsewhere wait
        // as well.
        var waiting = node.Record.Pending.Count;
        if (waiting > 2 * node.Settings.AppendQueue)
            Break(Guarantee.Bounded,
                $"{waiting} appends wait on {node.Name}; flood.append-queue is {node.Settings.AppendQueue}");
    }

    /// <summary>A link has handled a piece of mail.</summary>
    public void AfterLink(SimLink link)
    {
        var settings = link.Owner.Settings;
        // One message may exceed the demand, and ids and wants come on top.
        var slack = settings.MaxMessageSize + (4 * LinkRecord.MaxIds * LinkRecord.ToldSize) + 1024;
        if (link.State.UnderWay > settings.Window + slack)
            Break(Guarantee.Bounded,
                $"{link.State.UnderWay} bytes are under way from {link.Owner.Name} on one link; flood.window is "
                + $"{settings.Window}");
        if (link.Owner.Node.Memory.Reserved > settings.ReassemblyBytes)
            Break(Guarantee.Bounded,
                $"{link.Owner.Name} reserved {link.Owner.Node.Memory.Reserved} bytes; flood.reassembly-bytes is "
                + $"{settings.ReassemblyBytes}");
    }

    /// <summary>A node's timer has fired: by now it has noticed every peer that has been silent for long.</summary>
    public void AfterTick(SimNode node)
    {
        if (node.Process.IsOver || node.IsBusy) return;
        var limit = (long)(node.Settings.PeerTimeout + world.Options.TickInterval).TotalMilliseconds;
        foreach (var driver in node.Links)
        {
            if (driver is SimLink { IsClosed: false, Record.IsUp: true } link && node.Now - link.LastHeard > limit)
                Break(Guarantee.Alive,
                    $"{node.Name} has heard nothing from {link.Record.Node!.NodeName} for {node.Now - link.LastHeard} "
                    + "ms and keeps the link");
            if (driver is SimLink { IsClosed: false, Record.IsUp: true, AwaitsConfirmation: true } waiting
                && !node.WasHeldUp && world.Options.Network.BytesPerSecond == 0
                && node.Now - waiting.PassedAt > Patience(node.Settings))
                Break(Guarantee.Alive,
                    $"no frame from {node.Name} has got through to {waiting.Record.Node!.NodeName} for "
                    + $"{node.Now - waiting.PassedAt} ms, and it keeps the link");
        }
    }

    /// <summary>Milliseconds after which a link on which no frame gets through has ended, whatever it hears.</summary>
    /// <remarks>
    /// A frame is sent five times, and once more at the peer's request; each time it has at most peer-timeout,
    /// which restarts while frames behind it arrive.
    /// </remarks>
    private long Patience(FloodSettings settings) =>
        (LinkState.HopelessSends + 3) * (settings.PeerTimeoutMs + (long)world.Options.TickInterval.TotalMilliseconds);

    /// <summary>Checks what a subscriber is told: every message once, in order, or that it lagged.</summary>
    public void Told(SimNode node, SimSubscriber subscriber, List<FloodNotice> notices)
    {
        Sync(node);
        if (subscriber.IsOver)
            Break(Guarantee.NothingSilent, $"{node.Name} still tells a subscriber that has unsubscribed");
        if (node.Node.IsOver) Break(Guarantee.NothingSilent, $"{node.Name} is over and tells a subscriber");
        foreach (var notice in notices)
        {
            if (!subscriber.MayBeTold(notice))
                Break(Guarantee.NothingSilent, $"a subscriber of {node.Name} to one topic is told of {notice}");
            switch (notice)
            {
                case { Event: ValuesSpared spared }:
                    subscriber.SparedTold += spared.Count;
                    break;
                case { Event: SubscriberLagged lagged }:
                    subscriber.LagTold += lagged.Skipped;
                    break;
                case { Event: PeerConnected connected }:
                    subscriber.Connected.Add(connected.Peer);
                    break;
                case { Event: PeerDisconnected disconnected }:
                    subscriber.Connected.Remove(disconnected.Peer);
                    break;
                case { Message: { HasKey: true } message }:
                    subscriber.KeysTold++;
                    var (name, version) = (KeyName(message), VersionOf(message));
                    if (subscriber.Versions.TryGetValue(name, out var last) && version.CompareTo(last) <= 0)
                    {
                        Break(
                            Guarantee.InOrder,
                            $"a subscriber of {node.Name} is told of version {version} of {name} after {last}");
                    }
                    subscriber.Versions[name] = version;
                    break;
                case { Message: { } message, IsDrop: false }:
                    if (message.Position < subscriber.NextTold)
                        Break(Guarantee.Once,
                            $"a subscriber of {node.Name} is told of message {Index(message.Id)} twice");
                    if (message.Position > subscriber.NextTold
                        && subscriber.LagTold < message.Position - subscriber.NextTold)
                        Break(Guarantee.NothingSilent,
                            $"a subscriber of {node.Name} was not told of position {subscriber.NextTold}, nor that it "
                            + "lagged");
                    if (subscriber is { KnowsAll: true, LagTold: 0 } && message.From is { } peer
                        && !subscriber.Connected.Contains(peer))
                        Break(Guarantee.InOrder,
                            $"a subscriber of {node.Name} is told of a message from {peer} while that is not "
                            + "connected");
                    subscriber.NextTold = message.Position + 1;
                    break;
                case { Message: { } message, IsDrop: true }:
                    if (message.Position < subscriber.NextDropTold)
                        Break(Guarantee.Once,
                            $"a subscriber of {node.Name} is told twice that message {Index(message.Id)} was dropped");
                    subscriber.NextDropTold = message.Position + 1;
                    break;
            }
        }
    }

    private int Index(in MessageId id) => _messages.TryGetValue(id, out var message) ? message.Index : -1;
}
