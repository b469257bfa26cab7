using System.Text;
using Akka.Actor;

namespace FloodActors.Remoting;

/// <summary>
/// Reads two things from Akka.Remote's own envelopes: the address that an association announces, and the sender that a
/// message names.
/// </summary>
internal static class Pdu
{
    // AkkaProtocolMessage: a payload or an instruction.
    private const int Payload = 1;
    private const int Instruction = 2;

    // AkkaControlMessage, AkkaHandshakeInfo and AddressData: the first message of either side of an association.
    private const int HandshakeInfo = 2;
    private const int Origin = 1;
    private const int Uid = 2;
    private const int System = 1;
    private const int Hostname = 2;
    private const int Port = 3;
    private const int Protocol = 4;

    // AckAndEnvelopeContainer, RemoteEnvelope and ActorRefData.
    private const int Envelope = 2;
    private const int Sender = 4;
    private const int Number = 5;
    private const int Path = 1;
    private const ulong Unnumbered = ulong.MaxValue;

    /// <summary>
    /// The address that the other side of an association announces in its part of the handshake; null when this is
    /// not that part. It is written there without Akka's own scheme.
    /// </summary>
    /// <param name="pdu">What came.</param>
    /// <param name="origin">The address.</param>
    /// <param name="uid">The number that tells this run of that system from others.</param>
    /// <returns>False when it cannot be told, which is never so with what Akka.Remote writes.</returns>
    public static bool TryReadOrigin(ReadOnlySpan<byte> pdu, out Address? origin, out ulong uid)
    {
        (origin, uid) = (null, 0);
        if (!TryWalk(pdu, [Instruction, HandshakeInfo], out var info)) return false;
        if (info.IsEmpty) return true;
        if (!ProtobufField.TryFind(info, Uid, out var number) || !TryWalk(info, [Origin], out var address))
            return false;
        uid = number.Number;
        if (!ProtobufField.TryFind(address, System, out var system) ||
            !ProtobufField.TryFind(address, Hostname, out var hostname) ||
            !ProtobufField.TryFind(address, Port, out var port) ||
            !ProtobufField.TryFind(address, Protocol, out var protocol) || port.Number > ushort.MaxValue)
            return false;
        origin = new Address($"akka.{Text(protocol)}", Text(system), Text(hostname), (int)port.Number);
        return true;

        static string Text(ProtobufField field) => Encoding.UTF8.GetString(field.Bytes);
    }

    /// <summary>Reads what a message says about itself.</summary>
    /// <param name="pdu">What came.</param>
    /// <param name="sender">The path of its sender; empty when it has none, or when this is no message.</param>
    /// <param name="isSignal">Whether it is numbered, as only Akka's own signals are. Akka keeps
    /// signals that come out of order, without bound.</param>
    /// <returns>False when it cannot be told, which is never so with what Akka.Remote writes.</returns>
    public static bool TryReadMessage(ReadOnlySpan<byte> pdu, out ReadOnlySpan<byte> sender, out bool isSignal)
    {
        sender = default;
        isSignal = false;
        if (!TryWalk(pdu, [Payload, Envelope], out var envelope)) return false;
        if (envelope.IsEmpty) return true;
        if (!TryWalk(envelope, [Sender, Path], out sender) || !ProtobufField.TryFind(envelope, Number, out var number))
            return false;
        isSignal = number.Number != Unnumbered;
        return true;
    }

    /// <summary>Descends into nested messages; empty if one is missing.</summary>
    private static bool TryWalk(ReadOnlySpan<byte> message, ReadOnlySpan<int> fields, out ReadOnlySpan<byte> found)
    {
        found = message;
        foreach (var field in fields)
        {
            if (!ProtobufField.TryFind(found, field, out var next)) return false;
            found = next.Bytes;
        }
        return true;
    }
}
