using System.Globalization;
using System.Text;
using static System.FormattableString;

namespace FloodActors;

/// <summary>What a setting's value is. How each kind is written is the business of whoever reads it.</summary>
internal enum SettingKind
{
    /// <summary>A printable text; its range counts bytes of UTF-8.</summary>
    Text,

    /// <summary>A list of texts.</summary>
    Texts,

    /// <summary>A list of .NET types.</summary>
    Types,

    /// <summary>On or off.</summary>
    Switch,

    /// <summary>A value of an enum.</summary>
    Choice,

    /// <summary>A whole number.</summary>
    Number,

    /// <summary>Bytes.</summary>
    Size,

    /// <summary>A time span.</summary>
    Duration,
}

/// <summary>What a setting must be in relation to another one.</summary>
/// <param name="Key">The other setting, of the same kind.</param>
/// <param name="IsAtLeast">Whether it must be at least the other's value; otherwise at most.</param>
/// <param name="Part">1: the whole of the other's value. 2: half of it.</param>
internal sealed record SettingRelation(string Key, bool IsAtLeast, int Part = 1)
{
    public override string ToString() => $"at {(IsAtLeast ? "least" : "most")} {(Part == 2 ? "half of " : "")}{Key}";
}

/// <summary>
/// All that is to be known of a setting but its reason, which stands in <c>reference.conf</c>. See
/// <see cref="SettingsTable"/>.
/// </summary>
internal sealed record Setting
{
    private Setting(string key, SettingKind kind, Type type, Get<object?> get, With<object> with) =>
        (Key, Kind, Type, Value, Change) = (key, kind, type, get, with);

    public delegate T Get<out T>(FloodSettings settings);

    public delegate FloodSettings With<in T>(FloodSettings settings, T value);

    /// <summary>Its path below <c>flood</c>.</summary>
    public string Key { get; }

    public SettingKind Kind { get; }

    /// <summary>Of the property: an enum for a <see cref="SettingKind.Choice"/>, int or long for a size.</summary>
    public Type Type { get; }

    /// <summary>Its value.</summary>
    public Get<object?> Value { get; }

    /// <summary>The settings with another value of this one.</summary>
    public With<object> Change { get; }

    /// <summary>What a number counts.</summary>
    public string Unit { get; private init; } = "";

    /// <summary>The least and the most, as <see cref="Measure"/> counts; null where there is no range.</summary>
    public (long Least, long Most)? Range { get; private init; }

    /// <summary>A word that stands for a number beyond the range.</summary>
    public (string Text, int Value)? Word { get; private init; }

    /// <summary>What else must hold.</summary>
    public SettingRelation? Relation { get; private init; }

    /// <summary>In words: what is allowed. The comment in <c>reference.conf</c> says it in the same ones.</summary>
    public string Allowed
    {
        get
        {
            if (Kind == SettingKind.Choice) return string.Join(" or ", Enum.GetNames(Type)).ToLowerInvariant();
            if (Range is not { } range) return "";
            var words = $"{Print(range.Least)} to {Print(range.Most)}";
            if (Kind == SettingKind.Text) words += " bytes";
            if (Word is { } word) words += $", or {word.Text}";
            return Relation is null ? words : $"{words}, and {Relation}";
        }
    }

    /// <summary>A printable text; the range counts bytes of UTF-8.</summary>
    public static Setting Text(string key, int least, int most, Get<string> get, With<string> with) =>
        Of(key, SettingKind.Text, get, with) with { Range = (least, most) };

    public static Setting Texts(string key, Get<IReadOnlyList<string>> get, With<IReadOnlyList<string>> with) =>
        Of(key, SettingKind.Texts, get, with);

    public static Setting Types(string key, Get<IReadOnlyList<Type>> get, With<IReadOnlyList<Type>> with) =>
        Of(key, SettingKind.Types, get, with);

    public static Setting Switch(string key, Get<bool> get, With<bool> with) => Of(key, SettingKind.Switch, get, with);

    public static Setting Choice<T>(string key, Get<T> get, With<T> with)
        where T : struct, Enum =>
        Of(key, SettingKind.Choice, get, with);

    public static Setting Number(string key, string unit, int least, int most, Get<int> get, With<int> with) =>
        Of(key, SettingKind.Number, get, with) with { Unit = unit, Range = (least, most) };

    public static Setting Size(string key, int least, int most, Get<int> get, With<int> with) =>
        Of(key, SettingKind.Size, get, with) with { Range = (least, most) };

