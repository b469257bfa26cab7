using System.Buffers.Binary;
using System.Text;
using FloodActors.Peers;

namespace FloodActors.Wire;

/// <summary>
/// Bytes of link messages. Everything starts with the version and the session; numbers are varints or big-endian; nothing is polymorphic.
/// What cannot be read becomes <see cref="Malformed"/>, so the link that it came over can end with a reason.
/// <code>
///   Hello, Welcome   version session node-name address incarnation id-mode window max-message-size dropped
///   Refused, Bye     version session cause reason
///   Frame            version session push seq received taken records...
///   Ack              version session missing received taken
///   Ping             version session received taken
/// </code>
/// </summary>
internal static class LinkCodec
{
    /// <summary>No frame has a longer header.</summary>
    internal const int FrameHeader = 1 + 8 + 1 + (3 * Varint.MaxLength);

    private const int Fixed = 1 + 8;
    private const int MaxName = 512;
    private const int MaxReason = 1024;

    public static Frame EncodeFrame(ReadOnlySpan<byte> records, ulong session, long seq, long received, long taken, bool push)
    {
        Span<byte> header = stackalloc byte[FrameHeader];
        var at = Start(header, session);
        header[at++] = push ? (byte)1 : (byte)0;
        at += Varint.Write(header[at..], (ulong)seq);
        at += Varint.Write(header[at..], (ulong)received);
        at += Varint.Write(header[at..], (ulong)taken);
        var bytes = GC.AllocateUninitializedArray<byte>(at + records.Length);
        header[..at].CopyTo(bytes);
        records.CopyTo(bytes.AsSpan(at));
        return new Frame(session, seq, received, taken, push, records.Length) { Bytes = bytes, Start = at };
    }

    public static LinkMessage DecodeFrame(byte[] bytes)
    {
        if (!TryStart(bytes, out var session, out var at, out var problem)) return problem;
        if (at >= bytes.Length || bytes[at] > 1) return Damaged(bytes, nameof(Frame));
        var push = bytes[at++] == 1;
        if (!ReadNumber(bytes, ref at, out var seq) || !ReadNumber(bytes, ref at, out var received) || !ReadNumber(bytes, ref at, out var taken)) return Damaged(bytes, nameof(Frame));
        return new Frame(session, seq, received, taken, push, bytes.Length - at) { Bytes = bytes, Start = at };
    }

    public static byte[] Encode(Ack ack)
    {
        Span<byte> buffer = stackalloc byte[Fixed + 1 + (2 * Varint.MaxLength)];
        var at = Start(buffer, ack.Session);
        buffer[at++] = ack.Missing ? (byte)1 : (byte)0;
        at += Varint.Write(buffer[at..], (ulong)ack.Received);
        at += Varint.Write(buffer[at..], (ulong)ack.Taken);
        return buffer[..at].ToArray();
    }

    public static LinkMessage DecodeAck(byte[] bytes)
    {
        if (!TryStart(bytes, out var session, out var at, out var problem)) return problem;
        if (at >= bytes.Length || bytes[at] > 1) return Damaged(bytes, nameof(Ack));
        var missing = bytes[at++] == 1;
        return ReadNumber(bytes, ref at, out var received) && ReadNumber(bytes, ref at, out var taken) && at == bytes.Length
            ? new Ack(session, received, taken, missing)
            : Damaged(bytes, nameof(Ack));
    }

    public static byte[] Encode(Ping ping)
    {
        Span<byte> buffer = stackalloc byte[Fixed + (2 * Varint.MaxLength)];
        var at = Start(buffer, ping.Session);
        at += Varint.Write(buffer[at..], (ulong)ping.Received);
        at += Varint.Write(buffer[at..], (ulong)ping.Taken);
        return buffer[..at].ToArray();
    }

    public static LinkMessage DecodePing(byte[] bytes)
    {
        if (!TryStart(bytes, out var session, out var at, out var problem)) return problem;
        return ReadNumber(bytes, ref at, out var received) && ReadNumber(bytes, ref at, out var taken) && at == bytes.Length
            ? new Ping(session, received, taken)
            : Damaged(bytes, nameof(Ping));
    }

    public static byte[] EncodeGreeting(ulong session, byte version, NodeInfo node)
    {
        var name = Encoding.UTF8.GetBytes(node.NodeName);
        var address = Encoding.UTF8.GetBytes(node.Address);
        Span<byte> buffer = new byte[Fixed + 8 + 1 + (5 * Varint.MaxLength) + name.Length + address.Length];
        var at = Start(buffer, session);
        buffer[0] = version;
        at += WriteBytes(buffer[at..], name);
        at += WriteBytes(buffer[at..], address);
        BinaryPrimitives.WriteUInt64BigEndian(buffer[at..], node.Incarnation);
        at += sizeof(ulong);
        buffer[at++] = node.IdMode;
        at += Varint.Write(buffer[at..], (ulong)node.Window);
        at += Varint.Write(buffer[at..], (ulong)node.MaxMessageSize);
        at += Varint.Write(buffer[at..], (ulong)node.Dropped);
        return buffer[..at].ToArray();
    }

