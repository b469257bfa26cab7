using System.Text;
using FloodActors.Wire;

namespace FloodActors.Payloads;

/// <summary>
/// What precedes Hyperion's bytes in an object's body: the format's version (a byte), the length of the shapes
/// (varint), and the
/// <see cref="ShapeText"/> of each type that the payload names, in the order in which it names them (each a varint
/// length and UTF-8).
/// <para>
/// Hyperion writes the members of an object without their names. If the members of two versions of a type have
/// the same encoding, each version would read the other's values into the wrong members; with the shapes that is an
/// error that says what differs. The whole text is sent rather than a hash of it, because the node that finds the
/// difference has to name it, and the sender may be gone.
/// </para>
/// </summary>
internal ref struct HyperionHead
{
    private const byte Version = 1;

    private readonly ReadOnlySpan<byte> _shapes;
    private int _at;

    private HyperionHead(ReadOnlySpan<byte> shapes) => _shapes = shapes;

    /// <summary>The head of a body.</summary>
    /// <param name="body">The body.</param>
    /// <param name="length">Where Hyperion's bytes begin.</param>
    /// <exception cref="UndecodablePayloadException">There is no such head.</exception>
    public static HyperionHead Read(ReadOnlySpan<byte> body, out int length)
    {
        length = 1;
        if (body.IsEmpty)
            throw Bad("it is empty");
        if (body[0] != Version)
        {
            throw Bad(
                $"its format is version {body[0]}, and this node reads version {Version}: " +
                "run the same FloodActors version on all nodes");
        }

        if (!Varint.TryRead(body, ref length, out var shapes) || shapes > (ulong)(body.Length - length))
            throw Bad("its head ends early");
        var start = length;
        length += (int)shapes;
        return new HyperionHead(body.Slice(start, (int)shapes));
    }

    /// <summary>A body: the head of these types, and Hyperion's bytes.</summary>
    public static byte[] Compose(IReadOnlyList<HyperionShape> named, ReadOnlySpan<byte> value)
    {
        Span<byte> number = stackalloc byte[Varint.MaxLength];
        var shapes = new MemoryStream();
        foreach (var shape in named)
        {
            if (shape.Text is not { } text)
                continue;
            shapes.Write(number[..Varint.Write(number, (ulong)text.Length)]);
            shapes.Write(text);
        }

        var length = number[..Varint.Write(number, (ulong)shapes.Length)];
        return [Version, .. length, .. shapes.GetBuffer().AsSpan(0, (int)shapes.Length), .. value];
    }

    /// <summary>Checks that the next type has the shape it has here.</summary>
    /// <exception cref="UndecodablePayloadException">It has not. The message names the type and both
    /// shapes.</exception>
    public void Expect(HyperionShape shape)
    {
        if (shape.Text is not { } here)
            return;
        if (!Varint.TryRead(_shapes, ref _at, out var length)
            || length > (ulong)Math.Min(_shapes.Length - _at, ShapeText.MaxLength))
            throw Bad($"the shape of {PermittedTypes.NameOf(shape.Type)} is missing from its head");
        var sent = _shapes.Slice(_at, (int)length);
        _at += sent.Length;
        if (!sent.SequenceEqual(here))
        {
            throw Bad(
                $"{PermittedTypes.NameOf(shape.Type)} has other members where it was appended, ({Shown(sent)}), " +
                $"than on this node, ({Shown(here)}): " +
                "run the same version of the type on all nodes, or send JSON where types change");
        }
    }

    /// <summary>Checks that all shapes were used: a value has one form only.</summary>
    public readonly void End()
    {
        if (_at != _shapes.Length)
            throw Bad("its head holds shapes of types that it does not name");
    }

    private static string Shown(ReadOnlySpan<byte> text)
        => PeerText.Shown(Encoding.UTF8.GetString(text), ShapeText.MaxLength);

    private static UndecodablePayloadException Bad(string what) => new($"The object payload cannot be read: {what}.");
}
