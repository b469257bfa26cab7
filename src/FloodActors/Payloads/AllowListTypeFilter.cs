using System.Collections.Concurrent;
using System.Text;
using Hyperion;
using Hyperion.SerializerFactories;
using Hyperion.ValueSerializers;

namespace FloodActors.Payloads;

/// <summary>
/// Hyperion's question "may this type be processed?". When it writes, it asks with the assembly-qualified name, and
/// when it reads, with the name in the header, so both are kept here. Only when it writes does it ask for the outermost
/// object: see
/// <see cref="PermittedTypesGate"/>.
/// </summary>
internal sealed class AllowListTypeFilter : ITypeFilter
{
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    public AllowListTypeFilter(PermittedTypes permitted, IEnumerable<Type> listed)
    {
        foreach (var type in listed)
            _names.Add(type.AssemblyQualifiedName!);
        foreach (var primitive in HyperionPrimitive.All)
        {
            _names.Add(primitive.Type.AssemblyQualifiedName!);
            _names.Add(primitive.ArrayType.AssemblyQualifiedName!);
        }

        foreach (var shape in permitted.Shapes)
        {
            _names.Add(shape.Type.AssemblyQualifiedName!);
            _names.Add(Encoding.UTF8.GetString(shape.Name));
        }
    }

    public bool IsAllowed(string typeName) => _names.Contains(typeName);
}

/// <summary>
/// Comes before Hyperion's own serializer factories and catches every type that is not permitted, at every depth, so
/// that an object of such a type is refused before any of its fields is read or code is generated for it.
/// </summary>
internal sealed class PermittedTypesGate(PermittedTypes permitted) : ValueSerializerFactory
{
    public override bool CanSerialize(Serializer serializer, Type type) => !permitted.IsPermitted(type);

    public override bool CanDeserialize(Serializer serializer, Type type) => !permitted.IsPermitted(type);

    public override ValueSerializer BuildSerializer(
        Serializer serializer, Type type, ConcurrentDictionary<Type, ValueSerializer> typeMapping)
        => typeMapping.GetOrAdd(type, static refused => new Refusal(refused));

    private sealed class Refusal(Type type) : ValueSerializer
    {
        public override void WriteManifest(Stream stream, SerializerSession session) =>
            throw new TypeRefusedException(type);

        public override void WriteValue(Stream stream, object value, SerializerSession session) =>
            throw new TypeRefusedException(type);

        public override object ReadValue(Stream stream, DeserializerSession session) =>
            throw new TypeRefusedException(type);

        public override Type GetElementType() => type;
    }
}

/// <summary>
/// A value of this type occurred inside an object, and the type is not permitted. Never leaves
/// <see cref="HyperionPayload"/>.
/// </summary>
internal sealed class TypeRefusedException(Type refused)
    : Exception($"The type {PermittedTypes.NameOf(refused)} is not permitted.")
{
    public Type Refused { get; } = refused;
}
