using System.Text;
using FloodActors.Core;
using FloodActors.Links;
using FloodActors.Wire;

namespace FloodActors.Simulation;

/// <summary>
/// Keys: which value wins, which nodes hold it in the end, what is evicted, and what slow receivers are spared. In the
/// end two neighbours hold the same value of each key, except for a reason that a user could read in an event or a
/// counter: a value was refused or could not be sent, or a removal was evicted to make room.
/// </summary>
internal sealed partial class Oracle
{
    /// <summary>A node appended a value of a key, or could not.</summary>
    public void Answered(SimNode node, SimulatedKey key, AppendResult outcome)
    {
        var isRefused = IsRefused(node, KeyBody(key), key.Name);
        switch (outcome)
        {
            case Rejected { Rejection.Reason: RejectReason.NotAllowed }:
                node.Record.Refused++;
                node.Record.KeyObjections++;
                if (!isRefused)
                    Break(Guarantee.NothingSilent, $"{node.Name} refuses {key}, which its validator accepts");
                break;
            case Rejected { Rejection.Reason: RejectReason.KeysFull }:
                node.Record.Refused++;
                break;
            case FloodActors.Appended appended:
                var entry = node.Node.State.Keys.FirstOrDefault(entry => KeyName(entry.Message) == key.FullName);
                if (entry is null || entry.Message.Id != appended.Id)
                    Break(Guarantee.NothingSilent, $"{node.Name} says that it has appended {key}, and has not");
                else
                    Stored(node, entry.Message);
                break;
        }
    }

    /// <summary>A node has a newer value of a key, its own or a peer's.</summary>
    public void Stored(SimNode node, FloodMessage message)
    {
        var record = node.Record;
        NoteForgottenKeys(node);
        var (name, version) = (KeyName(message), VersionOf(message));
        if (record.Keys.TryGetValue(name, out var held) && version.CompareTo(held.Version) <= 0)
            Break(Guarantee.InOrder, $"{node.Name} takes {version} of {name} in the place of {held.Version}");
        if (IsRefused(node, message.Body.Span, message.Key))
            Break(Guarantee.NothingSilent, $"{node.Name} takes {version} of {name}, which its validator refuses");
        record.Keys[name] = new HeldKey(version, message.IsRemoval, message.Weight + FloodState.KeyOverhead);
        foreach (var subscriber in node.Subscribers)
            if (subscriber is { Subscriber: not null, IsOver: false } && subscriber.Wants(message))
                subscriber.KeysOffered++;
        foreach (var ledger in record.Ledgers.Values)
            if (IsLinked(node, ledger) && ledger.Cursor!.Id != message.From) ledger.KeysOwed++;
    }

    /// <summary>
    /// A peer's records are about to be taken. It may bring exactly the value that is due to it, or a value older than
    /// a removal, which is then due to it again.
    /// </summary>
    public void Bringing(SimNode node, Link link, ReceivedBatch batch)
    {
        if (LedgerOf(node, link) is not { } ledger) return;
        var rows = new Dictionary<string, Row>();
        for (var i = batch.Next; i < batch.Count; i++)
        {
            ref var record = ref batch.Entries[i];
            if (record.Type != RecordType.Keyed) continue;
            var header = record.Header.Span;
            var name = $"{Encoding.UTF8.GetString(MessageHeader.TopicOf(header))}/"
                + Encoding.UTF8.GetString(MessageHeader.KeyOf(header));
            if (!rows.TryGetValue(name, out var row))
            {
                if (node.Node.State.Keys.FirstOrDefault(entry => KeyName(entry.Message) == name) is not { } entry)
                    continue;
                row = new Row(
                    VersionOf(entry.Message), entry.Message.IsRemoval, link.Cursor!.Due?.Contains(entry) == true);
            }
            var version = (MessageHeader.VersionOf(header, out var removes), record.Author.Incarnation);
            var order = version.CompareTo(row.Version);
            if (order == 0 && row.IsDue) ledger.KeysHad++;
            if (order < 0 && row is { IsRemoval: true, IsDue: false }) ledger.KeysOwed++;
            // Only the node knows whether a newer value is taken. It matters when more of the same key follows.
            ledger.IsUncertain |= row.IsNewer;
            rows[name] = order > 0
                ? new Row(version, removes, IsDue: false) { IsNewer = true }
                : row with { IsDue = order < 0 && (row.IsDue || row.IsRemoval) };
        }
    }

