using FloodActors.Core;

namespace FloodActors.Simulation;

/// <summary>
/// Which nodes have which message, and in which order. The promise is local: a node delivers a message after all
/// messages that its author had before it, except for those missing there for a reason that a user could read in an
/// event. Message q may be missing at node d when m is delivered from b if
/// <list type="number">
/// <item>a link from b to d came up when q had left the log of b, of which <see cref="PeerConnected.HistoryDropped"/>
/// told d;</item>
/// <item>q left the log of b before d had it, which b reports as <see cref="PeerLagged"/> or
/// <see cref="PeerForgotten"/>;</item>
/// <item>d cannot take q, which b reported as <see cref="MessageNotSent"/>, or does not, as d reported as
/// <see cref="MessageRefused"/>;</item>
/// <item>d counts q as seen to save memory, which it reports as <see cref="MessagesGivenUp"/>;</item>
/// <item>q may be missing at b for one of these reasons, and b had m before it had q.</item>
/// </list>
/// Messages that may be missing stay so for that incarnation; a new incarnation begins without any.
/// </summary>
internal sealed partial class Oracle
{
    /// <summary>A batch brought new messages into the log.</summary>
    public void Received(SimNode node, long from)
    {
        var record = node.Record;
        var log = node.Node.State.Log;
        Sync(node);
        if (node.Node.IsOver) Break(Guarantee.NothingSilent, $"{node.Name} is over and delivers");
        for (var position = from; position < log.Next; position++)
        {
            var entry = log[position];
            if (!_messages.TryGetValue(entry.Id, out var message))
            {
                Break(Guarantee.Once, $"{node.Name} delivered {entry.Id}, which nobody appended");
                return;
            }
            if (entry.From is not { } peer || !record.Current.TryGetValue(peer, out var source))
            {
                Break(Guarantee.NothingSilent,
                    $"{node.Name} delivered message {message.Index} from {entry.From}, with whom it was never linked");
                return;
            }
            if (IsRefused(node, message.Body.Span, null))
                Break(Guarantee.NothingSilent,
                    $"{node.Name} delivered message {message.Index}, which its validator refuses");
            if (record.Rejected.Contains(message.Index) && CannotForget(node))
                Break(Guarantee.Once, $"{node.Name} delivered message {message.Index}, which its validator rejected");
            CheckHistory(node, source);
            if (!message.Authors.Contains(entry.Author))
                Break(Guarantee.Once,
                    $"{node.Name} delivered message {message.Index} as one of {entry.Author}, who did not append it");
            CheckOrder(node, message, record.Current[log.NoteOf(position).InOrderOf!.Id]);
            Note(node, message, source.Incarnation);
            NoteDelivered(node, entry, message);
        }
    }

    /// <summary>A node has answered an append.</summary>
    public void Answered(SimNode node, SimulatedAppend append, AppendResult outcome)
    {
        if (outcome is not FloodActors.Appended appended) return;
        if (node.Record.LastSorted != (appended.Id, appended.IsNew))
            Break(Guarantee.Once, $"{node.Name} answers {append} with {appended}, which is not what it did");
    }

    /// <summary>A stream brings a value.</summary>
    public void Brought(Holder stream, Origin author, in MessageId id, ReadOnlyMemory<byte> body) =>
        stream.Delivered.Add(Made(id, stream, author, body).Index);

    /// <summary>A stream has taken a message.</summary>
    public void Given(SimNode node, SimStream stream, FloodMessage message)
    {
        if (((byte)stream.Use.Kinds & (1 << (byte)message.Kind)) == 0)
            Break(Guarantee.NothingSilent,
                $"{node.Name} gives stream {stream.Use.Id} a message of kind {message.Kind}, which it does not carry");
        stream.Holder.Delivered.Add(Index(message.Id));
    }

