using Akka.Configuration;
using FloodActors.Sections;

namespace FloodActors;

/// <summary>Reads <see cref="FloodSettings"/> from HOCON, row by row of the table.</summary>
internal static class FloodSettingsReader
{
    public static FloodSettings Read(Config root, string name)
    {
        if (name != Flood.DefaultName && !IsName(name))
        {
            throw new FloodConfigurationException(
                $"'{name}' cannot name a flood: use letters, digits, '-' and '_'.");
        }
        var reference = new HoconReference(
            "FloodActors", FloodExtension.DefaultConfig().GetValue("flood"), "FloodExtension.DefaultConfig()",
            "mailbox", "dispatcher", "listener-dispatcher", "cluster", "discovery", "instances");
        var section = HoconSection.Of(
            root, reference, "flood", name == Flood.DefaultName ? null : $"flood.instances.{name}");
        var settings = new FloodSettings();
        foreach (var row in SettingsTable.Rows) settings = row.Change(settings, Value(section, row));
        return settings;
    }

    private static bool IsName(string name) =>
        name.Length is > 0 and <= 64 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    private static object Value(HoconSection section, Setting setting) => setting.Kind switch
    {
        SettingKind.Text => section.Text(setting.Key),
        SettingKind.Texts => section.Texts(setting.Key),
        SettingKind.Types => Types(section, setting.Key),
        SettingKind.Switch => section.Switch(setting.Key),
        SettingKind.Choice => section.Choice(setting.Key, setting.Type, setting.Allowed),
        SettingKind.Number when setting.Word is { } word => section.Whole(setting.Key, word.Text, word.Value),
        SettingKind.Number => section.Whole(setting.Key),
        SettingKind.Size when setting.Type == typeof(int) => section.ShortSize(setting.Key),
        SettingKind.Size => section.Size(setting.Key),
        SettingKind.Duration => section.Duration(setting.Key),
        _ => throw new NotSupportedException($"flood.{setting.Key}: a {setting.Kind} cannot be read."),
    };

    private static IReadOnlyList<Type> Types(HoconSection section, string key) =>
        section.Texts(key).Select(type => Find(type)
            ?? throw new FloodConfigurationException(
                $"{section.Where(key)}: there is no type '{type}'; write it as 'Namespace.Name, Assembly'."))
            .ToArray();

    private static Type? Find(string type)
    {
        try
        {
            return Type.GetType(type);
        }
        catch (Exception e) when (e is ArgumentException or TypeLoadException or IOException or BadImageFormatException)
        {
            return null;
        }
    }
}
