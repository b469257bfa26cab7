using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Remote.Serialization;
using Akka.Serialization;
using FloodActors.Wire;

namespace FloodActors.Remoting;

/// <summary>
/// Akka's serializer for messages to a selection, behind a check that the message in it is a link message. Without the
/// check the sender chooses the serializer of what is inside: a selection again, and so on until the stack overflows.
/// </summary>
internal sealed class SelectionSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    // Akka's number for this serializer, and its format, in which floods greet: the message in field 1, and there its
    // serializer in field 2.
    private const int AkkaId = 6;
    private const int PayloadField = 1;
    private const int SerializerField = 2;

    private readonly MessageContainerSerializer _akka = new(system);

    public override int Identifier => AkkaId;

    /// <summary>
    /// None, as Akka has it. What a sender writes in its place is not looked at, so it names no type to be loaded.
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