    /// <summary>
    /// The oldest message has left a node's log: nodes that do not have it by now will not get it from there.
    /// </summary>
    public void LeftLog(SimNode node)
    {
        Sync(node);
        var record = node.Record;
        var index = record.History[record.LeftAt.Count];
        record.LeftAt.Add(node.Now);
        foreach (var peer in node.Node.State.Peers)
        {
            var holder = _holders[peer.Incarnation];
            if (!holder.Delivered.Contains(index)) holder.Excused.Add(index);
        }
    }

    /// <summary>Notes the appends that a node has taken since the last check.</summary>
    private void Sync(SimNode node)
    {
        var record = node.Record;
        var objections = node.Refusals.Of(RejectReason.NotAllowed) - record.KeyObjections;
        while (record.Sorted.Count > 0 || record.Objections < objections)
        {
            if (!record.Pending.TryDequeue(out var append))
            {
                Break(Guarantee.Once, $"{node.Name} takes an append that nobody made");
                return;
            }
            if (!IsRefused(node, world.Body(append).Span, null) && record.Sorted.TryDequeue(out var sorted))
            {
                Appended(node, sorted.Id, append, sorted.IsNew);
                continue;
            }
            if (record.Objections == objections)
            {
                Break(Guarantee.NothingSilent, $"{node.Name} takes {append}, which its validator refuses");
                return;
            }
            record.Objections++;
            record.Refused++;
        }
    }

    /// <summary>Whether a node has a validator that refuses what has this body and key, whenever it is asked.</summary>
    private bool IsRefused(SimNode node, ReadOnlySpan<byte> body, string? key) =>
        world.Options.RefusesOneIn.TryGetValue(node.Index, out var oneIn)
            && ContentValidator.Refuses(body, key, oneIn);

    /// <summary>A node may lack what its validator refuses.</summary>
    private void NoteRefused(SimNode node, MessageRecord message)
    {
        if (!IsRefused(node, message.Body.Span, null)) return;
        node.Record.TurnedAway.Add(message.Index);
        node.Record.Excused.Add(message.Index);
    }

    private void Appended(SimNode node, in MessageId id, SimulatedAppend append, bool isNew)
    {
        var record = node.Record;
        var body = world.Body(append);
        var log = node.Node.State.Log;
        var isAnother = world.Hash is { } hash
            ? hash(append.Kind, body.Span) != id
            : isNew && log.Holds(record.History.Count) && !log[record.History.Count].Body.Span.SequenceEqual(body.Span);
        if (isAnother)
        {
            Break(Guarantee.InOrder,
                $"{node.Name} takes appends in another order than they were made in: {append} was next");
            return;
        }
        if (isNew)
        {
            _authors++;
            Note(node, Made(id, record, node.Node.State.Self, body), 0);
        }
        else if (!_messages.TryGetValue(id, out var message)
            || (!record.Delivered.Contains(message.Index) && !record.Rejected.Contains(message.Index)))
        {
            Break(Guarantee.Everywhere, $"{node.Name} says that {append} is not new, but it never had it");
        }
    }

    /// <summary>The record of a message that is created now.</summary>
    private MessageRecord Made(in MessageId id, Holder author, Origin origin, ReadOnlyMemory<byte> body)
    {
        if (_messages.TryGetValue(id, out var message))
        {
            message.Before.KeepOnly(author.Delivered);
        }
        else
        {
            message = new MessageRecord(_byIndex.Count, id, world.Time, author.Delivered.Copy()) { Body = body };
            _messages.Add(id, message);
            _byIndex.Add(message);
            foreach (var node in world.Alive) NoteRefused(node, message);
        }
        if (!message.Authors.Contains(origin)) message.Authors.Add(origin);
        return message;
    }

    private void Note(SimNode node, MessageRecord message, ulong source)
    {
        var record = node.Record;
        if (!record.Delivered.Add(message.Index))
        {
            _someForgot = true;
            if (!MayBeForgotten(record, message.Index))
                Break(Guarantee.Once, $"{node.Name} delivered message {message.Index} twice");
        }
        record.History.Add(message.Index);
        record.Sources.Add(source);
    }

