using System.Collections;
using System.Collections.Immutable;
using System.Reflection;
using System.Text.RegularExpressions;
using Hyperion.ValueSerializers;

namespace FloodActors.Payloads;

/// <summary>
/// What may occur inside an object payload. The listed types (<c>flood.hyperion.types</c>), bool, numbers, char,
/// string, Guid, DateTime, DateTimeOffset and arrays of those may be payloads. The members of listed types may be:
/// other listed types; bool, numbers, char, string, Guid, DateTime, DateTimeOffset, TimeSpan and arrays of those;
/// enums, nullables, tuples, arrays and collections that a member of a listed type declares, provided their elements
/// are permitted. If a member declares a collection interface, arrays and the usual implementations are permitted. The
/// set is finite and fixed at start, so no peer can make this node load a type or construct a generic one.
/// </summary>
internal sealed partial class PermittedTypes
{
    private static readonly HashSet<Type> Collections =
    [
        typeof(List<>), typeof(HashSet<>), typeof(SortedSet<>), typeof(Queue<>), typeof(Dictionary<,>),
        typeof(SortedDictionary<,>), typeof(ImmutableArray<>), typeof(ImmutableList<>), typeof(ImmutableHashSet<>),
        typeof(ImmutableSortedSet<>), typeof(ImmutableQueue<>), typeof(ImmutableStack<>),
        typeof(ImmutableDictionary<,>), typeof(ImmutableSortedDictionary<,>),
    ];

    private static readonly HashSet<Type> Tuples =
    [
        typeof(KeyValuePair<,>),
        typeof(Tuple<>), typeof(Tuple<,>), typeof(Tuple<,,>), typeof(Tuple<,,,>), typeof(Tuple<,,,,>),
        typeof(ValueTuple<>), typeof(ValueTuple<,>), typeof(ValueTuple<,,>), typeof(ValueTuple<,,,>),
        typeof(ValueTuple<,,,,>),
    ];

    private static readonly Dictionary<Type, Type[]> Implementations = new()
    {
        [typeof(IEnumerable<>)] = [typeof(List<>), typeof(ImmutableArray<>), typeof(ImmutableList<>)],
        [typeof(ICollection<>)] = [typeof(List<>), typeof(ImmutableArray<>), typeof(ImmutableList<>)],
        [typeof(IList<>)] = [typeof(List<>), typeof(ImmutableArray<>), typeof(ImmutableList<>)],
        [typeof(IReadOnlyCollection<>)] = [typeof(List<>), typeof(ImmutableArray<>), typeof(ImmutableList<>)],
        [typeof(IReadOnlyList<>)] = [typeof(List<>), typeof(ImmutableArray<>), typeof(ImmutableList<>)],
        [typeof(IImmutableList<>)] = [typeof(ImmutableArray<>), typeof(ImmutableList<>)],
        [typeof(ISet<>)] = [typeof(HashSet<>), typeof(SortedSet<>), typeof(ImmutableHashSet<>)],
        [typeof(IReadOnlySet<>)] = [typeof(HashSet<>), typeof(SortedSet<>), typeof(ImmutableHashSet<>)],
        [typeof(IImmutableSet<>)] = [typeof(ImmutableHashSet<>), typeof(ImmutableSortedSet<>)],
        [typeof(IDictionary<,>)] = [typeof(Dictionary<,>), typeof(ImmutableDictionary<,>)],
        [typeof(IReadOnlyDictionary<,>)] = [typeof(Dictionary<,>), typeof(ImmutableDictionary<,>)],
        [typeof(IImmutableDictionary<,>)] = [typeof(ImmutableDictionary<,>)],
    };

    private readonly HashSet<Type> _listed;
    private readonly HashSet<Type> _visited = [];
    private readonly Dictionary<Type, HyperionShape> _shapes = [];
    private readonly Dictionary<string, HyperionShape> _byName = new(StringComparer.Ordinal);

    /// <exception cref="ArgumentException">A listed type cannot be a payload. The message names the setting, the type
    /// and the reason.</exception>
    public PermittedTypes(IReadOnlyList<Type> listed)
    {
        foreach (var type in listed)
        {
            if (Objection(type) is { } objection)
                throw new ArgumentException($"flood.hyperion.types: {NameOf(type)} {objection}.");
        }

        _listed = [.. listed];
        Visit(typeof(TimeSpan));
        foreach (var type in _listed)
            Visit(type);
    }

    /// <summary>Every permitted type that has a named header on the wire.</summary>
    public IEnumerable<HyperionShape> Shapes => _shapes.Values;

    /// <summary>May be a payload by itself: a listed type, a primitive of Hyperion's, or an array of one.</summary>
    public bool IsPayload(Type type) => _listed.Contains(type) || IsPrimitive(type);

    /// <summary>May occur in a payload.</summary>
    public bool IsPermitted(Type type)
        => _shapes.ContainsKey(type) || IsPrimitive(type);

    private static bool IsPrimitive(Type type)
        => HyperionPrimitive.Of(type) is not null
            || (type.IsSZArray && HyperionPrimitive.Of(type.GetElementType()!) is not null);

