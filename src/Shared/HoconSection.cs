using System.Globalization;
using Akka.Configuration;
using Akka.Configuration.Hocon;

namespace FloodActors.Sections;

/// <summary>What a section may hold.</summary>
/// <param name="Product">The package, as its users know it.</param>
/// <param name="Known">Every key, with its default.</param>
/// <param name="Fallback">The call that gives the defaults.</param>
/// <param name="Open">Keys whose sections others read, or that may hold anything.</param>
internal sealed record HoconReference(string Product, HoconValue Known, string Fallback, params string[] Open);

/// <summary>
/// A section of HOCON, read key by key. An unknown key, a missing one, a value that cannot be read: an error that names
/// it, and what is allowed.
/// </summary>
internal sealed class HoconSection
{
    private readonly string _path;
    private readonly Config _config;
    private readonly Config? _own;
    private readonly string _ownPath;

    private HoconSection(string path, Config config, string ownPath, Config? own) =>
        (_path, _config, _ownPath, _own) = (path, own?.WithFallback(config) ?? config, ownPath, own);

    /// <summary>Finds a section, and refuses keys that the reference does not have.</summary>
    /// <param name="root">All of the configuration.</param>
    /// <param name="reference">What there may be.</param>
    /// <param name="path">Where the section is.</param>
    /// <param name="own">Where another may be that goes before it, key by key; null for nowhere.</param>
    public static HoconSection Of(Config root, HoconReference reference, string path, string? own = null)
    {
        if (!root.HasPath(path))
        {
            throw new FloodConfigurationException(
                $"The section '{path}' is missing: add {reference.Fallback} as a fallback.");
        }
        var config = Checked(root, reference, path);
        return own is not null && root.HasPath(own)
            ? new HoconSection(path, config, own, Checked(root, reference, own))
            : new HoconSection(path, config, path, null);
    }

    public string Text(string key) => Read(key, "a text", value => value.GetString());

    public IReadOnlyList<string> Texts(string key, string expected = "a list of texts") => Read(key, expected, value =>
        // Akka's parser calls an empty list neither a list nor anything else.
        !value.IsString() && !value.IsObject() ? value.GetStringList().ToArray() : throw new FormatException());

    public bool Switch(string key) => Read(key, "on or off", value => value.GetString() switch
    {
        "on" or "true" or "yes" => true,
        "off" or "false" or "no" => false,
        _ => throw new FormatException(),
    });

    /// <summary>One of an enumeration's names, in any case.</summary>
    public object Choice(string key, Type type, string expected) => Read(key, expected, value =>
        Enum.GetNames(type).FirstOrDefault(n => n.Equals(value.GetString(), StringComparison.OrdinalIgnoreCase)) is
            { } name ? Enum.Parse(type, name) : throw new FormatException());

    public int Whole(string key) =>
        Read(key, "a whole number", value => int.Parse(value.GetString(), CultureInfo.InvariantCulture));

    /// <summary>A whole number, or a word that stands for one.</summary>
    public int Whole(string key, string word, int meaning) =>
        Read(key, $"a whole number or {word}", value => value.GetString() == word
            ? meaning : int.Parse(value.GetString(), CultureInfo.InvariantCulture));

    public TimeSpan Duration(string key, string expected = "a duration such as 500ms, 5s or 2m") =>
        Read(key, expected, value => value.GetTimeSpan(allowInfinite: false));

    public long Size(string key) =>
        Read(key, "a size such as 512 KiB or 4 MiB", value => Bytes(value.GetString()));

    public int ShortSize(string key) =>
        Read(key, "a size below 2 GiB such as 512 KiB or 4 MiB", value => checked((int)Bytes(value.GetString())));

    /// <summary>Where a key's value comes from.</summary>
    public string Where(string key) => $"{(_own?.HasPath(key) == true ? _ownPath : _path)}.{key}";

    /// <exception cref="FloodConfigurationException">The value is not within the range.</exception>
    public static void Range<T>(string key, T value, T least, T most)
        where T : IComparable<T>
    {
        if (value.CompareTo(least) >= 0 && value.CompareTo(most) <= 0) return;
        throw new FloodConfigurationException($"{key} = {value} is out of range: allowed is {least} to {most}.");
    }

    private T Read<T>(string key, string expected, Func<HoconValue, T> read)
    {
        if (!_config.HasPath(key))
            throw new FloodConfigurationException($"{Where(key)} is missing: it must be {expected}.");
        var value = _config.GetValue(key);
        try
        {
            return read(value);
        }
        // Akka's readers throw whatever comes: the value is the cause.
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            throw new FloodConfigurationException(
                $"{Where(key)} = {OnOneLine(value)} is wrong: it must be {expected}.", e);
        }
    }

    private static Config Checked(Config root, HoconReference reference, string path)
    {
        if (!root.GetValue(path).IsObject())
        {
            throw new FloodConfigurationException(
                $"{path} = {OnOneLine(root.GetValue(path))} is wrong: it must be a section, {path} {{ ... }}.");
        }
        RefuseUnknown(path, root.GetValue(path), reference.Known, reference);
        return root.GetConfig(path);
    }

    /// <summary>A misspelt key must not look like a default.</summary>
    private static void RefuseUnknown(string path, HoconValue actual, HoconValue known, HoconReference reference)
    {
        if (!actual.IsObject()) return;
        var keys = known.GetObject().Items;
        foreach (var (key, value) in actual.GetObject().Items)
        {
            if (!keys.TryGetValue(key, out var twin))
            {
                throw new FloodConfigurationException(
                    $"{path}.{key} is no setting of {reference.Product}. "
                    + $"Known here: {string.Join(", ", keys.Keys.Order())}.");
            }
            if (twin.IsObject() && !reference.Open.Contains(key))
                RefuseUnknown($"{path}.{key}", value, twin, reference);
        }
    }

    private static string OnOneLine(HoconValue value) =>
        string.Join(' ', value.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    private static long Bytes(string text)
    {
        var digits = text.TakeWhile(c => char.IsAsciiDigit(c) || c == '.').Count();
        if (digits == 0) throw new FormatException();
        var number = decimal.Parse(
            text.AsSpan(0, digits), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture);
        return checked((long)(number * text[digits..].Trim() switch
        {
            "" or "b" or "B" => 1,
            "kB" => 1000,
            "MB" => 1_000_000,
            "GB" => 1_000_000_000,
            "TB" => 1_000_000_000_000,
            "k" or "K" or "KiB" or "Ki" => 1 << 10,
            "m" or "M" or "MiB" or "Mi" => 1 << 20,
            "g" or "G" or "GiB" or "Gi" => 1 << 30,
            "t" or "T" or "TiB" or "Ti" => 1L << 40,
            _ => throw new FormatException(),
        }));
    }
}