    /// <summary>Whether the id of a message may be forgotten now.</summary>
    private bool MayBeForgotten(NodeRecord record, int message) =>
        MayBeForgottenAt(record, record.History.LastIndexOf(message));

    /// <summary>
    /// Whether the id of a message, or the fact that it was refused, may be forgotten now, or may have been before the
    /// message came again.
    /// </summary>
    private bool MayHaveForgotten(Holder holder, int message) =>
        holder is NodeRecord record && (MayBeForgottenAt(record, record.History.IndexOf(message))
            || (record.Rejected.Contains(message) && !CannotForget(record.Node)));

    private bool MayBeForgottenAt(NodeRecord record, int position)
    {
        var (node, left) = (record.Node, record.LeftAt);
        if (position < 0 || position >= left.Count) return false;
        if (node.Settings.MessageId == MessageIdMode.Sequence)
            return record.ForgottenOrigins.Contains(_byIndex[record.History[position]].Id.High);
        var count = world.Options.SeenCount > 0 ? world.Options.SeenCount : node.Settings.SeenMaxCount;
        // Refused messages are remembered in the same places.
        return left.Count + record.Rejected.Count + record.TurnedAway.Count > count
            || node.Now - left[position] >= node.Settings.SeenMaxAge.TotalMilliseconds;
    }

    /// <summary>
    /// Whether a node remembers every id that it can have seen: the times of refused ones are not noted.
    /// </summary>
    private bool CannotForget(SimNode node) =>
        world.Options.SeenCount == 0 && node.Record.ForgottenOrigins.Count == 0
            && (node.Settings.MessageId == MessageIdMode.Sequence
                || world.Time < SimWorld.Micros(node.Settings.SeenMaxAge));

    private void CheckOrder(SimNode node, MessageRecord message, Ledger source)
    {
        var record = node.Record;
        if (message.Before.IsWithin(record.Delivered, record.Excused)) return;
        foreach (var missing in message.Before.NotIn(record.Delivered, record.Excused))
        {
            if (MayBeMissing(source.Peer, missing, message.Index) || MayBeGivenUp(node))
            {
                record.Excused.Add(missing);
                continue;
            }
            Break(
                Guarantee.InOrder,
                $"{node.Name} delivered message {message.Index} from {NameOf(source)} before message {missing}, which "
                + "came before it where it was appended, and nobody has a reason");
            return;
        }
    }

    private static bool MayBeMissing(Holder source, int missing, int message) =>
        source.Excused.Contains(missing)
        && (!source.Delivered.Contains(missing)
            || (source is NodeRecord node && node.History.IndexOf(message) < node.History.IndexOf(missing)));

    /// <summary>
    /// Whether it may be one of the numbers that the node counts as seen although they never came. It reports how many
    /// there are, and cannot say which.
    /// </summary>
    private static bool MayBeGivenUp(SimNode node)
    {
        if (node.Record.TakenForGivenUp >= node.Node.State.Counters.GivenUp) return false;
        node.Record.TakenForGivenUp++;
        return true;
    }

    /// <summary>The peer must have told how many messages it no longer had when the link came up.</summary>
    private void CheckHistory(SimNode node, Ledger source)
    {
        if (source.HistoryChecked || source.Peer is not NodeRecord peer
            || !peer.Ledgers.TryGetValue(node.Incarnation, out var owed)) return;
        if (owed.Link is null || source.Link is null
            || (owed.Link.HelloSession != source.Link.Session && source.Link.HelloSession != owed.Link.Session)) return;
        source.HistoryChecked = true;
        if (owed.GoneAtOpen > source.HistoryTold + owed.Reported + (owed.Cursor?.Skipped ?? 0))
        {
            Break(
                Guarantee.NothingSilent,
                $"{owed.GoneAtOpen} messages had left the log of {NameOf(source)} when it came up with {node.Name}, "
                + $"which was told of {source.HistoryTold}");
        }
    }

    private static string NameOf(Ledger ledger) =>
        ledger.Peer is NodeRecord node ? node.Node.Name : ledger.Cursor?.Id ?? "somebody";
}
