using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace FloodActors.Payloads;

/// <summary>
/// Reads an object payload the way Hyperion 0.12.2 would, but creates nothing: Hyperion trusts every length and nesting
/// it reads, so five bytes can make it allocate a gigabyte, and a few kilobytes can overflow the stack, which
/// ends the process. Only bytes that pass here are given to it. The scan makes sure that every length and count is
/// backed by actual bytes, that every type is permitted and fits its place, and that nesting is bounded, so memory is a
/// small multiple of the payload's size.
/// <para>The format: a value is a header byte and a body. 0 is null; 255 a type's name, the first time it occurs, and
/// 254 its number after that; 252 an array of a primitive; others are primitives. Fields of primitive types have no
/// header.</para>
/// </summary>
internal ref struct HyperionScan
{
    private const byte Null = 0;
    private const byte ByteArray = 9;
    private const byte PrimitiveArray = 252;
    private const byte KnownType = 254;
    private const byte NamedType = 255;

    private readonly PermittedTypes _permitted;
    private readonly ReadOnlySpan<byte> _bytes;
    private readonly int _maxDepth;
    private readonly List<HyperionShape> _named = [];
    private readonly bool _hasHead;
    private HyperionHead _head;
    private int _at;

    private HyperionScan(PermittedTypes permitted, ReadOnlySpan<byte> bytes, int maxDepth, bool hasHead)
    {
        _permitted = permitted;
        _bytes = bytes;
        _maxDepth = maxDepth;
        _hasHead = hasHead;
        if (hasHead)
            _head = HyperionHead.Read(bytes, out _at);
        Start = _at;
    }

    /// <summary>Where Hyperion's bytes begin.</summary>
    private int Start { get; }

    /// <summary>A string holds U+FFFD, which is also what Hyperion writes for a lone surrogate.</summary>
    private bool HasReplacement { get; set; }

    /// <summary>Passes, or says what is wrong.</summary>
    /// <param name="permitted">The types that may occur; the outermost must be one that may be a payload.</param>
    /// <param name="body">The body of a payload: a <see cref="HyperionHead"/>, and Hyperion's bytes.</param>
    /// <param name="maxDepth">How deep objects and collections may be nested (<c>flood.hyperion.max-depth</c>).</param>
    /// <returns>Hyperion's bytes.</returns>
    /// <exception cref="UndecodablePayloadException">The bytes must not be given to Hyperion.</exception>
    public static Range Check(PermittedTypes permitted, ReadOnlySpan<byte> body, int maxDepth)
    {
        var scan = new HyperionScan(permitted, body, maxDepth, hasHead: true);
        scan.Whole();
        scan._head.End();
        return scan.Start..;
    }

    /// <summary>The same for Hyperion's bytes alone, as this node wrote them.</summary>
    /// <param name="permitted">The types that may occur; the outermost must be one that may be a payload.</param>
    /// <param name="value">Hyperion's bytes.</param>
    /// <param name="maxDepth">How deep objects and collections may be nested (<c>flood.hyperion.max-depth</c>).</param>
    /// <param name="hasReplacement">A string holds U+FFFD.</param>
    /// <returns>The types that they name, in order.</returns>
    /// <exception cref="UndecodablePayloadException">Nobody could read them.</exception>
    public static IReadOnlyList<HyperionShape> CheckValue(
        PermittedTypes permitted, ReadOnlySpan<byte> value, int maxDepth, out bool hasReplacement)
    {
        var scan = new HyperionScan(permitted, value, maxDepth, hasHead: false);
        scan.Whole();
        hasReplacement = scan.HasReplacement;
        return scan._named;
    }

    private void Whole()
    {
        var root = Value(typeof(object), 1) ?? throw Bad("it is null");
        if (!_permitted.IsPayload(root))
            throw NotAllowed(PermittedTypes.NameOf(root));
        if (_at != _bytes.Length)
            throw Bad($"{_bytes.Length - _at} bytes follow its end");
    }

    /// <summary>A header and its body. Returns the value's type, or null for null.</summary>
    private Type? Value(Type declared, int depth)
    {
        var header = Byte();
        if (header == Null)
        {
            if (declared.IsValueType && Nullable.GetUnderlyingType(declared) is null)
                throw Bad($"null stands where {declared} is expected");
            return null;
        }

        if (HyperionPrimitive.Of(header) is { } primitive)
        {
            Fits(primitive.Type, declared);
            if (primitive.Size == 0 && _bytes[_at..].StartsWith((byte)0))
                throw Bad("a string is null where it may not be");
            Primitive(primitive);
            return primitive.Type;
        }

        switch (header)
        {
            case ByteArray:
                Fits(typeof(byte[]), declared);
                Skip(Count());
                return typeof(byte[]);
            case PrimitiveArray:
                return Primitives(declared);
            case KnownType:
                var number = BinaryPrimitives.ReadUInt16LittleEndian(Take(sizeof(ushort)));
                if (number >= _named.Count)
                    throw Bad($"it refers to type number {number} of {_named.Count}");
                return Body(_named[number], declared, depth);
            case NamedType:
                return Body(Named(), declared, depth);
            default:
                throw Bad(
                    $"it holds a value with header {header}, which is not permitted (a System.Type, "
                    + "a bare System.Object or a reference)");
        }
    }

    private HyperionShape Register(HyperionShape shape)
    {
        // Hyperion writes a name once. If it were repeated, numbers and types would still agree, but one
        // value would have many forms.
        if (_named.Contains(shape))
            throw Bad($"the type {shape.Type} is named twice");
        _named.Add(shape);
        if (_hasHead)
            _head.Expect(shape);
        return shape;
    }

    private HyperionShape Named()
    {
        const int longest = 4096;
        var length = Count();
        if (length > longest)
            throw Bad($"a type's name is {length} bytes long");
        var bytes = Take(length);
        Span<char> name = stackalloc char[length];
        if (Utf8.ToUtf16(bytes, name, out _, out var written, replaceInvalidSequences: false)
            != System.Buffers.OperationStatus.Done)
            throw Bad("a type's name is not UTF-8");
        return Register(_permitted.Find(name[..written]) ?? throw NotAllowed(name[..written].ToString()));
    }

    private Type Body(HyperionShape shape, Type declared, int depth)
    {
        if (depth > _maxDepth)
            throw Bad($"it is nested deeper than {_maxDepth} levels (flood.hyperion.max-depth)");
        Fits(shape.Type, declared);
        if (shape.Element is not null)
        {
            for (var left = Count(); left > 0; left--)
                Value(shape.Element, depth + 1);
            return shape.Type;
        }

        foreach (var field in shape.Fields)
        {
            if (HyperionPrimitive.Of(field.FieldType) is { } primitive)
                Primitive(primitive);
            else
                Value(field.FieldType, depth + 1);
        }

        return shape.Type;
    }

    private Type Primitives(Type declared)
    {
        var header = Byte();
        var element = HyperionPrimitive.Of(header);
        if (element is null || element.Type == typeof(byte))
            throw Bad($"it holds an array with elements of header {header}");
        Fits(element.ArrayType, declared);
        var count = Count();
        if (element.Size > 0 && element.Type != typeof(bool))
        {
            Skip((long)count * element.Size);
            return element.ArrayType;
        }

        for (; count > 0; count--)
            Primitive(element);
        return element.ArrayType;
    }

    private void Primitive(HyperionPrimitive primitive)
    {
        if (primitive.Size == 0)
            String();
        else if (primitive.Type != typeof(bool))
            Skip(primitive.Size);
        else if (Byte() > 1)
            throw Bad("a boolean is neither 0 nor 1");
    }

    /// <summary>0 for null; length + 1 up to 253 bytes; else 255 and four bytes of length.</summary>
    private void String()
    {
        const int shortest = 254;
        const int isLong = 255;
        var lead = Byte();
        if (lead == 0)
            return;
        var length = lead == isLong ? Count() : lead - 1;
        if (length >= shortest != (lead == isLong))
            throw Bad("a string's length is not in its shortest form");
        var text = Take(length);
        if (!Utf8.IsValid(text))
            throw Bad("a string is not UTF-8");
        HasReplacement |= text.IndexOf("\uFFFD"u8) >= 0;
    }

    /// <summary>
    /// A length or a count. Every element takes at least a byte, so a count above the number of bytes left is false.
    /// </summary>
    private int Count()
    {
        var count = BinaryPrimitives.ReadInt32LittleEndian(Take(sizeof(int)));
        if (count < 0 || count > _bytes.Length - _at)
            throw Bad($"it claims {count} more elements or bytes, and {_bytes.Length - _at} bytes are left");
        return count;
    }

    private byte Byte() => Take(1)[0];

    private void Skip(long count)
    {
        if (count > _bytes.Length - _at)
            throw Bad("it ends early");
        _at += (int)count;
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        var start = _at;
        Skip(count);
        return _bytes.Slice(start, count);
    }

    private static void Fits(Type actual, Type declared)
    {
        if (!declared.IsAssignableFrom(actual) && Nullable.GetUnderlyingType(declared) != actual)
            throw Bad($"{actual} stands where {declared} is expected");
    }

    private static UndecodablePayloadException Bad(string what) => new($"The object payload cannot be read: {what}.");

    private static UndecodablePayloadException NotAllowed(string name)
    {
        const int most = 200;
        return new UndecodablePayloadException(
            $"The object payload holds the type {PeerText.Shown(name, most)}, "
            + "which flood.hyperion.types does not list on this node.");
    }
}
