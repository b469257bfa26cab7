using System.Reflection;
using Hyperion;

namespace FloodActors.Payloads;

/// <summary>
/// How Hyperion writes one type that is not one of its primitives: a named header, then fields or a counted list of
/// elements.
/// </summary>
/// <param name="Type">The type.</param>
/// <param name="Name">Its name in the header, as UTF-8. The header itself is 255, the name's length, the name.</param>
internal sealed record HyperionShape(Type Type, byte[] Name)
{
    /// <summary>
    /// For collections and arrays: what each element must be. Null for objects, which have <see cref="Fields"/>.
    /// </summary>
    public Type? Element { get; init; }

    /// <summary>For objects: the fields in the order written.</summary>
    public FieldInfo[] Fields { get; init; } = [];

    /// <summary>
    /// For objects and enums: the <see cref="ShapeText"/> that travels with them. Null for types whose name is
    /// enough, such as collections and tuples.
    /// </summary>
    public byte[]? Text { get; init; }

    /// <summary>
    /// The instance fields that Hyperion 0.12.2 writes, in its order (ReflectionEx.GetFieldInfosForType): per class of
    /// the hierarchy, so an inherited field that is not private comes twice.
    /// </summary>
    public static FieldInfo[] FieldsOf(Type type)
    {
        var fields = new List<FieldInfo>();
        for (var current = type; current is not null; current = current.BaseType)
        {
            const BindingFlags flags = BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public;
            fields.AddRange(current.GetFields(flags).Where(field =>
                !field.IsDefined(typeof(IgnoreAttribute))
                && field.FieldType != typeof(IntPtr)
                && field.FieldType != typeof(UIntPtr)
                && field.Name != "_syncRoot"));
        }

        return [.. fields.OrderBy(field => field.Name, StringComparer.Ordinal)];
    }
}

/// <summary>
/// A type that Hyperion writes as one header byte and then its bytes; as a field's declared type, without even the
/// header.
/// </summary>
/// <param name="Type">The type.</param>
/// <param name="Manifest">Its header byte.</param>
/// <param name="Size">The bytes after that; 0 for strings, which say their own length.</param>
internal sealed record HyperionPrimitive(Type Type, byte Manifest, int Size)
{
    private static readonly Dictionary<Type, HyperionPrimitive> ByType = Learn();
    private static readonly HyperionPrimitive?[] ByManifest = Index();

    /// <summary>The array of this type.</summary>
    public Type ArrayType { get; } = Type.MakeArrayType();

    public static IEnumerable<HyperionPrimitive> All => ByType.Values;

    public static HyperionPrimitive? Of(Type type) => ByType.GetValueOrDefault(type);

    public static HyperionPrimitive? Of(byte manifest) => ByManifest[manifest];

    /// <summary>Learnt from Hyperion itself rather than copied from its source.</summary>
    private static Dictionary<Type, HyperionPrimitive> Learn()
    {
        object[] samples =
        [
            default(bool), default(byte), default(sbyte), default(short), default(ushort), default(int), default(uint),
            default(long), default(ulong), default(float), default(double), default(decimal), default(char),
            default(Guid), default(DateTime), default(DateTimeOffset), "",
        ];
        var serializer = new Serializer();
        var learned = new Dictionary<Type, HyperionPrimitive>();
        foreach (var sample in samples)
        {
            var stream = new MemoryStream();
            serializer.Serialize(sample, stream);
            var size = sample is string ? 0 : (int)stream.Length - 1;
            learned.Add(sample.GetType(), new HyperionPrimitive(sample.GetType(), stream.ToArray()[0], size));
        }

        return learned;
    }

    private static HyperionPrimitive?[] Index()
    {
        var index = new HyperionPrimitive?[256];
        foreach (var primitive in ByType.Values)
            index[primitive.Manifest] = primitive;
        return index;
    }
}
