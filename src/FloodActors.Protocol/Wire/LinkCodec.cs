using System.Buffers.Binary;
using System.Text;

namespace FloodActors.Wire;

/// <summary>
/// Encodes and decodes link messages. Everything starts with the version and the session; numbers are varints or
/// big-endian; nothing is polymorphic. Bytes that cannot be read become <see cref="Malformed"/>, so that their
/// link can end with a reason.
/// <code>
///   Hello            version session node
///   Welcome          version session own-session node
///   node             name address incarnation id-mode window max-frame max-message-size peer-timeout dropped
///                    dropped-heard, then what later versions add
///   Refused, Bye     version session cause reason
///   Frame            version session flags seq confirmed [opens] records...
///                      flags: 1 requests an acknowledgement, 2 a message begins that continues in
///                      the next frames; opens is its length
///   Ack              version session reason confirmed
///   Ping             version session confirmed
///   confirmed        received, how many of those still count in the window, and of the others how many wait
/// </code>
/// </summary>
internal static class LinkCodec
{
    /// <summary>The longest header of a frame.</summary>
    internal const int FrameHeader = 1 + 8 + 1 + (5 * Varint.MaxLength);

    private const byte PushFlag = 1;
    private const byte OpensFlag = 2;

    private const int Fixed = 1 + 8;
    private const int MaxName = 512;
    private const int MaxReason = 1024;

    public static Frame EncodeFrame(
        ReadOnlySpan<byte> records, ulong session, long seq, in Confirmed confirmed, bool push, int opens)
    {
        Span<byte> header = stackalloc byte[FrameHeader];
        var at = Start(header, session);
        header[at++] = (byte)((push ? PushFlag : 0) | (opens > 0 ? OpensFlag : 0));
        at += Varint.Write(header[at..], (ulong)seq);
        at += WriteConfirmed(header[at..], confirmed);
        if (opens > 0) at += Varint.Write(header[at..], (ulong)opens);
        var bytes = GC.AllocateUninitializedArray<byte>(at + records.Length);
        header[..at].CopyTo(bytes);
        records.CopyTo(bytes.AsSpan(at));
        return new Frame(session, seq, confirmed, push, opens, records.Length) { Bytes = bytes, Start = at };
    }

    public static LinkMessage DecodeFrame(byte[] bytes)
    {
        if (!TryStart(bytes, out var session, out var at, out var problem)) return problem;
        if (at >= bytes.Length || bytes[at] > (PushFlag | OpensFlag)) return Damaged(bytes, nameof(Frame));
        var flags = bytes[at++];
        long opens = 0;
        if (!ReadNumber(bytes, ref at, out var seq) || !ReadConfirmed(bytes, ref at, out var confirmed)
            || ((flags & OpensFlag) != 0 && (!ReadNumber(bytes, ref at, out opens) || opens is < 1 or > int.MaxValue)))
            return Damaged(bytes, nameof(Frame));
        return new Frame(session, seq, confirmed, (flags & PushFlag) != 0, (int)opens, bytes.Length - at)
        {
            Bytes = bytes,
            Start = at,
        };
    }

    public static byte[] Encode(Ack ack)
    {
        Span<byte> buffer = stackalloc byte[Fixed + 1 + (3 * Varint.MaxLength)];
        var at = Start(buffer, ack.Session);
        buffer[at++] = (byte)ack.Reason;
        at += WriteConfirmed(buffer[at..], ack.Confirmed);
        return buffer[..at].ToArray();
    }

    public static LinkMessage DecodeAck(byte[] bytes)
    {
        if (!TryStart(bytes, out var session, out var at, out var problem)) return problem;
        if (at >= bytes.Length || bytes[at] > (byte)AckReason.Repeated) return Damaged(bytes, nameof(Ack));
        var reason = (AckReason)bytes[at++];
        return ReadConfirmed(bytes, ref at, out var confirmed) && at == bytes.Length
            ? new Ack(session, confirmed, reason)
            : Damaged(bytes, nameof(Ack));
    }