    /// <summary>
    /// While records were taken, removals were evicted, before or after other records were looked at.
    /// </summary>
    public void ForgotWhileTaking(SimNode node, Link link)
    {
        if (LedgerOf(node, link) is { } ledger) ledger.IsUncertain = true;
    }

    private static Ledger? LedgerOf(SimNode node, Link link) =>
        link.Node is not null && link.Cursor is not null
            && node.Record.Ledgers.TryGetValue(link.Node.Incarnation, out var ledger) ? ledger : null;

    private readonly record struct Row((long, ulong) Version, bool IsRemoval, bool IsDue)
    {
        /// <summary>It comes with the same records.</summary>
        public bool IsNewer { get; init; }
    }

    private void CheckFlushedKeys(SimNode node, FlushNote note, Ledger ledger)
    {
        if (ledger.Peer is not NodeRecord peer) return;
        foreach (var message in note.Keys)
        {
            if (peer.Keys.TryGetValue(KeyName(message), out var held)
                && held.Version.CompareTo(VersionOf(message)) >= 0) continue;
            if (MayLack(node, peer.Node, message, hasNothing: true)) continue;
            Break(
                Guarantee.NothingSilent,
                $"{node.Name} says that {peer.Node.Name} has taken everything, but it lacks {message.Id} of "
                + KeyName(message));
        }
    }

    private void CheckKeysOf(SimNode node)
    {
        var (record, state) = (node.Record, node.Node.State);
        NoteForgottenKeys(node);
        if (state.KeyCount > node.Settings.KeysMaxCount || state.KeyBytes > node.Settings.KeysMaxBytes)
        {
            Break(
                Guarantee.Bounded,
                $"{node.Name} has {state.KeyCount} keys of {state.KeyBytes} bytes; flood.keys.max-count is "
                + $"{node.Settings.KeysMaxCount} and flood.keys.max-bytes {node.Settings.KeysMaxBytes}");
        }
        if (state.KeyCount != record.Keys.Count)
            Break(Guarantee.Everywhere, $"{node.Name} had {record.Keys.Count} keys, and has {state.KeyCount}");
        foreach (var subscriber in node.Subscribers)
        {
            if (subscriber.Subscriber is not { } listener) continue;
            var due = listener.Cursor.Due;
            CheckSpared(
                node, "a subscriber", subscriber.KeysOffered,
                subscriber.KeysTold + subscriber.SparedTold + (due?.Spared ?? 0), due);
        }
        foreach (var ledger in record.Ledgers.Values)
        {
            if (ledger.IsUncertain || !IsLinked(node, ledger)) continue;
            var due = ledger.Cursor!.Due;
            CheckSpared(
                node, ledger.Cursor.Id, ledger.KeysOwed,
                ledger.KeysHanded + ledger.KeysHad + ledger.KeysUnfit + (due?.SparedEver ?? 0) - ledger.SparedBefore,
                due);
        }
    }

    private void CheckSpared(SimNode node, string whom, long owed, long settled, DueKeys? due)
    {
        var open = due?.Count ?? 0;
        if (settled + open != owed)
        {
            Break(
                Guarantee.NothingSilent,
                $"{node.Name} owed {whom} {owed} values of keys; {settled} were given, not needed or spared, and "
                + $"{open} are due");
        }
        if (open > node.Node.State.KeyCount || due?.Places > (2 * open) + 65)
            Break(Guarantee.Bounded, $"{node.Name} keeps {open} keys in {due!.Places} places for {whom}");
    }