    public static LinkMessage DecodeHello(byte[] bytes)
    {
        if (bytes.Length < Fixed) return Damaged(bytes, nameof(Hello));
        var session = SessionOf(bytes);
        // Another version's hello is read no further: it only has to be refused.
        if (bytes[0] != LinkMessage.Version) return new Hello(session, bytes[0], new NodeInfo("", "", 0, 0, 0, 0, 0));
        return ReadNode(bytes) is { } node ? new Hello(session, bytes[0], node) : Damaged(bytes, nameof(Hello));
    }

    public static LinkMessage DecodeWelcome(byte[] bytes)
    {
        if (!TryStart(bytes, out var session, out _, out var problem)) return problem;
        return ReadNode(bytes) is { } node ? new Welcome(session, node) : Damaged(bytes, nameof(Welcome));
    }

    /// <summary>The bytes of <see cref="Refused"/> and <see cref="Bye"/>: the same in every version.</summary>
    public static byte[] EncodeEnd(ulong session, LinkEnd cause, string reason)
    {
        var text = Encoding.UTF8.GetBytes(reason.Length > MaxReason / 4 ? reason[..(MaxReason / 4)] : reason);
        Span<byte> buffer = new byte[Fixed + 1 + Varint.MaxLength + text.Length];
        var at = Start(buffer, session);
        buffer[at++] = (byte)cause;
        at += WriteBytes(buffer[at..], text);
        return buffer[..at].ToArray();
    }

    public static LinkMessage DecodeRefused(byte[] bytes) => DecodeEnd(bytes, nameof(Refused), static (session, cause, reason) => new Refused(session, cause, reason));

    public static LinkMessage DecodeBye(byte[] bytes) => DecodeEnd(bytes, nameof(Bye), static (session, cause, reason) => new Bye(session, cause, reason));

    private static LinkMessage DecodeEnd(byte[] bytes, string name, Func<ulong, LinkEnd, string, LinkMessage> create)
    {
        if (bytes.Length < Fixed + 1) return Damaged(bytes, name);
        var at = Fixed + 1;
        if (!ReadText(bytes, ref at, MaxReason, out var reason) || at != bytes.Length) return Damaged(bytes, name);
        var cause = Enum.IsDefined((LinkEnd)bytes[Fixed]) ? (LinkEnd)bytes[Fixed] : LinkEnd.ProtocolError;
        return create(SessionOf(bytes), cause, Printable(reason));
    }

    private static NodeInfo? ReadNode(byte[] bytes)
    {
        var at = Fixed;
        if (!ReadText(bytes, ref at, MaxName, out var name) || !ReadText(bytes, ref at, MaxName, out var address)) return null;
        if (bytes.Length - at < sizeof(ulong) + 1) return null;
        var incarnation = BinaryPrimitives.ReadUInt64BigEndian(bytes.AsSpan(at));
        at += sizeof(ulong);
        var idMode = bytes[at++];
        if (!ReadNumber(bytes, ref at, out var window) || !ReadNumber(bytes, ref at, out var maxMessageSize) || !ReadNumber(bytes, ref at, out var dropped)) return null;
        if (at != bytes.Length || window is < 1 or > int.MaxValue || maxMessageSize is < 1 or > int.MaxValue || name.Length == 0) return null;
        // Names and addresses end up in logs and terminals.
        if (name.Any(char.IsControl) || address.Any(char.IsControl)) return null;
        return new NodeInfo(name, address, incarnation, idMode, (int)window, (int)maxMessageSize, dropped);
    }

    private static int Start(Span<byte> buffer, ulong session)
    {
        buffer[0] = LinkMessage.Version;
        BinaryPrimitives.WriteUInt64BigEndian(buffer[1..], session);
        return Fixed;
    }

    private static bool TryStart(byte[] bytes, out ulong session, out int at, out LinkMessage problem)
    {
        (session, at, problem) = (SessionOf(bytes), Fixed, null!);
        if (bytes.Length < Fixed)
            problem = new Malformed(0, $"a link message of {bytes.Length} bytes is too short");
        else if (bytes[0] != LinkMessage.Version)
            problem = new Malformed(session, $"a link message of version {bytes[0]}, this node speaks {LinkMessage.Version}");
        return problem is null;
    }

    private static int WriteBytes(Span<byte> destination, ReadOnlySpan<byte> value)
    {
        var at = Varint.Write(destination, (ulong)value.Length);
        value.CopyTo(destination[at..]);
        return at + value.Length;
    }

    private static bool ReadText(byte[] bytes, ref int at, int limit, out string text)
    {
        text = "";
        if (!Varint.TryRead(bytes, ref at, out var length) || length > (ulong)limit || length > (ulong)(bytes.Length - at)) return false;
        text = Encoding.UTF8.GetString(bytes, at, (int)length);
        at += (int)length;
        return true;
    }

    private static bool ReadNumber(byte[] bytes, ref int at, out long value)
    {
        var read = Varint.TryRead(bytes, ref at, out var number) && number <= long.MaxValue;
        value = (long)number;
        return read;
    }

    private static Malformed Damaged(byte[] bytes, string what) => new(SessionOf(bytes), $"a damaged {what}");

    private static ulong SessionOf(byte[] bytes) => bytes.Length < Fixed ? 0 : BinaryPrimitives.ReadUInt64BigEndian(bytes.AsSpan(1));

    /// <summary>Reasons end up in logs and terminals.</summary>
    internal static string Printable(string text) => text.Any(char.IsControl) ? string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c)) : text;
}
