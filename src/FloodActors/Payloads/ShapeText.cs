using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace FloodActors.Payloads;

/// <summary>
/// The shape of a type as a line of text: the types and names of its members in the order of their bytes, or the names
/// and values of an enum. It is sent with every object, so that a node with another version of the type can say
/// what differs.
/// </summary>
internal static class ShapeText
{
    /// <summary>The most bytes of UTF-8. Of a longer text the beginning is sent, with a hash of the whole.</summary>
    public const int MaxLength = 256;

    private const int HashLength = 8;

    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(bool)] = "bool",
        [typeof(byte)] = "byte",
        [typeof(sbyte)] = "sbyte",
        [typeof(short)] = "short",
        [typeof(ushort)] = "ushort",
        [typeof(int)] = "int",
        [typeof(uint)] = "uint",
        [typeof(long)] = "long",
        [typeof(ulong)] = "ulong",
        [typeof(float)] = "float",
        [typeof(double)] = "double",
        [typeof(decimal)] = "decimal",
        [typeof(char)] = "char",
        [typeof(string)] = "string",
        [typeof(object)] = "object",
    };

    /// <summary>The text of a type, within <see cref="MaxLength"/>.</summary>
    public static byte[] Of(Type type, FieldInfo[] fields)
    {
        var whole = Encoding.UTF8.GetBytes(type.IsEnum ? Values(type) : Members(fields));
        if (whole.Length <= MaxLength)
            return whole;
        var hash = Convert.ToHexStringLower(SHA256.HashData(whole).AsSpan(0, HashLength));
        var end = Encoding.ASCII.GetBytes($"... #{hash}");
        var kept = MaxLength - end.Length;
        while ((whole[kept] & 0xC0) == 0x80)
            kept--; // not within a character
        return [.. whole.AsSpan(0, kept), .. end];
    }

    private static string Members(FieldInfo[] fields)
        => string.Join(", ", fields.Select(field => $"{NameOf(field.FieldType)} {NameOf(field)}"));

    private static string Values(Type type)
    {
        // By value and then by name: the order from reflection is not guaranteed.
        var values = Enum.GetNames(type)
            .Select(name => (Name: name, Value: Enum.Format(type, Enum.Parse(type, name), "D")))
            .OrderBy(entry => decimal.Parse(entry.Value, CultureInfo.InvariantCulture))
            .ThenBy(entry => entry.Name, StringComparer.Ordinal)
            .Select(entry => $"{entry.Name} = {entry.Value}");
        return $"{NameOf(Enum.GetUnderlyingType(type))} {string.Join(", ", values)}";
    }

    /// <summary>The name of the property behind a field that the compiler named.</summary>
    private static string NameOf(FieldInfo field)
    {
        var end = field.Name.StartsWith('<') ? field.Name.IndexOf('>') : -1;
        return end > 1 ? field.Name[1..end] : field.Name;
    }

    /// <summary>Without namespaces: a value that is not null is sent with its full name anyway.</summary>
    private static string NameOf(Type type)
    {
        if (Keywords.TryGetValue(type, out var keyword))
            return keyword;
        if (Nullable.GetUnderlyingType(type) is { } underlying)
            return NameOf(underlying) + "?";
        if (type.IsArray)
            return $"{NameOf(type.GetElementType()!)}[{new string(',', type.GetArrayRank() - 1)}]";
        if (!type.IsGenericType)
            return type.Name;
        var arity = type.Name.IndexOf('`');
        var name = arity < 0 ? type.Name : type.Name[..arity];
        return $"{name}<{string.Join(", ", type.GetGenericArguments().Select(NameOf))}>";
    }
}
