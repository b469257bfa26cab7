using FloodActors.Core;
using FloodActors.Links;

namespace FloodActors.Simulation;

/// <summary>
/// Watches every step of every node and says when a guarantee does not hold. It knows what no node knows: who appended what, what it had
/// before, who holds what now. The first violation ends the run.
/// </summary>
internal sealed partial class Oracle(SimWorld world)
{
    private readonly Dictionary<MessageId, MessageRecord> _messages = [];
    private readonly List<MessageRecord> _byIndex = [];
    private bool _lossReported; // somebody skipped, or linked with one who had dropped: order is no longer promised
    private long _skipped;
    private long _duplicates;
    private long _resent;
    private long _transmissions;
    private long _authors; // appends that were new where they were made: equal values may be so on several nodes
    private int _hops;
    private long _timeToLast;
    private long _peakMessages;
    private long _peakBytes;
    private int _nodesWithAll;

    public Violation? Broken { get; private set; }

    public long Deliveries { get; private set; }

    /// <summary>A node answered an append.</summary>
    public void Appended(SimNode node, in MessageId id, SimulatedAppend append, bool isNew)
    {
        var record = node.Record;
        var known = _messages.TryGetValue(id, out var message);
        if (isNew) _authors++;
        if (!isNew)
        {
            if (!known || !record.Delivered.Contains(message!.Index)) Break(Guarantee.Everywhere, $"{Name(node)} says that append {append} is not new, but it never had it");
            return;
        }
        if (!known)
        {
            message = new MessageRecord(_byIndex.Count, id, world.Time, record.Delivered.Copy());
            _messages.Add(id, message);
            _byIndex.Add(message);
        }
        else
        {
            message!.Before.KeepOnly(record.Delivered);
        }
        Note(node, message, 0);
    }

    /// <summary>A batch from a peer was received: what is new in the log?</summary>
    public void Received(SimNode node, ulong source)
    {
        var record = node.Record;
        var log = node.State.Log;
        while (record.History.Count < log.Next)
        {
            var entry = log[record.History.Count];
            if (!_messages.TryGetValue(entry.Id, out var message))
            {
                Break(Guarantee.Once, $"{Name(node)} delivered {entry.Id}, which nobody appended");
                return;
            }
            var missing = message.Before.FirstNotIn(record.Delivered);
            if (missing >= 0 && !_lossReported)
                Break(Guarantee.InOrder, $"{Name(node)} delivered message {message.Index} from {entry.From} before message {missing}, which came before it where it was appended");
            Note(node, message, source);
            Deliveries++;
            _hops = Math.Max(_hops, entry.Hops);
            _timeToLast = Math.Max(_timeToLast, world.Time - message.Appended);
        }
    }

    /// <summary>Records are handed to a link.</summary>
    public void HandedOut(SimNode node, SimLink link, List<LinkRecord> records)
    {
        foreach (var record in records)
        {
            if (record.Message is not { } message) continue;
            _transmissions++;
            var peer = link.Record.Node!;
            if (node.Record.Sources[(int)message.Position] == peer.Incarnation)
                Break(Guarantee.Cheap, $"{Name(node)} sends message {Index(message.Id)} back to {peer.NodeName}, who sent it");
            if (!link.HandOver(message.Position))
                Break(Guarantee.Cheap, $"{Name(node)} sends message {Index(message.Id)} to {peer.NodeName} twice over one link");
        }
    }

    /// <summary>A node's flood has dealt with a message.</summary>
    public void AfterStep(SimNode node, in Mail mail)
    {
        var state = node.State;
        var log = state.Log;
        var settings = world.Options.Settings;
        var record = node.Record;
        ReadEvents(node);
        if (state.Counters.Skipped > record.SkippedSeen)
        {
            record.SkippedSeen = state.Counters.Skipped;
            _lossReported = true;
        }
        _peakMessages = Math.Max(_peakMessages, log.Next - log.First);
        _peakBytes = Math.Max(_peakBytes, log.DataBytes + log.RetainedBytes);
        if (log.RetainedBytes > settings.MaxLag) Break(Guarantee.Bounded, $"{Name(node)} keeps {log.RetainedBytes} bytes for those behind; flood.max-lag is {settings.MaxLag}");
        if (log.Count > settings.Capacity) Break(Guarantee.Bounded, $"{Name(node)} holds {log.Count} messages; flood.capacity is {settings.Capacity}");
        if (log.DataBytes > settings.CapacityBytes && log.Count > 1) Break(Guarantee.Bounded, $"{Name(node)} holds {log.DataBytes} bytes; flood.capacity-bytes is {settings.CapacityBytes}");
        if (state.Peers.Count > settings.MaxPeers) Break(Guarantee.Bounded, $"{Name(node)} remembers {state.Peers.Count} peers; flood.max-peers is {settings.MaxPeers}");
        // Of each link: the frames of a window and what the link itself says; then hellos, appends, ticks while the flood is slow.
        var bound = (node.Links.Count * (LinkState.MaxFrames + 8)) + SimNode.ForeignLimit + world.Options.Appends.Count + 1024;
        if (node.Waiting > bound) Break(Guarantee.Bounded, $"{node.Waiting} messages wait for {Name(node)}, of {node.Links.Count} links");
    }

