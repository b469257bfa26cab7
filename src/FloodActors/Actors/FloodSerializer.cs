using Akka.Actor;
using Akka.Serialization;
using FloodActors.Actors;

namespace FloodActors.Wire;

/// <summary>
/// Akka's serializer over <see cref="LinkCodec"/>: for the link messages and for nothing else.
/// </summary>
public sealed class FloodSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    /// <summary>The serializer's id on the wire.</summary>
    public const int Id = 7463;

    /// <summary>
    /// For configurations that use it in place of a serializer with settings, such as Akka's json; it has no settings.
    /// </summary>
    public FloodSerializer(ExtendedActorSystem system, Akka.Configuration.Config settings)
        : this(system)
    {
        ArgumentNullException.ThrowIfNull(settings);
    }

    /// <inheritdoc/>
    public override int Identifier => Id;

    /// <inheritdoc/>
    public override string Manifest(object o) => (o as LinkLetter)?.Message switch
    {
        Frame => "F",
        Ack => "A",
        Ping => "P",
        Hello => "H",
        Welcome => "W",
        Refused => "R",
        Bye => "B",
        _ => throw Unknown(o),
    };

    /// <inheritdoc/>
    public override byte[] ToBinary(object obj) => (obj as LinkLetter)?.Message switch
    {
        Frame { Bytes: { } bytes } => bytes,
        Frame => throw new InvalidOperationException(
            "A frame that holds records as they are cannot leave its process; "
            + "set flood.local-frames = off where local messages are serialized."),
        Ack ack => LinkCodec.Encode(ack),
        Ping ping => LinkCodec.Encode(ping),
        Hello hello => LinkCodec.Encode(hello),
        Welcome welcome => LinkCodec.Encode(welcome),
        Refused refused => LinkCodec.EncodeEnd(refused.Session, refused.Cause, refused.Reason),
        Bye bye => LinkCodec.EncodeEnd(bye.Session, bye.Cause, bye.Reason),
        _ => throw Unknown(obj),
    };

    /// <inheritdoc/>
    public override object FromBinary(byte[] bytes, string manifest) => new LinkLetter(Read(bytes, manifest));

    private static LinkMessage Read(byte[] bytes, string manifest) => manifest switch
    {
        "F" => LinkCodec.DecodeFrame(bytes),
        "A" => LinkCodec.DecodeAck(bytes),
        "P" => LinkCodec.DecodePing(bytes),
        "H" => LinkCodec.DecodeHello(bytes),
        "W" => LinkCodec.DecodeWelcome(bytes),
        "R" => LinkCodec.DecodeRefused(bytes),
        "B" => LinkCodec.DecodeBye(bytes),
        _ => new Malformed(
            0,
            "a link message with the unknown manifest "
            + $"'{LinkCodec.Printable(manifest.Length > 16 ? manifest[..16] : manifest)}'"),
    };

    private static ArgumentException Unknown(object o) =>
        new($"{nameof(FloodSerializer)} serializes link messages only, not {(o as LinkLetter)?.Message ?? o}.");
}
