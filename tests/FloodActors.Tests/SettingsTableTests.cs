using System.Collections;
using System.Reflection;
using Akka.Configuration.Hocon;

namespace FloodActors.Tests;

/// <summary>
/// The table of settings, the properties, <c>reference.conf</c> and its comments say the same. A new setting is covered
/// as soon as it has a row.
/// </summary>
public sealed class SettingsTableTests
{
    /// <summary>Keys that Akka reads.</summary>
    private static readonly string[] NotSettings =
    [
        "mailbox.mailbox-type", "mailbox.foreign-limit",
        "dispatcher.type", "dispatcher.executor", "dispatcher.throughput",
        "listener-dispatcher.type", "listener-dispatcher.executor", "listener-dispatcher.throughput",
        "listener-dispatcher.may-block",
    ];

    private static readonly Dictionary<string, string> Comments = ReadComments();

    public static TheoryData<string> Keys => SettingsTests.Keys;

    [Fact]
    public void The_table_has_the_keys_of_the_reference_and_each_once() =>
        Assert.Equal(
            Walk(FloodExtension.DefaultConfig().GetConfig("flood").Root, "").Except(NotSettings).Order(),
            SettingsTable.Rows.Select(row => row.Key).Order());

    [Fact]
    public void The_defaults_in_code_are_those_of_the_reference()
    {
        var (read, own) = (FloodSettingsReader.Read(SettingsTests.Root(""), Flood.DefaultName), new FloodSettings());
        read.Validate();
        foreach (var row in SettingsTable.Rows)
        {
            var (inReference, inCode) = (row.Value(read), row.Value(own));
            Assert.True(Same(inReference, inCode), $"{row.Key}: reference.conf {inReference}, code {inCode}");
        }
    }

    [Fact]
    public void Every_property_has_a_row() => Assert.Equal(Properties().Count(), SettingsTable.Rows.Count);

