using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Remote.Serialization;
using Akka.Serialization;
using FloodActors.Wire;

namespace FloodActors.Remoting;

/// <summary>
/// Akka's serializer for messages to a selection, behind a check that the message in it is a link message. Without the
/// check the sender chooses the serializer of the inner message: it may be a selection again, and so on until the stack
/// overflows.
/// </summary>
internal sealed class SelectionSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    // Akka's number for this serializer, and its format, in which floods greet: field 1 is the message, and field
    // 2 of that is its serializer.
    private const int AkkaId = 6;
    private const int PayloadField = 1;
    private const int SerializerField = 2;

    private readonly MessageContainerSerializer _akka = new(system);

    public override int Identifier => AkkaId;

    /// <summary>
    /// None, as in Akka. What a sender writes here is ignored, so it cannot name a type to be loaded.
    /// </summary>
    public override string Manifest(object o) => "";

    public override byte[] ToBinary(object obj) => _akka.ToBinary(obj);

    public override object FromBinary(byte[] bytes, string manifest)
    {
        if (!ProtobufField.TryFind(bytes, PayloadField, out var payload) ||
            !ProtobufField.TryFind(payload.Bytes, SerializerField, out var serializer) ||
            serializer.Number != FloodSerializer.Id)
            throw new SerializationException("A selection that holds anything but a link message is not read.");
        return _akka.FromBinary(bytes, typeof(ActorSelectionMessage));
    }
}