    public static byte[] Encode(Ping ping)
    {
        Span<byte> buffer = stackalloc byte[Fixed + (3 * Varint.MaxLength)];
        var at = Start(buffer, ping.Session);
        at += WriteConfirmed(buffer[at..], ping.Confirmed);
        return buffer[..at].ToArray();
    }

    public static LinkMessage DecodePing(byte[] bytes)
    {
        if (!TryStart(bytes, out var session, out var at, out var problem)) return problem;
        return ReadConfirmed(bytes, ref at, out var confirmed) && at == bytes.Length
            ? new Ping(session, confirmed)
            : Damaged(bytes, nameof(Ping));
    }

    public static byte[] Encode(Hello hello) => EncodeGreeting(hello.Session, hello.SpokenVersion, null, hello.Node);

    public static byte[] Encode(Welcome welcome) =>
        EncodeGreeting(welcome.Session, LinkMessage.Version, welcome.OwnSession, welcome.Node);

    public static LinkMessage DecodeHello(byte[] bytes)
    {
        if (bytes.Length < Fixed) return Damaged(bytes, nameof(Hello));
        var session = SessionOf(bytes);
        // Another version's hello is read no further: it only has to be refused.
        if (bytes[0] != LinkMessage.Version) return new Hello(session, bytes[0], Unread);
        return ReadNode(bytes, Fixed) is { } node ? new Hello(session, bytes[0], node) : Damaged(bytes, nameof(Hello));
    }