    /// <summary>The permitted type with that name in its header.</summary>
    public HyperionShape? Find(ReadOnlySpan<char> name)
        => _byName.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(name, out var shape) ? shape : null;

    /// <summary>
    /// How a type is written in <c>flood.hyperion.types</c>: without the versions of assemblies, which nodes need not
    /// share.
    /// </summary>
    public static string NameOf(Type type)
        => type.FullName is null ? type.ToString() : $"{FullNameOf(type)}, {type.Assembly.GetName().Name}";

    /// <summary>The full name without the versions of the assemblies of type arguments.</summary>
    public static string FullNameOf(Type type)
        => type.FullName is null ? type.ToString() : AssemblyVersion().Replace(type.FullName, "");

    [GeneratedRegex(@", Version=[^,\]]+, Culture=[^,\]]+, PublicKeyToken=[^,\]]+", RegexOptions.CultureInvariant)]
    private static partial Regex AssemblyVersion();

    private static string? Objection(Type type)
    {
        if (type.IsGenericTypeDefinition || type.ContainsGenericParameters)
            return "is an open generic type: list the closed ones that are sent";
        if (HyperionPrimitive.Of(type) is not null || IsCollection(type) || type.IsSZArray)
            return null;
        if (type.IsInterface || type.IsAbstract || type == typeof(object))
            return "has no instances of its own: list the concrete types that are sent";
        if (type.IsPointer || type.IsByRef || type.IsByRefLike || type.IsArray)
            return "cannot be serialized";
        if (typeof(Delegate).IsAssignableFrom(type) || typeof(MemberInfo).IsAssignableFrom(type)
            || typeof(Exception).IsAssignableFrom(type))
            return "is code or an exception, not data, and is never taken from a peer";
        if (typeof(IEnumerable).IsAssignableFrom(type))
            return "is a collection of its own, which Hyperion rebuilds by rules of its own: "
                + "list a record that holds a List or an immutable collection";
        if (Type.GetType(type.AssemblyQualifiedName!) != type)
            return "cannot be found by its name, as a node that receives it must";
        return null;
    }

    private static bool IsCollection(Type type) =>
        type.IsGenericType && Collections.Contains(type.GetGenericTypeDefinition());

    private void Visit(Type type)
    {
        if (HyperionPrimitive.Of(type) is not null || !_visited.Add(type))
            return;
        if (Nullable.GetUnderlyingType(type) is { } underlying)
        {
            Visit(underlying);
            return;
        }

        var definition = type.IsGenericType ? type.GetGenericTypeDefinition() : null;
        if (type.IsSZArray)
            AddCollection(type, type.GetElementType()!);
        else if (definition is not null && Collections.Contains(definition))
            AddCollection(type, ElementOf(type, definition));
        else if (definition is not null && Implementations.TryGetValue(definition, out var implementations))
            VisitImplementations(type, implementations);
        else if (_listed.Contains(type) || type.IsEnum || IsDescribedByName(type, definition))
            AddObject(type, isDescribed: !IsDescribedByName(type, definition));
    }

    private static bool IsDescribedByName(Type type, Type? definition)
        => type == typeof(TimeSpan) || type == typeof(DictionaryEntry)
            || (definition is not null && Tuples.Contains(definition));

    private void VisitImplementations(Type type, Type[] implementations)
    {
        var arguments = type.GetGenericArguments();
        if (arguments.Length == 1 && type.IsAssignableFrom(arguments[0].MakeArrayType()))
            Visit(arguments[0].MakeArrayType());
        foreach (var implementation in implementations)
            Visit(implementation.MakeGenericType(arguments));
    }

    private static Type ElementOf(Type type, Type definition)
    {
        if (definition == typeof(Dictionary<,>))
            return typeof(DictionaryEntry);
        var arguments = type.GetGenericArguments();
        return arguments.Length == 1 ? arguments[0] : typeof(KeyValuePair<,>).MakeGenericType(arguments);
    }

    private void AddCollection(Type type, Type element)
    {
        // Arrays of primitives have a separate form without a name.
        if (!type.IsArray || HyperionPrimitive.Of(element) is null)
            Add(new HyperionShape(type, HeaderName(type)) { Element = element });
        Visit(element);
        foreach (var argument in type.GetGenericArguments())
            Visit(argument);
    }

    private void AddObject(Type type, bool isDescribed)
    {
        var fields = HyperionShape.FieldsOf(type);
        Add(new HyperionShape(
            type, HeaderName(type)) { Fields = fields, Text = isDescribed ? ShapeText.Of(type, fields) : null });
        foreach (var field in fields)
            Visit(field.FieldType);
    }

    private void Add(HyperionShape shape)
    {
        _shapes.Add(shape.Type, shape);
        _byName.Add(System.Text.Encoding.UTF8.GetString(shape.Name), shape);
    }

    /// <summary>Hyperion's own short form of an assembly-qualified name, as it puts it into the header.</summary>
    private static byte[] HeaderName(Type type)
    {
        const int lead = 1 + sizeof(int);
        var stream = new MemoryStream();
        new ObjectSerializer(type).WriteManifest(stream, new Hyperion.Serializer().GetSerializerSession());
        return stream.ToArray()[lead..];
    }
}
