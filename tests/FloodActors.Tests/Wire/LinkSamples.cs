using FloodActors.Core;
using FloodActors.Links;
using FloodActors.Payloads;
using FloodActors.Wire;

namespace FloodActors.Tests.Wire;

/// <summary>
/// One of each link message with its bytes, and how they are read. The bytes are the protocol: they change only with
/// its version.
/// </summary>
internal static class LinkSamples
{
    public const ulong Session = 0x0102030405060708;

    public const ulong OwnSession = 0x2122232425262728;

    public static readonly NodeInfo Node = Info(
        "n1", "akka://f/x", 0x1112131415161718) with { Dropped = 300, DroppedHeard = 7 };

    public static readonly Origin Author = new(0x3132333435363738, "author", "");

    public static readonly IReadOnlyDictionary<string, string> Golden = new Dictionary<string, string>
    {
        // version session name address incarnation id-mode window max-frame max-message-size peer-timeout dropped
        // dropped-heard
        ["H"] = "03 0102030405060708 02 6E31 0A 616B6B613A2F2F662F78 1112131415161718 01 808020 E0D403 80808002 8827 "
            + "AC02 07",
        // version session own-session and the same
        ["W"] = "03 0102030405060708 2122232425262728 02 6E31 0A 616B6B613A2F2F662F78 1112131415161718 01 808020 "
            + "E0D403 80808002 8827 AC02 07",
        // version session cause reason
        ["R"] = "03 0102030405060708 0C 05 74616B656E",
        ["B"] = "03 0102030405060708 02 04 6C656674",
        // version session flags seq received taken opens records
        ["F"] = "03 0102030405060708 03 07 AC02 A702 02 AC02 DEADBEEF",
        // version session reason received taken
        ["A"] = "03 0102030405060708 01 AC02 A702 02",
        // version session received taken
        ["P"] = "03 0102030405060708 AC02 A702 02",
    };

    public static Confirmed Confirmed { get; } = new(300, 5, 3);

    public static byte[] Bytes(string manifest) =>
        Convert.FromHexString(Golden[manifest].Replace(" ", "", StringComparison.Ordinal));

    public static byte[] Encode(string manifest) => manifest switch
    {
        "H" => LinkCodec.Encode(new Hello(Session, LinkMessage.Version, Node)),
        "W" => LinkCodec.Encode(new Welcome(Session, OwnSession, Node)),
        "R" => LinkCodec.EncodeEnd(Session, LinkEnd.IdTaken, "taken"),
        "B" => LinkCodec.EncodeEnd(Session, LinkEnd.Leaving, "left"),
        "F" => LinkCodec.EncodeFrame(
            [0xDE, 0xAD, 0xBE, 0xEF], Session, 7, Confirmed, push: true, opens: 300).Bytes!,
        "A" => LinkCodec.Encode(new Ack(Session, Confirmed, AckReason.Missing)),
        _ => LinkCodec.Encode(new Ping(Session, Confirmed)),
    };

    public static LinkMessage Decode(string manifest, byte[] bytes) => manifest switch
    {
        "H" => LinkCodec.DecodeHello(bytes),
        "W" => LinkCodec.DecodeWelcome(bytes),
        "R" => LinkCodec.DecodeRefused(bytes),
        "B" => LinkCodec.DecodeBye(bytes),
        "F" => LinkCodec.DecodeFrame(bytes),
        "A" => LinkCodec.DecodeAck(bytes),
        _ => LinkCodec.DecodePing(bytes),
    };

    public static FloodMessage Message(
        ReadOnlyMemory<byte> body, MessageId id = default, PayloadKind kind = PayloadKind.Bytes, int hops = 0) =>
        new(
            id, kind, body, Author with { Incarnation = id.High == 0 ? Author.Incarnation : id.High }, 0, 0, null, hops,
            null);

    /// <summary>What a node says of itself that has the usual settings.</summary>
    public static NodeInfo Info(string name, string address, ulong incarnation, FloodSettings? settings = null)
    {
        settings ??= new FloodSettings();
        return new NodeInfo(name, address, incarnation, Admission.ModeOf(settings))
        {
            Window = settings.Window,
            MaxFrame = settings.MaxFrame,
            MaxMessageSize = settings.MaxMessageSize,
            PeerTimeoutMs = (int)settings.PeerTimeoutMs,
        };
    }

    public static LinkRecord Control(RecordType type, params byte[] bytes) => new(type, null, bytes);

    /// <summary>The records as frames of at most so many bytes, as a link sends them.</summary>
    public static IEnumerable<Frame> Frames(
        this RecordWriter writer, IEnumerable<LinkRecord> records, int maxFrame = 60_000)
    {
        var seq = 0;
        writer.Begin(maxFrame);
        foreach (var record in records)
        {
            while (!writer.Write(record))
            {
                yield return writer.ToFrame(Session, ++seq, default, push: false);
                writer.Begin(maxFrame);
            }
        }
        if (writer.Length > 0) yield return writer.ToFrame(Session, ++seq, default, push: true);
    }

    public static ReadOnlyMemory<byte> Records(this Frame frame) => frame.Bytes.AsMemory(frame.Start);
}