    /// <summary>Notes the removals that a node has evicted. There must have been no room for them.</summary>
    private void NoteForgottenKeys(SimNode node)
    {
        var (record, state) = (node.Record, node.Node.State);
        if (state.Counters.RemovalsForgotten == record.ForgottenCount && state.KeyCount >= record.Keys.Count) return;
        var names = state.Keys.Select(entry => KeyName(entry.Message)).ToHashSet();
        var (before, hadToGo) = (record.ForgottenCount, false);
        foreach (var (name, held) in record.Keys.ToArray())
        {
            if (names.Contains(name)) continue;
            if (!held.IsRemoval) Break(Guarantee.Everywhere, $"{node.Name} has lost the value of {name}");
            hadToGo |= state.KeyCount >= node.Settings.KeysMaxCount
                || state.KeyBytes + held.Weight > node.Settings.KeysMaxBytes;
            record.Keys.Remove(name);
            record.Forgotten.Add(name);
            record.ForgottenCount++;
            record.ForgottenUpTo = Math.Max(record.ForgottenUpTo, held.Version.Item1);
            foreach (var subscriber in node.Subscribers) subscriber.Versions.Remove(name);
        }
        if (!hadToGo && record.ForgottenCount > before)
            Break(Guarantee.Everywhere, $"{node.Name} forgot a removal, although there is room");
        if (state.Counters.RemovalsForgotten != record.ForgottenCount)
        {
            Break(
                Guarantee.NothingSilent,
                $"{node.Name} counted {state.Counters.RemovalsForgotten} forgotten removals; it forgot "
                + $"{record.ForgottenCount}");
        }
    }

    /// <summary>
    /// Checks that a neighbour has the same or a newer value of each key, or that there was a reason.
    /// </summary>
    private void CheckKeys(SimNode node, SimNode neighbour)
    {
        var others = neighbour.Node.State.Keys.ToDictionary(entry => KeyName(entry.Message));
        foreach (var entry in node.Node.State.Keys)
        {
            others.TryGetValue(KeyName(entry.Message), out var other);
            if (IsAsNew(other, entry.Message) || MayLack(node, neighbour, entry.Message, other is null)) continue;
            Break(
                Guarantee.Everywhere,
                $"for {KeyName(entry.Message)} {node.Name} has {entry.Message.Id} and {neighbour.Name} "
                + $"{other?.Message.Id.ToString() ?? "nothing"}");
        }
    }

    private static bool IsAsNew(KeyEntry? other, FloodMessage message) =>
        other is not null && VersionOf(other.Message).CompareTo(VersionOf(message)) switch
        {
            > 0 => true,
            0 => other.Message.IsRemoval == message.IsRemoval
                && other.Message.Body.Span.SequenceEqual(message.Body.Span),
            _ => false,
        };

    private bool MayLack(SimNode node, SimNode neighbour, FloodMessage message, bool hasNothing) =>
        neighbour.Record.KeysRefused.Contains(message.Id)
            || IsRefused(neighbour, message.Body.Span, message.Key)
            || (node.Record.Ledgers.TryGetValue(neighbour.Incarnation, out var ledger)
                && ledger.KeysNotSent.Contains(message.Id))
            // An older value may have come back, until a new one is set.
            || neighbour.Record.Forgotten.Contains(KeyName(message))
            // It does not take removals that are as old as those that it has evicted.
            || (hasNothing && message.IsRemoval && VersionOf(message).Item1 <= neighbour.Record.ForgottenUpTo);

    private static bool IsLinked(SimNode node, Ledger ledger) =>
        ledger is { Cursor: { Connected: true, IsStream: false }, Link.IsUp: true }
            && node.Node.State.Peers.Contains(ledger.Cursor);

    internal static byte[] KeyBody(SimulatedKey key)
    {
        var body = new byte[key.Size];
        new SeededRandom((ulong)SimWorld.Micros(key.At) ^ ((ulong)key.Node << 40)).Fill(body);
        return body;
    }

    internal static string KeyName(FloodMessage message) => $"{message.Topic}/{message.Key}";

    internal static (long, ulong) VersionOf(FloodMessage message) =>
        (MessageHeader.VersionOf(message.Header, out _), message.Author.Incarnation);
}

/// <summary>What a node holds of a key, as the oracle noted it.</summary>
internal readonly record struct HeldKey((long, ulong) Version, bool IsRemoval, long Weight);
