using System.Collections;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Hyperion;

namespace FloodActors.Payloads;

/// <summary>
/// Objects as Hyperion bytes, for listed types only. What is written is checked like what is read, so every
/// node with the same list can read what this node sends. Objects are rebuilt field by field: constructors do not run,
/// shared references become copies, and collections come back with their default comparers. Thread-safe.
/// </summary>
internal sealed class HyperionPayload
{
    private readonly PermittedTypes _permitted;
    private readonly Serializer _serializer;
    private readonly int _maxDepth;

    /// <exception cref="ArgumentException">A listed type cannot be a payload.</exception>
    public HyperionPayload(IReadOnlyList<Type> types, int maxDepth)
    {
        _permitted = new PermittedTypes(types);
        _maxDepth = maxDepth;
        _serializer = new Serializer(new SerializerOptions(
            versionTolerance: false,
            preserveObjectReferences: false,
            surrogates: null,
            serializerFactories: [new PermittedTypesGate(_permitted), new HashCollectionFactory()],
            knownTypes: null,
            ignoreISerializable: true,
            packageNameOverrides: null,
            disallowUnsafeTypes: true,
            typeFilter: new AllowListTypeFilter(_permitted, types)));
        Prepare();
    }

    /// <summary>Writes an object, or says why not. Never throws, whatever the object is or does.</summary>
    public bool TryEncode(object value, int maxSize, out byte[] body, out FloodRejection? why)
    {
        body = [];
        var type = value.GetType();
        why = _permitted.IsPayload(type) ? null : NotAllowed(type);
        if (why is not null)
            return false;

        using var stream = new BoundedWriteStream(maxSize);
        why = Write(value, stream);
        if (why is null && stream.Count > maxSize)
            why = PayloadCodec.TooLarge(stream.Count, maxSize);
        if (why is null)
            why = Finish(value, stream.Written, out body);
        return why is null;
    }

    /// <summary>Reads an object.</summary>
    /// <exception cref="UndecodablePayloadException">The bytes are not an object of a listed type.</exception>
    public object Decode(ReadOnlyMemory<byte> body)
    {
        var written = body[HyperionScan.Check(_permitted, body.Span, _maxDepth)];
        if (!MemoryMarshal.TryGetArray(written, out var bytes))
            bytes = written.ToArray();
        object value;
        try
        {
            RuntimeHelpers.EnsureSufficientExecutionStack();
            using var stream = new MemoryStream(bytes.Array!, bytes.Offset, bytes.Count, writable: false);
            value = _serializer.Deserialize(stream, new PayloadReadSession(_serializer));
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // Values that no instance has (a date out of range, a key twice), or an Equals or CompareTo of a listed
            // type that throws.
            throw new UndecodablePayloadException($"The object payload cannot be read: {exception.Message}", exception);
        }

        return value is not null && _permitted.IsPayload(value.GetType())
            ? value
            : throw new UndecodablePayloadException(
                $"The object payload turned out to be {value?.GetType().ToString() ?? "null"}, "
                + "which flood.hyperion.types does not list.");
    }

    /// <summary>
    /// Makes Hyperion generate all its code now. A type that it cannot handle is then an error at start; otherwise
    /// it would fail on the first use, and spin for ever on the second, waiting for the first to finish.
    /// </summary>
    private void Prepare()
    {
        foreach (var shape in _permitted.Shapes)
        {
            try
            {
                var header = new MemoryStream();
                _serializer.GetSerializerByType(shape.Type).WriteManifest(header, _serializer.GetSerializerSession());
                header.Position = 0;
                _serializer.GetDeserializerByManifest(header, _serializer.GetDeserializerSession());
            }
            catch (Exception exception) when (exception is not OutOfMemoryException)
            {
                throw new ArgumentException(
                    $"flood.hyperion.types: {PermittedTypes.NameOf(shape.Type)} cannot be serialized: "
                    + $"{exception.Message}",
                    exception);
            }
        }
    }

    private FloodRejection? Write(object value, BoundedWriteStream stream)
    {
        try
        {
            _serializer.Serialize(value, stream, new PayloadWriteSession(_serializer));
            return null;
        }
        catch (TypeRefusedException exception)
        {
            return NotAllowed(exception.Refused, value.GetType());
        }
        catch (InsufficientExecutionStackException)
        {
            return NotSerializable(
                value, $"it refers to itself, or is nested deeper than {_maxDepth} levels (flood.hyperion.max-depth)");
        }
        catch (EndlessPayloadException)
        {
            return NotSerializable(
                value,
                $"it refers to itself, or exceeds flood.max-message-size by {BoundedWriteStream.MostBeyond >> 20} MiB");
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            return NotSerializable(value, exception.Message);
        }
    }

    private FloodRejection? Finish(object value, ReadOnlySpan<byte> written, out byte[] body)
    {
        body = [];
        try
        {
            var named = HyperionScan.CheckValue(_permitted, written, _maxDepth, out var hasReplacement);
            body = HyperionHead.Compose(named, written);
            return hasReplacement && HasLoneSurrogate(value)
                ? NotSerializable(value, "a string in it holds a lone surrogate, which has no UTF-8 form")
                : null;
        }
        catch (UndecodablePayloadException exception)
        {
            return NotSerializable(value, exception.Message);
        }
    }

    /// <summary>
    /// Looks for what Hyperion would have replaced silently. Only called on objects that passed the scan, so
    /// nesting is bounded.
    /// </summary>
    private static bool HasLoneSurrogate(object? value) => value switch
    {
        null => false,
        string text => !PayloadCodec.IsWellFormed(text),
        _ when HyperionPrimitive.Of(value.GetType()) is not null => false,
        IEnumerable elements => elements.Cast<object?>().Any(HasLoneSurrogate),
        _ => HyperionShape.FieldsOf(value.GetType()).Any(field => HasLoneSurrogate(field.GetValue(value))),
    };

    private static FloodRejection NotAllowed(Type type, Type? within = null)
    {
        var where = within is null ? "" : $" inside {PermittedTypes.FullNameOf(within)}";
        var advice = within is null || !type.IsArray || type.GetArrayRank() == 1
            ? $"add \"{PermittedTypes.NameOf(type)}\" to flood.hyperion.types on every node that reads it"
            : "only arrays of one dimension are carried";
        return new FloodRejection(
            RejectReason.TypeNotAllowed,
            $"The type {PermittedTypes.FullNameOf(type)}{where} is not allowed: {advice}.");
    }

    private static FloodRejection NotSerializable(object value, string why)
        => new(
            RejectReason.NotSerializable,
            $"The {PermittedTypes.FullNameOf(value.GetType())} cannot be serialized: {why.TrimEnd('.')}.");
}
