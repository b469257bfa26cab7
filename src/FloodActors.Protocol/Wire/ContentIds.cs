using System.Buffers.Binary;
using System.IO.Hashing;
using System.Security.Cryptography;

namespace FloodActors.Wire;

/// <summary>Hashes a payload into its content id.</summary>
internal delegate MessageId ContentIdHash(PayloadKind kind, ReadOnlySpan<byte> body);

/// <summary>
/// Ids of <c>message-id = content</c>. They depend on the kind, so bytes that happen to be some text's UTF-8 are
/// another message than the text. Allocates nothing; safe for any number of threads.
/// </summary>
internal static class ContentIds
{
    [ThreadStatic] private static IncrementalHash? s_sha256;

    /// <summary>The hash that the settings ask for; null where ids travel with the messages.</summary>
    public static ContentIdHash? Of(FloodSettings settings) =>
        settings.MessageId == MessageIdMode.Sequence ? null : Of(settings.ContentHash);

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