    /// <summary>A link has dealt with a message.</summary>
    public void AfterLink(SimLink link)
    {
        var settings = world.Options.Settings;
        // One message may exceed the room asked for, and an announcement and an answer come on top.
        var slack = settings.MaxMessageSize + (2 * FloodState.HaveChunk * MessageId.Size) + 1024;
        if (link.State.UnderWay > settings.Window + slack)
            Break(Guarantee.Bounded, $"{link.State.UnderWay} bytes are under way from {Name(link.Owner)} on one link; flood.window is {settings.Window}");
    }

    /// <summary>A node's timer has fired: by now it has noticed every peer that has been silent for long.</summary>
    public void AfterTick(SimNode node)
    {
        if (node.IsDown) return;
        var limit = (long)world.Options.Settings.PeerTimeout.TotalMilliseconds + 250;
        foreach (var link in node.Links)
            if (!link.IsDead && link.Record.IsUp && node.Now - link.LastHeard > limit)
                Break(Guarantee.Alive, $"{Name(node)} has heard nothing from {link.Record.Node!.NodeName} for {node.Now - link.LastHeard} ms and keeps the link");
    }

    public void Crashed(SimNode node) => Add(node);

    /// <summary>Notes which cursors a node has given up, and what it reported about them.</summary>
    public void CursorsMayBeGone(SimNode node)
    {
        ReadEvents(node);
        foreach (var (incarnation, ledger) in node.Record.Ledgers)
        {
            if (!ledger.HasCursor || node.State.Peers.Any(p => p.Incarnation == incarnation)) continue;
            ledger.HasCursor = false;
            ledger.GivenUpAt = node.State.Log.Next;
        }
    }

    /// <summary>A link came up; <paramref name="kept"/>: on the cursor of the link before.</summary>
    public void Connected(SimNode node, PeerCursor cursor, bool kept)
    {
        var ledgers = node.Record.Ledgers;
        if (!ledgers.TryGetValue(cursor.Incarnation, out var ledger)) ledgers.Add(cursor.Incarnation, ledger = new Ledger());
        node.Record.Current[cursor.Id] = ledger;
        ledger.HasCursor = true;
        if (kept) return;
        var first = node.State.Log.First;
        // What the log no longer has, the peer may yet get from others, after its consequences; it was told that history is missing.
        if (first > 0) _lossReported = true;
        if (first > ledger.GivenUpAt) ledger.Gone.Add((ledger.GivenUpAt, first));
    }

    /// <summary>What a subscriber is told: every message once, in order, or that it lagged.</summary>
    public void Told(SimNode node, List<FloodNotice> notices)
    {
        var record = node.Record;
        foreach (var notice in notices)
        {
            switch (notice)
            {
                case { Event: SubscriberLagged lagged }:
                    record.LagTold += lagged.Skipped;
                    break;
                case { Message: { } message, IsDrop: false }:
                    if (message.Position < record.NextTold) Break(Guarantee.Once, $"the subscriber of {Name(node)} is told of message {Index(message.Id)} twice");
                    if (message.Position > record.NextTold && record.LagTold < message.Position - record.NextTold)
                        Break(Guarantee.NothingSilent, $"the subscriber of {Name(node)} was not told of position {record.NextTold}, nor that it lagged");
                    record.NextTold = message.Position + 1;
                    break;
                case { Message: { } message, IsDrop: true }:
                    if (message.Position < record.NextDropTold) Break(Guarantee.Once, $"the subscriber of {Name(node)} is told twice that message {Index(message.Id)} was dropped");
                    record.NextDropTold = message.Position + 1;
                    break;
            }
        }
    }

    private void Note(SimNode node, MessageRecord message, ulong source)
    {
        node.Record.History.Add(message.Index);
        node.Record.Sources.Add(source);
        if (!node.Record.Delivered.Add(message.Index)) Break(Guarantee.Once, $"{Name(node)} delivered message {message.Index} twice");
    }

    private void ReadEvents(SimNode node)
    {
        var events = node.State.Events;
        var record = node.Record;
        if (record.EventsRead < events.First) throw new InvalidOperationException("A step raised more events than flood.event-buffer holds: the simulation cannot follow. Use a larger one.");
        while (record.EventsRead < events.Next)
        {
            switch (events[record.EventsRead++])
            {
                case PeerLagged lagged:
                    record.SkippedTold += lagged.Skipped;
                    if (record.Current.TryGetValue(lagged.Peer, out var slow)) slow.Reported += lagged.Skipped;
                    break;
                case PeerForgotten forgotten:
                    record.MissedTold += forgotten.Missed;
                    if (record.Current.TryGetValue(forgotten.Peer, out var gone)) gone.Reported += forgotten.Missed;
                    break;
            }
        }
    }

    private void Break(Guarantee guarantee, string text) => Broken ??= new Violation(guarantee, text, TimeSpan.FromMicroseconds(world.Time));

    private int Index(in MessageId id) => _messages.TryGetValue(id, out var message) ? message.Index : -1;

    private static string Name(SimNode node) => SimNode.NameOf(node.Index);
}