    /// <summary>A size that may be 2 GiB and more.</summary>
    public static Setting LongSize(string key, long least, long most, Get<long> get, With<long> with) =>
        Of(key, SettingKind.Size, get, with) with { Range = (least, most) };

    public static Setting Duration(string key, TimeSpan least, TimeSpan most, Get<TimeSpan> get, With<TimeSpan> with) =>
        Of(key, SettingKind.Duration, get, with) with { Range = (least.Ticks, most.Ticks) };

    /// <summary>It may be a word instead.</summary>
    public Setting Or(string word, int value) => this with { Word = (word, value) };

    /// <summary>It must be at least as much as another setting.</summary>
    public Setting AtLeast(string key) => this with { Relation = new SettingRelation(key, IsAtLeast: true) };

    /// <summary>It must be at most as much as another setting, or as half of it.</summary>
    public Setting AtMost(string key, int part = 1) =>
        this with { Relation = new SettingRelation(key, IsAtLeast: false, part) };

    private static Setting Of<T>(string key, SettingKind kind, Get<T> get, With<T> with)
        where T : notnull =>
        new(key, kind, typeof(T), settings => get(settings), (settings, value) => with(settings, (T)value));

    /// <summary>Checks the value, by itself and against the one that it is related to.</summary>
    /// <exception cref="FloodConfigurationException">It is not allowed; the message says what is.</exception>
    public void Check(FloodSettings settings)
    {
        var value = Value(settings)
            ?? throw new FloodConfigurationException($"flood.{Key} is null; it must have a value.");
        if (Kind == SettingKind.Choice && !Enum.IsDefined(Type, value))
            throw new FloodConfigurationException($"flood.{Key} = {value} is out of range: allowed is {Allowed}.");
        if (value is string text && text.Any(char.IsControl))
            throw new FloodConfigurationException($"flood.{Key} holds control characters; allowed is printable text.");
        if (Range is not { } range) return;

        var measure = Measure(value);
        if (Word is { } word && measure == word.Value) return;
        if (measure < range.Least || measure > range.Most) throw OutOfRange(value, measure);
        if (Relation is not { } relation) return;
        var other = SettingsTable.Of(relation.Key);
        var bound = other.Measure(other.Value(settings)!);
        if (relation.IsAtLeast ? measure >= bound / relation.Part : measure <= bound / relation.Part) return;
        throw new FloodConfigurationException(
            $"flood.{Key} = {Print(measure)} must be {relation}, and flood.{other.Key} = {Print(bound)}: "
            + "change one of the two.");
    }

    /// <summary>A value as it is written in HOCON.</summary>
    public string Print(long measure) => Kind switch
    {
        _ when Word is { } word && measure == word.Value => word.Text,
        SettingKind.Size => PrintSize(measure),
        SettingKind.Duration => PrintDuration(measure),
        _ => measure.ToString(CultureInfo.InvariantCulture),
    };

    private long Measure(object value) => value switch
    {
        string text => string.IsNullOrWhiteSpace(text) ? 0 : Encoding.UTF8.GetByteCount(text),
        TimeSpan time => time.Ticks,
        _ => Convert.ToInt64(value, CultureInfo.InvariantCulture),
    };

    private FloodConfigurationException OutOfRange(object value, long measure)
    {
        if (value is string text)
        {
            var length = measure == 0 ? "empty" : $"{measure} bytes long";
            return new FloodConfigurationException($"flood.{Key} is {length}; allowed is {Allowed}.");
        }
        var unit = Unit.Length == 0 ? "" : $" ({Unit})";
        return new FloodConfigurationException(
            $"flood.{Key} = {Print(measure)} is out of range: allowed is {Allowed}{unit}.");
    }

    private static string PrintSize(long bytes)
    {
        (string Name, int Shift)[] units = [("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10)];
        foreach (var (name, shift) in units)
        {
            var whole = bytes >> shift;
            if (whole > 0 && whole << shift == bytes) return Invariant($"{whole} {name}");
        }
        return Invariant($"{bytes} B");
    }

    private static string PrintDuration(long ticks)
    {
        (string Name, long Ticks)[] units =
        [
            ("d", TimeSpan.TicksPerDay), ("h", TimeSpan.TicksPerHour),
            ("m", TimeSpan.TicksPerMinute), ("s", TimeSpan.TicksPerSecond),
        ];
        if (ticks == 0) return "0s";
        foreach (var (name, each) in units)
            if (ticks % each == 0) return Invariant($"{ticks / each}{name}");
        return Invariant($"{(decimal)ticks / TimeSpan.TicksPerMillisecond:0.####}ms");
    }
}
