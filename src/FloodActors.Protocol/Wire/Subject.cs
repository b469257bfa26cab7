using System.Text;
using System.Text.Unicode;

namespace FloodActors.Wire;

/// <summary>
/// What a message is about, by its header: the topic, the codec of the payload, and the key of which it is the latest
/// value. Nodes forward it without knowing any of these.
/// </summary>
internal sealed class Subject
{
    /// <summary>The most bytes of UTF-8 in a topic's name.</summary>
    public const int MaxTopic = 128;

    /// <summary>The same for a codec's name.</summary>
    public const int MaxCodec = 32;

    /// <summary>The same for a key.</summary>
    public const int MaxKey = 128;

    private readonly byte[] _topic;
    private readonly byte[] _codec;
    private readonly byte[]? _key;
    private readonly bool _removes;

    private Subject(byte[] topic, byte[] codec, byte[]? key, bool removes) =>
        (_topic, _codec, _key, _removes) = (topic, codec, key, removes);

    /// <exception cref="ArgumentException">A name is too long, empty, or not printable; the message says
    /// which.</exception>
    public static Subject Of(string topic, string codec) =>
        new(Checked("topic", topic, MaxTopic), Checked("codec", codec, MaxCodec), null, removes: false);

    /// <summary>The same with a key.</summary>
    /// <exception cref="ArgumentException">The key is too long, empty, or not printable.</exception>
    public Subject WithKey(string key, bool removes) => new(_topic, _codec, Checked("key", key, MaxKey), removes);

    /// <summary>Bytes in a header.</summary>
    public int Length =>
        4 + _topic.Length + _codec.Length + (_key is null ? 0 : 4 + _key.Length + MessageHeader.VersionLength);

    public int WriteTo(Span<byte> header)
    {
        var at = Write(header, MessageHeader.TopicTag, _topic);
        at += Write(header[at..], MessageHeader.CodecTag, _codec);
        if (_key is null) return at;
        at += Write(header[at..], MessageHeader.KeyTag, _key);
        Span<byte> version = stackalloc byte[MessageHeader.VersionLength];
        version.Clear();
        version[8] = _removes ? (byte)1 : (byte)0;
        return at + Write(header[at..], MessageHeader.VersionTag, version);
    }

    /// <summary>What is wrong with a name; null when nothing is.</summary>
    public static string? FlawOf(string what, ReadOnlySpan<byte> utf8, int longest)
    {
        if (utf8.IsEmpty) return $"the {what} is empty";
        if (utf8.Length > longest) return $"the {what} has {utf8.Length} bytes, and may have {longest}";
        if (!Utf8.IsValid(utf8)) return $"the {what} is not UTF-8";
        // It ends up in logs and terminals. In UTF-8, C1 controls are C2 followed by 80 to 9F.
        for (var i = 0; i < utf8.Length; i++)
        {
            if (utf8[i] < 0x20 || utf8[i] == 0x7F || (utf8[i] == 0xC2 && utf8[i + 1] < 0xA0))
                return $"the {what} holds control characters";
        }
        return null;
    }

    private static byte[] Checked(string what, string text, int longest)
    {
        ArgumentNullException.ThrowIfNull(text, what);
        var flaw = "";
        byte[] utf8 = [];
        try
        {
            utf8 = new UTF8Encoding(false, throwOnInvalidBytes: true).GetBytes(text);
        }
        catch (EncoderFallbackException)
        {
            flaw = $"the {what} holds a lone surrogate";
        }
        if (flaw.Length == 0) flaw = FlawOf(what, utf8, longest) ?? "";
        return flaw.Length == 0 ? utf8 : throw new ArgumentException($"{flaw}: '{text}'.", what);
    }

    private static int Write(Span<byte> header, byte tag, ReadOnlySpan<byte> value)
    {
        (header[0], header[1]) = (tag, (byte)value.Length);
        value.CopyTo(header[2..]);
        return 2 + value.Length;
    }
}