    public static LinkMessage DecodeWelcome(byte[] bytes)
    {
        if (!TryStart(bytes, out var session, out var at, out var problem)) return problem;
        if (bytes.Length < at + sizeof(ulong)) return Damaged(bytes, nameof(Welcome));
        var own = BinaryPrimitives.ReadUInt64BigEndian(bytes.AsSpan(at));
        return ReadNode(bytes, at + sizeof(ulong)) is { } node
            ? new Welcome(session, own, node)
            : Damaged(bytes, nameof(Welcome));
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

    public static LinkMessage DecodeRefused(byte[] bytes) =>
        DecodeEnd(bytes, nameof(Refused), static (session, cause, reason) => new Refused(session, cause, reason));

    public static LinkMessage DecodeBye(byte[] bytes) =>
        DecodeEnd(bytes, nameof(Bye), static (session, cause, reason) => new Bye(session, cause, reason));

    private static LinkMessage DecodeEnd(byte[] bytes, string name, Func<ulong, LinkEnd, string, LinkMessage> create)
    {
        if (bytes.Length < Fixed + 1) return Damaged(bytes, name);
        var at = Fixed + 1;
        if (!ReadText(bytes, ref at, MaxReason, out var reason) || at != bytes.Length) return Damaged(bytes, name);
        var cause = Enum.IsDefined((LinkEnd)bytes[Fixed]) ? (LinkEnd)bytes[Fixed] : LinkEnd.ProtocolError;
        return create(SessionOf(bytes), cause, Printable(reason));
    }

    private static NodeInfo Unread { get; } =
        new("", "", 0, 0) { Window = 0, MaxFrame = 0, MaxMessageSize = 0, PeerTimeoutMs = 0 };

    private static byte[] EncodeGreeting(ulong session, byte version, ulong? ownSession, NodeInfo node)
    {
        var name = Encoding.UTF8.GetBytes(node.NodeName);
        var address = Encoding.UTF8.GetBytes(node.Address);
        Span<byte> buffer =
            new byte[Fixed + (2 * sizeof(ulong)) + 1 + (8 * Varint.MaxLength) + name.Length + address.Length];
        var at = Start(buffer, session);
        buffer[0] = version;
        if (ownSession is { } own)
        {
            BinaryPrimitives.WriteUInt64BigEndian(buffer[at..], own);
            at += sizeof(ulong);
        }
        at += WriteBytes(buffer[at..], name);
        at += WriteBytes(buffer[at..], address);
        BinaryPrimitives.WriteUInt64BigEndian(buffer[at..], node.Incarnation);
        at += sizeof(ulong);
        buffer[at++] = node.IdMode;
        at += Varint.Write(buffer[at..], (ulong)node.Window);
        at += Varint.Write(buffer[at..], (ulong)node.MaxFrame);
        at += Varint.Write(buffer[at..], (ulong)node.MaxMessageSize);
        at += Varint.Write(buffer[at..], (ulong)node.PeerTimeoutMs);
        at += Varint.Write(buffer[at..], (ulong)node.Dropped);
        at += Varint.Write(buffer[at..], (ulong)node.DroppedHeard);
        return buffer[..at].ToArray();
    }

    private static NodeInfo? ReadNode(byte[] bytes, int at)
    {
        if (!ReadText(bytes, ref at, MaxName, out var name) || !ReadText(bytes, ref at, MaxName, out var address))
            return null;
        if (bytes.Length - at < sizeof(ulong) + 1) return null;
        var incarnation = BinaryPrimitives.ReadUInt64BigEndian(bytes.AsSpan(at));
        at += sizeof(ulong);
        var idMode = bytes[at++];
        if (!ReadSize(bytes, ref at, out var window) || !ReadSize(bytes, ref at, out var maxFrame)) return null;
        if (!ReadSize(bytes, ref at, out var maxMessageSize) || !ReadSize(bytes, ref at, out var peerTimeout))
            return null;
        if (!ReadNumber(bytes, ref at, out var dropped) || !ReadNumber(bytes, ref at, out var heard)) return null;
        if (maxFrame < FloodSettings.LeastFrame || window < maxFrame || name.Length == 0) return null;
        // Names and addresses end up in logs and terminals.
        if (name.Any(char.IsControl) || address.Any(char.IsControl)) return null;
        return new NodeInfo(name, address, incarnation, idMode)
        {
            Window = window,
            MaxFrame = maxFrame,
            MaxMessageSize = maxMessageSize,
            PeerTimeoutMs = peerTimeout,
            Dropped = dropped,
            DroppedHeard = heard,
        };
    }

    /// <summary>A number from 1 to two billion.</summary>
    private static bool ReadSize(byte[] bytes, ref int at, out int size)
    {
        var read = ReadNumber(bytes, ref at, out var number) && number is >= 1 and <= int.MaxValue;
        size = read ? (int)number : 0;
        return read;
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
            problem = new Malformed(
                session, $"a link message of version {bytes[0]}, this node speaks {LinkMessage.Version}");
        return problem is null;
    }

    private static int WriteConfirmed(Span<byte> destination, in Confirmed confirmed)
    {
        var at = Varint.Write(destination, (ulong)confirmed.Received);
        at += Varint.Write(destination[at..], (ulong)(confirmed.Received - confirmed.Freed));
        return at + Varint.Write(destination[at..], (ulong)(confirmed.Freed - confirmed.Taken));
    }

    private static bool ReadConfirmed(byte[] bytes, ref int at, out Confirmed confirmed)
    {
        confirmed = default;
        if (!ReadNumber(bytes, ref at, out var received) || !ReadNumber(bytes, ref at, out var counting)
            || !ReadNumber(bytes, ref at, out var waiting) || counting > received || waiting > received - counting)
            return false;
        confirmed = new Confirmed(received, received - counting, received - counting - waiting);
        return true;
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
        if (!Varint.TryRead(bytes, ref at, out var length) || length > (ulong)limit
            || length > (ulong)(bytes.Length - at))
            return false;
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

    private static ulong SessionOf(byte[] bytes) =>
        bytes.Length < Fixed ? 0 : BinaryPrimitives.ReadUInt64BigEndian(bytes.AsSpan(1));

    /// <summary>Reasons end up in logs and terminals.</summary>
    internal static string Printable(string text) =>
        text.Any(char.IsControl) ? string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c)) : text;
}
