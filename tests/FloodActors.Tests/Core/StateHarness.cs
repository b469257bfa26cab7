using System.Text;
using FloodActors.Core;
using FloodActors.Tests.Wire;
using FloodActors.Wire;

namespace FloodActors.Tests.Core;

/// <summary>A node's state with a clock that only the test moves.</summary>
internal sealed class StateHarness
{
    private long _now = 1000;

    public StateHarness(
        Func<FloodSettings, FloodSettings>? configure = null, ulong incarnation = 1, FloodRule? rule = null)
    {
        Settings = (configure ?? (s => s))(new FloodSettings
        {
            MaxMessageSize = 1024,
            MaxLag = 10_000,
            CapacityBytes = 1 << 20,
            SeenMaxCount = 10_000,
            SeenMaxOrigins = 1000,
            SeenMaxIntervals = 100,
        });
        var seen = SeenSet.Create(Settings, incarnation, 7);
        State = new FloodState(Settings, new Origin(incarnation, "node", ""), seen, rule);
    }

    public FloodSettings Settings { get; }

    public FloodState State { get; }

    public FloodTime Time => new(_now, 638_000_000_000_000_000 + (_now * TimeSpan.TicksPerMillisecond));

    public void Advance(TimeSpan by)
    {
        _now += (long)by.TotalMilliseconds;
        State.Tick(Time);
        State.Trim();
    }

    public bool Append(string text)
    {
        var isNew = State.Append(PayloadKind.Text, Encoding.UTF8.GetBytes(text), IdOf(text), Time, out _);
        State.Trim();
        return isNew;
    }

    public void Receive(PeerCursor from, params string[] texts)
    {
        var entries = texts.Select(text =>
            new LinkEntry(RecordType.Message, IdOf(text), PayloadKind.Text, 1, Encoding.UTF8.GetBytes(text))
            {
                Author = LinkSamples.Author,
            }).ToArray();
        State.Receive(from, Batch(entries), Time);
        State.Trim();
    }

    public void ReceiveControl(PeerCursor from, LinkRecord record) =>
        State.Receive(from, Batch(new LinkEntry(record.Type, default, default, 0, record.Control)), Time);

    /// <summary>What came in one frame.</summary>
    public static ReceivedBatch Batch(params LinkEntry[] entries)
    {
        var batch = new ReceivedBatch();
        foreach (var entry in entries)
        {
            ref var added = ref batch.Add();
            added = entry;
            if (added.IsMessage) added.Author ??= LinkSamples.Author;
            if (!added.Header.IsEmpty && !MessageHeader.KeyOf(added.Header.Span).IsEmpty) added.Type = RecordType.Keyed;
            batch.HasWords |= added.Type != RecordType.Message;
        }
        return batch;
    }

    /// <summary>What the peer is given when it asks for so many bytes.</summary>
    public List<LinkRecord> Pull(PeerCursor peer, int room = 1_000_000)
    {
        peer.Room = room;
        var records = new List<LinkRecord>();
        State.Pull(peer, records);
        return records;
    }

    /// <summary>The peer asks for all that it is offered, and is to be given it.</summary>
    public void WantAll(PeerCursor peer)
    {
        foreach (var record in Pull(peer)) Want(peer, record);
    }

    /// <summary>The peer asks for all ids of a record.</summary>
    public void Want(PeerCursor peer, in LinkRecord told) =>
        ReceiveControl(peer, new LinkRecord(RecordType.Want, null, Told(told).SelectMany(id =>
        {
            var bytes = new byte[MessageId.Size];
            id.WriteTo(bytes);
            return bytes;
        }).ToArray()));

    /// <summary>The ids that a record tells.</summary>
    public static IEnumerable<MessageId> Told(LinkRecord record)
    {
        var entry = new LinkEntry(record.Type, default, default, 0, record.Control);
        return Enumerable.Range(0, entry.IdCount).Select(i => entry.IdAt(i, out _));
    }

    /// <summary>A record that tells ids of texts.</summary>
    public static LinkRecord Ids(RecordType type, params string[] texts) => new(
        type, null, texts.SelectMany(text =>
        {
            var bytes = new byte[LinkRecord.ToldSize];
            IdOf(text).WriteTo(bytes);
            bytes[MessageId.Size] = 10;
            return bytes;
        }).ToArray());

    /// <summary>The texts among what the peer is given; acknowledged at once.</summary>
    public List<string> Send(PeerCursor peer, int room = 1_000_000)
    {
        var texts = Pull(peer, room).Where(r => r.Message is not null).Select(r => TextOf(r.Message!)).ToList();
        State.Acked(peer, peer.Handed);
        State.Trim();
        return texts;
    }

    /// <summary>A peer that wants everything it is offered, brought level.</summary>
    public PeerCursor Connect(string id, ulong incarnation = 100)
    {
        var peer = State.Connect(id, incarnation);
        return peer;
    }

    public List<string> Data =>
        Enumerable.Range(0, State.Log.Count).Select(i => TextOf(State.Log[State.Log.DataStart + i])).ToList();

    public List<FloodEvent> Events
    {
        get
        {
            var events = new List<FloodEvent>();
            for (var i = State.Events.First; i < State.Events.Next; i++) events.Add(State.Events[i]);
            return events;
        }
    }

    public List<FloodNotice> Notices(ListenerCursor listener, int room = 1000)
    {
        listener.Room = room;
        var notices = new List<FloodNotice>();
        State.Pull(listener, notices);
        State.Trim();
        return notices;
    }

    public static string TextOf(FloodMessage message) => Encoding.UTF8.GetString(message.Body.Span);

    public static MessageId IdOf(string text)
    {
        var hash = System.IO.Hashing.XxHash128.HashToUInt128(Encoding.UTF8.GetBytes(text));
        return new MessageId((ulong)(hash >> 64), (ulong)hash);
    }
}
