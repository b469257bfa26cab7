using System.Buffers.Binary;
using System.IO.Hashing;
using System.Security.Cryptography;

namespace FloodActors.Wire;

/// <summary>Hashes a payload into its content id.</summary>
internal delegate MessageId ContentIdHash(PayloadKind kind, ReadOnlySpan<byte> body);

/// <summary>
/// Ids of <c>message-id = content</c>. They depend on the kind, so bytes that happen to be some text's UTF-8 are a
/// different message from the text. Allocates nothing; thread-safe.
/// </summary>
internal static class ContentIds
{
    // Not a kind on the wire, so no payload gets the id of a message in a topic.
    private const PayloadKind InTopic = (PayloadKind)0x40;

    [ThreadStatic] private static IncrementalHash? s_sha256;

    /// <summary>The hash that the settings specify; null if ids are sent with the messages.</summary>
    public static ContentIdHash? Of(FloodSettings settings) =>
        settings.MessageId == MessageIdMode.Sequence ? null : Of(settings.ContentHash);

    /// <summary>
    /// The id of a message that came or goes with a header: equal bytes in two topics, or of two codecs, are two
    /// messages. Without a topic it is the payload's hash alone.
    /// </summary>
    public static MessageId Of(ContentIdHash hash, PayloadKind kind, ReadOnlySpan<byte> header, ReadOnlySpan<byte> body)
    {
        var id = hash(kind, body);
        var topic = MessageHeader.TopicOf(header);
        if (topic.IsEmpty) return id;
        var codec = MessageHeader.CodecOf(header);
        // Lengths come before names, so that no two subjects have the same bytes.
        Span<byte> whole = stackalloc byte[2 + topic.Length + codec.Length + MessageId.Size];
        (whole[0], whole[1]) = ((byte)topic.Length, (byte)codec.Length);
        topic.CopyTo(whole[2..]);
        codec.CopyTo(whole[(2 + topic.Length)..]);
        id.WriteTo(whole[(2 + topic.Length + codec.Length)..]);
        return hash(InTopic, whole);
    }

    public static ContentIdHash Of(ContentHash hash) => hash == ContentHash.XxHash128 ? XxHash : Sha256;

    private static MessageId XxHash(PayloadKind kind, ReadOnlySpan<byte> body)
    {
        var hash = XxHash128.HashToUInt128(body, (long)kind);
        return new MessageId((ulong)(hash >> 64), (ulong)hash);
    }

    private static MessageId Sha256(PayloadKind kind, ReadOnlySpan<byte> body)
    {
        var sha256 = s_sha256 ??= IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        sha256.AppendData([(byte)kind]);
        sha256.AppendData(body);
        sha256.GetHashAndReset(digest);
        return new MessageId(
            BinaryPrimitives.ReadUInt64BigEndian(digest),
            BinaryPrimitives.ReadUInt64BigEndian(digest[sizeof(ulong)..]));
    }
}
