namespace FloodActors;

/// <summary>
/// Types that object payloads may have, listed in code: <c>settings
/// => settings.AllowObjects(types => types.Add&lt;Price&gt;())</c>. The same as
/// <c>flood.hyperion.types</c>, and added to what stands there.
/// </summary>
public sealed class ObjectTypes
{
    private readonly List<Type> _types = [];

    internal ObjectTypes()
    {
    }

    internal IReadOnlyList<Type> Types => _types;

    /// <summary>Adds a type. Whether it can be a payload is checked when the flood starts.</summary>
    public ObjectTypes Add<T>() => Add(typeof(T));

    /// <summary>Adds a type that is known only at run time.</summary>
    public ObjectTypes Add(Type type)
    {
        ArgumentNullException.ThrowIfNull(type);
        _types.Add(type);
        return this;
    }
}