    [Theory]
    [MemberData(nameof(Keys))]
    public void Every_key_changes_exactly_one_property_and_its_row_reads_that_one(string key)
    {
        var row = SettingsTable.Of(key);
        var before = new FloodSettings();
        var other = row.Kind switch
        {
            SettingKind.Text => "other",
            SettingKind.Texts => "[\"a:1\"]",
            SettingKind.Types => "[\"System.Version\"]",
            SettingKind.Switch => row.Value(before) is true ? "off" : "on",
            SettingKind.Choice => Enum.GetNames(row.Type).First(n => n != $"{row.Value(before)}").ToLowerInvariant(),
            _ => $"\"{row.Print(row.Range!.Value.Most)}\"",
        };
        var after = FloodSettingsReader.Read(SettingsTests.Root($"flood.{key} = {other}"), Flood.DefaultName);
        var changed = Assert.Single(Properties(), p => !Same(p.GetValue(before), p.GetValue(after)));
        Assert.Equal(changed.GetValue(after), row.Value(after));
        Assert.Equal(changed.PropertyType, row.Type);
        if (row.Range is { } range && row.Kind != SettingKind.Text) Assert.Contains(row.Print(range.Most), row.Allowed);
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public void The_comment_of_every_key_says_its_range_its_unit_and_its_choices(string key)
    {
        var row = SettingsTable.Of(key);
        Assert.True(Comments.TryGetValue(key, out var comment), $"reference.conf says nothing of {key}.");
        Assert.Contains(row.Unit, comment, StringComparison.OrdinalIgnoreCase);
        if (row.Kind == SettingKind.Choice)
            Assert.All(row.Allowed.Split(" or "), choice => Assert.Contains(choice, comment, StringComparison.Ordinal));
        else
            Assert.Contains(row.Allowed, comment, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public void What_is_just_out_of_range_or_of_relation_is_refused(string key)
    {
        var row = SettingsTable.Of(key);
        if (row.Range is { } range)
        {
            foreach (var (measure, isAllowed) in new[]
            {
                (range.Least - 1, false), (range.Least, true), (range.Most, true), (range.Most + 1, false),
            })
            {
                if (Valued(row, measure) is not { } value) continue;
                var settings = Freed(row.Change(new FloodSettings(), value), row, measure);
                if (isAllowed) row.Check(settings);
                else SettingsTests.Says(() => row.Check(settings), $"flood.{key} ", row.Allowed);
            }
        }
        if (row.Relation is { } relation)
        {
            var other = SettingsTable.Of(relation.Key);
            var settings = other.Change(new FloodSettings(), Valued(other, 4_000_000)!);
            var bound = 4_000_000 / relation.Part;
            row.Check(row.Change(settings, Valued(row, bound)!));
            var beyond = row.Change(settings, Valued(row, relation.IsAtLeast ? bound - 1 : bound + 1)!);
            SettingsTests.Says(
                () => row.Check(beyond), $"flood.{key} = ", $"{relation}", $"flood.{relation.Key} = ", "change one");
        }
    }

    /// <summary>What bounds many messages fit what must find them.</summary>
    [Fact]
    public void With_the_largest_settings_the_seen_set_still_has_an_index()
    {
        long Most(string key) => SettingsTable.Of(key).Range!.Value.Most;
        var slots = Most("seen.max-count") + Most("capacity") + (Most("max-lag") / FloodMessage.Overhead);
        Assert.InRange(slots, 1, FloodActors.Core.SlotIndex.MaxCapacity);
    }

    /// <summary>A value that measures so much; null where there can be none.</summary>
    private static object? Valued(Setting row, long measure) => row.Kind switch
    {
        SettingKind.Text => measure < 0 ? null : new string('x', (int)measure),
        SettingKind.Duration => TimeSpan.FromTicks(measure),
        _ when row.Type == typeof(long) => measure,
        _ => (int)measure,
    };

    /// <summary>The other setting of the relation as large or as small as it takes.</summary>
    private static FloodSettings Freed(FloodSettings settings, Setting row, long measure)
    {
        if (row.Relation is not { } relation) return settings;
        var other = SettingsTable.Of(relation.Key);
        var bound = relation.IsAtLeast ? Math.Min(measure, other.Range!.Value.Least) : measure * relation.Part;
        return other.Change(settings, Valued(other, bound)!);
    }

    /// <summary>The comment above each key of <c>reference.conf</c>, on one line.</summary>
    private static Dictionary<string, string> ReadComments()
    {
        using var stream = typeof(Flood).Assembly.GetManifestResourceStream("FloodActors.reference.conf")!;
        var (comments, path, comment) = (new Dictionary<string, string>(), new List<string>(), new List<string>());
        using var reader = new StreamReader(stream);
        while (reader.ReadLine()?.Trim() is { } line)
        {
            if (line.StartsWith('#'))
            {
                comment.Add(line.TrimStart('#', ' '));
                continue;
            }
            if (line.EndsWith('{')) path.Add(line[..^1].Trim());
            else if (line == "}") path.RemoveAt(path.Count - 1);
            else if (line.Contains(" = ", StringComparison.Ordinal) && comment.Count > 0)
                comments[string.Join('.', path.Skip(1).Append(line.Split(" = ")[0]))] = string.Join(' ', comment);
            comment.Clear();
        }
        return comments;
    }

    private static IEnumerable<PropertyInfo> Properties() =>
        typeof(FloodSettings).GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.PropertyType != typeof(IFloodValidator)); // set in code alone

    private static bool Same(object? left, object? right) =>
        left is IEnumerable a and not string && right is IEnumerable b
            ? a.Cast<object>().SequenceEqual(b.Cast<object>())
            : Equals(left, right);

    private static IEnumerable<string> Walk(HoconValue value, string path)
    {
        foreach (var (key, child) in value.GetObject().Items)
        {
            if (key == "instances") continue;
            if (!child.IsObject()) yield return path + key;
            else foreach (var inner in Walk(child, $"{path}{key}.")) yield return inner;
        }
    }
}
